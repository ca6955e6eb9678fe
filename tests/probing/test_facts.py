"""What must hold: right gradients are never called wrong, wrong ones never consistent, doubts have the right reason."""

from __future__ import annotations

import math

import numpy as np
import pytest

import gradproof as gp
from gradproof import Outcome, Reason, Settings, check

RNG = np.random.default_rng(3)
CONSISTENT, WRONG, INCONCLUSIVE = Outcome.CONSISTENT, Outcome.WRONG, Outcome.INCONCLUSIVE


def outcome(loss, gradient, params, **settings):
    return check(loss, gradient, params, settings=Settings(**settings)).outcome


# (a) zero in theory, 1e-17 in practice


class BatchNorm:
    X, T = RNG.normal(size=(50, 6)), RNG.normal(size=(50, 4))
    params = {"W": RNG.normal(size=(6, 4)), "b": RNG.normal(size=4)}

    @classmethod
    def loss(cls, p):
        z = cls.X @ p["W"] + p["b"]
        z = z - z.mean(0)
        return float((np.tanh(z / np.sqrt((z**2).mean(0) + 1e-5)) * cls.T).sum())

    @classmethod
    def gradient(cls, p):
        z = cls.X @ p["W"] + p["b"]
        z = z - z.mean(0)
        s = np.sqrt((z**2).mean(0) + 1e-5)
        dy = (1 - np.tanh(z / s) ** 2) * cls.T
        dz = dy / s - z * (dy * z).sum(0) / (50 * s**3)
        dz = dz - dz.mean(0)
        return {"W": cls.X.T @ dz, "b": dz.sum(0)}


def test_rounding_noise_counts_as_zero():
    claim = BatchNorm.gradient(BatchNorm.params)
    assert 0 < np.abs(claim["b"]).max() < 1e-13
    assert outcome(BatchNorm.loss, claim, BatchNorm.params) is CONSISTENT
    assert outcome(BatchNorm.loss, {**claim, "b": np.zeros(4)}, BatchNorm.params) is CONSISTENT


def test_a_wrong_bias_before_normalisation_is_caught():
    claim = BatchNorm.gradient(BatchNorm.params)
    report = check(BatchNorm.loss, {**claim, "b": np.full(4, 1e-3)}, BatchNorm.params)
    assert [v.leaf for v in report.leaves.values() if v.outcome is WRONG] == ["b"]


# (b) at a minimum


@pytest.mark.parametrize("point", [np.zeros(3), np.array([1.0, 2.0, 3.0])])
def test_at_a_minimum_zero_is_consistent_and_small_is_wrong(point):
    def loss(p):
        return float(((p - point) ** 2).sum())

    assert outcome(loss, np.zeros(3), point.copy()) is CONSISTENT
    assert outcome(loss, np.full(3, 1e-3), point.copy()) is WRONG
    near = point + 1e-9 * np.arange(1, 4)
    assert outcome(loss, lambda p: 2 * (p - point), near) is CONSISTENT
    assert outcome(loss, lambda p: 2.2 * (p - point), near) is WRONG


# (c) small leaves


def test_a_leaf_a_millionth_as_important_is_judged():
    def loss(p):
        return float(np.sin(p["a"]).sum() + 1e-6 * np.cos(p["b"]).sum())

    params = {"a": RNG.normal(size=30), "b": RNG.normal(size=5)}
    for factor, expected in ((1.0, CONSISTENT), (1.1, WRONG), (0.0, WRONG)):

        def claim(p, factor=factor):
            return {"a": np.cos(p["a"]), "b": -1e-6 * factor * np.sin(p["b"])}

        report = check(loss, claim, params)
        assert report.outcome is expected
        assert report.leaves["a"].outcome is CONSISTENT
        assert report.leaves["b"].outcome is expected


# (d) the power of the first pass


class Network:
    rng = np.random.default_rng(5)
    X, Y = rng.normal(size=(6, 9)), (rng.random((1, 9)) > 0.5).astype(float)
    params = {
        "W1": rng.normal(size=(5, 6)),
        "b1": rng.normal(size=(5, 1)),
        "W2": rng.normal(size=(3, 5)),
        "b2": rng.normal(size=(3, 1)),
        "W3": rng.normal(size=(1, 3)),
        "b3": rng.normal(size=(1, 1)),
    }

    @classmethod
    def forward(cls, p):
        A1 = np.tanh(p["W1"] @ cls.X + p["b1"])
        A2 = np.tanh(p["W2"] @ A1 + p["b2"])
        return A1, A2, 1 / (1 + np.exp(-(p["W3"] @ A2 + p["b3"])))

    @classmethod
    def loss(cls, p):
        A3 = cls.forward(p)[2]
        return float(-np.mean(cls.Y * np.log(A3) + (1 - cls.Y) * np.log(1 - A3)))

    @classmethod
    def gradient(cls, p):
        A1, A2, A3 = cls.forward(p)
        d3 = (A3 - cls.Y) / 9
        d2 = (p["W3"].T @ d3) * (1 - A2**2)
        d1 = (p["W2"].T @ d2) * (1 - A1**2)
        pairs = {"1": (d1, cls.X), "2": (d2, A1), "3": (d3, A2)}
        weights = {f"W{k}": d @ a.T for k, (d, a) in pairs.items()}
        return weights | {f"b{k}": d.sum(1, keepdims=True) for k, (d, _) in pairs.items()}


@pytest.mark.parametrize(("excess", "missed"), [(1e-5, 3), (1e-4, 0)])
def test_a_small_factor_on_one_leaf_is_caught(excess, missed):
    # At most 1 % (and 0.01 %) may be missed; 3 of 150 is the 93 % quantile at 1 %.
    claim = Network.gradient(Network.params)
    wrong = {**claim, "W2": claim["W2"] * (1 + excess)}
    outcomes = [outcome(Network.loss, wrong, Network.params, seed=seed) for seed in range(150)]
    assert len(outcomes) - outcomes.count(WRONG) <= missed


def test_the_right_network_is_consistent_for_every_seed():
    claim = Network.gradient(Network.params)
    reports = [check(Network.loss, claim, Network.params, settings=Settings(seed=seed)) for seed in range(150)]
    assert {report.outcome for report in reports} == {CONSISTENT}
    assert np.median([report.evaluations for report in reports]) <= 40


# (e) rounded claims


@pytest.mark.parametrize("keep", [np.float32, np.float64])
def test_a_claim_rounded_to_single_precision_passes(keep):
    claim = {name: g.astype(np.float32).astype(keep) for name, g in Network.gradient(Network.params).items()}
    assert outcome(Network.loss, claim, Network.params) is CONSISTENT


# (f) one entry among 61,481


class Cat:
    rng = np.random.default_rng(2)
    x = rng.random((12288, 1))
    params = {
        "W1": rng.normal(size=(5, 12288)) / np.sqrt(12288),
        "b1": 0.1 * rng.normal(size=(5, 1)),
        "W2": rng.normal(size=(5, 5)) / np.sqrt(5),
        "b2": 0.1 * rng.normal(size=(5, 1)),
        "W3": rng.normal(size=(1, 5)) / np.sqrt(5),
        "b3": 0.1 * rng.normal(size=(1, 1)),
    }

    @classmethod
    def forward(cls, p):
        A1 = np.tanh(p["W1"] @ cls.x + p["b1"])
        A2 = np.tanh(p["W2"] @ A1 + p["b2"])
        return A1, A2, 1 / (1 + np.exp(-(p["W3"] @ A2 + p["b3"])))

    @classmethod
    def loss(cls, p):
        return float(-np.log(cls.forward(p)[2].item()))

    @classmethod
    def gradient(cls, p):
        A1, A2, A3 = cls.forward(p)
        d3 = A3 - 1
        d2 = (p["W3"].T @ d3) * (1 - A2**2)
        d1 = (p["W2"].T @ d2) * (1 - A1**2)
        return {"W1": d1 @ cls.x.T, "b1": d1, "W2": d2 @ A1.T, "b2": d2, "W3": d3 @ A2.T, "b3": d3}


@pytest.mark.parametrize("seed", range(4))
def test_one_wrong_entry_among_61481_is_named(seed):
    claim = Cat.gradient(Cat.params)
    W1 = Cat.params["W1"]
    scale = np.maximum(np.abs(W1), 1e-3 * np.sqrt((W1**2).mean()))
    index = (int(np.random.default_rng(seed).integers(5)), int(np.random.default_rng(seed).integers(12288)))
    wrong = claim["W1"].copy()
    wrong[index] += 0.1 * np.sqrt(((claim["W1"] * scale) ** 2).mean()) / scale[index]
    report = check(Cat.loss, {**claim, "W1": wrong}, Cat.params, settings=Settings(seed=seed))
    assert report.outcome is WRONG
    assert [(f.leaf, f.kind, f.index) for f in report.findings] == [("W1", "entry", index)]
    assert report.findings[0].measured == pytest.approx(claim["W1"][index], rel=1e-6)


# (g) awkward functions: name, loss, right gradient, wrong gradient, point, reasons a doubt may have

SCALES = 10.0 ** RNG.uniform(-10, 10, size=40)
LAYERS = [RNG.normal(size=(6, 6)) * 0.6 for _ in range(100)]


def deep(p):
    h = np.full(6, 0.3)
    for W in p:
        h = np.tanh(W @ h + 0.1)
    return float(h.sum())


def deep_gradient(p):
    hs = [np.full(6, 0.3)]
    for W in p:
        hs.append(np.tanh(W @ hs[-1] + 0.1))
    d, out = np.ones(6), []
    for k in reversed(range(len(p))):
        dz = d * (1 - hs[k + 1] ** 2)
        out.append(np.outer(dz, hs[k]))
        d = p[k].T @ dz
    return out[::-1]


def one_layer_wrong(p):
    g = deep_gradient(p)
    g[90] = 1.1 * g[90]
    return g


def mixed_wrong(p):
    g = np.cos(p / SCALES) / SCALES
    g[np.argmin(SCALES)] *= 1.1
    return g


def bisection(a):
    low, high = -3.0, 3.0
    while high - low > 1e-4:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if middle**3 + middle < a else (low, middle)
    return 0.5 * (low + high)


def root_slope(a):
    y = 0.3
    for _ in range(60):
        y -= (y**3 + y - a) / (3 * y * y + 1)
    return 1 / (3 * y * y + 1)


def low_precision(dtype):
    weights = RNG.normal(size=(8, 8)).astype(dtype)

    def loss(p):
        return float(np.sum(np.tanh(weights @ p.astype(dtype)), dtype=dtype))

    def gradient(p):
        full = weights.astype(float)
        return full.T @ (1 - np.tanh(full @ p) ** 2)

    return loss, gradient


def relu(p):
    return float(np.maximum(p, 0).sum())


F32, F16 = low_precision(np.float32), low_precision(np.float16)
KINKS = np.concatenate([[0.0, 1e-9, -1e-3, 0.0], RNG.normal(size=40)])
AWKWARD = {
    "large offset": (
        lambda p: 1e8 + float(np.sin(p).sum()),
        np.cos,
        lambda p: 1.5 * np.cos(p),
        RNG.normal(size=5),
        {Reason.NOISE},
    ),
    "parameter scales 1e-8 and 1e8": (
        lambda p: float(np.sin(p["s"] * 1e8).sum() + np.sin(p["l"] * 1e-8).sum()),
        lambda p: {"s": 1e8 * np.cos(p["s"] * 1e8), "l": 1e-8 * np.cos(p["l"] * 1e-8)},
        lambda p: {"s": 1e8 * np.cos(p["s"] * 1e8), "l": 1.1e-8 * np.cos(p["l"] * 1e-8)},
        {"s": RNG.normal(size=3) * 1e-8, "l": RNG.normal(size=3) * 1e8},
        set(),
    ),
    "mixed scales in a leaf": (
        lambda p: float(np.sin(p / SCALES).sum()),
        lambda p: np.cos(p / SCALES) / SCALES,
        mixed_wrong,
        SCALES * RNG.normal(size=40),
        set(),
    ),
    "near overflow": (
        lambda p: 1e300 * math.exp(p[0]) + 1e299 * math.sin(p[1]),
        lambda p: np.array([1e300 * math.exp(p[0]), 1e299 * math.cos(p[1])]),
        lambda p: np.array([1e300 * math.exp(p[0]), -1e299 * math.cos(p[1])]),
        np.array([0.3, 0.4]),
        set(),
    ),
    "values near 1e-300": (
        lambda p: 1e-300 * (math.exp(p[0]) + math.sin(p[1])),
        lambda p: 1e-300 * np.array([math.exp(p[0]), math.cos(p[1])]),
        lambda p: 1e-300 * np.array([math.exp(p[0]), -math.cos(p[1])]),
        np.array([0.3, 0.4]),
        set(),
    ),
    "parameters near 1e-300": (
        lambda p: float(np.exp(p * 1e300).sum()),
        lambda p: 1e300 * np.exp(p * 1e300),
        lambda p: 2e300 * np.exp(p * 1e300),
        np.array([0.3, 0.4]) * 1e-300,
        set(),
    ),
    "sqrt at 1e-12 from its edge": (
        lambda p: float(np.sqrt(1 - p).sum()),
        lambda p: -0.5 / np.sqrt(1 - p),
        lambda p: -1 / np.sqrt(1 - p),
        np.array([1 - 1e-12, 0.5, 0.3]),
        {Reason.DOMAIN},
    ),
    "log at 1e-12": (
        lambda p: float(np.log(p).sum()),
        lambda p: 1 / p,
        lambda p: 1.2 / p,
        np.array([1e-12, 0.5, 0.3]),
        {Reason.DOMAIN},
    ),
    "float32 inside": (*F32, lambda p: 1.5 * F32[1](p), RNG.normal(size=8), {Reason.NOISE}),
    "float16 inside": (*F16, lambda p: 1.5 * F16[1](p), RNG.normal(size=8), {Reason.NOISE}),
    "sin(1e3 x)": (
        lambda p: float(np.sin(1e3 * p).sum()),
        lambda p: 1e3 * np.cos(1e3 * p),
        lambda p: 1.01e3 * np.cos(1e3 * p),
        RNG.normal(size=4),
        set(),
    ),
    "100 layers of tanh": (deep, deep_gradient, one_layer_wrong, LAYERS, set()),
    "kinks at and near": (
        relu,
        lambda p: (p > 0) * 1.0,
        lambda p: (p > 0) * 1.5,
        KINKS,
        {Reason.KINK, Reason.ROUGH, Reason.NOISE},
    ),
    "solver stopped at 1e-4": (
        lambda p: float(sum(bisection(a) for a in p) + 0.1 * p.sum()),
        lambda p: np.array([root_slope(a) + 0.1 for a in p]),
        lambda p: np.array([2 * root_slope(a) + 0.2 for a in p]),
        np.array([0.3, 0.7]),
        {Reason.ROUGH},
    ),
    "rounded to four digits": (
        lambda p: round(float(np.sin(p).sum()), 4),
        np.cos,
        lambda p: 2 * np.cos(p),
        RNG.normal(size=3),
        {Reason.NOISE, Reason.ROUGH},
    ),
}


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("seed", range(5))
def test_awkward_but_right(name, seed):
    loss, right, _, point, reasons = AWKWARD[name]
    report = check(loss, right, point, settings=Settings(seed=seed))
    assert report.outcome is not WRONG, str(report)
    assert set(report.reasons) <= reasons, str(report)


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("seed", range(5))
def test_awkward_and_wrong(name, seed):
    loss, _, wrong, point, reasons = AWKWARD[name]
    report = check(loss, wrong, point, settings=Settings(seed=seed))
    assert report.outcome is not CONSISTENT, str(report)
    if not reasons:
        assert report.outcome is WRONG, str(report)


# kinks exactly at the point


@pytest.mark.parametrize(
    ("claim", "expected"),
    [([0.0, 1, 0], CONSISTENT), ([0.5, 1, 0], CONSISTENT), ([2.0, 1, 0], WRONG), ([0.0, 1.1, 0], WRONG)],
)
def test_subgradients_of_relu(claim, expected):
    assert outcome(relu, np.array(claim), np.array([0.0, 1.0, -1.0])) is expected


@pytest.mark.parametrize(("claim", "expected"), [(0.3, CONSISTENT), (-1.0, CONSISTENT), (1.3, WRONG)])
def test_subgradients_of_abs(claim, expected):
    assert outcome(abs, claim, 0.0) is expected


def test_coordinates_alone_do_not_make_a_subgradient():
    def loss(p):
        return float(p.max())

    tie = np.array([2.0, 2.0, 1.0])
    assert outcome(loss, np.array([1.0, 0, 0]), tie) is not WRONG
    report = check(loss, np.array([1.0, 1, 0]), tie)
    assert report.outcome is not CONSISTENT
    assert set(report.reasons) <= {Reason.KINK}


def test_kinks_that_cancel_are_not_an_accusation():
    def loss(p):
        return float(max(p[0], 0) - max(p[1], 0))

    assert outcome(loss, np.array([1.0, -1.0]), np.zeros(2)) is not WRONG
    assert outcome(loss, np.array([1.0, 1.0]), np.zeros(2)) is not CONSISTENT


# random, constant and impossible


def test_noise_that_hides_everything_is_said():
    def loss(p):
        return float((p**2).sum() + np.random.default_rng().normal())

    report = check(loss, lambda p: 2 * p, np.array([1.0, 2.0]))
    assert report.outcome is INCONCLUSIVE
    assert report.reasons == (Reason.NOT_REPEATABLE,)


def test_a_constant_has_derivative_zero():
    assert outcome(lambda _: 3.0, np.zeros(3), np.ones(3)) is CONSISTENT
    assert outcome(lambda _: 3.0, np.ones(3), np.ones(3)) is WRONG
    assert outcome(lambda _: 0.0, np.zeros(3), np.ones(3)) is CONSISTENT


def test_budget():
    report = check(Network.loss, Network.gradient, Network.params, settings=Settings(evaluations=12))
    assert report.outcome is INCONCLUSIVE
    assert report.reasons == (Reason.BUDGET,)
    assert report.evaluations == 12


def test_the_demanded_resolution_is_demanded():
    def loss(p):
        return 1e8 + float(np.sin(p).sum())

    point = RNG.normal(size=5)
    assert outcome(loss, np.cos, point) is CONSISTENT
    strict = check(loss, np.cos, point, settings=Settings(resolution=1e-9))
    assert strict.outcome is INCONCLUSIVE
    assert strict.reasons == (Reason.NOISE,)


def test_same_seed_same_report():
    reports = [check(Network.loss, Network.gradient, Network.params) for _ in range(2)]
    assert reports[0].record.measurements == reports[1].record.measurements
    other = check(Network.loss, Network.gradient, Network.params, settings=Settings(seed=1))
    assert other.record.measurements != reports[0].record.measurements


def test_the_miss_statement_is_true():
    """The bound on missing an error holds for the radius that was observed: tried with errors of that size."""
    claim = Network.gradient(Network.params)
    report = check(Network.loss, claim, Network.params)
    proof = next(proof for proof in report.proofs if proof.probes == 2)
    assert proof.miss(proof.radius) == pytest.approx(0.64)
    assert proof.miss(1e-4) < 1e-6
    assert gp.Outcome.CONSISTENT is report.outcome


# units that are switched off


@pytest.mark.parametrize("offset", [0.0, 3.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_dead_unit_has_the_gradient_zero(offset, seed):
    x = -np.abs(np.random.default_rng(seed).normal(size=12)) - 0.2

    def loss(p):
        return float(np.sum(np.maximum(p["x"], 0) ** 2) + offset + p["y"] ** 2)

    right = {"x": np.zeros(12), "y": 2.0}
    assert outcome(loss, right, {"x": x, "y": 1.0}) is CONSISTENT
    report = check(loss, {"x": 2 * x, "y": 2.0}, {"x": x, "y": 1.0})
    assert report.outcome is WRONG
    assert [finding.text for finding in report.findings] == ["the measured gradient is zero; yours is not"]


def test_steps_that_may_be_rounding_stay_open():
    x = np.array([1.2, 0.4, 0.8, 2.0])
    report = check(lambda p: float(np.sum(np.sign(p["x"])) + p["y"]), {"x": np.sign(x), "y": 1.0}, {"x": x, "y": 1.0})
    assert report.outcome is INCONCLUSIVE


@pytest.mark.parametrize("steps", [5, 20, 40, 60, 200])
def test_chaos_is_no_accusation(steps):
    def loss(p):
        x = p["x"]
        for _ in range(steps):
            x = 3.9 * x * (1 - x)
        return float(x)

    def gradient(p):
        x, d = p["x"], 1.0
        for _ in range(steps):
            d, x = d * 3.9 * (1 - 2 * x), 3.9 * x * (1 - x)
        return {"x": d}

    right = check(loss, gradient, {"x": 0.4})
    assert right.outcome is (CONSISTENT if steps < 30 else INCONCLUSIVE)
    assert set(right.reasons) <= {Reason.ROUGH}
    # Beyond the precision of the arithmetic nothing can be said of any claim.
    twice = outcome(loss, {"x": 2 * gradient({"x": 0.4})["x"]}, {"x": 0.4})
    assert twice is (WRONG if steps < 30 else INCONCLUSIVE)


def test_what_rounding_leaves_of_a_sum_is_not_chaos():
    loss = lambda p: float(((p["x"] + 1.0) - 1.0) - p["x"])  # noqa: E731
    assert outcome(loss, {"x": 1.0}, {"x": 0.3}) is WRONG


@pytest.mark.parametrize(("tolerance", "expected"), [(1e-3, INCONCLUSIVE), (1e-6, CONSISTENT), (1e-12, CONSISTENT)])
def test_bisection_stopped_early(tolerance, expected):
    def root(p):
        low, high = 0.0, 10.0
        while high - low > tolerance:
            middle = (low + high) / 2
            low, high = (low, middle) if middle**3 > p["a"] else (middle, high)
        return (low + high) / 2

    right = 1 / (3 * 5.0 ** (2 / 3))
    assert outcome(root, {"a": right}, {"a": 5.0}) is expected
    assert outcome(root, {"a": 2 * right}, {"a": 5.0}) is WRONG
    assert outcome(root, {"a": 0.0}, {"a": 5.0}) is WRONG
