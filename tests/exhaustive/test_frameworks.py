"""Tensors and JAX's arrays are measured as they are, and compared with what autograd gives."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp


def test_a_module_of_pytorch_against_its_own_gradients() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(7, 9), torch.nn.Tanh(), torch.nn.Linear(9, 1))
    x = torch.randn(11, 7)

    def loss(module):
        return (module(x.to(next(module.parameters()).dtype)) ** 2).mean()

    before = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
    found = gp.measure_gradient(loss, model)
    value = loss(model)
    value.backward()
    claim = {name: tensor.grad for name, tensor in model.named_parameters()}
    assert found.compare(claim).agrees
    assert found["0.weight"].value.shape == (9, 7)
    assert np.median(found["0.weight"].error) < 1e-8
    claim["2.weight"] = claim["2.weight"] * 1.01
    said = found.compare(claim)
    assert {name for name, leaf in said.leaves.items() if leaf.count} == {"2.weight"}
    assert all(torch.equal(before[name], tensor) for name, tensor in model.named_parameters())


def test_dropout_is_measured_under_one_mask() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    w = torch.randn(40, dtype=torch.float64)
    state = torch.get_rng_state()
    found = gp.measure_gradient(lambda p: (torch.nn.functional.dropout(p["w"], 0.5) ** 2).sum(), {"w": w})
    kept = found["w"].value != 0.0
    assert 5 < np.count_nonzero(kept) < 35
    assert np.allclose(found["w"].value[kept], 8 * w.numpy()[kept], rtol=1e-7)
    assert torch.equal(torch.get_rng_state(), state)


def test_arrays_of_jax() -> None:
    jax = pytest.importorskip("jax")
    rng = np.random.default_rng(0)
    params = {"layer": [jax.numpy.asarray(rng.normal(size=(6, 5)), dtype="float32")], "b": jax.numpy.ones(6)}
    x = jax.numpy.asarray(rng.normal(size=(5,)), dtype="float32")

    def loss(p):
        return jax.numpy.sum(jax.numpy.tanh(p["layer"][0] @ x + p["b"]) ** 2)

    found = gp.measure_gradient(loss, params)
    claim = jax.grad(loss)(params)
    assert set(found.leaves) == {"layer.0", "b"}
    assert found.compare(claim).agrees
    assert found.compare({**claim, "b": -claim["b"]}).count == 6
