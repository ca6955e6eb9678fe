"""From what the search and the proof found to the answer."""

from __future__ import annotations

from dataclasses import dataclass

from gradproof.mending.document import Change, Document
from gradproof.mending.flow import Flow
from gradproof.mending.outcome import Correction, MendOutcome, Way
from gradproof.mending.proof import Proved
from gradproof.mending.result import Mending
from gradproof.mending.runner import Runner
from gradproof.mending.search import Step
from gradproof.mending.unit import Unit
from gradproof.report import Report
from gradproof.seam import Problem

SHARED = (
    "Gradient and objective share the edited code: each edit that fitted was evaluated once more, in the worker, to "
    "see that the objective stays what it is."
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the search stands on: the claim at the point, the problem with it, the report, the functions."""

    report: Report
    claimed: Problem
    units: tuple[Unit, ...]
    error: Exception | None
    shared: bool


def told(ground: Ground, found: tuple[Proved, Flow, Runner], wrong: frozenset[str]) -> Mending:
    """Return the answer: ways if there is a proof, suspected lines if there is none."""
    proved, flow, runner = found
    units = ground.units
    suspects = _suspects(ground, flow, wrong)
    notes = []
    if ground.error is not None:
        notes.append(f"As it was, the gradient raised {type(ground.error).__name__}: {ground.error}")
    if ground.shared:
        notes.append(SHARED)
    if runner.contained:
        notes.append(f"{len(runner.contained)} edits hung, crashed or left something behind, and were contained.")
    if runner.spent and not proved.steps:
        notes.append("The time was over before all edits were tried.")
    return Mending(
        MendOutcome.MENDED if proved.steps else MendOutcome.NOT_FOUND,
        ground.report,
        proved.reports if proved.steps else (),
        tuple(_ways(proved.steps, units)),
        suspects,
        proved.evaluations,
        runner.tried,
        proved.fallen,
        notes=tuple(notes),
    )


def _suspects(ground: Ground, flow: Flow, wrong: frozenset[str]) -> tuple[tuple[Correction, tuple[str, ...]], ...]:
    """Return the lines that move wrong leaves and no right one, with the leaves that they move."""
    right = frozenset(ground.report.leaves) - wrong
    lines: dict[tuple[int, int], set[str]] = {}
    for reach in flow.suspects(wrong, right):
        leaves = reach.leaves or frozenset()
        if not leaves & right:
            lines.setdefault((reach.unit, reach.line), set()).update(leaves)
    return tuple(
        (Correction(ground.units[u].document.path, line, _line(ground.units[u], line)), tuple(sorted(leaves)))
        for (u, line), leaves in sorted(lines.items())
    )


def _line(unit: Unit, number: int) -> str:
    return unit.document.lines[number - 1].strip()


def _ways(steps: tuple[Step, ...], units: tuple[Unit, ...]) -> list[Way]:
    ways: dict[object, Way] = {}
    for step in steps:
        corrections: list[Correction] = []
        changes: dict[int, tuple[Document, list[Change]]] = {}
        for edit in sorted(step.candidate, key=lambda edit: (edit.unit, edit.place)):
            document = units[edit.unit].document
            corrections.append(Correction(document.path, document.line_of(edit.place), edit.words))
            changes.setdefault(id(document), (document, []))[1].extend(edit.changes)
        made = tuple((document, tuple(sorted(listed))) for document, listed in changes.values())
        ways.setdefault(made, Way(tuple(corrections), made))
    return list(ways.values())
