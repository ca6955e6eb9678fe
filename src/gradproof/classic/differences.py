"""Difference quotients with a fixed step, the number that compares two gradients, and the rule of thumb for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.errors import InputError


def one_sided_difference(f: Callable[[float], float], x: float, epsilon: float = 1e-7) -> float:
    """Return ``(f(x + epsilon) - f(x)) / epsilon``, the right-hand quotient: its error falls like epsilon."""
    return (f(x + epsilon) - f(x)) / _step(epsilon)


def two_sided_difference(f: Callable[[float], float], x: float, epsilon: float = 1e-7) -> float:
    """Return ``(f(x + epsilon) - f(x - epsilon)) / (2 epsilon)``: its error falls like epsilon squared."""
    return (f(x + epsilon) - f(x - epsilon)) / (2 * _step(epsilon))


def difference_of(grad: Any, gradapprox: Any) -> float:
    """Return ``|grad - gradapprox| / (|grad| + |gradapprox|)``, in Euclidean norms: the course's one number.

    0 where both are zero: there the course's formula is 0 / 0.

    Raises
    ------
    InputError
        If the shapes differ: broadcasting would compare every entry with every other.
    """
    grad, gradapprox = np.asarray(grad), np.asarray(gradapprox)
    if grad.shape != gradapprox.shape:
        raise InputError(
            "The two gradients have different shapes.", expected=str(gradapprox.shape), got=str(grad.shape)
        )
    numerator = np.linalg.norm(grad - gradapprox)
    denominator = np.linalg.norm(grad) + np.linalg.norm(gradapprox)
    return float(numerator / denominator) if denominator else 0.0


def _step(epsilon: float) -> float:
    if not epsilon > 0.0:
        raise InputError("The step cannot be used.", expected="a positive number", got=repr(epsilon), where="epsilon")
    return epsilon


@dataclass(frozen=True)
class Tier:
    """What a rule of thumb makes of a difference: ``"happy"``, ``"okay"``, ``"uneasy"`` or ``"probably wrong"``."""

    name: str
    advice: str

    def __str__(self) -> str:
        return f"{self.name}: {self.advice}"


DEEP = 10


def rule_of_thumb(difference: float, kinks: bool = False, layers: int = 1) -> Tier:
    """Return what the rule of thumb makes of a relative difference.

    Above 1e-2 the gradient is probably wrong, above 1e-4 one should be uneasy; below that it is okay for an objective
    with kinks, and too much for a smooth one; at 1e-7 and less one may be happy. Errors build up with depth: in a
    network of ten layers 1e-2 may still be okay.

    The numbers are those of the notes of Stanford's CS231n, *Neural Networks Part 3*, section "Gradient checks".
    ``gradproof.check`` needs none of them: it measures the error of the measurement.

    Parameters
    ----------
    difference
        As ``difference_of`` returns it.
    kinks
        Whether the objective has kinks (relu, max, absolute value, hinge).
    layers
        The depth of the network.
    """
    if not difference >= 0.0:
        raise InputError("The difference cannot be judged.", expected="a number from 0 on", got=repr(difference))
    if difference > 1e-2:
        return Tier("probably wrong", "above 1e-2 the gradient is probably wrong")
    if layers >= DEEP and difference > 1e-4:
        return Tier("okay", f"errors build up over {layers} layers; up to 1e-2 may be rounding")
    if difference > 1e-4:
        return Tier("uneasy", "between 1e-4 and 1e-2 something is probably wrong")
    if difference <= 1e-7:
        return Tier("happy", "at 1e-7 and less there is nothing to see")
    if kinks or layers >= DEEP:
        return Tier("okay", "up to 1e-4 a kink within the step, or depth, explains it")
    return Tier("uneasy", "a smooth objective should come below 1e-7")
