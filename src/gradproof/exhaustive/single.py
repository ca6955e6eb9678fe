"""One entry measured by itself, with the whole ladder; and how far its steps may reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradproof.exhaustive.strata import room_of
from gradproof.exhaustive.tray import Entry, Tray
from gradproof.model import Estimate, Reason
from gradproof.numerics.noise import measure_noise
from gradproof.numerics.precise import refine
from gradproof.numerics.rough import jumps_at_center
from gradproof.numerics.samples import Samples
from gradproof.numerics.scrutiny import scrutinise
from gradproof.numerics.walk import Walk

# Steps grow by sixteen as long as the slope keeps its value to this share, and the function changes by no more than
# this share of its value: further out there is nothing to gain.
STRIDE, FARTHEST = 4, 40
LINEAR, CHANGED = 1e-2, 0.1
# The levels of an entry like others, counted from the finest that served those; it is as good as they are if its error
# is at most so many times theirs.
LEVELS, ENOUGH = (0, 1, 2, 3), 4.0
# A change of so many roundings says something of the slope.
UNSEEN = 1024.0


@dataclass(frozen=True, slots=True)
class Single:
    """What the whole ladder says about one entry, per unit of its length.

    ``quotients`` are ``(step, central quotient, even part)`` for the steps at which both sides are finite, coarse to
    fine; the even part is f(t) + f(-t) - 2 f(0).
    """

    entry: Entry
    estimate: Estimate
    quotients: tuple[tuple[float, float, float], ...]

    @property
    def smooth(self) -> bool:
        """Whether it has one slope with a bar, and nothing more is to be said."""
        return self.estimate.reason is None and self.estimate.finite


@dataclass(frozen=True, slots=True)
class Hint:
    """What entries like it have shown: their noise, the finest step that served, and the error that it gave."""

    noise: float
    exponent: int
    error: float


def hint_of(singles: Sequence[Single]) -> Hint | None:
    """Return what may be expected of the next entry, None if too little is known."""
    smooth = sorted((single.estimate for single in singles if single.smooth), key=lambda estimate: estimate.step)
    if len(smooth) < max(2, len(singles) - 1):
        return None
    typical = smooth[len(smooth) // 2]
    error = ENOUGH * max(estimate.error for estimate in smooth)
    return Hint(max(estimate.noise for estimate in smooth), round(math.log2(typical.step)), error)


def measure_single(tray: Tray, entry: Entry, hint: Hint | None = None) -> Single:
    """Measure one entry with the whole ladder, shorter if what is hinted at holds."""
    samples = Samples(tray.line(entry), tray.epsilon, tray.center)
    samples.slack = _slack(tray, entry)
    reach = room_of(tray, entry)
    walk = Walk(samples, 0.0, reach)

    def noise() -> float:
        return max(measure_noise(samples, walk.room, _resolved(tray, entry)), tray.spread)

    walk.noise = hint.noise if hint is not None else (noise() if walk.defined else math.inf)
    estimate = _estimated(walk, hint, noise)
    if estimate.reason is None and jumps_at_center(samples):
        estimate = replace(estimate, error=math.inf, reason=Reason.ROUGH)
    steps = samples.pairs()
    pairs = ((t, samples.at(t), samples.at(-t)) for t in steps)
    center = samples.center
    quotients = tuple((t, (up - down) / (2.0 * t), (up - center) + (down - center)) for t, up, down in pairs)
    return Single(entry, estimate, quotients)


def _estimated(walk: Walk, hint: Hint | None, noise: Callable[[], float]) -> Estimate:
    """Return the estimate of the levels that served others, if it is as good as theirs, else of all that help."""
    if hint is not None and walk.defined:
        walk.add(*(hint.exponent + 2 * number for number in LEVELS))
        estimate = scrutinise(walk)
        if estimate.reason is None and estimate.error <= hint.error:
            return estimate
        walk.noise = noise()
    refine(walk)
    return _honest(scrutinise(walk))


def _honest(estimate: Estimate) -> Estimate:
    """Return an estimate whose bar holds every slope that there is: both sides of a kink, both plateaus."""
    if estimate.left is not None and estimate.right is not None:
        return replace(estimate, error=estimate.error + 0.5 * abs(estimate.right.value - estimate.left.value))
    if estimate.fine is not None:
        apart = abs(estimate.fine.value - estimate.value) + estimate.fine.error
        return replace(estimate, error=max(estimate.error, apart))
    return estimate


def _resolved(tray: Tray, entry: Entry) -> int:
    """Return the exponent of the least step that the arithmetic of the entry resolves, with its neighbours."""
    at = tray.blocks[entry.block].theta[entry.place]
    grid = max(float(np.spacing(np.abs(at))), math.ulp(0.0))
    return 1 + math.ceil(math.log2(grid) - math.log2(entry.length))


def _slack(tray: Tray, entry: Entry) -> Callable[[float], float]:
    """Return by how much a step is rounded when it is added to the entry, in units of its length."""
    theta = tray.blocks[entry.block].theta
    at, kind = theta[entry.place], theta.dtype.type

    def slack(step: float) -> float:
        h = step * entry.length
        # In double precision: a difference of single ones is rounded where the step is longer than the entry.
        ahead, behind = float(at + kind(h)) - float(at), float(at) - float(at - kind(h))
        return max(abs(ahead - h), abs(behind - h)) / entry.length

    return slack


def growth(tray: Tray, entry: Entry) -> int | None:
    """Return the exponent by which steps of an entry may be longer, None where nothing moves the objective.

    A parameter of 1e-8 may well be moved by 1: its size says little about the distance at which the objective bends.
    """
    phi = tray.line(entry)
    found, before = 0, math.nan
    dead = True
    for exponent in range(-STRIDE, FARTHEST, STRIDE):
        t = 2.0**exponent
        up, down = phi(t) - tray.center, phi(-t) - tray.center
        change = max(abs(up), abs(down)) if math.isfinite(up) and math.isfinite(down) else math.inf
        unseen = UNSEEN * tray.epsilon * abs(tray.center) + tray.spread
        if change <= unseen:
            continue
        dead = False
        quotient = (up - down) / (2.0 * t)
        bent = abs(up + down) > LINEAR * abs(up - down) + unseen
        moved = abs(quotient - before) > LINEAR * abs(quotient) + unseen / t
        if change > CHANGED * abs(tray.center) + unseen or bent or moved:
            break
        found, before = exponent + STRIDE, quotient
    return None if dead else found
