"""Objectives of single and half precision in PyTorch: measured on a copy in double precision, where they accept one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from gradproof.adapters.tensors import WIDE, Doubling, doubled
from gradproof.adapters.tree import Tree
from gradproof.seam import Problem

# A copy in double precision must give the value again, to the precision of the original.
SAME = {torch.float32: 1e-2, torch.complex64: 1e-2, torch.float16: 1e-1, torch.bfloat16: 1e-1}


def widened(problem: Problem, tree: Tree, places: tuple[int, ...]) -> Problem | None:
    """Return the problem in double precision, or None if it is so already or refuses it.

    The arguments are widened too. Where that does not serve, because the objective closes over data in single
    precision, every function of PyTorch that it calls is given double-precision copies.
    """
    dtypes = [tree.leaves[place].dtype for place in places]
    if all(dtype is WIDE[dtype] for dtype in dtypes):
        return None
    wide = replace(problem, args=tuple(doubled(arg) for arg in problem.args))
    leaves = list(tree.leaves)
    for place in places:
        leaves[place] = doubled(leaves[place].detach()).requires_grad_(leaves[place].requires_grad)
    state = torch.get_rng_state()
    same = max(SAME.get(dtype, 1e-2) for dtype in dtypes)
    try:
        own = _evaluated(problem, problem.params)
        for candidate in (wide, replace(wide, loss=_doubling(wide.loss))):
            torch.set_rng_state(state)
            value = _evaluated(candidate, tree.rebuild(leaves))
            if own is not None and value is not None and _agree(own, value, same):
                return candidate
    finally:
        torch.set_rng_state(state)
    return None


def _doubling(loss: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        with Doubling():
            return loss(*arguments)

    return call


def _evaluated(problem: Problem, params: Any) -> tuple[float, str] | None:
    """Return the value of an objective and its precision, or None if it raises: what is wrong shows in its own."""
    try:
        value = problem.loss(params, *problem.args)
    except Exception:
        return None
    if isinstance(value, torch.Tensor) and value.numel() == 1 and not value.is_complex():
        return float(value.detach()), str(value.dtype).removeprefix("torch.")
    return (float(value), type(value).__name__) if isinstance(value, float) else None


def _agree(own: tuple[float, str], wide: tuple[float, str], same: float) -> bool:
    """Whether two values are the same but for precision, and the second one is known to be of double precision."""
    return wide[1] == "float64" and abs(own[0] - wide[0]) <= same * (abs(own[0]) + abs(wide[0]))
