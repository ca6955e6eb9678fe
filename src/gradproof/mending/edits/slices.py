"""Slices, ranges and offsets by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Scope


def slices(scope: Scope) -> Iterator[Edit]:
    """Yield bounds and indices that are off by one, and loops that run too short, too far or backwards."""
    for node in scope.nodes:
        if isinstance(node, ast.Slice):
            yield from _bounds(scope, node)
        elif isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            for part in parts:
                yield from _index(scope, part)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("range", "reversed"):
            yield from _loop(scope, node)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield from _whole(scope, node)


def _bounds(scope: Scope, node: ast.Slice) -> Iterator[Edit]:
    start, end = scope.span(node)
    old = scope.text[start:end]
    parts = ["" if part is None else scope.src(part) for part in (node.lower, node.upper)]
    step = "" if node.step is None else f":{scope.src(node.step)}"
    others = {("", ""), ("1", ""), ("", "-1"), ("1", "-1"), (parts[1], ""), ("", parts[0])}
    for low in _near(parts[0], node.lower, "1"):
        others.add((low, parts[1]))
    for high in _near(parts[1], node.upper, "-1"):
        others.add((parts[0], high))
    for low, high in sorted(others):
        new = f"{low}:{high}{step}"
        if new != old:
            yield Edit(scope.number, ((start, end, new),), "slice", f"`{new}` belongs where `{old}` stands", 1.4)
    if node.step is not None and scope.src(node.step) == "-1":
        new = f"{parts[0]}:{parts[1]}"
        yield Edit(scope.number, ((start, end, new),), "slice", "the order is reversed", 1.4)
    elif not step and parts == ["", ""]:
        yield Edit(scope.number, ((start, end, "::-1"),), "slice", "the order is not reversed", 1.8)


def _whole(scope: Scope, node: ast.Name) -> Iterator[Edit]:
    """Yield a vector without its first or last entry, and what a loop runs over turned round."""
    kind, parent = scope.kind(node), scope.parents.get(node)
    if kind is None or kind.form not in ("array", "tree"):
        return
    end = scope.span(node)[1]
    zipped = (
        isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in ("zip", "enumerate")
    )
    if zipped or (isinstance(parent, ast.For) and parent.iter is node):
        yield Edit(scope.number, ((end, end, "[::-1]"),), "slice", f"the order of `{node.id}` is not reversed", 1.6)
    elif isinstance(parent, ast.BinOp) and kind.form == "array" and len(kind.shape) == 1 and kind.shape[0] > 2:
        for part in ("[1:]", "[:-1]"):
            words = f"`{node.id}{part}` belongs where `{node.id}` stands"
            yield Edit(scope.number, ((end, end, part),), "slice", words, 1.7)


def _near(text: str, node: ast.expr | None, bare: str) -> list[str]:
    if node is None:
        return [bare]
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return [str(node.value + 1), str(node.value - 1)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, int):
        return [str(-node.operand.value + 1 or ""), str(-node.operand.value - 1)]
    return [f"{text} + 1", f"{text} - 1", ""]


def _index(scope: Scope, node: ast.expr) -> Iterator[Edit]:
    if isinstance(node, ast.Slice | ast.Constant):
        return
    kind = scope.kind(node)
    if isinstance(node, ast.Name) and not (kind is not None and kind.form == "number" and kind.dtype == "i"):
        return
    if not isinstance(node, ast.Name | ast.BinOp):
        return
    start, end = scope.span(node)
    text = scope.text[start:end]
    for sign in ("+", "-"):
        words = f"index `{text} {sign} 1` belongs where `{text}` stands"
        yield Edit(scope.number, ((end, end, f" {sign} 1"),), "slice", words, 1.3)


def _loop(scope: Scope, node: ast.Call) -> Iterator[Edit]:
    assert isinstance(node.func, ast.Name)
    start, end = scope.span(node)
    text = scope.text[start:end]
    if node.func.id == "reversed":
        if node.args:
            yield Edit(scope.number, ((start, end, scope.src(node.args[0])),), "slice", "`reversed` is too much", 1.4)
        return
    if not node.args:
        return
    parent = scope.parents.get(node)
    if not (isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "reversed"):
        yield Edit(scope.number, ((start, end, f"reversed({text})"),), "slice", "the order is not reversed", 1.6)
    for arg in node.args[:2]:
        if isinstance(arg, ast.Constant):
            continue
        place = scope.span(arg)[1]
        for sign in ("+", "-"):
            words = f"`{scope.src(arg)} {sign} 1` belongs where `{scope.src(arg)}` stands"
            yield Edit(scope.number, ((place, place, f" {sign} 1"),), "slice", words, 1.3)
    if len(node.args) == 1:
        place = scope.span(node.args[0])[0]
        yield Edit(scope.number, ((place, place, "1, "),), "slice", "the loop should begin at 1", 1.4)
