"""Factors, divisors and signs that are missing, put together from what is in scope."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Atom, Scope
from gradproof.mending.edits.slots import applied, fits, shape_of, slots
from gradproof.mending.kinds import Kind

# Words in the names of derivatives.
SLOPES = ("grad", "slope", "prime", "deriv", "diff", "backward")
# Functions whose argument's sign is easily forgotten.
CURVED = ("exp", "expm1", "log1p", "sigmoid", "cos", "sin")


def factors(scope: Scope) -> Iterator[Edit]:
    """Yield factors put to what is assigned, returned, added, or passed to a function."""
    for node, weight in slots(scope):
        kind = shape_of(scope, node)
        yield from _factors(scope, node, kind, weight)
        for size in scope.sizes if scope.module and weight < 1.0 else ():
            if size.ready <= scope.span(node)[0] and (kind is None or kind.numeric):
                # The scale of scores, and of weights.
                yield added(scope, node, f" / {scope.module}.sqrt({size.text})", "divisor", 1.9 + weight)
        for text in _slopes(scope, scope.span(node)[0], kind) if weight < 1.0 else ():
            yield added(scope, node, f" * {text}", "factor", 1.9 + weight)
        for text, shape in _gathered(scope, scope.span(node)[0]) if weight < 1.0 else ():
            if kind is None or (kind.numeric and fits(shape, kind.shape)):
                yield added(scope, node, f" * {text}", "factor", 2.0 + weight)


def _factors(scope: Scope, node: ast.expr, kind: Kind | None, weight: float) -> Iterator[Edit]:
    if kind is not None and kind.form == "other":
        return
    place = scope.span(node)[0]
    start, end = scope.span(node)
    inside = scope.text[start:end]
    if weight != 1.0:
        closed = scope.loose(node) or isinstance(scope.parents.get(node), ast.Dict | ast.Tuple | ast.List)
        text = f"-{inside}" if _tight(node) else f"-({inside})"
        changes = ((start, end, text if closed else f"({text})"),)
        call = scope.parents.get(node)
        bent = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in CURVED
        yield Edit(scope.number, changes, "factor", "the sign is wrong", 1.3 + (0.0 if bent else weight))
    elif _first_of_sum(scope, node):
        changes = ((start, start, "-"),) if _tight(node) else ((start, end, f"-({inside})"),)
        yield Edit(scope.number, changes, "factor", f"the sign of `{inside}` is wrong", 1.4)
    for text, cost in (("2", 1.4), ("0.5", 1.4), ("3", 2.2)):
        yield Edit(
            scope.number, applied(scope, node, f" * {text}"), "factor", f"the factor `{text}` is missing", cost + weight
        )
    for size in scope.sizes:
        if size.ready <= place:
            yield added(scope, node, f" / {size.text}", "divisor", 1.4 + weight)
            yield added(scope, node, f" * {size.text}", "factor", 1.5 + weight)
    for atom in scope.usable(place):
        if atom.text == inside:
            continue
        if atom.kind.form == "number" and not (atom.kind.dtype == "i" and atom.kind.value > 1):
            yield added(scope, node, f" * {atom.text}", "factor", 1.5 + weight)
            yield added(scope, node, f" / {atom.text}", "divisor", 1.7 + weight)
            if atom.kind.dtype == "f":
                yield added(scope, node, f" * (1 - {atom.text})", "factor", 1.8 + weight)
        elif atom.kind.form == "array" and kind is not None and fits(atom.kind.shape, kind.shape):
            yield from _derived(scope, node, atom, weight + (0.0 if atom.kind.shape == kind.shape else 0.3))
        elif atom.kind.form == "array" and kind is None:
            yield added(scope, node, f" * {atom.text}", "factor", (1.9 if weight < 1.0 else 2.2) + weight)


def _slopes(scope: Scope, place: int, kind: Kind | None) -> Iterator[str]:
    """Yield functions of the module that are called like derivatives, of arrays in scope."""
    arrays = [atom for atom in scope.usable(place) if atom.kind.form == "array" and atom.kind.dtype == "f"]
    for name, known in scope.unit.globals.items():
        if known.form == "function" and any(word in name for word in SLOPES):
            for atom in arrays:
                if kind is None or (kind.numeric and fits(atom.kind.shape, kind.shape)):
                    yield f"{name}({atom.text})"


def _gathered(scope: Scope, place: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield vectors at whole numbers in scope: ``w[j]`` in a loop, ``w[labels]``."""
    usable = list(scope.usable(place))
    whole = [atom for atom in usable if atom.kind.dtype == "i" and atom.text.isidentifier()]
    loops = {
        name.id for node in scope.nodes if isinstance(node, ast.For | ast.comprehension)
        for name in ast.walk(node.target) if isinstance(name, ast.Name)
    }  # fmt: skip
    for vector in usable:
        if vector.kind.form != "array" or len(vector.kind.shape) != 1 or vector.kind.dtype != "f":
            continue
        for index in whole:
            if index.kind.form == "array" or index.text in loops:
                yield f"{vector.text}[{index.text}]", index.kind.shape
            if index.text in loops:
                yield f"{vector.text}[{index.text} + 1]", ()


def _tight(node: ast.expr) -> bool:
    """Whether a minus sign before an expression takes all of it."""
    bare = isinstance(node, ast.Name | ast.Call | ast.Subscript | ast.Attribute)
    return bare or (isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Sub))


def _first_of_sum(scope: Scope, node: ast.expr) -> bool:
    parent = scope.parents.get(node)
    if not (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub) and parent.left is node):
        return False
    return not isinstance(node, ast.Constant)


def added(scope: Scope, node: ast.expr, tail: str, word: str, cost: float) -> Edit:
    """Return the edit that puts a factor or divisor behind an expression."""
    return Edit(
        scope.number, applied(scope, node, tail), "factor", f"the {word} `{tail.lstrip(' */')}` is missing", cost
    )


def _derived(scope: Scope, node: ast.expr, atom: Atom, weight: float) -> Iterator[Edit]:
    text, library = atom.text, scope.module
    yield added(scope, node, f" * {text}", "factor", 1.7 + weight)
    yield added(scope, node, f" / {text}", "divisor", 2.0 + weight)
    yield added(scope, node, f" * ({text} > 0)", "factor", 1.7 + weight)
    for form in (f"(1 - {text}**2)", f"{text} * (1 - {text})", f"(1 - {text})"):
        yield added(scope, node, f" * {form}", "factor", 1.9 + weight)
    if library:
        for form in (
            f"{library}.exp({text})",
            f"{library}.sign({text})",
            f"{library}.cos({text})",
            f"{library}.sin({text})",
        ):
            yield added(scope, node, f" * {form}", "factor", 2.2 + weight)
        yield added(scope, node, f" * (1 - {library}.tanh({text})**2)", "factor", 2.2 + weight)
