"""The NumPy adapter: a problem on arrays becomes a subject that the core can probe."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradproof.adapters.blocks import PACKED, Array, Block
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.claim import match
from gradproof.adapters.digest import digest
from gradproof.adapters.directions import Direction, claimed_slope, draw, generator
from gradproof.adapters.domain import bounds_of
from gradproof.adapters.leaf import LeafData, typical_scale
from gradproof.adapters.objective import as_float, call, roundoff
from gradproof.adapters.parameters import Parameter, collect
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
        return self._subject.evaluate(t, self._direction, self._key)


class NumpySubject:
    """A problem on NumPy arrays as the core sees it."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self.problem = problem
        self.seed = settings.seed
        self.evaluations = 0
        self.gradient_calls = 0
        self.epsilon = 2.0**-53
        self._tree = flatten(problem.params)
        parameters, self.skipped = collect(self._tree, settings)
        self._originals = [parameter.array for parameter in parameters]
        self._digests = [digest(array) for array in self._originals]
        self._names = [parameter.name for parameter in parameters]
        self._template = [_private(leaf) for leaf in self._tree.leaves]
        self._written: dict[str, None] = {}
        self._pack(parameters)
        claim = match(self._claim(), self._tree, parameters, [name for name, _ in self.skipped])
        self.claimed_value, self.faults = claim.value, claim.faults
        self._adopt(parameters, claim.arrays)
        self.lengths = _lengths(self._tree.names, self._tree.leaves, problem.args)

    def _pack(self, parameters: tuple[Parameter, ...]) -> None:
        """Lay the parameters out in blocks, all of them: what has a faulty claim still enters the objective."""
        self._all = parameters
        self.blocks: list[Block] = []
        small: dict[np.dtype[Any], list[int]] = {}
        for i, parameter in enumerate(parameters):
            array = parameter.array
            if array.size < PACKED:
                small.setdefault(array.dtype, []).append(i)
            else:
                flat = np.ascontiguousarray(array).reshape(-1)
                self.blocks.append(Block(flat, [(i, 0, array.size, array.shape)]))
        for members in small.values():
            stops = np.cumsum([parameters[i].array.size for i in members]).tolist()
            theta = np.concatenate([parameters[i].array.reshape(-1) for i in members])
            starts = [0, *stops[:-1]]
            slots = [(i, a, b, parameters[i].array.shape) for i, a, b in zip(members, starts, stops, strict=True)]
            self.blocks.append(Block(theta, slots))
        # Leaves of the tree that are not arrays are given back as what they were.
        self._plain = tuple((i, p) for i, p in enumerate(parameters) if p.kind != "array" or p.aliases)

    def _adopt(self, parameters: tuple[Parameter, ...], claims: tuple[Array | None, ...]) -> None:
        """Take the parameters whose claim can be judged as leaves."""
        bounds = bounds_of(self.problem, self._tree, parameters)
        places = {leaf: (block, start, stop) for block in self.blocks for leaf, start, stop, _ in block.slots}
        self.data: list[LeafData] = []
        leaves = []
        self._index = [i for i, claim in enumerate(claims) if claim is not None]
        for i in self._index:
            block, start, stop = places[i]
            claim = claims[i]
            assert claim is not None
            data = _leaf_data(block.theta[start:stop], np.asarray(claim), bounds[i])
            norm, peak, zeros = data.statistics()
            parameter = parameters[i]
            dtype, claim_dtype = parameter.array.dtype.name, claim.dtype.name
            shape = parameter.array.shape
            leaves.append(Leaf(parameter.name, shape, dtype, claim_dtype, norm, peak, zeros, parameter.aliases))
            self.data.append(data)
        self.leaves = tuple(leaves)
        # From here on the core numbers the judged leaves only.
        number = {i: k for k, i in enumerate(self._index)}
        self.judged = [
            Block(block.theta, [(number[i], a, b, shape) for i, a, b, shape in block.slots if i in number])
            for block in self.blocks
        ]

    def _claim(self) -> Any:
        gradient = self.problem.gradient
        if not callable(gradient):
            return gradient
        self.gradient_calls += 1
        buffers = [block.moved(0.0, None) for block in self.blocks]
        where = "while calling the gradient function at the given point"
        given = call(gradient, self._build(buffers), self.problem.args, lambda: where)
        self._compare(buffers)
        return given

    def value(self) -> float:
        """Evaluate the objective at the point.

        Raises
        ------
        ObjectiveError
            If it is not one finite real number.
        """
        buffers = [block.moved(0.0, None) for block in self.blocks]
        result = call(self.problem.loss, self._build(buffers), self.problem.args, lambda: "at the given point")
        self.evaluations += 1
        self._compare(buffers)
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

    def evaluate(self, t: float, direction: Direction, key: int) -> float:
        """Evaluate the objective at ``theta + t v``."""
        self.evaluations += 1
        buffers = [block.moved(t, v) for block, v in zip(self.blocks, direction, strict=True)]
        tree = self._build(buffers)

        def where() -> str:
            moving = [
                self.leaves[slot[0]].name
                for b, v in zip(self.judged, direction, strict=True)
                if v is not None
                for slot in b.slots
            ]
            return (
                f"while evaluating the objective at step t = {t!r} along direction {key} (leaves {', '.join(moving)})"
            )

        return as_float(call(self.problem.loss, tree, self.problem.args, where))

    def shifted(self, leaf: int, flat: int, by: float) -> float:
        """Evaluate the objective with ``by`` added to one entry."""
        self.evaluations += 1
        buffers = [block.moved(0.0, None) for block in self.blocks]
        for block, buffer in zip(self.judged, buffers, strict=True):
            for index, start, _, _ in block.slots:
                if index == leaf:
                    buffer[start + flat] += by
        where = f"with {by!r} added to entry {flat} of {self.leaves[leaf].name}"
        return as_float(call(self.problem.loss, self._build(buffers), self.problem.args, lambda: where))

    def _build(self, buffers: list[Array]) -> Any:
        arrays: list[Any] = [None] * len(self._all)
        for block, buffer in zip(self.blocks, buffers, strict=True):
            block.place(buffer, arrays)
        leaves = list(self._template)
        for parameter, array in zip(self._all, arrays, strict=True):
            leaves[parameter.positions[0]] = array
        for i, parameter in self._plain:
            value = arrays[i] if parameter.kind == "array" else arrays[i][()]
            for position in parameter.positions:
                leaves[position] = float(value) if parameter.kind == "float" else value
        return self._tree.rebuild(leaves)

    def _compare(self, buffers: list[Array]) -> None:
        """Note which parameters differ from the point after a call at the point."""
        for block, buffer in zip(self.blocks, buffers, strict=True):
            if not np.array_equal(block.theta, buffer):
                for i, start, stop, _ in block.slots:
                    if not np.array_equal(block.theta[start:stop], buffer[start:stop]):
                        self._written[self._names[i]] = None

    def changed(self) -> tuple[str, ...]:
        """Return the paths of parameters that the user's functions wrote into."""
        for name, array, before in zip(self._names, self._originals, self._digests, strict=True):
            if digest(array) != before:
                self._written[name] = None
        return tuple(self._written)

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
        for block, v in zip(self.judged, direction, strict=True):
            for leaf, start, stop, _ in block.slots:
                bounds: Bounds | None = self.data[leaf].bounds
                if bounds is not None and v is not None:
                    near, far = bounds.reach(v[start:stop], slice(0, stop - start))
                    low, high = max(low, near), min(high, far)
        return low, high


def _leaf_data(theta: Array, claim: Array, bounds: Bounds | None) -> LeafData:
    least, mixed = typical_scale(theta)
    flat = np.ascontiguousarray(claim).reshape(-1)
    return LeafData(theta, flat, claim.shape, least, mixed, bounds)


def _private(leaf: Any) -> Any:
    """Return a copy of an array that is not perturbed, so that nothing can be written into the user's own."""
    return leaf.copy() if isinstance(leaf, np.ndarray) and not np.issubdtype(leaf.dtype, np.floating) else leaf


def _lengths(names: tuple[str, ...], leaves: tuple[Any, ...], args: tuple[Any, ...]) -> tuple[tuple[int, str], ...]:
    """Return lengths that appear in the problem, those of arguments first: there the batch is."""
    found: dict[int, str] = {}
    given = [(f"args[{i}]", arg) for i, arg in enumerate(args)]
    for name, leaf in [*given, *zip(names, leaves, strict=True)]:
        for axis, length in enumerate(getattr(leaf, "shape", ())):
            found.setdefault(int(length), f"axis {axis} of {name}")
    return tuple((length, words) for length, words in found.items() if length > 2)
