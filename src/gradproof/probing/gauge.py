"""Measuring one probe: from six evaluations that agree to the full scrutiny of those that do not."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace

from gradproof.model import Estimate, Measurement, Reason
from gradproof.numerics.compare import Answer, Comparison, Demand, compare, contradicted
from gradproof.numerics.noise import measure_noise
from gradproof.numerics.precise import refine
from gradproof.numerics.quick import start
from gradproof.numerics.rough import jumps_at_center, nothing_left
from gradproof.numerics.samples import Samples
from gradproof.numerics.scrutiny import bends, scrutinise
from gradproof.numerics.unrefuted import unrefuted
from gradproof.numerics.walk import Walk
from gradproof.probe import Part, Probe
from gradproof.probing.budget import Budget
from gradproof.probing.plan import Stratum
from gradproof.probing.reading import Reading
from gradproof.seam import Line, Subject
from gradproof.settings import Settings

Tick = Callable[[int, str], None]

UNSEEN = Comparison(Answer.UNCLEAR, math.nan, math.inf)


class Gauge:
    """Measures probes of one subject, and keeps what they have in common: value, noise, budget, counts.

    ``tick`` is called with (evaluations so far, phase) before each probe.
    """

    def __init__(self, subject: Subject, settings: Settings, tick: Tick | None = None) -> None:
        self.subject = subject
        self.settings = settings
        self.phase = "noise"
        self.measurements: list[Measurement] = []
        self.steps_behind: float | None = None  # a claim was found to be of that point
        self.bent = False  # short steps have contradicted long ones: few evaluations show nothing then
        self.lost = 0.0  # of the value at the point, as a share, in the parameters' own precision where it is known
        self.tick = tick
        self.keys = 0
        self._noise: float | None = None
        self.budget = Budget(settings)
        self.doubted: Callable[[], None] | None = (
            None  # called before the first reading that does not agree is scrutinised
        )
        self.center = subject.value()
        # Before anything else: is it a function at all?
        self.spread = abs(subject.value() - self.center) if self.budget.evaluations > 1 else 0.0
        self.frozen = self.spread != 0.0 and subject.freeze()
        if self.frozen:
            self._again()
        if self.spread != 0.0 and settings.draws > 1:
            subject.average(settings.draws)
            self._again()
        if self.spread != 0.0 or subject.calls > 1:
            subject.stay()

    def _again(self) -> None:
        self.center = self.subject.value()
        self.spread = abs(self.subject.value() - self.center)

    @property
    def repeatable(self) -> bool:
        """Whether two evaluations at the point gave the same value."""
        return self.spread == 0.0

    @property
    def noise(self) -> float:
        """Half-width of the noise of one value (NaN before it was measured)."""
        return math.nan if self._noise is None else self._noise

    def fresh_key(self) -> int:
        """Return the key of a direction that was not used for anything yet."""
        self.keys += 1
        return self.keys - 1

    def coming(self, strata: Iterable[Stratum]) -> None:
        """Hear that these will be measured next, each along a fresh direction: elsewhere they may be begun at once."""
        self.subject.expect(tuple(Probe(self.keys + k, stratum.parts) for k, stratum in enumerate(strata)))

    def look(self, stratum: Stratum) -> Reading:
        """Measure the stratum along a fresh direction from few evaluations; only agreement means anything."""
        return self._keep(self._first(stratum)[0])

    def read(self, stratum: Stratum) -> Reading:
        """Measure the stratum along a fresh direction; what does not agree is fully scrutinised."""
        return self._keep(self._scrutinised(stratum, *self._first(stratum)))

    def check(self, stratum: Stratum) -> Reading:
        """Measure the stratum from few evaluations, and fully where these show a kink or others were misled."""
        reading, walk = self._first(stratum)
        if self.bent or (reading.answer is Answer.DISAGREES and bends(walk)):
            reading = self._scrutinised(stratum, reading, walk)
        return self._keep(reading)

    def _scrutinised(self, stratum: Stratum, reading: Reading, walk: Walk) -> Reading:
        # Where short steps contradict long ones, the slope of long ones is small: it may agree with zero by chance.
        if reading.answer is not Answer.AGREES or (stratum.zero and self.bent):
            if self.doubted is not None:
                self.doubted()
            # The noise afresh along this very direction, before anything is called wrong.
            walk.noise = max(walk.noise, measure_noise(walk.samples, walk.room, walk.samples.resolved))
            quick, reading = reading.measurement.estimate, self._compared(stratum, reading, walk, scrutinise(walk))
            self.bent |= contradicted(quick, reading.measurement.estimate)
        if reading.answer is Answer.DISAGREES and self._unseen(walk, reading.measurement):
            comparison = replace(reading.comparison, answer=Answer.UNCLEAR, reason=Reason.ROUGH)
            reading = Reading(reading.measurement, comparison)
        return reading

    def _unseen(self, walk: Walk, said: Measurement) -> bool:
        """Whether a claim may be right on scales that no step reaches: where the objective is chaotic."""
        chaotic = self.repeatable and nothing_left(walk.samples, walk.noise)
        return chaotic or unrefuted(walk, said.claimed, said.estimate)

    def glance(self, part: Part, key: int, wanted: tuple[float, float]) -> tuple[float, float]:
        """Return the discrepancy along a part of a shared draw, and its error; ``wanted`` is (share, floor).

        More than six evaluations are spent if the error is above both ``share * |discrepancy|`` and ``floor``.
        """
        probe = Probe(key, (part,))
        line = self._along(probe)
        walk = self._walk(line)
        estimate = walk.estimate()
        share, floor = wanted
        distance = abs(line.claimed - estimate.value)
        # What may be zero is measured to the floor, what is not as its own size demands.
        enough = share * distance if distance > 3.0 * estimate.error else floor
        if not estimate.error <= enough:
            refine(walk)
            estimate = walk.estimate()
        self.measurements.append(Measurement(probe, line.claimed, estimate, line.claimed_error))
        return line.claimed - estimate.value, estimate.error

    def slope(self, line: Line) -> Estimate:
        """Return the derivative along a line that belongs to no stratum."""
        refine(walk := self._walk(line))
        return walk.estimate()

    def sharpen(self, reading: Reading, wanted: float) -> Reading:
        """Measure a direction again if its error is above ``wanted``, as precisely as the noise allows."""
        before = reading.measurement
        if before.estimate.error <= wanted:
            return reading
        line = self._along(before.probe)
        after = replace(before, claimed=line.claimed, estimate=self.slope(line))
        self.measurements.append(after)
        return Reading(after, reading.comparison)

    def _along(self, probe: Probe) -> Line:
        if self.tick is not None:
            self.tick(self.subject.evaluations, self.phase)
        return self.subject.along(probe)

    def _walk(self, line: Line) -> Walk:
        samples = Samples(self.within_budget(line), self.subject.epsilon, self.center, line.rounding)
        walk = Walk(samples, self._noise, line.reach)
        if self._noise is None and walk.defined:
            self._noise = max(walk.noise, self.spread)
        walk.noise = max(walk.noise, self.spread)
        start(walk)
        return walk

    def within_budget(self, line: Callable[[float], float]) -> Callable[[float], float]:
        """Return a function of the objective that raises ``BudgetSpentError`` instead of an evaluation too many."""
        return self.budget.guarded(self.subject, line)

    def _demand(self, stratum: Stratum, measurement: Measurement) -> Demand:
        unit = stratum.unit
        if stratum.zero:
            # An error matters if it is visible beside the objective; beside one that is zero, if it is a normal number.
            unit = max(unit, measurement.estimate.scale, abs(self.center), sys.float_info.min)
        bar = self.settings.resolution * unit
        part = stratum.parts[0]
        alone = len(stratum.parts) == 1 and 1 in (part.stop - part.start, self.subject.leaves[part.leaf].size)
        # What an averaged claim leaves open is no mistake; and if it is too much, agreement means nothing.
        tolerance = stratum.tolerance + measurement.claimed_error
        return Demand(tolerance, max(bar, 2.0 * stratum.tolerance), math.inf if alone else bar)

    def _first(self, stratum: Stratum) -> tuple[Reading, Walk]:
        """Return what few levels along a fresh direction say, and the walk to go on with."""
        probe = Probe(self.fresh_key(), stratum.parts)
        line = self._along(probe)
        walk = self._walk(line)
        measurement = Measurement(probe, line.claimed, walk.estimate(), line.claimed_error)
        reading = self._compared(stratum, Reading(measurement, UNSEEN), walk, measurement.estimate)
        if reading.answer is Answer.UNCLEAR:
            refine(walk)
            reading = self._compared(stratum, reading, walk, walk.estimate())
        return reading, walk

    def _compared(self, stratum: Stratum, reading: Reading, walk: Walk, estimate: Estimate) -> Reading:
        measurement = replace(reading.measurement, estimate=estimate)
        comparison = compare(measurement.claimed, estimate, self._demand(stratum, measurement))
        if estimate.reason is None and jumps_at_center(walk.samples):
            return Reading(measurement, replace(comparison, answer=Answer.UNCLEAR, reason=Reason.ROUGH))
        if comparison.reason is Reason.NOISE and walk.cramped:
            # Noise alone would be no obstacle if steps could be longer.
            comparison = replace(comparison, reason=Reason.DOMAIN)
        return Reading(measurement, comparison)

    def _keep(self, reading: Reading) -> Reading:
        self.measurements.append(reading.measurement)
        # What is random has jumps everywhere.
        if reading.comparison.reason not in (Reason.NOISE, Reason.ROUGH) or self.repeatable:
            return reading
        return Reading(reading.measurement, replace(reading.comparison, reason=Reason.NOT_REPEATABLE))
