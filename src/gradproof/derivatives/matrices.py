"""Jacobians and Hessians as matrices: dense, sparse, linear operators, or functions that return one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.derivatives.arguments import Arguments
from gradproof.derivatives.functions import judge_function
from gradproof.derivatives.rows import wrong_rows
from gradproof.errors import InputError
from gradproof.group import ReportGroup
from gradproof.model import Outcome
from gradproof.settings import Settings

Array = npt.NDArray[Any]


def check_jacobian(
    function: Callable[..., Any], jacobian: Any, x: Any, *, args: tuple[Any, ...] = (), settings: Settings | None = None
) -> ReportGroup:
    """Judge a Jacobian, whole, by products with random vectors; wrong rows and columns are named.

    Parameters
    ----------
    function
        ``function(x, *args)`` returns an array of m numbers, of any shape.
    jacobian
        The m-by-n matrix of derivatives at ``x``; dense, sparse (anything with ``.T`` and ``@``) or a linear operator
        (anything with ``matvec`` and ``rmatvec``); or a function of ``(x, *args)`` that returns one.
    x
        An array of n numbers, of any shape, or a number.
    args
        Further arguments of both functions.
    settings
        How it is checked.

    Returns
    -------
    ReportGroup
        Report "vjp", in which wrong entries of ``x`` are wrong columns, and "jvp"; wrong rows stand in the warnings.

    Raises
    ------
    InputError
        If the matrix has not the shape (m, n).
    """
    return judge_jacobian(lambda at: function(at, *args), matrix_of(jacobian, args), Place(x), settings)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a matrix is judged: a point and its bounds."""

    x: Any
    lower: Any = None
    upper: Any = None

    def reach(self, tangent: Array) -> tuple[float, float]:
        """Return how far one may go along a tangent."""
        with np.errstate(all="ignore"):
            ends = [
                (np.asarray(bound, dtype=float) - self.x) / tangent
                for bound in (self.lower, self.upper)
                if bound is not None
            ]
        flat = np.concatenate([np.ravel(end) for end in ends]) if ends else np.empty(0)
        flat = flat[np.isfinite(flat)]
        ahead, back = flat[flat >= 0.0], flat[flat <= 0.0]
        return float(back.max(initial=-np.inf)), float(ahead.min(initial=np.inf))


def judge_jacobian(
    function: Callable[[Any], Any], jacobian: Callable[[Any], Any], place: Place, settings: Settings | None
) -> ReportGroup:
    """Judge a Jacobian that is a function of the point; see ``check_jacobian``."""
    x = place.x
    point, out_shape = np.asarray(x), np.shape(function(x))
    shape = (int(np.prod(out_shape, dtype=int)), point.size)

    def pulled(at: Any, cotangent: Any) -> Any:
        return _transposed(fitting(jacobian(at), shape), np.ravel(cotangent)).reshape(np.shape(at))

    def pushed(at: Any, tangent: Any) -> Any:
        return times(fitting(jacobian(at), shape), np.ravel(tangent)).reshape(out_shape)

    bounds = [None if bound is None else {"x": bound} for bound in (place.lower, place.upper)]
    free = bounds == [None, None]
    at = Arguments((x,), ("x",), {"x": x}, *bounds)
    found = judge_function(function, at, (pulled, pushed if free else None), settings or Settings())
    if all(report.outcome is not Outcome.WRONG for report in found.reports.values()):
        return found
    rows = wrong_rows(function, pushed, place, settings or Settings())
    return ReportGroup(found.reports, (*found.warnings, *rows), found.identities)


def matrix_of(matrix: Any, args: tuple[Any, ...]) -> Callable[[Any], Any]:
    """Return a matrix, or a function that returns one, as a function of the point."""
    if callable(matrix) and not _is_matrix(matrix):
        return lambda at: matrix(at, *args)

    def constant(at: Any) -> Any:
        del at
        return matrix

    return constant


def _is_matrix(value: Any) -> bool:
    return hasattr(value, "shape") and (hasattr(value, "dtype") or hasattr(value, "matvec"))


def fitting(matrix: Any, shape: tuple[int, int]) -> Any:
    """Return a matrix of the right shape; a vector where that can only mean one."""
    if not _is_matrix(matrix):
        matrix = np.asarray(matrix, dtype=None)
    got = tuple(matrix.shape)
    if got == shape:
        return matrix
    if isinstance(matrix, np.ndarray) and 1 in shape and matrix.size == shape[0] * shape[1]:
        return matrix.reshape(shape)
    if isinstance(matrix, np.ndarray) and len(got) > 2 and matrix.size == shape[0] * shape[1]:
        # Outputs or inputs of several axes: the axes of the output come first.
        return matrix.reshape(shape)
    raise InputError(
        "The Jacobian has another shape.",
        expected=f"{shape}: outputs by inputs",
        got=str(got),
        hint="transpose it" if got == shape[::-1] else "",
    )


def _transposed(matrix: Any, cotangent: Array) -> Array:
    """Return the product with the (conjugate) transpose."""
    if hasattr(matrix, "rmatvec"):
        return np.asarray(matrix.rmatvec(cotangent)).reshape(-1)
    conjugated = matrix.conj() if np.dtype(matrix.dtype).kind == "c" else matrix
    return np.asarray(conjugated.T @ cotangent).reshape(-1)


def times(matrix: Any, tangent: Array) -> Array:
    """Return the product of a matrix or an operator with a vector."""
    if hasattr(matrix, "matvec") and not isinstance(matrix, np.ndarray):
        return np.asarray(matrix.matvec(tangent)).reshape(-1)
    return np.asarray(matrix @ tangent).reshape(-1)
