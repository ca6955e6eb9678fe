"""Where the gradient function stands in its file, for annotations that point at its line."""

from __future__ import annotations

import functools
import inspect
import os
from pathlib import Path
from typing import Any

from gradproof.seam import Problem


def circumstances(problem: Problem | None, target: str) -> dict[str, Any]:
    """Return ``target`` and, where they are known, ``file`` and ``line`` of the gradient function.

    The file is given relative to the working folder, or to the one that GitHub checked out. A file outside of it is not
    named: no annotation can point there, and it is nobody's business where it lies.
    """
    found: dict[str, Any] = {"target": target}
    place = _defined(problem.gradient) if problem is not None else None
    file, line = place or (target.rpartition(":")[0] or target, 1)
    inside = _inside(Path(file))
    return {**found, "file": inside, "line": line} if inside else found


def _defined(gradient: Any) -> tuple[str, int] | None:
    """Return the file and line of a function: a partial's, a wrapped one's, a method's, an object's ``__call__``."""
    if isinstance(gradient, functools.partial):
        return _defined(gradient.func)
    if not callable(gradient):
        return None
    try:
        inner = inspect.unwrap(gradient)
    except ValueError:
        inner = gradient
    code = getattr(inner, "__code__", None)
    if code is None and not isinstance(inner, type):
        code = getattr(inspect.getattr_static(type(inner), "__call__", None), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else None


def _inside(file: Path) -> str:
    """Return a path relative to the root of what is checked out, with slashes; "" if it is no file inside of it."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    try:
        resolved = file.resolve(strict=True)
    except (OSError, RuntimeError):
        return ""
    return resolved.relative_to(root).as_posix() if resolved.is_file() and resolved.is_relative_to(root) else ""
