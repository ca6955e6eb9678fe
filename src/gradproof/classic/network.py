"""The exercise on the fraud-detection network: relu, relu, sigmoid, cross-entropy; any number of layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradproof.classic.activations import relu, sigmoid
from gradproof.classic.differences import difference_of
from gradproof.classic.messages import NEWEST
from gradproof.classic.validation import Array, dimensions_of, examples_of, labels_of
from gradproof.classic.vectors import dictionary_to_vector, gradients_to_vector, vector_to_dictionary
from gradproof.errors import InputError

# From the number of examples to what a sum over them is multiplied by.
Weight = Callable[[int], float]


def _mean(m: int) -> float:
    return 1.0 / m


def gradient_check_n_test_case() -> tuple[Array, Array, dict[str, Array]]:
    """Return x of shape (4, 3), y of shape (3,) and the 47 parameters of the exercise, from seed 1.

    The global generator is left as it is.
    """
    randn = np.random.RandomState(1).randn
    x, y = randn(4, 3), np.array([1, 1, 0])
    shapes = {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}
    return x, y, {name: randn(*shape) for name, shape in shapes.items()}


def forward_propagation_n(X: Any, Y: Any, parameters: Mapping[str, Any]) -> tuple[float, tuple[Any, ...]]:
    """Return the mean cross-entropy of a network, and what its backward pass needs.

    ``Z1 = W1 X + b1``, ``A1 = relu(Z1)``, and so on; the last layer has ``AL = sigmoid(ZL)``.

    Parameters
    ----------
    X
        Of shape (n0, m): a column for each example.
    Y
        Labels, 0 or 1, of shape (1, m) or (m,).
    parameters
        ``W1`` of shape (n1, n0), ``b1`` of shape (n1, 1), and so on.

    Returns
    -------
    cost
        ``1/m * sum(-log(AL) Y - log(1 - AL) (1 - Y))``.
    cache
        ``(Z1, A1, W1, b1, ..., ZL, AL, WL, bL)``.

    Raises
    ------
    InputError
        If a key is missing, a shape does not fit, a label is neither 0 nor 1, or the batch is empty.
    """
    layers = dimensions_of(parameters)
    A = examples_of(X, layers[0])
    m = A.shape[1]
    row = labels_of(Y, m)
    cache: list[Any] = []
    for layer in range(1, len(layers)):
        W, b = parameters[f"W{layer}"], parameters[f"b{layer}"]
        Z = np.dot(W, A) + b
        A = relu(Z) if layer < len(layers) - 1 else sigmoid(Z)
        cache += [Z, A, W, b]
    # Only the logarithm that the label chooses, so that a saturated output costs 0 or infinity and never NaN.
    with np.errstate(divide="ignore"):
        logprobs = np.where(row == 1, -np.log(A), -np.log(1 - A))
    return float(1.0 / m * np.sum(logprobs)), tuple(cache)


def backward_propagation_n(X: Any, Y: Any, cache: tuple[Any, ...]) -> dict[str, Array]:
    """Return the gradients of ``forward_propagation_n``; these are right.

    From the last layer down: ``dZL = AL - Y``; ``dWl = 1/m dZl A(l-1)^T``; ``dbl = 1/m`` times the sum of dZl over the
    examples; ``dA(l-1) = Wl^T dZl``; ``dZl = dAl`` where ``Al > 0``, else 0.

    Parameters
    ----------
    X, Y
        As given to ``forward_propagation_n``.
    cache
        As returned by it.

    Returns
    -------
    dict
        ``dZ3, dW3, db3, dA2, dZ2, dW2, db2, dA1, ...``, each of the shape of what it is the gradient of.
    """
    return _backward(X, Y, cache, {})


def backward_propagation_n_first_pair(X: Any, Y: Any, cache: tuple[Any, ...]) -> dict[str, Array]:
    """Return the gradients with two mistakes planted: ``dW2`` times 2, and 4/m for 1/m in ``db1``."""
    return _backward(X, Y, cache, {"dW2": lambda m: 2.0 / m, "db1": lambda m: 4.0 / m})


def backward_propagation_n_second_pair(X: Any, Y: Any, cache: tuple[Any, ...]) -> dict[str, Array]:
    """Return the gradients with the other two mistakes planted: no 1/m in ``dW2``, and 2/m for 1/m in ``db1``."""
    return _backward(X, Y, cache, {"dW2": lambda _: 1.0, "db1": lambda m: 2.0 / m})


def _backward(X: Any, Y: Any, cache: tuple[Any, ...], planted: Mapping[str, Weight]) -> dict[str, Array]:
    if not cache or len(cache) % 4:
        raise InputError(
            "The cache does not come from forward_propagation_n.",
            expected="(Z1, A1, W1, b1, ..., ZL, AL, WL, bL)",
            got=f"a tuple of {len(cache)}",
        )
    depth = len(cache) // 4
    A0 = examples_of(X, np.shape(cache[2])[1])
    m = A0.shape[1]
    gradients: dict[str, Array] = {}
    dZ = cache[-3] - labels_of(Y, m)
    for layer in range(depth, 0, -1):
        W, below = cache[4 * layer - 2], A0 if layer == 1 else cache[4 * layer - 7]
        weights = {name: planted.get(name, _mean)(m) for name in (f"dW{layer}", f"db{layer}")}
        gradients[f"dZ{layer}"] = dZ
        gradients[f"dW{layer}"] = weights[f"dW{layer}"] * np.dot(dZ, below.T)
        gradients[f"db{layer}"] = weights[f"db{layer}"] * np.sum(dZ, axis=1, keepdims=True)
        if layer > 1:
            dA = gradients[f"dA{layer - 1}"] = np.dot(W.T, dZ)
            dZ = np.multiply(dA, np.int64(below > 0))
    return gradients


def gradient_check_n(
    parameters: Mapping[str, Any],
    gradients: Mapping[str, Any],
    X: Any,
    Y: Any,
    epsilon: float = 1e-7,
    print_msg: bool = False,
) -> float:
    """Compare gradients with two-sided quotients of ``forward_propagation_n``, one parameter after the other.

    That takes two forward passes for each parameter. ``gradproof.check`` takes about thirty in all, and says which
    parameter is wrong and by what factor.

    Parameters
    ----------
    parameters, X, Y
        As for ``forward_propagation_n``.
    gradients
        ``dW1, db1, ...``; other keys are not looked at.
    epsilon
        The step.
    print_msg
        Whether to print the verdict: a mistake if the difference is above 2e-7.

    Returns
    -------
    float
        ``|grad - gradapprox| / (|grad| + |gradapprox|)``.
    """
    difference = differences_n(parameters, gradients, X, Y, epsilon)
    if print_msg:
        print(NEWEST.say(difference))
    return difference


def differences_n(parameters: Mapping[str, Any], gradients: Mapping[str, Any], X: Any, Y: Any, epsilon: float) -> float:
    """Return the difference of ``gradient_check_n``, in silence."""
    layers = dimensions_of(parameters)

    def cost(theta: Array) -> float:
        return forward_propagation_n(X, Y, vector_to_dictionary(theta, layers))[0]

    theta, _ = dictionary_to_vector(parameters)
    return difference_of(gradients_to_vector(gradients), quotients(cost, theta, epsilon))


def quotients(cost: Callable[[Array], float], theta: Array, epsilon: float) -> Array:
    """Return the two-sided quotient of a cost along each entry of a column."""
    approx, moved = np.zeros(theta.shape), np.array(theta, dtype=np.float64)
    for i in range(len(theta)):
        moved[i] = theta[i] + epsilon
        plus = cost(moved)
        moved[i] = theta[i] - epsilon
        approx[i] = (plus - cost(moved)) / (2 * epsilon)
        moved[i] = theta[i]
    return approx
