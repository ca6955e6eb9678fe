"""The rule for the entries of a stratum: one step for all of them, and a bar for each, from a few measured in full.

A central difference at step h is off by ``a h**2`` with a = f'''/6, one of two steps (Richardson's) by ``a h**4``. What
a is, nobody knows of a single entry; but beside what an entry's own values show of its size (its slope and its second
difference, or the difference of its two quotients) it varies little, and the entries measured in full tell how much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.exhaustive.single import Single

# The second step of the rule with two is so many times the first.
RATIO = 4.0
# How many times the largest bias coefficient seen in the sample is allowed for.
SAFETY = 4.0
# Sizes below this share of the sample's median are not told apart.
LEAST = 0.1
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
        The bar for the bias is ``bias * (size + least)``, with the size that an entry's own values show.
    least, most
        The least size that is allowed for; entries of more than the other are measured otherwise.
    """

    order: int
    step: float
    noise: float
    bias: float
    least: float
    most: float

    @property
    def factors(self) -> tuple[float, ...]:
        """The steps in units of the first."""
        return (1.0,) if self.order == 2 else (1.0, RATIO)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a rule says of entries, per unit of their length; ``even`` is f(h) + f(-h) - 2 f(0) at the first step."""

    value: Array
    error: Array
    size: Array
    even: Array


def rule_of(singles: Sequence[Single], order: int) -> Rule | None:
    """Return the rule that suits entries like these, None if too few of them are smooth."""
    smooth = [single for single in singles if single.smooth and single.quotients]
    if len(smooth) < max(2, 0.5 * len(singles)):
        return None
    noise = max(single.estimate.noise for single in smooth)
    pairs = [(_coefficient(single, order), _size(single, order)) for single in smooth]
    sizes = [size for _, size in pairs]
    visible = [size for size in sizes if size > 0.0]
    least = LEAST * float(np.median(visible)) if visible else 0.0
    ratio = max((a / (size + least) for a, size in pairs if size + least > 0.0), default=0.0)
    typical = ratio * (float(np.median(sizes)) + least)
    step = _best_step(order, _amplified(order) * noise, SAFETY * typical)
    return Rule(order, step, noise, SAFETY * ratio * step**order, least, BEYOND * max(sizes))


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


def _combined(fine: Array, coarse: Array) -> Array:
    """Return Richardson's combination of two quotients."""
    return fine + (fine - coarse) / (RATIO**2 - 1.0)


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
    seen = [abs(even) / step**2 for step, _, even in single.quotients if abs(even) > 4.0 * CLEARLY * single.estimate.noise]
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
        value = _combined(quotients[:, 0], quotients[:, 1])
        size = np.abs(quotients[:, 1] - quotients[:, 0]) / ((RATIO**2 - 1.0) * h**2)
    # What noise alone makes of the size is none.
    unseen = 4.0 * rule.noise / h**2 if rule.order == 2 else spread / h**2
    error = spread + rule.bias * (size + rule.least)
    return Swept(value, error, np.maximum(size - unseen, 0.0), even)
