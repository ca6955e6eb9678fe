"""What counts something, exchanged for what counts something else: lengths, sizes, names of whole numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.scope import Scope


def sizes(scope: Scope) -> Iterator[Edit]:
    """Yield the edits of ``len(x)``, ``x.size``, ``x.shape[0]`` and of names that hold a whole number."""
    known = [(size.text, size.ready) for size in scope.sizes]
    wholes = [atom for atom in scope.atoms if atom.kind.form == "array" and len(atom.kind.shape) > 1]
    known += [(f"{atom.text}.size", atom.ready) for atom in wholes if scope.module != "torch"]
    for node in scope.nodes:
        if not (isinstance(node, ast.expr) and _counts(scope, node)):
            continue
        old, place = scope.src(node), scope.span(node)
        for text, ready in known:
            if ready <= place[0] and text != old:
                words = f"`{text}` belongs where `{old}` stands"
                yield Edit(scope.number, ((*place, text),), "constant", words, 1.4)


def _counts(scope: Scope, node: ast.expr) -> bool:
    """Whether an expression counts something, and not to say where a loop or a slice ends."""
    if not isinstance(scope.parents.get(node), ast.BinOp | ast.UnaryOp | ast.Assign | ast.AugAssign):
        return False
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1
    if isinstance(node, ast.Name):
        kind = scope.kind(node)
        counts = kind is not None and kind.form == "number" and kind.dtype == "i" and kind.value > 1
        return counts and isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    return isinstance(node, ast.Attribute) and node.attr == "size"
