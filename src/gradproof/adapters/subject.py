"""A problem on arrays becomes a subject that the core can probe."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.adapters.averaging import averaged, grouped
from gradproof.adapters.blocks import LEAN, Array, Block, laid_out
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.claim import Claim, match
from gradproof.adapters.describe import degenerate, leaf_of, lengths_of
from gradproof.adapters.directions import Direction, draw
from gradproof.adapters.domain import bounds_of
from gradproof.adapters.generators import frozen
from gradproof.adapters.given import Given
from gradproof.adapters.line import ArrayLine
from gradproof.adapters.native import UNASKED, as_known, pairs_of, unasked_of
from gradproof.adapters.objective import as_float, call, roundoff
from gradproof.adapters.parameters import Parameter, collect
from gradproof.adapters.point import Point
from gradproof.adapters.survey import Surveyed, survey
from gradproof.adapters.together import Batching
from gradproof.adapters.tree import flatten
from gradproof.desk import Center, Desk, Question
from gradproof.errors import ObjectiveError
from gradproof.probe import Probe
from gradproof.seam import ClaimFault, Problem
from gradproof.settings import Settings

# The key of a direction that was not drawn.
UNCLAIMED = -1


class ArraySubject(Batching):
    """A problem on arrays as the core sees it."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self.problem = problem
        self.settings = settings
        self.seed = settings.seed
        self.evaluations = 0
        self.gradient_calls = 0
        self.epsilon = 2.0**-53
        self.calls = 1
        self.desk: Desk | None = None
        self.given = Given(problem.args)
        self.groups: list[list[Array]] = []
        tree = flatten(problem.params)
        parameters, self._left_out = collect(tree, settings)
        self.point = Point(tree, parameters)
        self.fingerprint = self.point.fingerprint()
        self._tree, self._parameters = tree, parameters
        self._bounds = bounds_of(problem, tree, parameters)
        self.lengths = lengths_of(problem.args)
        self._judge()
        self.degenerate = degenerate(self.leaves, self.data)

    def _judge(self) -> None:
        """Ask for the claim and take it for what is to be judged."""
        self._take(self.matched(self._claim()))

    def matched(self, given: Any) -> Claim:
        """Return what the user gave, matched to the parameters."""
        return match(given, self._tree, self._parameters, [name for name, _ in self._left_out])

    def _take(self, claim: Claim) -> None:
        unasked = unasked_of(self.problem)
        without = [f.leaf for f in claim.faults if f.kind in ("none", "missing") and f.leaf in unasked]
        self.claimed_value = claim.value
        self.faults = tuple(fault for fault in claim.faults if fault.leaf not in without)
        self.skipped = (*self._left_out, *((name, UNASKED) for name in without))
        self._adopt(self._parameters, claim.arrays, self._bounds)

    def freeze(self) -> bool:
        """Let every call draw the same random numbers; not for a gradient that was drawn before, elsewhere."""
        if not callable(self.problem.gradient):
            return False
        self.problem = frozen(self.problem)
        self._judge()
        return True

    def average(self, calls: int) -> None:
        """Let every value be the mean of so many calls, and the claim too if it can be called."""
        self.problem, self.calls = averaged(self.problem, calls), calls
        if callable(self.problem.gradient):
            claim, groups = grouped(lambda: self.matched(self._claim()), calls)
            self._take(claim)
            self.groups = [[array for i in self._numbers if (array := group[i]) is not None] for group in groups]

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
        if self.settings.memory == "lean":
            for block in self.judged:
                block.lean = len(block.slots) == 1 and block.theta.size >= LEAN
        usable = [(claim, bound) for claim, bound in zip(claims, bounds, strict=True) if claim is not None]
        total = sum(parameter.array.size for parameter in parameters)
        found: dict[int, Surveyed] = {}
        for block in self.judged:
            members = [slot[0] for slot in block.slots]
            chosen = [usable[k] for k in members]
            surveyed = survey(block, [claim for claim, _ in chosen], [bound for _, bound in chosen], total)
            found.update(zip(members, surveyed, strict=True))
        self.data = [found[k].data for k in range(len(usable))]
        pairs = pairs_of(self.problem)
        leaves = [as_known(leaf_of(parameters[i], found[k], usable[k][0]), self.problem) for i, k in number.items()]
        self.leaves = tuple(replace(leaf, paired=True) if leaf.name in pairs else leaf for leaf in leaves)
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
        value, epsilon = self._center() if self.desk is None else self.desk.center(self._center)
        self.evaluations += self.calls
        self.epsilon = max(self.epsilon, epsilon)
        if not math.isfinite(value):
            raise ObjectiveError(
                "The objective is not finite at the given point.", expected="a finite number", got=repr(value)
            )
        return value

    def _center(self) -> Center:
        buffers = self.point.here()
        result = call(self.problem.loss, self.point.build(buffers), self.problem.args, lambda: "at the given point")
        self.point.compare(buffers)
        return as_float(result), roundoff(result)

    def stay(self) -> None:
        """Evaluate in this process alone."""
        self.desk = None

    def expect(self, probes: tuple[Probe, ...]) -> None:
        """Tell the desk which probes will be measured next if all goes well."""
        if self.desk is not None:
            self.desk.expect(probes)

    def along(self, probe: Probe, behind: float = 0.0) -> ArrayLine:
        """Return the objective along a probe, from the point plus ``behind`` times the claim."""
        asked = Question("line", probe, behind)
        line = ArrayLine(self, draw(probe, self.judged, self.data, self.seed), probe.key, asked)
        if behind != 0.0:
            line.point = self.point.displaced(behind, self._claims())
        return line

    def _claims(self) -> Direction:
        """Return the claimed gradient as a direction."""
        return [laid_out(block, [data.claim for data in self.data]) for block in self.judged]

    def shifted(self, leaf: int, flat: int, by: float) -> float:
        """Evaluate the objective with ``by`` added to one entry."""
        self.evaluations += self.calls
        buffers = self.point.here()
        for block, buffer in zip(self.judged, buffers, strict=True):
            for index, start, _, _ in block.slots:
                if index == leaf:
                    buffer[start + flat] += by
        where = f"with {by!r} added to entry {flat} of {self.leaves[leaf].name}"

        def compute() -> float:
            return as_float(call(self.problem.loss, self.point.build(buffers), self.problem.args, lambda: where))

        return compute() if self.desk is None else self.desk.ask(Question(f"shifted {leaf} {flat}", t=by), compute)

    def unclaimed(self, fault: ClaimFault) -> ArrayLine | None:
        """Return the objective along the entry of which the claim is not finite."""
        if fault.index is None:
            return None
        direction: Direction = [None] * len(self.point.blocks)
        for number, block in enumerate(self.point.blocks):
            for i, start, stop, shape in block.slots:
                if self._parameters[i].name == fault.leaf:
                    v = direction[number] = np.zeros(block.theta.size)
                    v[start:stop].reshape(shape)[fault.index] = 1.0
        return ArrayLine(self, direction, UNCLAIMED)

    def _bound(self, problem: Problem) -> ArraySubject:
        return ArraySubject(problem, self.settings)

    def changed(self) -> tuple[str, ...]:
        """Return the paths of parameters that the user's functions wrote into."""
        return self.point.changed()

    def written(self) -> tuple[str, ...]:
        """Return the names of further arguments that the user's functions have written into."""
        return self.given.written()
