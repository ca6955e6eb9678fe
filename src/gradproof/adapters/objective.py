"""Calling the user's functions: on private copies, and with a word on where if they raise."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.errors import ObjectiveError


def call(function: Callable[..., Any], tree: Any, args: tuple[Any, ...], where: Callable[[], str]) -> Any:
    """Call a function of the user; its own exception passes through with a note on where it happened.

    If it has NumPy raise from now on, that ends with the call.
    """
    try:
        with np.errstate():
            return function(tree, *args)
    except StopIteration as error:
        raise exhausted(where()) from error
    except (Exception, SystemExit) as error:
        error.add_note(f"gradproof: {where()}")
        raise


def exhausted(where: str) -> ObjectiveError:
    """Return the error for a StopIteration of the user's: it would end a loop of somebody else without a word."""
    return ObjectiveError(
        "The objective or the gradient raised StopIteration.",
        where=where,
        hint="does it draw from an iterator that has come to its end? make the iterator inside",
    )


def is_of_domain(error: BaseException) -> bool:
    """Whether an exception says that numbers lie outside of a domain: no factorisation, a division by zero."""
    kind = type(error).__name__
    return isinstance(error, ArithmeticError) or kind.endswith("LinAlgError") or str(error) == "math domain error"


def as_float(value: Any) -> float:
    """Return an objective's value as a float.

    Raises
    ------
    ObjectiveError
        If it is not one real number.
    """
    if type(value) is float:
        return value
    if isinstance(value, int | float | np.floating | np.integer):
        return _converted(value)
    array = _as_array(value)
    if array.size != 1:
        raise ObjectiveError(
            "The objective does not return one number.",
            expected="a float, or an array of one element",
            got=f"an array of shape {array.shape}",
            hint="sum it, or weigh its entries by a random vector and check that gradient",
        )
    if array.dtype.kind not in "fiu":
        raise ObjectiveError("The objective is not real.", expected="a real number", got=f"dtype {array.dtype}")
    return _converted(array.reshape(())[()])


def _converted(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        # An integer beyond all doubles.
        return math.copysign(math.inf, value > 0 or -1.0)


def roundoff(value: Any) -> float:
    """Return the unit roundoff of what the objective returned: 2**-53 unless it is a coarser NumPy type."""
    dtype = getattr(value, "dtype", None)
    if getattr(value, "label", "") == "bfloat16":
        return 2.0**-9
    return 2.0**-53 if dtype is None else _roundoff_of(dtype)


@functools.cache
def _roundoff_of(dtype: Any) -> float:
    if not np.issubdtype(dtype, np.floating):
        return 2.0**-53
    return max(float(np.finfo(dtype).eps) / 2.0, 2.0**-53)


def _as_array(value: Any) -> Any:
    if value is None or isinstance(value, str | dict):
        raise ObjectiveError("The objective does not return a number.", expected="a float", got=type(value).__name__)
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ObjectiveError("The objective does not return a number.", got=type(value).__name__) from error
