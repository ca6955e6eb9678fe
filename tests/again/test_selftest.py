"""The self-test: what is planted is caught, and what cannot be caught is told."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import Report, check
from gradproof.errors import InputError
from tests.probing.test_facts import Network


def test_gross_mistakes_are_caught_in_every_leaf_for_nothing():
    calls = []
    report = check(lambda p: calls.append(1) or Network.loss(p), Network.gradient, Network.params)
    spent = len(calls)
    planted = {found.words: found for found in report.self_test()}
    assert len(calls) == spent
    assert set(planted) >= {"the sign", "a factor of 2", "a factor of 1.0001", "all zero", "a row of zeros"}
    assert all(found.tried >= 5 and not found.missed for found in planted.values()), planted
    assert str(planted["the sign"]) == "the sign: caught in 6 of 6"


def test_what_noise_hides_is_told():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 8)).astype(np.float32)

    def loss(p):
        return np.mean(np.tanh(p["w"] @ x) ** 2, dtype=np.float32)

    def gradient(p):
        a = np.tanh(p["w"] @ x)
        return {"w": (2 * a * (1 - a**2) / a.size) @ x.T}

    params = {"w": rng.normal(size=5).astype(np.float32)}
    planted = {found.words: found for found in check(loss, gradient, params).self_test()}
    assert planted["a factor of 2"].caught == 1
    assert planted["a factor of 1.0001"].missed == ("w",)
    assert "not in w" in str(planted["a factor of 1.0001"])


def test_a_leaf_that_does_not_matter_is_zero():
    report = check(
        lambda p: float((p["a"] ** 2).sum()),
        {"a": 2 * np.ones(4), "b": np.zeros(4)},
        {"a": np.ones(4), "b": np.ones(4)},
    )
    planted = {found.words: found for found in report.self_test()}
    # Nothing changes in a gradient of zeros but for what is added to it.
    assert planted["the sign"].tried == 1
    assert not planted["weight decay of 0.01 too much"].missed


def test_only_a_gradient_that_passes(tmp_path):
    wrong = check(Network.loss, {k: 2 * g for k, g in Network.gradient(Network.params).items()}, Network.params)
    with pytest.raises(InputError, match="only into a gradient that passes"):
        wrong.self_test()
    check(Network.loss, Network.gradient, Network.params).save(tmp_path / "r.json")
    with pytest.raises(InputError, match="only into a gradient that passes"):
        Report.load(tmp_path / "r.json").self_test()
