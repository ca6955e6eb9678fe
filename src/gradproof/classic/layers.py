"""A network with any number of layers, as the article on the cat pictures has it: forward, cost, backward, training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradproof.classic.activations import activation, sigmoid
from gradproof.classic.validation import Array, dimensions_of, examples_of, labels_of
from gradproof.errors import InputError

Cache = tuple[tuple[Array, Array, Array], Array]


def initialize_parameters(layers_dims: Sequence[int]) -> dict[str, Array]:
    """Return ``Wl`` of shape (nl, n(l-1)), standard normal times 0.01 from seed 1, and ``bl`` of zeros, (nl, 1).

    The global generator is left as it is.
    """
    if len(layers_dims) < 2 or any(units < 1 for units in layers_dims):
        raise InputError(
            "There are no layers.", expected="the sizes of input and at least one layer, such as [12288, 5, 5, 1]",
            got=str(list(layers_dims)),
        )  # fmt: skip
    randn = np.random.RandomState(1).randn
    parameters = {}
    for layer, (inputs, units) in enumerate(pairwise(layers_dims), start=1):
        parameters[f"W{layer}"] = randn(units, inputs) * 0.01
        parameters[f"b{layer}"] = np.zeros((units, 1))
    return parameters


def L_model_forward(
    X: Any, parameters: Mapping[str, Any], hidden_layers_activation_fn: str = "relu"
) -> tuple[Array, list[Cache]]:
    """Return the output probabilities and what the backward pass needs.

    Parameters
    ----------
    X
        Of shape (n0, m): a column for each example.
    parameters
        ``W1`` of shape (n1, n0), ``b1`` of shape (n1, 1), and so on.
    hidden_layers_activation_fn
        "relu", "tanh" or "sigmoid"; the last layer is a sigmoid.

    Returns
    -------
    AL
        Of shape (nL, m).
    caches
        ``((A(l-1), Wl, bl), Zl)`` for each layer.
    """
    layers = dimensions_of(parameters)
    hidden, _ = activation(hidden_layers_activation_fn)
    A = examples_of(X, layers[0])
    caches: list[Cache] = []
    for layer in range(1, len(layers)):
        W, b = parameters[f"W{layer}"], parameters[f"b{layer}"]
        Z = np.dot(W, A) + b
        caches.append(((A, W, b), Z))
        A = hidden(Z) if layer < len(layers) - 1 else sigmoid(Z)
    return A, caches


def compute_cost(AL: Any, y: Any) -> float:
    """Return the mean cross-entropy of probabilities of shape (1, m) and labels 0 or 1, of shape (1, m) or (m,)."""
    m = AL.shape[1]
    row = labels_of(y, m)
    # Only the logarithm that the label chooses, so that a saturated output costs 0 or infinity and never NaN.
    with np.errstate(divide="ignore"):
        return float(-(1 / m) * np.sum(np.where(row == 1, np.log(AL), np.log(1 - AL))))


def L_model_backward(
    AL: Any, y: Any, caches: Sequence[Cache], hidden_layers_activation_fn: str = "relu"
) -> dict[str, Array]:
    """Return ``dWL, dbL, ..., dW1, db1`` and ``dA(L-1), ..., dA0``.

    ``dZL = AL - y``, which is ``dAL * sigmoid'(ZL)`` without a division by the 0 of a saturated output; then for each
    layer ``dWl = 1/m dZl A(l-1)^T``, ``dbl = 1/m`` times the sum over the examples, ``dA(l-1) = Wl^T dZl`` and
    ``dZ(l-1) = dA(l-1) * g'(Z(l-1))``.
    """
    hidden, hidden_gradient = activation(hidden_layers_activation_fn)
    m = AL.shape[1]
    dZ = AL - labels_of(y, m)
    gradients: dict[str, Array] = {}
    for layer in range(len(caches), 0, -1):
        (A_prev, W, _), _ = caches[layer - 1]
        gradients[f"dW{layer}"] = (1 / m) * np.dot(dZ, A_prev.T)
        gradients[f"db{layer}"] = (1 / m) * np.sum(dZ, axis=1, keepdims=True)
        dA = gradients[f"dA{layer - 1}"] = np.dot(W.T, dZ)
        if layer > 1:
            dZ = hidden_gradient(dA, hidden(caches[layer - 2][1]))
    return gradients


def update_parameters(
    parameters: Mapping[str, Array], grads: Mapping[str, Array], learning_rate: float
) -> dict[str, Array]:
    """Return the parameters after a step of gradient descent, in new arrays."""
    return {name: value - learning_rate * grads[f"d{name}"] for name, value in parameters.items()}


def L_layer_model(
    X: Any,
    y: Any,
    layers_dims: Sequence[int],
    learning_rate: float = 0.01,
    num_iterations: int = 3000,
    print_cost: bool = False,
    hidden_layers_activation_fn: str = "relu",
) -> dict[str, Array]:
    """Return parameters trained by gradient descent from ``initialize_parameters``.

    ``print_cost`` prints the cost every 100 iterations.
    """
    parameters = initialize_parameters(layers_dims)
    for iteration in range(num_iterations):
        AL, caches = L_model_forward(X, parameters, hidden_layers_activation_fn)
        grads = L_model_backward(AL, y, caches, hidden_layers_activation_fn)
        if print_cost and (iteration + 1) % 100 == 0:
            print(f"The cost after {iteration + 1} iterations is: {compute_cost(AL, y):.4f}")
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters


def predict(X: Any, parameters: Mapping[str, Any], hidden_layers_activation_fn: str = "relu") -> Array:
    """Return 1 where the network gives at least one half, else 0, of shape (1, m)."""
    return (L_model_forward(X, parameters, hidden_layers_activation_fn)[0] >= 0.5).astype(np.int64)


def accuracy(X: Any, parameters: Mapping[str, Any], y: Any, hidden_layers_activation_fn: str = "relu") -> float:
    """Return the share of examples that are predicted as labelled."""
    predicted = predict(X, parameters, hidden_layers_activation_fn)
    return float(np.mean(predicted == labels_of(y, predicted.shape[1])))
