"""A target judged as the command was asked to: afresh, on old measurements, at several points, with faults planted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from gradproof.adapters.imported import module_of
from gradproof.adapters.target import params_of, problem_of, terms_of
from gradproof.api import check_with_progress, judged_on
from gradproof.commands.source import circumstances
from gradproof.console import complain, is_own, prints_to_stderr, progress, user_traceback
from gradproof.errors import GradproofError, InputError
from gradproof.model import Outcome, outcome_of
from gradproof.notebook import Tick
from gradproof.points import check_points
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings

EXIT = {Outcome.CONSISTENT: 0, Outcome.WRONG: 1, Outcome.INCONCLUSIVE: 3}
UNUSABLE = 2


def judge(target: str, files: dict[str, Any], settings: Settings) -> tuple[list[Report], int]:
    """Check one target, all its terms if it has some; what makes it unusable is told, and the others go on."""
    try:
        with prints_to_stderr(), progress(target) as tick:
            reports = _judged(target, files, settings, tick)
    except GradproofError as error:
        if error.__cause__ is not None:
            complain(user_traceback(error.__cause__))
        complain(str(error))
        return [], UNUSABLE
    except (Exception, SystemExit) as error:
        # A user's sys.exit(0) must not look like a verdict.
        if is_own(error):
            raise
        complain(user_traceback(error))
        complain(f"{target} raised {type(error).__name__}: nothing could be judged.")
        return [], UNUSABLE
    told = [
        replace(report, record=replace(report.record, run={**report.record.run, **circumstances(report.problem, name)}))
        for name, report in reports.items()
    ]
    return told, EXIT[outcome_of(report.outcome for report in told)]


def _judged(target: str, files: dict[str, Any], settings: Settings, tick: Tick | None) -> dict[str, Report]:
    module, name = module_of(target)
    terms = terms_of(target, module, name)
    if terms is not None:
        return _termwise(target, terms, files, settings)
    problem = problem_of(target, module, name, files["stored"])
    if files["points"] is not None:
        return {target: _at_points(problem, files["points"], settings)}
    return {target: _checked(problem, files["measured"], settings, tick)}


def _termwise(target: str, found: Any, files: dict[str, Any], settings: Settings) -> dict[str, Report]:
    """Return the reports of each term and of their sum, with a note on what drowns in it."""
    from gradproof.terms import SUM, check_terms

    asked = [f"--{option}" for option in ("points", "measured") if files[option] is not None]
    if asked:
        raise InputError("Terms are judged afresh, at the given point.", got=" and ".join(asked), where=target)
    terms, params, args = found
    params = params if files["stored"] is None else params_of(files["stored"], params)
    group = check_terms(terms, params, args=args, settings=settings)
    total = group.reports[SUM]
    noted = replace(total, record=replace(total.record, notes=(*total.record.notes, *group.warnings)))
    return {f"{target} ({name})": report for name, report in {**group.reports, SUM: noted}.items()}


def _checked(problem: Problem, measured: Path | None, settings: Settings, tick: Tick | None) -> Report:
    """Check a problem, on the measurements of an earlier report where that can be done."""
    report = None if measured is None else judged_on(Report.load(measured), problem, settings)
    return check_with_progress(problem, settings, tick) if report is None else report


def _at_points(problem: Problem, points: int, settings: Settings) -> Report:
    """Return the worst report of the given point and of others drawn around it, with a note on all of them."""
    drawn = check_points(problem, points, settings=settings)
    right = sum(found.outcome is Outcome.CONSISTENT for found in drawn.reports.values())
    place = next(name for name, found in drawn.reports.items() if found is drawn.worst)
    report = drawn.worst
    note = f"Checked at {len(drawn.reports)} points, consistent at {right}; this is {place}."
    return replace(report, record=replace(report.record, notes=(*report.record.notes, note)))


def _self_tested(report: Report) -> Report:
    """Return the report with notes on which planted mistakes would be caught."""
    try:
        planted = report.self_test()
    except GradproofError as error:
        notes = [f"No mistakes were planted. {error.message}"]
    else:
        notes = ["Mistakes planted into this gradient, judged on the measurements made for it:", *map(str, planted)]
    return replace(report, record=replace(report.record, notes=(*report.record.notes, *notes)))


def _traced(report: Report) -> Report:
    """Return the report with whole curves, or with a note on why there are none."""
    try:
        return report.with_curves()
    except GradproofError as error:
        notes = (*report.record.notes, f"No curves were drawn. {error.message}")
        return replace(report, record=replace(report.record, notes=notes))


def finished(report: Report, show: dict[str, Any]) -> Report:
    """Return the report with what was asked for besides: planted mistakes, whole curves."""
    report = _self_tested(report) if show["self_test"] else report
    return _traced(report) if show["curve"] else report
