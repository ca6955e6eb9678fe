"""The reports of a test run on one page: a table of all, pictures of those that did not pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gradproof.model import Outcome, Record, outcome_of
from gradproof.reports.page.content import SIGN, Page, page_of
from gradproof.reports.page.leaves import RANK
from gradproof.reports.page.render import filled
from gradproof.reports.quantities import count, shortened
from gradproof.reports.wording import scope, sentence, undecided

# More rows are counted, and so many reports get pictures.
ROWS, PICTURED = 2000, 40
NAME, TITLE, NOTE = 110, 1000, 240


@dataclass(frozen=True, slots=True)
class Row:
    """A report in the table; ``anchor`` is where its pictures are, or ""."""

    name: str
    title: str
    outcome: str
    rank: int
    scope: str
    evaluations: int
    note: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Part:
    """A report with pictures."""

    name: str
    title: str
    anchor: str
    page: Page


def render_several(reports: Sequence[tuple[str, Record]]) -> str:
    """Return the reports of tests, by their names, as one HTML file that loads nothing."""
    troubled = [i for i, (_, record) in enumerate(reports) if record.outcome is not Outcome.CONSISTENT]
    order = sorted(troubled, key=lambda i: RANK[reports[i][1].outcome])[:PICTURED]
    anchors = {i: f"test-{i}" for i in order}
    parts = [
        Part(shortened(reports[i][0], NAME), shortened(reports[i][0], TITLE), anchors[i], page_of(reports[i][1]))
        for i in order
    ]
    rows = [_row(name, record, anchors.get(i, "")) for i, (name, record) in enumerate(reports[:ROWS])]
    tally = Counter(record.outcome.value for _, record in reports)
    hidden = len(reports) - len(rows)
    outcome = outcome_of(record.outcome for _, record in reports)
    return filled(
        "several.html",
        title=_title(outcome, tally[outcome.value], len(reports)),
        sign=SIGN[outcome] if reports else "",
        outcome=outcome.value,
        counts=", ".join(f"{tally[o.value]} {o.value}" for o in RANK if tally[o.value]) or "nothing was checked",
        rows=rows,
        more=f"{hidden} more are in the JSON report." if hidden > 0 else "",
        parts=parts,
    )


def _title(outcome: Outcome, hit: int, total: int) -> str:
    """Return the verdict on all: "Wrong: 2 of 6 gradients"."""
    if not total:
        return "No gradient was checked"
    scope = f"{hit} of {count(total, 'gradient')}" if hit < total else f"all {total} gradients"
    return f"{outcome.value.capitalize()}: {scope if total > 1 else 'the only gradient'}"


def _row(name: str, record: Record, anchor: str) -> Row:
    note = sentence(record.findings[0]) if record.findings else next((text for _, text in undecided(record)), "")
    return Row(
        shortened(name, NAME) or "(no name)",
        shortened(name, TITLE),
        record.outcome.value,
        RANK[record.outcome],
        scope(record),
        record.evaluations,
        shortened(note, NOTE),
        anchor,
    )
