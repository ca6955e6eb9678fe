"""What was copied and not adapted: names exchanged through a statement, terms by analogy, results not kept."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Scope
from gradproof.mending.edits.slots import applied, slots

WORD = re.compile(r"(?<![\w.])[^\W\d]\w*|(?<=\[['\"])\w+(?=['\"]\])")
# How many terms by analogy are put to one place.
ANALOGIES = 24


def parallel(scope: Scope) -> Iterator[Edit]:
    """Yield the edits of statements that look like others."""
    known = _known(scope)
    for node in scope.statements:
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Return) and node.value is not None:
            yield from _through(scope, node.value, known)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield from _kept(scope, node, node.value)
    yield from _analogous(scope, known)
    yield from _asked(scope)
    yield from _fuller(scope)


def _known(scope: Scope) -> frozenset[str]:
    """Return the words that the function may use: names, and the keys of what it holds."""
    texts = [atom.text for atom in scope.atoms]
    return frozenset(word for text in texts for word in WORD.findall(text)) | frozenset(scope.unit.globals)


def _through(scope: Scope, value: ast.expr, known: frozenset[str]) -> Iterator[Edit]:
    """Yield one letter or digit of the names exchanged for another, in all names of an expression that have it."""
    start, end = scope.span(value)
    old = scope.text[start:end]
    for new, count in _renamed(old, known):
        if count > 1:
            words = f"`{new}` belongs where `{old}` stands"
            yield Edit(scope.number, ((start, end, new),), "name", words, 1.5)


def _renamed(text: str, known: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Yield a text with a character of its names exchanged throughout, and in how many places it was."""
    found = list(WORD.finditer(text))
    names = {match[0] for match in found}
    near = {pair for name in names for other in known if (pair := _pair(name, other)) is not None}
    for a, b in sorted(near):
        new = {name: other for name in names if (other := _with(name, a, b)) != name and other in known}
        count = sum(match[0] in new for match in found)
        if count:
            yield WORD.sub(lambda match, new=new: new.get(match[0], match[0]), text), count  # type: ignore[misc]


def _pair(name: str, other: str) -> tuple[str, str] | None:
    """Return in what two names differ, if it is one character, or one of the words between underscores."""
    if len(name) == len(other):
        differ = [(a, b) for a, b in zip(name, other, strict=True) if a != b]
        if len(differ) == 1:
            return differ[0]
    words = name.split("_"), other.split("_")
    if len(words[0]) != len(words[1]):
        return None
    differ = [(a, b) for a, b in zip(*words, strict=True) if a != b]
    return differ[0] if len(differ) == 1 and min(map(len, differ[0])) > 1 else None


def _with(name: str, a: str, b: str) -> str:
    """Return a name with a character, or a word, exchanged for another."""
    if len(a) == len(b) == 1:
        return name.replace(a, b)
    return "_".join(b if word == a else word for word in name.split("_"))


def _analogous(scope: Scope, known: frozenset[str]) -> Iterator[Edit]:
    """Yield terms like those that are there, with other names: ``+ W2.T @ d2`` beside ``W1.T @ d1``."""
    donors: dict[str, None] = {}
    for node in scope.nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            left, _, right = scope.split(node)
            donors |= dict.fromkeys((left, right))
    places = [(node, scope.src(node)) for node, weight in slots(scope) if weight < 1.0]
    for node, inside in places:
        within = [inside, *(donor for donor in donors if donor in inside)]
        terms = [new for donor in within for new, count in _renamed(donor, known) if count > (donor is inside)]
        for term in [term for term in dict.fromkeys(terms) if term not in inside][:ANALOGIES]:
            for sign in "+-":
                words = f"the term `{'' if sign == '+' else '-'}{term}` is missing"
                yield Edit(scope.number, applied(scope, node, f" {sign} {term}"), "term", words, 2.0)


def _fuller(scope: Scope) -> Iterator[Edit]:
    """Yield an array exchanged for an expression of other lines in which it stands: ``(x - y)`` for ``x``."""
    sums = [node for node in scope.nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)]
    whole = {
        scope.src(node): {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} for node in sums
    }  # fmt: skip
    for node in scope.nodes:
        kind = scope.kind(node) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) else None
        if kind is None or kind.form != "array" or isinstance(scope.parents.get(node), ast.Subscript):
            continue
        old, place = scope.src(node), scope.span(node)
        for text, used in list(whole.items())[:ANALOGIES]:
            if old in used:
                words = f"`({text})` belongs where `{old}` stands"
                yield Edit(scope.number, ((*place, f"({text})"),), "name", words, 1.9)


def _asked(scope: Scope) -> Iterator[Edit]:
    """Yield the word by which a function of the user's is asked for something, exchanged for another such word."""
    asked = [
        node.args[0] for node in scope.nodes
        if isinstance(node, ast.Call) and len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str) and node.args[0].value.isidentifier() and _users(scope, node.func)
    ]  # fmt: skip
    words = {str(node.value) for node in asked}
    words |= {node.arg for node in scope.nodes if isinstance(node, ast.keyword) and node.arg}
    for node in asked:
        old, place = scope.src(node), scope.span(node)
        for other in sorted(words - {str(node.value)}):
            new = old[0] + other + old[-1]
            yield Edit(scope.number, ((*place, new),), "name", f"`{new}` belongs where `{old}` stands", 1.4)


def _users(scope: Scope, func: ast.expr) -> bool:
    """Whether a function is a method of the object itself, or stands in the module."""
    if isinstance(func, ast.Attribute):
        return isinstance(func.value, ast.Name) and func.value.id == "self"
    known = scope.unit.globals.get(func.id) if isinstance(func, ast.Name) else None
    return known is not None and known.form == "function"


def _kept(scope: Scope, node: ast.Expr, call: ast.Call) -> Iterator[Edit]:
    """Yield the result of a call kept under the name of one of its arguments."""
    start = scope.span(node)[0]
    for arg in call.args:
        if isinstance(arg, ast.Name):
            words = f"the result of `{scope.src(node)}` is not kept"
            yield Edit(scope.number, ((start, start, f"{arg.id} = "),), "assignment", words, 1.6)
