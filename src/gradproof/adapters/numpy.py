"""The NumPy adapter: a problem on arrays becomes a subject that the core can probe."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array, Block
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.claim import match
from gradproof.adapters.directions import Direction, claimed_slope, draw, generator
from gradproof.adapters.domain import bounds_of
from gradproof.adapters.objective import as_float, call, roundoff
from gradproof.adapters.parameters import Parameter, collect
from gradproof.adapters.point import Point
from gradproof.adapters.survey import Surveyed, survey
from gradproof.adapters.tree import flatten
from gradproof.errors import ObjectiveError
from gradproof.seam import Leaf, Part, Probe, Problem
from gradproof.settings import Settings


def bind(problem: Problem, settings: Settings) -> NumpySubject:
    """Return the subject of a problem on NumPy arrays and numbers; a callable gradient is called once.

    Raises
    ------
    InputError
        If the parameters, patterns or bounds cannot be used.
    """
    return NumpySubject(problem, settings)


class NumpyLine:
    """The objective along one direction."""

    __slots__ = ("_direction", "_key", "_subject", "claimed", "reach")

    def __init__(self, subject: NumpySubject, direction: Direction, key: int) -> None:
        self._subject = subject
        self._direction = direction
        self._key = key
        self.claimed = claimed_slope(direction, subject.judged, subject.data)
        self.reach = subject.reach(direction)

    def __call__(self, t: float) -> float:
        """Evaluate the objective at ``theta + t v``."""
        subject = self._subject
        subject.evaluations += 1
        tree = subject.point.moved(t, self._direction)
        try:
            value = subject.problem.loss(tree, *subject.problem.args)
        except (Exception, SystemExit) as error:
            where = f"along direction {self._key} (leaves {', '.join(subject.moving(self._direction))})"
            error.add_note(f"gradproof: while evaluating the objective at step t = {t!r} {where}")
            raise
        return value if type(value) is float else as_float(value)


class NumpySubject:
    """A problem on NumPy arrays as the core sees it."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self.problem = problem
        self.seed = settings.seed
        self.evaluations = 0
        self.gradient_calls = 0
        self.epsilon = 2.0**-53
        tree = flatten(problem.params)
        parameters, self.skipped = collect(tree, settings)
        self.point = Point(tree, parameters)
        claim = match(self._claim(), tree, parameters, [name for name, _ in self.skipped])
        self.claimed_value, self.faults = claim.value, claim.faults
        self._adopt(parameters, claim.arrays, bounds_of(problem, tree, parameters))
        self.lengths = _lengths(problem.args)

    def _adopt(
        self,
        parameters: tuple[Parameter, ...],
        claims: tuple[Array | None, ...],
        bounds: list[Bounds | None],
    ) -> None:
        """Take the parameters whose claim can be judged as leaves; the core numbers these only."""
        number = {i: k for k, i in enumerate(i for i, claim in enumerate(claims) if claim is not None)}
        self.judged = [
            Block(block.theta, [(number[i], a, b, shape) for i, a, b, shape in block.slots if i in number])
            for block in self.point.blocks
        ]
        usable = [(claim, bound) for claim, bound in zip(claims, bounds, strict=True) if claim is not None]
        total = sum(parameter.array.size for parameter in parameters)
        found: dict[int, Surveyed] = {}
        for block in self.judged:
            members = [slot[0] for slot in block.slots]
            chosen = [usable[k] for k in members]
            surveyed = survey(block, [claim for claim, _ in chosen], [bound for _, bound in chosen], total)
            found.update(zip(members, surveyed, strict=True))
        self.data = [found[k].data for k in range(len(usable))]
        self.leaves = tuple(_leaf(parameters[i], found[k], usable[k][0]) for i, k in number.items())
        self.bounded = any(data.bounds is not None for data in self.data)

    def _claim(self) -> Any:
        gradient = self.problem.gradient
        if not callable(gradient):
            return gradient
        self.gradient_calls += 1
        buffers = self.point.here()
        where = "while calling the gradient function at the given point"
        given = call(gradient, self.point.build(buffers), self.problem.args, lambda: where)
        self.point.compare(buffers)
        return given

    def value(self) -> float:
        """Evaluate the objective at the point.

        Raises
        ------
        ObjectiveError
            If it is not one finite real number.
        """
        buffers = self.point.here()
        result = call(self.problem.loss, self.point.build(buffers), self.problem.args, lambda: "at the given point")
        self.evaluations += 1
        self.point.compare(buffers)
        self.epsilon = max(self.epsilon, roundoff(result))
        value = as_float(result)
        if not math.isfinite(value):
            raise ObjectiveError(
                "The objective is not finite at the given point.", expected="a finite number", got=repr(value)
            )
        return value

    def along(self, probe: Probe) -> NumpyLine:
        """Return the objective along a probe."""
        return NumpyLine(self, draw(probe, self.judged, self.data, self.seed), probe.key)

    def moving(self, direction: Direction) -> list[str]:
        """Return the paths of the leaves in which a direction is not zero."""
        return [
            self.leaves[leaf].name
            for block, v in zip(self.judged, direction, strict=True)
            for leaf, start, stop, _ in block.slots
            if v is not None and np.any(v[start:stop])
        ]

    def shifted(self, leaf: int, flat: int, by: float) -> float:
        """Evaluate the objective with ``by`` added to one entry."""
        self.evaluations += 1
        buffers = self.point.here()
        for block, buffer in zip(self.judged, buffers, strict=True):
            for index, start, _, _ in block.slots:
                if index == leaf:
                    buffer[start + flat] += by
        where = f"with {by!r} added to entry {flat} of {self.leaves[leaf].name}"
        return as_float(call(self.problem.loss, self.point.build(buffers), self.problem.args, lambda: where))

    def changed(self) -> tuple[str, ...]:
        """Return the paths of parameters that the user's functions wrote into."""
        return self.point.changed()

    def count(self, part: Part) -> int:
        """Count the entries that a part chooses."""
        return self.data[part.leaf].count(part)

    def contribution(self, part: Part) -> float:
        """Return the root of the sum of ``(g_i s_i weight)**2`` over the entries of a part."""
        data = self.data[part.leaf]
        return part.weight * (self.leaves[part.leaf].norm if data.is_whole(part) else data.total(part))

    def entry(self, leaf: int, flat: int) -> tuple[float, float]:
        """Return the claimed gradient and the step of one entry along its own direction."""
        return float(self.data[leaf].claim[flat]), self.data[leaf].step(flat)

    def sample(self, part: Part, count: int) -> tuple[int, ...]:
        """Return up to ``count`` flat indices of a part's entries: the largest contribution, the rest at random."""
        data = self.data[part.leaf]
        chosen = data.chosen(part)
        if chosen.size <= count:
            return tuple(int(i) for i in chosen)
        largest = max(chosen[:: max(chosen.size // 65536, 1)], key=lambda i: data.contribution(slice(i, i + 1))[0])
        others = generator(self.seed, 2**39 + part.leaf, 0).choice(chosen, count, replace=False)
        return tuple(sorted({int(largest), *(int(i) for i in others[: count - 1])}))

    def reach(self, direction: Direction) -> tuple[float, float]:
        """Return the interval of t in which a direction stays within the bounds."""
        low, high = -math.inf, math.inf
        if not self.bounded:
            return low, high
        for block, v in zip(self.judged, direction, strict=True):
            for leaf, start, stop, _ in block.slots:
                bounds: Bounds | None = self.data[leaf].bounds
                if bounds is not None and v is not None:
                    near, far = bounds.reach(v[start:stop], slice(0, stop - start))
                    low, high = max(low, near), min(high, far)
        return low, high


@functools.cache
def _name_of(dtype: np.dtype[Any]) -> str:
    return dtype.name


def _leaf(parameter: Parameter, known: Surveyed, claim: Array) -> Leaf:
    dtype, shape = _name_of(parameter.array.dtype), parameter.array.shape
    sizes = (known.norm, known.peak, known.least)
    return Leaf(parameter.name, shape, dtype, _name_of(claim.dtype), *sizes, parameter.aliases)


def _lengths(args: tuple[Any, ...]) -> tuple[tuple[int, str], ...]:
    """Return the lengths of the arguments' axes; if several arguments share one, these only: there the batch is."""
    axes = [(int(n), k, i) for i, arg in enumerate(args) for k, n in enumerate(getattr(arg, "shape", ())) if n > 2]
    owners: dict[int, set[int]] = {}
    for length, _, i in axes:
        owners.setdefault(length, set()).add(i)
    shared = {length for length, found in owners.items() if len(found) > 1} or set(owners)
    named = {length: f"axis {k} of args[{i}]" for length, k, i in reversed(axes) if length in shared}
    return tuple(reversed(named.items()))
