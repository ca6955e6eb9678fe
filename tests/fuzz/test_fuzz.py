"""A thousand whole random uses of the program, the same each time; ``bench/fuzz.py`` runs as many as one likes."""

from __future__ import annotations

import os

import pytest

from tests.conftest import REQUIRE_ALL
from tests.fuzz.cases import SHARES, run
from tests.fuzz.files import NOT_MADE

CASES, BATCH = 1000, 50


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_what_must_hold_of_every_use(first):
    cases = [run(seed) for seed in range(first, first + BATCH)]
    assert [case for case in cases if case.broken] == []
    # Without the packages that write them, files of some kinds are left out at home, and nowhere else.
    if os.environ.get(REQUIRE_ALL):
        assert [case for case in cases if case.outcome.startswith(NOT_MADE)] == []
    # None of the kinds of use has fallen silent.
    assert len({case.kind for case in cases}) >= len(SHARES) - 3
