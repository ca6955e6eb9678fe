"""Hostile files: parameters and reports that are damaged, cut short, endless, nested, pickled, or of another kind."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import pickle
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import gradproof as gp
from gradproof.adapters.stored import read
from gradproof.adapters.tree import flatten
from gradproof.reports.several import dumps_several, loads_several
from gradproof.seam import Problem
from tests.fuzz.invariants import raised_by_us, shown, told
from tests.fuzz.trees import NAMES, Draw

# The outcome of a case whose file cannot be written here.
NOT_MADE = "not made"
# What a pickle would do if it were ever loaded.
EXECUTED: list[str] = []


def executed(word: str) -> str:
    """Take note that a pickle was loaded."""
    EXECUTED.append(word)
    return word


class Canary:
    """What tells of itself where it is unpickled."""

    def __reduce__(self) -> Any:
        return executed, ("unpickled",)


def stored(draw: Draw, folder: Path) -> tuple[str, list[str]]:
    """Read a hostile file of parameters."""
    way = WAYS[draw.integers(len(WAYS))]
    try:
        path = way(draw, folder)
    except ModuleNotFoundError as absent:
        return f"{NOT_MADE}: {absent.name} is not installed", []
    EXECUTED.clear()
    broken = []
    try:
        tree = read(path)
    except gp.GradproofError:
        label = "refused"
    except (Exception, SystemExit) as error:
        label = "broken"
        broken.append(f"{told(error)} ({path.suffix})")
    else:
        label = "read"
        broken += _checked(draw, tree)
    if EXECUTED:
        broken.append("a pickle was loaded")
    return f"{path.suffix} {label}", broken


def _checked(draw: Draw, tree: Any) -> list[str]:
    """Check at parameters that were read: names, shapes and numbers are the file's."""
    if sum(np.size(leaf) for leaf in flatten(tree).leaves) > 100_000:
        return []
    problem = Problem(lambda p: 1.0, tree, tree)
    try:
        return shown(draw, gp.check(problem))
    except gp.GradproofError:
        return []
    except Exception as error:
        return [told(error)] if raised_by_us(error) else []


def _arrays(draw: Draw) -> dict[str, Any]:
    names = [str(name) for name in draw.choice(["W", "b", "layers/0/W", "x y", "é"], 3, replace=False)]
    return {name: draw.normal(size=int(draw.integers(0, 6))) for name in names}


def _bytes_of(draw: Draw, ending: str, folder: Path) -> bytes:
    path = folder / f"sound{ending}"
    tree = _arrays(draw)
    if ending == ".npz":
        (np.savez_compressed if draw.random() < 0.5 else np.savez)(path, **tree)
    elif ending == ".safetensors":
        from safetensors.numpy import save_file

        save_file({name: np.ascontiguousarray(a) for name, a in tree.items()}, path)
    else:
        import h5py

        with h5py.File(path, "w") as file:
            for name, a in tree.items():
                file[name] = a
    return path.read_bytes()


def _damaged(draw: Draw, folder: Path) -> Path:
    """Return a sound file with bits flipped, cut short, made longer, or with a stretch of something else."""
    ending = str(draw.choice([".npz", ".h5", ".safetensors"]))
    data = bytearray(_bytes_of(draw, ending, folder))
    kind = draw.random()
    if kind < 0.3:
        del data[int(draw.integers(len(data))) :]
    elif kind < 0.7:
        for _ in range(int(draw.integers(1, 12))):
            data[int(draw.integers(len(data)))] = int(draw.integers(256))
    elif kind < 0.85:
        start = int(draw.integers(len(data)))
        data[start : start + 40] = draw.bytes(40)
    else:
        data = bytearray(draw.bytes(30)) + data if draw.random() < 0.5 else data + bytearray(draw.bytes(300))
    path = folder / f"damaged{ending}"
    path.write_bytes(bytes(data))
    return path


def _disguised(draw: Draw, folder: Path) -> Path:
    """Return a file of another kind than its name says, or a pickle."""
    ending = str(draw.choice([".npz", ".h5", ".hdf5", ".safetensors", ".pkl", ".pt", ".bin", ".csv", ""]))
    contents = [b"", b"\x00", pickle.dumps(Canary()), pickle.dumps({"W": Canary()}), b"\x93NUMPY", b"PK\x03\x04",
                b"\x89HDF\r\n\x1a\n", struct.pack("<Q", 2**60) + b"{}", draw.bytes(200), b"{}"]  # fmt: skip
    path = folder / f"disguised{ending}"
    path.write_bytes(contents[int(draw.integers(len(contents)))])
    return path


def _pickled(draw: Draw, folder: Path) -> Path:
    """Return an .npz with arrays of objects, or one .npy that holds a pickle, under the name of an .npz."""
    path = folder / "pickled.npz"
    if draw.random() < 0.5:
        np.savez(path, W=np.ones(2), b=np.array([Canary()], dtype=object))
    else:
        buffer = io.BytesIO()
        np.save(buffer, np.array([Canary()], dtype=object), allow_pickle=True)
        path.write_bytes(buffer.getvalue())
    return path


def _header(shape: str, dtype: str = "<f8") -> bytes:
    text = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}, }}".encode("latin-1", "replace")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def _bomb(draw: Draw, folder: Path) -> Path:
    """Return an .npz of a few bytes that says it holds very much, or members that are no arrays."""
    shapes = ["(10**15,)", "(1000000000000,)", "(-1,)", "(2, 10**18)", "(3,)", "()", "(0, 99999999999)", "(True,)", "x"]
    shapes += [f"({', '.join(['1'] * 70)})", "(" * 200, "(9223372036854775807, 9223372036854775807)"]
    dtypes = ["<f8", "|O", "<f2", "|V99999999", "<U1000000", "|S0", "<c16", "nonsense", "<M8[s]", "|b1"]
    path = folder / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in {"W.npy", str(NAMES[draw.integers(len(NAMES))])}:
            with contextlib.suppress(ValueError, IndexError):
                head = _header(str(draw.choice(shapes)), str(draw.choice(dtypes)))
                file.writestr(name or "x", head + bytes(int(draw.integers(3)) * 100_000))
    return path


def _nested(draw: Draw, folder: Path) -> Path:
    """Return an .h5 of groups in groups, in circles, or that share their groups: 2**depth paths in a few bytes."""
    import h5py

    path = folder / "nested.h5"
    with h5py.File(path, "w") as file:
        kind = int(draw.integers(7))
        if kind == 0:
            group: Any = file
            for _ in range(40):
                group = group.create_group("g")
            group["W"] = np.ones(2)
        elif kind == 1:
            file["W"] = np.ones(2)
            file.create_group("a")["again"] = file["/"]
        elif kind == 2:
            groups = [file.create_group(f"g{i}") for i in range(50)]
            for one, other in itertools.pairwise(groups):
                one["left"] = other
                one["right"] = other
            groups[-1]["W"] = np.ones(2)
        elif kind == 3:
            file["soft"] = h5py.SoftLink("/")
            file["far"] = h5py.ExternalLink("elsewhere.h5", "/")
            file["W"] = np.ones(2)
        elif kind == 4:
            file.create_dataset("W", shape=(10**12,), dtype="f8", chunks=(1000,))
        elif kind == 5:
            file.create_dataset("W", data=["a", "b"], dtype=h5py.string_dtype())
            file["empty"] = h5py.Empty("f8")
            file["kind"] = np.dtype("f4")
        else:
            file.create_dataset("r", data=file.ref, dtype=h5py.ref_dtype)
            file["c"] = np.array([(1.0, 2)], dtype=[("x", "f8"), ("y", "i4")])
    return path


def _place(draw: Draw, folder: Path) -> Path:
    """Return a path that is no file."""
    path = folder / "place.npz"
    if draw.random() < 0.5:
        path.mkdir(exist_ok=True)
        return path
    return folder / str(draw.choice(["none.npz", "x" * 300 + ".npz", "nothing"]))


WAYS: list[Callable[[Draw, Path], Path]] = [
    _damaged, _damaged, _damaged, _disguised, _pickled, _bomb, _nested, _place,
]  # fmt: skip


def _report(draw: Draw) -> gp.Report:
    wrong = draw.random() < 0.5
    params = {"W": draw.normal(size=(3, 4)), "b": draw.normal(size=4)}
    factor = 2.0 if wrong else 1.0
    loss = lambda p: float(np.sum(np.abs(p["W"]) ** 3) + np.sum(np.maximum(p["b"], 0.0)))  # noqa: E731
    claim = {"W": factor * 3.0 * params["W"] * np.abs(params["W"]), "b": (params["b"] > 0.0) * 1.0}
    return gp.check(loss, claim, params)


def _places(node: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in list(items):
        found.append((node, name))
        _places(value, found)
    return found


def _deep(depth: int) -> Any:
    found: Any = 1
    for _ in range(depth):
        found = [found]
    return found


JUNK: list[Callable[[random.Random, Any], Any]] = [
    lambda draw, old: None,
    lambda draw, old: "",
    lambda draw, old: "nan",
    lambda draw, old: "inf",
    lambda draw, old: -1,
    lambda draw, old: 0,
    lambda draw, old: 10**30,
    lambda draw, old: 10**400,
    lambda draw, old: 1e308,
    lambda draw, old: -1e-320,
    lambda draw, old: 10**9,
    lambda draw, old: [],
    lambda draw, old: {},
    lambda draw, old: True,
    lambda draw, old: [old],
    lambda draw, old: [old, old],
    lambda draw, old: {"a": old},
    lambda draw, old: str(old),
    lambda draw, old: draw.choice(NAMES),
    lambda draw, old: _deep(400),
    lambda draw, old: -old if isinstance(old, int | float) else old,
    lambda draw, old: old * 3 if isinstance(old, list) else old,
    lambda draw, old: old[1:] if isinstance(old, list) else old,
    lambda draw, old: old[::-1] if isinstance(old, list) else old,
    lambda draw, old: "wrong",
    lambda draw, old: "entry",
]


def reports(draw: Draw, folder: Path) -> tuple[str, list[str]]:
    """Read a report that was tampered with; what is read must be shown."""
    sound = _report(draw)
    text = sound.to_json() if draw.random() < 0.8 else dumps_several([("a test", sound.record)])
    path = folder / "report.json"
    path.write_bytes(_tampered(draw, text))
    try:
        found = [gp.Report(record) for _, record in loads_several(path.read_bytes(), str(path))]
    except gp.GradproofError:
        return "refused", []
    except Exception as error:
        return "broken", [f"reading: {told(error)}"]
    try:
        return "shown", [text for report in found for text in shown(draw, report) if "read again" not in text]
    except Exception as error:
        return "broken", [f"showing: {told(error)}"]


def _tampered(draw: Draw, text: str) -> bytes:
    kind, lots = draw.random(), random.Random(int(draw.integers(2**32)))
    if kind < 0.75:
        document = json.loads(text)
        for _ in range(lots.randint(1, 3)):
            node, name = lots.choice(_places(document, []))
            if lots.random() < 0.15:
                del node[name]
            else:
                node[name] = lots.choice(JUNK)(lots, node[name])
        return json.dumps(document).encode("utf-8", "surrogatepass")
    data = bytearray(text.encode())
    if kind < 0.85:
        del data[lots.randrange(len(data)) :]
    elif kind < 0.95:
        for _ in range(lots.randint(1, 5)):
            data[lots.randrange(len(data))] = lots.randrange(256)
    else:
        junk = [b"", b"[" * 100_000, b"1" * 10_000, b"\xff\xfe", b'{"format": "gradproof-report", "version": 1}']
        junk += [b"null", b'{"format":"gradproof-report","version":2}', b'{"a":' * 5000, text.encode("utf-16")]
        data = bytearray(lots.choice(junk))
    return bytes(data)
