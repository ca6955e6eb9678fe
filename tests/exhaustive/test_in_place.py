"""One entry is moved at a time, in place, and put back to the bit: whatever the arrays are, and however it ends."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

import gradproof as gp

RNG = np.random.default_rng(3)


def odd_numbers(dtype):
    """Return an array with both zeros, and subnormal numbers."""
    x = RNG.normal(size=40).astype(dtype)
    tiny = np.finfo(dtype).smallest_subnormal
    x[:5] = [0.0, -0.0, tiny, -tiny, 3 * tiny]
    return x


def shapes(dtype):
    whole = RNG.normal(size=(6, 8, 2)).astype(dtype)
    return {
        "odd": odd_numbers(dtype),
        "strided": whole[::2, ::-3, 0],
        "fortran": np.asfortranarray(RNG.normal(size=(5, 4)).astype(dtype)),
        "turned": whole.transpose(2, 0, 1)[1],
        "one": np.array(0.7, dtype),
        "none": np.zeros((0, 3), dtype),
    }


def complexes(dtype):
    return {"c": (RNG.normal(size=(4, 5)) + 1j * RNG.normal(size=(4, 5))).astype(dtype).T}


def bits(tree):
    return {name: leaf.tobytes() for name, leaf in tree.items()}


class Watching:
    """An objective that compares what it gets with the point, and ends in some way at one of its calls."""

    def __init__(self, params, end=None, at=0):
        self.point = {name: np.array(leaf) for name, leaf in params.items()}
        self.end, self.at, self.calls, self.most = end, at, 0, 0

    def __call__(self, p):
        self.calls += 1
        # Bit by bit: both zeros are different, and a NaN is itself.
        off = [
            np.count_nonzero(self._words(p[name]) != self._words(leaf), axis=-1).astype(bool).sum()
            for name, leaf in self.point.items()
        ]
        self.most = max(self.most, sum(off))
        if self.calls == self.at and self.end is not None:
            raise self.end
        parts = (np.asarray(leaf)[np.isfinite(leaf)] for leaf in p.values())
        return float(sum(np.sum(np.cos(np.abs(part.astype(complex)) + 0.3)) for part in parts))

    @staticmethod
    def _words(array):
        flat = np.ascontiguousarray(array).reshape(-1)
        parts = flat.view(flat.real.dtype).reshape(flat.size, 2 if flat.dtype.kind == "c" else 1)
        # Extended precision has ten bytes of its sixteen.
        used = 10 if parts.dtype == np.longdouble and parts.itemsize == 16 else parts.itemsize
        octets = parts.view(np.uint8).reshape(*parts.shape, parts.itemsize)[:, :, :used]
        return octets.reshape(flat.size, parts.shape[1] * used)


@pytest.mark.parametrize("end", [None, ValueError("math domain error"), RuntimeError("mine"), KeyboardInterrupt()])
@pytest.mark.parametrize("make", [shapes, complexes], ids=["real", "complex"])
@pytest.mark.parametrize("wide", [np.float16, np.float32, np.float64, np.longdouble])
def test_one_entry_is_moved_and_put_back(make, wide, end) -> None:
    if make is complexes:
        if wide is np.float16:
            pytest.skip("there are no such complex numbers")
        wide = np.result_type(wide, np.complex64)
    params = make(wide)
    before, strides = bits(params), {name: leaf.strides for name, leaf in params.items()}
    objective = Watching(params, end, 500)
    with contextlib.suppress(RuntimeError, KeyboardInterrupt):
        gp.measure_gradient(objective, params)
    assert bits(params) == before
    assert {name: leaf.strides for name, leaf in params.items()} == strides
    assert objective.most == 1
    assert objective.calls >= 100


def test_one_array_of_two_names_is_moved_under_both() -> None:
    W = RNG.normal(size=(5, 4))
    seen = []

    def loss(p):
        seen.append(p["a"] is p["deep"]["b"])
        return float(np.sum(np.sin(p["a"]) * p["deep"]["b"]))

    found = gp.measure_gradient(loss, {"a": W, "deep": {"b": W}})
    assert all(seen)
    assert list(found.leaves) == ["a"]
    assert np.all(np.abs(found["a"].value - np.cos(W) * W - np.sin(W)) <= found["a"].error)


def test_the_parameters_take_little_more_than_a_copy() -> None:
    import tracemalloc

    x = RNG.normal(size=8_000_000)
    chosen = np.arange(0, x.size, 50_000)

    def loss(p):
        return float(np.sum(np.sin(p["x"][chosen])))

    tracemalloc.start()
    try:
        gp.measure_gradient(loss, {"x": x}, settings=gp.Settings(evaluations=2000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A copy, and two arrays of results.
    assert peak <= (1.3 + 2.0) * x.nbytes
