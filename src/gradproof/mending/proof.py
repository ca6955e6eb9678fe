"""The proof: full checks with new directions at the given point and at others; what works at one only falls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.adapters.parameters import collect
from gradproof.adapters.tree import flatten
from gradproof.api import check
from gradproof.errors import GradproofError, ObjectiveError
from gradproof.mending.channel import GoneError
from gradproof.mending.evidence import evidence_of
from gradproof.mending.runner import Candidate, Runner
from gradproof.mending.search import Step
from gradproof.mending.trials import signature
from gradproof.model import Outcome
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings

# Besides the given point.
OTHERS = 3
# How far the others lie, tried in turn where the objective cannot be judged: shares of the rms of each leaf.
SPREADS = (0.3, 0.1, 0.03, 0.01)
# The proof has directions of its own.
FRESH = 7919
# So many that work at the point are looked at.
KEPT = 40


@dataclass(frozen=True, slots=True)
class Proved:
    """The steps that stood the proof, the proved one first; its reports by point; how many fell; evaluations in all."""

    steps: tuple[Step, ...]
    reports: tuple[tuple[str, Report], ...]
    fallen: int
    evaluations: int = 0


class Prover:
    """Proves candidates.

    Parameters
    ----------
    problem
        On NumPy arrays, with the gradient as it was.
    settings
        Of the check.
    runner
        Whose worker has the edited functions.
    """

    def __init__(self, problem: Problem, settings: Settings, runner: Runner) -> None:
        self.problem, self.settings, self.runner = problem, settings, runner
        # Whether the objective runs the edited functions too.
        self.shared = False
        # How often it evaluated the objective, for what fell too.
        self.evaluations = 0

    def _kept(self, step: Step, report: Report, point: Any) -> bool:
        """Whether the objective, which runs the edited functions too, is what it was."""
        found = self.runner.claims(step.candidate, list(flatten(point).leaves)).objective
        return found == report.record.value

    def run(self, steps: list[Step]) -> Proved:
        """Prove the first step that can be; those that give the same at all points are other ways."""
        alive = steps[:KEPT]
        while alive:
            reports: list[tuple[str, Report]] = []
            fallen = False
            for number, name in enumerate(("the given point", *(f"point {i + 1}" for i in range(OTHERS)))):
                report, alive, fallen = self._at(number, alive)
                if fallen:
                    break
                if report is not None:
                    reports.append((name, report))
            if not fallen:
                whole = len(reports) == OTHERS + 1
                return Proved(tuple(alive) if whole else (), tuple(reports), len(steps[:KEPT]) - len(alive))
        return Proved((), (), len(steps[:KEPT]))

    def _at(self, number: int, alive: list[Step]) -> tuple[Report | None, list[Step], bool]:
        """Check the first of the living at a point; return the report, who lives on, and whether the first fell."""
        for point in self._points(number):
            try:
                report = check(self._problem(alive[0].candidate, point), settings=self._settings(number))
            except ObjectiveError:
                continue
            except (GoneError, GradproofError, ArithmeticError, ValueError):
                return None, alive[1:], True
            self.evaluations += report.evaluations
            if report.outcome is Outcome.INCONCLUSIVE:
                continue
            if report.outcome is Outcome.WRONG:
                return None, self._judged(alive[1:], report, point), True
            if self.shared and not self._kept(alive[0], report, point):
                return None, alive[1:], True
            return report, [alive[0], *self._judged(alive[1:], report, point)], False
        return None, alive, False

    def _points(self, number: int) -> Iterator[Any]:
        if number == 0:
            yield self.problem.params
            return
        for spread in SPREADS:
            yield moved(self.problem, self.settings, spread, number)

    def _settings(self, number: int) -> Settings:
        return self.settings.replace(seed=(self.settings.seed + FRESH + number) % 2**63)

    def _problem(self, candidate: Candidate, point: Any) -> Problem:
        return replace(self.problem, params=point, gradient=self._remote(candidate))

    def _remote(self, candidate: Candidate) -> Callable[..., Any]:
        """Return the mended gradient function, which runs in the worker."""

        def gradient(params: Any, *_: Any) -> Any:
            tree = flatten(params)
            claims = self.runner.claims(candidate, list(tree.leaves))
            if claims.faults:
                return {}
            parameters, _skipped = collect(tree, self.settings)
            given = list(tree.leaves)
            for parameter in parameters:
                for position in parameter.positions:
                    given[position] = claims.arrays[parameter.name]
            return tree.rebuild(given)

        return gradient

    def _judged(self, steps: list[Step], report: Report, point: Any) -> list[Step]:
        """Return the steps that the measurements of another's check do not contradict."""
        assert report.problem is not None
        evidence = evidence_of(report.problem, report.record, report.settings) if steps else None
        seen: dict[bytes, bool] = {}
        kept = []
        for step in steps:
            try:
                claims = self.runner.claims(step.candidate, list(flatten(point).leaves))
            except GoneError:
                continue
            name = signature(claims.arrays)
            if name not in seen and evidence is not None:
                states = evidence.states(claims.arrays, {})
                seen[name] = not claims.faults and "wrong" not in states.values() and evidence.agrees(claims.arrays)
            if seen.get(name):
                kept.append(step)
        return kept


def moved(problem: Problem, settings: Settings, spread: float, key: int) -> Any:
    """Return the parameters displaced by normal numbers times a share of each leaf's rms, within the bounds."""
    tree = flatten(problem.params)
    parameters, _ = collect(tree, settings)
    rng = np.random.default_rng([settings.seed % 2**63, key])
    leaves = list(tree.leaves)
    low, high = (_bounds(bound, len(leaves)) for bound in (problem.lower, problem.upper))
    for parameter in parameters:
        array = np.asarray(parameter.array)
        size = float(np.sqrt(np.mean(np.square(array.astype(np.float64))))) or 1.0
        # An entry that is exactly 0 among others that are not may be a zero that matters.
        new = (array + spread * size * rng.standard_normal(array.shape)).astype(array.dtype)
        for position in parameter.positions:
            bounded = _clipped(new, low[position], high[position])
            kept = leaves[position]
            leaves[position] = float(bounded) if isinstance(kept, float) else bounded.reshape(np.shape(kept))
    return tree.rebuild(leaves)


def _clipped(array: Any, low: Any, high: Any) -> Any:
    below = -np.inf if low is None else low
    above = np.inf if high is None else high
    return np.clip(array, below, above).astype(array.dtype)


def _bounds(bound: Any, count: int) -> list[Any]:
    if bound is None or isinstance(bound, int | float):
        return [bound] * count
    found = list(flatten(bound).leaves)
    return found if len(found) == count else [None] * count
