"""The laws that every adapter keeps: what a subject does with a framework's arrays is what NumPy does in double."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradproof as gp
from gradproof.adapters.binding import bind
from gradproof.adapters.directions import draw
from gradproof.adapters.frameworks import host, like
from gradproof.probe import Part, Probe

SHAPES = st.lists(st.integers(1, 4), max_size=3).map(tuple)
DTYPES = ("float64", "float32")


def numpy_array(values, dtype):
    return np.asarray(values, dtype=dtype)


def torch_tensor(values, dtype):
    torch = pytest.importorskip("torch")
    return torch.tensor(np.asarray(values), dtype=getattr(torch, dtype))


def jax_array(values, dtype):
    jax = pytest.importorskip("jax")
    if dtype in ("float64", "complex128"):
        with jax.enable_x64(True):
            return jax.numpy.asarray(np.asarray(values, dtype=dtype))
    return jax.numpy.asarray(np.asarray(values, dtype=dtype))


def strict_array(values, dtype):
    xp = pytest.importorskip("array_api_strict")
    return xp.asarray(np.asarray(values, dtype=dtype))


MAKERS = {"numpy": numpy_array, "torch": torch_tensor, "jax": jax_array, "array API": strict_array}
every = pytest.mark.parametrize("maker", list(MAKERS.values()), ids=list(MAKERS))


def tree_of(maker, dtype, seed, shapes):
    rng = np.random.default_rng(seed)
    numbers = {f"p{i}": rng.normal(size=shape) for i, shape in enumerate(shapes)}
    claims = {f"p{i}": rng.normal(size=shape).astype(dtype) for i, shape in enumerate(shapes)}
    return {name: maker(value, dtype) for name, value in numbers.items()}, claims


class Seen:
    """An objective that remembers what it was given, and returns the sum of squares in the framework's arithmetic."""

    def __init__(self):
        self.trees = []

    def __call__(self, p):
        self.trees.append({name: np.array(host(leaf), dtype=np.float64) for name, leaf in p.items()})
        self.types = {name: type(leaf) for name, leaf in p.items()}
        total = 0.0
        for leaf in p.values():
            total = (
                total + (leaf * leaf).__array_namespace__().sum(leaf * leaf)
                if hasattr(leaf, "__array_namespace__") and not isinstance(leaf, np.ndarray)
                else total + (leaf * leaf).sum()
            )
        return total


def subject_of(maker, dtype, seed, shapes):
    params, claims = tree_of(maker, dtype, seed, shapes)
    seen = Seen()
    claim = {name: maker(value, dtype) for name, value in claims.items()}
    return bind(gp.Problem(seen, claim, params), gp.Settings(seed=seed)), seen, params, claims


def direction_of(subject, probe):
    flat = draw(probe, subject.judged, subject.data, subject.seed)
    found = {}
    for block, v in zip(subject.judged, flat, strict=True):
        for leaf, start, stop, shape in block.slots:
            name = subject.leaves[leaf].name
            found[name] = np.zeros(shape) if v is None else np.asarray(v[start:stop], dtype=np.float64).reshape(shape)
    return found


@every
@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=15, deadline=None)
@given(shapes=st.lists(SHAPES, min_size=1, max_size=3), seed=st.integers(0, 99), t=st.sampled_from([0.0, 0.5, -1e-3]))
def test_axpy_dot_and_round_trip(maker, dtype, shapes, seed, t):
    subject, seen, params, claims = subject_of(maker, dtype, seed, shapes)
    probe = Probe(3, tuple(Part(i) for i in range(len(shapes))))
    line = subject.along(probe)
    v = direction_of(subject, probe)
    # The claimed slope is the inner product in double precision.
    expected = sum(float(np.sum(claims[name].astype(np.float64) * v[name])) for name in params)
    size = sum(float(np.sum(np.abs(claims[name] * v[name]))) for name in params)
    assert abs(line.claimed - expected) <= 1e-6 * size
    # The objective sees theta + t v in its own precision, or in double.
    line(t)
    for name, leaf in params.items():
        theta = np.array(host(leaf), dtype=np.float64)
        moved = theta + t * v[name]
        assert np.allclose(seen.trees[-1][name], moved, rtol=3e-7, atol=3e-7 * abs(t))
        if t == 0.0:
            assert np.array_equal(seen.trees[-1][name], theta)
        assert seen.types[name] is type(leaf)


@every
@settings(max_examples=10, deadline=None)
@given(shapes=st.lists(SHAPES, min_size=1, max_size=3), seed=st.integers(0, 99))
def test_norms_and_directions_are_numpys(maker, shapes, seed):
    subject, _, params, _ = subject_of(maker, "float64", seed, shapes)
    other, _, _, _ = subject_of(numpy_array, "float64", seed, shapes)
    for leaf, known in zip(subject.leaves, other.leaves, strict=True):
        assert leaf == known
    probe = Probe(5, tuple(Part(i) for i in range(len(shapes))))
    first, second = direction_of(subject, probe), direction_of(other, probe)
    assert all(np.array_equal(first[name], second[name]) for name in params)
    assert all(np.array_equal(first[name], direction_of(subject, probe)[name]) for name in params)


@every
def test_directions_are_gaussian_in_units_of_the_scales(maker):
    subject, _, params, _ = subject_of(maker, "float64", 0, [(50, 40)])
    theta = np.abs(np.array(host(params["p0"])))
    z = np.concatenate([(direction_of(subject, Probe(k, (Part(0),)))["p0"] / theta).ravel()[:500] for k in range(8)])
    floor = 1e-3 * np.sqrt(np.mean(theta**2))
    z = z[np.tile((theta > floor).ravel()[:500], 8)]
    assert abs(np.mean(z)) < 4 / np.sqrt(z.size)
    assert abs(np.mean(z**2) - 1.0) < 4 * np.sqrt(2 / z.size)
    assert abs(np.mean(z**4) - 3.0) < 4 * np.sqrt(96 / z.size)


@every
@pytest.mark.parametrize("dtype", DTYPES)
def test_inputs_are_untouched_and_verdicts_the_same(maker, dtype):
    params, _ = tree_of(maker, dtype, 1, [(3, 2), ()])
    before = {name: np.array(host(leaf)) for name, leaf in params.items()}
    right = {name: maker(2.0 * np.array(host(leaf), dtype=np.float64), dtype) for name, leaf in params.items()}
    wrong = {**right, "p0": maker(3.0 * before["p0"].astype(np.float64), dtype)}
    assert gp.check(Seen(), right, params).outcome == "consistent"
    found = gp.check(Seen(), wrong, params)
    assert found.leaves["p0"].outcome == "wrong"
    assert found.leaves["p1"].outcome == "consistent"
    assert all(np.array_equal(np.array(host(leaf)), before[name]) for name, leaf in params.items())


@every
def test_there_and_back(maker):
    for dtype in DTYPES:
        leaf = maker(np.random.default_rng(0).normal(size=(2, 3)), dtype)
        array = np.array(host(leaf))
        back = like(leaf, array)
        assert type(back) is type(leaf)
        assert np.array_equal(np.array(host(back)), array)
        assert array.dtype == dtype


def test_read_only_and_strided_arrays():
    x = np.random.default_rng(0).normal(size=(6, 4))
    x.setflags(write=False)
    assert (
        gp.check(lambda p: float(np.sum(p["x"] ** 2)), {"x": 2 * x[::2, ::-1]}, {"x": x[::2, ::-1]}).outcome
        == "consistent"
    )


def test_a_broken_adapter_breaks_a_law(monkeypatch):
    """The laws can fail: an adapter that loses a sign, and one that scales."""
    from gradproof.adapters import point

    original = point.Point.moved
    for wrong in (lambda self, t, d: original(self, -t, d), lambda self, t, d: original(self, 1.01 * t, d)):
        monkeypatch.setattr(point.Point, "moved", wrong)
        subject, seen, params, _ = subject_of(numpy_array, "float64", 0, [(3, 2)])
        probe = Probe(3, (Part(0),))
        subject.along(probe)(0.5)
        moved = np.asarray(params["p0"]) + 0.5 * direction_of(subject, probe)["p0"]
        assert not np.allclose(seen.trees[-1]["p0"], moved)
