"""PyTorch's modes of differentiation as claims: backward, forward, backward of backward, batches of cotangents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.autograd import forward_ad

from gradproof.adapters.tensors import WIDE, overlaps
from gradproof.adapters.tree import flatten
from gradproof.errors import ObjectiveError

Function = Callable[..., Any]

# Without types in PyTorch.
_dual: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = forward_ad.make_dual
_parts: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor | None]] = forward_ad.unpack_dual

# What PyTorch says where a mode was never written; anything else that is raised is the user's own mistake.
NOT_OFFERED = (
    "once_differentiable",
    "does not implement",
    "not implemented",
    "no forward gradient",
    "does not require grad",
    "forward ad",
    "forward-mode",
    "jvp",
    "vmap",
    "batching rule",
    "data-dependent control flow",
)


def not_offered(error: BaseException) -> bool:
    """Whether an exception says that a mode of differentiation does not exist for a function."""
    text = str(error).lower()
    return isinstance(error, NotImplementedError | RuntimeError) and any(words in text for words in NOT_OFFERED)


def differentiated(outputs: Any) -> list[torch.Tensor]:
    """Return the output tensors of real or complex numbers, in order."""
    return [leaf for leaf in flatten(outputs).leaves if isinstance(leaf, torch.Tensor) and leaf.dtype in WIDE]


def fresh(arguments: Sequence[Any]) -> list[Any]:
    """Return arguments whose tensors are leaves of a new graph, laid out as before."""
    return [_fresh(argument) for argument in arguments]


def _fresh(argument: Any) -> Any:
    if not isinstance(argument, torch.Tensor) or argument.dtype not in WIDE:
        return argument
    # What is expanded stays so: a clone would have memory of its own for each entry.
    own = argument.detach()
    return (own if overlaps(own) else own.clone(memory_format=torch.preserve_format)).requires_grad_(True)


def backward(function: Function, count: int) -> Function:
    """Return the vjp that autograd computes: of ``count`` tensors and a cotangent like the output.

    What the output does not depend on has the gradient zero.
    """

    def vjp(*arguments: Any) -> tuple[Any, ...]:
        *inputs, cotangent = arguments
        moved = fresh(inputs)
        with torch.enable_grad():
            outputs = function(*moved)
        return tuple(pulled(outputs, moved[:count], cotangent, "once"))

    return vjp


def pulled(outputs: Any, inputs: Sequence[torch.Tensor], cotangent: Any, order: str) -> list[torch.Tensor]:
    """Return the gradients of outputs weighed by a cotangent; with a graph of their own if ``order`` is "twice"."""
    pairs = zip(differentiated(outputs), differentiated(cotangent), strict=True)
    kept = [(out, weight) for out, weight in pairs if out.requires_grad]
    if not kept:
        return [torch.zeros_like(tensor) for tensor in inputs]
    found = torch.autograd.grad(
        [out for out, _ in kept], inputs, [w for _, w in kept], allow_unused=True, create_graph=order == "twice"
    )
    pairs_of = zip(found, inputs, strict=True)
    return [torch.zeros_like(tensor) if slope is None else slope for slope, tensor in pairs_of]


def forward(function: Function) -> Function:
    """Return the jvp that forward mode computes: of tensors and a tuple of tangents (or just one)."""

    def jvp(*arguments: Any) -> Any:
        *inputs, tangents = arguments
        given = tangents if isinstance(tangents, tuple) else (tangents,)
        with forward_ad.dual_level():
            # They require gradients, so that a gradient can be pushed forward too.
            primals = [tensor.detach().requires_grad_(True) for tensor in inputs]
            duals = [_dual(tensor, tangent) for tensor, tangent in zip(primals, given, strict=True)]
            outputs = function(*duals)
            tree = flatten(outputs)
            return tree.rebuild([_tangent(leaf) for leaf in tree.leaves])

    return jvp


def _tangent(leaf: Any) -> Any:
    if not isinstance(leaf, torch.Tensor) or leaf.dtype not in WIDE:
        return leaf
    primal, tangent = _parts(leaf)
    return torch.zeros_like(primal) if tangent is None else tangent


def of_gradient(function: Function, count: int) -> Function:
    """Return the vjp as a function of inputs and cotangents, which can be differentiated again."""

    def gradient(*arguments: Any) -> tuple[torch.Tensor, ...]:
        inputs = [tensor if tensor.requires_grad else _fresh(tensor) for tensor in arguments[:count]]
        with torch.enable_grad():
            outputs = function(*inputs)
            weights = list(arguments[count:])
            if not any(out.requires_grad for out in differentiated(outputs)):
                raise ObjectiveError("Autograd found no path from the outputs to the inputs.", expected="a graph")
            found = pulled(outputs, inputs, weights, "twice")
        if any(type(node).__name__ == "Error" for node in graph_of(found)):
            # PyTorch would raise only if that node were reached, and return nothing for what lies behind it.
            raise NotImplementedError("a backward pass is marked with @once_differentiable")
        return tuple(found)

    return gradient


def graph_of(tensors: Sequence[torch.Tensor]) -> Iterator[Any]:
    """Yield the nodes of the graph that some tensors came from."""
    waiting = [tensor.grad_fn for tensor in tensors if tensor.grad_fn is not None]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        yield node
        for below, _ in node.next_functions:
            if below is not None and below not in seen:
                seen.add(below)
                waiting.append(below)


def batched(function: Function, inputs: Sequence[torch.Tensor], cotangents: Sequence[Any]) -> list[list[torch.Tensor]]:
    """Return the gradients for several cotangents, one backward pass for all of them by ``vmap``."""
    moved = fresh(inputs)
    with torch.enable_grad():
        outputs = differentiated(function(*moved))
    places = [i for i, out in enumerate(outputs) if out.requires_grad]
    weights = [torch.stack([differentiated(c)[i] for c in cotangents]) for i in places]
    found = torch.autograd.grad([outputs[i] for i in places], moved, weights, is_grads_batched=True, allow_unused=True)
    zeros = [torch.zeros((len(cotangents), *tensor.shape), dtype=tensor.dtype) for tensor in moved]
    full = [zero if slope is None else slope for slope, zero in zip(found, zeros, strict=True)]
    return [[slope[k] for slope in full] for k in range(len(cotangents))]
