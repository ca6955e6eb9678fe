"""The rule for the entries of a stratum: one step for all of them, and a bar for each, from a few measured in full.

A central difference at step h is off by ``a h**2`` with a = f'''/6, one of two steps (Richardson's) by ``a h**4``. What
a is, nobody knows of a single entry; but beside what an entry's own values show of its size (its slope and its second
difference, or the difference of its two quotients) it varies little, and the entries measured in full tell how much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.exhaustive.single import Single

# The second step of the rule with two is so many times the first.
RATIO = 4.0
# How many times the largest bias coefficient seen in the sample is allowed for, in the bars and for the choice of the
# step, by order: a longer step has less noise.
SAFETY, CHOSEN = {2: 8.0, 4: 24.0}, {2: 2.0, 4: 16.0}
# Of many entries: the quantile that this holds for, and how many times the largest is allowed for.
USUAL, MARGIN = 0.8, 4.0
# Sizes below this share of the sample's median are not told apart; a third derivative may vanish by chance.
LEAST = {2: 0.3, 4: 0.3}
# Where entries act with very different force x, slopes go with x, second and third derivatives with its square and
# cube, the fifth with x**5: beyond the median, sizes count with the power by which the bias outgrows them.
POWER = {2: 1.5, 4: 5.0 / 3.0}
# The noise of single entries is taken for that of all up to so many times the median.
NOISIER = 4.0
# A bias is seen if it is so many times what noise leaves open.
CLEARLY = 3.0
# Exponents of the steps.
FINEST, COARSEST = -30, -3
# An entry whose size is so many times the largest of the sample is not of its kind.
BEYOND = 16.0


@dataclass(frozen=True, slots=True)
class Rule:
    """How the entries of a stratum are measured; lengths are those of the stratum.

    Attributes
    ----------
    order
        2 (one step) or 4 (two steps).
    step
        The (smaller) step.
    noise
        Half-width of the noise of one value.
    bias
        The bar for the bias is ``bias * (grown size + least)``, with the size that an entry's own values show.
    sizes
        The median size of the sample, and the least that is allowed for.
    most
        Entries of a larger size are measured otherwise.
    ratios
        Of the sample: coefficients of the bias over sizes.
    """

    order: int
    step: float
    noise: float
    bias: float
    sizes: tuple[float, float]
    most: float
    ratios: tuple[float, ...] = ()

    @property
    def factors(self) -> tuple[float, ...]:
        """The steps in units of the first."""
        return (1.0,) if self.order == 2 else (1.0, RATIO)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a rule says of entries, per unit of their length.

    ``spread`` is the bar for noise, ``grown`` the size by which the bias is judged, ``even`` is f(h) + f(-h) - 2 f(0)
    at the first step.
    """

    value: Array
    spread: Array
    size: Array
    grown: Array
    even: Array

    def error(self, rule: Rule) -> Array:
        """Return the bars."""
        return self.spread + rule.bias * self.grown


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
    step = _best_step(order, _amplified(order) * noise, CHOSEN[order] * typical)
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


def grown_sizes(size: Array, middle: float, order: int) -> Array:
    """Return sizes that grow like the bias where they are beyond the median."""
    return size * np.maximum(size / middle, 1.0) ** (POWER[order] - 1.0) if middle > 0.0 else size


def _best_step(order: int, noise: float, typical: float) -> float:
    """Return the step (a power of two) at which noise and bias together are least."""
    coarsest = COARSEST if order == 2 else COARSEST - round(math.log2(RATIO))
    if not typical > 0.0 or not noise > 0.0:
        return 2.0**coarsest
    exponent = math.log2(noise / (order * typical)) / (order + 1)
    return 2.0 ** min(max(round(exponent), FINEST), coarsest)


def _amplified(order: int) -> float:
    """Return the noise of the rule's value in units of noise / step, bounds added."""
    return 1.0 if order == 2 else (RATIO**2 + 1.0 / RATIO) / (RATIO**2 - 1.0)


def _coefficient(single: Single, order: int) -> float:
    """Return the coefficient of the bias of an entry, from the finest steps that show it; else a bound of it."""
    quotients = {step: quotient for step, quotient, _ in single.quotients}
    found: list[tuple[float, float, float]] = []
    for step, quotient in quotients.items():
        if order == 4 and RATIO * step not in quotients:
            continue
        value = quotient if order == 2 else quotient + (quotient - quotients[RATIO * step]) / (RATIO**2 - 1.0)
        doubt = _amplified(order) * single.estimate.noise / step + single.estimate.error
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


def applied(rule: Rule, raw: Array, gaps: Array, center: float) -> Swept:
    """Return what the values of entries say.

    Parameters
    ----------
    rule
        How they were measured.
    raw
        ``(entries, 2 * steps)``: f(x + h), f(x - h) and, with two steps, f(x + 4h), f(x - 4h).
    gaps
        The distances from the point that the arithmetic of the parameters really made of the steps, like ``raw``, in
        units of length.
    center
        The value at the point.
    """
    ups, downs = raw[:, 0::2] - center, raw[:, 1::2] - center
    ahead, behind = gaps[:, 0::2], gaps[:, 1::2]
    # The parabola through the three values: where rounding made the two sides unequal, their curvature is taken out.
    quotients = (ups * (behind / ahead) - downs * (ahead / behind)) / (ahead + behind)
    even = ups[:, 0] + downs[:, 0]
    h = 0.5 * (ahead[:, 0] + behind[:, 0])
    spread = _amplified(rule.order) * rule.noise / h
    if rule.order == 2:
        value = quotients[:, 0]
        size = np.abs(value) + np.abs(even) / h**2
    else:
        # Richardson's combination, with the squares of the steps that were really made.
        squares = ahead * behind
        third = (quotients[:, 1] - quotients[:, 0]) / (squares[:, 1] - squares[:, 0])
        value = quotients[:, 0] - third * squares[:, 0]
        size = np.abs(third)
    # What noise alone makes of the size is none.
    unseen = 4.0 * rule.noise / h**2 if rule.order == 2 else spread / h**2
    middle, least = rule.sizes
    grown = grown_sizes(size, middle, rule.order) + least
    return Swept(value, spread, np.maximum(size - unseen, 0.0), grown, even)


def widened(rule: Rule, swept: Swept, singles: Sequence[tuple[int, Single]]) -> Rule:
    """Return the rule with wider bars, where smooth entries (by number) were measured in full and it missed them."""
    bias = rule.bias
    for number, single in singles:
        if single.smooth and np.isfinite(swept.value[number]):
            off = abs(swept.value[number] - single.estimate.value) - single.estimate.error - swept.spread[number]
            if off > rule.bias * swept.grown[number]:
                bias = max(bias, SAFETY[rule.order] * float(off / swept.grown[number]))
    return replace(rule, bias=bias)
