"""What is missing: factors, terms, sums, put together from what is in scope and from other lines of the function."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Atom, Scope
from gradproof.mending.kinds import Kind

# How many borrowed expressions are tried at one place.
DONORS = 24


def missing(scope: Scope) -> Iterator[Edit]:
    """Yield factors and terms added to what is assigned, returned, added, or passed to a function."""
    donors = _donors(scope)
    for node, weight in _slots(scope):
        kind = _shape_of(scope, node)
        yield from _factors(scope, node, kind, weight)
        if weight < 1.0:
            yield from _sums(scope, node, kind)
            yield from _terms(scope, node, kind)
        yield from _borrowed(scope, node, donors, weight)


def _slots(scope: Scope) -> Iterator[tuple[ast.expr, float]]:
    """Yield the expressions to which something may be added, with how much less likely they are."""
    for node in scope.nodes:
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return) and node.value is not None:
            yield from _whole(node.value)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            yield node.left, 1.0
            yield node.right, 1.0
        elif isinstance(node, ast.Call):
            yield from ((arg, 1.2) for arg in node.args if not isinstance(arg, ast.Starred | ast.Constant))
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


def _shape_of(scope: Scope, node: ast.expr) -> Kind | None:
    """Return the kind of an expression: its own if it is a name, else that of what it is assigned to."""
    known = scope.kind(node)
    parent = scope.parents.get(node)
    if known is None and isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        known = scope.kind(parent.targets[0])
    elif known is None and isinstance(parent, ast.AugAssign):
        known = scope.kind(parent.target)
    return known if known is None or known.numeric else Kind("other")


def _apply(scope: Scope, node: ast.expr, tail: str) -> tuple[tuple[int, int, str], ...]:
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
        yield Edit(scope.number, changes, "factor", "the sign is wrong", 1.3 + weight)
    elif _first_of_sum(scope, node):
        changes = ((start, start, "-"),) if _tight(node) else ((start, end, f"-({inside})"),)
        yield Edit(scope.number, changes, "factor", f"the sign of `{inside}` is wrong", 1.4)
    for text, cost in (("2", 1.4), ("0.5", 1.4)):
        yield Edit(
            scope.number, _apply(scope, node, f" * {text}"), "factor", f"the factor `{text}` is missing", cost + weight
        )
    for size in scope.sizes:
        if size.ready <= place:
            yield _added(scope, node, f" / {size.text}", "divisor", 1.4 + weight)
            yield _added(scope, node, f" * {size.text}", "factor", 1.5 + weight)
    for atom in scope.usable(place):
        if atom.text == inside:
            continue
        if atom.kind.form == "number" and not (atom.kind.dtype == "i" and atom.kind.value > 1):
            yield _added(scope, node, f" * {atom.text}", "factor", 1.5 + weight)
            yield _added(scope, node, f" / {atom.text}", "divisor", 1.7 + weight)
            if atom.kind.dtype == "f":
                yield _added(scope, node, f" * (1 - {atom.text})", "factor", 1.8 + weight)
        elif atom.kind.form == "array" and kind is not None and _fits(atom.kind.shape, kind.shape):
            yield from _derived(scope, node, atom, weight + (0.0 if atom.kind.shape == kind.shape else 0.3))
        elif atom.kind.form == "array" and kind is None:
            yield _added(scope, node, f" * {atom.text}", "factor", (1.9 if weight < 1.0 else 2.2) + weight)


def _tight(node: ast.expr) -> bool:
    """Whether a minus sign before an expression takes all of it."""
    bare = isinstance(node, ast.Name | ast.Call | ast.Subscript | ast.Attribute)
    return bare or (isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Add | ast.Sub))


def _first_of_sum(scope: Scope, node: ast.expr) -> bool:
    parent = scope.parents.get(node)
    if not (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub) and parent.left is node):
        return False
    return not isinstance(node, ast.Constant)


def _added(scope: Scope, node: ast.expr, tail: str, word: str, cost: float) -> Edit:
    return Edit(
        scope.number, _apply(scope, node, tail), "factor", f"the {word} `{tail.lstrip(' */')}` is missing", cost
    )


def _derived(scope: Scope, node: ast.expr, atom: Atom, weight: float) -> Iterator[Edit]:
    text, library = atom.text, scope.module
    yield _added(scope, node, f" * {text}", "factor", 1.7 + weight)
    yield _added(scope, node, f" / {text}", "divisor", 2.0 + weight)
    yield _added(scope, node, f" * ({text} > 0)", "factor", 1.7 + weight)
    for form in (f"(1 - {text}**2)", f"{text} * (1 - {text})", f"(1 - {text})"):
        yield _added(scope, node, f" * {form}", "factor", 1.9 + weight)
    if library:
        for form in (
            f"{library}.exp({text})",
            f"{library}.sign({text})",
            f"{library}.cos({text})",
            f"{library}.sin({text})",
        ):
            yield _added(scope, node, f" * {form}", "factor", 2.2 + weight)
        yield _added(scope, node, f" * (1 - {library}.tanh({text})**2)", "factor", 2.2 + weight)


def _fits(inner: tuple[int, ...], outer: tuple[int, ...]) -> bool:
    """Whether an array of one shape can multiply another without enlarging it."""
    if len(inner) > len(outer):
        return False
    return all(a in (1, b) for a, b in zip(inner[::-1], outer[::-1], strict=False))


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
    if kind is None or not kind.numeric:
        return
    scalars = [atom for atom in scope.usable(place) if atom.kind.form == "number" and atom.kind.dtype == "f"]
    sizes = [size for size in scope.sizes if size.ready <= place]
    coefficients = [("", 1.9), ("2 * ", 2.2)]
    coefficients += [(f"{scalar.text} * ", 2.0) for scalar in scalars]
    coefficients += [(f"2 * {scalar.text} * ", 2.1) for scalar in scalars]
    coefficients += [(f"{scalar.text} / {size.text} * ", 2.4) for scalar in scalars for size in sizes[:3]]
    inside = scope.src(node)
    for atom in scope.usable(place):
        if not _fits(atom.kind.shape, kind.shape) or (atom.kind.form == "number" and kind.shape):
            continue
        penalty = 0.0 if atom.kind.shape == kind.shape else 0.5
        for coefficient, cost in coefficients:
            term = coefficient + atom.text
            if term == inside:
                continue
            for sign, more in (("+", 0.0), ("-", 0.2)):
                words = f"the term `{'' if sign == '+' else '-'}{term}` is missing"
                changes = _apply(scope, node, f" {sign} {term}")
                yield Edit(scope.number, changes, "term", words, cost + penalty + more)


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
            yield _added(scope, node, f" * {factor}", "factor", 2.1 + weight)
    if weight < 1.0:
        for text in donors["+"]:
            if text not in inside:
                for sign in "+-":
                    words = f"the term `{'' if sign == '+' else '-'}{text}` is missing"
                    yield Edit(scope.number, _apply(scope, node, f" {sign} {text}"), "term", words, 2.4)
