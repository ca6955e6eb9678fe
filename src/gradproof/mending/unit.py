"""A function that may be edited: its place in the file, what it saw, and how an edited text becomes its code."""

from __future__ import annotations
import __future__

import ast
import dis
import gc
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, FunctionType
from typing import Any

from gradproof.mending.document import Change, Document, Function, splice
from gradproof.mending.kinds import Kind, kind_of

FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)


class Unfit(Exception):
    """An edited text that cannot take the place of the function's code."""


@dataclass(frozen=True)
class Unit:
    """One function of the user's that ran inside the gradient.

    Attributes
    ----------
    document
        The file.
    name
        Its qualified name.
    node
        Its definition.
    code
        What ran.
    functions
        The live functions with that code; their code is exchanged, in the worker only.
    names
        What its local names held.
    """

    document: Document
    name: str
    node: Function
    code: CodeType
    functions: tuple[FunctionType, ...] = field(repr=False)
    names: dict[str, Kind] = field(repr=False)

    @cached_property
    def start(self) -> int:
        """Where the line of the definition begins."""
        return self.document.offset(self.node.lineno, 0)

    @cached_property
    def end(self) -> int:
        """Where the definition ends."""
        return self.document.span(self.node)[1]

    @cached_property
    def body(self) -> str:
        """The text from the line of the definition to its end, with its indentation, without decorators."""
        return self.document.text[self.start : self.end]

    @cached_property
    def globals(self) -> dict[str, Kind]:
        """What the names of the module hold that are arrays, numbers, modules or functions."""
        space: dict[str, Any] = self.functions[0].__globals__
        return {
            name: kind for name, value in list(space.items())
            if not name.startswith("_") and (kind := kind_of(value)).form != "other"
        }  # fmt: skip

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names of its arguments and of what it takes from around it."""
        return frozenset(self.code.co_varnames[: self.code.co_argcount + self.code.co_kwonlyargcount]) | frozenset(
            self.code.co_freevars
        )

    @cached_property
    def _wrapper(self) -> tuple[str, int]:
        """The lines that stand around the definition, so that its indentation, cells and mangling are as they were."""
        indent = self.document.text[self.start : self.document.span(self.node)[0]]
        if indent.strip():
            indent = ""
        lines: list[str] = []
        free = [name for name in self.code.co_freevars if name.isidentifier()]
        scopes = self.name.replace(".<locals>", "").split(".")[:-1]
        if free and indent:
            # "__class__" can be a name of the wrapper as any other.
            lines.append(f"def _around({', '.join(free)}):")
        classes = [scope for scope in scopes[-1:] if "<locals>" not in self.name.rsplit(".", 2)[-2:]]
        if classes and indent and len(indent) > len(lines):
            lines.append(f"{indent[: len(lines)]}class {classes[0]}:")
        if indent and not lines:
            lines.append("if True:")
        return "".join(line + "\n" for line in lines), len(lines)

    def compiled(self, changes: Iterable[Change]) -> CodeType:
        """Return the code of the function with changes, given in characters of the file.

        Raises
        ------
        Unfit
            If the text does not compile, or needs other cells than the function has.
        """
        text, above = self._wrapper
        text += splice(self.body, [(a - self.start, b - self.start, new) for a, b, new in changes])
        try:
            module = compile(text, self.code.co_filename, "exec", self.code.co_flags & FUTURE, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError) as error:
            raise Unfit(str(error)) from None
        code = _named(module, self.node.name, above + 1)
        if code is None or code.co_freevars != self.code.co_freevars:
            raise Unfit("other cells")
        return code

    def install(self, code: CodeType) -> None:
        """Give the live functions another code."""
        for function in self.functions:
            function.__code__ = code

    def stale(self) -> bool:
        """Whether the file says something else than what ran."""
        code = self.compiled(())
        # pytest rewrites assertions, and the byte code of a call depends on imports elsewhere in the module.
        asserts = any(isinstance(node, ast.Assert) for node in ast.walk(self.node))
        return not asserts and _words(code) != _words(self.code)


def functions_of(code: CodeType) -> tuple[FunctionType, ...]:
    """Return the live functions that have a code."""
    return tuple(found for found in gc.get_referrers(code) if isinstance(found, FunctionType))


def _words(code: CodeType) -> tuple[object, ...]:
    constants = [repr(constant) for constant in code.co_consts if not isinstance(constant, CodeType)]
    operators = [i.argrepr for i in dis.get_instructions(code) if i.opname in ("BINARY_OP", "COMPARE_OP")]
    return code.co_names, code.co_varnames, constants, operators


def _named(code: CodeType, name: str, line: int) -> CodeType | None:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_name == name and constant.co_firstlineno == line:
                return constant
            inner = _named(constant, name, line)
            if inner is not None:
                return inner
    return None
