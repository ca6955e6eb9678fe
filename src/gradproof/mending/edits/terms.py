"""Terms and sums that are missing, from what is in scope and from other lines of the function."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.factors import added
from gradproof.mending.edits.scope import Scope
from gradproof.mending.edits.slots import applied, fits, shape_of, slots
from gradproof.mending.kinds import Kind

# How many borrowed expressions are tried at one place.
DONORS = 24


def terms(scope: Scope) -> Iterator[Edit]:
    """Yield terms, sums and borrowed factors put to the same places."""
    donors = _donors(scope)
    for node, weight in slots(scope):
        kind = shape_of(scope, node)
        if weight < 1.0:
            yield from _sums(scope, node, kind)
            yield from _terms(scope, node, kind)
        yield from _borrowed(scope, node, donors, weight)


def _sums(scope: Scope, node: ast.expr, kind: Kind | None) -> Iterator[Edit]:
    """Yield the sum over an axis that undoes a broadcast."""
    library, (axis, keep) = scope.module, scope.axis_word
    if not library or isinstance(node, ast.Constant) or (kind is not None and kind.form == "other"):
        return
    start, end = scope.span(node)
    for along in ("0", "1", "-1", "(0, 1)", "(0, 2, 3)"):
        for tail in (f", {keep}=True", ""):
            text = f"{library}.sum({scope.text[start:end]}, {axis}={along}{tail})"
            words = f"the sum over axis {along} is missing"
            yield Edit(scope.number, ((start, end, text),), "sum", words, 1.7 if tail else 1.8)
    text = f"{library}.sum({scope.text[start:end]})"
    yield Edit(scope.number, ((start, end, text),), "sum", "the sum is missing", 1.7)


def _terms(scope: Scope, node: ast.expr, kind: Kind | None) -> Iterator[Edit]:
    place = scope.span(node)[0]
    if kind is None and isinstance(node, ast.BinOp):
        yield from _unshaped(scope, node)
    if kind is None or not kind.numeric:
        return
    scalars = [atom for atom in scope.usable(place) if atom.kind.form == "number" and atom.kind.dtype == "f"]
    sizes = [size for size in scope.sizes if size.ready <= place]
    coefficients = [("", 1.9), ("2 * ", 2.2)]
    coefficients += [(f"{scalar.text} * ", 2.0) for scalar in scalars]
    coefficients += [(f"2 * {scalar.text} * ", 2.1) for scalar in scalars]
    coefficients += [(f"{scalar.text} / {size.text} * ", 2.4) for scalar in scalars for size in sizes[:3]]
    inside = scope.src(node)
    if kind.form == "number":
        yield from _counted(scope, node)
    for atom in scope.usable(place):
        if not fits(atom.kind.shape, kind.shape) or (atom.kind.form == "number" and kind.shape):
            continue
        penalty = 0.0 if atom.kind.shape == kind.shape else 0.5
        made = [(coefficient + atom.text, cost) for coefficient, cost in coefficients]
        if atom.kind.form == "array":
            made += [(f"{atom.text} / {scalar.text}{power}", 2.3) for scalar in scalars for power in ("", "**2")]
        for term, cost in made:
            if term == inside:
                continue
            for sign, more in (("+", 0.0), ("-", 0.2)):
                words = f"the term `{'' if sign == '+' else '-'}{term}` is missing"
                changes = applied(scope, node, f" {sign} {term}")
                yield Edit(scope.number, changes, "term", words, cost + penalty + more)


def _counted(scope: Scope, node: ast.expr) -> Iterator[Edit]:
    """Yield sizes as terms."""
    for size in scope.sizes:
        if size.ready <= scope.span(node)[0] and size.text != scope.src(node):
            for sign in "+-":
                words = f"the term `{'' if sign == '+' else '-'}{size.text}` is missing"
                yield Edit(scope.number, applied(scope, node, f" {sign} {size.text}"), "term", words, 2.2)


def _unshaped(scope: Scope, node: ast.expr) -> Iterator[Edit]:
    """Yield the arrays in scope as terms of what is returned or handed on, whose shape is not known."""
    inside = scope.src(node)
    for atom in scope.usable(scope.span(node)[0]):
        if atom.kind.form == "array" and atom.kind.dtype == "f" and atom.text != inside:
            for sign, more in (("+", 0.0), ("-", 0.2)):
                words = f"the term `{'' if sign == '+' else '-'}{atom.text}` is missing"
                yield Edit(scope.number, applied(scope, node, f" {sign} {atom.text}"), "term", words, 2.1 + more)


def _donors(scope: Scope) -> dict[str, list[str]]:
    """Return what stands as a factor or a term in other lines of the function."""
    found: dict[str, dict[str, None]] = {"*": {}, "+": {}, "@": {}}
    for node in scope.nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Add | ast.Sub | ast.Div):
            left, _, right = scope.split(node)
            group = found["*" if isinstance(node.op, ast.Mult | ast.Div) else "+"]
            if not isinstance(node.right, ast.Constant | ast.Name):
                group[right] = None
            if not isinstance(node.left, ast.Constant | ast.Name) and not isinstance(node.op, ast.Div):
                group[left] = None
    return {symbol: list(texts)[:DONORS] for symbol, texts in found.items()}


def _borrowed(scope: Scope, node: ast.expr, donors: dict[str, list[str]], weight: float) -> Iterator[Edit]:
    inside = scope.src(node)
    for text in donors["*"]:
        if text not in inside:
            factor = text if text.startswith("(") or text.replace("_", "a").isalnum() else f"({text})"
            yield added(scope, node, f" * {factor}", "factor", 2.1 + weight)
    if weight < 1.0:
        for text in donors["+"]:
            if text not in inside:
                for sign in "+-":
                    words = f"the term `{'' if sign == '+' else '-'}{text}` is missing"
                    yield Edit(scope.number, applied(scope, node, f" {sign} {text}"), "term", words, 2.4)
