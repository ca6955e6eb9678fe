"""The seam between the core and arrays: what an adapter must offer, and how a direction is described.

The core never sees an array. It names a direction by a ``Probe``; a ``Subject`` turns it into a ``Line``, a function of
one real number, and says what the claimed gradient predicts along it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Problem:
    """What the user gives: an objective, a claimed gradient, and the point.

    Attributes
    ----------
    loss
        ``loss(params, *args) -> float``, 0-d or one-element array of any float dtype.
    gradient
        A tree like ``params``; or a callable of ``(params, *args)`` that returns such a tree or
        ``(value, tree)``; or that pair itself.
    params
        A tree (dict, list, tuple, dataclass, ...) of arrays and numbers.
    args
        Further arguments of the objective and of a callable gradient; never perturbed.
    lower, upper
        None, a number, or a tree like ``params`` (None for a leaf without bound): the domain of the parameters.
    """

    loss: Callable[..., Any]
    gradient: Any
    params: Any
    args: tuple[Any, ...] = ()
    lower: Any = None
    upper: Any = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array of the parameters: its path, shape, and how its claim looks.

    ``norm`` is the root of the sum of squared contributions ``(g_i s_i)**2``, ``peak`` and
    ``least`` the largest and smallest of their absolute values. ``aliases`` are other paths of the same array.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    claim_dtype: str
    norm: float
    peak: float
    least: float = 0.0
    aliases: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)


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
    that no entry is hard to see); exactly 1 where ``start`` and ``stop`` choose a single entry. ``ramp`` weighs entries by a
    digit: ``ramp_i = (1 + digit) / base``; None is 1.
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


class Line(Protocol):
    """The objective along a probe: ``line(t) = f(theta + t v)``, with what the claim says about it.

    ``claimed`` is ``g . v``; ``reach`` is ``(t_min, t_max)`` within the user's bounds (infinite without bounds).
    """

    claimed: float
    reach: tuple[float, float]

    def __call__(self, t: float) -> float:
        """Evaluate the objective at ``theta + t v``."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimFault:
    """A defect of the claim that needs no measurement: its leaf, the kind, and a sentence."""

    leaf: str
    kind: str  # "shape", "missing", "extra", "none", "integer", "non-finite", "complex"
    text: str
    index: tuple[int, ...] | None = None


class Subject(Protocol):
    """What the core sees of a problem; adapters implement it on arrays, the core never sees one.

    ``leaves`` are those that will be probed, ``skipped`` the others as (path, why), ``faults`` the defects of the
    claim found without measuring (a leaf with a fault is not in ``leaves``).
    """

    leaves: tuple[Leaf, ...]
    skipped: tuple[tuple[str, str], ...]
    faults: tuple[ClaimFault, ...]
    evaluations: int
    gradient_calls: int
    epsilon: float  # unit roundoff of what the objective returns (2**-53 for float64)
    bounded: bool  # whether some entries may lie at a bound
    lengths: tuple[tuple[int, str], ...]  # of the axes of arguments, a batch perhaps, with their names

    def value(self) -> float:
        """Evaluate the objective at the point itself."""

    def along(self, probe: Probe) -> Line:
        """Build the direction and return the objective along it."""

    def count(self, part: Part) -> int:
        """Count the entries that a part chooses."""

    def contribution(self, part: Part) -> float:
        """Return the root of the sum of ``(g_i s_i weight)**2`` over the entries of a part."""

    def entry(self, leaf: int, flat: int) -> tuple[float, float]:
        """Return the claimed gradient and the scale ``s_i`` of one entry."""

    def sample(self, part: Part, count: int) -> tuple[int, ...]:
        """Choose up to ``count`` flat indices of the part's entries, reproducibly."""

    def shifted(self, leaf: int, flat: int, by: float) -> float:
        """Evaluate the objective with ``by`` added to one entry, as a finite-difference loop would."""

    def changed(self) -> tuple[str, ...]:
        """Return the paths of leaves that the user's functions have written into."""
