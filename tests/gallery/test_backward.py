"""The backward passes in which mistakes are planted are right to begin with, at their point and beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof import Outcome, check_points
from gradproof.adapters.target import load

FOLDER = Path(__file__).with_name("backward")
FILES = sorted(path for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "planted"))


def test_there_are_at_least_twelve() -> None:
    assert len(FILES) >= 12


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_is_right(path: Path) -> None:
    assert check_points(load(str(path)), 3, spread=0.2).outcome is Outcome.CONSISTENT
