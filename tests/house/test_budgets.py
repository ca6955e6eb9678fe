"""Files, functions and parameter lists stay small enough to be read at once."""

from __future__ import annotations

import ast

import pytest

from tests.house.sources import Function, Source, docstring_lines, parameters, sources

FILE_LINES, FUNCTION_LINES, PARAMETERS = 220, 40, 5

# These keep other people's signatures.
FOREIGN_SIGNATURES = {"classic", "compat", "scipy"}
# What is larger than the budget: (file, function or "") -> reason. One that is not needed any more fails too.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def oversized(source: Source) -> dict[tuple[str, str], str]:
    """Return what breaks the budget of a file, with the count."""
    found = {}
    lines = len(source.text.splitlines())
    if lines > FILE_LINES:
        found[source.name, ""] = f"{lines} lines"
    for name, node in source.functions():
        assert node.end_lineno is not None
        length = node.end_lineno - node.lineno + 1 - docstring_lines(node)
        if length > FUNCTION_LINES:
            found[source.name, name] = f"{length} lines"
        if len(parameters(node)) > PARAMETERS and source.floor not in FOREIGN_SIGNATURES:
            found[source.name, name] = f"{len(parameters(node))} parameters"
    return found


def boolean_parameters(node: Function) -> list[str]:
    """Return the parameters of a function that are annotated or defaulted with a truth value."""
    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    defaults: list[tuple[ast.arg, ast.expr | None]] = list(
        zip(reversed(positional), reversed(spec.defaults), strict=False)
    )
    defaults += zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    found = {arg.arg for arg, value in defaults if isinstance(value, ast.Constant) and isinstance(value.value, bool)}
    for arg in parameters(node):
        names = {one.id for one in ast.walk(arg.annotation) if isinstance(one, ast.Name)} if arg.annotation else set()
        if "bool" in names:
            found.add(arg.arg)
    return sorted(found)


def test_nothing_is_oversized_but_the_exceptions() -> None:
    found = {key: count for source in sources() for key, count in oversized(source).items()}
    assert set(found) == set(EXCEPTIONS), found


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_no_boolean_parameters_in_public(source: Source) -> None:
    found = {name: boolean_parameters(node) for name, node in source.public_functions() if boolean_parameters(node)}
    assert source.floor in FOREIGN_SIGNATURES or not found


@pytest.mark.parametrize(
    "code",
    ["def f(a, b=True): ...", "def f(*, b: bool): ...", "def f(b: bool | None = None): ...", "def f(*, b=False): ..."],
)
def test_boolean_parameters_are_seen(code: str) -> None:
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert boolean_parameters(function) == ["b"]
