"""A problem on sharded arrays of JAX as the core sees it: single numbers come to the host, and no array.

Explanations that compare whole arrays (transposed, exchanged, the gradient of the mean) are not sought.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradproof.adapters.describe import lengths_of
from gradproof.adapters.jaxarrays import double_precision
from gradproof.adapters.jaxsharded import pieces
from gradproof.adapters.jaxsharded.line import ShardedLine
from gradproof.adapters.jaxsharded.place import Place
from gradproof.adapters.jaxsharded.reticent import Reticent
from gradproof.adapters.objective import as_float, roundoff
from gradproof.adapters.selection import is_selective, selected_at
from gradproof.desk import Desk
from gradproof.errors import InputError, ObjectiveError
from gradproof.probe import Part, Probe
from gradproof.seam import ClaimFault, Problem
from gradproof.settings import Settings

# Keys of displacements, apart from those of directions, and how far they go: as for arrays on the host.
KEYS, SMALL = 2**42, 1e-5
# Candidates from which the entries of a part are sampled.
CANDIDATES = 1 << 14


class _Counted:
    """A line whose evaluations the subject counts."""

    claimed_error = 0.0

    rounding = (0.0, 0.0, 0.0)

    def __init__(self, subject: ShardedSubject, line: Callable[[float], float], claimed: float) -> None:
        self._subject, self._line, self.claimed = subject, line, claimed
        self.reach = (-math.inf, math.inf)

    def __call__(self, t: float) -> float:
        self._subject.evaluations += 1
        return self._line(t)


class ShardedSubject(Reticent):
    """A problem on sharded arrays.

    Raises
    ------
    InputError
        If something is asked for that sharded arrays do not offer: bounds, complex numbers, averaging.
    """

    bounded = False
    calls = 1

    def __init__(self, problem: Problem, settings: Settings) -> None:
        if problem.lower is not None or problem.upper is not None:
            raise InputError("Sharded parameters are checked without bounds.", expected="no lower, no upper")
        if settings.draws > 1:
            raise InputError("A random objective of sharded parameters is not averaged.", expected="draws=1")
        self.problem, self.seed = problem, settings.seed
        self.evaluations, self.epsilon = 0, 2.0**-53
        self._place = place = Place(problem, settings)
        self.leaves, self.skipped, self.faults = place.leaves, place.skipped, place.faults
        self.fingerprint, self.degenerate = place.fingerprint, place.degenerate
        self.gradient_calls = place.gradient_calls
        self.lengths = lengths_of(problem.args)

    @property
    def desk(self) -> Desk | None:
        """Nobody else can evaluate what lies on these devices."""
        return None

    @desk.setter
    def desk(self, desk: Desk | None) -> None:
        """Refuse to be evaluated elsewhere."""
        raise InputError(
            "Sharded parameters are evaluated where they lie.", expected="a check outside of gradproof.using",
            got=type(desk).__name__,
        )  # fmt: skip

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the problem."""
        return (f"Spread over {self._place.devices} devices: measured where it lies, in its own precision.",)

    def value(self) -> float:
        """Evaluate the objective at the point."""
        self.evaluations += 1
        given = self._place.evaluated({}, lambda: "at the given point")
        value, self.epsilon = as_float(given), max(self.epsilon, roundoff(given))
        if not math.isfinite(value):
            raise ObjectiveError(
                "The objective is not finite at the given point.", expected="a finite number", got=repr(value)
            )
        return value

    def along(self, probe: Probe, behind: float = 0.0) -> _Counted:
        """Build the direction and return the objective along it, from the point plus ``behind`` times the claim."""
        place = self._place
        with double_precision():
            start = {k: pieces.stepped(place.theta[k], c, behind) for k, c in enumerate(place.claims)} if behind else {}
        return self._line(probe, start)

    def _line(self, probe: Probe, start: Mapping[int, Any]) -> _Counted:
        line = ShardedLine(self._place, self._direction(probe), start, probe.key)
        counted = _Counted(self, line, line.claimed)
        counted.rounding = line.rounding
        return counted

    def _direction(self, probe: Probe) -> dict[int, Any]:
        found: dict[int, Any] = {}
        with double_precision():
            for part in probe.parts:
                v = self._drawn(part, probe.key)
                found[part.leaf] = v if part.leaf not in found else found[part.leaf] + v
        return found

    def _drawn(self, part: Part, key: int) -> Any:
        place, k = self._place, part.leaf
        theta, claim, least = place.theta[k], place.claims[k], place.least[k]
        stop = theta.size if part.stop < 0 else part.stop
        if stop - part.start == 1 and not is_selective(part):
            # One entry by its own scale: no draw, so nothing is left to chance.
            index = np.unravel_index(part.start, theta.shape)
            wide = np.float64 if theta.dtype.itemsize == 8 else np.float32
            return (theta * 0).astype(wide).at[index].set(part.weight * self.entry(k, part.start)[1])
        how = (pieces.key_of(self.seed, key, k), least, part.weight)
        return pieces.drawn(theta, claim, how, part.weighted(1.0), pieces.sharding_of(theta))

    def count(self, part: Part) -> int:
        """Count the entries that a part chooses."""
        return self._amount(part.weighted(1.0))[0]

    def contribution(self, part: Part) -> float:
        """Return the norm of a part's weighted contributions."""
        return part.weight * self._amount(part.weighted(1.0))[1]

    @functools.lru_cache(maxsize=256)  # noqa: B019 - a subject lives as long as its check
    def _amount(self, part: Part) -> tuple[int, float]:
        place, k = self._place, part.leaf
        with double_precision():
            count, norm = pieces.amount(place.theta[k], place.claims[k], place.least[k], part)
        return int(count), float(norm)

    def entry(self, leaf: int, flat: int) -> tuple[float, float]:
        """Return the claimed gradient and the scale of one entry."""
        theta, least = self._place.theta[leaf], self._place.least[leaf]
        index = np.unravel_index(flat, theta.shape)
        size = abs(float(theta[index]))
        scale = (size or -least) if least < 0.0 else max(size, least)
        return float(self._place.claims[leaf][index]), scale

    def sample(self, part: Part, count: int) -> tuple[int, ...]:
        """Choose up to ``count`` flat indices of the part's entries: of candidates drawn at random."""
        size = self._place.theta[part.leaf].size
        stop = size if part.stop < 0 else part.stop
        rng = np.random.default_rng([self.seed, 2**39 + part.leaf])
        drawn = rng.integers(part.start, stop, CANDIDATES) if stop - part.start > CANDIDATES else None
        candidates = np.unique(drawn) if drawn is not None else np.arange(part.start, stop)
        chosen = candidates[selected_at(part, candidates)]
        if part.low >= 0.0 or part.high != math.inf:
            sizes = [abs(math.prod(self.entry(part.leaf, int(i)))) for i in chosen[: 64 * count]]
            chosen = np.array([i for i, c in zip(chosen, sizes, strict=False) if part.low < c <= part.high], int)
        picked = chosen if chosen.size <= count else rng.choice(chosen, count, replace=False)
        return tuple(sorted(int(i) for i in picked))

    def shifted(self, leaf: int, flat: int, by: float) -> float:
        """Evaluate the objective with ``by`` added to one entry."""
        self.evaluations += 1
        theta = self._place.theta[leaf]
        index = tuple(int(i) for i in np.unravel_index(flat, theta.shape))
        return as_float(self._place.along_entry(self.leaves[leaf].name, index, by))

    def unclaimed(self, fault: ClaimFault) -> _Counted | None:
        """Return the objective along the entry whose claim is not finite."""
        if fault.index is None:
            return None
        name, index = fault.leaf, fault.index
        return _Counted(self, lambda t: as_float(self._place.along_entry(name, index, t)), 0.0)

    def aside(self, probe: Probe, key: int) -> _Counted:
        """Return the objective along a probe, from a point displaced at random by a tiny share of each scale."""
        everywhere = Probe(KEYS + key, tuple(Part(k) for k in range(len(self.leaves))))
        away = self._direction(everywhere)
        with double_precision():
            start = {k: pieces.stepped(self._place.theta[k], v, SMALL) for k, v in away.items()}
        return self._line(probe, start)
