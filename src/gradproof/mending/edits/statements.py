"""Whole statements: assignment for accumulation, a line too much, returned leaves exchanged."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Scope

AUGMENTED = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/="}


def statements(scope: Scope) -> Iterator[Edit]:
    """Yield the edits of statements."""
    for node in scope.statements:
        if isinstance(node, ast.AugAssign) and type(node.op) in AUGMENTED:
            yield from _augmented(scope, node)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            yield from _assigned(scope, node)
        if isinstance(node, ast.Assign | ast.AugAssign):
            yield from _removed(scope, node)
    for other in scope.nodes:
        yield from _listed(scope, other)
        if isinstance(other, ast.For):
            yield from _unpacked(scope, other.target)


def _listed(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """Yield two values of a dict, tuple or list exchanged."""
    if isinstance(node, ast.Dict):
        yield from _exchanged(scope, list(node.values), [scope.src(key) if key else "" for key in node.keys])
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        yield from _exchanged(scope, [k.value for k in node.keywords], [k.arg or "" for k in node.keywords])
    elif (isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load)) or (
        isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store)
    ):
        yield from _exchanged(scope, node.elts, ["" for _ in node.elts])


def _unpacked(scope: Scope, target: ast.expr) -> Iterator[Edit]:
    """Yield two names exchanged that a loop unpacks from different tuples."""
    held = [node for node in ast.walk(target) if isinstance(node, ast.Name)]
    for one, other in itertools.combinations(held[:12], 2):
        if scope.parents.get(one) is not scope.parents.get(other):
            yield from _exchanged(scope, [one, other], ["", ""])


def _augmented(scope: Scope, node: ast.AugAssign) -> Iterator[Edit]:
    old = AUGMENTED[type(node.op)]
    start = scope.span(node.target)[1]
    at = scope.text.index(old, start)
    for new in ("=", "+=", "-="):
        if new != old:
            words = f"`{new}` belongs where `{old}` stands"
            yield Edit(scope.number, ((at, at + 2, new),), "assignment", words, 1.1)
    if old in ("*=", "/="):
        new = "/=" if old == "*=" else "*="
        yield Edit(scope.number, ((at, at + 2, new),), "operator", f"`{new}` belongs where `{old}` stands", 1.2)


def _assigned(scope: Scope, node: ast.Assign) -> Iterator[Edit]:
    target = node.targets[0]
    if isinstance(target, ast.Tuple | ast.List):
        return
    start = scope.span(target)[1]
    at = scope.text.index("=", start)
    if isinstance(target, ast.Name) and not any(
        isinstance(other, ast.Name)
        and other.id == target.id
        and isinstance(other.ctx, ast.Store)
        and other is not target
        for other in scope.nodes
    ):
        # There is nothing that it could be added to.
        return
    for new in ("+=", "-=", "*="):
        yield Edit(
            scope.number,
            ((at, at + 1, new),),
            "assignment",
            f"`{new}` belongs where `=` stands",
            1.1 if new == "+=" else 1.5,
        )


def _removed(scope: Scope, node: ast.Assign | ast.AugAssign) -> Iterator[Edit]:
    if isinstance(node, ast.Assign) and not _again(scope, node):
        return
    words = f"`{scope.src(node).splitlines()[0]}` is too much"
    yield Edit(scope.number, (_without(scope, node),), "statement", words, 2.0)


def _without(scope: Scope, node: ast.stmt) -> tuple[int, int, str]:
    """Return the change that takes a statement out: its lines where it has them to itself, else ``pass`` for it."""
    start, end = scope.span(node)
    document = scope.unit.document
    first, last = document.offset(node.lineno, 0), document.offset((node.end_lineno or node.lineno) + 1, 0)
    block = next(
        (held for field in ("body", "orelse", "finalbody")
         if isinstance(held := getattr(scope.parents.get(node), field, None), list) and node in held), [node],
    )  # fmt: skip
    alone = not scope.text[first:start].strip() and not scope.text[end:last].strip().partition("#")[0]
    return (first, last, "") if alone and len(block) > 1 and last > end else (start, end, "pass")


def _again(scope: Scope, node: ast.Assign) -> bool:
    names = {target.id for target in node.targets if isinstance(target, ast.Name)}
    stores = [n for n in scope.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id in names]
    return len(stores) > len(names) or not names or bool(names & scope.unit.parameters)


def _exchanged(scope: Scope, values: list[ast.expr], labels: list[str]) -> Iterator[Edit]:
    for i, j in itertools.combinations(range(min(len(values), 12)), 2):
        one, other = values[i], values[j]
        if isinstance(one, ast.Starred) or isinstance(other, ast.Starred) or scope.src(one) == scope.src(other):
            continue
        changes = ((*scope.span(one), scope.src(other)), (*scope.span(other), scope.src(one)))
        named = f" of {labels[i]} and {labels[j]}" if labels[i] else ""
        words = f"`{scope.src(one)}` and `{scope.src(other)}`{named} are exchanged"
        yield Edit(scope.number, changes, "exchange", words, 1.4)
