"""Where something may be added: what is assigned, returned, added, or passed to a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.mending.edits.scope import Scope
from gradproof.mending.kinds import Kind
from gradproof.mending.tracing import RETURNED


def slots(scope: Scope) -> Iterator[tuple[ast.expr, float]]:
    """Yield the expressions to which something may be added, with how much less likely they are."""
    for node in scope.nodes:
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return) and node.value is not None:
            yield from _whole(node.value)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            yield node.left, 1.0
            yield node.right, 1.0
        elif isinstance(node, ast.Call):
            yield from ((arg, 1.2) for arg in node.args if not isinstance(arg, ast.Starred | ast.Constant))
            if isinstance(node.func, ast.Name) or not scope.is_library(_root(node.func)):
                # A record made, or handed on, leaf by leaf.
                yield from ((k.value, 0.2) for k in node.keywords if k.arg and not isinstance(k.value, ast.Constant))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield node.left, 1.3
            yield node.right, 1.3


def _whole(value: ast.expr) -> Iterator[tuple[ast.expr, float]]:
    parts: list[ast.expr | None] = []
    if isinstance(value, ast.Dict):
        parts = [*value.values]
    elif isinstance(value, ast.Tuple | ast.List):
        parts = [*value.elts]
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict":
        parts = [keyword.value for keyword in value.keywords]
    else:
        parts = [value]
    for part in parts:
        if part is not None and not isinstance(part, ast.Constant | ast.Starred | ast.Lambda):
            yield part, 0.0 if part is value else 0.2


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def shape_of(scope: Scope, node: ast.expr) -> Kind | None:
    """Return the kind of an expression: its own if it is a name, else that of what it is assigned to."""
    known = scope.kind(node)
    parent = scope.parents.get(node)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr == "where":
        # A number there stands for an array.
        known = None if known is None or not known.shape else known
        node, parent = parent, scope.parents.get(parent)
    if known is None and isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        known = scope.kind(parent.targets[0])
    elif known is None and isinstance(parent, ast.AugAssign):
        known = scope.kind(parent.target)
    elif known is None:
        known = _returned(scope, node)
    return known if known is None or known.numeric else Kind("other")


def _returned(scope: Scope, node: ast.expr) -> Kind | None:
    """Return the kind of a returned value, or of a leaf of it; None if it is neither."""
    whole, parent = scope.unit.names.get(RETURNED), scope.parents.get(node)
    if whole is None or not isinstance(parent, ast.Return | ast.Dict | ast.Tuple | ast.List | ast.keyword):
        return None
    holder = scope.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    if isinstance(parent, ast.Return):
        return whole if whole.numeric else None
    if not isinstance(scope.parents.get(holder or parent), ast.Return):
        return None
    items = dict(whole.items)
    if isinstance(parent, ast.keyword):
        return items.get(f"[{parent.arg!r}]") or items.get(f".{parent.arg}")
    if isinstance(parent, ast.Dict):
        key = parent.keys[parent.values.index(node)] if node in parent.values else None
        return items.get(f"[{key.value!r}]") if isinstance(key, ast.Constant) else None
    return items.get(f"[{parent.elts.index(node)}]")


def applied(scope: Scope, node: ast.expr, tail: str) -> tuple[tuple[int, int, str], ...]:
    """Return the changes that put something like `` * c`` behind an expression."""
    start, end = scope.span(node)
    inside = scope.text[start:end]
    weak = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub) and tail.lstrip()[0] in "*/@"
    weak = weak or isinstance(node, ast.Compare | ast.IfExp | ast.Lambda | ast.BoolOp)
    parent = scope.parents.get(node)
    # x ** y, a @ b and a / b bind what stands beside them.
    left, right = ("(", ")") if weak else ("", "")
    if (
        isinstance(parent, ast.BinOp)
        and not scope.loose(node)
        and not (isinstance(parent.op, ast.Add | ast.Sub) and tail.lstrip()[0] in "*/")
    ):
        return ((start, end, f"({left}{inside}{right}{tail})"),)
    return ((start, start, left), (end, end, right + tail)) if left else ((end, end, tail),)


def fits(inner: tuple[int, ...], outer: tuple[int, ...]) -> bool:
    """Whether an array of one shape can multiply another without enlarging it."""
    if len(inner) > len(outer):
        return False
    return all(a in (1, b) for a, b in zip(inner[::-1], outer[::-1], strict=False))
