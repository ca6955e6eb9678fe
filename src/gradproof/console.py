"""Where the command writes: the terminal, a pipe, a file, and a display of progress."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import shutil
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradproof.notebook import Tick
from gradproof.reports.terminal import Style

# Work shorter than this shows no progress.
PATIENCE = 1.0
PACKAGE = Path(__file__).parent
# How characters that standard output cannot encode are written, by format.
ESCAPES = {"json": "gradproof.json", "html": "xmlcharrefreplace", "junit": "xmlcharrefreplace"}


def _as_json(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error("gradproof.json", _as_json)


def style(color: str, detail: str) -> Style:
    """Return the style for standard output: colours on a terminal, its width, 80 columns in a pipe."""
    terminal = sys.stdout.isatty()
    paint = color == "always" or (color == "auto" and terminal and not os.environ.get("NO_COLOR"))
    width = shutil.get_terminal_size((80, 24)).columns if terminal or "COLUMNS" in os.environ else 80
    return Style(width, "colour" if paint else "plain", detail)


def write(text: str, form: str = "terminal") -> None:
    """Write to standard output, with the escapes of the format for what it cannot encode."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, ESCAPES.get(form, "backslashreplace")).decode(encoding) + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write to standard error."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


@contextlib.contextmanager
def progress(label: str) -> Iterator[Tick | None]:
    """Offer a tick that shows evaluations and phase on a terminal, once the work takes longer than a second."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.status import Status

    status = Status(label, console=Console(stderr=True))
    started = time.monotonic()

    def tick(evaluations: int, phase: str) -> None:
        if time.monotonic() - started > PATIENCE:
            status.update(f"{label}: {phase}, {evaluations} evaluations")
            status.start()

    try:
        yield tick
    finally:
        status.stop()


@contextlib.contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Send what the user's functions print to standard error, so that standard output holds only the report."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def user_traceback(error: BaseException) -> str:
    """Return the traceback of a user's exception without gradproof's own frames."""
    found = traceback.TracebackException.from_exception(error)
    found.stack = traceback.StackSummary.from_list(
        [
            frame
            for frame in found.stack
            if not Path(frame.filename).is_relative_to(PACKAGE) and "/click/" not in frame.filename
        ]
    )
    return "".join(found.format()).rstrip()


def is_own(error: BaseException) -> bool:
    """Whether an exception was raised by gradproof's own code and not by the user's."""
    if any(note.startswith("gradproof: ") for note in getattr(error, "__notes__", ())):
        # Noted where a function of the user was called; one written in C has no frame of its own.
        return False
    last: Any = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and Path(last.tb_frame.f_code.co_filename).is_relative_to(PACKAGE)
