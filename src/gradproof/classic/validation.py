"""What the course's code takes on trust: keys, shapes, labels. Wrong ones would give a wrong number without a word."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.errors import InputError

Array = npt.NDArray[Any]


def depth_of(tree: Mapping[str, Any], prefix: str = "") -> int:
    """Return the number of layers of a dictionary with the keys ``W1, b1, ..., WL, bL`` (``dW1, ...`` with a prefix).

    Other keys are not looked at: gradients also hold ``dA1, dZ1, ...``.

    Raises
    ------
    InputError
        If there is no layer, or one lacks its weights or biases.
    """
    numbers = {int(key[len(prefix) + 1 :]) for key in tree if _is_layer_key(key, prefix)}
    depth = max(numbers, default=0)
    for layer in range(1, max(depth, 1) + 1):
        for letter in "Wb":
            key = f"{prefix}{letter}{layer}"
            if key not in tree:
                near = difflib.get_close_matches(key, [str(k) for k in tree], n=1, cutoff=0.5)
                raise InputError(
                    f"The dictionary lacks {key}.",
                    expected=f"the keys {prefix}W1, {prefix}b1, {prefix}W2, {prefix}b2 and so on",
                    got=", ".join(str(k) for k in list(tree)[:12]) or "an empty dictionary",
                    hint=f"is it your {near[0]}?" if near else "",
                )
    return depth


def _is_layer_key(key: Any, prefix: str) -> bool:
    return (
        isinstance(key, str)
        and key.startswith((f"{prefix}W", f"{prefix}b"))
        and key[len(prefix) + 1 :].isascii()
        and key[len(prefix) + 1 :].isdigit()
    )


def dimensions_of(parameters: Mapping[str, Any]) -> list[int]:
    """Return ``[n0, n1, ..., nL]`` of parameters with ``Wl`` of shape ``(nl, n(l-1))`` and ``bl`` of shape ``(nl, 1)``.

    Raises
    ------
    InputError
        If a key is missing, or a shape does not fit.
    """
    dimensions: list[int] = []
    for layer in range(1, depth_of(parameters) + 1):
        W, b = np.asarray(parameters[f"W{layer}"]), np.asarray(parameters[f"b{layer}"])
        if W.ndim != 2 or (dimensions and W.shape[1] != dimensions[-1]):
            inputs = str(dimensions[-1]) if dimensions else "n0"
            raise InputError(
                f"W{layer} has the wrong shape.", expected=f"(n{layer}, {inputs})", got=str(W.shape), where=f"W{layer}"
            )
        if b.shape != (W.shape[0], 1):
            raise InputError(
                f"b{layer} has the wrong shape.",
                expected=f"({W.shape[0]}, 1), a column with as many rows as W{layer}",
                got=str(b.shape),
                where=f"b{layer}",
                hint="broadcasting would give a number without a word, and a wrong one",
            )
        dimensions += [int(W.shape[1])] if not dimensions else []
        dimensions.append(int(W.shape[0]))
    return dimensions


def examples_of(X: Any, inputs: int) -> Array:
    """Return X if it is a matrix of ``inputs`` rows and one column for each example, at least one.

    Raises
    ------
    InputError
        Otherwise.
    """
    array = np.asarray(X)
    if array.ndim != 2 or array.shape[0] != inputs:
        flipped = array.ndim == 2 and array.shape[1] == inputs
        raise InputError(
            "X has the wrong shape.",
            expected=f"({inputs}, m): a column for each example",
            got=str(array.shape),
            where="X",
            hint="transpose it" if flipped else "",
        )
    if array.shape[1] == 0:
        raise InputError("The batch is empty.", expected="at least one example", got=str(array.shape), where="X")
    return array


def labels_of(Y: Any, m: int) -> Array:
    """Return labels as a row of shape ``(1, m)``.

    Raises
    ------
    InputError
        If there are not m of them, or one is neither 0 nor 1.
    """
    array = np.asarray(Y)
    if m == 0 or array.size == 0:
        raise InputError("The batch is empty.", expected="at least one label", got=str(array.shape), where="Y")
    if array.shape not in ((m,), (1, m)):
        raise InputError(
            "Y has the wrong shape.", expected=f"(1, {m}) or ({m},): a label for each example", got=str(array.shape),
            where="Y",
        )  # fmt: skip
    row = array.reshape(1, m)
    strange = np.argwhere(~((row == 0) | (row == 1)))
    if strange.size:
        column = int(strange[0][1])
        raise InputError(
            "A label is neither 0 nor 1.",
            expected="0 or 1: the cross-entropy is that of two classes",
            got=f"{row[0, column]!s}, {len(strange)} such labels in all",
            where=f"Y[{column}]",
        )
    return row
