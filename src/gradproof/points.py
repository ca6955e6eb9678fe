"""A check at several points: a gradient can be right at one and wrong at the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.adapters.tree import flatten
from gradproof.api import check
from gradproof.errors import InputError
from gradproof.model import Outcome, outcome_of
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings
from gradproof.together import Together


@dataclass(frozen=True, slots=True)
class PointsReport(Together):
    """The reports by the name of the point."""

    reports: Mapping[str, Report]

    @property
    def outcome(self) -> Outcome:
        """Any wrong, else any inconclusive, else consistent."""
        return outcome_of(report.outcome for report in self.reports.values())

    @property
    def leaves(self) -> Mapping[str, Mapping[str, Outcome]]:
        """For each leaf, the outcome at each point."""
        names = dict.fromkeys(leaf for report in self.reports.values() for leaf in report.leaves)
        return {
            leaf: {at: report.leaves[leaf].outcome for at, report in self.reports.items() if leaf in report.leaves}
            for leaf in names
        }

    @property
    def worst(self) -> Report:
        """The first report with the outcome of the whole."""
        return next(report for report in self.reports.values() if report.outcome is self.outcome)

    def __str__(self) -> str:
        lines: list[str] = [f"{self.outcome.upper()} at {len(self.reports)} points"]
        for leaf, found in self.leaves.items():
            for outcome in (Outcome.WRONG, Outcome.INCONCLUSIVE):
                at = [name for name, seen in found.items() if seen is outcome]
                if at:
                    lines.append(f"  {leaf}  {outcome} at {', '.join(at)}; right at {len(found) - len(at)} others")
        if self.outcome is not Outcome.CONSISTENT:
            worst = next(name for name, report in self.reports.items() if report is self.worst)
            lines += [f"at {worst}:", str(self.worst)]
        return "\n".join(lines)

    def __bool__(self) -> bool:
        raise TypeError("A report has three answers; ask for report.outcome.")


def check_points(
    problem: Problem, points: Iterable[Any] | int = 4, *, spread: float = 0.5, settings: Settings | None = None
) -> PointsReport:
    """Judge a gradient function at several points.

    Parameters
    ----------
    problem
        Its gradient must be a function, since a tree belongs to one point.
    points
        Trees like the parameters; or how many to draw around the given point, which is then judged too.
    spread
        Drawn points differ from the given one by normal numbers times this times the rms of each leaf (times 1 for a
        leaf of zeros).
    settings
        How to check. Each point has directions of its own.

    Raises
    ------
    InputError
        If the gradient is no function.
    """
    if not callable(problem.gradient):
        raise InputError(
            "A gradient that is a tree belongs to one point.", expected="a function of the parameters",
            got=type(problem.gradient).__name__,
        )  # fmt: skip
    base = settings or Settings()
    drawn = _around(problem.params, points, (spread, base.seed)) if isinstance(points, int) else None
    named = drawn or ((f"point {i}", point) for i, point in enumerate(points if not isinstance(points, int) else ()))
    reports = {
        name: check(replace(problem, params=point), settings=base.replace(seed=base.seed + i))
        for i, (name, point) in enumerate(named)
    }
    if not reports:
        raise InputError("There are no points.", expected="at least one tree like the parameters")
    return PointsReport(reports)


def _around(params: Any, count: int, how: tuple[float, int]) -> Iterator[tuple[str, Any]]:
    spread, seed = how
    yield "the given point", params
    tree, rng = flatten(params), np.random.default_rng(seed)
    for i in range(count):
        yield f"drawn point {i + 1}", tree.rebuild([_moved(leaf, spread, rng.standard_normal) for leaf in tree.leaves])


def _moved(leaf: Any, spread: float, normal: Callable[[Any], Any]) -> Any:
    array = np.asarray(leaf)
    if array.dtype.kind != "f" or not array.size:
        return leaf
    size = float(np.sqrt(np.mean(np.square(array.astype(np.float64))))) or 1.0
    moved = (array + spread * size * normal(array.shape)).astype(array.dtype)
    return float(moved) if isinstance(leaf, float) else moved
