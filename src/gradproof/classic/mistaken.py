"""The exercise's backward pass written out for its three layers, with the first pair of mistakes planted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradproof.classic.network import forward_propagation_n
from gradproof.classic.validation import Array


def gradient(parameters: Mapping[str, Any], X: Any, Y: Any) -> dict[str, Array]:
    """Return the gradients as the exercise has them: wrong in two lines, for ``gradproof demo`` to mend.

    Parameters
    ----------
    parameters
        ``W1, b1, ..., W3, b3`` of three layers.
    X, Y
        As given to ``forward_propagation_n``.
    """
    m = X.shape[1]
    cache = forward_propagation_n(X, Y, parameters)[1]
    A1, A2, W2, A3, W3 = cache[1], cache[5], cache[6], cache[9], cache[10]

    dZ3 = A3 - Y
    dW3 = 1.0 / m * np.dot(dZ3, A2.T)
    db3 = 1.0 / m * np.sum(dZ3, axis=1, keepdims=True)

    dA2 = np.dot(W3.T, dZ3)
    dZ2 = np.multiply(dA2, np.int64(A2 > 0))
    dW2 = 1.0 / m * np.dot(dZ2, A1.T) * 2
    db2 = 1.0 / m * np.sum(dZ2, axis=1, keepdims=True)

    dA1 = np.dot(W2.T, dZ2)
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = 1.0 / m * np.dot(dZ1, X.T)
    db1 = 4.0 / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
