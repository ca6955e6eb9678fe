"""What is built on a check: terms of a loss, several points, a training run, a few examples."""

from __future__ import annotations

import random

import numpy as np
import pytest

from gradproof import Outcome, Problem, check_points, check_terms, random_subset, watch
from gradproof.errors import InputError
from tests.probing.test_facts import Network

P = Network.params
DECAY = 1e7
WEIGHTS = [name for name in P if name.startswith("W")]


def penalty(p):
    return 0.5 * DECAY * sum(float(np.sum(p[name] ** 2)) for name in WEIGHTS)


def penalty_gradient(p):
    return {name: DECAY * p[name] for name in WEIGHTS}


def wrong_data(p):
    g = Network.gradient(p)
    return {**g, "W2": 1.5 * g["W2"]}


# terms


def test_each_term_and_the_sum_are_judged():
    report = check_terms({"data": (Network.loss, Network.gradient), "penalty": (penalty, penalty_gradient)}, P)
    assert list(report.reports) == ["data", "penalty", "sum"]
    assert report.outcome is Outcome.CONSISTENT
    assert any("W2: the gradient of data" in warning for warning in report.warnings)
    assert not any(warning.startswith("b") for warning in report.warnings)


def test_what_drowns_in_the_sum_is_caught_in_its_term():
    report = check_terms({"data": (Network.loss, wrong_data), "penalty": (penalty, penalty_gradient)}, P)
    assert report.reports["sum"].leaves["W2"].outcome is Outcome.CONSISTENT
    assert report.reports["data"].leaves["W2"].outcome is Outcome.WRONG
    assert report.outcome is Outcome.WRONG
    assert "data:" in str(report)
    with pytest.raises(TypeError):
        bool(report)


def test_terms_of_like_size_warn_of_nothing():
    def small(p):
        return penalty(p) / DECAY

    terms = {"data": (Network.loss, Network.gradient), "l2": (small, lambda p: {n: p[n] for n in WEIGHTS})}
    assert check_terms(terms, P).warnings == ()


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({}, "cannot be checked"),
        ({"sum": (penalty, penalty_gradient)}, "cannot be checked"),
        ({"l2": (penalty, lambda p: {"V": p["W1"]})}, "no parameter"),
    ],
)
def test_bad_terms_are_told(terms, words):
    with pytest.raises(InputError, match=words):
        check_terms(terms, P)


# points


def cubic(p):
    return float(np.sum(np.abs(p["x"]) ** 3))


def right_above_zero(p):
    return {"x": 3 * p["x"] ** 2}


def test_right_here_and_wrong_there():
    here = Problem(cubic, right_above_zero, {"x": np.array([1.0, 2.0, 0.5])})
    report = check_points(here, 8, spread=3.0)
    assert report.reports["the given point"].outcome is Outcome.CONSISTENT
    assert report.outcome is Outcome.WRONG
    assert set(report.leaves["x"].values()) == {Outcome.CONSISTENT, Outcome.WRONG}
    assert "x  wrong at drawn point" in str(report)
    assert report.worst.outcome is Outcome.WRONG


def test_points_that_are_given():
    points = [{"x": np.full(3, value)} for value in (1.0, 2.0, -1.0)]
    report = check_points(Problem(cubic, right_above_zero, None), points)
    assert [r.outcome for r in report.reports.values()] == [Outcome.CONSISTENT, Outcome.CONSISTENT, Outcome.WRONG]


def test_the_given_parameters_are_left_alone_and_ints_too():
    params = {"x": np.ones(3), "n": 3, "s": 2.0}

    def loss(p):
        assert p["n"] == 3
        return cubic(p) + p["s"] ** 2

    report = check_points(Problem(loss, lambda p: {"x": 3 * np.abs(p["x"]) * p["x"], "s": 2 * p["s"]}, params))
    assert report.outcome is Outcome.CONSISTENT
    assert params["x"].tolist() == [1.0, 1.0, 1.0]


def test_a_tree_belongs_to_one_point():
    with pytest.raises(InputError, match="belongs to one point"):
        check_points(Problem(cubic, {"x": np.ones(3)}, {"x": np.ones(3)}))


# a training run


class Clock:
    """Time that passes only where a test says so."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr("gradproof.watching.time.perf_counter", lambda: self.now)

    def costly(self, function, seconds):
        def call(*args):
            self.now += seconds
            return function(*args)

        return call


def test_a_run_is_watched_and_not_changed(monkeypatch):
    clock = Clock(monkeypatch)

    def train(eye):
        random.seed(0)
        np.random.seed(0)
        p = {name: leaf.copy() for name, leaf in P.items()}
        for _ in range(300):
            if eye is not None:
                eye(p)
            clock.now += 1.0
            noise = np.random.randn() + random.random()
            g = Network.gradient(p)
            for name in p:
                p[name] -= 0.01 * g[name] * (1 + 0.01 * noise)
        return p

    eye = watch(clock.costly(Network.loss, 1e-3), Network.gradient, share=0.01)
    watched, alone = train(eye), train(None)
    assert all(np.array_equal(watched[name], alone[name]) for name in P)
    assert list(eye.reports) == [0, 50, 200]
    assert eye.worst.outcome is Outcome.CONSISTENT
    assert str(eye).startswith("step 0: consistent\nstep 50: consistent")


def test_a_gradient_that_goes_wrong_is_caught_on_the_way(monkeypatch):
    clock = Clock(monkeypatch)

    def gradient(p):
        g = Network.gradient(p)
        return g if np.abs(p["b1"]).max() < 4.0 else {**g, "b2": 2 * g["b2"]}

    eye = watch(Network.loss, gradient)
    p = {**P, "b1": 0.1 * P["b1"]}
    for _ in range(300):
        eye(p)
        clock.now += 1.0
        p = {**p, "b1": p["b1"] + 0.05}
    outcomes = [report.outcome for report in eye.reports.values()]
    assert outcomes[0] is Outcome.CONSISTENT
    assert eye.worst.outcome is Outcome.WRONG
    assert [finding.leaf for finding in eye.worst.findings] == ["b2"]


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_checks_keep_to_their_share_of_the_time(monkeypatch, share):
    clock, spent = Clock(monkeypatch), []
    loss = clock.costly(lambda p: spent.append(1) or Network.loss(p), 1.0)
    eye = watch(loss, Network.gradient, share=share)
    # A step costs three evaluations: forward and backward.
    for _ in range(20_000):
        eye(P)
        clock.now += 3.0
    first = eye.reports[0].evaluations
    assert len(eye.reports) >= 3
    assert len(spent) - first <= share * 3.0 * 20_000
    assert min(step for step in eye.reports if step) >= 50


def test_batches_of_the_step_are_used():
    rng = np.random.default_rng(0)
    eye = watch(
        lambda p, x: float(np.mean((p["w"] @ x) ** 2)), lambda p, x: {"w": 2 * x @ (p["w"] @ x) / x.shape[1]}, share=1.0
    )
    for _ in range(60):
        eye({"w": np.array([1.0, 2.0, 3.0])}, rng.normal(size=(3, 5)))
    assert eye.worst.outcome is Outcome.CONSISTENT


def test_what_cannot_be_watched_is_told():
    with pytest.raises(InputError, match="gradient function"):
        watch(Network.loss, {"x": 1})
    with pytest.raises(InputError, match="share of time"):
        watch(Network.loss, Network.gradient, share=0.0)
    with pytest.raises(InputError, match="Nothing was checked"):
        watch(Network.loss, Network.gradient).worst


# a few examples


def test_a_random_subset_keeps_examples_together():
    X, y = np.arange(20).reshape(2, 10), np.arange(10)
    a, b = random_subset(X, y, count=4, seed=3)
    np.testing.assert_array_equal(a[0], b)
    np.testing.assert_array_equal(random_subset(X, y, count=4, seed=3)[1], b)
    (rows,) = random_subset(X.T, count=4, axis=0, seed=3)
    np.testing.assert_array_equal(rows.T, a)
    for bad in ({"count": 11}, {"count": 0}):
        with pytest.raises(InputError, match="cannot be drawn"):
            random_subset(X, y, **bad)
    with pytest.raises(InputError, match="same examples"):
        random_subset(X, y[:-1], count=2)


def test_a_random_term_is_judged_with_one_draw_and_nothing_is_written():
    def dropped(p):
        return float(np.sum(p["x"] ** 2 * np.random.rand(3)))

    def gradient(p):
        g = {"x": 2 * p["x"] * np.random.rand(3)}
        p["x"] += 0.0
        return g

    params = {"x": np.array([1.0, 2.0, 3.0])}
    params["x"].flags.writeable = False
    terms = {"data": (dropped, gradient), "l2": (lambda p: float(np.sum(p["x"] ** 2)), lambda p: {"x": 2 * p["x"]})}
    assert check_terms(terms, params).outcome is Outcome.CONSISTENT
