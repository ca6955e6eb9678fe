"""PyTorch functions in every mode of differentiation: wrong ones are caught in the mode that is wrong."""

from __future__ import annotations

import pytest

import gradproof as gp
from gradproof.errors import InputError

torch = pytest.importorskip("torch")
once_differentiable = pytest.importorskip("torch.autograd.function").once_differentiable

from gradproof.torch import check_function  # noqa: E402

WRONG, CONSISTENT = gp.Outcome.WRONG, gp.Outcome.CONSISTENT
GENERATOR = torch.Generator().manual_seed(0)


def normal(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=GENERATOR, dtype=dtype)


X, W = normal(5, 4), normal(4, 3)


class Layer(torch.autograd.Function):
    """Two outputs, an option, a jvp; ``mistake`` plants an error."""

    mistake = ""

    @staticmethod
    def forward(ctx, x, w, n):
        ctx.save_for_backward(x, w)
        ctx.save_for_forward(x, w)
        ctx.n = n
        return torch.tanh(x @ w) ** n, (x**2).sum()

    @staticmethod
    def backward(ctx, g, h):
        x, w = ctx.saved_tensors
        if Layer.mistake == "graph":
            x, w = x.detach(), w.detach()
        a = torch.tanh(x @ w)
        d = g * ctx.n * a ** (ctx.n - 1) * (1 - a**2)
        if Layer.mistake == "strides":
            d = torch.as_strided(g, g.shape, (g.shape[1], 1)) * ctx.n * a ** (ctx.n - 1) * (1 - a**2)
        dx = d @ w.T + (1 if Layer.mistake == "half" else 2) * x * h
        return dx, (None if Layer.mistake == "none" else x.T @ d), None

    @staticmethod
    def jvp(ctx, dx, dw, _):
        x, w = ctx.saved_tensors
        a = torch.tanh(x @ w)
        factor = 2 if Layer.mistake == "jvp" else 1
        moved = factor * ctx.n * a ** (ctx.n - 1) * (1 - a**2) * (dx @ w + x @ dw)
        return moved, 2 * (x * dx).sum()


def outcomes(found):
    return {name: report.outcome for name, report in found.reports.items()}


def test_right_in_every_mode(monkeypatch):
    found = check_function(Layer.apply, X, W, 3)
    assert set(outcomes(found).values()) == {CONSISTENT}
    assert set(found.reports) == {
        "vjp", "vjp of output 0", "vjp of output 1", "vjp, cotangent not contiguous", "jvp", "double backward",
    }  # fmt: skip
    assert set(found.reports["vjp"].leaves) == {"x", "w"}
    assert len(found.identities) == 2 or "batched: not offered" in " ".join(found.warnings)


@pytest.mark.parametrize(
    ("mistake", "where"),
    [
        ("half", "vjp of output 1"),
        ("none", "vjp"),
        ("strides", "vjp, cotangent not contiguous"),
        ("jvp", "jvp"),
        ("graph", "double backward"),
    ],
)
def test_the_wrong_mode_is_named(monkeypatch, mistake, where):
    monkeypatch.setattr(Layer, "mistake", mistake)
    found = outcomes(check_function(Layer.apply, X, W, 3))
    assert found[where] is WRONG
    right = {"jvp": ["vjp", "double backward"], "graph": ["vjp", "jvp"], "strides": ["vjp", "jvp"]}
    assert all(found[name] is CONSISTENT for name in right.get(mistake, ["jvp"]))


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sin(x)

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        return g * torch.cos(ctx.saved_tensors[0])


def test_what_is_not_offered_is_told():
    found = check_function(Once.apply, X)
    assert found.outcome is CONSISTENT
    told = " ".join(found.warnings)
    assert "double backward: not offered" in told
    assert "forward: not offered" in told


@pytest.mark.parametrize("dtype", [torch.float32, torch.complex128, torch.complex64])
def test_dtypes(dtype):
    found = check_function(lambda x, w: torch.tanh(x @ w), normal(5, 4, dtype=dtype), normal(4, 3, dtype=dtype))
    assert CONSISTENT in set(outcomes(found).values())
    assert WRONG not in set(outcomes(found).values())
    assert found.reports["vjp"].outcome is CONSISTENT


def test_integers_and_layouts_and_what_requires_gradients():
    table, index = normal(6, 4), torch.tensor([0, 2, 2, 5])
    assert check_function(torch.nn.functional.embedding, index, table).reports["vjp"].outcome is CONSISTENT
    assert check_function(lambda x: x.sin(), X.T[:, ::2]).outcome is CONSISTENT
    assert (
        check_function(lambda x: x * torch.arange(3.0, dtype=torch.float64), normal(1, 1).expand(4, 3)).outcome
        is CONSISTENT
    )
    found = check_function(torch.matmul, X, W.clone().requires_grad_())
    assert list(found.reports["vjp"].leaves) == ["input1"]


def test_dropout_is_judged_with_one_mask():
    found = check_function(lambda x: torch.nn.functional.dropout(x, 0.5) ** 2, X, kinds=("backward", "forward"))
    assert found.outcome is CONSISTENT


def test_custom_operators():
    @torch.library.custom_op("gradprooftest::cube", mutates_args=())
    def cube(x: torch.Tensor) -> torch.Tensor:
        return x**3

    torch.library.register_autograd(
        cube, lambda ctx, g: g * 3 * ctx.x**2, setup_context=lambda ctx, inputs, output: setattr(ctx, "x", inputs[0])
    )
    assert check_function(cube, X, kinds=("backward",)).outcome is CONSISTENT


def test_nothing_of_the_user_changes():
    x = X.clone().requires_grad_()
    before, state = x.detach().clone(), torch.get_rng_state()
    check_function(torch.sin, x)
    assert torch.equal(x, before)
    assert x.grad is None
    assert torch.equal(torch.get_rng_state(), state)


def test_what_cannot_be_used():
    with pytest.raises(InputError, match="nothing to differentiate"):
        check_function(torch.sum, torch.arange(3))
    with pytest.raises(InputError, match="no such kind"):
        check_function(torch.sum, X, kinds=("sideways",))


def test_a_leaf_of_zeros_in_another_layout_is_decided():
    found = check_function(lambda a, b: (a.sin(), (b * 2).sum() + 0 * a.sum()), X, normal(3), kinds=("backward",))
    assert {report.outcome for report in found.reports.values()} == {CONSISTENT}
    constant = check_function(lambda a, b: a.sin() + 0 * b, X, normal(4), kinds=("backward",))
    assert constant.reports["vjp, cotangent not contiguous"].outcome is CONSISTENT


def test_the_exception_of_the_function_passes_through():
    def broken(x):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        check_function(broken, X)


class Product(torch.autograd.Function):
    """A product whose gradient for the second factor is doubled."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * b, 2 * g * a


def test_tensors_inside_of_containers_are_judged_too():
    def product(pair, n):
        return Product.apply(pair["left"], pair["right"][0]) ** n

    pair = {"left": normal(3), "right": [normal(3), "text", 2]}
    found = check_function(product, pair, 2, kinds=("backward",)).reports["vjp"]
    assert found.leaves["pair_left"].outcome is CONSISTENT
    assert found.leaves["pair_right_0"].outcome is WRONG
    assert check_function(torch.cat, [normal(3), normal(2)], kinds=("backward",)).outcome is CONSISTENT


def test_what_is_not_declared_is_named():
    weight = normal(4).requires_grad_()
    found = check_function(lambda x: x * weight, X, kinds=("backward",))
    assert any("weight (4 float64)" in warning for warning in found.warnings)
    linear = torch.nn.Linear(4, 2).double()
    told = " ".join(check_function(linear, X, kinds=("backward",)).warnings)
    assert "weight (2x4 float64), bias (2 float64)" in told
    assert not check_function(lambda x: x * weight.detach(), X, kinds=("backward",)).warnings


def test_sparse_tensors_are_refused_or_left_alone():
    sparse = torch.eye(4, dtype=torch.float64).to_sparse()
    with pytest.raises(InputError, match="sparse"):
        check_function(lambda s: s.to_dense(), sparse)
    with pytest.raises(InputError, match="sparse"):
        check_function(torch.sparse.mm, sparse.clone().requires_grad_(), W.clone().requires_grad_())
    assert check_function(torch.sparse.mm, sparse, W, kinds=("backward",)).outcome is CONSISTENT
