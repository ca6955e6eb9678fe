"""The module that "file.py:object" or "package.module:object" names. The only importer of user code: it is executed."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import itertools
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from gradproof.errors import TargetError

_numbers = itertools.count()


def module_of(target: str) -> tuple[ModuleType, str]:
    """Import what a target names; return the module and the name of the object in it, or ""."""
    place, _, name = _split(target)
    imported = _import_file if place.endswith(".py") or Path(place).is_file() else _import_module
    return imported(place), name


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
