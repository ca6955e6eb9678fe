"""A measured gradient in a file of NumPy and back; nothing is ever unpickled."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gradproof.errors import InputError, RecordError
from gradproof.exhaustive.record import Measured, MeasuredLeaf
from gradproof.model import Reason

FORMAT, VERSION = "gradproof-gradient", 1
# What the file says of the whole, besides the leaves.
PLAIN = ("evaluations", "bars", "point", "convention")
NUMBERS = ("objective", "seconds")


def save(measured: Measured, path: str | os.PathLike[str]) -> None:
    """Write a measured gradient, whole or not at all."""
    target = Path(path)
    if target.suffix.lower() != ".npz":
        raise InputError("A measured gradient is kept in a file of NumPy.", expected="a name ending in .npz",
                         got=str(target))  # fmt: skip
    arrays: dict[str, Any] = {}
    leaves = []
    for name, leaf in measured.leaves.items():
        key = _key(name, arrays)
        arrays[f"value/{key}"], arrays[f"error/{key}"] = leaf.value, leaf.error
        reasons = [[list(index), why.value] for index, why in leaf.reasons.items()]
        leaves.append({"name": name, "key": key, "reasons": reasons, "aliases": leaf.aliases, "paired": leaf.paired})
    said = {
        "format": FORMAT,
        "version": VERSION,
        "leaves": leaves,
        "notes": measured.notes,
        "skipped": measured.skipped,
    }
    said |= {name: getattr(measured, name) for name in PLAIN}
    # As text, since JSON has no word for NaN.
    said |= {name: repr(float(getattr(measured, name))) for name in NUMBERS}
    arrays["gradproof"] = np.frombuffer(json.dumps(said).encode("ascii"), dtype=np.uint8)
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as stream:
            np.savez(stream, **arrays)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _key(name: str, taken: Mapping[str, Any]) -> str:
    """Return the name of a leaf as a member of the file; a leaf may have any name."""
    key = name.encode("unicode_escape", "surrogatepass").decode("ascii")
    while f"value/{key}" in taken:
        key += "'"
    return key


def load(path: str | os.PathLike[str]) -> Measured:
    """Read a measured gradient."""
    where = str(path)
    try:
        # Opened here: np.load leaves a damaged file open.
        with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            if "gradproof" not in file.files:
                raise RecordError("This is no measured gradient.", expected="a file that save() wrote", where=where)
            said = json.loads(file["gradproof"].tobytes())
            if said["format"] != FORMAT or said["version"] != VERSION:
                raise RecordError("The measured gradient is of another version.", expected=f"version {VERSION}",
                                  got=str(said["version"]), where=where)  # fmt: skip
            return _read(said, file)
    except (RecordError, OSError, KeyboardInterrupt):
        raise
    except Exception as error:
        # A damaged file makes NumPy raise nearly anything, MemoryError included.
        raise RecordError("The measured gradient cannot be read: it is damaged, or of another kind.",
                          expected="a whole .npz file that save() wrote", where=where,
                          got=" ".join(str(error).split()) or type(error).__name__) from error  # fmt: skip


def _read(said: dict[str, Any], file: Any) -> Measured:
    leaves = {}
    for leaf in said["leaves"]:
        value, error = (_numbers(file[f"{kind}/{leaf['key']}"]) for kind in ("value", "error"))
        if value.shape != error.shape:
            raise ValueError(f"value and error of {leaf['name']} have different shapes")
        reasons = {tuple(map(int, index)): Reason(why) for index, why in leaf["reasons"]}
        leaves[str(leaf["name"])] = MeasuredLeaf(value, error, reasons, tuple(leaf["aliases"]), bool(leaf["paired"]))
    plain = {name: said[name] for name in PLAIN} | {name: float(said[name]) for name in NUMBERS}
    skipped = tuple((str(name), str(why)) for name, why in said["skipped"])
    return Measured(leaves, skipped=skipped, notes=tuple(said["notes"]), **plain)


def _numbers(array: Any) -> Any:
    if array.dtype != np.float64:
        raise ValueError(f"an array of {array.dtype}")
    return array
