"""Problems on the arrays of a framework, put into NumPy's: frameworks are found, never imported unasked."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

from gradproof.seam import Problem

# Which file knows the arrays of which framework. Each has ``translate`` and ``remember``.
ADAPTERS = {"torch": "gradproof.adapters.torch"}


def translated(problem: Problem) -> Problem:
    """Return the problem with NumPy arrays for those of a framework, or as it is if there are none.

    Raises
    ------
    InputError
        If the arrays of several frameworks, or of several devices, stand in one tree, or cannot be measured.
    """
    for name in _present():
        found: Problem | None = importlib.import_module(name).translate(problem)
        if found is not None:
            return found
    return problem


def remembered() -> list[Callable[[], None]]:
    """Remember the states of the frameworks' random generators; return what puts them back."""
    return [importlib.import_module(name).remember() for name in _present()]


def _present() -> list[str]:
    return [adapter for framework, adapter in ADAPTERS.items() if framework in sys.modules]
