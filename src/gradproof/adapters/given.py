"""The further arguments of the user's functions: whether one of these writes into them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.digest import digest
from gradproof.adapters.frameworks import host
from gradproof.adapters.tree import flatten


class Given:
    """Arguments as they were at first."""

    def __init__(self, args: tuple[Any, ...]) -> None:
        self._args = args
        self._digests = {name: digest(array) for name, array in _arrays(args)}

    def written(self) -> tuple[str, ...]:
        """Return the names of the arrays whose numbers are no longer the same."""
        return tuple(name for name, array in _arrays(self._args) if digest(array) != self._digests.get(name))


def _arrays(args: tuple[Any, ...]) -> Iterator[tuple[str, Array]]:
    """Yield the arrays that can be written into, with names such as ``args[0].x``."""
    for i, arg in enumerate(args):
        tree = flatten(arg) if isinstance(arg, dict | list | tuple) else None
        pairs = [("", arg)] if tree is None else zip(tree.names, tree.leaves, strict=True)
        for name, leaf in pairs:
            array = host(leaf)
            if isinstance(array, np.ndarray) and array.flags.writeable and array.dtype.kind in "biufc":
                yield f"args[{i}]" + (f".{name}" if name else ""), array
