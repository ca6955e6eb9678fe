"""The source files as syntax trees, and the questions that the tests of the house ask of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "gradproof"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file of the package. ``name`` is its path inside the package without the ending: ``numerics/noise``."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        return self.path.relative_to(PACKAGE).with_suffix("").as_posix()

    @property
    def floor(self) -> str:
        """The folder of the package that the file lies in, or the file's own name at the top."""
        return self.name.partition("/")[0]

    @property
    def module(self) -> str:
        return module_of(self.name)

    def imports(self) -> set[str]:
        """Absolute names of all imports, those inside functions too: ``gradproof.model``, ``numpy``."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name} line {node.lineno}: relative import"
                found.add(node.module or "")
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
        return found

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Every function with its qualified name, nested ones included."""
        yield from _functions(self.tree, "")

    def public_functions(self) -> Iterator[tuple[str, Function]]:
        """Functions and methods that others may call: no part of the qualified name starts with an underscore."""
        for name, node in self.functions():
            if not any(part.startswith("_") for part in name.split(".")) and "<locals>" not in name:
                yield name, node


def module_of(name: str) -> str:
    """Return the dotted name of a file: ``numerics/noise`` is ``gradproof.numerics.noise``."""
    parts = [part for part in name.split("/") if part != "__init__"]
    return ".".join(["gradproof", *parts])


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield prefix + child.name, child
            yield from _functions(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)


def parameters(function: Function) -> list[ast.arg]:
    """Return the parameters of a function but ``self`` and ``cls``; ``*args`` and ``**options`` count as one each."""
    spec = function.args
    found = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
    found += [extra for extra in (spec.vararg, spec.kwarg) if extra is not None]
    return [one for one in found if one.arg not in ("self", "cls")]


def docstring_lines(function: Function) -> int:
    """Return how many lines the docstring of a function takes."""
    first = function.body[0]
    if ast.get_docstring(function) is None or first.end_lineno is None:
        return 0
    return first.end_lineno - first.lineno + 1


def sources() -> list[Source]:
    """Return all files of the package, in the order of their names."""
    return [Source(path) for path in sorted(PACKAGE.rglob("*.py"))]


def called(name: str) -> Source:
    """Return the file of one name."""
    return Source(PACKAGE / f"{name}.py")
