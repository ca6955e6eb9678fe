"""Constants, and names exchanged for others in scope."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.mending.edits.calls import axis_of
from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Atom, Scope


def constants(scope: Scope) -> Iterator[Edit]:
    """Yield numbers exchanged for the numbers that are usually meant."""
    for node in scope.nodes:
        if (
            not isinstance(node, ast.Constant)
            or isinstance(node.value, bool)
            or not isinstance(node.value, int | float)
        ):
            continue
        if _is_axis(scope, node):
            continue
        if _is_index(scope, node):
            yield from _index(scope, node)
            continue
        old, place = scope.src(node), scope.span(node)
        for value, likely in _others(node.value):
            new = _written(value, node.value)
            if value < 0 and _opens(scope, place):
                new = new[1:-1]
            # To leave a factor out says the same in fewer words.
            cost = (
                likely + 0.5 if (value == 1 and _scales(scope, node)) or (value < 0 and _power(scope, node)) else likely
            )
            if new != old:
                words = f"`{new}` belongs where `{old}` stands"
                yield Edit(scope.number, ((*place, new),), "constant", words, cost)
        for size in scope.sizes:
            if size.ready <= place[0]:
                words = f"`{size.text}` belongs where `{old}` stands"
                yield Edit(scope.number, ((*place, size.text),), "constant", words, 1.8)


def _opens(scope: Scope, place: tuple[int, int]) -> bool:
    """Whether a sign may stand before a number as it is."""
    before, behind = scope.text[: place[0]].rstrip(), scope.text[place[1] :].lstrip(" ")
    return before[-1:] in ("(", "[", "{", ",", "=", ":") and not behind.startswith("**")


def _power(scope: Scope, node: ast.Constant) -> bool:
    """Whether a number is an exponent: that it should divide is said by the operator before it."""
    parent = scope.parents.get(node)
    return isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow)


def _scales(scope: Scope, node: ast.Constant) -> bool:
    """Whether a number is a factor, a divisor or an exponent."""
    parent = scope.parents.get(node)
    if not isinstance(parent, ast.BinOp):
        return False
    return isinstance(parent.op, ast.Mult) or (isinstance(parent.op, ast.Div | ast.Pow) and parent.right is node)


def _others(value: float) -> Iterator[tuple[float, float]]:
    seen = {value}
    plain = [(1, 1.0), (2, 1.1), (0, 1.3), (0.5, 1.4), (-1, 1.3)]
    derived = [(-value, 1.2), (1 / value if value else 0, 1.3), (value + 1, 1.3), (value - 1, 1.3), (2 * value, 1.2)]
    for other, cost in [*plain, *derived, (value / 2, 1.2), (3, 1.5), (4, 1.6), (1e-8, 2.5), (1.5, 1.9)]:
        if other not in seen:
            seen.add(other)
            yield other, cost


def _written(value: float, old: float) -> str:
    if float(value).is_integer():
        text = repr(float(value)) if isinstance(old, float) else repr(int(value))
    else:
        text = repr(float(value))
    return f"({text})" if value < 0 else text


def _is_axis(scope: Scope, node: ast.Constant) -> bool:
    """Whether a number says an axis: those are exchanged as such."""
    whole: ast.AST = node
    parent = scope.parents.get(node)
    if isinstance(parent, ast.UnaryOp):
        whole, parent = parent, scope.parents.get(parent)
    call = scope.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    return isinstance(call, ast.Call) and axis_of(scope, call) is whole


def _is_index(scope: Scope, node: ast.Constant) -> bool:
    parent = scope.parents.get(node)
    holder = scope.parents.get(parent) if isinstance(parent, ast.Tuple) else parent
    return isinstance(holder, ast.Subscript) and isinstance(node.value, int)


def _index(scope: Scope, node: ast.Constant) -> Iterator[Edit]:
    old, place = scope.src(node), scope.span(node)
    assert isinstance(node.value, int | float)
    for other in (node.value - 1, node.value + 1, 0, -1, 1):
        if other != node.value:
            words = f"index `{other}` belongs where `{old}` stands"
            yield Edit(scope.number, ((*place, repr(other)),), "slice", words, 1.3)
    for atom in scope.usable(place[0]):
        if atom.kind.form == "number" and atom.kind.dtype == "i":
            words = f"index `{atom.text}` belongs where `{old}` stands"
            yield Edit(scope.number, ((*place, atom.text),), "slice", words, 1.5)


def names(scope: Scope) -> Iterator[Edit]:
    """Yield names, and items of containers, exchanged for others in scope, those of the same shape first."""
    for node in scope.nodes:
        if not _is_use(scope, node):
            continue
        assert isinstance(node, ast.expr)
        kind = scope.kind(node)
        if kind is None or not kind.numeric:
            continue
        old, place = scope.src(node), scope.span(node)
        for atom in scope.usable(place[0]):
            cost = _likeness(kind.shape, atom)
            if atom.text == old or cost is None or kind.form != atom.kind.form:
                continue
            new = atom.text
            words = f"`{new}` belongs where `{old}` stands"
            yield Edit(scope.number, ((*place, new),), "name", words, cost + _distance(old, new))


def _likeness(shape: tuple[int, ...], atom: Atom) -> float | None:
    if atom.kind.shape == shape:
        return 1.3
    if len(atom.kind.shape) == len(shape) or not atom.kind.shape:
        return 2.0
    return 2.4


def _distance(old: str, new: str) -> float:
    """Return less for names that differ by a letter, as dW1 and dW2 do."""
    if len(old) == len(new) and sum(a != b for a, b in zip(old, new, strict=True)) == 1:
        return 0.0
    return 0.2


def _is_use(scope: Scope, node: ast.AST) -> bool:
    if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return False
    parent = scope.parents.get(node)
    if isinstance(parent, ast.Attribute | ast.Subscript) and getattr(parent, "value", None) is node:
        kind = scope.kind(node)
        # The array of x.T, x.sum() or x[i] may be another; the container of p["W"] is looked at as a whole.
        return kind is not None and kind.form == "array"
    if isinstance(parent, ast.Call) and parent.func is node:
        return False
    return not isinstance(parent, ast.Starred)
