"""What a terminal shows, to the letter: 60, 80 and 200 columns, with and without colour.

``GRADPROOF_SNAPSHOTS=write`` writes them anew; look at the difference before it is committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.shells.test_command import in_a_terminal

SNAPSHOTS = Path(__file__).parent / "snapshots"
TARGET = """
import numpy as np

x = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
params = {"W": np.full((2, 3), 0.3) + np.arange(6).reshape(2, 3) / 7, "b": np.array([[0.5], [-0.25]]),
          "a_long_name.of_a_layer.weight": np.linspace(0.1, 0.9, 7), "zero": np.zeros(3)}

def loss(p):
    hidden = np.tanh(p["W"] @ x + p["b"])
    return float(np.sum(hidden**2) + np.sum(np.exp(p["a_long_name.of_a_layer.weight"])) + np.sum(np.abs(p["zero"])))

def gradient(p):
    hidden = np.tanh(p["W"] @ x + p["b"])
    d = 2 * hidden * (1 - hidden**2)
    last = np.exp(p["a_long_name.of_a_layer.weight"])
    last[3] = 0.0
    return {"W": 2 * d @ x.T, "b": d.sum(axis=1, keepdims=True), "a_long_name.of_a_layer.weight": last,
            "zero": np.zeros(3)}
"""
RIGHT = TARGET.replace("2 * d @ x.T", "d @ x.T").replace("    last[3] = 0.0\n", "")
OPEN = """
import numpy as np

params = {"x": np.array([0.21, 0.62]), "y": np.array([0.5, 1.5, 2.5])}

def loss(p):
    return float(np.sum(np.floor(1e3 * p["x"])) / 1e3 + np.sum(p["y"] ** 2))

def gradient(p):
    return {"x": np.zeros(2), "y": 2 * p["y"]}
"""
TARGETS = {"wrong": TARGET, "right": RIGHT, "open": OPEN}


def settled(text):
    """Return what is shown with the seconds, which are others every time, of one width."""
    text = text.replace("\r\n", "\n")
    return re.sub(r"( +)(\d+ evaluations?, )[\d.]+ m?s", lambda m: f"{m[1][:1]}{m[2]}TIME", text)


@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize("colour", ["plain", "colour"])
@pytest.mark.parametrize("name", TARGETS)
def test_what_a_terminal_shows(tmp_path, name, columns, colour):
    (tmp_path / "m.py").write_text(TARGETS[name])
    _, shown = in_a_terminal(
        tmp_path, "check", "m.py", COLUMNS=str(columns), **({"NO_COLOR": "1"} if colour == "plain" else {})
    )
    path = SNAPSHOTS / f"{name}-{columns}-{colour}.txt"
    if os.environ.get("GRADPROOF_SNAPSHOTS") == "write":
        path.write_text(settled(shown), encoding="utf-8")
    assert settled(shown) == path.read_text(encoding="utf-8")
    bare = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(len(line) for line in bare.splitlines()) <= columns
    assert ("\x1b[" in shown) == (colour == "colour")
