"""What is differentiated of a function of tensors: its outputs, and its arguments with their names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import torch

from gradproof.adapters.tensors import WIDE
from gradproof.adapters.tree import flatten
from gradproof.torch.modes import fresh


def differentiable(function: Callable[..., Any], tensors: Sequence[torch.Tensor]) -> Callable[..., Any]:
    """Return a function without the outputs that are declared not to be differentiable, None in their places.

    These are the ones that require no gradient while others do, such as the statistics that a normalisation saves.
    """
    state = torch.get_rng_state()
    with torch.enable_grad():
        outputs = flatten(function(*fresh(tensors))).leaves
    torch.set_rng_state(state)
    numbers = [isinstance(leaf, torch.Tensor) and leaf.dtype in WIDE for leaf in outputs]
    wanted = [is_number and leaf.requires_grad for leaf, is_number in zip(outputs, numbers, strict=True)]
    if not any(wanted) or wanted == numbers:
        return function

    def chosen(*given: Any) -> Any:
        tree = flatten(function(*given))
        return tree.rebuild([leaf if keep else None for leaf, keep in zip(tree.leaves, wanted, strict=True)])

    return chosen


def named(function: Any, names: list[str]) -> None:
    """Give the arguments of a function names, which reports then use."""
    kind = inspect.Parameter.POSITIONAL_ONLY
    function.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])


def names_of(function: Any, count: int) -> list[str]:
    """Return the names of the arguments, if the function has any; of an ``apply`` those of its ``forward``."""
    owner = getattr(function, "__self__", None)
    custom = isinstance(owner, type) and issubclass(owner, torch.autograd.Function)
    called: Any = getattr(owner, "forward", None) if custom else function
    try:
        names = [p.name for p in inspect.signature(called).parameters.values()
                 if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]  # fmt: skip
    except (TypeError, ValueError):
        names = []
    names = names[1:] if custom and names and len(names) > count else names
    return names[:count] if len(names) >= count else [f"input{i}" for i in range(count)]
