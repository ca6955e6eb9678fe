"""The point: the user's tree laid out in blocks, moved along directions, and put together again."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import numpy as np

from gradproof.adapters.blocks import PACKED, Array, Block, Drawn, equal
from gradproof.adapters.digest import digest
from gradproof.adapters.parameters import Parameter
from gradproof.adapters.tree import Tree


class Point:
    """The parameters of a tree; the user's own arrays are only read.

    Attributes
    ----------
    blocks
        The flat storage; slots are numbered by parameter.
    """

    def __init__(self, tree: Tree, parameters: tuple[Parameter, ...]) -> None:
        self._tree = tree
        self._parameters = parameters
        self._digests = [digest(parameter.array) for parameter in parameters]
        moved = {position for parameter in parameters for position in parameter.positions}
        # The others too are handed out as copies, so that nothing can be written into the user's own.
        self._template = [leaf if i in moved else _private(leaf) for i, leaf in enumerate(tree.leaves)]
        self._written: dict[str, None] = {}
        # Leaves that are not arrays, or stand in several places, are put back one by one.
        self._special = tuple(p for p in parameters if p.kind != "array" or p.aliases)
        self.blocks = _packed(parameters)
        self._places = [
            [(parameters[i].positions[0], start, stop, shape) for i, start, stop, shape in block.slots]
            for block in self.blocks
        ]

    def here(self) -> list[Array]:
        """Return private copies of the blocks at the point itself."""
        return [block.moved(0.0, None) for block in self.blocks]

    def moved(self, t: float, direction: list[Array | Drawn | None]) -> Any:
        """Return the user's tree on private copies, moved by t times a direction."""
        # In one loop, since it runs in every evaluation.
        leaves = self._template.copy()
        for block, places, v in zip(self.blocks, self._places, direction, strict=True):
            buffer = block.moved(t, v)
            for position, start, stop, shape in places:
                leaves[position] = buffer[start:stop].reshape(shape)
        return self._rebuilt(leaves)

    def displaced(self, t: float, direction: list[Array | Drawn | None]) -> Point:
        """Return the point moved for good, to start from there."""
        other = copy.copy(self)
        moved = zip(self.blocks, direction, strict=True)
        other.blocks = [Block(block.moved(t, v).copy(), block.slots) for block, v in moved]
        return other

    def build(self, buffers: list[Array]) -> Any:
        """Return the user's tree with the values of these buffers."""
        leaves = self._template.copy()
        for places, buffer in zip(self._places, buffers, strict=True):
            for position, start, stop, shape in places:
                leaves[position] = buffer[start:stop].reshape(shape)
        return self._rebuilt(leaves)

    def _rebuilt(self, leaves: list[Any]) -> Any:
        for parameter in self._special:
            array = leaves[parameter.positions[0]]
            value = array if parameter.kind == "array" else array[()]
            for position in parameter.positions:
                leaves[position] = float(value) if parameter.kind == "float" else value
        return self._tree.rebuild(leaves)

    def stacked(self, rows: list[list[Array]]) -> Any:
        """Return the user's tree with one more axis in front of every array of floats: the blocks of many points."""
        return self.spread_out([np.stack(blocks) for blocks in zip(*rows, strict=True)])

    def spread_out(self, whole: list[Array]) -> Any:
        """Return the user's tree of many points from their blocks, each of shape (points, entries)."""
        count = len(whole[0])
        moved = {position for places in self._places for position, *_ in places}
        leaves = [None if i in moved else _repeated(leaf, count) for i, leaf in enumerate(self._template)]
        for rows, places in zip(whole, self._places, strict=True):
            for position, start, stop, shape in places:
                leaves[position] = rows[:, start:stop].reshape(count, *shape)
        for parameter in self._special:
            for position in parameter.positions:
                leaves[position] = leaves[parameter.positions[0]]
        return self._tree.rebuild(leaves)

    def fingerprint(self) -> str:
        """Return a digest of names, shapes and bits of the parameters."""
        whole = hashlib.blake2b(digest_size=16)
        for parameter, own in zip(self._parameters, self._digests, strict=True):
            whole.update(
                f"{parameter.name}{parameter.array.shape}{parameter.array.dtype.str}".encode(errors="surrogatepass")
            )
            whole.update(own)
        return whole.hexdigest()

    def compare(self, buffers: list[Array]) -> None:
        """Note which parameters a function has written into, after a call at the point."""
        for block, buffer in zip(self.blocks, buffers, strict=True):
            if not equal(block.theta, buffer):
                for i, start, stop, _ in block.slots:
                    if not np.array_equal(block.theta[start:stop], buffer[start:stop]):
                        self._written[self._parameters[i].name] = None

    def changed(self) -> tuple[str, ...]:
        """Return the paths of parameters that were written into, privately or in the user's own arrays."""
        for parameter, before in zip(self._parameters, self._digests, strict=True):
            if digest(parameter.array) != before:
                self._written[parameter.name] = None
        return tuple(self._written)


def _packed(parameters: tuple[Parameter, ...]) -> list[Block]:
    """Lay the parameters out: large ones as they are, small ones of one dtype together."""
    blocks = []
    small: dict[np.dtype[Any], list[int]] = {}
    for i, parameter in enumerate(parameters):
        array = parameter.array
        if array.size < PACKED:
            small.setdefault(array.dtype, []).append(i)
        else:
            blocks.append(Block(np.ascontiguousarray(array).reshape(-1), [(i, 0, array.size, array.shape)]))
    for members in small.values():
        stops = np.cumsum([parameters[i].array.size for i in members]).tolist()
        theta = np.concatenate([parameters[i].array.reshape(-1) for i in members])
        starts = [0, *stops[:-1]]
        slots = [(i, a, b, parameters[i].array.shape) for i, a, b in zip(members, starts, stops, strict=True)]
        blocks.append(Block(theta, slots))
    return blocks


def _repeated(leaf: Any, count: int) -> Any:
    """Return a leaf that is not moved as a stack of itself, if it is one of floats."""
    if isinstance(leaf, float) or getattr(getattr(leaf, "dtype", None), "kind", "") == "f":
        return np.stack([leaf] * count)
    return leaf


def _private(leaf: Any) -> Any:
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf
