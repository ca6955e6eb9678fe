"""The subscripts of ``einsum``: terms exchanged, letters exchanged or mistaken."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

from gradproof.mending.edits.calls import numeric
from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Scope

# With an arrow, and without an ellipsis; spaces would have to be kept.
PLAIN = re.compile(r"[A-Za-z]*(,[A-Za-z]*)*->[A-Za-z]*")


def subscripts(scope: Scope) -> Iterator[Edit]:
    """Yield the edits of the subscripts of einsum."""
    for node in scope.nodes:
        if not (isinstance(node, ast.Call) and node.args and numeric(scope, node) == "einsum"):
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str) and PLAIN.fullmatch(first.value):
            start, end = scope.span(first)
            if scope.text[start + 1 : end - 1] == first.value:
                yield from _specified(scope, (start + 1, end - 1), first.value)


def _specified(scope: Scope, place: tuple[int, int], old: str) -> Iterator[Edit]:
    inputs, _, output = old.partition("->")
    words = [*inputs.split(","), output]
    seen = {old}
    for cost, made in _others(words):
        new = f"{','.join(made[:-1])}->{made[-1]}"
        if new not in seen:
            seen.add(new)
            yield Edit(
                scope.number, ((*place, new),), "argument", f"`{new}` belongs where `{old}` stands", cost
            )  # fmt: skip


def _others(words: list[str]) -> Iterator[tuple[float, list[str]]]:
    for i, j in itertools.combinations(range(len(words)), 2):
        made = list(words)
        made[i], made[j] = made[j], made[i]
        yield 1.2, made
    for i, word in enumerate(words):
        for a, b in itertools.combinations(range(len(word)), 2):
            letters = list(word)
            letters[a], letters[b] = letters[b], letters[a]
            yield 1.2, [*words[:i], "".join(letters), *words[i + 1 :]]
    known = sorted(set("".join(words)))
    for i, word in enumerate(words):
        for a, other in itertools.product(range(len(word)), known):
            if other not in word:
                yield 1.6, [*words[:i], word[:a] + other + word[a + 1 :], *words[i + 1 :]]
