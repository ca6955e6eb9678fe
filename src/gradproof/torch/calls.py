"""The calls of submodules in one forward pass: their inputs, what of these was differentiated, whom they called."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.autograd.function import BackwardCFunction

from gradproof.adapters.generators import remembered
from gradproof.adapters.tensors import is_parameter, layout_of
from gradproof.adapters.tree import flatten
from gradproof.adapters.undeclared import graph_of
from gradproof.seam import Problem


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """One call of a module in the forward pass.

    Attributes
    ----------
    name
        The path of the module, its class, and the number of the call from the second on.
    module
        The module itself.
    inputs
        Private copies of the arguments by name, the positional ones first; ``positional`` is their number.
    moved
        Paths of the floating-point tensors among them that required gradients.
    outputs
        The leaves of what it returned; ``judged`` are the places of those that required gradients, or of all
        floating-point ones if none did although it was differentiated.
    children
        The calls that its own forward made.
    functions
        The custom autograd functions that its own forward called.
    put_back
        Puts the random generators back to where they were when it was called.
    """

    name: str
    module: torch.nn.Module
    inputs: Mapping[str, Any]
    positional: int
    moved: tuple[str, ...]
    outputs: tuple[Any, ...]
    judged: tuple[int, ...]
    children: tuple[Call, ...]
    functions: tuple[str, ...]
    put_back: Callable[[], None]


@dataclass(eq=False, slots=True)
class _Open:
    """A call that has not returned yet."""

    module: torch.nn.Module
    inputs: dict[str, Any]
    positional: int
    moved: tuple[str, ...]
    behind: frozenset[Any]
    differentiated: str  # "yes" if autograd records here
    put_back: Callable[[], None]
    children: list[Call] = field(default_factory=list)


class Recorder:
    """Notes every call of a module's submodules, and of itself, while its hooks are set."""

    def __init__(self, module: torch.nn.Module) -> None:
        self._names = {id(inner): name for name, inner in module.named_modules()}
        self._module = module
        self._stack: list[_Open] = []
        self._counts: dict[int, int] = {}
        self._nodes: set[Any] = set()
        self.calls: list[Call] = []

    @contextlib.contextmanager
    def hooked(self) -> Iterator[None]:
        """Set the hooks, and remove them whatever happens."""
        handles = []
        try:
            for inner in self._module.modules():
                # First in line: the module's own hooks are called again when it is judged.
                handles.append(inner.register_forward_pre_hook(self._enter, prepend=True, with_kwargs=True))
                handles.append(inner.register_forward_hook(self._leave))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def outside(self, value: Any) -> tuple[str, ...]:
        """Return the custom autograd functions in the graph of the loss that no module called."""
        return self._functions([value] if isinstance(value, torch.Tensor) else [], frozenset())

    def forget_graph(self) -> None:
        """Let the graph of the pass go, and the memory that it holds."""
        self._nodes.clear()

    def _enter(self, module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        labels = _labels(module, len(args))
        tree = flatten({**dict(zip(labels, args, strict=True)), **kwargs})
        recorded = torch.is_grad_enabled()
        moved = tuple(
            name for name, leaf in zip(tree.names, tree.leaves, strict=True)
            if recorded and is_parameter(leaf) and leaf.requires_grad and leaf.numel() and _strided(leaf)
        )  # fmt: skip
        tensors = [leaf for leaf in tree.leaves if isinstance(leaf, torch.Tensor)]
        behind = frozenset(tensor.grad_fn for tensor in tensors if tensor.grad_fn is not None)
        inputs = tree.rebuild([_copied(leaf) for leaf in tree.leaves])
        put_back = remembered(Problem(module, None, None, tuple(tree.leaves)))
        self._stack.append(_Open(module, inputs, len(args), moved, behind, "yes" if recorded else "", put_back))

    def _leave(self, module: torch.nn.Module, _args: tuple[Any, ...], output: Any) -> None:
        # Above it may lie calls that raised, where the caller caught the exception: what was called since is its own.
        orphans: list[Call] = []
        while (top := self._stack.pop()).module is not module:
            orphans = [*top.children, *orphans]
        leaves = flatten(output).leaves
        tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
        self._counts[id(module)] = count = self._counts.get(id(module), 0) + 1
        call = Call(
            name=self._name(module, count),
            module=module,
            inputs=top.inputs,
            positional=top.positional,
            moved=top.moved,
            outputs=tuple(leaf.detach() if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves),
            judged=_judged(leaves) if top.differentiated else (),
            children=(*top.children, *orphans),
            functions=self._functions(tensors, top.behind),
            put_back=top.put_back,
        )
        self.calls.append(call)
        if self._stack:
            self._stack[-1].children.append(call)

    def _name(self, module: torch.nn.Module, count: int) -> str:
        path = self._names[id(module)] or "the module itself"
        return f"{path} ({type(module).__name__})" + (f", call {count}" if count > 1 else "")

    def _functions(self, tensors: list[torch.Tensor], behind: frozenset[Any]) -> tuple[str, ...]:
        """Return the names of custom autograd functions between tensors and nodes that are not yet another call's."""
        custom = (node for node in graph_of(tensors, behind) if isinstance(node, BackwardCFunction))
        new = [node for node in custom if node not in self._nodes]
        self._nodes.update(new)
        return tuple(dict.fromkeys(map(_name_of, reversed(new))))


GENERATED = "GeneratedBackwardFor_"


def _name_of(node: Any) -> str:
    """Return the name of the custom function, or operator, that a node of the graph belongs to."""
    name = type(node).__name__.removesuffix("Backward")
    if name.startswith(GENERATED):
        return f"{name.removeprefix(GENERATED)} (torch.library operator)"
    return f"{name} (autograd.Function)"


def _judged(leaves: tuple[Any, ...]) -> tuple[int, ...]:
    numbers = [i for i, leaf in enumerate(leaves) if is_parameter(leaf) and leaf.numel() and _strided(leaf)]
    return tuple(i for i in numbers if leaves[i].requires_grad) or tuple(numbers)


def _strided(tensor: torch.Tensor) -> object:
    return tensor.layout is torch.strided


def _copied(leaf: Any) -> Any:
    """Return a private copy of a tensor, laid out alike: what works in place must not change it."""
    if not isinstance(leaf, torch.Tensor):
        return leaf
    own = leaf.detach().clone()
    return layout_of(leaf)(own) if leaf.layout is torch.strided else own


def _labels(module: torch.nn.Module, count: int) -> list[str]:
    """Return names for the positional arguments of a module: its forward's own where they fit."""
    forward: Callable[..., Any] = module.forward
    try:
        found = inspect.signature(forward).parameters.values()
        names = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except (TypeError, ValueError):
        names = []
    # With a space, which no keyword has.
    return names[:count] + [f"input {i}" for i in range(len(names), count)]
