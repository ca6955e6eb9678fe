"""How a direction is described without an array: which entries of which leaves move, and by what draw."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Digit:
    """A number that every entry of a leaf has, from 0 to ``base - 1``: ``i // divisor % modulus // step % base``.

    ``i`` is the flat index in C order. The index along an axis is such a number, a digit of it, or of i itself.
    """

    divisor: int
    modulus: int
    step: int
    base: int

    def of(self, flat: Any) -> Any:
        """Return the number of an entry; works on arrays of indices too."""
        return flat // self.divisor % self.modulus // self.step % self.base


@dataclass(frozen=True, slots=True)
class Window:
    """The entries whose digit lies in ``start <= digit < stop``."""

    digit: Digit
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """The entries whose hash begins with the ``bits`` binary digits of ``value``: a random share ``2**-bits``."""

    salt: int
    bits: int
    value: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one leaf adds to a direction: ``v_i = weight * s_i * z_i * ramp_i`` on the chosen entries, 0 elsewhere.

    Chosen are entries ``start <= i < stop`` in C order (``stop=-1``: to the end) whose contribution ``c_i = |g_i s_i|``
    satisfies ``low < c_i <= high``, and which are of the named ``side``: "free" (away from user bounds), "edge"
    (so near a bound that they can only move inward; z_i then points inward) or "all"; of these, those inside every one
    of the ``windows``, in the ``bucket``, and not among the flat indices ``without``.

    ``draw`` says what ``z`` is: "normal" (standard normal), or "bounded" (its sign, with a size from 0.5 to 1.5, so
    that no entry is hard to see); exactly 1 where ``start`` and ``stop`` choose a single entry. ``ramp`` weighs entries
    by a digit: ``ramp_i = (1 + digit) / base``; None is 1.
    """

    leaf: int
    weight: float = 1.0
    start: int = 0
    stop: int = -1
    low: float = -1.0
    high: float = math.inf
    side: str = "all"
    ramp: Digit | None = None
    windows: tuple[Window, ...] = ()
    bucket: Bucket | None = None
    without: tuple[int, ...] = ()
    draw: str = "normal"

    def weighted(self, weight: float) -> Part:
        """Return the part with another weight."""
        if self.windows or self.bucket or self.without or self.draw != "normal":
            return replace(self, weight=weight)
        # Spelled out: it runs for every leaf of every check.
        return Part(self.leaf, weight, self.start, self.stop, self.low, self.high, self.side, self.ramp)


@dataclass(frozen=True, slots=True)
class Probe:
    """A direction that can be made again anywhere: ``key`` numbers the Gaussian draw, ``parts`` say where it lives.

    Two probes of one problem with the same seed and key have the same ``z``, whatever their parts.
    """

    key: int
    parts: tuple[Part, ...]
