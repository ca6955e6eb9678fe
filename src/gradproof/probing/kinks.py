"""Kinks at the point: what the claims beside it, and the objective there, say of the claim at it."""

from __future__ import annotations

from dataclasses import replace

from gradproof.beside import Invalid
from gradproof.model import Finding, Outcome, Reason, outcome_of
from gradproof.numerics.compare import Answer
from gradproof.probing.descend import judge_stratum
from gradproof.probing.findings import explain, unravel
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case
from gradproof.probing.plan import plan

# How far beside the point, in units of the scales of its entries: kinks are then at distances that the ladder sees.
AWAY = 1e-2
# Displaced points that are tried until one is decided, and directions that move the leaves of kinks together.
TRIES, JOINT = 3, 8


def reconsider(gauge: Gauge, case: Case) -> tuple[Case, list[Finding]]:
    """Return the case of a kink in the light of what lies beside it, and what is to be said of that.

    A claim that is a function is asked at displaced points, which costs no evaluation. A leaf that lies between these
    claims, and whose gradient is right at a displaced point, where the objective is smooth, has a valid subgradient.
    """
    if case.outcome is Outcome.WRONG or not any(r.comparison.reason is Reason.KINK for r in case.readings):
        return case, []
    found = gauge.subject.beside()
    if found is None:
        return case, []
    leaves = {part.leaf for part in case.stratum.parts}
    if found.invalid is not None and found.invalid.leaf in leaves:
        only = case.stratum.only({found.invalid.leaf})
        return replace(case, outcome=Outcome.WRONG, reason=Reason.KINK, stratum=only), [_told(gauge, found.invalid)]
    if found.outside & leaves:
        return replace(case, outcome=Outcome.INCONCLUSIVE, reason=Reason.KINK), []
    if case.outcome is Outcome.CONSISTENT and case.reason is not Reason.KINK:
        return case, []
    return _away(gauge, case, leaves)


def _told(gauge: Gauge, invalid: Invalid) -> Finding:
    known = gauge.subject.leaves[invalid.leaf]
    text = f"a kink: yours is no subgradient; beside it your own gradient is {invalid.low:.6g} or {invalid.high:.6g}"
    return Finding(known.name, "kink", text, index=unravel(invalid.flat, known.shape), yours=invalid.yours)


def together(gauge: Gauge, cases: list[Case]) -> list[Case]:
    """Return the cases, undecided where the leaves of one kink have valid subgradients each but none in common.

    That shows along directions that move them together: both leaves of max(a, b) may claim the whole slope alone.
    """
    kinked = [case for case in cases if case.outcome is Outcome.CONSISTENT and case.reason is Reason.KINK]
    if len(kinked) < 2 or gauge.subject.beside() is not None:
        return cases
    parts = tuple(part for case in kinked for part in case.stratum.parts)
    units = tuple(unit for case in kinked for unit in case.stratum.units)
    joint = replace(kinked[0].stratum, parts=parts, units=units)
    if all(gauge.read(joint).answer is not Answer.DISAGREES for _ in range(JOINT)):
        return cases
    return [replace(case, outcome=Outcome.INCONCLUSIVE) if case in kinked else case for case in cases]


def _away(gauge: Gauge, case: Case, leaves: set[int]) -> tuple[Case, list[Finding]]:
    """Judge the leaves at a displaced point: a subgradient between wrong gradients proves nothing."""
    names = {gauge.subject.leaves[leaf].name for leaf in leaves}
    for key in range(TRIES):
        other = gauge.subject.away(AWAY, key)
        if other is None:
            return case, []
        before = other.evaluations
        outcome, findings = _judged(Gauge(other, gauge.settings), names)
        gauge.subject.evaluations += other.evaluations - before
        if outcome is not Outcome.INCONCLUSIVE:
            return replace(case, outcome=outcome, reason=Reason.KINK), findings
    return replace(case, outcome=Outcome.INCONCLUSIVE, reason=Reason.KINK), []


def _judged(gauge: Gauge, names: set[str]) -> tuple[Outcome, list[Finding]]:
    """Return the outcome of some leaves at a displaced point, and what is wrong there."""
    chosen = {i for i, leaf in enumerate(gauge.subject.leaves) if leaf.name in names}
    strata = [stratum.only(chosen) for stratum in plan(gauge.subject, gauge.settings)]
    cases = [case for stratum in strata if stratum.parts for case in judge_stratum(gauge, stratum)]
    wrong = [case for case in cases if case.outcome is Outcome.WRONG]
    told = [replace(f, text=f"beside the kink at the point: {f.text}") for case in wrong for f in explain(gauge, case)]
    return (outcome_of(case.outcome for case in cases) if cases else Outcome.INCONCLUSIVE), told
