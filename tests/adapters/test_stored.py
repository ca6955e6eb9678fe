"""Parameters from files: trees, fits, and what damaged, pickled or foreign files are told."""

from __future__ import annotations

import dataclasses
import pickle
import random
from pathlib import Path

import numpy as np
import pytest

from gradproof.adapters.stored import fitted, read
from gradproof.errors import GradproofError, InputError

W, B = np.arange(6.0).reshape(2, 3), np.ones((2, 1), np.float32)


def save(path, tree):
    if path.suffix == ".npz":
        np.savez(path, **tree)
    elif path.suffix == ".safetensors":
        pytest.importorskip("safetensors.numpy").save_file(tree, path)
    else:
        with pytest.importorskip("h5py").File(path, "w") as file:
            for name, leaf in tree.items():
                file[name] = leaf
    return path


@pytest.fixture(params=[".npz", ".h5", ".safetensors"])
def ending(request):
    return request.param


def test_arrays_come_back(tmp_path, ending):
    tree = read(save(tmp_path / f"p{ending}", {"W": W, "b": B}))
    assert list(tree) == ["W", "b"]
    np.testing.assert_array_equal(tree["W"], W)
    assert tree["b"].dtype == np.float32


def test_groups_are_dicts(tmp_path):
    tree = read(save(tmp_path / "p.h5", {"layers/0/W": W, "layers/0/b": B}))
    np.testing.assert_array_equal(tree["layers"]["0"]["W"], W)


@dataclasses.dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray


def test_names_fit_the_paths_of_any_structure(tmp_path, ending):
    path = save(tmp_path / f"p{ending}", {"layers/0/b": B, "layers/0/W": W})
    like = {"layers": [Layer(np.zeros((2, 3)), np.zeros((2, 1)))]}
    found = fitted(read(path), like, path)
    np.testing.assert_array_equal(found["layers"][0].W, W)
    assert not like["layers"][0].W.any()


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"W": W}, "lacks b"),
        ({"W": W, "bias": B}, "lacks b"),
        ({"W": W, "b": B, "c": B}, "does not know"),
        ({"W": W.T, "b": B}, "another shape"),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, held, words):
    path = save(tmp_path / "p.npz", held)
    with pytest.raises(InputError, match=words) as caught:
        fitted(read(path), {"W": np.zeros((2, 3)), "b": np.zeros((2, 1))}, path)
    if "bias" in held:
        assert "is it bias?" in str(caught.value)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


def test_nothing_is_unpickled(tmp_path):
    objects = tmp_path / "objects.npz"
    np.savez(objects, W=np.array([Bomb()], dtype=object))
    plain = tmp_path / "plain.npz"
    plain.write_bytes(pickle.dumps(Bomb()))
    weights = tmp_path / "weights.pt"
    weights.write_bytes(pickle.dumps(Bomb()))
    for path in (objects, plain, weights):
        with pytest.raises(InputError, match="pickled"):
            read(path)


def test_damaged_files_are_told_and_nothing_else(tmp_path, ending):
    whole = save(tmp_path / f"p{ending}", {"W": W, "b": B}).read_bytes()
    path, rng, refused = tmp_path / f"damaged{ending}", random.Random(0), 0
    for i in range(120):
        data = bytearray(whole)
        if i % 2:
            data = data[: rng.randrange(len(data))]
        else:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        try:
            read(path)
        except GradproofError:
            refused += 1
    assert refused > 60


@pytest.mark.parametrize(("name", "words"), [("none.npz", "does not exist"), ("p.txt", "cannot be read from such")])
def test_other_files_are_told(tmp_path, name, words):
    (tmp_path / "p.txt").write_text("W")
    with pytest.raises(InputError, match=words):
        read(Path(tmp_path / name))


def test_empty_files_are_told(tmp_path):
    np.savez(tmp_path / "p.npz")
    with pytest.raises(InputError, match="empty"):
        read(tmp_path / "p.npz")
