"""Operators and operands: exchanged, dropped; comparisons; signs."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import STRENGTH, Scope

OTHERS: dict[type[ast.operator], tuple[str, ...]] = {
    ast.Add: ("-", "*"),
    ast.Sub: ("+",),
    ast.Mult: ("/", "@", "+"),
    ast.Div: ("*",),
    ast.MatMult: ("*",),
    ast.Pow: ("*",),
}
# Likelier than the rest.
OPERATOR = {"+-": 1.0, "-+": 1.0, "*/": 1.25, "/*": 1.25}
POWER = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
ASIDE = {
    "<": ("<=", ">", ">="),
    "<=": ("<", ">=", ">"),
    ">": (">=", "<", "<="),
    ">=": (">", "<=", "<"),
    "==": ("!=",),
    "!=": ("==",),
}


def operators(scope: Scope) -> Iterator[Edit]:
    """Yield the edits of operators and operands."""
    for node in scope.nodes:
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Mod) and not _text(node):
            yield from _binary(scope, node)
        elif (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, ast.USub)
            and not isinstance(node.operand, ast.Constant)
        ):
            start, end = scope.span(node)
            text = scope.text[start + 1 : end].strip()
            yield Edit(scope.number, ((start, end, text),), "operand", "the minus sign is too much", 1.0)
        elif isinstance(node, ast.Compare):
            yield from _comparison(scope, node)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            yield Edit(
                scope.number, ((*scope.span(node), scope.atomic(node.operand)),), "operand", "the `~` is too much", 1.2
            )


def _text(node: ast.BinOp) -> bool:
    return any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right))


def _binary(scope: Scope, node: ast.BinOp) -> Iterator[Edit]:
    left, (a, b), right = scope.split(node)
    start, end = scope.span(node)
    symbol = scope.text[a:b]
    for other in OTHERS.get(type(node.op), ()):
        words = f"`{other}` belongs where `{symbol}` stands"
        changes = ((a, b, other),)
        if POWER[other] < STRENGTH.get(type(node.op), 9) and not scope.loose(node):
            changes = ((start, end, f"({left} {other} {right})"),)
        yield Edit(scope.number, changes, "operator", words, OPERATOR.get(symbol + other, 1.4))
    word = {"*": "factor", "@": "factor", "/": "divisor", "+": "term", "-": "term", "**": "exponent"}.get(
        symbol, "operand"
    )
    yield Edit(scope.number, ((start, end, left),), "operand", f"the {word} `{right}` is too much", 1.05)
    if symbol in ("*", "+", "@"):
        yield Edit(scope.number, ((start, end, right),), "operand", f"the {word} `{left}` is too much", 1.1)
    elif symbol == "-":
        text = f"-{right}" if scope.loose(node) else f"(-{right})"
        yield Edit(scope.number, ((start, end, text),), "operand", f"the term `{left}` is too much", 1.3)
        yield Edit(scope.number, ((start, end, right),), "operand", f"`{left} -` is too much", 1.6)
    elif symbol in ("/", "**"):
        yield Edit(scope.number, ((start, end, right),), "operand", f"`{left} {symbol}` is too much", 1.6)
    yield from _about(scope, node, symbol)
    yield from _grouped(scope, node)


def _about(scope: Scope, node: ast.BinOp, symbol: str) -> Iterator[Edit]:
    """Yield exponents off by one, operands exchanged, and parentheses."""
    left, (a, _), right = scope.split(node)
    start, end = scope.span(node)
    if symbol == "**" and not isinstance(node.right, ast.Constant):
        for sign in "-+":
            words = f"the exponent `{right} {sign} 1` belongs where `{right}` stands"
            changes = ((*scope.span(node.right), f"({right} {sign} 1)"),)
            yield Edit(scope.number, changes, "constant", words, 1.4)
    if symbol in ("-", "/", "@", "**"):
        first, second = _alone(scope, node.right, right), _alone(scope, node.left, left)
        text = f"{first} {symbol} {second}"
        yield Edit(scope.number, ((start, end, text),), "order", f"the operands of `{symbol}` are exchanged", 1.2)
    if symbol == "@" and isinstance(node.left, ast.Attribute) and node.left.attr == "T":
        inner = scope.src(node.left.value)
        text = f"{_alone(scope, node.right, right)}.T @ {inner}"
        yield Edit(scope.number, ((start, end, text),), "order", f"`{text}` belongs where its transpose stands", 1.3)
    if symbol in ("+", "-"):
        yield from _crossed(scope, node)
    if symbol in ("+", "-") and isinstance(node.right, ast.BinOp) and right.startswith("("):
        # a - (b + c) for a - b + c, and the product that was meant to hold one term only.
        yield Edit(scope.number, ((a, end, f"{symbol} {right[1:-1]}"),), "order", "the parentheses are too much", 1.6)


def _crossed(scope: Scope, node: ast.BinOp) -> Iterator[Edit]:
    """Yield a factor of one term exchanged for a factor of the other."""
    for one, other in itertools.product(_factors_of(node.left), _factors_of(node.right)):
        first, second = scope.atomic(one), scope.atomic(other)
        if first != second and one is not node.left and other is not node.right:
            changes = ((*_outer(scope, one), second), (*_outer(scope, other), first))
            yield Edit(scope.number, changes, "order", f"`{first}` and `{second}` are exchanged", 1.6)


def _factors_of(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_factors_of(node.left), *_factors_of(node.right)]
    return [node]


def _outer(scope: Scope, node: ast.expr) -> tuple[int, int]:
    """Return where an expression stands with its parentheses."""
    start, end = scope.span(node)
    closed = isinstance(node, ast.BinOp) and scope.text[start - 1] == "(" and scope.text[end : end + 1] == ")"
    return (start - 1, end + 1) if closed else (start, end)


def _grouped(scope: Scope, node: ast.BinOp) -> Iterator[Edit]:
    """Yield a * (b + c) for a * b + c, and the like: parentheses that are missing."""
    symbol = type(node.op)
    if symbol not in (ast.Add, ast.Sub):
        return
    start, end = scope.span(node)
    for side, inner in (("left", node.left), ("right", node.right)):
        if not (isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult | ast.Div | ast.MatMult)):
            continue
        if scope.span(inner) != (start, scope.span(inner)[1]) and side == "left":
            continue
        a, b = scope.span(inner.right if side == "left" else inner.left)
        changes = ((a, a, "("), (end, end, ")")) if side == "left" else ((start, start, "("), (b, b, ")"))
        yield Edit(scope.number, changes, "order", "parentheses are missing", 1.8)


def _alone(scope: Scope, node: ast.expr, text: str) -> str:
    if text.startswith("(") or not isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp):
        return text
    del scope
    return f"({text})"


def _comparison(scope: Scope, node: ast.Compare) -> Iterator[Edit]:
    if len(node.ops) != 1 or type(node.ops[0]) not in COMPARISONS:
        return
    symbol = COMPARISONS[type(node.ops[0])]
    try:
        place = scope.operator(symbol, node.left, node.comparators[0])
    except ValueError:
        return
    for other in ASIDE[symbol]:
        cost = 1.0 if other[0] == symbol[0] else 1.2
        yield Edit(scope.number, ((*place, other),), "comparison", f"`{other}` belongs where `{symbol}` stands", cost)
