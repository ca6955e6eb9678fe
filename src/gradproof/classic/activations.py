"""Activation functions and their derivatives, written as the course writes them: the digits depend on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.errors import InputError


def sigmoid(x: Any) -> Any:
    """Return ``1 / (1 + exp(-x))``, for a number or an array of any shape."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def relu(x: Any) -> Any:
    """Return ``max(0, x)``, entry by entry."""
    return np.maximum(0, x)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent, entry by entry."""
    return np.tanh(x)


# g(Z), and dZ from dA and A = g(Z). At its kink the mask of relu takes the slope 0, as A > 0 says.
ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    "relu": (relu, lambda dA, A: np.multiply(dA, np.int64(A > 0))),
    "tanh": (tanh, lambda dA, A: dA * (1 - np.square(A))),
    "sigmoid": (sigmoid, lambda dA, A: dA * A * (1 - A)),
}


def activation(name: str) -> tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]:
    """Return an activation function g, and the function that turns (dA, A) into ``dZ = dA * g'(Z)``.

    Raises
    ------
    InputError
        If there is no activation function of this name.
    """
    if name not in ACTIVATIONS:
        raise InputError(
            "There is no such activation function.", expected=" or ".join(map(repr, ACTIVATIONS)), got=repr(name)
        )
    return ACTIVATIONS[name]
