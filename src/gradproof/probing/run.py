"""The whole sentence: a problem is asked by probes, measured, judged, explained, and gathered in a record."""

from __future__ import annotations

import math
from dataclasses import replace

from gradproof.errors import EvaluationLostError
from gradproof.model import Finding, Outcome, Proof, Reason, Record
from gradproof.probing.budget import BudgetSpentError
from gradproof.probing.descend import judge_stratum
from gradproof.probing.finer import FinerError, asking
from gradproof.probing.gauge import Gauge, Tick
from gradproof.probing.imitation import imitates
from gradproof.probing.judge import Case
from gradproof.probing.plan import Stratum, first_pass, plan
from gradproof.probing.progress import Progress, record_of
from gradproof.probing.remarks import FINER, remarks
from gradproof.probing.second import reconsidered
from gradproof.seam import ClaimFault, Subject
from gradproof.settings import Settings

UNCHOSEN = "the derivative of a branch that was not chosen, as in 0 * inf?"


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
    gauge.doubted = asking(gauge)
    progress = _begun(gauge)
    try:
        try:
            _examine(gauge, progress)
        except FinerError as found:
            gauge = found.gauge
            progress = _begun(gauge)
            progress.notes.append(FINER)
            _examine(gauge, progress)
    except BudgetSpentError:
        progress.notes.append("The budget was spent before everything was measured.")
    except EvaluationLostError as error:
        progress.notes.append(f"{error.message} ({error.where}) The check ended there.")
    except KeyboardInterrupt as stop:
        progress.notes.append("Interrupted before everything was measured.")
        stop.record = _finished(gauge, progress)  # type: ignore[attr-defined]
        raise
    return _finished(gauge, progress)


def _begun(gauge: Gauge) -> Progress:
    """Return what is known and planned before anything is measured."""
    subject = gauge.subject
    progress = Progress(findings=[Finding(f.leaf, f.kind, f.text, index=f.index) for f in subject.faults])
    progress.pending = list(plan(subject, gauge.settings))
    subject.expect(first_pass(progress.pending))
    return progress


def _examine(gauge: Gauge, progress: Progress) -> None:
    for k, fault in enumerate(gauge.subject.faults):
        progress.findings[k] = _measured(gauge, fault, progress.findings[k])
    _examine_all(gauge, progress)


def _finished(gauge: Gauge, progress: Progress) -> Record:
    """Return the record of what was decided, with what is to be said of the whole."""
    subject = gauge.subject
    _mention_mutations(subject, progress)
    progress.notes += subject.notes
    progress.notes += remarks(gauge)
    return record_of(gauge, progress)


def _examine_all(gauge: Gauge, progress: Progress) -> None:
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


def _without_wrong(progress: Progress) -> Stratum:
    """Return the next stratum without the leaves that are known to be wrong."""
    stratum = progress.pending[0]
    wrong = {case.leaf for case in progress.cases if case.outcome is Outcome.WRONG}
    leaves = {part.leaf for part in stratum.parts}
    return stratum.only(leaves - wrong) if leaves & wrong else stratum


def _say(gauge: Gauge, progress: Progress, case: Case) -> None:
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


def _mention_mutations(subject: Subject, progress: Progress) -> None:
    for name in subject.changed():
        progress.findings.append(
            Finding(name, "mutation", "the objective or the gradient function writes into this parameter")
        )
