"""``check_grad`` as ``scipy.optimize`` has it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.api import check
from gradproof.compat.demands import needless
from gradproof.errors import InputError
from gradproof.model import Outcome
from gradproof.numerics.derivative import derivative
from gradproof.seam import Problem
from gradproof.settings import Settings

__all__ = ["check_grad"]

# SciPy's own default, the root of the spacing of floating-point numbers.
EPSILON = np.sqrt(np.finfo(float).eps)


def check_grad(
    func: Callable[..., float],
    grad: Callable[..., Any],
    x0: Any,
    *args: Any,
    epsilon: float = EPSILON,
    direction: str = "all",
    rng: Any = None,
    seed: Any = None,
) -> float:
    """Return how far a gradient is from the measured one, as ``scipy.optimize.check_grad`` does.

    A gradient that is consistent with what was measured gives the distance seen, about 1e-10 of its norm; a wrong one
    is measured entry by entry, and the norm of its error is returned. Test suites compare that with a small number.

    Parameters
    ----------
    func, grad, x0, args
        ``func(x, *args)`` returns a number, ``grad(x, *args)`` its gradient, an array like ``x0``.
    epsilon
        Not needed; said once where it is given.
    direction
        "all"; or "random", for which the error along one random direction of unit entries is returned.
    rng, seed
        The seed of the random directions, if it is a whole number.

    Raises
    ------
    ValueError
        If ``direction`` is unknown.
    """
    if direction not in ("all", "random"):
        raise ValueError(f"{direction} is not a valid string for ``direction`` argument")
    needless(epsilon=None if epsilon == EPSILON else epsilon)
    x = np.asarray(x0, dtype=float)
    claimed = np.asarray(grad(x.copy(), *args), dtype=float)
    if claimed.shape != x.shape:
        raise InputError("The gradient has another shape.", expected=str(x.shape), got=str(claimed.shape))
    number = next((s for s in (seed, rng) if isinstance(s, int) and s >= 0), 0)
    if direction == "random":
        v = np.random.default_rng(number).choice((-1.0, 1.0), x.shape)
        found = derivative(lambda t: float(np.squeeze(func(x + t * v, *args))))
        return abs(float(np.sum(claimed * v)) - found.value)
    problem = Problem(lambda p: func(p, *args), claimed, x)
    report = check(problem, settings=Settings(seed=number))
    if report.outcome is Outcome.CONSISTENT:
        agreement = max((proof.agreement for proof in report.proofs), default=0.0)
        return agreement * float(np.linalg.norm(claimed))
    return _error(lambda at: float(np.squeeze(func(at, *args))), claimed, x)


def _error(func: Callable[[Any], float], claimed: Any, x: Any) -> float:
    """Return the norm of the error of a gradient, entry by entry."""
    total = 0.0
    for index in np.ndindex(x.shape):

        def along(t: float, index: tuple[int, ...] = index) -> float:
            at = x.copy()
            at[index] += t
            return func(at)

        found = derivative(along)
        if math.isfinite(found.value):
            total += (float(claimed[index]) - found.value) ** 2
    return math.sqrt(total)
