"""The article's edition of the check, on a network with any number of layers: it prints always, above 10e-7.

Source: Imad Dabbura, *Coding Neural Network - Gradient Checking* (2018).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.classic import vectors
from gradproof.classic.differences import difference_of
from gradproof.classic.examples import read_pictures
from gradproof.classic.layers import L_model_forward, compute_cost
from gradproof.classic.messages import DEEP
from gradproof.classic.network import quotients
from gradproof.classic.validation import Array, labels_of
from gradproof.classic.vectors import gradients_to_vector, vector_to_dictionary

__all__ = [
    "dictionary_to_vector",
    "forward_prop_cost",
    "gradient_check",
    "gradients_to_vector",
    "load_pictures",
    "vector_to_dictionary",
]


def dictionary_to_vector(params_dict: Mapping[str, Any]) -> Array:
    """Roll parameters into one column; this edition returns no keys."""
    return vectors.dictionary_to_vector(params_dict)[0]


def load_pictures(path: str | os.PathLike[str]) -> tuple[Array, Array]:
    """Return X of shape (12288, m) and y of shape (1, m) as the article arranges them.

    Bytes from 0 to 255, not scaled, each picture transposed; the inputs are therefore large, hidden units saturate, and
    the difference that the article prints is that of few entries.
    """
    pictures, labels = read_pictures(path)
    m = len(pictures)
    return pictures.T.reshape(-1, m), labels_of(labels, m)


def forward_prop_cost(
    X: Any, parameters: Mapping[str, Any], Y: Any, hidden_layers_activation_fn: str = "tanh"
) -> float:
    """Return the mean cross-entropy of a network of L layers."""
    return compute_cost(L_model_forward(X, parameters, hidden_layers_activation_fn)[0], Y)


def gradient_check(
    parameters: Mapping[str, Any],
    gradients: Mapping[str, Any],
    X: Any,
    Y: Any,
    layers_dims: Sequence[int],
    epsilon: float = 1e-7,
    hidden_layers_activation_fn: str = "tanh",
) -> float:
    """Compare gradients with two-sided quotients, print the verdict (a mistake above 10e-7), return the difference.

    For the cat network of 61,481 parameters that takes 122,962 forward passes; ``gradproof.check`` takes thirty.
    """

    def cost(theta: Array) -> float:
        return forward_prop_cost(X, vector_to_dictionary(theta, layers_dims), Y, hidden_layers_activation_fn)

    approx = quotients(cost, dictionary_to_vector(parameters), epsilon)
    difference = difference_of(gradients_to_vector(gradients), approx)
    print(DEEP.say(difference))
    return difference
