"""The point on private arrays in private containers, built once and used for every evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.parameters import Parameter
from gradproof.adapters.point import Point
from gradproof.adapters.tree import flatten


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

    def renew(self, only: int | None = None) -> None:
        """Lay the point, or one block of it, out on fresh arrays, and put them into fresh containers."""
        for number, block in enumerate(self._point.blocks):
            if only is None or number == only:
                self.own[number] = block.theta.copy()
        built = self._point.build(self.own)
        self._inside = flatten(built)
        self.whole = built if self._plain else None

    def built(self) -> Any:
        """Return the user's tree on the arrays as they are."""
        return self._point.build(self.own) if self.whole is None else self.whole

    def intact(self) -> bool:
        """Whether arrays and containers still hold what was put into them."""
        pairs = zip(self._point.blocks, self.own, strict=True)
        if not all(np.array_equal(block.theta, own) for block, own in pairs):
            return False
        if self.whole is None:
            return True
        now = flatten(self.whole)
        same = now.names == self._inside.names
        return same and all(one is other for one, other in zip(now.leaves, self._inside.leaves, strict=True))
