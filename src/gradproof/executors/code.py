"""By what an objective is known again: a digest of the code that the user wrote for it."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

from gradproof.seam import Problem

PACKAGE = __name__.partition(".")[0]


def digest(function: Any) -> str:
    """Return a digest of the code of a function and of those that it closes over or finds in its file, "" without one.

    Wrappers of this package are looked through: which of them are put around an objective depends on the frameworks
    that a process has loaded, and what they do is known by the version.
    """
    codes = list(_codes(function, set()))
    whole = hashlib.blake2b(digest_size=12)
    for code in codes:
        whole.update(_told(code))
    return whole.hexdigest() if codes else ""


def _codes(thing: Any, seen: set[int]) -> Iterator[CodeType]:
    """Yield the code of all functions of the user's that a thing is made of, in the order of its closures."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    for inner in _parts(thing):
        if not isinstance(inner, CodeType):
            yield from _codes(inner, seen)
        elif not str(thing.__module__).startswith(f"{PACKAGE}."):
            yield inner


def _parts(thing: Any) -> Iterator[Any]:
    if isinstance(thing, FunctionType):
        yield thing.__code__
        yield from _contents(thing)
        yield from _neighbours(thing)
    elif isinstance(thing, MethodType):
        yield thing.__func__
    elif isinstance(thing, functools.partial):
        yield thing.func
    elif isinstance(thing, Problem):
        yield thing.loss
    elif not isinstance(thing, type):
        # What a framework has compiled, and objects of a class of the user's that can be called.
        inner = vars(thing).get("__wrapped__") if hasattr(thing, "__dict__") else None
        yield inner if inner is not None else vars(type(thing)).get("__call__")


def _contents(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            # Of a name that has no value yet.
            continue


def _neighbours(function: FunctionType) -> Iterator[FunctionType]:
    """Yield the functions of the same file that a function names: its layers, and what it is composed of."""
    for name in _names(function.__code__):
        found = function.__globals__.get(name)
        if isinstance(found, FunctionType) and found.__module__ == function.__module__:
            yield found


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _names(const)


def _told(code: CodeType) -> bytes:
    """Return what a code says, and that of the functions inside of it; without names of files and numbers of lines."""
    consts = [const for const in code.co_consts if not isinstance(const, CodeType)]
    # The order of a set is another one in every process.
    told = [repr(sorted(map(repr, c))) if isinstance(c, frozenset) else repr(c) for c in consts]
    inner = b"".join(_told(const) for const in code.co_consts if isinstance(const, CodeType))
    return code.co_code + repr((code.co_names, code.co_varnames, told)).encode() + inner
