"""What is asked of PyTorch's modes besides their numbers: undefined gradients, dtypes, repetition, batches of tangents.

Each function returns sentences on what is amiss. They begin with the words of ``torch.autograd.gradcheck``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from gradproof.derivatives.spaces import random_like
from gradproof.torch.modes import differentiated, forward, fresh
from gradproof.torch.signatures import names_of

Function = Callable[..., Any]
Tensors = Sequence[torch.Tensor]
# Without types in PyTorch.
_jacobian: Callable[..., tuple[torch.Tensor, ...]] = torch.autograd.functional.jacobian
# Tangents of one batch, and to what share of its size a batch agrees with one at a time.
BATCH, SAME = 3, 1e-5


class _Undefined(torch.autograd.Function):
    """The identity, whose backward pass gives no gradient: what lies before it gets an undefined one."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        del ctx
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> None:
        del ctx, cotangents


_without_gradient: Callable[[torch.Tensor], torch.Tensor] = _Undefined.apply


def of_wanted(function: Function, given: Sequence[Any]) -> tuple[Function, list[torch.Tensor], list[str]]:
    """Return the function of those arguments that require gradients, these detached, and their names."""
    places = [i for i, x in enumerate(given) if isinstance(x, torch.Tensor) and x.requires_grad]

    def of_tensors(*tensors: Any) -> Any:
        full = list(given)
        for place, tensor in zip(places, tensors, strict=True):
            full[place] = tensor
        return function(*full)

    names = names_of(function, len(given))
    return of_tensors, [given[i].detach() for i in places], [names[i] for i in places]


def _graph(function: Function, tensors: Tensors) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return fresh inputs and the outputs that depend on them."""
    moved = fresh(tensors)
    with torch.enable_grad():
        outputs = differentiated(function(*moved))
    return moved, [out for out in outputs if out.requires_grad]


def _pulled(outputs: Tensors, inputs: Tensors, cotangents: Tensors) -> tuple[torch.Tensor | None, ...]:
    return torch.autograd.grad(outputs, inputs, cotangents, allow_unused=True, retain_graph=True)


def zeros(function: Function, tensors: Tensors) -> list[str]:
    """Say of which inputs the gradient is not zero for cotangents of zeros."""
    inputs, outputs = _graph(function, tensors)
    if not outputs:
        return []
    found = _pulled(outputs, inputs, [torch.zeros_like(out) for out in outputs])
    told = "backward not multiplied by grad_output: the gradient of input {} is not zero for a cotangent of zeros"
    return [told.format(i) for i, slope in enumerate(found) if _is_not_zero(slope)]


def undefined(function: Function, tensors: Tensors) -> list[str]:
    """Say for which outputs the backward pass does not take an undefined gradient for zero."""
    told = "Expected backward function to handle undefined output grads: without that of {} it {}"
    count = len(_graph(function, tensors)[1])
    choices = [set(range(count)), *({i} for i in range(count) if count > 1)] if count else []
    faults = []
    for left_out in choices:
        inputs, outputs = _graph(function, tensors)
        chosen = [_without_gradient(out) if i in left_out else out for i, out in enumerate(outputs)]
        which = "any output" if len(left_out) == count else f"output {next(iter(left_out))}"
        try:
            found = _pulled(chosen, inputs, [torch.zeros_like(out) for out in chosen])
        except Exception as error:  # whatever the user's backward pass does with None
            faults.append(told.format(which, f"raises {type(error).__name__}: {error}"))
            continue
        faults += [told.format(which, f"gives input {i} a gradient") for i, g in enumerate(found) if _is_not_zero(g)]
    return faults


def _is_not_zero(slope: torch.Tensor | None) -> bool:
    return slope is not None and bool(torch.any(slope.to_dense() != 0))


def repeated(function: Function, tensors: Tensors, tolerance: float) -> list[str]:
    """Say of which inputs the gradient differs by more than a tolerance when backward is run again on one graph."""
    inputs, outputs = _graph(function, tensors)
    if not outputs:
        return []
    drawn = _cotangents(outputs)
    first, second = (_pulled(outputs, inputs, drawn) for _ in range(2))
    gaps = [0.0 if a is None or b is None else _gap(a, b) for a, b in zip(first, second, strict=True)]
    told = "Backward is not reentrant: run twice, the gradient of input {} differs by {:.3g}, where {:.3g} is accepted"
    return [told.format(i, gap, tolerance) for i, gap in enumerate(gaps) if gap > tolerance]


def dtypes(function: Function, tensors: Tensors) -> list[str]:
    """Say which gradients have another dtype than their inputs."""
    inputs, outputs = _graph(function, tensors)
    if not outputs:
        return []
    found = _pulled(outputs, inputs, _cotangents(outputs))
    pairs = [(i, g.dtype, x.dtype) for i, (g, x) in enumerate(zip(found, inputs, strict=True)) if g is not None]
    told = "Gradient has dtype mismatch: that of input {} is {}, the input {}"
    return [told.format(*pair) for pair in pairs if pair[1] != pair[2]]


def missing_tangents(function: Function, tensors: Tensors) -> list[str]:
    """Say for which inputs forward mode takes no tangent for something else than a tangent of zeros."""
    told = "Mismatch in tangent values for output {}: input {} without a tangent is not as with one of zeros"
    tangents = _cotangents(tensors)
    faults = []
    for i in range(len(tensors) if len(tensors) > 1 else 0):
        given = [torch.zeros_like(t) if i == k else t for k, t in enumerate(tangents)]
        with_zero = differentiated(forward(function)(*tensors, tuple(given)))
        rest = [k for k in range(len(tensors)) if k != i]
        jvp = forward(_held(function, i, tensors[i]))
        without = differentiated(jvp(*(tensors[k] for k in rest), tuple(tangents[k] for k in rest)))
        faults += [told.format(j, i) for j, pair in enumerate(zip(with_zero, without, strict=True)) if _differ(*pair)]
    return faults


def _held(function: Function, place: int, tensor: torch.Tensor) -> Function:
    """Return a function with one of its inputs fixed."""

    def held(*rest: Any) -> Any:
        return function(*rest[:place], tensor.detach(), *rest[place:])

    return held


def batched_tangents(function: Function, tensors: Tensors) -> list[str]:
    """Say where forward mode under ``vmap`` differs from one tangent at a time, or that it cannot be batched."""
    tangents = [_cotangents(tensors, k) for k in range(BATCH)]

    def along(steps: torch.Tensor) -> tuple[torch.Tensor, ...]:
        moved = [x.detach() + sum(steps[k] * tangents[k][i] for k in range(BATCH)) for i, x in enumerate(tensors)]
        return tuple(differentiated(function(*moved)))

    start = torch.zeros(BATCH, dtype=torch.float64, device=tensors[0].device)
    start = start.to(tensors[0].real.dtype)
    try:
        # The derivatives by all steps at once: vmap over forward mode.
        together = _jacobian(along, start, vectorize=True, strategy="forward-mode")
    except RuntimeError as error:
        return [f"While computing batched gradients, got: {error}"]
    jvp = forward(function)
    alone = [differentiated(jvp(*tensors, tuple(tangents[k]))) for k in range(BATCH)]
    told = "While computing batched gradients: the tangent of output {} is not that of one at a time"
    pairs = [(j, whole[..., k], alone[k][j]) for j, whole in enumerate(together) for k in range(BATCH)]
    return list(dict.fromkeys(told.format(j) for j, first, second in pairs if _differ(first, second)))


def _differ(first: torch.Tensor, second: torch.Tensor) -> bool:
    size = float(torch.linalg.vector_norm(second.detach()))
    return not _gap(first.detach(), second.detach()) <= SAME * size


def _gap(first: torch.Tensor, second: torch.Tensor) -> float:
    """Return the largest difference; infinite where one is not a number and the other is."""
    if not first.numel():
        return 0.0
    gap = float((first.to_dense() - second.to_dense()).abs().max())
    return gap if not math.isnan(gap) else (0.0 if torch.equal(first.isnan(), second.isnan()) else math.inf)


def weights(outputs: list[torch.Tensor], given: Any, gap: int) -> list[torch.Tensor]:
    """Return the cotangents of outputs: those given, or random ones with so many places in memory for each."""
    if given is not None:
        return [given] if isinstance(given, torch.Tensor) else list(given)
    return [torch.randn((*out.shape, gap), dtype=out.dtype, device=out.device)[..., 0].requires_grad_(True)
            for out in outputs]  # fmt: skip


def _cotangents(tensors: Tensors, key: int = 0) -> list[torch.Tensor]:
    drawn = random_like([tensor.detach() for tensor in tensors], (2**43, key)).as_tree()
    return list(drawn)
