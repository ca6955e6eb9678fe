"""The strata measured one after the other: a sample in full, a rule from it, all entries by it, and what departs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.exhaustive.choice import rule_of, widened
from gradproof.exhaustive.pieces import departs, surveyed, suspects, swept_by
from gradproof.exhaustive.rule import Rule, Swept
from gradproof.exhaustive.sheet import Sheet
from gradproof.exhaustive.single import Hint, Single, growth, hint_of, measure_single
from gradproof.exhaustive.strata import PART, Stratum, bounded, edges, numbers_of, room_of, strata
from gradproof.exhaustive.tray import Tray

# Entries measured in full: this share of the root of their number, by order, within these; smaller strata altogether.
SHARE, FEWEST, MOST = {2: 0.25, 4: 0.35}, 5, 16
# Of so many the noise is measured afresh, and the length of steps.
NOISY, LONG = 4, 3
# Departing entries are a stratum of their own if they are so many, which takes a third of what each by itself would;
# but strata are not split for ever.
SPLIT, DEEPEST = 16, 3
# The bias of one in so many entries is looked for at a longer step, of so many at most.
EACH, MANY = 12, 64
# About what one of them takes, and how many are looked at again at the end.
SINGLE, BATCH = 24, 8
# The rule may be wrong about this share of the sample before it is not believed.
MISSED = 0.25


@dataclass
class Sweep:
    """Measures all entries of a point and writes them down.

    Attributes
    ----------
    order
        Of the rule: 2 (two evaluations an entry) or 4 (four).
    seed
        Key of the samples.
    """

    tray: Tray
    sheet: Sheet
    order: int
    seed: int

    def run(self) -> None:
        """Measure everything; ends early with what is raised by a spent budget or an interruption."""
        tray = self.tray
        # About: bounds, and scales of their own, cost more, which is added where it is found.
        parts = (Stratum(0, block.theta[start : start + PART], block.theta[:0])
                 for block in tray.blocks for start in range(0, block.theta.size, PART))  # fmt: skip
        tray.meter.expected = tray.meter.evaluations + sum(map(self._expected, parts))
        for stratum in strata(tray):
            self._stratum(stratum, 0)
        for stratum in edges(tray):
            tray.meter.expected += (SINGLE - self.order) * stratum.size
            self._one_by_one(stratum)

    def _expected(self, stratum: Stratum) -> int:
        """Return about how many evaluations a stratum takes."""
        count = self._count(stratum)
        if stratum.size <= count:
            return SINGLE * stratum.size
        looked = 2 * self._looked(stratum) if self.order == 2 else 0
        return self.order * stratum.size + SINGLE * count + looked + 2 * BATCH

    def _count(self, stratum: Stratum) -> int:
        """Return how many entries of a stratum are measured in full."""
        return min(max(round(SHARE[self.order] * math.sqrt(stratum.size)), FEWEST), MOST)

    def _looked(self, stratum: Stratum) -> int:
        """Return of how many entries the bias is looked for at a longer step."""
        return min(max(stratum.size // EACH, FEWEST), MANY)

    def _one_by_one(self, stratum: Stratum, hint: Hint | None = None) -> list[Single]:
        found = []
        self.tray.expect({entry: room_of(self.tray, entry) for _, entry in numbers_of(stratum)})
        for _, entry in numbers_of(stratum):
            single = measure_single(self.tray, entry, hint)
            self.sheet.put_single(single)
            self.tray.meter.done += 1
            found.append(single)
        self.tray.meter.done = self.sheet.count
        return found

    def _stratum(self, stratum: Stratum, depth: int) -> None:
        """Measure a stratum; what departs from the rest becomes a stratum of its own, or is measured one by one."""
        count = self._count(stratum)
        if stratum.size <= count or depth > DEEPEST:
            self._one_by_one(stratum)
            return
        chosen = stratum.spread_out(count, self.seed)
        if not bounded(self.tray, stratum):
            stratum = stratum.longer(self._growth(stratum.chosen(chosen)))
        rule = rule_of(self._sample(stratum.chosen(chosen)), self.order)
        if rule is None:
            self.tray.meter.expected += SINGLE * stratum.size
            self._one_by_one(stratum)
            return
        rest = np.ones(stratum.size, dtype=bool)
        rest[chosen] = False
        swept, departing = self._ruled(stratum, rule, rest)
        others = stratum.spread_out(self._looked(stratum), self.seed + 1)
        wider = surveyed(self.tray, stratum, rule, swept, others[~departing[others]])
        left = stratum.chosen(departing)
        if SPLIT <= left.size < int(np.count_nonzero(rest)):
            self.tray.meter.expected += self._expected(left)
            self._stratum(left, depth + 1)
        else:
            self.tray.meter.expected += SINGLE * left.size
            self._one_by_one(left)
        numbers, known = self._known(stratum, np.flatnonzero(departing))
        wider = widened(wider, swept, numbers, known)
        if wider.bias > rule.bias:
            good = rest & ~departing
            self.sheet.put(stratum.chosen(good), swept.value[good], swept.error(wider)[good])

    def _known(self, stratum: Stratum, numbers: Array) -> tuple[Array, tuple[Array, Array]]:
        """Return which of some entries are smooth, and what the sheet says of them, per unit of their lengths."""
        reasons = self.sheet.reasons[stratum.block]
        smooth = np.array([int(place) not in reasons for place in stratum.places[numbers]], dtype=bool)
        numbers = numbers[smooth] if numbers.size else numbers
        places, lengths = stratum.places[numbers], stratum.lengths[numbers]
        value, error = self.sheet.values[stratum.block][places], self.sheet.errors[stratum.block][places]
        return numbers, (value * lengths, error * lengths)

    def _ruled(self, stratum: Stratum, rule: Rule, rest: Array) -> tuple[Swept, Array]:
        """Measure all entries by a rule; return what it says and which of them depart, those of the sample apart."""
        swept = swept_by(self.tray, self.sheet, stratum, rule, rest)
        if self._missed(stratum, rule, swept, rest) and not self.tray.copying:
            # An objective that knows its arrays by identity does not see that one has changed.
            self.tray.copying = True
            swept = swept_by(self.tray, self.sheet, stratum, rule, rest)
        if self._missed(stratum, rule, swept, rest):
            return swept, rest
        departing = departs(swept, rule) & rest
        return swept, departing | suspects(self.tray, stratum, rule, swept, rest & ~departing)

    def _missed(self, stratum: Stratum, rule: Rule, swept: Swept, rest: Array) -> bool:
        """Whether the rule contradicts the sample, on which it rests."""
        places, lengths = stratum.places[~rest], stratum.lengths[~rest]
        value = self.sheet.values[stratum.block][places] * lengths
        error = self.sheet.errors[stratum.block][places] * lengths
        off = np.abs(swept.value[~rest] - value) > swept.error(rule)[~rest] + error
        return int(np.count_nonzero(off)) > MISSED * places.size

    def _growth(self, sample: Stratum) -> int:
        """Return the exponent by which the steps of a stratum may be longer, judged by a few of its entries."""
        few = sample.spread_out(LONG, self.seed)
        entries = [sample.entry(int(number)) for number in few]
        self.tray.expect(dict.fromkeys(entries, (-math.inf, math.inf)))
        found = [growth(self.tray, entry) for entry in entries]
        return min((exponent for exponent in found if exponent is not None), default=0)

    def _sample(self, sample: Stratum) -> list[Single]:
        order = sample.spread_out(NOISY, self.seed)
        first = self._one_by_one(sample.chosen(order))
        others = np.setdiff1d(np.arange(sample.size), order)
        return first + self._one_by_one(sample.chosen(others), hint_of(first))
