"""The cat pictures of the course as columns, or pictures of the same shape where its files are not at hand.

Set ``GRADPROOF_CATS`` to the folder that holds train_catvnoncat.h5 and test_catvnoncat.h5.
"""

import os
from pathlib import Path

import numpy as np

from gradproof.classic import load_pictures

VARIABLE = "GRADPROOF_CATS"


def pictures(part):
    """Return X of shape (12288, m) in 0..1 and Y of shape (1, m), for "train" (209) or "test" (50)."""
    folder = os.environ.get(VARIABLE)
    return load_pictures(Path(folder) / f"{part}_catvnoncat.h5") if folder else generated(part)


def generated(part):
    """Return smooth random pictures, a third of them with a bright patch that makes them "cats"."""
    count, seed = (209, 1) if part == "train" else (50, 2)
    rng = np.random.default_rng(seed)
    Y = (rng.random((1, count)) < 1 / 3).astype(np.int64)
    coarse = rng.random((count, 8, 8, 3)) * 0.6
    coarse[Y[0] == 1, 2:5, 3:6, 0] += 0.35
    fine = coarse.repeat(8, axis=1).repeat(8, axis=2)
    return np.round(255 * fine).reshape(count, -1).T / 255, Y
