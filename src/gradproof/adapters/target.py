"""From "file.py:object" or "package.module:object" to a problem. The only importer of user code: it is executed."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import itertools
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from gradproof.adapters.stored import fitted, read
from gradproof.errors import TargetError
from gradproof.seam import Problem

NAMES = ("loss", "gradient", "params")
# What else a module may say of its problem.
OTHERS = ("args", "lower", "upper", "batched")
_numbers = itertools.count()


def load(target: str, stored: Path | None = None) -> Problem:
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

    Raises
    ------
    TargetError
        If there is nothing to check: no such file, a syntax error, an exception on import, a missing name.
    InputError
        If the file of parameters cannot be read, or does not fit.
    """
    problem = _named_by(target, ("loss", "gradient") if stored is not None else NAMES)
    if stored is None:
        return problem
    tree = read(stored)
    return replace(problem, params=tree if problem.params is None else fitted(tree, problem.params, stored))


def load_function(target: str) -> tuple[Any, Any, tuple[Any, ...]]:
    """Return (function, claim, args) of a target to be stressed.

    A file offers ``function``, ``args`` and ``vjp`` (or ``gradient``, where the function returns one number); an object
    is such a triple, or a function of no arguments that returns one.

    Raises
    ------
    TargetError
        If there is nothing to stress.
    """
    place, _, name = _split(target)
    module = _import_file(place) if place.endswith(".py") or Path(place).is_file() else _import_module(place)
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


def _named_by(target: str, names: tuple[str, ...]) -> Problem:
    place, _, name = _split(target)
    module = _import_file(place) if place.endswith(".py") or Path(place).is_file() else _import_module(place)
    if name:
        return _from_object(_attribute(module, name, target), target)
    if isinstance(getattr(module, "problem", None), Problem):
        return _from_object(module.problem, target)
    return _from_module(module, target, names)


def _split(target: str) -> tuple[str, str, str]:
    """Split at the last colon, unless that belongs to a drive letter."""
    place, colon, name = target.rpartition(":")
    if not colon or "/" in name or "\\" in name:
        return target, "", ""
    return place, colon, name


def _import_file(place: str) -> ModuleType:
    path = Path(place)
    if not path.is_file():
        folder = path.parent if path.parent.is_dir() else Path()
        near = difflib.get_close_matches(path.name, [p.name for p in folder.glob("*.py")], n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(str(folder / name) for name in near)}?" if near else ""
        raise TargetError("The target does not exist.", expected="a Python file", got=place, hint=hint)
    name = f"gradproof_target_{next(_numbers)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise TargetError("The target is not a Python file.", expected="a file ending in .py", got=place)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with _importing(place, str(path.resolve().parent)):
        spec.loader.exec_module(module)
    return module


def _import_module(place: str) -> ModuleType:
    try:
        known = importlib.util.find_spec(place) is not None
    except (ImportError, ValueError):
        known = False
    # As `python -m` does, the current directory is searched too.
    with _importing(place, str(Path.cwd())):
        try:
            return importlib.import_module(place)
        except ModuleNotFoundError as error:
            if known or error.name not in (place, place.partition(".")[0]):
                raise
            hint = f"is it a file? then {place}.py" if Path(f"{place}.py").is_file() else ""
            raise TargetError(
                "There is no such module.", expected="file.py or package.module", got=place, hint=hint
            ) from None


@contextmanager
def _importing(place: str, folder: str) -> Iterator[None]:
    """Search a folder first, as Python does for scripts, and turn what happens on import into a target error."""
    sys.path.insert(0, folder)
    try:
        yield
    except TargetError:
        raise
    except SyntaxError as error:
        where = f"{error.filename}:{error.lineno}"
        text = f"{error.msg}: {(error.text or '').strip()}"
        raise TargetError("The target does not parse.", got=text, where=where) from error
    except (Exception, SystemExit) as error:
        frame = next(reversed(traceback.extract_tb(error.__traceback__)), None)
        where = f"{frame.filename}:{frame.lineno}" if frame is not None else place
        got = f"{type(error).__name__}: {error}"
        raise TargetError("The target raised an exception on import.", got=got, where=where) from error
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


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
            expected="loss(params), gradient(params) and params; or problem = gradproof.Problem(...)",
            where=target,
            hint=f"did you mean {', '.join(near)}?" if near else f"name another object: {target}:OBJECT",
        )
    extra = {name: getattr(module, name) for name in OTHERS if hasattr(module, name)}
    return _problem((module.loss, module.gradient, getattr(module, "params", None)), extra, target)


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
