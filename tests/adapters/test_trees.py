"""Containers, names, dtypes, shapes: what may be given, and how it is named."""

from __future__ import annotations

import collections
import dataclasses

import numpy as np
import pytest

from gradproof import GradproofError, Outcome, Problem, Settings, check
from gradproof.adapters.tree import flatten
from gradproof.errors import InputError, ObjectiveError

Pair = collections.namedtuple("Pair", "left right")


@dataclasses.dataclass(frozen=True, slots=True)
class Layer:
    weight: np.ndarray
    bias: float


TREES = {
    "dict": ({"W2": np.ones(3), "W1": np.ones(2)}, ("W2", "W1")),
    "list": ([np.ones(3), np.ones(2)], ("0", "1")),
    "nested": (
        {"layers": [{"weight": np.ones(2)}, (1.5, np.ones(1))]},
        ("layers.0.weight", "layers.1.0", "layers.1.1"),
    ),
    "dataclass": ({"a": Layer(np.ones(2), 0.5)}, ("a.weight", "a.bias")),
    "named tuple": (Pair(np.ones(2), np.ones(1)), ("left", "right")),
    "array": (np.ones((2, 2)), ("params",)),
    "number": (1.5, ("params",)),
}


def total(tree):
    return sum(float((np.asarray(leaf) ** 2).sum()) for leaf in flatten(tree).leaves)


def doubled(tree):
    flat = flatten(tree)
    return flat.rebuild([2 * leaf for leaf in flat.leaves])


@pytest.mark.parametrize("name", TREES)
def test_containers(name):
    tree, names = TREES[name]
    flat = flatten(tree)
    assert flat.names == names
    assert flatten(flat.rebuild(list(flat.leaves))).names == names
    report = check(total, doubled, tree)
    assert report.outcome is Outcome.CONSISTENT
    assert tuple(report.leaves) == names
    assert check(total, flat.rebuild([3 * leaf for leaf in flat.leaves]), tree).outcome is Outcome.WRONG


def test_names_that_read_the_same_are_told_apart():
    assert flatten({"a.b": 1.0, "a": {"b": 2.0}}).names == ("a.b", "a.b#2")


def test_the_objective_gets_what_it_gave():
    seen = []

    def loss(p):
        seen.append((type(p["f"]), type(p["s"]), type(p["a"]), p["a"].shape, p["n"]))
        return p["f"] ** 2 + float(p["s"]) ** 2 + float(p["a"].sum())

    params = {"f": 1.5, "s": np.float32(2.0), "a": np.ones((2, 3)), "n": 7}
    claim = {"f": 3.0, "s": np.float32(4.0), "a": np.ones((2, 3))}
    assert check(loss, claim, params).outcome is Outcome.CONSISTENT
    assert set(seen) == {(float, np.float32, np.ndarray, (2, 3), 7)}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtypes(dtype):
    point = np.array([0.5, -1.25, 2.0], dtype)
    right = check(lambda p: float((p.astype(np.float64) ** 2).sum()), lambda p: 2 * p, point)
    assert right.outcome is not Outcome.WRONG
    assert right.leaves["params"].dtype == np.dtype(dtype).name
    wrong = check(lambda p: float((p.astype(np.float64) ** 2).sum()), lambda p: 5 * p, point)
    assert wrong.outcome is Outcome.WRONG


@pytest.mark.parametrize("size", [1, 5, 4095, 4096, 70_000])
def test_sizes_across_blocks(size):
    point = np.random.default_rng(0).normal(size=size)
    params = {"a": point, "b": np.ones(3)}

    def loss(p):
        return float(np.sin(p["a"]).sum() + (p["b"] ** 2).sum())

    assert check(loss, lambda p: {"a": np.cos(p["a"]), "b": 2 * p["b"]}, params).outcome is Outcome.CONSISTENT
    report = check(loss, lambda p: {"a": 1.01 * np.cos(p["a"]), "b": 2 * p["b"]}, params)
    assert [v.leaf for v in report.leaves.values() if v.outcome is Outcome.WRONG] == ["a"]


def test_views_and_read_only_arrays():
    base = np.arange(24.0).reshape(4, 6)
    frozen = np.ones(3)
    frozen.flags.writeable = False
    params = {"t": base.T, "s": base[::2, ::3], "c": np.broadcast_to(2.0, (2, 2)), "r": frozen}
    assert (
        check(
            lambda p: sum(float((a**2).sum()) for a in p.values()), lambda p: {k: 2 * v for k, v in p.items()}, params
        ).outcome
        is Outcome.CONSISTENT
    )


def test_an_array_under_two_names_moves_as_one():
    tied = np.array([1.0, 2.0])

    def loss(p):
        return float((p["encoder"] * p["decoder"]).sum())

    right = {"encoder": tied.copy(), "decoder": tied.copy()}
    report = check(loss, right, {"encoder": tied, "decoder": tied})
    assert report.outcome is Outcome.CONSISTENT
    assert report.leaves["encoder"] is report.leaves["decoder"]
    half = {"encoder": tied.copy(), "decoder": np.zeros(2)}
    found = check(loss, half, {"encoder": tied, "decoder": tied})
    assert found.outcome is Outcome.WRONG
    assert found.findings[0].ratio == pytest.approx(0.5)


def test_what_is_left_out_is_said():
    params = {"w": np.ones(2), "n": np.arange(3), "flag": True, "name": "x", "none": None, "e": np.ones(0)}
    report = check(lambda p: float((p["w"] ** 2).sum()), {"w": np.full(2, 2.0)}, params)
    assert report.outcome is Outcome.CONSISTENT
    assert {name for name, _ in report.record.skipped} == {"n", "flag", "name", "none", "e"}


def test_globs():
    params = {"W1": np.ones(2), "W2": np.ones(2), "b": np.ones(2)}

    def loss(p):
        return sum(float((a**2).sum()) for a in p.values())

    claim = {"W1": np.full(2, 2.0), "W2": np.full(2, 2.0), "b": np.zeros(2)}
    assert check(loss, claim, params, settings=Settings(only=("W*",))).outcome is Outcome.CONSISTENT
    assert check(loss, claim, params, settings=Settings(freeze=("b",))).outcome is Outcome.CONSISTENT
    with pytest.raises(InputError, match="w3"):
        check(loss, claim, params, settings=Settings(only=("w3",)))


def test_arguments_are_handed_on():
    report = check(lambda p, a, b: float(a * p.sum() + b), lambda p, a, b: np.full(2, a), np.ones(2), args=(3.0, 4.0))
    assert report.outcome is Outcome.CONSISTENT


@pytest.mark.parametrize("result", [np.float64, np.float32, np.asarray, lambda x: np.asarray([x]), float])
def test_results(result):
    report = check(lambda p: result(float((p**2).sum())), lambda p: 2 * p, np.array([0.3, 0.4]))
    assert report.outcome is Outcome.CONSISTENT


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (lambda p: p, ObjectiveError),
        (lambda p: None, ObjectiveError),
        (lambda p: "x", ObjectiveError),
        (lambda p: 1j, ObjectiveError),
        (lambda p: float("nan"), ObjectiveError),
        (lambda p: np.inf, ObjectiveError),
        (lambda p: [1, [2, 3]], ObjectiveError),
    ],
)
def test_results_that_cannot_be_used(result, error):
    with pytest.raises(error):
        check(result, np.ones(2), np.ones(2))


@pytest.mark.parametrize("params", [{}, [], {"n": 3}, {"a": np.array([1.0, np.nan])}, np.array([np.inf])])
def test_params_that_cannot_be_used(params):
    with pytest.raises(GradproofError):
        check(lambda p: 1.0, params, params)


def test_value_and_gradient():
    params = {"a": np.array([1.0, 2.0])}

    def both(p):
        return float((p["a"] ** 2).sum()), {"a": 2 * p["a"]}

    assert check(lambda p: both(p)[0], both, params).outcome is Outcome.CONSISTENT
    assert check(lambda p: both(p)[0], both(params), params).outcome is Outcome.CONSISTENT
    pair = (np.array([1.0]), np.array([2.0]))
    assert (
        check(lambda p: float((p[0] ** 2).sum() + (p[1] ** 2).sum()), lambda p: (2 * p[0], 2 * p[1]), pair).outcome
        is Outcome.CONSISTENT
    )


def test_bounds_are_never_crossed():
    seen = []

    def loss(p):
        seen.append(p.copy())
        return float(np.sqrt(p).sum() + np.sqrt(1 - p).sum())

    point = np.array([1e-9, 0.25, 1 - 1e-9, 0.5])
    problem = Problem(loss, lambda p: 0.5 / np.sqrt(p) - 0.5 / np.sqrt(1 - p), point, lower=0.0, upper=1.0)
    assert check(problem).outcome is not Outcome.WRONG
    assert all(((p >= 0) & (p <= 1)).all() for p in seen)


def test_a_point_on_its_bound_is_measured_from_inside():
    seen = []

    def loss(p):
        seen.append(p.min())
        return float((p**1.0 * 3 + p**2).sum())

    point = np.array([0.0, 0.5, 0.0, 0.7])
    assert check(Problem(loss, lambda p: 3 + 2 * p, point, lower=0.0)).outcome is Outcome.CONSISTENT
    assert min(seen) >= 0.0
    wrong = check(Problem(loss, lambda p: 4 + 2 * p, point, lower=0.0))
    assert wrong.outcome is Outcome.WRONG


def test_outside_the_bounds_is_an_error():
    with pytest.raises(InputError, match="outside"):
        check(Problem(lambda p: 1.0, np.ones(2), np.array([0.5, 2.0]), upper=1.0))
