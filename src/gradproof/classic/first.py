"""The first edition of the exercise: it prints its verdict always, and its threshold is 1e-7 (reprints have 2e-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradproof.classic import one_dimension
from gradproof.classic.messages import FIRST, FIRST_IN_ONE_DIMENSION, REVISED
from gradproof.classic.network import differences_n


def gradient_check(x: Any, theta: Any, epsilon: float = 1e-7) -> float:
    """Print "The gradient is correct!" if the difference is at most 1e-7, else that it is wrong; return it."""
    difference = one_dimension.gradient_check(x, theta, epsilon)
    print(FIRST_IN_ONE_DIMENSION.say(difference))
    return difference


def gradient_check_n(
    parameters: Mapping[str, Any], gradients: Mapping[str, Any], X: Any, Y: Any, epsilon: float = 1e-7
) -> float:
    """Print and return the difference: a mistake above 1e-7, and so the right network of the exercise is one."""
    difference = differences_n(parameters, gradients, X, Y, epsilon)
    print(FIRST.say(difference))
    return difference


def gradient_check_n_revised(
    parameters: Mapping[str, Any], gradients: Mapping[str, Any], X: Any, Y: Any, epsilon: float = 1e-7
) -> float:
    """Print and return the difference: a mistake above 2e-7, as reprints have it."""
    difference = differences_n(parameters, gradients, X, Y, epsilon)
    print(REVISED.say(difference))
    return difference
