"""PyTorch's modules: their parameters exchanged for a call, their buffers left as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    validate_allocated(module)
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

    def totals(module: torch.nn.Module, *args: Any) -> Any:
        return _once(problem.gradient(module, *args), params)

    claim = with_module(totals) if _is_function(problem.gradient) else _once(problem.gradient, params)
    return replace(problem, loss=with_module(problem.loss), gradient=claim, params=params)


def validate_allocated(module: torch.nn.Module) -> None:
    """Raise an error if parameters of a module have no shape yet.

    Raises
    ------
    InputError
        If so.
    """
    if any(torch.nn.parameter.is_lazy(parameter) for parameter in module.parameters()):
        hint = "call the module once"
        raise InputError("Parameters without a shape cannot be judged.", got="a lazy module", hint=hint)


def _once(claim: Any, params: Mapping[str, Any]) -> Any:
    """Return a claim in which equal gradients of one parameter under several names are one object.

    What PyTorch has for a tied parameter is the total: whoever copies it under each name does not want their sum.
    """
    if not isinstance(claim, Mapping):
        return claim
    known: dict[int, Any] = {}
    told = dict(claim)
    for name, given in claim.items():
        if isinstance(given, torch.Tensor) and name in params:
            first = known.setdefault(id(params[name]), given)
            told[name] = first if torch.equal(first, given) else given
    return told


def _is_function(claim: Any) -> bool:
    return callable(claim) and not isinstance(claim, torch.nn.Module)


def _as(buffer: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Return a private copy of a buffer, in double precision if the parameters are."""
    wide = like.dtype in (torch.float64, torch.complex128) and buffer.dtype in WIDE
    # One that requires a gradient keeps its place in the graph: the report tells that nobody declared it.
    own = buffer if buffer.requires_grad else buffer.detach()
    return own.to(WIDE[buffer.dtype], copy=True) if wide else own.clone()
