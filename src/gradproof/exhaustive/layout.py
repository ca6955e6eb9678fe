"""The point on private arrays in private containers, built once and used for every evaluation."""

from __future__ import annotations

from typing import Any

from gradproof.adapters.blocks import Array, equal
from gradproof.adapters.parameters import Parameter
from gradproof.adapters.point import Point
from gradproof.adapters.tree import flatten

# A block of more entries is not copied for one call.
COPIED = 1 << 16


class Layout:
    """The arrays that entries are moved in.

    Attributes
    ----------
    own
        One flat array for each block of the point.
    whole
        The user's tree on them; None where numbers stand in it that must be put in anew for each call.
    """

    def __init__(self, point: Point, parameters: tuple[Parameter, ...]) -> None:
        self._point = point
        self._plain = all(parameter.kind == "array" for parameter in parameters)
        self.own: list[Array] = [block.theta for block in point.blocks]
        self.whole: Any = None
        self.renew()

    def renew(self) -> None:
        """Lay the point out on fresh arrays, and put them into fresh containers."""
        self.own = [block.theta.copy() for block in self._point.blocks]
        built = self._point.build(self.own)
        self._inside = flatten(built)
        self.whole = built if self._plain else None

    def apart(self, block: int, place: int, x: float) -> Any:
        """Return the user's tree with one entry replaced, on arrays that no function has seen, for one call.

        A large block is moved in place, and ``back`` puts it back: its arrays are new as objects only.
        """
        own = list(self.own)
        if own[block].size <= COPIED:
            own[block] = self._point.blocks[block].theta.copy()
        own[block][place] = x
        return self._point.build(own)

    def back(self, block: int, place: int) -> None:
        """Put an entry back."""
        self.own[block][place] = self._point.blocks[block].theta[place]

    def built(self) -> Any:
        """Return the user's tree on the arrays as they are."""
        return self._point.build(self.own) if self.whole is None else self.whole

    def intact(self) -> bool:
        """Whether arrays and containers still hold what was put into them."""
        pairs = zip(self._point.blocks, self.own, strict=True)
        if not all(equal(block.theta, own) for block, own in pairs):
            return False
        if self.whole is None:
            return True
        now = flatten(self.whole)
        same = now.names == self._inside.names
        return same and all(one is other for one, other in zip(now.leaves, self._inside.leaves, strict=True))
