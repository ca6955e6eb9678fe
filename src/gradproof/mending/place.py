"""Where the backward pass goes wrong: the gradients of intermediates, where forward and backward name them alike."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

import numpy as np

from gradproof.api import check
from gradproof.mending.channel import GoneError, Worker
from gradproof.mending.claims import copied
from gradproof.mending.document import Change
from gradproof.mending.kinds import Kind
from gradproof.mending.unit import Unfit, Unit
from gradproof.mending.units import found
from gradproof.model import Outcome
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings

SHIFT = "_gradproof_shifted"
# How the gradient of z is called, by what stands before or behind the z.
BEFORE = ("d_", "grad_", "g_", "delta_", "adj_", "bar_", "d", "g")
BEHIND = ("_grad", "_bar", "_adj", "_g")
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """One intermediate: what the backward pass calls its gradient, in which line, and whether it is right.

    A constant multiple counts as right, since many leave 1/m for later; ``ratio`` says which.
    """

    name: str
    line: int
    outcome: Outcome
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The gradients of intermediates in the order in which they are worked out, and what it cost to judge them.

    ``ratios`` are those of the leaves that are a constant multiple of the truth.
    """

    steps: tuple[Step, ...]
    evaluations: int
    ratios: tuple[float, ...] = ()

    def __str__(self) -> str:
        wrong = next((i for i, step in enumerate(self.steps) if step.outcome is Outcome.WRONG), None)
        off = next((step for step in self.steps if any(_same(step.ratio, ratio) for ratio in self.ratios)), None)
        if off is not None and (wrong is None or self.steps.index(off) < wrong):
            return (
                f"From line {off.line} on, {off.name} is {off.ratio:.6g} x the right one, and so is what is made "
                "of it: the factor belongs there or before, or was left for later and forgotten."
            )
        if wrong is None:
            return "The intermediates that have names are right: the mistake is in what is made of them."
        first = self.steps[wrong]
        before = [step for step in self.steps[:wrong] if step.outcome is Outcome.CONSISTENT]
        if before:
            since = f"line {before[-1].line} ({before[-1].name}) is right"
        else:
            since = "nothing before it can be judged" if wrong else "it is the first that can be judged"
        return f"From line {first.line} on, {first.name} is wrong; {since}."


def _same(one: float | None, other: float) -> bool:
    return one is not None and abs(one - other) <= 1e-4 * abs(other)


def place_of(
    problem: Problem, backward: Unit, forward: Mapping[CodeType, dict[str, Kind]], before: Report
) -> Place | None:
    """Judge the gradients of intermediates in a worker; None if there are none that have names.

    Parameters
    ----------
    problem
        On NumPy arrays, with the gradient as it was.
    backward
        The function whose names are looked at.
    forward
        The code that ran inside the objective, with what its names held.
    before
        The check of the gradient as it was.
    """
    units = found(list(forward), forward)[0]
    pairs = {
        gradient: (unit, node)
        for gradient in _once(backward) for unit in units
        for name, node in _once(unit).items() if name in _meant(gradient)
    }  # fmt: skip
    if not pairs:
        return None
    with Worker(_Judge(problem, backward, pairs)) as worker:
        try:
            judged: tuple[dict[str, tuple[Outcome, float | None]], int] | None = worker.ask(None, SECONDS)
        except GoneError:
            return None
    if judged is None:
        return None
    lines = {name: node.lineno for name, node in _once(backward).items()}
    steps = [Step(name, lines[name], *read) for name, read in judged[0].items()]
    leaves = before.leaves.values()
    ratios = tuple(v.ratio for v in leaves if v.ratio is not None and v.outcome is Outcome.WRONG)
    return Place(tuple(sorted(steps, key=lambda step: step.line)), judged[1], ratios)


def _meant(gradient: str) -> set[str]:
    """Return the names whose gradient may be called so."""
    names = {gradient[len(part) :] for part in BEFORE if gradient.startswith(part)}
    return (names | {gradient[: -len(part)] for part in BEHIND if gradient.endswith(part)}) - {""}


def _once(unit: Unit) -> dict[str, ast.Assign]:
    """Return the names that a function assigns once, alone and in no loop."""
    stores: dict[str, int] = {}
    for node in ast.walk(unit.node):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stores[node.id] = stores.get(node.id, 0) + 1
    return {
        target.id: node for node in _straight(unit.node.body)
        if len(node.targets) == 1 and isinstance(target := node.targets[0], ast.Name) and stores[target.id] == 1
    }  # fmt: skip


def _straight(body: list[ast.stmt]) -> Iterator[ast.Assign]:
    for node in body:
        if isinstance(node, ast.Assign):
            yield node
        elif isinstance(node, ast.If | ast.With):
            yield from _straight(node.body)


class _Judge:
    """What runs in the worker: the objective with its intermediates shifted, checked against the backward pass."""

    def __init__(self, problem: Problem, backward: Unit, pairs: Mapping[str, tuple[Unit, ast.Assign]]) -> None:
        self.problem, self.backward, self.pairs = problem, backward, pairs
        self.seen: dict[str, list[Any]] = {}
        self.shift: dict[str, Any] = {}

    def __call__(self, _: Any) -> tuple[dict[str, tuple[Outcome, float | None]], int] | None:
        claims = self._locals()
        self._instrument()
        self._loss()
        points = {
            name: values[0] for name, values in self.seen.items()
            if len(values) == 1 and name in claims and np.shape(claims[name]) == np.shape(values[0])
        }  # fmt: skip
        if not points:
            return None
        self.origin = points
        report = check(self._shifted, {name: claims[name] for name in points}, points, settings=Settings())
        return {name: _read(verdict) for name, verdict in report.leaves.items()}, report.evaluations + 1

    def _locals(self) -> dict[str, Any]:
        """Return the numbers that the backward pass held when it returned."""
        kept: dict[str, Any] = {}

        def see(frame: FrameType, event: str, value: Any) -> None:
            del value
            if event == "return" and frame.f_code is self.backward.code:
                kept.update((n, np.array(v, float)) for n, v in frame.f_locals.items() if _is_numeric(v))

        sys.setprofile(see)
        try:
            self.problem.gradient(copied(self.problem.params), *copied(self.problem.args))
        finally:
            sys.setprofile(None)
        return kept

    def _instrument(self) -> None:
        changes: dict[int, list[Change]] = {}
        units = {id(unit): unit for unit, _ in self.pairs.values()}
        for name, (unit, node) in self.pairs.items():
            start, end = unit.document.span(node.value)
            changes.setdefault(id(unit), []).extend([(start, start, f"{SHIFT}({name!r}, "), (end, end, ")")])
        for key, made in changes.items():
            unit = units[key]
            unit.functions[0].__globals__[SHIFT] = self._see
            try:
                unit.install(unit.compiled(made))
            except Unfit:
                continue

    def _see(self, name: str, value: Any) -> Any:
        if not _is_numeric(value):
            return value
        self.seen.setdefault(name, []).append(np.array(value, float))
        return value if name not in self.shift else value + (self.shift[name] - self.origin[name])

    def _loss(self) -> Any:
        self.seen = {}
        return self.problem.loss(copied(self.problem.params), *copied(self.problem.args))

    def _shifted(self, point: Mapping[str, Any]) -> Any:
        self.shift = dict(point)
        return self._loss()


def _read(verdict: Any) -> tuple[Outcome, float | None]:
    """Return the outcome, right for a constant multiple, and the factor of one that is."""
    multiple = verdict.outcome is Outcome.WRONG and verdict.ratio is not None
    return (Outcome.CONSISTENT, float(verdict.ratio)) if multiple else (verdict.outcome, None)


def _is_numeric(value: Any) -> bool:
    if isinstance(value, np.ndarray | np.floating):
        return value.dtype.kind == "f"
    return isinstance(value, float)
