"""What a worker may not do: write files, use the network, start processes, take all memory, run for ever."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

# Audit events that arithmetic has no use for, by their beginnings.
REFUSED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.kill", "os.putenv", "shutil.", "tempfile.", "urllib.", "ftplib.", "smtplib.", "http.", "webbrowser.",
    "sqlite3.", "pty.", "winreg.",
)  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What a candidate may take besides what the parent had.
MEMORY = 2 * 2**30


class TooLongError(BaseException):
    """A candidate ran into its limit of time; no handler of the user's catches it as an ``Exception``."""


class NotAllowedError(RuntimeError):
    """A candidate tried something that is no arithmetic."""


def confine(seconds: int) -> None:
    """Confine this process for good; only a child that is thrown away may call it.

    Parameters
    ----------
    seconds
        Of processor time, in all.
    """
    silence()
    # An import would write beside the file, and be refused.
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ImportError):
        import resource

        _limit(resource, resource.RLIMIT_CPU, seconds)
        _limit(resource, resource.RLIMIT_FSIZE, 0)
        _limit(resource, resource.RLIMIT_CORE, 0)
        if (used := _used()) > 0:
            _limit(resource, resource.RLIMIT_AS, used + MEMORY)
    sys.addaudithook(_refuse)


def _limit(resource: Any, which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(which, (value if hard < 0 else min(value, hard), hard))


def _used() -> int:
    """Return the bytes of address space in use, 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no Path in a confined child
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def silence() -> None:
    """Send what a candidate prints nowhere."""
    # Never closed: this process ends with them.
    nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (1, 2):
        os.dup2(nowhere.fileno(), stream)
    contextlib.redirect_stdout(nowhere).__enter__()
    contextlib.redirect_stderr(nowhere).__enter__()


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
        if writes or (isinstance(flags, int) and flags & WRITING):
            raise NotAllowedError("a worker writes no files")
    elif event.startswith(REFUSED):
        raise NotAllowedError(f"a worker may not use {event}")


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise ``TooLongError`` inside the block after so many seconds."""

    def ring(*_: Any) -> None:
        raise TooLongError

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
