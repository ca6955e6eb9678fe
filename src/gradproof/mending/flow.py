"""Which leaves each statement influences: seen by nudging what it assigns, and reading which leaves move."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from gradproof.mending.document import Change
from gradproof.mending.edits.edit import Edit
from gradproof.mending.nudging import NUDGE
from gradproof.mending.runner import Runner
from gradproof.mending.unit import Unit


@dataclass(frozen=True, slots=True)
class Reach:
    """A statement's place in a file, and the leaves that move with it; None where that could not be seen."""

    unit: int
    start: int
    end: int
    line: int
    leaves: frozenset[str] | None


class Flow:
    """The reach of every statement of the functions."""

    def __init__(self, reaches: list[Reach]) -> None:
        # The narrowest statement around a place is the one that counts.
        self.reaches = sorted(reaches, key=lambda reach: reach.end - reach.start)

    def at(self, unit: int, place: int) -> Reach | None:
        """Return the innermost statement around a place."""
        return next((r for r in self.reaches if r.unit == unit and r.start <= place <= r.end), None)

    def penalty(self, edit: Edit, wrong: frozenset[str], right: frozenset[str]) -> float:
        """Return how unlikely an edit is, by the leaves that its statement moves."""
        found = [self.at(edit.unit, start) for start, _, _ in edit.changes]
        leaves: set[str] = set()
        for reach in found:
            if reach is None or reach.leaves is None:
                return 0.4
            leaves |= reach.leaves
        if not leaves:
            # A mask of truth values moves nothing when it is nudged.
            return 0.6
        if not leaves & wrong:
            return 2.5
        if leaves & right:
            return 1.0
        return -0.4 if leaves == wrong else 0.0

    def suspects(self, wrong: frozenset[str], right: frozenset[str]) -> list[Reach]:
        """Return the statements that move wrong leaves, those first that move no right one."""
        moved = [r for r in self.reaches if r.leaves is not None and r.leaves & wrong]
        return sorted(moved, key=lambda r: (bool(r.leaves and r.leaves & right), -len(r.leaves or ()), r.unit, r.start))


def flow_of(units: tuple[Unit, ...], runner: Runner) -> Flow:
    """Nudge every statement once, in the worker."""
    places = [(number, unit, node) for number, unit in enumerate(units) for node in _statements(unit)]
    patches = [tuple((number, change) for change in _nudge(unit, node)) for number, unit, node in places]
    trials = runner.try_patches(patches)
    reaches = []
    for (number, unit, node), trial in zip(places, trials, strict=True):
        start, end = unit.document.span(node)
        reaches.append(Reach(number, start, end, node.lineno, None if trial.error else trial.changed))
    return Flow(reaches)


def _statements(unit: Unit) -> Iterator[ast.expr | ast.stmt]:
    for node in ast.walk(unit.node):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            yield node
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Dict | ast.Tuple | ast.List):
            values = node.value.values if isinstance(node.value, ast.Dict) else node.value.elts
            yield from (value for value in values if value is not None and not isinstance(value, ast.Starred))
        elif isinstance(node, ast.Return | ast.Expr) and _record(node.value):
            assert isinstance(node.value, ast.Call)
            yield from (keyword.value for keyword in node.value.keywords if keyword.arg)
            yield from (arg for arg in node.value.args if not isinstance(arg, ast.Starred))
        elif isinstance(node, ast.Return) and node.value is not None:
            yield node


def _record(node: ast.AST | None) -> bool:
    """Whether a call makes a record of leaves, or hands them on, by their names."""
    return isinstance(node, ast.Call) and any(keyword.arg for keyword in node.keywords) and (
        isinstance(node.func, ast.Name) or (isinstance(node.func, ast.Attribute) and len(node.keywords) > 1)
    )  # fmt: skip


def _nudge(unit: Unit, node: ast.expr | ast.stmt) -> tuple[Change, ...]:
    value = getattr(node, "value", node) if isinstance(node, ast.stmt) else node
    start, end = unit.document.span(value)
    return ((start, start, f"{NUDGE}("), (end, end, ")"))
