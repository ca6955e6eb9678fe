"""PyTorch's leaves that a loss depends on and nobody declared: found in the graph, named where the loss has them."""

from __future__ import annotations

import functools
import inspect
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import torch

from gradproof.adapters.tree import flatten

# Evaluations whose graphs are looked at: what is a leaf of one only was made inside of the loss.
LOOKED_AT = 2
# Leaves that are named; more are counted.
NAMED = 4
# How deep containers are searched for names, and how many objects at most.
DEPTH, OBJECTS = 4, 10_000


def graph_of(tensors: Iterable[torch.Tensor], stop: frozenset[Any] = frozenset()) -> Iterator[Any]:
    """Yield the nodes of the graph that tensors came from; those in ``stop`` and what lies behind are left out."""
    waiting = [tensor.grad_fn for tensor in tensors if tensor.grad_fn is not None]
    seen = {*waiting, *stop}
    waiting = [node for node in waiting if node not in stop]
    while waiting:
        node = waiting.pop()
        yield node
        for below, _ in node.next_functions:
            if below is not None and below not in seen:
                seen.add(below)
                waiting.append(below)


def leaves_of(value: Any) -> list[torch.Tensor]:
    """Return the tensors at which the graph of a value ends; none for what is no tensor, or has no graph."""
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        return []
    if value.grad_fn is None:
        return [value]
    return [node.variable for node in graph_of([value]) if hasattr(node, "variable")]


class Undeclared:
    """Watches a loss on tensors that require no gradients: what its graph ends at all the same was not declared.

    Parameters
    ----------
    loss
        The user's function, in whose closure and globals leaves are looked for by name.
    params
        The user's parameters: a module, or a tree of tensors.
    args
        Further arguments of the loss, looked through too.
    """

    def __init__(self, loss: Callable[..., Any], params: Any = None, args: tuple[Any, ...] = ()) -> None:
        self._loss, self._params, self._args = loss, params, args
        self._looks = 0
        # By identity, and kept alive: another tensor may not get the same one.
        self._leaves: dict[int, torch.Tensor] = {}

    def watched(self, loss: Callable[..., Any]) -> Callable[..., Any]:
        """Return a loss whose values are seen; it may be another form of the user's own."""

        def call(*given: Any) -> Any:
            value = loss(*given)
            self.see(value)
            return value

        return call

    def see(self, *values: Any) -> None:
        """Look at the graph of a value of the loss, or of several outputs; from the third time on nothing is done."""
        if self._looks >= LOOKED_AT:
            return
        found = {id(leaf): leaf for value in values for leaf in leaves_of(value)}
        both = found if self._looks == 0 else {key: leaf for key, leaf in self._leaves.items() if key in found}
        self._leaves, self._looks = both, self._looks + 1

    def notes(self) -> tuple[str, ...]:
        """Return what the report should say of leaves that were found: one sentence for each kind, or nothing."""
        if not self._leaves:
            return ()
        names = names_of([("", self._loss), ("", self._params), ("args", self._args)])
        leaves = list(self._leaves.values())
        given = {id(leaf) for leaf in _tensors_of(self._params)}
        passed_by = [_described(leaf, names) for leaf in leaves if id(leaf) in given]
        others = [_described(leaf, names) for leaf in leaves if id(leaf) not in given]
        told = []
        if others:
            told.append(
                "The objective depends on what requires a gradient and is not among the parameters: "
                f"{_listed(others)}. Its gradient was not judged."
            )
        if passed_by:
            told.append(
                "The objective uses a parameter itself where it should use what it is called with: "
                f"{_listed(passed_by)}. Its gradient was judged only in part."
            )
        return tuple(told)


def _tensors_of(params: Any) -> list[Any]:
    return [] if isinstance(params, torch.nn.Module) else list(flatten(params).leaves)


def _listed(told: list[str]) -> str:
    return ", ".join(told[:NAMED]) + (f", and {len(told) - NAMED} more" if len(told) > NAMED else "")


def _described(leaf: torch.Tensor, names: dict[int, str]) -> str:
    shape = "x".join(map(str, leaf.shape)) or "scalar"
    dtype = str(leaf.dtype).removeprefix("torch.")
    return f"{names.get(id(leaf)) or 'a tensor without a name'} ({shape} {dtype})"


def names_of(roots: Iterable[tuple[str, Any]]) -> dict[int, str]:
    """Return names of the tensors that can be reached from some values, by their identity.

    Looked through are modules, containers, instances and functions: of these the closure, the globals that their code
    names, their defaults, and what they are bound to.
    """
    found: dict[int, str] = {}
    waiting = deque((name, value, 0) for name, value in roots)
    seen: dict[int, Any] = {}
    while waiting and len(seen) < OBJECTS:
        name, value, depth = waiting.popleft()
        if isinstance(value, torch.Tensor):
            found.setdefault(id(value), name)
            for leaf in leaves_of(value):
                found.setdefault(id(leaf), f"a tensor behind {name}")
        elif depth <= DEPTH and id(value) not in seen:
            seen[id(value)] = value
            waiting.extend((inner, part, depth + 1) for inner, part in _parts(name, value))
    return found


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a value holds, by the name that the user has for it."""
    if isinstance(value, functools.partial):
        yield from (("", value.func), *((f"argument {i}", arg) for i, arg in enumerate(value.args)))
        yield from value.keywords.items()
    elif inspect.ismethod(value):
        yield from (("", value.__func__), ("self", value.__self__))
    elif inspect.isfunction(value):
        # A function's variables have names of their own, wherever it was found.
        yield from _variables(value)
    elif isinstance(value, torch.nn.Module):
        pairs = [*value.named_parameters(remove_duplicate=False), *value.named_buffers(remove_duplicate=False)]
        yield from ((_joined(name, inner), tensor) for inner, tensor in pairs)
        yield from ((_joined(name, inner), module) for inner, module in value.named_children())
        yield from ((_joined(name, inner), part) for inner, part in _attributes(value))
    elif isinstance(value, dict):
        yield from ((f"{name}[{key!r}]", part) for key, part in islice(value.items(), OBJECTS))
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"{name}[{i}]", part) for i, part in enumerate(islice(value, OBJECTS)))
    elif not isinstance(value, type) and not inspect.ismodule(value):
        yield from ((_joined(name, inner), part) for inner, part in _attributes(value))


def _joined(name: str, inner: str) -> str:
    return f"{name}.{inner}" if name else inner


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of an instance, but what PyTorch's modules keep of their own."""
    if isinstance(getattr(value, "__dict__", None), dict):
        own = torch.nn.Module().__dict__ if isinstance(value, torch.nn.Module) else {}
        yield from ((key, part) for key, part in list(value.__dict__.items()) if key not in own)


def _variables(function: Any) -> Iterator[tuple[str, Any]]:
    """Yield the variables outside of a function that its code, or a function written inside of it, names."""
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:
            continue  # not assigned yet
    for name in dict.fromkeys(_global_names(code)):
        if name in function.__globals__:
            yield name, function.__globals__[name]
    yield from (function.__kwdefaults__ or {}).items()
    names = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    yield from zip(names[len(names) - len(defaults) :], defaults, strict=True)


def _global_names(code: Any) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _global_names(constant)
