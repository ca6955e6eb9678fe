"""Mutants of the backward passes by plain syntax-tree surgery, which shares no code with the edits of the library."""

from __future__ import annotations

import ast
import copy
import random
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gradproof.adapters.tree import flatten

# The functions of a file that the objective does not call, and the gradient does.
BACKWARD = {"gradient", "backward", "relu_slope", "tanh_slope", "jacobians", "unnormalise", "elu_grad"}
ARITHMETIC = [ast.Add, ast.Sub, ast.Mult, ast.Div]
ORDER = [ast.Lt, ast.LtE, ast.Gt, ast.GtE]
SISTERS = {
    "sum": "mean",
    "mean": "sum",
    "exp": "log",
    "sqrt": "square",
    "zeros_like": "ones_like",
    "maximum": "minimum",
}


def mutations(function: ast.FunctionDef) -> Iterator[tuple[str, ast.stmt, ast.stmt]]:
    """Yield (class, statement, mutated statement) for everything that a mutation tool would do."""
    names = sorted({n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)})
    for statement in [n for n in ast.walk(function) if isinstance(n, ast.Assign | ast.AugAssign | ast.Return)]:
        for place, node in enumerate(ast.walk(statement)):
            for kind, change in _of(node, names):
                mutant = copy.deepcopy(statement)
                change(list(ast.walk(mutant))[place])
                yield kind, statement, ast.fix_missing_locations(mutant)


def _of(node: ast.AST, names: list[str]):
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        for other in ARITHMETIC:
            if other is not type(node.op):
                yield "operator", lambda n, other=other: setattr(n, "op", other())
        yield "operands", lambda n: n.__dict__.update(left=n.right, right=n.left)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.MatMult):
        yield "operands", lambda n: n.__dict__.update(left=n.right, right=n.left)
    if isinstance(node, ast.AugAssign):
        yield "operator", lambda n: setattr(n, "op", ast.Sub())
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        for value in (node.value + 1, node.value - 1, node.value * 2, -node.value, 0):
            if value != node.value:
                yield "number", lambda n, value=value: setattr(n, "value", value)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "flag", lambda n: setattr(n, "value", not n.value)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        for other in names:
            if other != node.id:
                yield "variable", lambda n, other=other: setattr(n, "id", other)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in ORDER:
        for other in ORDER:
            if other is not type(node.ops[0]):
                yield "comparison", lambda n, other=other: setattr(n, "ops", [other()])
    if isinstance(node, ast.Attribute) and node.attr in SISTERS:
        yield "function", lambda n: setattr(n, "attr", SISTERS[n.attr])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", lambda n: setattr(n, "op", ast.UAdd())
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose", lambda n: setattr(n, "attr", "real")


def written(text: str, statement: ast.stmt, mutant: ast.stmt) -> str:
    """Return a text with a statement replaced, on one line."""
    lines = text.split("\n")
    first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
    indent = lines[first][: statement.col_offset]
    return "\n".join([*lines[:first], indent + ast.unparse(mutant), *lines[last:]])


def executed(text: str) -> dict:
    """Return the names of a module made of a text."""
    # Dataclasses look their module up.
    module = sys.modules["mutant"] = types.ModuleType("mutant")
    exec(compile(text, "mutant", "exec"), vars(module))
    return vars(module)


def leaves(tree: object) -> list:
    """Return the arrays of a gradient."""
    return [np.asarray(value, float) for value in flatten(tree).leaves]


def alive(text: str, right: list) -> bool:
    """Whether a mutant runs, gives arrays of the right shapes, and is wrong by more than a thousandth somewhere."""
    try:
        with np.errstate(all="ignore"):
            space = executed(text)
            found = leaves(space["gradient"](space["params"]))
    except Exception:
        return False
    if [a.shape for a in found] != [a.shape for a in right] or not all(np.isfinite(a).all() for a in found):
        return False
    return any(np.max(np.abs(a - b)) > 1e-3 * np.max(np.abs(b)) for a, b in zip(found, right, strict=True))


def mutants(folder: Path, count: int, seed: int) -> list[tuple[str, str, str, set[int]]]:
    """Return ``count`` mutants as (file, class, text, planted lines), in turn from each file, drawn by a seed."""
    draw = random.Random(seed)
    piles = {}
    for path in sorted(folder.glob("*.py")):
        if path.stem in ("__init__", "planted"):
            continue
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in BACKWARD]
        piles[path.stem] = (text, [m for f in functions for m in mutations(f)])
    found: list[tuple[str, str, str, set[int]]] = []
    while len(found) < count:
        for name, (text, pile) in piles.items():
            space = executed(text)
            right = leaves(space["gradient"](space["params"]))
            kinds = sorted({kind for kind, *_ in pile})
            while pile and len(found) < count:
                # The class first, so that variables, which can be exchanged in most ways, do not outnumber the others.
                kind = draw.choice(kinds)
                choice = draw.choice([m for m in pile if m[0] == kind])
                mutant = written(text, *choice[1:])
                if alive(mutant, right) and all(mutant != other for _, _, other, _ in found):
                    found.append((name, kind, mutant, {choice[1].lineno}))
                    break
    return found
