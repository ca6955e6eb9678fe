"""Where in a wrong leaf: single entries, a row, column or block, or everywhere.

What is cheapest is asked first: one entry (two or three probes tell its index), a row or column (two more), then a few
entries by themselves (all wrong: the error is dense), then several entries, blocks, many entries.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from gradproof.model import Finding
from gradproof.numerics.compare import Answer
from gradproof.probe import Part, Window
from gradproof.probing.aim import Aim, Amount, axis_of, whole_digit
from gradproof.probing.blocks import Block, find_blocks, ranges_of
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case, check_entry
from gradproof.probing.multiples import multiples
from gradproof.probing.plan import Stratum
from gradproof.probing.reading import Reading
from gradproof.probing.scatter import Scatter

# Entries that are measured by themselves, to see whether an error is everywhere, and to show it.
SAMPLED = 4
# Splits before blocks are tried (about eight entries), after which one entry must stand alone (about a hundred), and in
# all.
FEW_SPLITS, SOME_SPLITS, MOST_SPLITS = 12, 30, 150
# With so many entries apart by then the others are scattered too.
PROMISING = 2
# With this share of a sample wrong, more entries than that are not enumerated.
OFTEN = 0.5
TOO_MANY = 100
# A search that leaves something is repeated on the rest, with another draw.
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Located:
    """Where a leaf is wrong.

    Attributes
    ----------
    entries
        Single entries, each confirmed by a probe of its own.
    blocks
        Windows along the axes; everything outside them agrees.
    tried
        Entries that were measured by themselves besides.
    rest
        What may be wrong besides: "dense" (the error is everywhere), "many" (more entries than could be told apart),
        "some" (a search that did not end), "not finite", or "".
    whole
        What is to be said of all that is wrong, where factors are whole but differ by entry.
    """

    entries: tuple[tuple[int, Reading], ...] = ()
    blocks: tuple[Block, ...] = ()
    tried: tuple[tuple[int, Reading], ...] = ()
    rest: str = ""
    whole: Finding | None = None


@dataclass
class _Search:
    """What is known so far."""

    gauge: Gauge
    stratum: Stratum
    entries: dict[int, Reading] = field(default_factory=dict)
    tried: dict[int, Reading] = field(default_factory=dict)

    @property
    def part(self) -> Part:
        """The part, without what was found."""
        return replace(self.stratum.parts[0], ramp=None, without=tuple(sorted(self.entries)))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.gauge.subject.leaves[self.stratum.parts[0].leaf].shape

    def confirm(self, flats: list[int]) -> None:
        """Probe candidates one by one and keep those that are wrong."""
        for flat in flats:
            reading = check_entry(self.gauge, self.stratum, flat)
            (self.entries if reading.answer is Answer.DISAGREES else self.tried)[flat] = reading

    def clean(self) -> bool:
        """Whether everything but the entries found agrees."""
        if self.gauge.subject.count(self.part) == 0:
            return True
        return self.gauge.look(replace(self.stratum, parts=(self.part,))).answer is Answer.AGREES

    def located(self, blocks: list[Block] | None = None, rest: str = "") -> Located:
        return Located(
            tuple(sorted(self.entries.items())), tuple(blocks or ()), tuple(sorted(self.tried.items())), rest
        )


def locate(gauge: Gauge, case: Case) -> Located:
    """Find the wrong entries or blocks of a leaf that was judged wrong."""
    gauge.phase = "entries"
    search = _Search(gauge, case.stratum)
    expected = max((abs(reading.discrepancy) for reading in case.readings), default=math.nan)
    if not math.isfinite(expected):
        return search.located(rest="not finite")
    for _ in range(ROUNDS):
        found = _round(search, expected)
        if found is not None:
            return found
        if search.clean():
            return search.located()
    return search.located(rest="some")


def locate_single(gauge: Gauge, case: Case) -> tuple[int, Reading] | None:
    """Return the only wrong entry of a leaf, or None if it has several."""
    gauge.phase = "entries"
    expected = max((abs(r.discrepancy) for r in case.readings if math.isfinite(r.discrepancy)), default=math.nan)
    search = _Search(gauge, case.stratum)
    if not math.isfinite(expected):
        return None
    flat = Scatter(Aim(gauge, search.part, expected), math.prod(search.shape)).single()
    if flat is None:
        return None
    search.confirm([flat])
    return (flat, search.entries[flat]) if flat in search.entries and search.clean() else None


def _round(search: _Search, expected: float) -> Located | None:
    """Look for what is wrong with one draw; None once candidates were confirmed and the rest is to be looked at."""
    aim = Aim(search.gauge, search.part, expected)
    scatter = Scatter(aim, math.prod(search.shape))
    if scatter.single() is not None:
        search.confirm(scatter.found)
        return None
    block = _common(aim, search.shape, scatter.root.total)
    if block and _is_all(aim, block, scatter.root.total) and _is_full(search, block):
        return search.located([block])
    share = _share_wrong(search)
    if share == 1.0:
        return _with_multiples(search) or search.located(rest="dense")
    if share == 0.0:
        scatter.run(FEW_SPLITS)
    if share > 0.0 or (not scatter.complete and scatter.apart < PROMISING):
        blocks = find_blocks(aim, search.shape, scatter.root.total)
        if blocks is not None and all(_is_full(search, found) for found in blocks):
            return search.located(blocks)
    whole = _with_multiples(search) if share > 0.0 else None
    if whole is not None:
        return whole
    if share >= OFTEN and share * math.prod(search.shape) > TOO_MANY:
        return search.located(rest="many")
    scatter.run(SOME_SPLITS)
    if not scatter.apart:
        return search.located(rest="many")
    scatter.run(MOST_SPLITS)
    search.confirm(scatter.found)
    return None if scatter.complete else search.located(rest="many")


def _with_multiples(search: _Search) -> Located | None:
    """Return what is known if factors are whole but differ by entry."""
    whole = multiples(search.gauge, search.stratum, search.tried)
    return None if whole is None else replace(search.located(rest="dense"), whole=whole)


def _common(aim: Aim, shape: tuple[int, ...], total: Amount) -> Block:
    """Return the axes along which all that is wrong has one index."""
    if len(shape) < 2:
        return ()
    axes = [axis_of(shape, axis) for axis in range(len(shape)) if shape[axis] > 1]
    weighted = aim.sums(axes).digits
    digits = [(digit, whole_digit(total, amount, digit.base)) for digit, amount in zip(axes, weighted, strict=True)]
    return tuple(Window(digit, value, value + 1) for digit, value in digits if value is not None)


def _is_all(aim: Aim, block: Block, total: Amount) -> bool:
    """Whether nothing is wrong outside a block."""
    rest = total - aim.total(windows=block)
    return abs(rest.value) <= 1e-6 * abs(aim.expected) + 2.0 * rest.error


def _is_full(search: _Search, block: Block) -> bool:
    """Whether a block is wrong in most places, and not in a few entries only."""
    if math.prod(stop - start for start, stop in ranges_of(block, search.shape)) == 1:
        return False
    inside = replace(search.part, windows=block)
    flats = search.gauge.subject.sample(inside, SAMPLED + 1)
    readings = {flat: check_entry(search.gauge, search.stratum, flat) for flat in flats}
    search.tried.update(readings)
    return all(reading.answer is Answer.DISAGREES for reading in readings.values())


def _share_wrong(search: _Search) -> float:
    """Return the share of a sample's entries that are wrong."""
    for flat in search.gauge.subject.sample(search.part, SAMPLED):
        if flat not in search.tried:
            search.tried[flat] = check_entry(search.gauge, search.stratum, flat)
    wrong = sum(reading.answer is Answer.DISAGREES for reading in search.tried.values())
    return wrong / max(len(search.tried), 1)
