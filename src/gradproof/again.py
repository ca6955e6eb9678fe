"""A changed gradient judged on the measurements of an earlier report, of this process or from a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gradproof.adapters.binding import bind
from gradproof.adapters.generators import untouched
from gradproof.errors import InputError
from gradproof.model import Outcome, Record
from gradproof.numerics.compare import Answer
from gradproof.probing.again import judge_again
from gradproof.probing.gauge import Gauge
from gradproof.probing.plan import plan
from gradproof.probing.remarks import AVERAGED, FINER, FROZEN
from gradproof.seam import Problem, Subject
from gradproof.settings import Settings


def rejudged(record: Record, problem: Problem | None, gradient: Any, params: Any) -> tuple[Record, Problem]:
    """Return the record of another gradient, and its problem; see ``Report.judge``."""
    if {FROZEN, AVERAGED} & set(record.notes):
        raise InputError(
            "The objective draws random numbers: a gradient must see the same draw, and cannot be judged afterwards.",
            hint="check it again",
        )
    if problem is None and params is None:
        raise InputError(
            "The report was read from a file, which holds no parameters.",
            expected="judge(gradient, params)",
            hint="pass the parameters at which it was made",
        )
    changed = replace(problem or Problem(_gone, None, None), gradient=gradient)
    if params is not None:
        changed = replace(changed, params=params)
    with untouched(changed):
        return judge_again(same_point(changed, record), record), changed


def measured(problem: Problem, record: Record, settings: Settings) -> Record | None:
    """Return the record of a problem on earlier measurements, or None if it must be measured afresh.

    The value at the point and one fresh direction are paid for, to make sure that the objective is the one that was
    measured. It must be measured afresh if it is not, or if a leaf cannot be judged on the old directions.

    Raises
    ------
    InputError
        If the parameters are others.
    """
    if {FROZEN, AVERAGED} & set(record.notes):
        return None
    with untouched(problem):
        found = judge_again(same_point(problem, record), record)
        subject = bind(problem, settings.replace(seed=record.settings.seed + 1))
        subject = (subject.finer() or subject) if FINER in record.notes else subject
        gauge = Gauge(subject, settings)
        fresh = gauge.look(plan(subject, settings)[0])
    if gauge.center != record.value or found.outcome is Outcome.INCONCLUSIVE:
        return None
    if (fresh.answer is Answer.AGREES) != (found.outcome is Outcome.CONSISTENT):
        return None
    return replace(found, evaluations=subject.evaluations)


def same_point(problem: Problem, record: Record) -> Subject:
    """Return the subject of a problem at the point of a record.

    Raises
    ------
    InputError
        If the parameters are others.
    """
    subject = bind(problem, record.settings)
    if subject.fingerprint != record.point:
        raise InputError(
            "The parameters are not those of the report.",
            expected="the same names, shapes, dtypes and bits",
            got=f"a fingerprint of {subject.fingerprint}, the report has {record.point}",
            hint="check afresh",
        )
    return (subject.finer() or subject) if FINER in record.notes else subject


def _gone(*_: Any) -> float:
    raise InputError("A report holds no objective.", hint="check afresh")
