"""Small targets written into a folder, and mended there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gradproof import Settings, mend
from gradproof.adapters.target import load
from gradproof.mending.result import Mending

Mend = Callable[..., Mending]

HEAD = """import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(7, 3))
y = rng.normal(size=7)
decay = 0.05
params = {"w": rng.normal(size=3), "b": 0.4}


def loss(p):
    a = np.tanh(X @ p["w"] + p["b"])
    return 0.5 * np.sum((a - y) ** 2) / len(X) + decay * np.sum(p["w"] ** 2)
"""
BODY = """

def gradient(p):
    n = len(X)
    a = np.tanh(X @ p["w"] + p["b"])
    da = (a - y) / n
    dz = da * (1 - a**2)
    dw = X.T @ dz + 2 * decay * p["w"]
    db = np.sum(dz)
    return {"w": dw, "b": db}
"""


@pytest.fixture
def mended(tmp_path: Path) -> Mend:
    """Return what writes a text into a file and mends it."""

    def run(text: str, name: str = "target.py", **changes: object) -> Mending:
        (tmp_path / name).write_bytes(text.encode("utf-8"))
        return mend(load(str(tmp_path / name)), settings=Settings(**changes))

    return run
