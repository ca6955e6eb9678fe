"""Where the error is: layouts of arrays of any shape, and what a real check's measurements say of each entry."""

from __future__ import annotations

import dataclasses
import itertools
import re

import numpy as np
import pytest

from gradproof import check
from gradproof.model import Estimate, Finding, Measurement, Reason
from gradproof.probe import Bucket, Digit, Part, Probe, Window
from gradproof.reports.page.grid import (
    CELLS,
    SLICES,
    State,
    disagreement,
    knowledge,
    layouts,
    raveled,
    unraveled,
)
from gradproof.reports.page.heat import maps
from tests.reports.pages import failing, kinked

SHAPES = [
    (),
    (1,),
    (7,),
    (1, 1),
    (5, 1),
    (1, 6),
    (3, 4),
    (2, 3, 4),
    (2, 1, 3, 2),
    (300,),
    (90, 70),
    (4, 50, 60),
    (0, 3),
]


def known_of(report, leaf):
    """Return what is known of a leaf of a report."""
    record = report.record
    number = next(i for i, verdict in enumerate(record.verdicts) if verdict.leaf == leaf)
    verdict = record.verdicts[number]
    own = [m for m in record.measurements if [part.leaf for part in m.probe.parts] == [number]]
    findings = [finding for finding in record.findings if finding.leaf == leaf]
    return knowledge(verdict.shape, verdict.dtype, findings, own)


def states_of(known):
    """Return the state of every entry, as an array; blocks, entries and regions together."""
    found = np.full(known.shape, State.UNSEEN, dtype=object)
    for index in np.ndindex(*known.shape):
        found[index] = known.state(raveled(index, known.shape))
    for block in known.blocks:
        found[tuple(slice(a, b) for a, b in block)] = State.LOCATED
    for entry in known.entries:
        found[entry.index] = entry.state
    return found


@pytest.mark.parametrize("shape", SHAPES[:-1])
def test_flat_indices(shape):
    for flat, index in enumerate(itertools.islice(np.ndindex(*shape), 500)):
        assert raveled(index, shape) == flat
        assert unraveled(flat, shape) == index


@pytest.mark.parametrize("shape", SHAPES[:-1])
def test_layouts_reach_every_entry_of_a_slice(shape):
    (layout,) = layouts(knowledge(shape, "float64", [], []))
    flats = [layout.flat(i, j) for i in range(layout.length(0)) for j in range(layout.length(1))]
    long = [length for length in shape if length > 1]
    assert len(set(flats)) == np.prod(long[-2:], dtype=int)
    assert max(flats) < max(np.prod(shape, dtype=int), 1)
    assert layout.cells(0) <= CELLS
    assert layout.cells(0) * layout.bins[0] >= layout.length(0)
    assert layout.cells(1) * layout.bins[1] >= layout.length(1)


def test_a_wrong_row_is_where_it_is():
    known = known_of(failing(), "layers.22.w")
    states = states_of(known)
    wrong = [State.LOCATED, State.GROSS]
    assert np.isin(states[40:48], wrong).all()
    assert not np.isin(states[:40], wrong).any()
    assert not np.isin(states[48:], wrong).any()
    assert (states[:40] == State.AGREES).mean() > 0.9


def test_a_wrong_entry_is_where_it_is():
    known = known_of(failing(), "layers.55.w")
    states = states_of(known)
    assert states[33, 12] is State.GROSS
    assert (states == State.AGREES).sum() == states.size - 1


def test_the_rest_of_a_part_is_told_by_the_difference():
    """In the network of the examples the row was measured and the whole was: the other rows agree by subtraction."""
    rng = np.random.default_rng(3)
    w, x = rng.normal(size=(16, 32)), rng.normal(size=(32, 20))

    def gradient():
        return (1.0 - np.tanh(w @ x) ** 2) @ x.T

    claim = gradient()
    claim[15] *= np.linspace(0.2, 1.9, 32)
    report = check(lambda p: float(np.tanh(p["w"] @ x).sum()), {"w": claim}, {"w": w})
    states = states_of(known_of(report, "w"))
    assert report.findings[0].block == ((15, 16), (0, 32))
    assert (states[:15] == State.AGREES).all()
    assert not (states[15] == State.AGREES).any()


@pytest.mark.parametrize("leaf", ["layers.11.w", "layers.33.w", "layers.44.w"])
def test_what_agrees_is_right(leaf):
    """No entry that was planted wrong is shown as one that agrees."""
    planted = {"layers.11.w": (17,), "layers.33.w": (1,), "layers.44.w": (1, 2)}[leaf]
    states = states_of(known_of(failing(), leaf))
    assert not (states[planted] == State.AGREES).any() if np.ndim(states[planted]) else True
    marked = np.argwhere(np.isin(states, [State.LOCATED, State.SLIGHT, State.LARGE, State.GROSS]))
    assert len(marked)
    assert all(tuple(index[: len(planted)]) == planted for index in marked)


def test_a_kink_explains_a_difference():
    side = Estimate(-1.0, 1e-9), Estimate(1.0, 1e-9)
    estimate = Estimate(0.0, 1e-9, reason=Reason.KINK, left=side[0], right=side[1])
    probe = Probe(0, (Part(0),))
    assert disagreement(Measurement(probe, 0.5, estimate), 1e-6) == 0.0
    assert disagreement(Measurement(probe, 1.5, estimate), 1e-6) == 1.0
    assert disagreement(Measurement(probe, 0.5, Estimate(0.0, 1e-9)), 1e-6) == 1.0
    assert disagreement(Measurement(probe, 0.5, Estimate(0.0, float("inf"))), 1e-6) == 0.0
    assert disagreement(Measurement(probe, float("nan"), Estimate(0.0, 1e-9)), 1e-6) == 0.0
    assert all(entry.off == 0.0 for leaf in ("W1", "W2") for entry in known_of(kinked(), leaf).entries)


def test_measurements_of_a_random_part_say_nothing_of_a_place():
    bad = Estimate(1.0, 1e-9)
    for part in (Part(0, bucket=Bucket(1, 2, 3)), Part(0, low=1.0), Part(0, high=2.0), Part(0, side="edge")):
        known = knowledge((4, 4), "float64", [], [Measurement(Probe(0, (part,)), 2.0, bad)])
        assert not known.regions
        assert maps(known) == ()


def windowed(axis_digit, start, stop, claimed):
    part = Part(0, windows=(Window(axis_digit, start, stop),))
    return Measurement(Probe(0, (part,)), claimed, Estimate(1.0, 1e-9))


def test_regions_by_windows():
    rows, columns = Digit(6, 4, 1, 4), Digit(1, 6, 1, 6)
    own = [windowed(rows, 0, 2, 1.0), windowed(columns, 4, 6, 2.0)]
    states = states_of(knowledge((4, 6), "float64", [], own))
    assert (states[:2] == State.AGREES).all()
    assert (states[2:, 4:] == State.SUSPECT).all()
    assert (states[2:, :4] == State.UNSEEN).all()


def finding(index, yours=1.0, measured=2.0, **more):
    return Finding("W", "entry", "this entry is wrong", index, None, yours, measured, 1e-9, **more)


def test_slices_of_higher_arrays():
    findings = [finding((i, 1, 2, 3), 1.0, 1.0 + i) for i in range(1, 6)]
    drawn = maps(knowledge((9, 2, 3, 4), "float64", findings, []))
    assert [picture.title for picture in drawn] == [f"Where the error is, slice [{i}, 1, :, :]" for i in (5, 4, 3)]
    assert len(drawn) == SLICES
    assert "4 entries lie in other slices" in drawn[0].caption
    assert "cells off by 10 to 100 %" in drawn[0].svg


def test_a_located_block_is_shown_along_the_axis_that_it_spans():
    block = ((2, 3), (0, 4), (1, 2), (1, 2))
    finding = Finding("k", "slice", "wrong in k[2, :, 1, 1]", (2, 0, 1, 1), block, 1.0, 2.0, 1e-9, 0.5, 1e-9)
    known = knowledge((6, 4, 3, 3), "float64", [finding], [])
    (layout,) = layouts(known)
    assert layout.axes == (0, 1)
    (picture,) = maps(known)
    assert picture.title.endswith("slice [:, :, 1, 1]")
    assert "axis 0 ↓" in picture.svg
    assert "axis 1 →" in picture.svg


def test_bins_show_the_worst():
    known = knowledge((400, 400), "float64", [finding((399, 5), 1.0, 1.05), finding((398, 4), 1.0, -1.0)], [])
    (picture,) = maps(known)
    assert "A cell stands for 10 x 10 entries" in picture.caption
    assert "1 cells off by 100 % or more" in picture.svg
    assert "cells off by < 10 %".replace("<", "&lt;") not in picture.svg
    block = Finding("W", "slice", "wrong in row 7", None, ((7, 8), (0, 400)))
    (picture,) = maps(knowledge((400, 400), "float64", [block], []))
    assert "40 cells wrong, located" in picture.svg


@pytest.mark.parametrize("shape", [(0,), (0, 3), (1,), ()])
def test_no_map_of_what_has_no_places(shape):
    assert maps(knowledge(shape, "float64", [finding((0,) * len(shape))], [])) == ()


def test_findings_that_do_not_fit_are_left_out():
    """A report may be edited by hand: an index outside of the shape is no entry."""
    findings = [finding((9, 9)), finding((1,)), finding((-1, 0)), finding((0, 0), float("nan"), float("inf"))]
    findings.append(Finding("W", "slice", "wrong", None, ((0, 9), (-3, 1))))
    for picture in maps(knowledge((2, 2), "float64", findings, [])):
        assert not re.search(r"nan|inf|-\d", re.sub(r"h-|Z", "", picture.svg.partition(">")[2].partition("<title>")[0]))


def test_large_arrays_make_small_pictures():
    findings = [finding((i, (7 * i) % 2000)) for i in range(3000)]
    (picture,) = maps(knowledge((3000, 2000), "float64", findings, []))
    assert len(picture.svg) < 60_000


@pytest.mark.parametrize("name", ["divisor", "modulus", "step", "base"])
def test_damaged_digits_are_left_out(name):
    digit = dataclasses.replace(Digit(6, 4, 1, 4), **{name: 0})
    assert not knowledge((4, 6), "float64", [], [windowed(digit, 0, 2, 1.0)]).regions
