"""The words of the program: a problem is asked by probes, measured into estimates, judged, explained and reported.

Everything here is a frozen record or an enumeration. Nothing here computes more than a value derived from its fields.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gradproof.probe import Probe
from gradproof.settings import Settings


class Outcome(enum.StrEnum):
    """The three answers."""

    CONSISTENT = "consistent"
    WRONG = "wrong"
    INCONCLUSIVE = "inconclusive"


def outcome_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome of the whole: any wrong, else any inconclusive, else consistent."""
    found = set(outcomes)
    return next((o for o in (Outcome.WRONG, Outcome.INCONCLUSIVE) if o in found), Outcome.CONSISTENT)


class Reason(enum.StrEnum):
    """Why something could not be decided; the sentences stand in ``reports.sentences``."""

    NOISE = "noise"  # the noise of the objective hides errors of the demanded size
    NOT_REPEATABLE = "not repeatable"  # two evaluations at one point differ too much
    KINK = "kink"  # the slope jumps at the point
    ROUGH = "rough"  # one slope at small steps and another at large ones
    DOMAIN = "domain"  # the objective is not finite, or out of bounds, close to the point
    DISAGREEMENT = "disagreement"  # independent probes contradict one another
    BUDGET = "budget"  # the budget of evaluations or seconds was spent
    UNSEEN = "unseen"  # measurements made for another claim do not see it well enough


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured derivative of ``phi`` at 0: the value never travels without its error.

    Attributes
    ----------
    value
        The derivative.
    error
        Half-width of the bar: the truth lies in ``value +- error`` in 99.9 % of draws of the calibrated class.
        Infinite or NaN where nothing is known; then ``reason`` is set.
    noise
        Half-width of the noise of one value of ``phi``.
    step
        The finest step that entered the value (in units of t).
    scale
        The largest ``|phi(t) - phi(0)| / |t|`` seen at steps up to eight times the finest that entered the value.
    evaluations
        How often ``phi`` was evaluated for it.
    method
        "central", "forward", "backward", "complex step" or "none".
    reason
        What is not smooth, or None.
    left, right
        One-sided slopes where ``phi`` has a kink at 0.
    fine
        The other plateau of a rough function: the slope at the smallest useful steps.
    levels
        ``(step, difference quotient, noise bound)`` for each level measured, from coarse to fine.
    """

    value: float
    error: float
    noise: float = 0.0
    step: float = 0.0
    scale: float = 0.0
    evaluations: int = 0
    method: str = "central"
    reason: Reason | None = None
    left: Estimate | None = None
    right: Estimate | None = None
    fine: Estimate | None = None
    levels: tuple[tuple[float, float, float], ...] = ()

    @property
    def finite(self) -> bool:
        """Whether value and error are both finite numbers."""
        return math.isfinite(self.value) and math.isfinite(self.error)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One probe's answer, kept so that a verdict can be explained and made again.

    ``claimed_error`` is the half-width of the bar of a claim that is a mean of random ones, else 0.
    """

    probe: Probe
    claimed: float
    estimate: Estimate
    claimed_error: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one leaf.

    ``resolution`` is the smallest relative error of the leaf's contribution that the probes would have told from
    rounding (NaN if unknown); ``ratio`` is claimed / measured where one constant factor fits, else None.
    """

    leaf: str
    shape: tuple[int, ...]
    dtype: str
    outcome: Outcome
    reason: Reason | None = None
    resolution: float = math.nan
    ratio: float | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth saying: where (leaf, index), how much, and in words.

    Attributes
    ----------
    kind
        Machine-readable: "factor", "zero", "entry", "slice", "dense", "shape", "missing", "extra", "none", "integer",
        "non-finite", "complex", "mutation", "kink".
    text
        The sentence for the report, without the leaf's name.
    index, block
        The entry (a tuple in the leaf's shape); for a slice the half-open range of indices along each axis.
    yours, measured, error
        Claimed and measured derivative with its bar (along an entry: in units of the objective per unit of parameter).
    ratio, ratio_error
        claimed / measured, with its bar.
    guess
        Where a common name fits the ratio ("2", "1/2", "-1", "m", "1/m"), else "".
    """

    leaf: str
    kind: str
    text: str
    index: tuple[int, ...] | None = None
    block: tuple[tuple[int, int], ...] | None = None
    yours: float | None = None
    measured: float | None = None
    error: float | None = None
    ratio: float | None = None
    ratio_error: float | None = None
    guess: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a passing stratum proves.

    An error of relative size E (of the stratum's contribution) would have looked this good with probability at most
    ``(0.8 * radius / E) ** probes``: a Gaussian density is at most 0.4 / |e|, over an interval of length 2 radius.
    ``agreement`` is the largest ``|claimed - measured| / contribution`` seen.
    """

    leaves: tuple[str, ...]
    entries: int
    probes: int
    radius: float
    agreement: float

    def miss(self, relative: float) -> float:
        """Return the bound on the probability that an error of this relative size went unnoticed."""
        return min(1.0, 0.8 * self.radius / relative) ** self.probes


@dataclass(frozen=True, slots=True)
class Curve:
    """The objective at many steps along a measured direction, to be drawn; no verdict rests on it.

    ``measurement`` is the number of the measurement in the record, ``points`` are ``(t, phi(t), phi(-t))`` with t > 0
    from fine to coarse; values outside of the domain are NaN.
    """

    measurement: int
    points: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """The report as data. All but ``run`` is the same, to the byte, for the same problem, settings and version."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    proofs: tuple[Proof, ...]
    skipped: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    evaluations: int
    gradient_calls: int
    value: float
    noise: float
    settings: Settings
    measurements: tuple[Measurement, ...] = ()
    point: str = ""  # fingerprint of the parameters, by which old measurements are known to be theirs
    curves: tuple[Curve, ...] = ()
    run: Mapping[str, Any] = field(default_factory=dict)
