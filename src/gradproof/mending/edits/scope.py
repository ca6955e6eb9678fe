"""A function as the edits see it: its text, its nodes with their parents, and the names that can be used at a place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from gradproof.mending.kinds import Kind
from gradproof.mending.unit import Unit

# A longer list that a function makes is the tape of a loop.
LISTED = 8
BARE = ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.Dict | ast.List
# Words that end an expression's surroundings on the left.
LEFT, RIGHT = re.compile(r"([(\[,{:]|(?<![=<>!:])=|return|[-+*/@%|&^]=)\s*$"), re.compile(r"\s*([)\],}:]|#|\n|\r|$)")


@dataclass(frozen=True, slots=True)
class Atom:
    """An expression in scope that holds an array or a number."""

    text: str
    kind: Kind
    ready: int  # the character from which on it can be used


class Scope:
    """One unit with the questions that the edits ask.

    Parameters
    ----------
    number
        Of the unit.
    unit
        The function.
    """

    def __init__(self, number: int, unit: Unit) -> None:
        self.number, self.unit = number, unit
        self.text = unit.document.text
        self.parents: dict[ast.AST, ast.AST] = {}
        for node in ast.walk(unit.node):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
        self.nodes = [node for statement in unit.node.body for node in ast.walk(statement)]
        self.statements = [node for node in self.nodes if isinstance(node, ast.stmt)]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node stands in the file."""
        return self.unit.document.span(node)

    def src(self, node: ast.AST) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def loose(self, node: ast.AST) -> bool:
        """Whether any expression may take the place of a node without parentheses."""
        start, end = self.span(node)
        return bool(LEFT.search(self.text, self.unit.start, start) and RIGHT.match(self.text, end)) or isinstance(
            self.parents.get(node), ast.Return
        )

    def atomic(self, node: ast.expr) -> str:
        """Return the text of a node, in parentheses unless it binds closest."""
        text = self.src(node)
        plain = isinstance(node, BARE) or (isinstance(node, ast.Constant) and text[:1].isalnum())
        return text if plain else f"({text})"

    def split(self, node: ast.BinOp) -> tuple[str, tuple[int, int], str]:
        """Return left operand, place of the operator and right operand, the operands with their parentheses."""
        start, end = self.span(node)
        low, high = self.span(node.left)[1], self.span(node.right)[0]
        symbol = SYMBOLS[type(node.op)]
        at = self._find(symbol, low, high)
        return self.text[start:at].strip(), (at, at + len(symbol)), self.text[at + len(symbol) : end].strip()

    def _find(self, symbol: str, low: int, high: int) -> int:
        gap = re.sub(r"#[^\r\n]*", lambda comment: " " * len(comment[0]), self.text[low:high])
        return low + gap.index(symbol)

    def operator(self, symbol: str, left: ast.expr, right: ast.expr) -> tuple[int, int]:
        """Return where the symbol between two operands stands."""
        at = self._find(symbol, self.span(left)[1], self.span(right)[0])
        return at, at + len(symbol)

    @cached_property
    def module(self) -> str:
        """The name by which the function calls its array library, or ""."""
        used = [
            node.value.id for node in self.nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        ]
        known = [name for name in used if self.is_library(name)]
        every = [name for name in ("np", "numpy", "jnp", "torch") if self.is_library(name)]
        return max(set(known), key=known.count) if known else next(iter(every), "")

    def is_library(self, name: str) -> bool:
        """Whether a name stands for an array library."""
        space = self.unit.functions[0].__globals__
        found = space.get(name)
        return (
            self.unit.globals.get(name, Kind("other")).form == "module"
            and hasattr(found, "exp")
            and hasattr(found, "sqrt")
        )

    @property
    def axis_word(self) -> tuple[str, str]:
        """How the library calls the axis of a sum, and that it is kept."""
        return ("dim", "keepdim") if self.module == "torch" else ("axis", "keepdims")

    def kind(self, node: ast.AST) -> Kind | None:
        """Return what an expression held, where it is a name or an item of one."""
        if isinstance(node, ast.Name):
            return self.unit.names.get(node.id) or self.unit.globals.get(node.id)
        if isinstance(node, ast.Subscript | ast.Attribute):
            inner = self.kind(node.value)
            if inner is not None and inner.form == "tree":
                access = f".{node.attr}" if isinstance(node, ast.Attribute) else _access(node.slice)
                return dict(inner.items).get(access)
            if isinstance(node, ast.Attribute) and node.attr in ("T", "mT") and inner is not None:
                return Kind("array", inner.shape[::-1], inner.dtype)
        return None

    @cached_property
    def _assigned(self) -> dict[str, int]:
        """From where on each local name can be used: the end of its first assignment, or its loop's beginning."""
        found: dict[str, int] = dict.fromkeys(self.unit.parameters, 0)
        for node in self.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found[node.id] = min(found.get(node.id, 10**9), self._ready(node))
        return found

    def _ready(self, node: ast.AST) -> int:
        holder: ast.AST | None = node
        while holder is not None and not isinstance(holder, ast.stmt | ast.comprehension):
            holder = self.parents.get(holder)
        if isinstance(holder, ast.For | ast.comprehension) or holder is None:
            return self.span(node)[0]
        ready, outer = self.span(holder)[1], self.parents.get(holder)
        while outer is not None and outer is not self.unit.node:
            if isinstance(outer, ast.For | ast.While):
                ready = min(ready, self.span(outer)[0])
            outer = self.parents.get(outer)
        return ready

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        """Every array and number that has a name in the function, with how it is written."""
        found = [
            atom for name, kind in self.unit.names.items() if name in self._assigned and not self._is_tape(name, kind)
            for atom in _atoms(name, kind, self._assigned[name])
        ]  # fmt: skip
        found += [
            Atom(name, kind, 0) for name, kind in self.unit.globals.items()
            if kind.numeric and name not in self.unit.names
        ]  # fmt: skip
        # Keys are written as the function writes its own.
        double = self.unit.body.count('"') > self.unit.body.count("'")
        if double:
            found = [replace(atom, text=atom.text.replace("['", '["').replace("']", '"]')) for atom in found]
        return tuple({atom.text: atom for atom in found}.values())

    def _is_tape(self, name: str, kind: Kind) -> bool:
        """Whether a list holds the steps of a loop: no line means one of them by its number."""
        listed = bool(kind.items) and all(access[1:2].isdigit() for access, _ in kind.items)
        return listed and name not in self.unit.parameters and (name in self._appended or len(kind.items) > LISTED)

    @cached_property
    def _appended(self) -> frozenset[str]:
        calls = [
            node.func for node in self.nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        ]
        return frozenset(f.value.id for f in calls if f.attr == "append" and isinstance(f.value, ast.Name))

    def usable(self, place: int) -> Iterator[Atom]:
        """Yield the atoms that can be used at a place."""
        return (atom for atom in self.atoms if atom.ready <= place)

    @cached_property
    def sizes(self) -> tuple[Atom, ...]:
        """The numbers that count something: names of integers, and lengths of axes of arguments."""
        found: dict[float, Atom] = {}
        for atom in self.atoms:
            if atom.kind.form == "number" and atom.kind.value > 1:
                found.setdefault(atom.kind.value, atom)
        outside = [atom for atom in self.atoms if atom.kind.form == "array"]
        for atom in sorted(outside, key=lambda atom: (atom.ready, len(atom.text))):
            for axis, length in enumerate(atom.kind.shape):
                if length > 1:
                    size = Atom(f"{atom.text}.shape[{axis}]", Kind("number", (), "i", float(length)), atom.ready)
                    found.setdefault(length, size)
        return tuple(found.values())


def _access(node: ast.expr) -> str:
    return f"[{node.value!r}]" if isinstance(node, ast.Constant) else "?"


def _atoms(text: str, kind: Kind, ready: int) -> Iterator[Atom]:
    if kind.numeric:
        yield Atom(text, kind, ready)
    for access, item in kind.items:
        if access[:1] in "[.":
            yield from _atoms(text + access, item, ready)


SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**", ast.FloorDiv: "//",
    ast.Mod: "%", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip
STRENGTH: dict[type[ast.operator], int] = {
    ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.MatMult: 2, ast.FloorDiv: 2, ast.Mod: 2, ast.Pow: 3,
}  # fmt: skip
