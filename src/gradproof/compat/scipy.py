"""``check_grad`` as ``scipy.optimize`` has it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.api import check
from gradproof.compat.demands import Mismatch, needless, undecided, warn
from gradproof.derivatives.functions import check_function
from gradproof.errors import InputError
from gradproof.group import ReportGroup
from gradproof.model import Outcome
from gradproof.numerics.derivative import derivative
from gradproof.seam import Problem

__all__ = ["check_grad"]

# SciPy's own default, the root of the spacing of floating-point numbers.
EPSILON = np.sqrt(np.finfo(float).eps)
# Up to so many entries of a gradient that is not consistent are measured one by one; the norm of an error of more is
# that seen along so many random directions. Few serve where there is nothing but rounding to be seen.
MOST_ENTRIES, DIRECTIONS, FEW = 100, 64, 8
# Entries far smaller than the others are moved by this share of their size.
LEAST = 1e-3

Function = Callable[[Any], Any]


def check_grad(
    func: Callable[..., Any],
    grad: Callable[..., Any],
    x0: Any,
    *args: Any,
    epsilon: Any = EPSILON,
    direction: str = "all",
    rng: Any = None,
    seed: Any = None,
) -> float:
    """Return the norm of the difference between a gradient and the measured one, as ``scipy.optimize.check_grad`` does.

    What the error bars of the measurement explain is no difference: a right gradient gives 0, or rounding, and test
    suites that compare with a small number pass. A number has no room for a verdict: a wrong gradient is told as a
    warning too, ``Mismatch``, with the report, and one that could not be judged as ``Undecided``.

    Parameters
    ----------
    func, args
        ``func(x, *args)`` returns a number, or an array of one axis.
    grad
        ``grad(x, *args)`` returns its gradient, an array like ``x0``, or its Jacobian, outputs by inputs.
    x0
        Real numbers, at most one axis.
    direction
        "all"; or "random", for which the difference along one Gaussian direction is returned.
    rng, seed
        The generator of that direction, or its seed.
    epsilon
        Not needed: the step is chosen by the data.

    Raises
    ------
    ValueError
        If ``direction`` is unknown, or is "random" for a function of several outputs.
    InputError
        If the gradient has another shape.
    """
    if direction not in ("all", "random"):
        raise ValueError(f"{direction} is not a valid string for ``direction`` argument")
    needless(epsilon=None if epsilon is EPSILON else epsilon)
    x = np.asarray(x0, dtype=np.float64)
    claimed = np.asarray(grad(np.array(x0, dtype=np.float64), *args), dtype=np.float64)
    value = np.asarray(func(x.copy(), *args))
    if value.ndim and value.size > 1:
        if direction == "random":
            raise ValueError("'random' can only be used with scalar valued func")
        return _of_jacobian(lambda at: np.asarray(func(at, *args)), claimed, (x, value.shape))
    if claimed.size == x.size and (x.size == 1 or claimed.shape == (1, *x.shape)):
        claimed = claimed.reshape(x.shape)
    if claimed.shape != x.shape:
        raise InputError("The gradient has another shape.", expected=str(x.shape), got=str(claimed.shape))

    def objective(at: Any) -> float:
        return float(np.squeeze(func(at, *args)))

    if direction == "random":
        v = _generator(seed if rng is None else rng).standard_normal(x.shape)
        return _gap_along(objective, claimed, x, v)
    # As functions, so that the precision of the values is seen, and the gradient beside a kink.
    loss, gradient = (lambda p: func(p["x"], *args)), (lambda p: {"x": np.reshape(grad(p["x"], *args), x.shape)})
    report = check(Problem(loss, gradient, {"x": x}))
    _tell(ReportGroup({"gradient": report}))
    return _norm_of_error(objective, claimed, (x, report.outcome))


def _generator(given: Any) -> Any:
    """Return a generator: the one that was given, or one of a seed; the same each time for neither."""
    if hasattr(given, "standard_normal"):
        return given
    return np.random.default_rng(0 if given is None else given)


def _tell(found: ReportGroup) -> None:
    """Tell what a number cannot say."""
    if found.outcome is Outcome.WRONG:
        warn(f"the gradient is wrong\n{found}", Mismatch)
    elif found.outcome is Outcome.INCONCLUSIVE:
        undecided(str(reason) for report in found.reports.values() for reason in report.reasons)


def _of_jacobian(func: Function, claimed: Any, at: tuple[Any, tuple[int, ...]]) -> float:
    """Return the norm of the error of a Jacobian."""
    x, shape = at
    if claimed.shape != (*shape, *x.shape):
        raise InputError("The Jacobian has another shape.", expected=str((*shape, *x.shape)), got=str(claimed.shape))

    def vjp(place: Any, cotangent: Any) -> Any:
        del place  # the Jacobian is that at x0
        return np.tensordot(cotangent, claimed, np.ndim(cotangent))

    found = check_function(lambda x: func(x).astype(np.float64), x, vjp=vjp)
    _tell(found)
    rows = [(lambda place, index=index: float(func(place)[index]), claimed[index]) for index in np.ndindex(*shape)]
    return math.sqrt(math.fsum(_norm_of_error(row, slope, (x, found.outcome)) ** 2 for row, slope in rows))


def _norm_of_error(func: Function, claimed: Any, at: tuple[Any, Outcome]) -> float:
    """Return the norm of the error of a gradient: entry by entry, or as seen along random directions."""
    x, outcome = at
    size = float(np.sqrt(np.mean(x**2))) or 1.0
    count = FEW if outcome is Outcome.CONSISTENT else DIRECTIONS
    if x.size <= (FEW if outcome is Outcome.CONSISTENT else MOST_ENTRIES):
        scales = np.ravel(np.maximum(np.abs(x), LEAST * size))
        units = np.diag(scales).reshape(x.size, *x.shape)
        gaps = [_gap_along(func, claimed, x, v) / scale for v, scale in zip(units, scales, strict=True)]
        return math.sqrt(math.fsum(gap**2 for gap in gaps))
    rng = np.random.default_rng(0)
    gaps = [_gap_along(func, claimed, x, size * rng.standard_normal(x.shape)) / size for _ in range(count)]
    return math.sqrt(math.fsum(gap**2 for gap in gaps) / count)


def _gap_along(func: Function, claimed: Any, x: Any, v: Any) -> float:
    """Return by how much a claim is further from the measured slope than the error bar explains.

    At a kink it is the distance from the interval between the one-sided slopes.
    """
    slope = float(np.sum(claimed * v))
    with np.errstate(all="ignore"):
        found = derivative(lambda t: func(x + t * v))
    if found.left is not None and found.right is not None:
        low, high = sorted((found.left.value, found.right.value))
        return max(0.0, low - slope, slope - high)
    if math.isnan(slope) or found.finite:
        return abs(slope - found.value) - min(found.error, abs(slope - found.value))
    undecided([str(found.reason)])
    return 0.0
