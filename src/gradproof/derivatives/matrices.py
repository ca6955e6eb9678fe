"""Jacobians and Hessians as matrices: dense, sparse, linear operators, or functions that return one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.derivatives.functions import OF_TOLERANCE, check_function
from gradproof.derivatives.rows import wrong_rows
from gradproof.errors import InputError
from gradproof.group import Identity, ReportGroup
from gradproof.model import Outcome
from gradproof.probing.precision import tolerance_of
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
    point = np.asarray(x)
    shape = (np.size(function(x, *args)), point.size)
    out_shape = np.shape(function(x, *args))

    def matrix(at: Any) -> Any:
        return _fitting(jacobian(at, *args) if callable(jacobian) and not _is_matrix(jacobian) else jacobian, shape)

    def value(x: Any) -> Any:
        return function(x, *args)

    def pulled(at: Any, cotangent: Any) -> Any:
        return _transposed(matrix(at), np.ravel(cotangent)).reshape(np.shape(at))

    def pushed(at: Any, tangent: Any) -> Any:
        return _times(matrix(at), np.ravel(tangent)).reshape(out_shape)

    found = check_function(value, x, vjp=pulled, jvp=pushed, settings=settings)
    if found.reports["vjp"].outcome is not Outcome.WRONG and found.reports["jvp"].outcome is not Outcome.WRONG:
        return found
    rows = wrong_rows(value, pushed, point, settings or Settings())
    return ReportGroup(found.reports, (*found.warnings, *rows), found.identities)


def check_hessian(
    gradient: Callable[..., Any], hessian: Any, x: Any, *, args: tuple[Any, ...] = (), settings: Settings | None = None
) -> ReportGroup:
    """Judge a Hessian against the gradient whose Jacobian it is, and its symmetry.

    Parameters
    ----------
    gradient
        ``gradient(x, *args)`` returns the gradient; judge that first, with ``check``.
    hessian
        The n-by-n matrix, in the forms that ``check_jacobian`` takes.
    x
        An array of n real numbers, of any shape.
    args
        Further arguments of both functions.
    settings
        How it is checked.

    Raises
    ------
    InputError
        If the matrix has not the shape (n, n).
    """
    found = check_jacobian(gradient, hessian, x, args=args, settings=settings)
    point = np.asarray(x)
    size = point.size
    at = _fitting(hessian(x, *args) if callable(hessian) and not _is_matrix(hessian) else hessian, (size, size))
    symmetric = symmetry(lambda v: _times(at, v), point.reshape(-1), (settings or Settings()).seed)
    return ReportGroup(found.reports, found.warnings, (*found.identities, symmetric))


def check_hessp(
    gradient: Callable[..., Any],
    hessp: Callable[..., Any],
    x: Any,
    *,
    args: tuple[Any, ...] = (),
    settings: Settings | None = None,
) -> ReportGroup:
    """Judge a product with the Hessian, ``hessp(x, p, *args)``, against the gradient, and its symmetry.

    Parameters
    ----------
    gradient
        ``gradient(x, *args)``; judge that first, with ``check``.
    hessp
        ``hessp(x, p, *args)`` returns the product with a vector like ``x``.
    x
        An array of real numbers, of any shape.
    args
        Further arguments of both functions.
    settings
        How it is checked.
    """

    def product(at: Any, p: Any) -> Any:
        return hessp(at, p, *args)

    def value(x: Any) -> Any:
        return gradient(x, *args)

    # A Hessian is its own transpose, so its products are vjps of the gradient too: these can be located.
    found = check_function(value, x, vjp=product, jvp=product, settings=settings)
    point = np.asarray(x)
    flat = point.reshape(-1)
    symmetric = symmetry(lambda v: np.ravel(product(x, v.reshape(point.shape))), flat, (settings or Settings()).seed)
    return ReportGroup(found.reports, found.warnings, (symmetric,))


def symmetry(product: Callable[[Array], Array], x: Array, seed: int) -> Identity:
    """Return the identity <u, H v> = <v, H u> along random vectors."""
    rng = np.random.default_rng([seed, 2**23])
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    u, v = (rng.standard_normal(x.size).astype(dtype) for _ in range(2))
    first, second = (np.asarray(product(w), dtype=np.float64) for w in (v, u))
    size = max(float(np.linalg.norm(u) * np.linalg.norm(first)), float(np.linalg.norm(v) * np.linalg.norm(second)))
    left, right = float(np.dot(u, first)), float(np.dot(v, second))
    return Identity("<u, H v> = <v, H u>", left, right, size, OF_TOLERANCE * tolerance_of(dtype.name))


def _is_matrix(value: Any) -> bool:
    return hasattr(value, "shape") and (hasattr(value, "dtype") or hasattr(value, "matvec"))


def _fitting(matrix: Any, shape: tuple[int, int]) -> Any:
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


def _times(matrix: Any, tangent: Array) -> Array:
    if hasattr(matrix, "matvec") and not isinstance(matrix, np.ndarray):
        return np.asarray(matrix.matvec(tangent)).reshape(-1)
    return np.asarray(matrix @ tangent).reshape(-1)
