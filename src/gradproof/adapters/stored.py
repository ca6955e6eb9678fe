"""Parameters from files: .npz, .h5 and .safetensors, as trees. Nothing is ever unpickled."""

# A damaged file makes the libraries raise nearly anything, MemoryError included: all of it means "damaged".

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gradproof.adapters.tree import flatten
from gradproof.errors import InputError, TargetError

PICKLES = {".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib", ".ckpt"}
Named = dict[str, Any]


def read(path: Path) -> Any:
    """Return the arrays of a file as a tree of dicts.

    Groups of HDF5 files become dicts in dicts; the names of other files stay as they are.

    Raises
    ------
    InputError
        If the file is missing, damaged, pickled, empty, of another kind, or if its library is not installed.
    """
    if not _is_file(path):
        raise InputError("The file of parameters does not exist.", expected=_kinds(), got=str(path))
    ending = path.suffix.lower()
    if ending in PICKLES:
        raise InputError(
            "The file of parameters is pickled: reading it would execute what it holds.",
            expected=_kinds(),
            got=str(path),
            hint="save it again with numpy.savez or safetensors",
        )
    if ending not in READERS:
        raise InputError("Parameters cannot be read from such a file.", expected=_kinds(), got=str(path))
    tree = READERS[ending](path)
    if not flatten(tree).leaves:
        raise InputError("The file of parameters is empty.", expected="named arrays", where=str(path))
    return tree


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # Too long for a name, or not to be looked at.
        return False


def fitted(tree: Any, like: Any, path: Path) -> Any:
    """Return the arrays of a file in the structure of a tree whose leaves have the same paths and shapes.

    Paths are compared with dots and slashes taken for one another.

    Raises
    ------
    InputError
        If a leaf is missing, one is too many, or a shape differs.
    """
    held, wanted = flatten(tree), flatten(like)
    found = {name.replace("/", "."): leaf for name, leaf in zip(held.names, held.leaves, strict=True)}
    names = [name.replace("/", ".") for name in wanted.names]
    for name in names:
        if name not in found:
            spare = [other for other in found if other not in names]
            near = difflib.get_close_matches(name, spare, n=1, cutoff=0.4)
            raise InputError(
                f"The file of parameters lacks {name}.",
                expected=f"the names {_some(names)}",
                got=_some(list(found)),
                where=str(path),
                hint=f"is it {near[0]}?" if near else "",
            )
    extra = [name for name in found if name not in names]
    if extra:
        raise InputError(
            "The file of parameters holds names that the target does not know.",
            expected=f"the names {_some(names)}",
            got=_some(extra),
            where=str(path),
        )
    leaves = []
    for name, leaf in zip(names, wanted.leaves, strict=True):
        if np.shape(leaf) != np.shape(found[name]):
            raise InputError(
                f"{name} in the file has another shape.",
                expected=str(np.shape(leaf)),
                got=str(np.shape(found[name])),
                where=f"{path}: {name}",
            )
        leaves.append(found[name])
    return wanted.rebuild(leaves)


def _npz(path: Path) -> Named:
    try:
        # Opened here: np.load leaves a damaged file open.
        with path.open("rb") as stream:
            file = np.load(stream, allow_pickle=False)
            if isinstance(file, np.ndarray):
                return {"params": file}
            _demand_room(sum(member.file_size for member in file.zip.infolist()), path)
            return {name: file[name] for name in file.files}
    except InputError:
        raise
    except Exception as error:
        if "pickle" in str(error):
            raise InputError(
                "The file of parameters holds pickled objects: reading them would execute what they hold.",
                expected="arrays of numbers",
                where=str(path),
                hint="save it again from arrays with one dtype and one shape each",
            ) from None
        raise _damaged(path, error) from None


def _hdf5(path: Path) -> Named:
    try:
        import h5py
    except ImportError:
        raise _absent("h5py", path) from None

    seen: set[Any] = set()
    total = 0

    def tree_of(group: Any) -> Named:
        nonlocal total
        info = h5py.h5o.get_info(group.id)
        # Groups within themselves, or shared at many levels, have more paths than any machine could follow.
        if (info.fileno, info.addr) in seen or info.fileno != whole.fileno:
            raise ValueError("a group of it stands in several places, or in another file")
        seen.add((info.fileno, info.addr))
        total += sum(item.nbytes for item in group.values() if isinstance(item, h5py.Dataset))
        _demand_room(total, path)
        return {name: tree_of(item) if isinstance(item, h5py.Group) else item[()] for name, item in group.items()}

    try:
        with h5py.File(path, "r") as file:
            whole = h5py.h5o.get_info(file.id)
            return tree_of(file)
    except InputError:
        raise
    except Exception as error:
        raise _damaged(path, error) from None


def _safetensors(path: Path) -> Named:
    try:
        from safetensors.numpy import load_file
    except ImportError:
        raise _absent("safetensors", path) from None
    try:
        return dict(load_file(path))
    except Exception as error:
        raise _damaged(path, error) from None


READERS: dict[str, Callable[[Path], Named]] = {
    ".npz": _npz,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".safetensors": _safetensors,
}


def _demand_room(size: int, path: Path) -> None:
    """Refuse what unpacks to more than the machine's memory: a few bytes can hold it."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else math.inf
    if size > memory:
        raise InputError(
            "The file of parameters holds more than fits into memory.",
            expected=f"at most {memory:.2g} bytes",
            got=f"{size:.2g} bytes",
            where=str(path),
        )


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(
        "The file of parameters cannot be read: it is damaged, cut short, or of another kind than its name says.",
        expected=f"a whole {path.suffix} file",
        got=" ".join(str(error).split()) or type(error).__name__,
        where=str(path),
    )


def _absent(package: str, path: Path) -> TargetError:
    return TargetError(
        f"Reading {path.suffix} files needs {package}.",
        expected=f"{package} to be installed",
        got=str(path),
        hint="pip install 'gradproof[files]'",
    )


def _kinds() -> str:
    return f"a file ending in {', '.join(READERS)}"


def _some(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
