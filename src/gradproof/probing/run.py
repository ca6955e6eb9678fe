"""The whole sentence: a problem is asked by probes, measured, judged, explained, and gathered in a record."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from gradproof.errors import EvaluationLostError
from gradproof.model import Finding, Outcome, Proof, Reason, Record, Verdict, outcome_of
from gradproof.probing.descend import judge_stratum
from gradproof.probing.gauge import BudgetSpentError, Gauge, Tick
from gradproof.probing.imitation import imitates
from gradproof.probing.judge import Case
from gradproof.probing.plan import Stratum, first_pass, plan
from gradproof.probing.remarks import remarks
from gradproof.probing.second import reconsidered
from gradproof.seam import ClaimFault, Leaf, Subject
from gradproof.settings import Settings

UNCHOSEN = "the derivative of a branch that was not chosen, as in 0 * inf?"


@dataclass
class _Progress:
    """What has been decided so far; a spent budget leaves it as it is."""

    cases: list[Case] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    pending: list[Stratum] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def run(subject: Subject, settings: Settings, tick: Tick | None = None) -> Record:
    """Judge every leaf of a subject.

    Parameters
    ----------
    subject
        The problem as an adapter offers it.
    settings
        How it is checked.
    tick
        Called with (evaluations so far, name of the phase) before each probe.

    Raises
    ------
    ObjectiveError
        If the objective is not one finite number at the point.
    """
    gauge = Gauge(subject, settings, tick)
    progress = _Progress(findings=[Finding(f.leaf, f.kind, f.text, index=f.index) for f in subject.faults])
    progress.pending = list(plan(subject, settings))
    subject.expect(first_pass(progress.pending))
    try:
        for k, fault in enumerate(subject.faults):
            progress.findings[k] = _measured(gauge, fault, progress.findings[k])
        _examine_all(gauge, progress)
    except BudgetSpentError:
        progress.notes.append("The budget was spent before everything was measured.")
    except EvaluationLostError as error:
        progress.notes.append(f"{error.message} ({error.where}) The check ended there.")
    except KeyboardInterrupt as stop:
        progress.notes.append("Interrupted before everything was measured.")
        stop.record = _finished(gauge, progress)  # type: ignore[attr-defined]
        raise
    return _finished(gauge, progress)


def _finished(gauge: Gauge, progress: _Progress) -> Record:
    """Return the record of what was decided, with what is to be said of the whole."""
    subject = gauge.subject
    _mention_mutations(subject, progress)
    progress.notes += subject.notes
    progress.notes += remarks(gauge)
    return _record(gauge, progress)


def _examine_all(gauge: Gauge, progress: _Progress) -> None:
    while progress.pending:
        stratum = _without_wrong(progress)
        for case in judge_stratum(gauge, stratum) if stratum.parts else []:
            settled, told = reconsidered(gauge, case, progress.notes)
            progress.cases.append(settled)
            progress.findings += told
            if not told:
                _say(gauge, progress, settled)
        progress.pending.pop(0)
    if any(case.reason is Reason.KINK for case in progress.cases):
        from gradproof.probing.kinks import together

        progress.cases = together(gauge, progress.cases)
    passed = [r for case in progress.cases if case.outcome is Outcome.CONSISTENT for r in case.readings]
    note = imitates(gauge, passed)
    if note:
        progress.notes.append(note)


def _without_wrong(progress: _Progress) -> Stratum:
    """Return the next stratum without the leaves that are known to be wrong."""
    stratum = progress.pending[0]
    wrong = {case.leaf for case in progress.cases if case.outcome is Outcome.WRONG}
    leaves = {part.leaf for part in stratum.parts}
    return stratum.only(leaves - wrong) if leaves & wrong else stratum


def _say(gauge: Gauge, progress: _Progress, case: Case) -> None:
    """Add what a case proves or finds."""
    if case.outcome is Outcome.WRONG:
        # What a right gradient has no need of is imported when needed.
        from gradproof.probing.findings import explain

        progress.findings += explain(gauge, case)
    elif case.outcome is Outcome.CONSISTENT and case.reason is Reason.KINK:
        name = gauge.subject.leaves[case.leaf].name
        progress.findings.append(Finding(name, "kink", "a kink at the point: yours is a valid subgradient"))
    elif case.outcome is Outcome.CONSISTENT:
        progress.proofs.append(_proof(gauge, case))


def _proof(gauge: Gauge, case: Case) -> Proof:
    unit = case.stratum.unit or math.nan
    leaves = tuple(gauge.subject.leaves[part.leaf].name for part in case.stratum.parts)
    entries = sum(gauge.subject.count(part) for part in case.stratum.parts)
    if case.stratum.zero:
        unit = max(unit, *(reading.measurement.estimate.scale for reading in case.readings)) or math.nan
    radius = case.radius / unit
    return Proof(leaves, entries, len(case.readings), radius, radius)


def _measured(gauge: Gauge, fault: ClaimFault, found: Finding) -> Finding:
    """Return the finding of a fault with the slope that the objective has where the claim is not finite."""
    line = gauge.subject.unclaimed(fault)
    estimate = None if line is None else gauge.slope(line)
    if estimate is None or not estimate.finite:
        return found
    text = f"{fault.text}; its slope there is {estimate.value:.6g}"
    guess = UNCHOSEN if fault.text.startswith("yours is NaN") else ""
    return replace(found, text=text, measured=estimate.value, error=estimate.error, guess=guess)


def _mention_mutations(subject: Subject, progress: _Progress) -> None:
    for name in subject.changed():
        progress.findings.append(
            Finding(name, "mutation", "the objective or the gradient function writes into this parameter")
        )


def _record(gauge: Gauge, progress: _Progress) -> Record:
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


def _verdicts(gauge: Gauge, progress: _Progress) -> tuple[Verdict, ...]:
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


def _verdict(leaf: Leaf, cases: list[tuple[Case, float]], progress: _Progress, unfinished: object) -> Verdict:
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
