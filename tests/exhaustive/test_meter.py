"""The time left that is shown is the time that is left: with a dear first call, a cost that changes, and a journal."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import gradproof as gp
from gradproof.exhaustive.run import measure_with_progress
from tests.exhaustive.test_measuring import PARAMS, loss

UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("gradproof.exhaustive.meter.time.monotonic", lambda: now[0])
    return now


def told(clock, cost, settings=None):
    """Return (time, entries, seconds left as shown) for each look, and when the run ended."""
    said, calls = [], [0]

    def slow(p):
        clock[0] += cost(calls[0])
        calls[0] += 1
        return loss(p)

    def tick(_, phase: str) -> None:
        shown = re.fullmatch(r"(\d+) of 620 entries(?:, about (\d+) (s|min|h) left)?", phase)
        assert shown, phase
        if shown[2]:
            said.append((clock[0], int(shown[1]), float(shown[2]) * UNITS[shown[3]]))

    measure_with_progress(gp.Problem(slow, None, PARAMS), settings or gp.Settings(), "pooled", tick)
    return said, clock[0]


def off(said, end):
    """Return how far what was shown is from the truth, in shares of the whole run."""
    return np.array([abs(left - (end - now)) / end for now, _, left in said])


@pytest.mark.parametrize("cost", [0.3, 2.0, 90.0])
def test_of_a_steady_objective_it_is_right_from_the_start(clock, cost: float) -> None:
    said, end = told(clock, lambda _: cost)
    assert len(said) > 500
    assert np.max(off(said, end)) < 0.2
    assert [entries for _, entries, _ in said][-1] == 620


def test_a_first_call_that_compiles_is_not_taken_for_all(clock) -> None:
    said, end = told(clock, lambda number: 600.0 if number == 0 else 0.5)
    assert np.max(off(said, end)) < 0.2


def test_a_cost_that_changes_is_learnt(clock) -> None:
    said, end = told(clock, lambda number: 0.5 if number < 500 else 2.0)
    late = [one for one in said if one[0] > 0.6 * end]
    assert np.max(off(late, end)) < 0.2


def test_what_a_journal_remembers_does_not_count_as_fast(clock, tmp_path: Path) -> None:
    with gp.using(journal=tmp_path / "journal"):
        told(clock, lambda _: 0.5, gp.Settings(evaluations=900))
    clock[0] = 0.0
    with gp.using(journal=tmp_path / "journal"):
        said, end = told(clock, lambda _: 0.5)
    # The first look is before anything was read.
    assert np.max(off(said[1:], end)) < 0.2
