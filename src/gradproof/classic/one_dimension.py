"""The exercise in one dimension: ``J(theta) = theta * x``."""

from __future__ import annotations

from typing import Any

from gradproof.classic.differences import difference_of
from gradproof.classic.messages import NEWEST


def forward_propagation(x: Any, theta: Any) -> Any:
    """Return ``J = theta * x``."""
    return theta * x


def backward_propagation(x: Any, theta: Any) -> Any:  # noqa: ARG001 - the course's signature
    """Return ``dJ/dtheta = x``."""
    return x


def gradient_check(x: Any, theta: Any, epsilon: float = 1e-7, print_msg: bool = False) -> float:
    """Compare ``backward_propagation`` with the two-sided quotient of ``forward_propagation``.

    Parameters
    ----------
    x, theta
        Real numbers.
    epsilon
        The step.
    print_msg
        Whether to print the verdict: a mistake if the difference is above 2e-7.

    Returns
    -------
    float
        ``|grad - gradapprox| / (|grad| + |gradapprox|)``.
    """
    difference = _difference(x, theta, epsilon)
    if print_msg:
        print(NEWEST.say(difference))
    return difference


def _difference(x: Any, theta: Any, epsilon: float) -> float:
    J_plus = forward_propagation(x, theta + epsilon)
    J_minus = forward_propagation(x, theta - epsilon)
    gradapprox = (J_plus - J_minus) / (2 * epsilon)
    return difference_of(backward_propagation(x, theta), gradapprox)
