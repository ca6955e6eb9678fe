"""Which of the user's functions ran inside a call, and what their names held: seen by a profile hook, once."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from gradproof.mending.kinds import Kind, kind_of

PACKAGE = str(Path(__file__).resolve().parents[1])
STANDARD = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def installed() -> tuple[str, ...]:
    """Return the folders of installed packages: those of Python, and those of the path that pip has filled.

    `pip install --target FOLDER` and `PYTHONPATH` make places that sysconfig does not know.
    """
    filled = (entry for entry in sys.path if entry and any(Path(entry).glob("*.dist-info")))
    return tuple(f"{Path(folder).absolute()}{os.sep}" for folder in (*STANDARD, *filled))


# Under which the kind of what a function returned is kept; no name.
RETURNED = "<returned>"


class Trace:
    """The code that ran and the kinds of its local names, and of what it gave, at its last return.

    Parameters
    ----------
    home
        The file of the gradient function, which is looked at wherever it lies.
    """

    def __init__(self, home: str) -> None:
        self.home = home
        self.locals: dict[CodeType, dict[str, Kind]] = {}
        self.done = False
        self.foreign = (*installed(), PACKAGE, "<")

    def once(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, the first call of which is watched."""

        def call(*arguments: Any) -> Any:
            if self.done:
                return function(*arguments)
            self.done = True
            before = sys.getprofile()
            sys.setprofile(self._see)
            try:
                return function(*arguments)
            finally:
                sys.setprofile(before)

        return call

    def _see(self, frame: FrameType, event: str, value: Any) -> None:
        if event != "return" or not self._own(frame.f_code.co_filename):
            return
        known = self.locals.setdefault(frame.f_code, {})
        for name, held in (*frame.f_locals.items(), (RETURNED, value)):
            try:
                known[name] = kind_of(held)
            except Exception:
                known.setdefault(name, Kind("other"))

    def _own(self, filename: str) -> bool:
        if filename == self.home:
            return True
        return not filename.startswith(self.foreign)
