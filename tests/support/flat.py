"""A subject of a few flat NumPy arrays, written for clarity: what the probing tests stand on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gradproof.probe import Part, Probe
from gradproof.seam import Leaf


def bucket_value(flat, bucket):
    """The hash of one index, in Python's own integers."""
    word = (1 << 64) - 1
    x = (flat + (bucket.salt + 1) * 0x9E3779B97F4A7C15) & word
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & word
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & word
    x ^= x >> 31
    return x >> (64 - bucket.bits)


@dataclass
class FlatLine:
    subject: FlatSubject
    directions: list[np.ndarray]
    claimed: float
    reach: tuple[float, float] = (-math.inf, math.inf)
    claimed_error: float = 0.0
    rounding: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __call__(self, t: float) -> float:
        pairs = zip(self.subject.theta, self.directions, strict=True)
        return self.subject.evaluate([theta + (t * v).astype(theta.dtype) for theta, v in pairs])


class FlatSubject:
    """``loss`` takes a list of arrays; ``claim`` is a list of arrays of the same shapes."""

    def __init__(self, loss, claim, theta, seed=0):
        self.loss = loss
        self.claim = [np.asarray(g) for g in claim]
        self.theta = [np.asarray(x) for x in theta]
        self.seed = seed
        self.evaluations = 0
        self.gradient_calls = 1
        self.epsilon = 2.0**-53
        self.skipped = ()
        self.faults = ()
        self.lengths = ()
        self.notes = ()
        self.fingerprint = "flat"
        self.degenerate = ()
        self.bounded = False
        self.scales = [self._scale(np.asarray(x, float)) for x in self.theta]
        self.leaves = tuple(self._leaf(i) for i in range(len(self.theta)))

    def _scale(self, x):
        size = np.abs(x)
        rms = math.sqrt(float(np.mean(x**2))) if x.size else 0.0
        return np.ones_like(x) if rms == 0.0 else np.maximum(size, 1e-3 * rms)

    def _size(self, i):
        return np.abs(self.claim[i].astype(float) * self.scales[i])

    def _leaf(self, i):
        c = self._size(i)
        return Leaf(
            name=f"p{i}",
            shape=self.theta[i].shape,
            dtype=self.theta[i].dtype.name,
            claim_dtype=self.claim[i].dtype.name,
            norm=math.sqrt(float((c**2).sum())),
            peak=float(c.max(initial=0.0)),
            least=float(c.min(initial=np.inf)),
        )

    def precisely(self, probe):
        return None

    def finer(self):
        return None

    def evaluate(self, arrays):
        self.evaluations += 1
        return float(self.loss(arrays))

    def value(self):
        return self.evaluate(self.theta)

    def _mask(self, part: Part):
        c = self._size(part.leaf)
        flat = np.arange(c.size).reshape(c.shape)
        stop = c.size if part.stop < 0 else part.stop
        chosen = (flat >= part.start) & (flat < stop) & (c > part.low) & (c <= part.high)
        for window in part.windows:
            chosen &= (window.digit.of(flat) >= window.start) & (window.digit.of(flat) < window.stop)
        if part.bucket is not None:
            chosen &= np.array([bucket_value(i, part.bucket) == part.bucket.value for i in range(c.size)]).reshape(
                c.shape
            )
        chosen &= ~np.isin(flat, part.without)
        return chosen if part.side in ("all", "free") else np.zeros_like(chosen)

    def _direction(self, part: Part, key: int):
        mask = self._mask(part)
        rng = np.random.Generator(np.random.Philox(key=[self.seed, (key << 16) + part.leaf]))
        z = rng.standard_normal(mask.shape)
        if part.draw == "bounded":
            z = np.sign(z) * (0.5 + 0.5 * np.minimum(np.abs(z), 2.0))
        if part.stop - part.start == 1:
            z = np.ones(mask.shape)
        v = np.where(mask, part.weight * self.scales[part.leaf] * z, 0.0)
        if part.ramp is not None:
            v = v * (1.0 + part.ramp.of(np.arange(v.size).reshape(v.shape))) / part.ramp.base
        return v

    calls = 1

    def average(self, calls):
        raise NotImplementedError

    def unclaimed(self, fault):
        return None

    def freeze(self):
        return False

    def along(self, probe: Probe):
        directions = [np.zeros(x.shape) for x in self.theta]
        claimed = 0.0
        for part in probe.parts:
            v = self._direction(part, probe.key)
            directions[part.leaf] = directions[part.leaf] + v
            claimed += float((self.claim[part.leaf].astype(float) * v).sum())
        return FlatLine(self, directions, claimed)

    def count(self, part: Part):
        return int(self._mask(part).sum())

    def contribution(self, part: Part):
        return part.weight * math.sqrt(float((self._size(part.leaf)[self._mask(part)] ** 2).sum()))

    def entry(self, leaf: int, flat: int):
        return float(self.claim[leaf].flat[flat]), float(self.scales[leaf].flat[flat])

    def sample(self, part: Part, count: int):
        chosen = np.flatnonzero(self._mask(part))
        rng = np.random.default_rng(self.seed)
        return tuple(int(i) for i in sorted(rng.choice(chosen, min(count, chosen.size), replace=False)))

    def predictions(self, leaf: int, probes):
        return ()

    def remarks(self, leaf, wrong):
        return ()

    def replayed(self, leaf):
        return ""

    def shifted(self, leaf: int, flat: int, by: float):
        moved = [x.copy() for x in self.theta]
        moved[leaf].flat[flat] += by
        return self.evaluate(moved)

    def changed(self):
        return ()

    def written(self):
        return ()


def without(part: Part, **changes):
    return replace(part, **changes)
