"""The full examination before anything is called wrong: finest useful steps, kinks, jumps, underestimated noise.

No method is honest for all functions (M. Low, *On nonparametric confidence intervals*, Ann. Statist. 25 (1997)).
Ours asks that the bias shrink between the finest levels used, and looks at the finest useful steps, at both sides of
the point and for jumps, to see whether the function is of that kind.
"""

from __future__ import annotations

import dataclasses
import itertools
import math

from gradproof.model import Estimate, Reason
from gradproof.numerics.ladder import Extrapolated, Level, extrapolate
from gradproof.numerics.rough import jump_between
from gradproof.numerics.stencil import CENTRAL
from gradproof.numerics.walk import Walk

# Steps are refined until their noise exceeds this share of the steepness: finer ones could not tell anything.
FINEST_SHARE = 1e-5
STRIDE = 4  # sixteenfold finer each time
FINER = 2  # fourfold, where noise leaves little room
# A step of 2**-40 scales is 4096 ulps of a double-precision parameter; a finer one mostly shows its rounding.
FINEST = -40
# One-sided slopes differ, and plateaus contradict one another, beyond this many bars.
CLEARLY = 3.0
INFLATIONS = 4
# A single coarse level contradicts finer ones if it differs by this share: less is mere curvature.
NOTABLE = 0.05
# The bias of central differences goes with the second power of the step, with the fourth where the third derivative
# happens to vanish: of a smooth function it falls no faster from a step to the next, but for its noise.
SHEER = 4


def scrutinise(walk: Walk) -> Estimate:
    """Walk to the finest useful step and return the estimate with what is not smooth about ``phi``."""
    if not walk.defined or not walk.exponents:
        return walk.estimate()
    _to_the_finest(walk)
    _mend_noise(walk)
    found = walk.extrapolated()
    kink = _kink(walk)
    if kink is not None:
        return kink
    return _rough(walk, found) or walk.as_estimate(found)


def bends(walk: Walk) -> bool:
    """Whether the samples so far show a kink at the point: a quick slope is then the mean of two."""
    return walk.defined and bool(walk.exponents) and _kink(walk) is not None


def _to_the_finest(walk: Walk) -> None:
    """Look at the finest useful step, and on every step between where it contradicts the coarser ones."""
    steep = walk.steepness()
    if steep == 0.0:
        # Exactly constant so far: look further out before saying so.
        walk.add(0, 1)
        return
    start = walk.exponents[-1]
    finest = _finest_useful(walk, steep)
    if finest >= start:
        return
    before = walk.extrapolated()
    walk.add((start + finest) // 2, finest)
    after = walk.extrapolated()
    if after.first == 0 and abs(after.value - before.value) <= after.error + before.error:
        return
    walk.add(*range(start - STRIDE, finest, -STRIDE))


def _finest_useful(walk: Walk, steep: float) -> int:
    """Return the exponent at which noise takes ``FINEST_SHARE`` of the steepness, or the parameter's rounding does."""
    by_noise = math.log2(walk.noise / steep / FINEST_SHARE) if walk.noise > 0.0 else -math.inf
    return math.ceil(max(by_noise, min(FINEST, walk.coarsest - 6)))


def _mend_noise(walk: Walk) -> None:
    """Raise the noise where the two finest levels contradict it: a difference table sees only its own spacing.

    Unless finer ones agree: what noise there is shows the more, the finer the steps, while kinks are left behind.
    """
    if not _contradictory(walk) or _agreed_below(walk):
        return
    for _ in range(INFLATIONS):
        levels = walk.levels()
        if len(levels) < 3:
            return
        finest, coarser = levels[-1], levels[-2]
        gap = abs(finest.quotient - coarser.quotient)
        if not gap > finest.noise + coarser.noise:
            return
        walk.noise = max(2.0 * walk.noise, gap * finest.step)


def _contradictory(walk: Walk) -> bool:
    levels = walk.levels()
    return len(levels) >= 3 and _apart(levels[-2], levels[-1])


def _apart(coarse: Level, fine: Level) -> bool:
    return abs(fine.quotient - coarse.quotient) > fine.noise + coarse.noise


def _agreed_below(walk: Walk) -> bool:
    """Whether the finest level agrees with two that are finer still."""
    finest = walk.exponents[-1]
    if finest - 2 * FINER < FINEST:
        return False
    walk.add(finest - FINER, finest - 2 * FINER)
    return not any(_apart(coarse, fine) for coarse, fine in itertools.pairwise(walk.levels()[-3:]))


def _kink(walk: Walk) -> Estimate | None:
    """Return the estimate of a kink at 0, or None where both sides have the same slope."""
    sides = walk.one_sided()
    if sides is None:
        return None
    left, right = sides
    jump, doubt = abs(right.value - left.value), left.error + right.error
    if not jump > CLEARLY * doubt or not _is_flat_jump(walk, jump):
        return None
    middle = 0.5 * (left.value + right.value)
    base = walk.as_estimate(Extrapolated(middle, 0.5 * doubt, 0, len(walk.levels()) - 1, verified=False))
    return dataclasses.replace(
        base,
        reason=Reason.KINK,
        left=dataclasses.replace(walk.as_estimate(left), method="backward"),
        right=dataclasses.replace(walk.as_estimate(right), method="forward"),
    )


def _is_flat_jump(walk: Walk, jump: float) -> bool:
    """Whether the even part over h stays near the jump at the three finest levels that can see it.

    Of a smooth function it shrinks like h, so a fourfold finer step shows a quarter of it. Where curvature happens to
    cancel the jump at one of the steps, what remains without the part that shrinks is asked: the line through two
    steps, at zero.
    """
    seen = []
    for level in walk.levels(CENTRAL):
        step = level.step
        even = walk.samples.at(step) / step - 2.0 * walk.samples.center / step + walk.samples.at(-step) / step
        if 4.0 * level.noise < 0.25 * jump:
            seen.append((step, even))
    if len(seen) < 2:
        return False
    finest = seen[-3:]
    if min(abs(even) for _, even in finest) > 0.25 * jump:
        return True
    lines = [(fine * h - coarse * k) / (h - k) for (h, coarse), (k, fine) in itertools.pairwise(finest)]
    return len(lines) == 2 and min(abs(at_zero) for at_zero in lines) > 0.25 * jump


def _rough(walk: Walk, found: Extrapolated) -> Estimate | None:
    """Return the estimate of a function with two plateaus, or None where the fine slope is the slope."""
    if found.first == 0 or not math.isfinite(found.error) or not _contradicted(walk, found):
        return None
    walk.add(*(exponent for exponent in (0, -2, -6, -8, -10) if exponent <= walk.coarsest + 4))
    levels = walk.levels()
    found = walk.extrapolated()
    if found.first == 0 or not _contradicted(walk, found):
        return None
    near, far = levels[found.first].step, levels[found.first - 1].step
    jump = max(
        jump_between(walk.samples, found.value, (sign * near, sign * far), walk.noise) for sign in walk.side.signs
    )
    if jump == 0.0:
        return None
    across = [level._replace(noise=level.noise + jump / level.step) for level in levels[: found.first]]
    base = walk.as_estimate(extrapolate(across, walk.side.power))
    return dataclasses.replace(base, reason=Reason.ROUGH, fine=walk.as_estimate(found))


def _falls_off(coarse: Level, fine: Level, found: Extrapolated) -> bool:
    """Whether the distance from the value found is gone at a level, and was far too large at the one before.

    That is the edge of a step: where a part of the values is rounded to a grid, steps that do not leave a cell of it
    all show the slope of the rest.
    """
    gone = abs(fine.quotient - found.value) + fine.noise + coarse.noise + found.error
    return abs(coarse.quotient - found.value) > (coarse.step / fine.step) ** SHEER * gone


def _contradicted(walk: Walk, found: Extrapolated) -> bool:
    """Whether the coarser levels, left out of the value found, agree among themselves on another one, or fall off."""
    levels = walk.levels()
    if _falls_off(levels[found.first - 1], levels[found.first], found):
        return True
    if found.first == 1:
        return abs(levels[0].quotient - found.value) > NOTABLE * max(abs(levels[0].quotient), abs(found.value))
    # The finest of them may stand among the jumps: any coarse end of the ladder will do.
    ends = [extrapolate(levels[:count], walk.side.power) for count in range(2, found.first + 1)]
    other = min(ends, key=lambda end: end.error)
    return abs(other.value - found.value) > other.error + found.error
