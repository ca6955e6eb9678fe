"""Narrow parameters in doubt: the check begins anew on a copy in double precision, if the objective makes use of it.

Single precision leaves few steps between those that rounding hides and those that truncation or the next kink bends. A
copy shows the same function at the same point with nine more digits, unless the objective rounds all by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from gradproof.probe import Part, Probe
from gradproof.probing.budget import BudgetSpentError
from gradproof.probing.gauge import Gauge
from gradproof.seam import Subject

# A copy must give the value again, to the precision of the original.
SAME = {"float32": 1e-2, "float16": 1e-1}
# Values that are computed in double precision have no even part at steps so short, to this share of themselves: what
# is rounded to single precision moves by 2**-25 of itself, curvature by the square of the step.
STEPS = (2.0**-21, 1.1 * 2.0**-22)
EVEN = 2.0**-29
# Even parts that come so close to what curvature makes of them, as a share, are curvature.
CURVED = 1e-2
# Evaluations that the trial takes, two of them at the point.
TRIAL = 2 + 2 * len(STEPS)


class FinerError(Exception):
    """The check begins anew with another gauge; raised between evaluations, never out of the run."""

    def __init__(self, gauge: Gauge) -> None:
        super().__init__()
        self.gauge = gauge


def asking(gauge: Gauge) -> Callable[[], None] | None:
    """Return what raises ``FinerError`` when a gauge is first in doubt; None if nothing finer is to be had."""
    if not gauge.repeatable or all(leaf.dtype not in SAME for leaf in gauge.subject.leaves):
        return None

    def ask() -> None:
        gauge.doubted = None
        other = _tried(gauge)
        if other is not None:
            raise FinerError(other)

    return ask


def _tried(gauge: Gauge) -> Gauge | None:
    """Return a gauge in double precision, or None if the objective refuses it or makes no use of it."""
    subject = gauge.subject.finer()
    if subject is None or not gauge.budget.affords(subject, TRIAL):
        return None
    if subject.desk is not None:
        subject.desk.begin(subject)
    try:
        other = _another(gauge, subject)
        if _agree(gauge, other) and _is_smooth(other):
            return other
    except BudgetSpentError:
        raise
    except Exception:
        # It was written for one precision. What else is wrong with it shows in that.
        pass
    gauge.subject.evaluations = subject.evaluations
    if subject.desk is not None:
        subject.desk.begin(gauge.subject)
    return None


def _another(gauge: Gauge, subject: Subject) -> Gauge:
    """Return a gauge of another subject of the same check, which draws further directions."""
    other = Gauge(subject, gauge.settings, gauge.tick)
    other.budget, other.keys, other.frozen = gauge.budget, gauge.keys, gauge.frozen
    other.lost = abs(other.center - gauge.center) / (abs(other.center) or 1.0)
    return other


def _agree(gauge: Gauge, other: Gauge) -> bool:
    """Whether the values at the point are one but for rounding, and repeatable."""
    same = max(SAME.get(leaf.dtype, 0.0) for leaf in gauge.subject.leaves)
    return other.repeatable and abs(other.center - gauge.center) <= same * (abs(other.center) + abs(gauge.center))


def _is_smooth(gauge: Gauge) -> bool:
    """Whether the values change as those of double precision do, where all leaves move by very little."""
    subject = gauge.subject
    line = subject.along(Probe(gauge.fresh_key(), tuple(Part(i) for i, leaf in enumerate(subject.leaves) if leaf.size)))
    center = gauge.center
    even = [abs(line(step) - 2.0 * center + line(-step)) for step in STEPS]
    # What oscillates fast is curved even there; curvature goes with the square of the step, and rounding does not.
    expected = even[1] * (STEPS[0] / STEPS[1]) ** 2
    return max(even) <= EVEN * abs(center) or abs(even[0] - expected) <= CURVED * expected
