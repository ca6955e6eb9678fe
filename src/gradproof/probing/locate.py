"""Where in a wrong leaf: single entries, a row, column or block, or everywhere.

What is cheapest is asked first: one entry (two or three probes tell its index), a row or column (two more), then a few
entries by themselves (all wrong: the error is dense), then several entries, blocks, many entries.
"""

from __future__ import annotations

import math
from dataclasses import replace

from gradproof.numerics.compare import Answer
from gradproof.probe import Window
from gradproof.probing.aim import Aim, Amount, axis_of, whole_digit
from gradproof.probing.blocks import Block, find_blocks, ranges_of
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case, check_entries
from gradproof.probing.multiples import multiples
from gradproof.probing.reading import Reading
from gradproof.probing.scatter import Scatter
from gradproof.probing.search import Located, Search

# Entries that are measured by themselves, to see whether an error is everywhere, and to show it.
SAMPLED = 4
# A leaf of up to so many entries is measured entry by entry where its wrong ones are neither one nor a block.
ONE_BY_ONE = 64
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


def locate(gauge: Gauge, case: Case) -> Located:
    """Find the wrong entries or blocks of a leaf that was judged wrong."""
    gauge.phase = "entries"
    search = Search(gauge, case.stratum)
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
    search = Search(gauge, case.stratum)
    if not math.isfinite(expected):
        return None
    flat = Scatter(Aim(gauge, search.part, expected), math.prod(search.shape)).single()
    if flat is None:
        return None
    search.confirm([flat])
    return (flat, search.entries[flat]) if flat in search.entries and search.clean() else None


def _round(search: Search, expected: float) -> Located | None:
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
    few = search.gauge.subject.count(search.part) <= ONE_BY_ONE
    if few and search.bends:
        return _one_by_one(search)
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
    if few and not scatter.complete:
        return _one_by_one(search)
    scatter.run(SOME_SPLITS)
    if not scatter.apart:
        return search.located(rest="many")
    scatter.run(MOST_SPLITS)
    search.confirm(scatter.found)
    return None if scatter.complete else search.located(rest="many")


def _one_by_one(search: Search) -> Located:
    """Measure every entry by itself, which is no more than splitting costs where entries are few or at kinks."""
    known = search.entries.keys() | search.tried.keys()
    part = search.part
    search.confirm([flat for flat in search.gauge.subject.sample(part, ONE_BY_ONE) if flat not in known])
    wrong = {flat: reading for flat, reading in search.tried.items() if reading.answer is Answer.DISAGREES}
    if 2 * len(wrong | search.entries) > len(search.tried.keys() | search.entries.keys()):
        return search.located(rest="dense")
    search.entries |= wrong
    return search.located(rest="" if wrong or search.entries else "some")


def _with_multiples(search: Search) -> Located | None:
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


def _is_full(search: Search, block: Block) -> bool:
    """Whether a block is wrong in most places, and not in a few entries only."""
    if math.prod(stop - start for start, stop in ranges_of(block, search.shape)) == 1:
        return False
    inside = replace(search.part, windows=block)
    flats = search.gauge.subject.sample(inside, SAMPLED + 1)
    readings = dict(check_entries(search.gauge, search.stratum, flats))
    search.tried.update(readings)
    return all(reading.answer is Answer.DISAGREES for reading in readings.values())


def _share_wrong(search: Search) -> float:
    """Return the share of a sample's entries that are wrong."""
    flats = [flat for flat in search.gauge.subject.sample(search.part, SAMPLED) if flat not in search.tried]
    search.tried.update(check_entries(search.gauge, search.stratum, flats))
    wrong = sum(reading.answer is Answer.DISAGREES for reading in search.tried.values())
    return wrong / max(len(search.tried), 1)
