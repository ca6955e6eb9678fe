"""Functions exchanged for their sisters; arguments of reductions; transposes; arguments exchanged."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Scope

FAMILIES = (
    ("sin", "cos"), ("sinh", "cosh", "tanh"), ("exp", "log", "expm1", "log1p"), ("sum", "mean"), ("max", "min"),
    ("maximum", "minimum"), ("sqrt", "square"), ("sum", "max"), ("var", "std"), ("sin", "sinh"), ("cos", "cosh"),
    ("zeros_like", "ones_like"), ("zeros", "ones"), ("triu", "tril"), ("log", "log2", "log10"), ("argmax", "argmin"),
    ("hstack", "vstack"), ("abs", "sign"), ("inner", "outer"), ("dot", "outer"), ("tanh", "cosh"), ("cumsum", "sum"),
    ("prod", "sum"), ("dot", "multiply"), ("matmul", "multiply"), ("inv", "pinv"), ("ceil", "floor"), ("exp", "tanh"),
    ("sqrt", "abs"), ("arctan", "tan"), ("arcsin", "arccos"),
)  # fmt: skip
REDUCTIONS = {
    "sum",
    "mean",
    "max",
    "min",
    "prod",
    "std",
    "var",
    "argmax",
    "argmin",
    "cumsum",
    "amax",
    "amin",
    "any",
    "all",
}
TRANSPOSED = (".T", ".mT", ".t()")


def calls(scope: Scope) -> Iterator[Edit]:
    """Yield the edits of calls to numeric functions, and of transposes."""
    for node in scope.nodes:
        if isinstance(node, ast.Call):
            yield from _sisters(scope, node)
            yield from _reduction(scope, node)
            yield from _axis(scope, node)
            yield from _order(scope, node)
            yield from _identity(scope, node)
    for node in scope.nodes:
        if isinstance(node, ast.expr):
            yield from _transposed(scope, node)


def numeric(scope: Scope, call: ast.Call) -> str:
    """Return the name of the numeric function or method that is called, or "" for any other call."""
    func = call.func
    if isinstance(func, ast.Attribute):
        root: ast.expr = func.value
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and scope.is_library(root.id):
            return func.attr
        return func.attr if func.attr in REDUCTIONS else ""
    return ""


def _sisters(scope: Scope, node: ast.Call) -> Iterator[Edit]:
    name = numeric(scope, node)
    if name:
        end = scope.span(node.func)[1]
        place = (end - len(name), end)
        # A method has not every sister that a function has.
        for other in dict.fromkeys(one for family in FAMILIES if name in family for one in family if one != name):
            words = f"`{other}` belongs where `{name}` stands"
            yield Edit(scope.number, ((*place, other),), "function", words, 1.2)
    elif isinstance(node.func, ast.Name):
        place, name = scope.span(node.func), node.func.id
        if scope.unit.globals.get(name) is None or scope.unit.globals[name].form != "function":
            return
        space = scope.unit.functions[0].__globals__
        arity = space[name].__code__.co_argcount if hasattr(space[name], "__code__") else -1
        for other, kind in scope.unit.globals.items():
            code = getattr(space[other], "__code__", None)
            if other != name and kind.form == "function" and code is not None and code.co_argcount == arity:
                words = f"`{other}` belongs where `{name}` stands"
                yield Edit(scope.number, ((*place, other),), "function", words, 1.4)


def _reduction(scope: Scope, node: ast.Call) -> Iterator[Edit]:
    name = numeric(scope, node)
    if name not in REDUCTIONS:
        return
    axis, keep = scope.axis_word
    given = {keyword.arg: keyword for keyword in node.keywords}
    close = scope.span(node)[1] - 1
    first = "" if not (node.args or node.keywords) else ", "
    for word in ("where", "ddof", keep):
        if word in given:
            yield _without(scope, node, given[word])
    if keep in given:
        value = given[keep].value
        if isinstance(value, ast.Constant):
            other = repr(not value.value)
            yield Edit(scope.number, ((*scope.span(value), other),), "argument", f"`{keep}` should be {other}", 1.2)
    elif axis in given:
        yield Edit(scope.number, ((close, close, f"{first}{keep}=True"),), "argument", f"`{keep}=True` is missing", 1.2)
    if name in ("std", "var") and "ddof" not in given:
        yield Edit(scope.number, ((close, close, f"{first}ddof=1"),), "argument", "`ddof=1` is missing", 1.4)
    if axis in given:
        yield _without(scope, node, given[axis])
    elif len(node.args) < 2:
        for other, kept in itertools.product(("0", "1", "-1"), ("", f", {keep}=True")):
            text = f"{first}{axis}={other}{kept if keep not in given else ''}"
            yield Edit(scope.number, ((close, close, text),), "argument", f"`{text.strip(', ')}` is missing", 1.4)


def axis_of(scope: Scope, node: ast.Call) -> ast.expr | None:
    """Return what says the axis of a numeric call, if anything does."""
    name, word = numeric(scope, node), scope.axis_word[0]
    named = next((keyword.value for keyword in node.keywords if keyword.arg == word), None)
    if named is not None or name not in REDUCTIONS or not isinstance(node.func, ast.Attribute):
        return named if name else None
    library = isinstance(node.func.value, ast.Name) and scope.is_library(node.func.value.id)
    positional = node.args[1 if library else 0 :]
    return positional[0] if len(positional) == 1 else None


def _axis(scope: Scope, node: ast.Call) -> Iterator[Edit]:
    value, word = axis_of(scope, node), scope.axis_word[0]
    if value is None:
        return
    old = scope.src(value)
    for other in ("0", "1", "2", "-1", "-2", "None", "(0, 1)", "(0, 2)", "(0, 2, 3)"):
        if other != old:
            words = f"`{word}={other}` belongs where `{word}={old}` stands"
            yield Edit(scope.number, ((*scope.span(value), other),), "argument", words, 1.2)


def _without(scope: Scope, node: ast.Call, keyword: ast.keyword) -> Edit:
    start, end = scope.span(keyword)
    everything = sorted([*(scope.span(arg) for arg in node.args), *(scope.span(other) for other in node.keywords)])
    before = [stop for _, stop in everything if stop <= start]
    after = [begin for begin, _ in everything if begin >= end]
    place = (before[-1], end) if before else (start, after[0] if after else end)
    return Edit(scope.number, ((*place, ""),), "argument", f"`{scope.src(keyword)}` is too much", 1.3)


def _order(scope: Scope, node: ast.Call) -> Iterator[Edit]:
    """Yield two arguments of a call exchanged."""
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        return
    for one, other in itertools.combinations(node.args[:5], 2):
        apart = isinstance(one, ast.Constant) is not isinstance(other, ast.Constant)
        # A number and an array change sides in `where` only.
        if scope.src(one) == scope.src(other) or (apart and numeric(scope, node) != "where"):
            continue
        changes = ((*scope.span(one), scope.src(other)), (*scope.span(other), scope.src(one)))
        words = f"the arguments `{scope.src(one)}` and `{scope.src(other)}` are exchanged"
        yield Edit(scope.number, changes, "order", words, 1.3)


def _identity(scope: Scope, node: ast.Call) -> Iterator[Edit]:
    """Yield a numeric call replaced by its argument, or by the array whose method it is."""
    name = numeric(scope, node)
    if not name:
        return
    if node.args and not isinstance(node.args[0], ast.Starred):
        text = scope.src(node.args[0]) if scope.loose(node) else scope.atomic(node.args[0])
    elif isinstance(node.func, ast.Attribute):
        text = scope.src(node.func.value)
    else:
        return
    kind = "sum" if name in ("sum", "mean") else "function"
    yield Edit(scope.number, ((*scope.span(node), text),), kind, f"`{name}` is too much", 1.5)


def _transposed(scope: Scope, node: ast.expr) -> Iterator[Edit]:
    start, end = scope.span(node)
    text = scope.text[start:end]
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT") and isinstance(node.ctx, ast.Load):
        inner = scope.span(node.value)[1]
        yield Edit(scope.number, ((inner, end, scope.text[inner:end].rpartition(".")[0].rstrip()),), "transpose",
                   f"the `.{node.attr}` of `{scope.src(node.value)}` is too much", 1.2)  # fmt: skip
        return
    parent = scope.parents.get(node)
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or isinstance(parent, ast.Attribute | ast.Starred):
        return
    product = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.MatMult)
    product = product or (
        isinstance(parent, ast.Call)
        and node in parent.args
        and numeric(scope, parent) in ("dot", "matmul", "outer", "solve")
    )
    kind = scope.kind(node)
    array = kind is None or (kind.form == "array" and len(kind.shape) > 1)
    valued = isinstance(parent, ast.Assign | ast.Return | ast.Dict | ast.Tuple | ast.keyword) and isinstance(
        node, ast.Name | ast.BinOp | ast.Call | ast.Subscript
    )
    if (
        not array
        or isinstance(node, ast.Constant)
        or not (product or valued or (kind is not None and isinstance(node, ast.Name)))
    ):
        return
    if kind is None and isinstance(node, ast.Name):
        return
    if isinstance(parent, ast.Call) and parent.func is node:
        return
    new = f"{text}.T" if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call) else f"({text}).T"
    yield Edit(
        scope.number, ((start, end, new),), "transpose", f"`.T` is missing after `{text}`", 1.2 if product else 1.7
    )
