"""A function of tensors in every mode of differentiation that it offers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from gradproof.adapters.frameworks import host
from gradproof.adapters.tensors import WIDE, overlaps
from gradproof.adapters.tree import flatten
from gradproof.adapters.undeclared import Undeclared
from gradproof.derivatives.functions import OF_TOLERANCE, cotangent_of
from gradproof.derivatives.functions import check_function as check_claims
from gradproof.derivatives.spaces import as_vector, random_like
from gradproof.errors import InputError
from gradproof.group import Identity, ReportGroup
from gradproof.model import Outcome
from gradproof.probing.precision import tolerance_of
from gradproof.report import Report
from gradproof.settings import Settings
from gradproof.torch.layouts import layouts
from gradproof.torch.modes import backward, batched, differentiated, forward, not_offered, of_gradient
from gradproof.torch.signatures import differentiable, named, names_of

KINDS = ("backward", "forward", "double backward", "batched")
# Cotangents of one batch.
BATCH = 3


@dataclass(frozen=True, slots=True)
class _Call:
    """A function of the tensors that are differentiated, and these: each entry in memory of its own, and as given."""

    function: Callable[..., Any]
    tensors: tuple[torch.Tensor, ...]
    given: tuple[torch.Tensor, ...]
    beside: Undeclared
    settings: Settings


def check_function(
    function: Callable[..., Any], *inputs: Any, kinds: tuple[str, ...] = KINDS, settings: Settings | None = None
) -> ReportGroup:
    """Judge what PyTorch computes for a function: a custom ``autograd.Function``, an operator, any composition.

    Parameters
    ----------
    function
        ``function(*inputs)`` returns a tensor, or a tree of tensors and other things. ``MyFunction.apply`` is one.
    inputs
        Tensors (strided and transposed ones are handed on as they lie in memory), trees of them, and other things.
        Differentiated are those tensors that require gradients; if none does, all of real or complex numbers. What
        else requires gradients, in a closure or a module, is named in the warnings.
    kinds
        Some of "backward" (each output alone too, and with a cotangent that is not contiguous), "forward" (jvp),
        "double backward" (the gradient of the gradient) and "batched" (``vmap`` over cotangents). What the function
        does not offer is told in the warnings.
    settings
        How each is checked.

    Raises
    ------
    InputError
        If no tensor can be differentiated, or a kind is unknown.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise InputError("There is no such kind.", expected=", ".join(KINDS), got=", ".join(unknown) or "none")
    call = _call(function, inputs, settings or Settings())
    reports: dict[str, Report] = {}
    warnings: list[str] = []
    identities: list[Identity] = []
    for kind in kinds:
        try:
            found = CHECKS[kind](call)
        except (NotImplementedError, RuntimeError) as error:
            if kind == "backward" or not not_offered(error):
                raise
            warnings.append(f"{kind}: not offered ({str(error).strip().splitlines()[0]})")
            continue
        reports |= found.reports
        warnings += found.warnings
        identities += found.identities
    return ReportGroup(reports, (*warnings, *call.beside.notes()), tuple(identities))


def _call(function: Callable[..., Any], inputs: tuple[Any, ...], settings: Settings) -> _Call:
    tree = flatten(list(inputs))
    places = _wanted(tree.leaves, inputs)

    beside = Undeclared(function, None, inputs)

    def whole(*tensors: Any) -> Any:
        full = list(tree.leaves)
        for place, tensor in zip(places, tensors, strict=True):
            full[place] = tensor
        outputs = function(*tree.rebuild(full))
        if not any(isinstance(leaf, torch.Tensor) and leaf.requires_grad for leaf in full):
            beside.see(*flatten(outputs).leaves)
        return outputs

    of_tensors = differentiable(whole, [tree.leaves[place] for place in places])
    named(of_tensors, [_name(tree.names[place], names_of(function, len(inputs))) for place in places])
    given = tuple(tree.leaves[i].detach() for i in places)
    # Entries that share memory are moved one by one, which no expanded tensor could hold.
    apart = tuple(
        tensor.clone(memory_format=torch.contiguous_format) if overlaps(tensor) else tensor for tensor in given
    )
    return _Call(of_tensors, apart, given, beside, settings)


def _wanted(leaves: Sequence[Any], inputs: tuple[Any, ...]) -> list[int]:
    """Return the places of the tensors that are differentiated: those that require gradients, or all."""
    tensors = {i: leaf for i, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor) and leaf.dtype in WIDE}
    wanted = {i: leaf for i, leaf in tensors.items() if leaf.requires_grad} or tensors
    sparse = [leaf for leaf in wanted.values() if leaf.layout is not torch.strided]
    if sparse and (len(sparse) == len(wanted) or any(leaf.requires_grad for leaf in sparse)):
        text = "A sparse tensor cannot be moved entry by entry."
        hint = "give the tensor of its values, and build the sparse one inside the function"
        raise InputError(text, got=str(sparse[0].layout), hint=hint)
    if not wanted:
        raise InputError(
            "There is nothing to differentiate.", expected="a tensor of real or complex numbers",
            got=", ".join(type(x).__name__ for x in inputs) or "no inputs",
        )  # fmt: skip
    return [i for i, leaf in wanted.items() if leaf.layout is torch.strided]


def _name(path: str, names: list[str]) -> str:
    """Return a name for a tensor: that of its argument, with its place in it."""
    first, _, rest = path.partition(".")
    return names[int(first)] + (f"_{re.sub(r'[^0-9A-Za-z]+', '_', rest)}" if rest else "")


def _backward(call: _Call) -> ReportGroup:
    vjp = backward(call.function, len(call.tensors))
    found = check_claims(call.function, *call.tensors, vjp=vjp, settings=call.settings)
    reports = dict(found.reports)
    if reports["vjp"].outcome is Outcome.CONSISTENT:
        cotangent = cotangent_of(call.function(*call.tensors), call.settings.seed).as_tree()
        several = layouts(reports["vjp"], vjp, (call.tensors, call.given, cotangent))
        reports |= {f"vjp, {name}": report for name, report in several}
    return ReportGroup(reports, found.warnings, found.identities)


def _forward(call: _Call) -> ReportGroup:
    return check_claims(call.function, *call.tensors, jvp=forward(call.function), settings=call.settings)


def _double(call: _Call) -> ReportGroup:
    count = len(call.tensors)
    outputs = call.function(*call.tensors)
    weights = differentiated(random_like(outputs, (call.settings.seed, 2**32)).as_tree())
    gradient = of_gradient(call.function, count)
    names = list(inspect.signature(call.function).parameters)
    cotangents = [f"cotangent{i}" if len(weights) > 1 else "cotangent" for i in range(len(weights))]
    named(gradient, [*names, *cotangents])
    vjp = backward(gradient, count + len(weights))
    found = check_claims(gradient, *call.tensors, *weights, vjp=vjp, settings=call.settings)
    return ReportGroup({"double backward": found.reports["vjp"]}, found.warnings)


def _batched(call: _Call) -> ReportGroup:
    """Compare one backward pass for several cotangents with one for each."""
    outputs = call.function(*call.tensors)
    seed = call.settings.seed
    cotangents = [random_like(outputs, (seed, 2**33 + k)).as_tree() for k in range(BATCH)]
    together = batched(call.function, call.tensors, cotangents)
    vjp = backward(call.function, len(call.tensors))
    alone = [vjp(*call.tensors, cotangent) for cotangent in cotangents]
    names = list(inspect.signature(call.function).parameters)
    identities = []
    for i, name in enumerate(names):
        tolerance = OF_TOLERANCE * tolerance_of(str(call.tensors[i].abs().dtype).removeprefix("torch."))
        first, second = ([group[k][i] for k in range(BATCH)] for group in (together, alone))
        w = random_like(second, (seed, 2**34))
        size = w.norm * as_vector(second).norm
        pair = (w.inner([host(t) for t in first]), w.inner(second))
        identities.append(Identity(f"batched gradient of {name} = one by one", *pair, size, tolerance))
    return ReportGroup({}, identities=tuple(identities))


CHECKS: dict[str, Callable[[_Call], ReportGroup]] = {
    "backward": _backward,
    "forward": _forward,
    "double backward": _double,
    "batched": _batched,
}
