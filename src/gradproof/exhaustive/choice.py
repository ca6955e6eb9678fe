"""The rule chosen for a stratum, and its bars: from the few entries measured in full, and from many looked at again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.exhaustive.rule import RATIO, Rule, Swept, amplified, grown_sizes
from gradproof.exhaustive.single import Single

# How many times the largest bias coefficient seen in the sample is allowed for, in the bars and for the choice of the
# step, by order: a longer step has less noise.
SAFETY, CHOSEN = {2: 8.0, 4: 24.0}, {2: 2.0, 4: 16.0}
# Of many entries: the quantile that this holds for, and how many times the largest is allowed for.
USUAL, MARGIN = 0.8, 5.0
# Sizes below this share of the sample's median are not told apart; a third derivative may vanish by chance.
LEAST = {2: 0.3, 4: 0.3}
# The noise of single entries is taken for that of all up to so many times the median.
NOISIER = 4.0
# A bias is seen if it is so many times what noise leaves open.
CLEARLY = 3.0
# Exponents of the steps.
FINEST, COARSEST = -30, -3
# An entry whose size is so many times the largest of the sample is not of its kind.
BEYOND = 16.0


def rule_of(singles: Sequence[Single], order: int) -> Rule | None:
    """Return the rule that suits entries like these, None if too few of them are smooth."""
    smooth = [single for single in singles if single.smooth and single.quotients]
    if len(smooth) < max(2, 0.5 * len(singles)):
        return None
    noises = [single.estimate.noise for single in smooth]
    noise = min(max(noises), NOISIER * float(np.median(noises)))
    pairs = [(_coefficient(single, order), _size(single, order)) for single in smooth]
    visible = [size for _, size in pairs if size > 0.0]
    middle = float(np.median(visible)) if visible else 0.0
    sizes = grown_sizes(np.array([size for _, size in pairs]), middle, order)
    least = LEAST[order] * middle
    seen = ((a, size + least) for (a, _), size in zip(pairs, sizes.tolist(), strict=True))
    ratios = tuple(a / size for a, size in seen if size > 0.0)
    ratio = max(ratios, default=0.0)
    typical = ratio * (float(np.median(sizes)) + least)
    step = _best_step(order, amplified(order) * noise, CHOSEN[order] * typical)
    most = BEYOND * max(size for _, size in pairs)
    return Rule(order, step, noise, SAFETY[order] * ratio * step**order, (middle, least), most, ratios)


def better_known(rule: Rule, ratios: Array) -> Rule:
    """Return the rule with the bars that follow from more entries: ``ratios`` of their biases to their sizes.

    The largest of a few needs a large margin; of many a quantile with it, and the largest itself with a small one.
    """
    known = np.array([*(ratio * rule.step**rule.order for ratio in rule.ratios), *ratios])
    if not known.size:
        return rule
    usual, largest = float(np.quantile(known, USUAL)), float(np.max(known))
    return replace(rule, bias=max(SAFETY[rule.order] * usual, MARGIN * largest))


def widened(rule: Rule, swept: Swept, numbers: Array, known: tuple[Array, Array]) -> Rule:
    """Return the rule with wider bars, where smooth entries (by number) are ``known`` better, and it missed them.

    Known are values and errors per unit of length; a bar that failed where it was looked at fails elsewhere too.
    """
    value, error = known
    with np.errstate(invalid="ignore"):
        off = np.abs(swept.value[numbers] - value) - error - swept.spread[numbers]
    missed = off > rule.bias * swept.grown[numbers]
    if not missed.any():
        return rule
    return replace(rule, bias=max(rule.bias, SAFETY[rule.order] * float(np.max((off / swept.grown[numbers])[missed]))))


def _best_step(order: int, noise: float, typical: float) -> float:
    """Return the step (a power of two) at which noise and bias together are least."""
    coarsest = COARSEST if order == 2 else COARSEST - round(math.log2(RATIO))
    if not typical > 0.0 or not noise > 0.0:
        return 2.0**coarsest
    exponent = math.log2(noise / (order * typical)) / (order + 1)
    return 2.0 ** min(max(round(exponent), FINEST), coarsest)


def _coefficient(single: Single, order: int) -> float:
    """Return the coefficient of the bias of an entry, from the finest steps that show it; else a bound of it."""
    quotients = {step: quotient for step, quotient, _ in single.quotients}
    found: list[tuple[float, float, float]] = []
    for step, quotient in quotients.items():
        if order == 4 and RATIO * step not in quotients:
            continue
        value = quotient if order == 2 else quotient + (quotient - quotients[RATIO * step]) / (RATIO**2 - 1.0)
        doubt = amplified(order) * single.estimate.noise / step + single.estimate.error
        found.append((step, abs(value - single.estimate.value), doubt))
    for number in range(len(found) - 1, -1, -1):
        step, off, doubt = found[number]
        if off > CLEARLY * doubt:
            coarser = found[max(number - 1, 0)]
            return max(off / step**order, coarser[1] / coarser[0] ** order)
    return min((doubt / step**order for step, _, doubt in found), default=0.0)


def _size(single: Single, order: int) -> float:
    """Return the size that an entry's values show: of slope and second derivative, or of the third derivative."""
    if order == 4:
        return _coefficient(single, 2)
    seen = [
        abs(even) / step**2 for step, _, even in single.quotients if abs(even) > 4.0 * CLEARLY * single.estimate.noise
    ]
    return abs(single.estimate.value) + (seen[-1] if seen else 0.0)
