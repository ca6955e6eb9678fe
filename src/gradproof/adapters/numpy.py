"""The NumPy adapter: a problem on arrays becomes a subject that the core can probe."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array, Block
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.claim import match
from gradproof.adapters.describe import degenerate, leaf_of, lengths_of
from gradproof.adapters.directions import Direction, draw, generator
from gradproof.adapters.domain import bounds_of
from gradproof.adapters.generators import frozen
from gradproof.adapters.line import NumpyLine
from gradproof.adapters.objective import as_float, call, roundoff
from gradproof.adapters.parameters import Parameter, collect
from gradproof.adapters.point import Point
from gradproof.adapters.survey import Surveyed, survey
from gradproof.adapters.tree import flatten
from gradproof.errors import ObjectiveError
from gradproof.probe import Part, Probe
from gradproof.seam import Prediction, Problem
from gradproof.settings import Settings


def bind(problem: Problem, settings: Settings) -> NumpySubject:
    """Return the subject of a problem on NumPy arrays and numbers; a callable gradient is called once.

    Raises
    ------
    InputError
        If the parameters, patterns or bounds cannot be used.
    """
    return NumpySubject(problem, settings)


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
        self.fingerprint = self.point.fingerprint()
        self._tree, self._parameters = tree, parameters
        self._bounds = bounds_of(problem, tree, parameters)
        self.lengths = lengths_of(problem.args)
        self._judge()
        self.degenerate = degenerate(self.leaves, self.data)

    def _judge(self) -> None:
        """Ask for the claim and take it for what is to be judged."""
        claim = match(self._claim(), self._tree, self._parameters, [name for name, _ in self.skipped])
        self.claimed_value, self.faults = claim.value, claim.faults
        self._adopt(self._parameters, claim.arrays, self._bounds)

    def freeze(self) -> bool:
        """Let every call draw the same random numbers; not for a gradient that was drawn before, elsewhere."""
        if not callable(self.problem.gradient):
            return False
        self.problem = frozen(self.problem)
        self._judge()
        return True

    def _adopt(
        self,
        parameters: tuple[Parameter, ...],
        claims: tuple[Array | None, ...],
        bounds: list[Bounds | None],
    ) -> None:
        """Take the parameters whose claim can be judged as leaves; the core numbers these only."""
        self._numbers = [i for i, claim in enumerate(claims) if claim is not None]
        number = {i: k for k, i in enumerate(self._numbers)}
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
        self.leaves = tuple(leaf_of(parameters[i], found[k], usable[k][0]) for i, k in number.items())
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

    def predictions(self, leaf: int, probes: tuple[Probe, ...]) -> Iterable[Prediction]:
        """Say what each hypothesis about a leaf predicts along probes."""
        # What a right gradient has no need of is imported when needed.
        from gradproof.adapters.predictions import leaf_directions, predictions

        directions = leaf_directions(leaf, probes, self.judged, self.data, self.seed)
        named = {**{f"args[{i}]": value for i, value in enumerate(self.problem.args)}, **self.problem.context}
        return predictions(leaf, self.leaves, self.data, directions, named)

    def remarks(self, leaf: int, wrong: Mapping[int, float]) -> tuple[str, ...]:
        """Say what is conspicuous about a wrong claim by itself."""
        from gradproof.adapters.patterns import patterns

        return tuple(patterns(self.data[leaf].claim.reshape(self.data[leaf].shape), wrong))

    def replayed(self, leaf: int) -> str:
        """Say what calling the gradient function again tells about a wrong leaf."""
        if not callable(self.problem.gradient):
            return ""
        from gradproof.adapters.replay import replay

        def gradient_of(problem: Problem) -> Array | None:
            self.gradient_calls += 1
            given = problem.gradient(self.point.build(self.point.here()), *problem.args)
            return match(given, self._tree, self._parameters, ()).arrays[self._numbers[leaf]]

        return replay(self.problem, self.data[leaf].claim.reshape(self.data[leaf].shape), gradient_of)

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
        """Return the norm of a part's weighted contributions."""
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
