"""Progress in a notebook: a line that shows evaluations and phase while a check runs, and goes away with it."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

Tick = Callable[[int, str], None]

# Work shorter than this shows no progress, and it is not shown more often than this.
PATIENCE, OFTEN = 1.0, 0.2


@contextlib.contextmanager
def notebook_progress() -> Iterator[Tick | None]:
    """Offer a tick that shows progress below the cell, None outside of a notebook."""
    display = _display()
    if display is None:
        yield None
        return
    line = _Line(display)
    try:
        yield line
    finally:
        line.clear()


def _display() -> Any:
    """Return IPython's ``display`` in a notebook's kernel; nothing is imported that is not there already."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display


class _Line:
    """One line of output that is written over."""

    def __init__(self, display: Any) -> None:
        self._display, self._handle = display, None
        self._last = time.monotonic() + PATIENCE - OFTEN

    def __call__(self, evaluations: int, phase: str) -> None:
        """Show a state, if it is time."""
        now = time.monotonic()
        if now - self._last < OFTEN:
            return
        self._last = now
        content = {"text/plain": f"gradproof: {phase}, {evaluations} evaluations"}
        if self._handle is None:
            self._handle = self._display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._handle is not None:
            self._handle.update({"text/plain": ""}, raw=True)
