"""Problems on the arrays of a framework, put into NumPy's: frameworks are found, never imported unasked."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.seam import Problem, Subject
from gradproof.settings import Settings

# Which file knows the arrays of which framework. Each has ``translate``, ``remember``, ``host`` and ``like``.
ADAPTERS = {
    "torch": "gradproof.adapters.torch",
    "jax": "gradproof.adapters.jax",
    "cupy": "gradproof.adapters.array_api",
    "dpnp": "gradproof.adapters.array_api",
    "array_api_strict": "gradproof.adapters.array_api",
}


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


def subject_of(problem: Problem, settings: Settings) -> Subject | None:
    """Return the subject of parameters that a framework measures where they lie, or None."""
    for name in _present():
        made = getattr(importlib.import_module(name), "subject_of", None)
        if made is not None and (subject := made(problem, settings)) is not None:
            found: Subject = subject
            return found
    return None


def remembered() -> list[Callable[[], None]]:
    """Remember the states of the frameworks' random generators; return what puts them back."""
    return [importlib.import_module(name).remember() for name in _present()]


def host(leaf: Any) -> Any:
    """Return an array of a framework as NumPy's, sharing memory where it can; other values as they are."""
    if isinstance(leaf, np.ndarray):
        return leaf
    for name in _present():
        found = importlib.import_module(name).host(leaf)
        if found is not leaf:
            return found
    return np.asarray(leaf) if isinstance(leaf, float | complex | np.generic) else leaf


def like(leaf: Any, array: npt.NDArray[Any]) -> Any:
    """Return a NumPy array as what a leaf is: an array of the same framework and dtype, or a number."""
    if isinstance(leaf, np.ndarray):
        return array
    for name in _present():
        found = importlib.import_module(name).like(leaf, array)
        if found is not None:
            return found
    return type(leaf)(array[()]) if isinstance(leaf, float | complex | np.generic) else array


def _present() -> list[str]:
    return [adapter for framework, adapter in ADAPTERS.items() if framework in sys.modules]
