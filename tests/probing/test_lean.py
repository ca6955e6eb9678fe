"""Lean memory: directions that are not kept, and the same report to the byte."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from gradproof import Outcome, Problem, Settings, check
from gradproof.adapters.binding import bind
from gradproof.adapters.blocks import CHUNK, LEAN, dense
from gradproof.adapters.directions import Drawn
from gradproof.errors import InputError
from gradproof.probe import Part, Probe
from gradproof.reports.record import canonical

SIZE = 3 * CHUNK + 12345


@pytest.fixture
def small_leaves(monkeypatch):
    """Let leaves of a few pieces count as large."""
    monkeypatch.setattr("gradproof.adapters.subject.LEAN", CHUNK)


def params(dtype, size=SIZE):
    rng = np.random.default_rng(0)
    return {"W": rng.normal(size=(5, size // 5)).astype(dtype), "b": rng.normal(size=30).astype(dtype)}


def loss(p):
    return float(sum(np.sum(np.sin(leaf.ravel()), dtype=np.float64) for leaf in p.values()))


def right(p):
    return {name: np.cos(leaf) for name, leaf in p.items()}


def one_row(p):
    g = right(p)
    g["W"][3] *= 1.25
    return g


def one_entry(p):
    g = right(p)
    g["W"][2, 777] += 40.0
    return g


def factor(p):
    return {name: 2 * leaf if name == "W" else leaf for name, leaf in right(p).items()}


@pytest.mark.usefixtures("small_leaves")
@pytest.mark.parametrize(
    ("dtype", "claim", "lower", "outcome"),
    [
        ("float64", right, None, "consistent"),
        ("float64", one_row, None, "wrong"),
        ("float64", one_entry, None, "wrong"),
        ("float64", factor, {"W": -6.0, "b": None}, "wrong"),
        ("float32", right, None, "consistent"),
    ],
)
def test_the_report_is_the_same_to_the_byte(dtype, claim, lower, outcome):
    problem = Problem(loss, claim, params(dtype), lower=lower)
    ample, lean = (check(problem, settings=Settings(memory=memory)) for memory in ("ample", "lean"))
    assert ample.outcome == outcome
    assert canonical(replace(lean.record, settings=ample.record.settings)) == canonical(ample.record)


@pytest.mark.usefixtures("small_leaves")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "parts",
    [
        (Part(0), Part(1)),
        (Part(0, weight=3.0),),
        (Part(0, start=10_000, stop=70_001), Part(0, start=90_000, weight=0.5)),
        (Part(0, low=0.2, high=0.7),),
        (Part(0, draw="bounded"),),
        (Part(1),),
    ],
)
def test_directions_are_the_same_numbers(dtype, parts):
    kept, lean = (
        bind(Problem(loss, right, params(dtype)), Settings(memory=memory)).along(Probe(3, parts))
        for memory in ("ample", "lean")
    )
    assert lean.claimed == kept.claimed
    for one, other in zip(lean.direction, kept.direction, strict=True):
        if other is None:
            assert one is None
        else:
            np.testing.assert_array_equal(dense(one), other)
    assert any(isinstance(one, Drawn) for one in lean.direction) is (parts != (Part(1),))


def test_a_check_takes_a_copy_and_a_little():
    given = params("float64", LEAN + 12345)
    claim = right(given)

    def pieces(p):
        return float(
            sum(np.sin(leaf.ravel()[i : i + 4096]).sum() for leaf in p.values() for i in range(0, leaf.size, 4096))
        )

    peaks = {}
    for memory in ("ample", "lean"):
        tracemalloc.start()
        report = check(pieces, claim, given, settings=Settings(memory=memory))
        peaks[memory] = tracemalloc.get_traced_memory()[1] / sum(leaf.nbytes for leaf in given.values())
        tracemalloc.stop()
        assert report.outcome is Outcome.CONSISTENT
    assert peaks["lean"] < 1.3 < peaks["ample"] < 2.6


def test_there_are_two_ways():
    with pytest.raises(InputError, match="memory"):
        Settings(memory="none")
