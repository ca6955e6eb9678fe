"""The page on mending shows what the command prints, and the figures add up."""

from __future__ import annotations

import re

from gradproof import mend
from gradproof.adapters.target import load
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "mend.md").read_text(encoding="utf-8")
# What differs from run to run and from folder to folder.
VARIES = re.compile(r"[\d.,]+ tried|[\d.]+ m?s\b|\d+ evaluations|within \S+|\s+|[ab]?/?examples/")


def test_the_page_shows_real_output() -> None:
    shown = re.search(r"```console\n\$ gradproof mend (\S+)\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    printed = str(mend(load(str(ROOT / shown[1]))))
    bare = [VARIES.sub("", re.sub(r"(?m)^(---|\+\+\+) .*$", "", text)) for text in (printed, shown[2])]
    assert bare[0] == bare[1]


def test_the_tables_add_up() -> None:
    seen, unseen = PAGE.split("### Unseen")
    cases, first, place, false = totals(seen)
    assert cases == first + place + false
    assert f"plants {cases} mistakes" in PAGE
    assert f"of the {first} the edit" in PAGE
    cases, first, place, false = totals(unseen)
    assert cases == first + place + false


def totals(text: str) -> list[int]:
    """Return the sums of the columns of a table: cases, first, place only or nothing, mended falsely."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if re.match(r"\| (single|double)", line)]
    return [sum(int(row[i]) for row in rows) for i in (1, 2, 3, 4)]
