"""PyTorch's modules: their parameters exchanged for a call, their buffers left as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from gradproof.adapters.tensors import WIDE
from gradproof.errors import InputError
from gradproof.seam import Problem


class _Bound(torch.nn.Module):
    """A loss of a module as a module, so that its parameters and buffers can be exchanged for a call."""

    def __init__(self, module: torch.nn.Module, loss: Callable[..., Any]) -> None:
        super().__init__()
        self.module, self._loss = module, loss

    def forward(self, *args: Any) -> Any:
        return self._loss(self.module, *args)


def of_module(problem: Problem, module: torch.nn.Module) -> Problem:
    """Return a problem on a module as one on a dict of its parameters, named as the module names them.

    Raises
    ------
    InputError
        If it has none.
    """
    params = dict(module.named_parameters(remove_duplicate=False))
    if not params:
        raise InputError(
            "The module has no parameters.", expected="a module with parameters", got=type(module).__name__
        )

    def with_module(function: Callable[..., Any]) -> Callable[..., Any]:
        bound = _Bound(module, function)

        def call(tensors: dict[str, Any], *args: Any) -> Any:
            first = next(iter(tensors.values()))
            # Buffers are copied for each call: what a layer writes into them must not reach the next one.
            buffers = {name: _as(buffer, first) for name, buffer in module.named_buffers(remove_duplicate=False)}
            state = {f"module.{name}": tensor for name, tensor in {**tensors, **buffers}.items()}
            return torch.func.functional_call(bound, state, args, tie_weights=False)

        return call

    claim = with_module(problem.gradient) if _is_function(problem.gradient) else problem.gradient
    return replace(problem, loss=with_module(problem.loss), gradient=claim, params=params)


def _is_function(claim: Any) -> bool:
    return callable(claim) and not isinstance(claim, torch.nn.Module)


def _as(buffer: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Return a private copy of a buffer, in double precision if the parameters are."""
    wide = like.dtype in (torch.float64, torch.complex128) and buffer.dtype in WIDE
    # One that requires a gradient keeps its place in the graph: the report tells that nobody declared it.
    own = buffer if buffer.requires_grad else buffer.detach()
    return own.to(WIDE[buffer.dtype], copy=True) if wide else own.clone()
