"""The reports of a test run on one page: a table of all, pictures of those that did not pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gradproof.model import Outcome, Record, outcome_of
from gradproof.reports.page.content import SIGN, Page, page_of
from gradproof.reports.page.leaves import RANK
from gradproof.reports.page.render import filled, render_compact
from gradproof.reports.quantities import count, shortened, visible
from gradproof.reports.wording import scope, sentence, undecided

# More rows are counted, and so many reports get pictures.
ROWS, PICTURED = 2000, 40
# In a notebook: rows, and reports that are shown.
LISTED, SHOWN = 40, 3
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


Named = Sequence[tuple[str, Record]]


def render_several(reports: Named, notes: Sequence[str] = (), outcome: Outcome | None = None) -> str:
    """Return reports, by their names, as one HTML file that loads nothing.

    ``notes`` is what is said besides them, ``outcome`` that of all, where it does not follow from the reports.
    """
    troubled = [i for i, (_, record) in enumerate(reports) if record.outcome is not Outcome.CONSISTENT]
    order = sorted(troubled, key=lambda i: RANK[reports[i][1].outcome])[:PICTURED]
    anchors = {i: f"test-{i}" for i in order}
    parts = [
        Part(shortened(reports[i][0], NAME), shortened(reports[i][0], TITLE), anchors[i], page_of(reports[i][1]))
        for i in order
    ]
    rows = [_row(name, record, anchors.get(i, "")) for i, (name, record) in enumerate(reports[:ROWS])]
    hidden = len(reports) - len(rows)
    return filled(
        "several.html",
        **_head(reports, outcome),
        notes=[visible(note) for note in notes],
        rows=rows,
        more=f"{hidden} more are in the JSON report." if hidden > 0 else "",
        parts=parts,
    )


def compact_several(reports: Named, notes: Sequence[str] = (), outcome: Outcome | None = None) -> str:
    """Return reports, by their names, as a part of another page, without a script: all in a list, the worst shown."""
    rows = [_row(name, record, "") for name, record in reports[:LISTED]]
    order = sorted(range(len(reports)), key=lambda i: RANK[reports[i][1].outcome])[:SHOWN]
    return filled(
        "compact_several.html",
        **_head(reports, outcome),
        notes=[visible(note) for note in notes],
        rows=rows,
        more=max(len(reports) - len(rows), 0),
        parts=[(shortened(reports[i][0], NAME), render_compact(reports[i][1])) for i in order],
    )


def _head(reports: Named, outcome: Outcome | None) -> dict[str, str]:
    """Return the verdict on all, and how many came out how."""
    tally = Counter(record.outcome for _, record in reports)
    whole = outcome_of(record.outcome for _, record in reports) if outcome is None else outcome
    return {
        "title": _title(whole, tally[whole], len(reports)),
        "sign": SIGN[whole] if reports else "",
        "outcome": whole.value,
        "counts": ", ".join(f"{tally[o]} {o.value}" for o in RANK if tally[o]) or "nothing was checked",
    }


def _title(outcome: Outcome, hit: int, total: int) -> str:
    """Return the verdict on all: "Wrong: 2 of 6 gradients"."""
    if not total:
        return "No gradient was checked"
    if not hit:
        return f"{outcome.value.capitalize()}: not a gradient, but what must hold besides"
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
