"""The functions that may be edited: what ran inside the gradient and not inside the objective, with its source."""

from __future__ import annotations

import functools
import inspect
import linecache
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

from gradproof.errors import InputError
from gradproof.mending.document import Document
from gradproof.mending.kinds import Kind
from gradproof.mending.unit import Unfit, Unit, functions_of


def home_of(gradient: Any) -> str:
    """Return the file of a gradient function, or "" if it has none."""
    code = getattr(_function(gradient), "__code__", None)
    return code.co_filename if code is not None else ""


def _function(gradient: Any) -> Any:
    """Return the function inside partials, bound methods, wrappers and callable objects."""
    while True:
        if isinstance(gradient, functools.partial):
            gradient = gradient.func
        elif inspect.ismethod(gradient):
            gradient = gradient.__func__
        elif hasattr(gradient, "__wrapped__"):
            gradient = gradient.__wrapped__
        elif not hasattr(gradient, "__code__") and inspect.ismethod(getattr(gradient, "__call__", None)):  # noqa: B004
            gradient = gradient.__call__
        else:
            return gradient


def editable(
    gradient: Callable[..., Any], ran: Mapping[CodeType, dict[str, Kind]], shared: Iterable[CodeType]
) -> tuple[tuple[Unit, ...], bool]:
    """Return the functions to edit, the gradient itself first, and whether the objective runs them too.

    Parameters
    ----------
    gradient
        The gradient function.
    ran
        The code that ran inside it, with what its names held.
    shared
        The code that ran inside the objective: it is edited only if the gradient has no code of its own.

    Raises
    ------
    InputError
        If there is no source for any of them.
    """
    main = getattr(_function(gradient), "__code__", None)
    apart = set(shared)
    order = sorted(ran, key=lambda code: (code is not main, code.co_filename, code.co_firstlineno))
    own = [code for code in order if code not in apart and not code.co_name.startswith("<")]
    both = [code for code in order if code in apart and not code.co_name.startswith("<")]
    units, trouble = found(own, ran)
    if not units and not trouble:
        units, trouble = found(both, ran)
        if units:
            return units, True
    if not units:
        raise trouble[0] if trouble else _nothing(gradient, main)
    return units, False


def found(codes: list[CodeType], ran: Mapping[CodeType, dict[str, Kind]]) -> tuple[tuple[Unit, ...], list[InputError]]:
    """Return the functions of codes that have a source, the outermost of nested ones, and what is wrong with others."""
    units: list[Unit] = []
    documents: dict[str, Document] = {}
    trouble: list[InputError] = []
    for code in codes:
        try:
            unit = _unit(code, ran[code], documents)
        except InputError as error:
            trouble.append(error)
            continue
        if unit is not None and not any(_inside(unit, other) for other in units):
            units.append(unit)
    return tuple(units), trouble


def _inside(unit: Unit, other: Unit) -> bool:
    return unit.document is other.document and other.start <= unit.start and unit.end <= other.end


def _unit(code: CodeType, names: dict[str, Kind], documents: dict[str, Document]) -> Unit | None:
    functions = functions_of(code)
    path = Path(code.co_filename)
    # The cells of a notebook stand in no file, and Python keeps their lines.
    cell = [] if path.is_file() else linecache.getlines(code.co_filename)
    if not path.is_file() and not cell:
        raise InputError(
            f"There is no source of {code.co_name}: it was typed in, or made by exec.",
            expected="a function defined in a file",
            got=code.co_filename,
            hint="write it into a file, and mend that",
        )
    document = documents.get(code.co_filename)
    if document is None:
        document = Document(path, "".join(cell).encode()) if cell else Document.read(path)
        documents[code.co_filename] = document
    for name, node in document.functions():
        first = min((decorator.lineno for decorator in node.decorator_list), default=node.lineno)
        if node.name == code.co_name and first == code.co_firstlineno and functions:
            unit = Unit(document, name, node, code, functions, names)
            try:
                stale = unit.stale()
            except Unfit:
                return None
            if stale:
                break
            return unit
    if functions and document.path.suffix == ".py":
        raise InputError(
            f"The file says something else of {code.co_name} than what ran: it was changed after it was imported.",
            where=f"{path}:{code.co_firstlineno}",
            hint="start again",
        )
    return None


def _nothing(gradient: Any, main: CodeType | None) -> InputError:
    if main is None:
        return InputError(
            "The gradient has no source: it is built in, compiled, or an object of a library.",
            expected="a function written in Python",
            got=type(gradient).__name__,
        )
    if main.co_name == "<lambda>":
        return InputError(
            "The gradient is a lambda that calls no function of yours: there is no source to edit.",
            expected="a function with def",
            where=f"{main.co_filename}:{main.co_firstlineno}",
        )
    return InputError("No function of yours ran inside the gradient.", got=main.co_filename)
