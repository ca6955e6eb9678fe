"""From readings to a verdict: one probe never accuses, and one disagreement never passes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gradproof.model import Outcome, Reason
from gradproof.numerics.compare import Answer
from gradproof.numerics.unrefuted import COARSE
from gradproof.probe import Part, Probe
from gradproof.probing.gauge import Gauge
from gradproof.probing.plan import Stratum
from gradproof.probing.reading import Reading

# Accused after two independent disagreements; what stays one against the rest after this many is undecided.
MOST_DRAWS = 5
ACCUSING = 2
# At a kink coordinates are probed one by one in parts of up to this many entries.
FEW_ENTRIES = 16
MIXED_DRAWS = 6
# Displaced points at which the slope of an entry is measured before its claim is called no subgradient.
NEARBY = 8
# The step of such a slope: a kink close by looks smooth from far away, so a hundredth of the displacement.
NEAR = 1e-7
# Slopes this close, as a share of the jump between one-sided slopes, are one.
SHARE = 1e-2


@dataclass(frozen=True, slots=True)
class Case:
    """What was decided about the parts of a stratum, and the readings it rests on."""

    stratum: Stratum
    outcome: Outcome
    reason: Reason | None
    readings: tuple[Reading, ...]

    @property
    def leaf(self) -> int:
        """The leaf of the first part."""
        return self.stratum.parts[0].leaf

    @property
    def radius(self) -> float:
        """How far the truth may be from the claim along the probes, at most."""
        return max((reading.comparison.radius for reading in self.readings), default=float("inf"))


def settle(gauge: Gauge, stratum: Stratum, readings: tuple[Reading, ...] = ()) -> Case:
    """Draw probes until the stratum is decided as a whole.

    Wrong after two independent disagreements; consistent only if every probe agrees; inconclusive if a probe cannot
    see, or if a lone disagreement is not repeated within ``MOST_DRAWS``.
    """
    while True:
        case = decide(stratum, readings)
        if case is not None:
            break
        # One thorough reading shows that a function is smooth; the next ones are there to be independent. Where values
        # are coarse it does not: along another direction there may be another kink.
        smooth = any(r.answer is Answer.DISAGREES and r.comparison.reason is None for r in readings)
        thorough = gauge.subject.epsilon > COARSE or not smooth
        if readings:
            gauge.coming([stratum])
        readings += (gauge.read(stratum) if thorough else gauge.look(stratum),)
    if case.reason is Reason.KINK and case.outcome is not Outcome.CONSISTENT:
        return _at_kink(gauge, case)
    return case


def decide(stratum: Stratum, readings: tuple[Reading, ...]) -> Case | None:
    """Return the case if the readings decide it, else None: draw another."""
    answers = [reading.answer for reading in readings]
    against = answers.count(Answer.DISAGREES)
    unclear = [reading.comparison.reason for reading in readings if reading.answer is Answer.UNCLEAR]
    doubtful = [r for r in readings if r.answer is not Answer.AGREES]
    kinked = any(r.comparison.reason is Reason.KINK for r in doubtful)
    if kinked and len(doubtful) >= ACCUSING:
        return Case(stratum, Outcome.INCONCLUSIVE, Reason.KINK, readings)
    if against >= ACCUSING:
        return Case(stratum, Outcome.WRONG, None, readings)
    if unclear and (len(unclear) >= ACCUSING or (against == 0 and len(readings) >= stratum.probes)):
        return Case(stratum, Outcome.INCONCLUSIVE, unclear[0], readings)
    if against == 0 and not unclear and len(readings) >= stratum.probes:
        return Case(stratum, Outcome.CONSISTENT, None, readings)
    if len(readings) >= MOST_DRAWS:
        reason = Reason.KINK if kinked else Reason.DISAGREEMENT
        return Case(stratum, Outcome.INCONCLUSIVE, reason, readings)
    return None


def single_entries(gauge: Gauge, stratum: Stratum) -> list[Stratum]:
    """Return the strata of the single entries that a stratum of one part chooses."""
    part = stratum.parts[0]
    stop = gauge.subject.leaves[part.leaf].size if part.stop < 0 else part.stop
    singles = [replace(part, start=i, stop=i + 1, weight=1.0, ramp=None) for i in range(part.start, stop)]
    return [entry_stratum(gauge, stratum, single) for single in singles if gauge.subject.count(single)]


def entry_stratum(gauge: Gauge, stratum: Stratum, single: Part) -> Stratum:
    """Return the stratum of a part that chooses one entry.

    Its unit is the entry's own contribution, but no less than a thousandth of a typical entry's: what an optimiser
    would not notice is not worth an accusation.
    """
    own = gauge.subject.contribution(single)
    if stratum.zero:
        return replace(stratum, parts=(single,), units=stratum.units[:1], probes=1)
    count = max(gauge.subject.count(stratum.parts[0]), 1)
    typical = stratum.units[0] / math.sqrt(count)
    return replace(stratum, parts=(single,), units=(max(own, 1e-3 * typical),), probes=1)


def check_entry(gauge: Gauge, stratum: Stratum, flat: int) -> Reading:
    """Probe one entry by itself; thoroughly where short steps have contradicted long ones, and at a kink of its own."""
    return gauge.check(_entry(gauge, stratum, flat))


def check_entries(gauge: Gauge, stratum: Stratum, flats: Iterable[int]) -> Iterator[tuple[int, Reading]]:
    """Probe entries one by one."""
    singles = {flat: _entry(gauge, stratum, flat) for flat in flats}
    gauge.coming(singles.values())
    return ((flat, gauge.check(single)) for flat, single in singles.items())


def _entry(gauge: Gauge, stratum: Stratum, flat: int) -> Stratum:
    single = replace(stratum.parts[0], start=flat, stop=flat + 1, weight=1.0, ramp=None)
    return entry_stratum(gauge, stratum, single)


def _is_simple(gauge: Gauge, reading: Reading) -> bool:
    """Whether an entry has the same one or two slopes at all points nearby.

    Only then must a subgradient lie between its one-sided slopes: where several kinks meet, with signs of their own,
    the gradients beside the point have others as well.
    """
    estimate = reading.measurement.estimate
    if estimate.left is None or estimate.right is None:
        return True
    gap = abs(estimate.left.value - estimate.right.value)
    ends = (estimate.left, estimate.right)
    for key in range(NEARBY):
        slope, error = _slope_aside(gauge, reading.measurement.probe, key)
        if error > SHARE * gap or all(abs(slope - end.value) > SHARE * gap + end.error for end in ends):
            return False
    return True


def _slope_aside(gauge: Gauge, probe: Probe, key: int) -> tuple[float, float]:
    """Return the slope along a probe from a point displaced at random by very little, and its error."""
    value = gauge.within_budget(gauge.subject.aside(probe, key))
    noise = 0.0 if math.isnan(gauge.noise) else gauge.noise
    return (value(NEAR) - value(-NEAR)) / (2.0 * NEAR), noise / NEAR


def _at_kink(gauge: Gauge, case: Case) -> Case:
    """Probe coordinates one by one: kinks may cancel along a direction, and hide its smooth rest.

    A claim outside the interval between an entry's own one-sided slopes is no subgradient.
    """
    part = case.stratum.parts[0]
    if len(case.stratum.parts) > 1 or gauge.subject.count(part) > FEW_ENTRIES:
        return case
    singles = single_entries(gauge, case.stratum)
    gauge.coming(singles)
    readings = tuple(gauge.read(single) for single in singles)
    against = [reading for reading in readings if reading.answer is Answer.DISAGREES]
    invalid = tuple(reading for reading in against if _is_simple(gauge, reading))
    if invalid:
        # Of the entries only these are known to be wrong: they are what is told, with both their slopes.
        gauge.bent = True
        return Case(case.stratum, Outcome.WRONG, Reason.KINK, case.readings + invalid)
    if against:
        return case
    # The coordinates alone do not make a subgradient: (1, 1) is none of max(x, y) at a tie.
    gauge.coming([case.stratum] * MIXED_DRAWS)
    mixed = case.readings + tuple(gauge.read(case.stratum) for _ in range(MIXED_DRAWS))
    outside = any(reading.answer is Answer.DISAGREES for reading in mixed)
    if not outside and all(reading.answer is Answer.AGREES for reading in readings):
        return Case(case.stratum, Outcome.CONSISTENT, Reason.KINK, readings)
    return case
