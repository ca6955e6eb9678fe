"""The page of the benchmark says what the raw results say, and they are those of the committed list."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("scipy")

from bench.versus.__main__ import RAW, dumps, planted
from bench.versus.answers import RIGHT, WRONG
from bench.versus.cases import case, committed
from bench.versus.page import PAGE, text
from bench.versus.run import outcome
from bench.versus.tally import rows, tally, upper

from tests.docs.pages import DOCS

TEXT = RAW.read_text(encoding="utf-8")
KEPT = json.loads(TEXT)
LISTED = committed()
# Right cases that are still called wrong, each explained on the page.
ACCUSED: set[int] = set()


def test_the_page_is_made_from_the_results():
    assert PAGE.read_text(encoding="utf-8") == text(KEPT)
    assert dumps(KEPT) == TEXT
    for name in ("verdicts", "sizes", "scale", "bars"):
        assert f"assets/benchmark-{name}.svg" in text(KEPT)
        assert (DOCS / "assets" / f"benchmark-{name}.svg").exists()


def test_everybody_was_asked_all_that_is_listed():
    assert KEPT["list"] == LISTED
    asked = {peer: [row[0] for row in found] for peer, found in KEPT["outcomes"].items()}
    assert asked.pop("gradproof") == list(range(LISTED["cases"]))
    assert len(asked) >= 10
    for peer, numbers in asked.items():
        assert numbers == LISTED["peers"], peer
    assert len(KEPT["planted"]) == LISTED["cases"]


@pytest.mark.parametrize("number", [0, 1, 7, 18, 19, 122, 123])
def test_the_results_hold(number):
    kept = next(row for row in KEPT["outcomes"]["gradproof"] if row[0] == number)
    assert outcome(("gradproof", number))[2] == kept[1]
    assert planted(case(number)) == KEPT["planted"][number]


def test_what_was_to_be_reached():
    found = rows(KEPT, "gradproof")
    counts = tally(found)
    assert counts.right >= 3000
    assert counts.wrong >= 3000
    assert counts.above == 0
    assert {row.case for row in found if row.right and row.outcome == WRONG} <= ACCUSED


def test_bounds_are_those_of_clopper_and_pearson():
    assert upper(0, 3000) == pytest.approx(1 - 0.05 ** (1 / 3000))
    assert upper(0, 3000) == pytest.approx(3 / 3000, rel=0.01)
    assert upper(3000, 3000) == 1.0
    # The share at which so few or fewer are seen in one of twenty: 2 of 10.
    p = upper(2, 10)
    assert (1 - p) ** 10 + 10 * p * (1 - p) ** 9 + 45 * p**2 * (1 - p) ** 8 == pytest.approx(0.05)


def test_counts_are_counts():
    found = [row for row in rows(KEPT, "JAX") if row.planted.dtype == "float64"]
    counts = tally(found)
    assert counts.right == counts.passed + counts.alarms + counts.right_open + counts.right_none
    assert counts.wrong == counts.caught + counts.missed + counts.wrong_open + counts.wrong_none
    assert counts.missed == sum(bool(row.planted.kind) and row.outcome == RIGHT for row in found)
