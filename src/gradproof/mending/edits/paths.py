"""Whole paths of the chain rule that are missing: through a mean, or along a product of two arrays."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Atom, Scope
from gradproof.mending.edits.slots import applied, shape_of, slots
from gradproof.mending.kinds import Kind

# How many arrays of one shape are multiplied with one another at one place.
FACTORS = 14


def paths(scope: Scope) -> Iterator[Edit]:
    """Yield the terms that a normalisation or a second use of an intermediate adds."""
    for node, weight in slots(scope):
        kind = shape_of(scope, node)
        if weight < 1.0 and kind is not None and kind.form == "array" and not isinstance(node, ast.Constant):
            yield from _centred(scope, node, kind)
            yield from _projected(scope, node, kind)
            yield from _products(scope, node, kind)


def _centred(scope: Scope, node: ast.expr, kind: Kind) -> Iterator[Edit]:
    """Yield the mean taken off."""
    library, (axis, keep) = scope.module, scope.axis_word
    if not library:
        return
    text, sign = scope.src(node), "-"
    parent = scope.parents.get(node)
    if isinstance(parent, ast.AugAssign) and isinstance(parent.op, ast.Add | ast.Sub):
        # What is changed in place is what has the mean.
        text, sign = scope.src(parent.target), "-" if isinstance(parent.op, ast.Add) else "+"
    axes = ["0", "-1"] if len(kind.shape) > 1 else ["0"]
    for along in axes:
        term = f"{library}.mean({text}, {axis}={along}, {keep}=True)"
        words = f"the mean of `{text}` over axis {along} is not taken off"
        yield Edit(scope.number, applied(scope, node, f" {sign} {term}"), "term", words, 2.0)


def _projected(scope: Scope, node: ast.expr, kind: Kind) -> Iterator[Edit]:
    """Yield the part along another array taken off, as the Jacobians of softmax and of normalisation do."""
    library, (axis, keep) = scope.module, scope.axis_word
    if not library:
        return
    text = scope.src(node)
    for atom in scope.usable(scope.span(node)[0]):
        if atom.kind.form != "array" or atom.kind.shape != kind.shape or atom.text == text:
            continue
        inner = f"{scope.atomic(node)} * {atom.text}"
        for along in ["0", "-1"] if len(kind.shape) > 1 else ["0"]:
            total = f"{library}.sum({inner}, {axis}={along}, {keep}=True)"
            for term in (f"{atom.text} * {total}", total):
                words = f"the part of `{text}` along `{atom.text}` is not taken off"
                yield Edit(scope.number, applied(scope, node, f" - {term}"), "term", words, 2.4)


def _products(scope: Scope, node: ast.expr, kind: Kind) -> Iterator[Edit]:
    place = scope.span(node)[0]
    arrays = [atom for atom in scope.usable(place) if atom.kind.form == "array" and atom.kind.dtype == "f"]
    for term, cost in [*_multiplied(arrays, kind), *_applied(arrays, kind)]:
        for sign, more in (("+", 0.0), ("-", 0.2)):
            words = f"the term `{'' if sign == '+' else '-'}{term}` is missing"
            yield Edit(scope.number, applied(scope, node, f" {sign} {term}"), "term", words, cost + more)


def _multiplied(arrays: list[Atom], kind: Kind) -> Iterator[tuple[str, float]]:
    """Yield element by element."""
    # What was made last is the likeliest.
    alike = sorted((atom for atom in arrays if atom.kind.shape == kind.shape), key=lambda atom: -atom.ready)[:FACTORS]
    for one, other in itertools.combinations(alike, 2):
        yield f"{one.text} * {other.text}", 2.7
    columns = [atom for atom in arrays if len(kind.shape) > 1 and atom.kind.shape in _columns(kind.shape)]
    for one, other in itertools.product(alike, columns):
        yield f"{one.text} * {other.text}", 2.6


def _columns(shape: tuple[int, ...]) -> set[tuple[int, ...]]:
    return {(*shape[:axis], 1, *shape[axis + 1 :]) for axis in range(len(shape)) if shape[axis] > 1}


def _applied(arrays: list[Atom], kind: Kind) -> Iterator[tuple[str, float]]:
    """Yield matrix products."""
    if not 1 <= len(kind.shape) <= 2:
        return
    matrices = [atom for atom in arrays if len(atom.kind.shape) == 2]
    others = sorted((atom for atom in arrays if 1 <= len(atom.kind.shape) <= 2), key=lambda atom: -atom.ready)
    made = 0
    for one, other in itertools.product(matrices, others):
        for left, right in (("", ""), (".T", ""), ("", ".T"), (".T", ".T")):
            if right and len(other.kind.shape) < 2:
                continue
            rows = one.kind.shape[::-1] if left else one.kind.shape
            columns = other.kind.shape[::-1] if right else other.kind.shape
            if rows[1] == columns[0] and (rows[0], *columns[1:]) == kind.shape and made < FACTORS**2:
                made += 1
                yield f"{one.text}{left} @ {other.text}{right}", 2.8
