"""Names that are worked out and never used, exponents and functions forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Scope

WRAPS = ("sqrt", "exp", "log", "square", "tanh", "abs", "cos", "sin", "sign")


def forgotten(scope: Scope) -> Iterator[Edit]:
    """Yield uses of names that have none, squares, and functions around an operand."""
    unused = _unused(scope)
    for node in scope.nodes:
        if not isinstance(node, ast.expr) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            continue
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.BinOp | ast.Call) and _value(scope, node):
            yield from _used(scope, node, unused)
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and _operand(scope, node):
            yield from _squared(scope, node)
            yield from _wrapped(scope, node)


def _unused(scope: Scope) -> list[tuple[str, int]]:
    """Return the names that are assigned alone and never read, with the character from which on they can be."""
    read = {n.id for n in scope.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    found = {}
    for node in scope.statements:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id not in read:
                    found[target.id] = scope.span(node)[1]
    return list(found.items())


def _value(scope: Scope, node: ast.expr) -> bool:
    """Whether an expression is worth something by itself: no module, no called function, no container of an item."""
    parent = scope.parents.get(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        return False
    if isinstance(parent, ast.Attribute | ast.Subscript | ast.keyword | ast.Slice | ast.Starred):
        return False
    kind = scope.kind(node)
    return (kind is None and not isinstance(node, ast.Name)) or (kind is not None and kind.numeric)


def _operand(scope: Scope, node: ast.expr) -> bool:
    kind = scope.kind(node)
    parent = scope.parents.get(node)
    if kind is not None and (not kind.numeric or kind.dtype == "b"):
        return False
    if isinstance(node, ast.Attribute) and kind is None:
        return False
    return isinstance(parent, ast.BinOp | ast.UnaryOp | ast.Compare) or (
        isinstance(parent, ast.Call) and node in parent.args
    )


def _used(scope: Scope, node: ast.expr, unused: list[tuple[str, int]]) -> Iterator[Edit]:
    start, end = scope.span(node)
    inside = scope.text[start:end]
    whole = f"({inside})" if isinstance(node, ast.BinOp) else inside
    for name, ready in unused:
        if ready > start:
            continue
        for made in (f"{inside} - {name}", f"{inside} + {name}"):
            text = made if scope.loose(node) else f"({made})"
            yield Edit(scope.number, ((start, end, text),), "term", f"`{name}` is worked out and not used", 1.2)
        for made in (f"{whole} * {name}", f"{whole} / {name}"):
            text = made if scope.loose(node) else f"({made})"
            yield Edit(scope.number, ((start, end, text),), "factor", f"`{name}` is worked out and not used", 1.3)
        for atom in _alike(scope, node):
            for made in (f"{inside} - {atom} * {name}", f"{inside} + {atom} * {name}"):
                text = made if scope.loose(node) else f"({made})"
                yield Edit(scope.number, ((start, end, text),), "term", f"`{name}` is worked out and not used", 1.5)
        for size in scope.sizes:
            if size.ready <= start:
                text = f"{inside} + {name} / {size.text}"
                text = text if scope.loose(node) else f"({text})"
                yield Edit(scope.number, ((start, end, text),), "term", f"`{name}` is worked out and not used", 1.5)
        if not isinstance(node, ast.BinOp):
            yield Edit(scope.number, ((start, end, name),), "name", f"`{name}` is worked out and not used", 1.2)


def _alike(scope: Scope, node: ast.expr) -> list[str]:
    """Return the other arrays of the shape of one."""
    kind = scope.kind(node)
    if kind is None or kind.form != "array":
        return []
    usable = scope.usable(scope.span(node)[0])
    return [atom.text for atom in usable if atom.kind.shape == kind.shape and atom.text != scope.src(node)]


def _squared(scope: Scope, node: ast.expr) -> Iterator[Edit]:
    parent = scope.parents.get(node)
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow | ast.MatMult):
        return
    end = scope.span(node)[1]
    words = f"`{scope.src(node)}` should be squared"
    yield Edit(scope.number, ((end, end, "**2"),), "factor", words, 1.6)


def _wrapped(scope: Scope, node: ast.expr) -> Iterator[Edit]:
    if not scope.module:
        return
    start, end = scope.span(node)
    inside = scope.text[start:end]
    for name in WRAPS:
        text = f"{scope.module}.{name}({inside})"
        yield Edit(scope.number, ((start, end, text),), "function", f"`{name}` of `{inside}` is missing", 2.0)
