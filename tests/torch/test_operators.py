"""A sample of PyTorch's own operators: right gradients pass, planted mistakes do not; and what all of them taught."""

from __future__ import annotations

import random
import sys
import warnings

import numpy as np
import pytest

import gradproof as gp
from tests.house.sources import ROOT

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

WRONG, CONSISTENT, INCONCLUSIVE = gp.Outcome.WRONG, gp.Outcome.CONSISTENT, gp.Outcome.INCONCLUSIVE


@pytest.fixture(scope="module")
def bench():
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import operators
    finally:
        sys.path.remove(str(ROOT / "bench"))
    return operators


@pytest.mark.parametrize(("dtype", "most"), [("float64", 0.05), ("float32", 0.1), ("complex128", 0.05)])
def test_a_sample_of_operators(bench, dtype, most):
    chosen = getattr(torch, dtype)
    ops = [op for op in bench.op_db if op.supports_autograd and chosen in op.supported_dtypes("cpu")]
    rng = random.Random(7)
    options = type("Options", (), {"samples": 1, "peers": False})
    records = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for op in rng.sample(ops, 40):
            records += list(bench.one(op, chosen, options, rng))
    judged = [r for r in records if r.get("outcome") in ("consistent", "wrong", "inconclusive")]
    right = [r for r in judged if r["claim"] == "right" and not r["case"].startswith(tuple(bench.EXPLAINED))]
    assert len(right) > 25
    assert not [r for r in right if r["outcome"] == "wrong"]
    assert not [r for r in judged if r["claim"] != "right" and r["outcome"] == "consistent"]
    assert sum(r["outcome"] == "inconclusive" for r in judged) <= max(most * len(judged), 2)


def test_a_sum_of_floors_is_not_accused():
    """Constant as written: the slope zero is right, that across many steps is another one."""
    x = np.random.default_rng(0).normal(size=(20, 20)) * 4
    w = np.random.default_rng(1).normal(size=(20, 20))
    report = gp.check(lambda p: float(np.sum(w * np.floor(p["x"]))), {"x": np.zeros((20, 20))}, {"x": x})
    assert report.outcome is not WRONG


def test_single_precision_inside_is_no_floor():
    x = np.random.default_rng(0).normal(size=200)
    report = gp.check(lambda p: float(np.sum(np.sin(p["x"].astype("f4")))), {"x": np.zeros(200)}, {"x": x})
    assert report.outcome is WRONG


def test_a_jump_at_the_point_is_seen():
    """Labels of exactly one: moved by anything, the whole objective is another one."""
    x, label = np.random.default_rng(0).normal(size=5), np.ones(5)

    def loss(p):
        return float(np.sum(np.where(p["label"] == 1.0, p["x"] ** 2, 0.0)))

    report = gp.check(loss, {"x": 2 * x, "label": np.zeros(5)}, {"x": x, "label": label})
    assert report.leaves["x"].outcome is CONSISTENT
    assert report.leaves["label"].outcome is INCONCLUSIVE
    missing = gp.check(loss, {"x": np.zeros(5), "label": np.zeros(5)}, {"x": x, "label": label})
    assert missing.leaves["x"].outcome is not CONSISTENT


def test_matrices_without_a_factorisation_are_outside_of_the_domain():
    A = np.array([[1.0, 0.4], [0.4, 0.2]])

    def loss(p):
        return float(np.sum(np.log(np.diag(np.linalg.cholesky(p["A"] + p["A"].T)))))

    right = {"A": np.linalg.inv(2 * A)}
    assert gp.check(loss, right, {"A": A}).outcome is CONSISTENT
    assert gp.check(loss, {"A": 2 * right["A"]}, {"A": A}).outcome is WRONG


def test_a_gradient_that_is_only_rounded():
    """Sums that cancel cost digits in single precision: right in double, so it is right."""
    x = torch.linspace(-40.0, 40.0, 300)[torch.randperm(300, generator=torch.Generator().manual_seed(0))]

    def loss(p):
        return torch.sum(torch.logcumsumexp(p["x"], 0) * torch.linspace(-1, 1, 300).to(p["x"]))

    report = gp.check(loss, None, {"x": x})
    assert report.outcome is CONSISTENT
    right = torch.func.grad(loss)({"x": x.double()})["x"]
    for factor in (1.002, 1.05):
        assert gp.check(loss, {"x": (factor * right).float()}, {"x": x}).outcome is WRONG


def test_overlapping_memory_is_not_written_to():
    x = torch.randn(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    from gradproof.torch import check_function

    assert check_function(lambda x: x.unfold(0, 3, 1), x, kinds=("backward", "forward")).outcome is CONSISTENT
