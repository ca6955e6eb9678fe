"""PyTorch: tensors and modules as parameters, gradients by ``backward`` or as given, dropout with one mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from gradproof.adapters.modules import FLOATS, of_module
from gradproof.adapters.tree import Tree, flatten
from gradproof.errors import InputError, ObjectiveError
from gradproof.seam import Problem

# A copy in double precision must give the value again, to the precision of the original.
SAME = 1e-2


@dataclass(frozen=True)
class _Point:
    """The tensors of a problem: their places in the tree, and the dtypes in which the user has them."""

    tree: Tree
    places: tuple[int, ...]
    dtypes: tuple[torch.dtype, ...]
    device: torch.device

    def tensors(self, arrays: Any, dtypes: Sequence[torch.dtype]) -> list[Any]:
        """Return the leaves of a tree of NumPy arrays, tensors where the user has tensors."""
        leaves = list(flatten(arrays).leaves)
        for place, dtype in zip(self.places, dtypes, strict=True):
            leaves[place] = torch.from_numpy(np.asarray(leaves[place])).to(self.device, dtype)
        return leaves


def remember() -> Callable[[], None]:
    """Remember the state of PyTorch's generator of the processor; return what puts it back."""
    state = torch.get_rng_state()
    return lambda: torch.set_rng_state(state)


def translate(problem: Problem) -> Problem | None:
    """Return a problem on tensors as one on NumPy arrays, or None if it has none.

    The arrays share memory with the tensors where they can. Of single and half precision a copy in double precision is
    measured, if the objective accepts one; the claim is the user's own, in the user's dtype.

    Raises
    ------
    InputError
        If tensors stand beside NumPy arrays, on several devices, or have a dtype or layout that cannot be measured.
    """
    if isinstance(problem.params, torch.nn.Module):
        problem = of_module(problem, problem.params)
    tree = flatten(problem.params)
    tensors = [leaf for leaf in tree.leaves if isinstance(leaf, torch.Tensor)]
    if not tensors:
        return None
    _validate(tree, tensors)
    places = tuple(i for i, leaf in enumerate(tree.leaves) if _is_parameter(leaf))
    point = _Point(tree, places, tuple(tree.leaves[i].dtype for i in places), tensors[0].device)
    wide = _widened(problem, point)
    chosen = tuple(torch.float64 for _ in places) if wide is not None else point.dtypes
    return replace(
        problem,
        loss=_loss(problem if wide is None else wide, point, chosen),
        gradient=_gradient(problem, point),
        params=tree.rebuild([_host(leaf, wide is not None) for leaf in tree.leaves]),
    )


def _is_parameter(leaf: Any) -> bool:
    return isinstance(leaf, torch.Tensor) and leaf.dtype in FLOATS


def _validate(tree: Tree, tensors: list[torch.Tensor]) -> None:
    for name, leaf in zip(tree.names, tree.leaves, strict=True):
        if isinstance(leaf, np.ndarray):
            raise InputError(
                "Arrays of two libraries stand in one tree.",
                expected="tensors only",
                got="a numpy.ndarray",
                where=name,
                hint="torch.from_numpy makes a tensor of it",
            )
        if isinstance(leaf, torch.Tensor) and leaf.layout is not torch.strided:
            text = "A sparse tensor cannot be moved entry by entry."
            hint = "pass the tensor of its values, and build the sparse one inside the loss"
            raise InputError(text, got=str(leaf.layout), where=name, hint=hint)
        if isinstance(leaf, torch.Tensor) and (leaf.is_complex() or leaf.dtype is torch.bfloat16):
            text = f"Parameters of dtype {leaf.dtype} are not supported yet."
            raise InputError(text, where=name, expected="float64, float32 or float16")
    devices = sorted({str(tensor.device) for tensor in tensors})
    if len(devices) > 1:
        raise InputError("The parameters lie on several devices.", expected="one device", got=", ".join(devices))


def _host(leaf: Any, wide: bool) -> Any:
    if not isinstance(leaf, torch.Tensor):
        return leaf
    array = leaf.detach().cpu().numpy()
    return array.astype(np.float64) if wide and leaf.dtype in FLOATS else array


def _loss(problem: Problem, point: _Point, dtypes: tuple[torch.dtype, ...]) -> Callable[..., Any]:
    def loss(arrays: Any, *args: Any) -> Any:
        tree = point.tree.rebuild(point.tensors(arrays, dtypes))
        return _number(problem.loss(tree, *(problem.args if args else ())))

    return loss


def _number(value: Any) -> Any:
    """Return an objective's value as NumPy has it, so that its precision is known."""
    if not isinstance(value, torch.Tensor):
        return value
    if value.dtype is torch.bfloat16:
        return np.float16(value.item())
    return value.detach().cpu().numpy()


def _widened(problem: Problem, point: _Point) -> Problem | None:
    """Return the problem with arguments in double precision, or None if it needs none or refuses it."""
    if all(dtype is torch.float64 for dtype in point.dtypes):
        return None
    wide = replace(problem, args=tuple(_double(arg) for arg in problem.args))
    leaves = list(point.tree.leaves)
    state = remember()
    try:
        own = problem.loss(problem.params, *problem.args)
        state()
        for place in point.places:
            leaves[place] = leaves[place].detach().double()
        value = wide.loss(point.tree.rebuild(leaves), *wide.args)
    except Exception:
        # A function of one precision only is measured in that: what is wrong with it shows there.
        return None
    finally:
        state()
    if not isinstance(value, torch.Tensor) or value.dtype is not torch.float64 or value.numel() != 1:
        return None
    pair = [float(one.detach()) if isinstance(one, torch.Tensor) else float(one) for one in (own, value)]
    return wide if abs(pair[0] - pair[1]) <= SAME * (abs(pair[0]) + abs(pair[1])) else None


def _double(arg: Any) -> Any:
    return arg.double() if isinstance(arg, torch.Tensor) and arg.dtype in FLOATS else arg


def _gradient(problem: Problem, point: _Point) -> Any:
    """Return what the user claims, on NumPy arrays: what ``backward`` gives, if nothing is given."""
    claim = problem.gradient
    if claim is not None and not callable(claim):
        return _on_host(claim)

    def gradient(arrays: Any, *args: Any) -> Any:
        leaves = point.tensors(arrays, point.dtypes)
        given = problem.args if args else ()
        if claim is not None:
            return _on_host(claim(point.tree.rebuild(leaves), *given))
        return _backward(problem.loss, point, leaves, given)

    return gradient


def _backward(loss: Callable[..., Any], point: _Point, leaves: list[Any], args: tuple[Any, ...]) -> Any:
    """Return the gradient that autograd computes; zero where the loss does not depend on a leaf."""
    moved = list(leaves)
    wanted = []
    for place in point.places:
        moved[place] = moved[place].detach().clone().requires_grad_(True)
        wanted.append(moved[place])
    with torch.enable_grad():
        value = loss(point.tree.rebuild(moved), *args)
    if not isinstance(value, torch.Tensor):
        raise ObjectiveError(
            "Autograd cannot see through the objective.", expected="a tensor of one element",
            got=f"a {type(value).__name__}", hint="return the tensor itself, without .item() or float()",
        )  # fmt: skip
    found: Sequence[Any] = [None] * len(wanted)
    if value.requires_grad:
        found = torch.autograd.grad(value.sum(), wanted, allow_unused=True)
    for place, own, slope in zip(point.places, wanted, found, strict=True):
        moved[place] = _host(torch.zeros_like(own) if slope is None else slope, False)
    return point.tree.rebuild([_host(leaf, False) for leaf in moved])


def _on_host(given: Any) -> Any:
    if isinstance(given, torch.nn.Module):
        given = {name: parameter.grad for name, parameter in given.named_parameters(remove_duplicate=False)}
    tree = flatten(given)
    return tree.rebuild([_host(leaf, False) for leaf in tree.leaves])
