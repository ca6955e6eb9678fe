"""PyTorch: tensors and modules as parameters, gradients by ``backward`` or as given, dropout with one mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from gradproof.adapters.modules import of_module
from gradproof.adapters.native import native
from gradproof.adapters.tensors import WIDE, is_parameter, layout_of, on_host, points_of
from gradproof.adapters.torchpoint import TorchPoint
from gradproof.adapters.tree import Tree, flatten
from gradproof.adapters.undeclared import Undeclared
from gradproof.adapters.widening import widened
from gradproof.errors import InputError, ObjectiveError, unbatchable
from gradproof.seam import Problem

DETACHED = (
    "Autograd found no path from the objective to the parameters: is something detached, or computed under no_grad?"
)

# What PyTorch says where something is differentiated whose tensors require no gradients.
WITHOUT_GRAPH = "does not require grad"


def remember() -> Callable[[], None]:
    """Remember the state of PyTorch's generator of the processor; return what puts it back."""
    state = torch.get_rng_state()
    return lambda: torch.set_rng_state(state)


def host(leaf: Any) -> Any:
    """Return a tensor as a NumPy array; anything else as it is."""
    return on_host(leaf)


def like(leaf: Any, array: Any) -> Any:
    """Return a NumPy array as a tensor with the dtype, device and layout of another, or None if that is no tensor."""
    if not isinstance(leaf, torch.Tensor):
        return None
    return layout_of(leaf)(torch.from_numpy(np.array(array)).to(leaf.device, leaf.dtype))


def translate(problem: Problem) -> Problem | None:
    """Return a problem on tensors as one on NumPy arrays, or None if it has none.

    The arrays share memory with the tensors where they can. Of single and half precision a copy in double precision is
    measured, if the objective accepts one; the claim is the user's own, in the user's dtype.

    Raises
    ------
    InputError
        If tensors stand beside NumPy arrays, on several devices, or have a dtype or layout that cannot be measured.
    """
    beside = Undeclared(problem.loss, problem.params, problem.args)
    if isinstance(problem.params, torch.nn.Module):
        problem = of_module(problem, problem.params)
    tree = flatten(problem.params)
    tensors = [leaf for leaf in tree.leaves if isinstance(leaf, torch.Tensor)]
    if not tensors:
        return None
    _validate(tree, tensors)
    places = tuple(i for i, leaf in enumerate(tree.leaves) if is_parameter(leaf))
    point = TorchPoint(tree, places, tuple(tree.leaves[i] for i in places))
    wide = widened(problem, tree, places)
    chosen = point.dtypes if wide is None else tuple(WIDE[dtype] for dtype in point.dtypes)
    measured = problem if wide is None else wide
    notes: dict[str, None] = {}
    return native(
        problem,
        loss=_loss(replace(measured, loss=beside.watched(measured.loss)), point, chosen),
        batched=_batched(measured, point, chosen),
        gradient=_gradient(problem, point, (point.dtypes, notes)),
        precise=None if wide is None or not _is_asked(problem) else _gradient(wide, point, (chosen, {})),
        unasked=frozenset(tree.names[i] for i in point.fixed),
        params=tree.rebuild(points_of(tree.leaves, "double" if wide is not None else "own")),
        notes=lambda: (*notes, *beside.notes()),
    )


def _validate(tree: Tree, tensors: list[torch.Tensor]) -> None:
    for name, leaf in zip(tree.names, tree.leaves, strict=True):
        library = type(leaf).__module__.partition(".")[0]
        if library in ("numpy", "jax", "jaxlib") and hasattr(leaf, "shape"):
            raise InputError(
                "Arrays of two libraries stand in one tree.",
                expected="tensors only",
                got=f"a {type(leaf).__name__} of {library}",
                where=name,
                hint="torch.from_numpy makes a tensor of NumPy's arrays",
            )
        if isinstance(leaf, torch.Tensor) and leaf.layout is not torch.strided:
            text = "A sparse tensor cannot be moved entry by entry."
            hint = "pass the tensor of its values, and build the sparse one inside the loss"
            raise InputError(text, got=str(leaf.layout), where=name, hint=hint)
    devices = sorted({str(tensor.device) for tensor in tensors})
    if len(devices) > 1:
        raise InputError("The parameters lie on several devices.", expected="one device", got=", ".join(devices))
    if any(tensor.is_meta for tensor in tensors):
        raise InputError("Tensors on the device meta hold no numbers.", expected="tensors that are allocated")


def _loss(problem: Problem, point: TorchPoint, dtypes: tuple[torch.dtype, ...]) -> Callable[..., Any]:
    def loss(arrays: Any, *args: Any) -> Any:
        tree = point.tree.rebuild(point.tensors(arrays, dtypes))
        given = problem.args if args else ()
        try:
            return _number(problem.loss(tree, *given))
        except RuntimeError as error:
            if WITHOUT_GRAPH not in str(error):
                raise
        # It differentiates by itself.
        return _number(problem.loss(point.tree.rebuild(point.requiring(arrays, dtypes)), *given))

    return loss


def _batched(problem: Problem, point: TorchPoint, dtypes: tuple[torch.dtype, ...]) -> Callable[..., Any]:
    """Return the objective of many points in one call: the user's own, or what ``torch.func.vmap`` makes."""

    def batched(arrays: Any, *args: Any) -> Any:
        leaves = list(flatten(arrays).leaves)
        stacked = []
        for place, dtype, own in zip(point.places, dtypes, point.originals, strict=True):
            leaves[place] = torch.from_numpy(np.asarray(leaves[place])).to(own.device, dtype)
            stacked.append(leaves[place])
        given = problem.args if args else ()
        if problem.batched is not None:
            return on_host(problem.batched(point.tree.rebuild(leaves), *given))

        def one(*tensors: torch.Tensor) -> Any:
            for place, tensor in zip(point.places, tensors, strict=True):
                leaves[place] = tensor
            value = problem.loss(point.tree.rebuild(leaves), *given)
            return value if isinstance(value, torch.Tensor) else torch.as_tensor(value)

        try:
            return on_host(torch.func.vmap(one)(*stacked)).reshape(len(stacked[0]), -1).sum(axis=1)
        except Exception as error:
            raise unbatchable("torch.func.vmap", error) from error

    return batched


def _number(value: Any) -> Any:
    """Return an objective's value as NumPy has it, so that its precision is known."""
    return on_host(value)


def _is_asked(problem: Problem) -> bool:
    """Whether the claim is computed when it is asked for: by autograd, or by a function."""
    return problem.gradient is None or (
        callable(problem.gradient) and not isinstance(problem.gradient, torch.nn.Module)
    )


def _gradient(problem: Problem, point: TorchPoint, how: tuple[tuple[torch.dtype, ...], dict[str, None]]) -> Any:
    """Return what the user claims, on NumPy arrays: what ``backward`` gives, if nothing is given."""
    claim, (dtypes, notes) = problem.gradient, how
    if claim is not None and not _is_asked(problem):
        return _on_host(claim)

    def gradient(arrays: Any, *args: Any) -> Any:
        given = problem.args if args else ()
        if claim is not None:
            return _on_host(claim(point.tree.rebuild(point.requiring(arrays, dtypes)), *given))
        return _backward(problem.loss, point, point.tensors(arrays, dtypes), (given, notes))

    return gradient


def _backward(
    loss: Callable[..., Any], point: TorchPoint, leaves: list[Any], rest: tuple[tuple[Any, ...], dict[str, None]]
) -> Any:
    """Return the gradient that autograd computes; zero where the loss does not depend on a leaf."""
    args, notes = rest
    moved = list(leaves)
    wanted = []
    asked = [place for place in point.places if place not in point.fixed]
    for place in asked:
        moved[place] = moved[place].detach().clone(memory_format=torch.preserve_format).requires_grad_(True)
        wanted.append(moved[place])
    with torch.enable_grad():
        value = loss(point.tree.rebuild(moved), *args)
    if not isinstance(value, torch.Tensor):
        raise ObjectiveError(
            "Autograd cannot see through the objective.", expected="a tensor of one element",
            got=f"a {type(value).__name__}", hint="return the tensor itself, without .item() or float()",
        )  # fmt: skip
    found: Sequence[Any] = [None] * len(wanted)
    if value.is_complex():
        raise ObjectiveError("The objective is not real.", expected="a real number", got=f"dtype {value.dtype}")
    if value.requires_grad:
        found = torch.autograd.grad(value.sum(), wanted, allow_unused=True)
    else:
        notes[DETACHED] = None
    for place in point.fixed:
        moved[place] = None
    for place, own, slope in zip(asked, wanted, found, strict=True):
        moved[place] = torch.zeros_like(own) if slope is None else slope
    return point.tree.rebuild([on_host(leaf) for leaf in moved])


def _on_host(given: Any) -> Any:
    if isinstance(given, torch.nn.Module):
        given = {name: parameter.grad for name, parameter in given.named_parameters(remove_duplicate=False)}
    tree = flatten(given)
    # One tensor under two names stays one array: it is the total, and not to be added to itself.
    arrays = {id(leaf): on_host(leaf) for leaf in tree.leaves}
    return tree.rebuild([arrays[id(leaf)] for leaf in tree.leaves])
