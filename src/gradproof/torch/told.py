"""Reports by module as text: the innermost wrong one first, with what its own forward calls."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gradproof.group import ReportGroup
from gradproof.model import Outcome
from gradproof.report import Report
from gradproof.reports.quantities import count, visible
from gradproof.reports.terminal import Style, render

# Names that are listed; more are counted.
LISTED = 12
INDENT = "  "
WIDTH = 80


@dataclass(frozen=True, slots=True)
class ModuleReports(ReportGroup):
    """The reports of calls of modules, in the order of the backward pass.

    Attributes
    ----------
    remarks
        What is to be said of those that are wrong: whether it is their own forward, which custom functions they call.
    unjudged
        Names of the calls that were not judged, since a call inside of them is wrong.
    """

    remarks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unjudged: tuple[str, ...] = ()

    @property
    def wrong(self) -> tuple[str, ...]:
        """The names of the innermost wrong calls, that which the backward pass meets first in front."""
        return tuple(name for name, report in self.reports.items() if report.outcome is Outcome.WRONG)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def _lines(found: ModuleReports) -> Iterator[str]:
    of = {outcome: _names(found, outcome) for outcome in Outcome}
    total = count(len(found.reports), "part")
    left = f"{found.outcome.value.upper():<8}  {len(of[found.outcome])} of {total}"
    yield left + f"{count(found.evaluations, 'evaluation'):>{max(WIDTH - len(left), 2)}}"
    for name in of[Outcome.WRONG]:
        yield visible(name)
        for remark in found.remarks.get(name, ()):
            yield from _wrapped(visible(remark))
        yield _indented(found.reports[name])
    for name in of[Outcome.INCONCLUSIVE]:
        yield visible(name)
        yield _indented(found.reports[name])
    if found.unjudged:
        yield from _wrapped(f"not judged, since one inside is wrong: {_listed(found.unjudged)}")
    if of[Outcome.CONSISTENT]:
        yield from _wrapped(f"consistent: {_listed(of[Outcome.CONSISTENT])}")
    for text in (*found.warnings, *_notes(found)):
        yield from _wrapped(visible(text))


def _notes(found: ModuleReports) -> Iterator[str]:
    """Yield the notes of reports that are not shown themselves; what concerns the whole holds for its parts."""
    last = next(iter(found.reports.values()), None)
    if last is not None and last.outcome is Outcome.CONSISTENT:
        yield from last.record.notes


def _names(found: ModuleReports, outcome: Outcome) -> tuple[str, ...]:
    return tuple(name for name, report in found.reports.items() if report.outcome is outcome)


def _indented(report: Report) -> str:
    return textwrap.indent(render(report.record, Style(width=WIDTH - len(INDENT))), INDENT)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False)


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(map(visible, names[:LISTED])) + more
