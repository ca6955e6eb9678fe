"""PyTorch's tensors as NumPy arrays and back: dtypes that NumPy lacks, layouts, double precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from gradproof.adapters.rounded import rounded

FLOATS = (torch.float64, torch.float32, torch.float16, torch.bfloat16)
COMPLEXES = (torch.complex128, torch.complex64)
WIDE = dict.fromkeys(FLOATS, torch.float64) | dict.fromkeys(COMPLEXES, torch.complex128)


def is_parameter(leaf: Any) -> bool:
    """Whether a leaf is a tensor of real or complex floating-point numbers."""
    return isinstance(leaf, torch.Tensor) and leaf.dtype in WIDE


def on_host(leaf: Any) -> Any:
    """Return a tensor as a NumPy array, sharing memory where it can; anything else as it is."""
    if not isinstance(leaf, torch.Tensor):
        return leaf
    tensor = leaf.detach().cpu()
    # As a gradient it may be sparse: that of an embedding, for one.
    tensor = (tensor if tensor.layout is torch.strided else tensor.to_dense()).resolve_conj().resolve_neg()
    if tensor.dtype is torch.bfloat16:
        # NumPy has no such dtype; single precision holds its numbers exactly.
        return rounded(tensor.float().numpy(), "bfloat16")
    # By force: a tensor known to be zero has no memory that could be shared.
    return tensor.numpy(force=True)


def points_of(leaves: Sequence[Any], precision: str) -> list[Any]:
    """Return the leaves as the arrays that are moved, in their "own" precision or in "double".

    What is one tensor under two names stays one array.
    """
    known: dict[object, Any] = {}
    return [known.setdefault(_identity(leaf), _point_of(leaf, precision)) for leaf in leaves]


def _identity(leaf: Any) -> object:
    if not isinstance(leaf, torch.Tensor) or not leaf.numel():
        return id(leaf)
    return (leaf.data_ptr(), leaf.size(), leaf.stride(), leaf.dtype)


def _point_of(leaf: Any, precision: str) -> Any:
    array = on_host(leaf)
    if not is_parameter(leaf):
        return array
    array = np.asarray(array)
    wide = np.complex128 if leaf.is_complex() else np.float64
    return array if precision == "own" else array.astype(wide)


def layout_of(tensor: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what gives other numbers the layout of a tensor, so that a function sees the strides it would see."""
    size, stride = tensor.size(), tensor.stride()
    if tensor.is_contiguous() or overlaps(tensor):
        # Entries that share memory are moved one by one, which no such tensor could hold.
        return lambda numbers: numbers
    return lambda numbers: torch.empty_strided(size, stride, dtype=numbers.dtype, device=numbers.device).copy_(numbers)


def overlaps(tensor: torch.Tensor) -> bool:
    """Whether entries of a tensor may share memory, as where it is expanded or unfolded."""
    reach = 0
    for stride, length in sorted(zip(tensor.stride(), tensor.size(), strict=True)):
        if length > 1:
            if stride <= reach:
                return True
            reach += stride * (length - 1)
    return False


def doubled(arg: Any) -> Any:
    """Return a tensor in double precision; anything else as it is."""
    return arg.to(WIDE[arg.dtype]) if is_parameter(arg) else arg


class Doubling(TorchFunctionMode):
    """Lets every function of PyTorch compute in double precision, for data in single precision behind a closure."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call a function of PyTorch on double-precision tensors."""
        from torch.utils._pytree import tree_map

        args, kwargs = tree_map(doubled, (args, kwargs or {}))
        dtype = kwargs.get("dtype")
        if dtype in WIDE:
            kwargs["dtype"] = WIDE[dtype]
        return func(*args, **kwargs)
