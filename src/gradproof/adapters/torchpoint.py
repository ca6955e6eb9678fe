"""The tensors of a problem: their places in the tree, and how the user has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradproof.adapters.tensors import layout_of
from gradproof.adapters.tree import Tree, flatten


@dataclass(frozen=True)
class TorchPoint:
    """The tensors of a problem: their places in the tree, and how the user has them."""

    tree: Tree
    places: tuple[int, ...]
    originals: tuple[torch.Tensor, ...]

    @property
    def fixed(self) -> frozenset[int]:
        """The places of tensors that require no gradient where others do: nobody asks for theirs."""
        free = {place for place, own in zip(self.places, self.originals, strict=True) if not own.requires_grad}
        return frozenset(free) if len(free) < len(self.places) else frozenset()

    @property
    def dtypes(self) -> tuple[torch.dtype, ...]:
        """The dtypes in which the user has the parameters."""
        return tuple(tensor.dtype for tensor in self.originals)

    def tensors(self, arrays: Any, dtypes: Sequence[torch.dtype]) -> list[Any]:
        """Return the leaves of a tree of NumPy arrays, tensors laid out as the user's where the user has tensors."""
        leaves = list(flatten(arrays).leaves)
        for place, dtype, own in zip(self.places, dtypes, self.originals, strict=True):
            moved = torch.from_numpy(np.asarray(leaves[place])).to(own.device, dtype)
            leaves[place] = layout_of(own)(moved)
        return leaves

    def requiring(self, arrays: Any, dtypes: Sequence[torch.dtype]) -> list[Any]:
        """Return the same as leaves of a graph, where the user's own are: for functions that call autograd."""
        leaves = self.tensors(arrays, dtypes)
        for place, own in zip(self.places, self.originals, strict=True):
            if own.requires_grad:
                leaves[place] = leaves[place].detach().clone(memory_format=torch.preserve_format).requires_grad_(True)
        return leaves
