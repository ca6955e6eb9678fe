"""From "file.py:object" or "package.module:object" to a problem, or to terms."""

from __future__ import annotations

import difflib
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from gradproof.adapters.imported import module_of
from gradproof.adapters.stored import fitted, read
from gradproof.errors import TargetError
from gradproof.seam import Problem

NAMES = ("loss", "gradient", "params")
# What else a module may say of its problem.
OTHERS = ("args", "lower", "upper", "batched")


def load(target: str, stored: Path | None = None, needed: tuple[str, ...] = NAMES) -> Problem:
    """Return the problem that a target names.

    Parameters
    ----------
    target
        ``file.py``, ``file.py:object``, ``package.module`` or ``package.module:object``. A module offers
        ``loss(params)``, ``gradient(params)`` and ``params`` (a tree or a function making one), and may offer
        ``args``, ``lower`` and ``upper``; or ``problem``. An object is a ``Problem``, or a function of no arguments
        that returns one or ``(loss, gradient, params)``.
    stored
        A file of parameters to check at, in the place of the target's own. Where the target has some, the file's must
        have the same names and shapes; where it has none, the tree of the file is used as it is.
    needed
        What a module must offer.

    Raises
    ------
    TargetError
        If there is nothing to check: no such file, a syntax error, an exception on import, a missing name.
    InputError
        If the file of parameters cannot be read, or does not fit.
    """
    return problem_of(target, *module_of(target), stored, needed)


def problem_of(
    target: str, module: ModuleType, name: str, stored: Path | None, needed: tuple[str, ...] = NAMES
) -> Problem:
    """Return the problem of a module that was imported; see ``load``."""
    if name:
        problem = _from_object(_attribute(module, name, target), target)
    elif isinstance(getattr(module, "problem", None), Problem):
        problem = _from_object(module.problem, target)
    else:
        here = tuple(one for one in needed if one != "params" or stored is None)
        problem = _from_module(module, target, here)
    return problem if stored is None else replace(problem, params=params_of(stored, problem.params))


def params_of(stored: Path, given: Any) -> Any:
    """Return the parameters of a file, in the form of those given, if there are some."""
    tree = read(stored)
    return tree if given is None else fitted(tree, given, stored)


def terms_of(target: str, module: ModuleType, name: str) -> tuple[Any, Any, tuple[Any, ...]] | None:
    """Return (terms, params, args) of a module that offers ``terms`` and no ``loss``, or a dict of them by its name."""
    offered = getattr(module, name or "terms", None)
    if not isinstance(offered, dict) or (not name and hasattr(module, "loss")):
        return None
    pairs = [pair for pair in offered.values() if isinstance(pair, tuple) and len(pair) == 2 and callable(pair[0])]
    if len(pairs) < max(len(offered), 1):
        raise TargetError(
            "The terms cannot be checked.", expected="a dict of (loss, gradient) by name, and params", where=target
        )
    params = getattr(module, "params", None)
    return offered, _made(params, target) if callable(params) else params, tuple(getattr(module, "args", ()))


def load_function(target: str) -> tuple[Any, Any, tuple[Any, ...]]:
    """Return (function, claim, args) of a target to be stressed.

    A file offers ``function``, ``args`` and ``vjp`` (or ``gradient``, where the function returns one number); an object
    is such a triple, or a function of no arguments that returns one.

    Raises
    ------
    TargetError
        If there is nothing to stress.
    """
    module, name = module_of(target)
    if name:
        found = _attribute(module, name, target)
        found = _made(found, target) if callable(found) else found
    else:
        claim = getattr(module, "vjp", getattr(module, "gradient", None))
        found = (getattr(module, "function", None), claim, getattr(module, "args", None))
    if not (isinstance(found, tuple) and len(found) == 3 and callable(found[0]) and callable(found[1])):
        raise TargetError(
            "There is nothing to stress.",
            expected="function(*args), vjp(*args, cotangent) or gradient(*args), and args",
            where=target,
        )
    args = found[2]
    return found[0], found[1], tuple(args) if isinstance(args, tuple | list) else (args,)


def _attribute(module: ModuleType, name: str, target: str) -> Any:
    if not hasattr(module, name):
        public = [known for known in vars(module) if not known.startswith("_")]
        near = difflib.get_close_matches(name, public, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else ""
        raise TargetError("The target has no such object.", expected=name, where=target, hint=hint)
    return getattr(module, name)


def _from_module(module: ModuleType, target: str, names: tuple[str, ...]) -> Problem:
    missing = [name for name in names if not hasattr(module, name)]
    if missing:
        public = [known for known in vars(module) if not known.startswith("_")]
        near = [close for name in missing for close in difflib.get_close_matches(name, public, n=1, cutoff=0.5)]
        raise TargetError(
            f"The target lacks {' and '.join(missing)}.",
            expected="loss(params), gradient(params) and params; terms and params; or problem = gradproof.Problem(...)",
            where=target,
            hint=f"did you mean {', '.join(near)}?" if near else f"name another object: {target}:OBJECT",
        )
    extra = {name: getattr(module, name) for name in OTHERS if hasattr(module, name)}
    return _problem((module.loss, getattr(module, "gradient", None), getattr(module, "params", None)), extra, target)


def _from_object(found: Any, target: str) -> Problem:
    if callable(found) and not isinstance(found, Problem):
        found = _made(found, target)
    if isinstance(found, Problem):
        rest = {field.name: getattr(found, field.name) for field in fields(Problem) if field.name not in NAMES}
        return _problem((found.loss, found.gradient, found.params), rest, target)
    if isinstance(found, tuple) and len(found) == 3 and callable(found[0]):
        return _problem(found, {}, target)
    raise TargetError(
        "The object cannot be checked.",
        expected="a Problem, or a function that returns one or (loss, gradient, params)",
        got=type(found).__name__,
        where=target,
    )


def _problem(three: tuple[Any, Any, Any], extra: dict[str, Any], target: str) -> Problem:
    loss, gradient, params = three
    if not callable(loss):
        raise TargetError("The loss cannot be called.", expected="a function", got=type(loss).__name__, where=target)
    return Problem(loss, gradient, _made(params, target) if callable(params) else params, **extra)


def _made(make: Any, target: str) -> Any:
    """Call a function of the target that makes a problem or parameters."""
    try:
        return make()
    except (Exception, SystemExit) as error:
        name = getattr(make, "__name__", "the object")
        raise TargetError(
            f"Calling {name}() failed.",
            expected="a function of no arguments that returns a Problem, (loss, gradient, params) or parameters",
            got=f"{type(error).__name__}: {error}",
            where=target,
        ) from error
