"""The examples that a check is run on: the course's pictures, and a few columns of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from gradproof.classic.validation import Array, labels_of
from gradproof.errors import InputError


def random_examples(X: Any, Y: Any, count: int = 1, seed: int | None = None) -> tuple[Array, Array]:
    """Return a random subset of the columns of X and of the labels: a check is as good on a few examples as on all.

    Parameters
    ----------
    X, Y
        Of shapes (n, m) and (1, m) or (m,).
    count
        How many, without repetition.
    seed
        The same seed gives the same examples; None draws new ones each time.
    """
    X, m = np.asarray(X), np.shape(X)[1]
    row = labels_of(Y, m)
    if not 1 <= count <= m:
        raise InputError("So many examples cannot be drawn.", expected=f"from 1 to {m}", got=str(count), where="count")
    chosen = np.random.default_rng(seed).permutation(m)[:count]
    return X[:, chosen], row[:, chosen]


def load_pictures(path: str | os.PathLike[str]) -> tuple[Array, Array]:
    """Return the pictures of one of the course's HDF5 files as columns in 0..1, and their labels.

    Parameters
    ----------
    path
        A file with ``train_set_x`` and ``train_set_y``, or ``test_set_x`` and ``test_set_y``: m pictures of
        64 x 64 x 3 bytes and m labels (1 for a cat).

    Returns
    -------
    X, Y
        Of shapes (12288, m) and (1, m).

    Raises
    ------
    InputError
        If the file is missing, damaged or has other contents, or if h5py is not installed.
    """
    pictures, labels = read_pictures(path)
    m = len(pictures)
    return pictures.reshape(m, -1).T / 255.0, labels_of(labels, m)


def read_pictures(path: str | os.PathLike[str]) -> tuple[Array, Array]:
    """Return the m pictures of an HDF5 file as bytes, of shape (m, 64, 64, 3), and their m labels."""
    try:
        import h5py
    except ImportError as error:
        raise InputError(
            "HDF5 files need h5py.", expected="h5py to be installed", hint="pip install 'gradproof[files]'"
        ) from error
    if not Path(path).is_file():
        raise InputError("There is no such file of pictures.", expected="an HDF5 file", got=str(path))
    try:
        with h5py.File(path, "r") as file:
            held = sorted(file)
            name = next((kind for kind in ("train", "test") if f"{kind}_set_x" in held), None)
            if name is None or f"{name}_set_y" not in held:
                raise InputError(
                    "The file holds other things than pictures.",
                    expected="train_set_x and train_set_y, or test_set_x and test_set_y",
                    got=", ".join(held) or "nothing",
                    where=str(path),
                )
            return file[f"{name}_set_x"][:], file[f"{name}_set_y"][:]
    except OSError as error:
        raise InputError("The file cannot be read as HDF5.", got=str(error), where=str(path)) from error
