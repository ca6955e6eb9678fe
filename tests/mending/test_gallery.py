"""Mistakes from the gallery, one for each backward pass: mended, and by the right function."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradproof import Problem, Settings, mend
from gradproof.adapters.target import load
from gradproof.adapters.tree import flatten
from gradproof.mending.proof import moved
from tests.gallery.backward.planted import DOUBLE, SINGLE, Planted
from tests.gallery.backward2 import planted as second

GALLERY = Path(__file__).resolve().parents[1] / "gallery"
# The third of each file's list: any will do, and the whole gallery is run by bench/mend.py.
CHOSEN = [
    [planted for planted in SINGLE if planted.file == file][2 % sum(planted.file == file for planted in SINGLE)]
    for file in dict.fromkeys(planted.file for planted in SINGLE)
    # These take long, or are not mended: the page on mending says which and why.
    if file not in ("kalman", "lstm", "attention", "layers", "softmax")
]
PAIRS = [planted for planted in DOUBLE if planted.file in ("softmax", "gaussian_process", "attention", "embedding")]
# Of the second set those that the search did not find when it saw them first, and that are found quickly.
UNSEEN = [
    planted for planted in second.SINGLE
    if (planted.file, planted.kind) in {
        ("layernorm", "term"), ("pooling", "index"), ("huber", "comparison"), ("ard", "index"), ("contrastive", "swap"),
        ("contrastive", "dropped"), ("residual", "term"), ("residual", "axis"), ("residual", "order"),
        ("residual", "name"), ("heads", "axis"), ("radial", "chain"), ("poisson", "term"), ("siamese", "name"),
        ("siamese", "chain"),
    }
]  # fmt: skip


def right_text(planted: Planted) -> str:
    folder = "backward2" if planted in (*second.SINGLE, *second.DOUBLE) else "backward"
    return (GALLERY / folder / f"{planted.file}.py").read_text(encoding="utf-8")


def planted_into(planted: Planted) -> str:
    text = right_text(planted)
    for old, new in [(planted.old, planted.new), *([planted.also] if planted.also else [])]:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def executed(text: str) -> dict[str, Any]:
    # Dataclasses look their module up.
    module = sys.modules["gallery_text"] = types.ModuleType("gallery_text")
    exec(compile(text, "gallery", "exec"), vars(module))
    return vars(module)


@pytest.mark.parametrize("planted", [*CHOSEN, *PAIRS, *UNSEEN], ids=lambda planted: planted.name)
def test_it_is_mended(planted: Planted, tmp_path: Path) -> None:
    path = tmp_path / f"{planted.file}.py"
    path.write_text(planted_into(planted), encoding="utf-8")
    mending = mend(load(str(path)))
    assert mending.outcome == "mended"
    mending.apply()
    right = executed(right_text(planted))
    found = executed(path.read_text(encoding="utf-8"))
    point = moved(Problem(right["loss"], None, right["params"]), Settings(seed=4), 0.2, 1)
    for a, b in zip(flatten(right["gradient"](point)).leaves, flatten(found["gradient"](point)).leaves, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12)


EVERY = [*SINGLE, *DOUBLE, *second.SINGLE, *second.DOUBLE]


@pytest.mark.parametrize("planted", EVERY, ids=lambda planted: planted.name)
def test_every_planted_mistake_is_one(planted: Planted) -> None:
    right = executed(right_text(planted))
    wrong = executed(planted_into(planted))
    if planted.file == "residual" and planted.kind == "order":
        # A result that is not kept: the shapes do not fit any more.
        with pytest.raises(ValueError, match="mismatch"):
            wrong["gradient"](wrong["params"])
        return
    pairs = [flatten(space["gradient"](space["params"])).leaves for space in (right, wrong)]
    assert any(
        np.shape(a) != np.shape(b) or not np.allclose(a, b, rtol=1e-4, atol=0.0) for a, b in zip(*pairs, strict=True)
    )


def test_there_are_enough() -> None:
    assert len(SINGLE) >= 60
    assert len(DOUBLE) >= 15
    assert len({planted.file for planted in SINGLE}) >= 12
    assert len(second.SINGLE) >= 90
    assert len({planted.file for planted in second.SINGLE}) >= 16
