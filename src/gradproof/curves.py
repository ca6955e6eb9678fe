"""Whole curves: the objective at many steps along the directions that are drawn, for who wants to see them."""

from __future__ import annotations

import math
from dataclasses import replace

from gradproof.adapters.generators import untouched
from gradproof.again import same_point
from gradproof.errors import InputError
from gradproof.model import Curve, Outcome, Record
from gradproof.probing.remarks import AVERAGED, FROZEN
from gradproof.reports.telling import telling
from gradproof.seam import Line, Problem

# From where rounding is all that is seen to the size of the parameters, two steps a decade.
STEPS = tuple(10.0 ** (k / 2.0) for k in range(-28, 1))
# Curves are for the eye.
MOST = 4
RANK = {Outcome.WRONG: 0, Outcome.INCONCLUSIVE: 1, Outcome.CONSISTENT: 2}


def traced(record: Record, problem: Problem | None) -> Record:
    """Return a record with curves along the directions that tell most; see ``Report.with_curves``."""
    if problem is None:
        raise InputError("The report was read from a file, which holds no objective.", hint="check it again")
    if AVERAGED in record.notes:
        raise InputError("The objective stays random: a curve of it would be noise.")
    chosen = telling(record)
    order = sorted(chosen, key=lambda i: (RANK[record.verdicts[i].outcome], i))
    numbers = list(dict.fromkeys(chosen[i] for i in order))[:MOST]
    with untouched(problem):
        subject = same_point(problem, record)
        if FROZEN in record.notes:
            subject.freeze()
        curves = tuple(Curve(k, _points(subject.along(record.measurements[k].probe))) for k in numbers)
    return replace(record, curves=curves)


def _points(line: Line) -> tuple[tuple[float, float, float], ...]:
    return tuple((t, _value(line, t), _value(line, -t)) for t in STEPS)


def _value(line: Line, t: float) -> float:
    low, high = line.reach
    return line(t) if low <= t <= high else math.nan
