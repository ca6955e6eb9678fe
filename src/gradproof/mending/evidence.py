"""What was measured of the true gradient, as directions and slopes: any candidate is judged on it by dot products."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gradproof.adapters.binding import bind_arrays
from gradproof.adapters.blocks import dense
from gradproof.adapters.directions import draw
from gradproof.model import Estimate, Outcome, Record
from gradproof.numerics.compare import Answer, Demand, compare
from gradproof.probing.precision import tolerance_of
from gradproof.probing.remarks import FINER
from gradproof.seam import Problem
from gradproof.settings import Settings

Array = npt.NDArray[np.floating]
# Bars and tolerances are widened by this in the search: what is let through is measured afresh.
SLACK = 3.0
# How much larger than its slope along a random direction a right gradient may be, for its rounding to count.
LARGE = 1e3


@dataclass(frozen=True, slots=True)
class Slope:
    """A measured slope and the direction it was measured along, leaf by leaf."""

    along: Mapping[str, Array]
    estimate: Estimate


@dataclass(frozen=True)
class Evidence:
    """The slopes measured at one point, and what they said of the gradient as it was.

    ``wrong`` and ``right`` are names of leaves; ``shapes`` says how each leaf must look.
    """

    slopes: tuple[Slope, ...]
    wrong: frozenset[str]
    right: frozenset[str]
    shapes: Mapping[str, tuple[int, ...]]
    tolerances: Mapping[str, float]

    def states(
        self, claims: Mapping[str, Array], base: Mapping[str, Array], names: frozenset[str] | None = None
    ) -> dict[str, str]:
        """Return for each leaf "right", "wrong" or "unseen".

        Parameters
        ----------
        claims
            Of the candidate, by leaf.
        base
            Of the gradient as it was: a leaf that no slope saw alone is what it was, if it has not changed.
        names
            Of the leaves that are asked for; None for all.
        """
        asked = frozenset(self.shapes) if names is None else names
        states = {name: self._alone(name, claims) for name in self.shapes if name in asked}
        for name, state in states.items():
            same = name in base and name in claims and near(claims[name], base[name])
            if state == "unseen" and same:
                states[name] = "right" if name in self.right else "wrong" if name in self.wrong else "unseen"
        return states

    @cached_property
    def _own(self) -> Mapping[str, tuple[Slope, ...]]:
        """The slopes that saw one leaf alone."""
        return {name: tuple(slope for slope in self.slopes if set(slope.along) == {name}) for name in self.shapes}

    def _alone(self, name: str, claims: Mapping[str, Array]) -> str:
        state = "unseen"
        for slope in self._own[name]:
            answer = self._answer(slope, claims)
            if answer is Answer.DISAGREES:
                return "wrong"
            if answer is Answer.AGREES:
                state = "right"
        return state

    def agrees(self, claims: Mapping[str, Array]) -> bool:
        """Whether no slope contradicts a candidate."""
        return all(self._answer(slope, claims) is not Answer.DISAGREES for slope in self.slopes)

    def _answer(self, slope: Slope, claims: Mapping[str, Array]) -> Answer:
        total, unit = 0.0, 0.0
        for name, v in slope.along.items():
            if name not in claims:
                return Answer.DISAGREES
            g = claims[name].reshape(-1)
            total += float(np.dot(g, v))
            unit += self.tolerances[name] * float(np.sqrt(np.dot(g * g, v * v)))
        if not np.isfinite(total):
            return Answer.DISAGREES
        # A candidate that is far too large must not widen its own tolerance.
        unit = min(unit, LARGE * max(self.tolerances[name] for name in slope.along) * abs(slope.estimate.value))
        tolerance = SLACK * (unit + slope.estimate.error)
        return compare(total, slope.estimate, Demand(tolerance, np.inf, np.inf)).answer

    def proportional(self, claims: Mapping[str, Array]) -> frozenset[str]:
        """Return the leaves of which a candidate is a multiple of the truth, as far as two slopes or more can see."""
        found = set()
        for name in self.shapes:
            slopes = [slope for slope in self._own[name] if name in claims and slope.estimate.finite]
            # Two tell most that are none.
            if len(slopes) > 1 and _one_ratio(name, claims, slopes[:2]) and _one_ratio(name, claims, slopes):
                found.add(name)
        return frozenset(found)


def _one_ratio(name: str, claims: Mapping[str, Array], slopes: Sequence[Slope]) -> bool:
    claimed = np.array([float(np.dot(claims[name].reshape(-1), slope.along[name])) for slope in slopes])
    measured = np.array([slope.estimate.value for slope in slopes])
    errors = np.array([slope.estimate.error for slope in slopes])
    norm = float(np.dot(claimed, claimed))
    if not np.isfinite(norm) or norm == 0.0:
        return False
    factor = float(np.dot(measured, claimed)) / norm
    tolerance = SLACK * errors + 1e-6 * np.abs(measured).max()
    return factor != 0.0 and bool(np.all(np.abs(measured - factor * claimed) <= tolerance))


def near(one: Array, other: Array) -> bool:
    """Whether two arrays are the same but for rounding."""
    if one.shape != other.shape:
        return False
    scale = float(np.max(np.abs(other))) if other.size else 0.0
    return bool(np.all(np.abs(one - other) <= 1e-11 * scale))


def evidence_of(problem: Problem, record: Record, settings: Settings) -> Evidence:
    """Return the slopes that a check measured.

    Parameters
    ----------
    problem
        With the gradient that was checked: directions depend on it.
    record
        Of the check.
    settings
        With which it was made.
    """
    subject = bind_arrays(problem, settings)
    subject = (subject.finer() or subject) if FINER in record.notes else subject
    slopes = []
    for measurement in record.measurements:
        if measurement.estimate.finite and measurement.estimate.fine is None:
            drawn = draw(measurement.probe, subject.judged, subject.data, subject.seed)
            direction = [None if v is None else dense(v) for v in drawn]
            along: dict[str, Array] = {}
            moving = {part.leaf for part in measurement.probe.parts}
            for block, v in zip(subject.judged, direction, strict=True):
                for leaf, start, stop, _ in block.slots if v is not None else ():
                    if v is not None and leaf in moving:
                        along[subject.leaves[leaf].name] = np.array(v[start:stop], dtype=np.float64)
            slopes.append(Slope(along, measurement.estimate))
    outcomes = {verdict.leaf: verdict.outcome for verdict in record.verdicts}
    return Evidence(
        tuple(slopes),
        _with(outcomes.items(), Outcome.WRONG),
        _with(outcomes.items(), Outcome.CONSISTENT),
        {leaf.name: leaf.shape for leaf in subject.leaves},
        {leaf.name: tolerance_of(leaf.claim_dtype) for leaf in subject.leaves},
    )


def _with(outcomes: Iterable[tuple[str, Outcome]], wanted: Outcome) -> frozenset[str]:
    return frozenset(name for name, outcome in outcomes if outcome is wanted)
