"""The noise of ``phi``, measured by a difference table.

J. J. Moré and S. M. Wild, *Estimating Computational Noise*, SIAM J. Sci. Comput. 33 (2011), 1292-1314: differences of
order k of a smooth function at a tiny spacing vanish, those of independent noise of deviation sigma have the variance
``sigma**2 (2k)! / (k!)**2``. The order at which successive estimates agree gives sigma.
"""

from __future__ import annotations

import math
from itertools import pairwise

from gradproof.numerics.samples import Samples

# Seven values: few enough to be cheap, enough for three successive orders to agree.
OFFSETS = (-3, -2, -1, 0, 1, 2, 3)
# (k!)**2 / (2k)! for k = 1..6 (Moré and Wild, section 3).
GAMMA = tuple(1.0 / math.comb(2 * k, k) for k in range(1, 7))
# Successive orders agree when they lie within this factor (ibid., section 5).
AGREEMENT = 4.0
# From the deviation to the half-width of a bar. A quotient of two values has the deviation 0.7 sigma / h, and sigma
# itself comes from about five degrees of freedom: Student's t with five has its 99.95 % quantile at 6.9, and
# 6.9 * 0.7 = 4.8.
DEVIATION_TO_BAR = 5.0
# The spacing grows (or shrinks) by about a hundred when the values coincide (or are not finite).
GROWTH = 7
COARSEST = -5


def first_spacing(epsilon: float) -> int:
    """Return the exponent of the first spacing: a million ulps of change, but second differences below an ulp."""
    return round(5.0 * math.log2(epsilon) / 8.0)


def measure_noise(samples: Samples, reach: tuple[float, float] = (-math.inf, math.inf)) -> float:
    """Return the half-width of the noise of one value of ``phi`` near 0, at least the rounding floor.

    Parameters
    ----------
    samples
        The function. Six to about twenty values are evaluated.
    reach
        The interval of t within which ``phi`` may be evaluated; where it does not hold both sides of 0, the table
        stands on the longer side.
    """
    exponent = _inside(first_spacing(samples.epsilon), reach)
    table: list[float] = []
    while exponent <= COARSEST or not table:
        spacing = 2.0**exponent
        points = [spacing * offset for offset in _offsets(spacing, reach)]
        if not all(samples.finite(t) for t in (points[0], points[-1])):
            return _bar(samples, 0.0, [samples.center])
        if samples.at(points[0]) == samples.at(points[-1]) == samples.center and exponent + GROWTH <= COARSEST:
            table, exponent = [samples.center], exponent + GROWTH
            continue
        table = [samples.at(t) for t in points]
        if len(set(table)) > len(table) // 2 or exponent + GROWTH > COARSEST:
            break
        exponent += GROWTH
    if not all(map(math.isfinite, table)):
        return _bar(samples, 0.0, [samples.center])
    return _bar(samples, deviation(table), table)


def deviation(table: list[float]) -> float:
    """Return the standard deviation of the noise in seven equally spaced values of a smooth function."""
    estimates: list[float] = []
    changes: list[bool] = []
    row = table
    for gamma in GAMMA[: len(table) - 1]:
        row = [b - a for a, b in pairwise(row)]
        largest = max(map(abs, row))
        mean = sum((x / largest) ** 2 for x in row) / len(row) if largest else 0.0
        estimates.append(largest * math.sqrt(gamma * mean))
        changes.append(min(row) < 0.0 < max(row))
    for k in range(len(estimates) - 2):
        three = estimates[k : k + 3]
        if changes[k] and max(three) <= AGREEMENT * min(three):
            # The largest of the three: a table of seven underestimates tenfold once in a thousand draws.
            return max(three)
    # No order agrees with the next (heavy tails, many coinciding values): the higher orders are the cleanest, and the
    # largest of them errs on the safe side.
    return max(estimates[2:5], default=0.0)


def _inside(exponent: int, reach: tuple[float, float]) -> int:
    room = max(-reach[0], reach[1])
    if math.isinf(room) or room <= 0.0:
        return exponent
    return min(exponent, math.floor(math.log2(room)) - 4)


def _offsets(spacing: float, reach: tuple[float, float]) -> tuple[int, ...]:
    if reach[0] <= -3 * spacing and reach[1] >= 3 * spacing:
        return OFFSETS
    return tuple(range(7)) if reach[1] >= -reach[0] else tuple(range(-6, 1))


def _bar(samples: Samples, sigma: float, table: list[float]) -> float:
    return max(DEVIATION_TO_BAR * sigma, samples.floor(max(map(abs, table))))
