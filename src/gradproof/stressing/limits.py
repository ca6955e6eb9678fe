"""A limit of time for calls of the user's functions, where the platform can enforce it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class RanTooLong(BaseException):
    """Raised inside of the user's function; no ``except Exception`` of the user's swallows it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``RanTooLong`` in the body after so many seconds.

    That needs the interval timer of Unix and the main thread; elsewhere there is no limit. One call into C that does
    not return is not interrupted. A timer that the user's program has set is left alone: then there is none of ours.
    """
    able = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not able or signal.getitimer(signal.ITIMER_REAL)[0] > 0.0:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise RanTooLong

    before = signal.signal(signal.SIGALRM, stop)
    try:
        # Again and again, for a function that catches it and goes on.
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
