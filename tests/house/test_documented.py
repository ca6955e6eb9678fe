"""Everything public says what it is for, and every function says its types."""

from __future__ import annotations

import ast

import pytest

from tests.house.sources import Source, parameters, sources


def public_nodes(source: Source) -> list[tuple[str, ast.AST]]:
    """Return the public classes and functions of a file."""
    classes: list[tuple[str, ast.AST]] = [
        (node.name, node)
        for node in source.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    return [*classes, *source.public_functions()]


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_files_say_what_they_are(source: Source) -> None:
    assert (ast.get_docstring(source.tree) or "").split("\n")[0].endswith((".", "?", ":", ","))


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_public_names_have_docstrings(source: Source) -> None:
    silent = [
        name
        for name, node in public_nodes(source)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not ast.get_docstring(node)
    ]
    assert not silent


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_functions_are_annotated(source: Source) -> None:
    bare = [name for name, node in source.functions() if node.returns is None]
    bare += [
        f"{name}({arg.arg})" for name, node in source.functions() for arg in parameters(node) if not arg.annotation
    ]
    assert not bare
