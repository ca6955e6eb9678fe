"""A changed claim judged on old measurements: they belong to the objective and the point, not to the claim."""

from __future__ import annotations

import math
from dataclasses import replace

from gradproof.model import Finding, Measurement, Outcome, Proof, Reason, Record, Verdict, outcome_of
from gradproof.numerics.compare import Answer, Demand, compare
from gradproof.probe import Part
from gradproof.probing.diagnose import Suspect, diagnose
from gradproof.probing.precision import tolerance_of
from gradproof.probing.reading import Reading
from gradproof.seam import Subject

# A leaf is consistent if at least so many random directions agree that moved all of it.
ENOUGH = 2


def judge_again(subject: Subject, record: Record) -> Record:
    """Return the record of a new claim, from the measurements of an old one; the objective is not evaluated.

    Parameters
    ----------
    subject
        The problem with the new claim, at the same point, bound with the settings of the record.
    record
        Of the old claim.
    """
    places = {verdict.leaf: i for i, verdict in enumerate(record.verdicts)}
    numbers = {places[leaf.name]: i for i, leaf in enumerate(subject.leaves) if leaf.name in places}
    readings = [
        reading
        for measurement in record.measurements
        if (reading := _reading(subject, measurement, numbers)) is not None
    ]
    wrong = _wrong_alone(readings)
    judged = [
        _Leaf(subject, i, [r for r in readings if _touches(r, {i}) and not _touches(r, wrong - {i})])
        for i in range(len(subject.leaves))
    ]
    verdicts = [leaf.verdict for leaf in judged]
    verdicts += [Verdict(f.leaf, (), "", Outcome.WRONG) for f in subject.faults if f.kind != "extra"]
    findings = [Finding(f.leaf, f.kind, f.text, f.index) for f in subject.faults]
    findings += [leaf.finding for leaf in judged if leaf.finding is not None]
    proofs = [leaf.proof for leaf in judged if leaf.proof is not None]
    notes = ["Judged on the measurements of an earlier report: this holds if the objective is unchanged."]
    outcomes = [verdict.outcome for verdict in verdicts] + [Outcome.WRONG for f in subject.faults if f.kind == "extra"]
    suspected = _suspected(readings, wrong)
    if suspected:
        names = ", ".join(subject.leaves[i].name for i in sorted(suspected))
        notes.append(f"Independent directions through {names} contradict it: one of them is wrong; check to see which.")
        outcomes.append(Outcome.WRONG)
    reasons = dict.fromkeys(v.reason for v in verdicts if v.reason is not None)
    return replace(
        record,
        outcome=outcome_of(outcomes),
        reasons=tuple(reasons),
        verdicts=tuple(verdicts),
        findings=tuple(findings),
        proofs=tuple(proofs),
        notes=tuple(notes),
        evaluations=0,
        gradient_calls=subject.gradient_calls,
        measurements=tuple(reading.measurement for reading in readings),
    )


def _reading(subject: Subject, measurement: Measurement, numbers: dict[int, int]) -> Reading | None:
    """Return an old measurement with what the new claim says along its direction; None if it cannot be rebuilt."""
    parts = measurement.probe.parts
    # Strata of small entries and of zeros were cut by the old claim.
    if not measurement.estimate.finite or any(part.low >= 0.0 or part.high != math.inf for part in parts):
        return None
    if any(part.draw != "normal" for part in parts):
        # They divided an old mistake up; directions through the whole leaf hold all that they say.
        return None
    if any(part.leaf not in numbers for part in parts):
        return None
    probe = replace(measurement.probe, parts=tuple(replace(part, leaf=numbers[part.leaf]) for part in parts))
    claimed = subject.along(probe).claimed
    comparison = compare(claimed, measurement.estimate, _demand(subject, probe.parts))
    return Reading(Measurement(probe, claimed, measurement.estimate), comparison)


def _demand(subject: Subject, parts: tuple[Part, ...]) -> Demand:
    units = [subject.contribution(part) for part in parts]
    share = max(tolerance_of(subject.leaves[part.leaf].claim_dtype) for part in parts)
    unit = min(units)
    bar = max(1e-2 * unit, 2.0 * share * unit)
    return Demand(share * unit, bar, bar)


def _wrong_alone(readings: list[Reading]) -> set[int]:
    """Return the leaves that a direction through nothing else contradicts."""
    return {
        r.measurement.probe.parts[0].leaf
        for r in readings
        if len(r.measurement.probe.parts) == 1 and r.answer is Answer.DISAGREES
    }


def _suspected(readings: list[Reading], wrong: set[int]) -> set[int]:
    """Return the leaves of joint directions that contradict the claim though none of their leaves is known wrong."""
    against = [r for r in readings if r.answer is Answer.DISAGREES and not _touches(r, wrong)]
    return {part.leaf for r in against for part in r.measurement.probe.parts} if len(against) >= ENOUGH else set()


def _touches(reading: Reading, leaves: set[int]) -> bool:
    return any(part.leaf in leaves for part in reading.measurement.probe.parts)


class _Leaf:
    """What the readings through one leaf, and through no other that is wrong, say of it."""

    def __init__(self, subject: Subject, index: int, readings: list[Reading]) -> None:
        leaf = subject.leaves[index]
        # Directions that were chosen to locate a mistake are no random ones.
        whole = [r for r in readings if r.answer is Answer.AGREES and _moves_all(r, index)]
        outcome, reason = _decided(readings, len(whole))
        self.finding = _finding(subject, index, readings) if outcome is Outcome.WRONG else None
        self.proof = _proof(subject, index, whole) if outcome is Outcome.CONSISTENT else None
        ratio = None if self.finding is None else self.finding.ratio
        self.verdict = Verdict(leaf.name, leaf.shape, leaf.dtype, outcome, reason, math.nan, ratio, leaf.aliases)


def _decided(readings: list[Reading], agreeing: int) -> tuple[Outcome, Reason | None]:
    if any(r.answer is Answer.DISAGREES and len(r.measurement.probe.parts) == 1 for r in readings):
        return Outcome.WRONG, None
    if any(r.answer is Answer.DISAGREES for r in readings):
        return Outcome.INCONCLUSIVE, Reason.DISAGREEMENT
    return (Outcome.CONSISTENT, None) if agreeing >= ENOUGH else (Outcome.INCONCLUSIVE, Reason.UNSEEN)


def _moves_all(reading: Reading, leaf: int) -> bool:
    part = next(part for part in reading.measurement.probe.parts if part.leaf == leaf)
    plain = Part(leaf, part.weight, side=part.side)
    return part == plain


def _finding(subject: Subject, leaf: int, readings: list[Reading]) -> Finding:
    known = subject.leaves[leaf]
    alone = tuple(r for r in readings if len(r.measurement.probe.parts) == 1 and _moves_all(r, leaf))
    found = diagnose(Suspect(known, known.size, alone, subject.lengths)) if len(alone) > 1 else None
    return found or Finding(known.name, "dense", "the measured slopes contradict it")


def _proof(subject: Subject, leaf: int, whole: list[Reading]) -> Proof:
    unit = min(subject.contribution(part) for r in whole for part in r.measurement.probe.parts if part.leaf == leaf)
    radius = max(r.comparison.radius for r in whole) / (unit or math.nan)
    return Proof((subject.leaves[leaf].name,), subject.leaves[leaf].size, len(whole), radius, radius)
