"""The rule for the entries of a stratum: one step for all of them, and a bar for each, from a few measured in full.

A central difference at step h is off by ``a h**2`` with a = f'''/6, one of two steps (Richardson's) by ``a h**4``. What
a is, nobody knows of a single entry; but beside what an entry's own values show of its size (its slope and its second
difference, or the difference of its two quotients) it varies little, and the entries measured in full tell how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradproof.adapters.blocks import Array

# The second step of the rule with two is so many times the first.
RATIO = 4.0
# Where entries act with very different force x, slopes go with x, second and third derivatives with its square and
# cube, the fifth with x**5: beyond the median, sizes count with the power by which the bias outgrows them.
POWER = {2: 1.5, 4: 5.0 / 3.0}


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


def grown_sizes(size: Array, middle: float, order: int) -> Array:
    """Return sizes that grow like the bias where they are beyond the median."""
    return size * np.maximum(size / middle, 1.0) ** (POWER[order] - 1.0) if middle > 0.0 else size


def amplified(order: int) -> float:
    """Return the noise of the rule's value in units of noise / step, bounds added."""
    return 1.0 if order == 2 else (RATIO**2 + 1.0 / RATIO) / (RATIO**2 - 1.0)


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
    spread = amplified(rule.order) * rule.noise / h
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
