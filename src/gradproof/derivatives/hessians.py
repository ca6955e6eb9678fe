"""Hessians, and products with them: judged against the gradient whose derivative they are, and by their symmetry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.derivatives.functions import OF_TOLERANCE, check_function
from gradproof.derivatives.matrices import check_jacobian, fitting, matrix_of, times
from gradproof.group import Identity, ReportGroup
from gradproof.probing.precision import tolerance_of
from gradproof.settings import Settings

Array = npt.NDArray[Any]


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
    at = fitting(matrix_of(hessian, args)(x), (size, size))
    symmetric = symmetry(lambda v: times(at, v), point.reshape(-1), (settings or Settings()).seed)
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
