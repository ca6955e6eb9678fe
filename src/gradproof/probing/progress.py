"""What has been decided so far, and the record of it: for each leaf the worst of what its strata say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from gradproof.model import Finding, Outcome, Proof, Reason, Record, Verdict, outcome_of
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case
from gradproof.probing.plan import Stratum
from gradproof.seam import Leaf


@dataclass
class Progress:
    """What has been decided so far; a spent budget leaves it as it is."""

    cases: list[Case] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    pending: list[Stratum] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def record_of(gauge: Gauge, progress: Progress) -> Record:
    """Return the record of what was decided."""
    verdicts = _verdicts(gauge, progress)
    outcomes = [verdict.outcome for verdict in verdicts]
    if any(finding.kind in ("extra", "missing", "mutation") for finding in progress.findings):
        outcomes.append(Outcome.WRONG)
    reasons = dict.fromkeys(verdict.reason for verdict in verdicts if verdict.outcome is Outcome.INCONCLUSIVE)
    subject = gauge.subject
    return Record(
        outcome=outcome_of(outcomes),
        reasons=tuple(reason for reason in reasons if reason is not None),
        verdicts=verdicts,
        findings=tuple(progress.findings),
        proofs=tuple(progress.proofs),
        skipped=subject.skipped,
        notes=tuple(progress.notes),
        evaluations=subject.evaluations,
        gradient_calls=subject.gradient_calls,
        value=gauge.center,
        noise=gauge.noise,
        settings=gauge.settings,
        measurements=tuple(gauge.measurements),
        point=subject.fingerprint,
    )


def _verdicts(gauge: Gauge, progress: Progress) -> tuple[Verdict, ...]:
    faulty = {fault.leaf: fault for fault in gauge.subject.faults if fault.kind != "extra"}
    cases: list[list[tuple[Case, float]]] = [[] for _ in gauge.subject.leaves]
    for case in progress.cases:
        pair = (case, _resolution(case))
        for part in case.stratum.parts:
            cases[part.leaf].append(pair)
    pending = {part.leaf for stratum in progress.pending for part in stratum.parts}
    found = [_verdict(leaf, cases[i], progress, i in pending) for i, leaf in enumerate(gauge.subject.leaves)]
    found += [Verdict(leaf, (), "", Outcome.WRONG) for leaf in faulty]
    return tuple(found)


def _verdict(leaf: Leaf, cases: list[tuple[Case, float]], progress: Progress, unfinished: object) -> Verdict:
    """Return the worst of what the strata say about a leaf."""
    findings = [finding for finding in progress.findings if finding.leaf == leaf.name]
    outcomes = [case.outcome for case, _ in cases]
    outcomes += [Outcome.INCONCLUSIVE] if unfinished else []
    outcomes += [Outcome.WRONG for finding in findings if finding.kind == "mutation"]
    outcome = outcome_of(outcomes)
    reason = next((case.reason for case, _ in cases if case.outcome is outcome and case.reason), None)
    if outcome is Outcome.INCONCLUSIVE and reason is None:
        reason = Reason.BUDGET
    resolution = max((r for case, r in cases if case.outcome is Outcome.CONSISTENT), default=math.nan)
    ratio = next((finding.ratio for finding in findings if finding.kind in ("factor", "zero")), None)
    return Verdict(leaf.name, leaf.shape, leaf.dtype, outcome, reason, resolution, ratio, leaf.aliases)


def _resolution(case: Case) -> float:
    unit = case.stratum.unit
    errors = [2.0 * reading.comparison.error for reading in case.readings]
    return (case.stratum.tolerance + max(errors, default=0.0)) / unit if unit > 0.0 else math.nan
