"""Linear operators and their adjoints: linearity, the dot-product test, and where an adjoint is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.adapters.tree import flatten
from gradproof.derivatives.functions import OF_TOLERANCE, check_function
from gradproof.derivatives.spaces import Vector, as_vector, moved, random_like
from gradproof.errors import InputError
from gradproof.group import Identity, ReportGroup
from gradproof.probing.precision import tolerance_of
from gradproof.settings import Settings

# Random pairs for which <A x, y> = <x, A^H y> is tried.
PAIRS = 3


def check_adjoint(
    forward: Any, adjoint: Callable[[Any], Any] | None = None, x: Any = None, *, settings: Settings | None = None
) -> ReportGroup:
    """Judge the adjoint of a linear operator: <A x, y> = <x, A^H y> for random x and y (the dot-product test).

    J. F. Claerbout, Earth Soundings Analysis, 1992, chapter 5. Where it fails, the adjoint is judged as the vjp of the
    operator too, which says where. Whether the operator is linear is tried first.

    Parameters
    ----------
    forward
        ``forward(x)``, linear in ``x``; or a linear operator with ``matvec``, ``rmatvec``, ``shape`` and ``dtype``.
    adjoint
        ``adjoint(y)``, with ``y`` like what ``forward`` returns; not for a linear operator, which has its own.
    x
        Any tree of arrays that ``forward`` accepts: it gives shapes and dtypes.
    settings
        How it is checked.

    Raises
    ------
    InputError
        If there is no adjoint, or no example of ``x``.
    """
    forward, adjoint, x = _operator(forward, adjoint, x)
    chosen = settings or Settings()
    point = random_like(x, (chosen.seed, 2**25))
    tolerance = OF_TOLERANCE * tolerance_of(_dtype(point))
    identities = [_linear(forward, point, chosen.seed, tolerance)]
    for k in range(PAIRS):
        v = random_like(x, (chosen.seed, 2**26, k))
        out = forward(v.as_tree())
        y = random_like(out, (chosen.seed, 2**27, k))
        back = as_vector(adjoint(y.as_tree()))
        sizes = (y.norm * as_vector(out).norm, v.norm * back.norm)
        pair = (y.inner(out), _inner(v, back))
        identities.append(Identity(f"<A x, y> = <x, A^H y>, pair {k + 1}", *pair, max(sizes), tolerance))

    def claim(at: Any, cotangent: Any) -> Any:
        del at  # a linear operator has the same adjoint everywhere
        return (adjoint(cotangent),)

    found = check_function(forward, point.as_tree(), vjp=claim, settings=chosen)
    return ReportGroup({"adjoint": found.reports["vjp"]}, found.warnings, tuple(identities))


def _operator(forward: Any, adjoint: Any, x: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any], Any]:
    if hasattr(forward, "rmatvec"):
        import numpy as np

        dtype = np.dtype(forward.dtype or np.float64)
        return forward.matvec, forward.rmatvec, np.ones(forward.shape[1], np.result_type(dtype, np.float32))
    if adjoint is None or x is None:
        raise InputError("The adjoint cannot be judged.", expected="check_adjoint(forward, adjoint, x), or an operator")
    return forward, adjoint, x


def _linear(forward: Callable[[Any], Any], x: Vector, seed: int, tolerance: float) -> Identity:
    """Return the identity A (x + 2 v) = A x + 2 A v, weighed by a random vector."""
    v = random_like(x.tree.rebuild(x.tree.leaves), (seed, 2**28))
    both, first, second = (forward(t) for t in (moved(x.as_tree(), [(2.0, v)]), x.as_tree(), v.as_tree()))
    y = random_like(both, (seed, 2**29))
    size = y.norm * max(as_vector(first).norm, as_vector(second).norm)
    return Identity("A (x + 2 v) = A x + 2 A v", y.inner(both), y.inner(first) + 2.0 * y.inner(second), size, tolerance)


def _inner(v: Vector, back: Vector) -> float:
    try:
        return v.inner(back.as_tree())
    except ValueError as error:
        raise InputError(
            "The adjoint returns something unlike x.", expected="the structure of x", got=str(error)
        ) from None


def _dtype(vector: Vector) -> str:
    names = [array.real.dtype for array in vector.arrays if array is not None]
    if not names:
        what = ", ".join(type(leaf).__name__ for leaf in flatten(vector.tree.rebuild(vector.tree.leaves)).leaves)
        raise InputError("There is nothing to differentiate.", expected="floating-point numbers in x", got=what)
    return min(names, key=lambda dtype: dtype.itemsize).name
