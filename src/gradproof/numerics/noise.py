"""The noise of ``phi``, measured by a difference table.

J. J. Moré and S. M. Wild, *Estimating Computational Noise*, SIAM J. Sci. Comput. 33 (2011), 1292-1314: differences of
order k of a smooth function at a tiny spacing vanish, those of independent noise of deviation sigma have the variance
``sigma**2 (2k)! / (k!)**2``. The order at which successive estimates agree gives sigma.
"""

from __future__ import annotations

import math
from itertools import pairwise

from gradproof.numerics.samples import Samples

# Nine values: of seven, one table in a thousand underestimates sevenfold; of nine, one in ten thousand.
OFFSETS = tuple(range(-4, 5))
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
COARSEST = -1
ODD = 1.1408317649
# Neighbouring values must be this many grid units apart for the grid to be theirs.
COARSER = 4096.0
# A function that has one value within four times this spacing is constant there, unless its values are rounded: no
# arithmetic is so coarse that a change of an eighth of every entry is lost in it.
FLAT = -5
# So many distances tell a grid from other values.
FEWEST_GAPS = 3
# Two points may have the same value for other reasons (symmetry); more of them show that values are rounded.
COINCIDENCES = 3


def first_spacing(epsilon: float) -> int:
    """Return the exponent of the first spacing: a million ulps of change, but second differences below an ulp."""
    return round(5.0 * math.log2(epsilon) / 8.0)


def measure_noise(
    samples: Samples, reach: tuple[float, float] = (-math.inf, math.inf), finest: int | None = None
) -> float:
    """Return the half-width of the noise of one value of ``phi`` near 0, at least the rounding floor.

    Parameters
    ----------
    samples
        The function. Eight to about twenty values are evaluated.
    reach
        The interval of t within which ``phi`` may be evaluated; where it does not hold both sides of 0, the table
        stands on the longer side.
    finest
        Exponent of the least spacing that the arithmetic of the parameters resolves; None for double precision.
    """
    first = first_spacing(samples.epsilon)
    exponent = finest = _inside(first if finest is None else max(first, finest), reach)
    table: list[float] = []
    flat = -math.inf
    while exponent <= COARSEST or not table:
        # The finest spacing is a power of two, so that adding it rounds nothing; where values of lower precision do
        # not resolve it, a power of two would only meet their own grid.
        spacing = 2.0**exponent * (1.0 if exponent == finest else ODD)
        points = [spacing * offset for offset in _offsets(spacing, reach)]
        if not all(samples.finite(t) for t in (points[0], points[-1])):
            return _bar(samples, 0.0, [samples.center])
        larger = min(exponent + GROWTH, COARSEST)
        if samples.at(points[0]) == samples.at(points[-1]) == samples.center and exponent < COARSEST:
            table, flat, exponent = [samples.center], exponent, larger
            continue
        table = [samples.at(t) for t in points]
        if len(set(table)) > len(table) // 2 or exponent >= COARSEST:
            break
        exponent = larger
    if not all(map(math.isfinite, table)):
        return _bar(samples, 0.0, [samples.center])
    if flat >= FLAT and not _on_a_grid(table):
        # Constant where it was looked at, and no rounding: a unit that is switched off.
        return _bar(samples, 0.0, [samples.center])
    return max(_bar(samples, deviation(table), table), _quantum(table), _resolution(samples))


def deviation(table: list[float]) -> float:
    """Return the standard deviation of the noise in nine (or so) equally spaced values of a smooth function."""
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
            # The largest of the three, since underestimating is worse.
            return max(three)
    # No order agrees with the next (heavy tails, many coinciding values): the higher orders are the cleanest, and the
    # largest of them errs on the safe side.
    return max(estimates[2:5], default=0.0)


def _quantum(table: list[float]) -> float:
    """Return half the grid that the values stand on, where they were rounded to one.

    Cancellation and arithmetic in lower precision leave trailing zero bits in every value, and differences that round
    alike show no noise. A grid no finer than the values' own distances may come from the points instead, and is not
    taken for one, unless values coincide.
    """
    values = sorted(set(table))
    if len(values) < 2:
        return 0.0
    gap = min(b - a for a, b in pairwise(values))
    if len(values) < len(table):
        return 0.5 * gap
    grid = min(_lowest_bit(value) for value in values)
    return 0.5 * grid if grid * COARSER <= gap else 0.0


def _on_a_grid(table: list[float]) -> bool:
    """Whether the distances of the values may be multiples of one number; few values always may."""
    values = sorted(set(table))
    gaps = [b - a for a, b in pairwise(values)]
    if len(gaps) < FEWEST_GAPS:
        return True
    return all(abs(gap / min(gaps) - round(gap / min(gaps))) < 0.01 for gap in gaps)


def _resolution(samples: Samples) -> float:
    """Return half the smallest gap between all values seen, where different points have the same value."""
    values = [value for value in samples.known() if math.isfinite(value)]
    distinct = sorted(set(values))
    if len(distinct) > len(values) - COINCIDENCES or len(distinct) < 2:
        return 0.0
    return 0.5 * min(b - a for a, b in pairwise(distinct))


def _lowest_bit(value: float) -> float:
    """Return the weight of the last nonzero bit of a double (infinite for zero)."""
    if value == 0.0:
        return math.inf
    mantissa, exponent = math.frexp(value)
    whole = int(math.ldexp(mantissa, 53))
    return math.ldexp(float(whole & -whole), exponent - 53)


def _inside(exponent: int, reach: tuple[float, float]) -> int:
    room = max(-reach[0], reach[1])
    if math.isinf(room) or room <= 0.0:
        return exponent
    return min(exponent, math.floor(math.log2(room)) - 5)


def _offsets(spacing: float, reach: tuple[float, float]) -> tuple[int, ...]:
    if reach[0] <= -4 * spacing and reach[1] >= 4 * spacing:
        return OFFSETS
    return tuple(range(9)) if reach[1] >= -reach[0] else tuple(range(-8, 1))


def _bar(samples: Samples, sigma: float, table: list[float]) -> float:
    return max(DEVIATION_TO_BAR * sigma, samples.floor(max(map(abs, table))))
