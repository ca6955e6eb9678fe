"""PyTorch's dtypes and layouts: complex, half precisions, data behind closures, strided parameters, detached values."""

from __future__ import annotations

import pytest

import gradproof as gp
from gradproof.seam import Problem

torch = pytest.importorskip("torch")

torch_generator = torch.Generator().manual_seed(0)


def normal(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=torch_generator, dtype=dtype)


def said(report):
    return " ".join(finding.text for finding in report.findings)


@pytest.mark.parametrize("dtype", [torch.complex128, torch.complex64])
def test_complex_parameters(dtype):
    p = {"A": normal(6, 5, dtype=dtype), "x": normal(5, dtype=dtype)}

    def loss(p):
        return torch.sum(torch.abs(p["A"] @ p["x"]) ** 2)

    assert gp.check(loss, None, p).outcome is gp.Outcome.CONSISTENT
    moved = {name: tensor.clone().requires_grad_() for name, tensor in p.items()}
    found = dict(zip(p, torch.autograd.grad(loss(moved), list(moved.values())), strict=True))
    assert gp.check(loss, found, p).outcome is gp.Outcome.CONSISTENT
    wrong = gp.check(loss, {**found, "A": found["A"].conj()}, p)
    assert wrong.leaves["A"].outcome is gp.Outcome.WRONG
    assert wrong.leaves["x"].outcome is gp.Outcome.CONSISTENT
    assert "conjugate of the measured" in said(wrong)


class Forgetful(torch.autograd.Function):
    """A complex product whose backward pass forgets the conjugate (tensorflow/tensorflow#4859)."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved_tensors
        return grad * b, grad * a.conj()


def test_a_forgotten_conjugate_is_wrong():
    p = {"a": normal(30, dtype=torch.complex128), "b": normal(30, dtype=torch.complex128)}
    report = gp.check(lambda p: torch.sum(torch.abs(Forgetful.apply(p["a"], p["b"]) + p["a"]) ** 2), None, p)
    assert report.leaves["a"].outcome is gp.Outcome.WRONG
    assert report.leaves["b"].outcome is gp.Outcome.CONSISTENT


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("factor", "outcome"), [(1.0, "consistent"), (2.0, "wrong"), (-1.0, "wrong")])
def test_half_precisions_are_measured_in_double(dtype, factor, outcome):
    W, X = normal(20, 10).to(dtype), normal(50, 20).to(dtype)

    def loss(p, x):
        return torch.mean(torch.tanh(x @ p["W"]) ** 2)

    def claim(p, x):
        w = p["W"].detach().clone().requires_grad_()
        return {"W": factor * torch.autograd.grad(loss({"W": w}, x), w)[0]}

    report = gp.check(loss, claim, {"W": W}, args=(X,))
    assert report.outcome == outcome
    assert report.leaves["W"].dtype == "float64"
    assert gp.check(loss, None, {"W": W}, args=(X,)).outcome == "consistent"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_data_behind_a_closure_are_widened(dtype):
    W, X = normal(20, 10).to(dtype), normal(50, 20).to(dtype)

    def loss(p):
        return torch.mean(torch.tanh(X @ p["W"] + torch.zeros(10, dtype=dtype)) ** 2)

    report = gp.check(loss, None, {"W": W})
    assert report.outcome is gp.Outcome.CONSISTENT
    assert report.record.noise < 1e-12


class OneDtype(torch.autograd.Function):
    """A kernel that takes single precision only."""

    @staticmethod
    def forward(ctx, x):
        if x.dtype is not torch.float32:
            raise TypeError("float32 only")
        ctx.save_for_backward(x)
        return torch.sin(x)

    @staticmethod
    def backward(ctx, grad):
        return grad * torch.cos(ctx.saved_tensors[0])


def test_kernels_of_one_precision_are_measured_with_the_noise_they_have():
    p = {"x": normal(100, dtype=torch.float32)}
    report = gp.check(lambda p: torch.sum(OneDtype.apply(p["x"]) ** 2), None, p)
    assert report.outcome is not gp.Outcome.WRONG
    assert report.leaves["x"].dtype == "float32"


def test_a_detached_value_is_wrong_and_explained():
    p = {"x": normal(10)}
    report = gp.check(lambda p: torch.sum(p["x"].detach() ** 2), None, p)
    assert report.outcome is gp.Outcome.WRONG
    assert any("detached" in note for note in report.record.notes)


class Strided(torch.autograd.Function):
    """A kernel that is wrong for what is not contiguous: it reads memory in its order."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad):
        x = ctx.saved_tensors[0]
        return grad * 2 * torch.as_strided(x, x.shape, torch.empty(x.shape).stride(), x.storage_offset())


def test_parameters_keep_their_layout():
    base = normal(8, 8)
    square = {"x": base}
    transposed = {"x": base.T}

    def loss(p):
        return torch.sum(Strided.apply(p["x"]) * torch.arange(64.0, dtype=torch.float64).reshape(8, 8))

    assert gp.check(loss, None, square).outcome is gp.Outcome.CONSISTENT
    assert gp.check(loss, None, transposed).outcome is gp.Outcome.WRONG
    assert gp.check(lambda p: torch.sum(p["x"] ** 2), None, {"x": base[::2, 1::3]}).outcome is gp.Outcome.CONSISTENT
    assert gp.check(lambda p: torch.sum(p["x"] ** 2), None, {"x": base[:1].expand(4, 8)}).outcome == "consistent"


def test_compiled_functions():
    loss = torch.compile(lambda p: torch.sum(torch.sin(p["x"]) ** 2), backend="eager")
    assert gp.check(loss, None, {"x": normal(10)}).outcome is gp.Outcome.CONSISTENT


def test_the_convention_of_the_other_frameworks_can_be_named():
    p = {"z": normal(5, dtype=torch.complex128)}
    claim = {"z": (2 * p["z"]).conj()}
    problem = Problem(lambda p: torch.sum(torch.abs(p["z"]) ** 2), claim, p, convention="re-im")
    assert gp.check(problem).outcome is gp.Outcome.CONSISTENT
