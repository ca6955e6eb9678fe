"""A rule applied to the entries of a stratum, piece by piece, and the entries that depart from what it assumes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.exhaustive.choice import better_known
from gradproof.exhaustive.rule import Rule, Swept, applied
from gradproof.exhaustive.sheet import Sheet
from gradproof.exhaustive.strata import Stratum
from gradproof.exhaustive.tray import Tray

# Entries between two looks at whether the objective writes into its arrays.
PIECE = 4096
# The most suspicious entries are looked at again in batches, at a step so many times shorter, until a batch is clean.
BATCH, CLOSER = 8, 4.0
# The bias is looked for at a step so many times longer, if it is no longer than that; and the share by which a smooth
# second difference may miss its square.
FARTHER, LONGEST, BENT = 8.0, 0.5, 0.5
# The arithmetic of the parameters may make a step this much longer or shorter.
DISTORTED = 1.5


def swept_by(tray: Tray, sheet: Sheet, stratum: Stratum, rule: Rule, wanted: Array) -> Swept:
    """Measure all entries of a stratum by a rule; what does not depart is written down, also if it ends early.

    ``wanted`` are those to be written: the others are known better.
    """
    points, gaps = _points(tray, stratum, rule)
    raw = np.full(points.shape, np.nan)
    try:
        for start in range(0, stratum.size, PIECE):
            piece = slice(start, start + PIECE)
            tray.fill(raw[piece], stratum.block, stratum.places[piece], points[piece])
            if not tray.copying and tray.mended():
                tray.fill(raw[piece], stratum.block, stratum.places[piece], points[piece])
    finally:
        swept = applied(rule, raw, gaps, tray.center)
        good = wanted & ~departs(swept, rule)
        sheet.put(stratum.chosen(good), swept.value[good], swept.error(rule)[good])
    return swept


def _points(tray: Tray, stratum: Stratum, rule: Rule) -> tuple[Array, Array]:
    """Return by what each entry is replaced, and how far that is from it, in units of length."""
    home = tray.blocks[stratum.block].theta[stratum.places]
    wide = np.result_type(home.dtype, np.float64)
    points, gaps = [], []
    for factor in rule.factors:
        for sign in (1.0, -1.0):
            moved = (home + sign * factor * rule.step * stratum.lengths).astype(home.dtype)
            points.append(moved)
            # In double precision at least: a difference of single ones is rounded where the step is longer than home.
            gap = sign * (moved.astype(wide) - home.astype(wide)).astype(np.float64) / stratum.lengths
            ratio = gap / (factor * rule.step)
            gaps.append(np.where((ratio > 1.0 / DISTORTED) & (ratio < DISTORTED), gap, np.nan))
    return np.stack(points, axis=1), np.stack(gaps, axis=1)


def departs(swept: Swept, rule: Rule) -> Array:
    """Return which entries are not finite, not of the size of the sample, or not moved by the step."""
    return ~(np.isfinite(swept.value) & np.isfinite(swept.error(rule)) & (swept.size <= rule.most))


def suspects(tray: Tray, stratum: Stratum, rule: Rule, swept: Swept, among: Array) -> Array:
    """Return which entries contradict themselves at a shorter step; those that look most like kinks are asked first.

    A kink within the step spoils slope and second difference alike, so an entry without a large second difference has
    none that matters.
    """
    closer = replace(rule, order=2, step=rule.step / CLOSER)
    # Of one step, the bias at the shorter one is part of the bar; of two, it is that of the third derivative.
    bias = swept.size * closer.step**2 if rule.order == 4 else 0.0 * swept.size
    allowed = swept.error(rule) + bias + closer.noise / closer.step
    even = np.abs(swept.even)
    suspicion = [even, even / (np.abs(swept.value) * rule.step + rule.noise)]
    orders = [list(np.flatnonzero(among)[np.argsort(keys[among])]) for keys in suspicion]
    found = np.zeros(stratum.size, dtype=bool)
    looked: set[int] = set()
    while any(orders):
        batch: list[int] = []
        while len(batch) < BATCH and any(orders):
            for order in orders:
                number = int(order.pop()) if order else -1
                if number >= 0 and number not in looked:
                    looked.add(number)
                    batch.append(number)
        if not batch:
            break
        numbers = np.array(batch)
        again = _again(tray, stratum.chosen(numbers), closer)
        contradicted = ~(np.abs(again - swept.value[numbers]) <= allowed[numbers])
        found[numbers[contradicted]] = True
        if not contradicted.any():
            break
    return found


def surveyed(tray: Tray, stratum: Stratum, rule: Rule, swept: Swept, numbers: Array) -> Rule:
    """Return the rule with bars for the bias of more entries than were measured in full.

    A step so many times longer shows a bias that noise hides at the step of the rule; two evaluations an entry.
    """
    farther = replace(rule, step=rule.step * FARTHER)
    if rule.order != 2 or farther.step > LONGEST or not numbers.size:
        return rule
    points, gaps = _points(tray, stratum.chosen(numbers), farther)
    raw = _looked(tray, stratum.chosen(numbers), points)
    found = applied(farther, raw, gaps, tray.center)
    off = np.abs(found.value - swept.value[numbers]) / (FARTHER**2 - 1.0)
    # Of a smooth function the second difference grows with the square of the step; of a kink between, it does not.
    before = FARTHER**2 * swept.even[numbers]
    unseen = 4.0 * (FARTHER**2 + 1.0) * rule.noise
    smooth = np.abs(found.even - before) <= BENT * (np.abs(found.even) + np.abs(before)) + unseen
    clear = smooth & (off * (FARTHER**2 - 1.0) > 2.0 * swept.spread[numbers])
    ratios = np.where(clear, off / swept.grown[numbers], 0.0)[smooth]
    return better_known(rule, ratios)


def _again(tray: Tray, few: Stratum, closer: Rule) -> Array:
    points, gaps = _points(tray, few, closer)
    return applied(closer, _looked(tray, few, points), gaps, tray.center).value


def _looked(tray: Tray, few: Stratum, points: Array) -> Array:
    """Return values of entries that are looked at again, and are not counted again."""
    done, raw = tray.meter.done, np.full(points.shape, np.nan)
    tray.fill(raw, few.block, few.places, points)
    tray.meter.done = done
    return raw
