"""Dictionaries of parameters or gradients as one column, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradproof.classic.validation import Array, depth_of, dimensions_of
from gradproof.errors import InputError

# The network of the course: 4 inputs, 5 and 3 hidden units, 1 output, 47 parameters.
COURSE = (4, 5, 3, 1)


def dictionary_to_vector(parameters: Mapping[str, Any]) -> tuple[Array, list[str]]:
    """Roll parameters ``W1, b1, ..., WL, bL`` into one column, with the key that each entry comes from.

    Returns
    -------
    theta
        Of shape ``(n, 1)``; the entries of each array in C order.
    keys
        A list of n names: ``["W1", "W1", ..., "b3"]``.
    """
    dimensions_of(parameters)
    names = [f"{letter}{layer}" for layer in range(1, depth_of(parameters) + 1) for letter in "Wb"]
    columns = [np.reshape(parameters[name], (-1, 1)) for name in names]
    keys = [name for name, column in zip(names, columns, strict=True) for _ in range(len(column))]
    return np.concatenate(columns), keys


def vector_to_dictionary(theta: Any, layers_dims: Sequence[int] = COURSE) -> dict[str, Array]:
    """Unroll a column into parameters ``W1, b1, ..., WL, bL``.

    Parameters
    ----------
    theta
        Of shape ``(n, 1)`` or ``(n,)``.
    layers_dims
        ``[n0, n1, ..., nL]``; those of the course if it is left out.

    Raises
    ------
    InputError
        If theta does not have as many entries as the layers.
    """
    return _unrolled(theta, layers_dims, "")


def gradients_to_vector(gradients: Mapping[str, Any]) -> Array:
    """Roll the gradients ``dW1, db1, ..., dWL, dbL`` into one column; ``dA`` and ``dZ`` are left out.

    The order is that of ``dictionary_to_vector``, whatever the order of the keys.
    """
    depth = depth_of(gradients, "d")
    for layer in range(1, depth + 1):
        W, b = np.shape(gradients[f"dW{layer}"]), np.shape(gradients[f"db{layer}"])
        if len(W) != 2 or b != (W[0], 1):
            raise InputError(
                "A gradient has the wrong shape.",
                expected="dW of shape (n, inputs) and db of shape (n, 1)",
                got=f"{W} and {b}",
                where=f"dW{layer}, db{layer}",
                hint="sum over the examples with axis=1, keepdims=True" if len(b) != 2 else "",
            )
    names = [f"d{letter}{layer}" for layer in range(1, depth + 1) for letter in "Wb"]
    return np.concatenate([np.reshape(gradients[name], (-1, 1)) for name in names])


def vector_to_gradients(theta: Any, layers_dims: Sequence[int] = COURSE) -> dict[str, Array]:
    """Unroll a column into gradients ``dW1, db1, ..., dWL, dbL``: the inverse of ``gradients_to_vector``."""
    return _unrolled(theta, layers_dims, "d")


def _unrolled(theta: Any, layers_dims: Sequence[int], prefix: str) -> dict[str, Array]:
    vector = np.asarray(theta)
    expected = sum((inputs + 1) * units for inputs, units in pairwise(layers_dims))
    if vector.size != expected or vector.shape not in ((expected, 1), (expected,)):
        raise InputError(
            "The vector does not fit the layers.",
            expected=f"({expected}, 1), for the layers {'-'.join(map(str, layers_dims))}",
            got=str(vector.shape),
            hint="pass layers_dims" if tuple(layers_dims) == COURSE else "",
        )
    tree, start = {}, 0
    for layer, (inputs, units) in enumerate(pairwise(layers_dims), start=1):
        middle, stop = start + units * inputs, start + units * (inputs + 1)
        tree[f"{prefix}W{layer}"] = vector[start:middle].reshape((units, inputs))
        tree[f"{prefix}b{layer}"] = vector[middle:stop].reshape((units, 1))
        start = stop
    return tree
