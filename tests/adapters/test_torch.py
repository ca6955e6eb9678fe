"""PyTorch: tensors and modules are judged like arrays, and nothing of the user's is changed."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import Outcome, Settings, check
from gradproof.errors import InputError, ObjectiveError

torch = pytest.importorskip("torch")

WRONG, CONSISTENT = Outcome.WRONG, Outcome.CONSISTENT


class Layer(torch.autograd.Function):
    """tanh(x w), with a backward pass in which the gradient of w is ``factor`` times the right one."""

    factor = 1.0

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return torch.tanh(x @ w)

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        d = g * (1 - torch.tanh(x @ w) ** 2)
        return d @ w.T, Layer.factor * x.T @ d


def tensors(dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    draw = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)  # noqa: E731
    return {"x": draw(6, 5), "w": draw(5, 3), "b": draw(3)}


def loss(p):
    return torch.sum(torch.sin(Layer.apply(p["x"], p["w"]) + p["b"]))


def network(*extra):
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(5, 4), *extra, torch.nn.Tanh(), torch.nn.Linear(4, 1))


X, Y = torch.randn(8, 5, generator=torch.Generator().manual_seed(2)), torch.linspace(-1, 1, 8)[:, None]


def squares(module, x, y):
    return torch.mean((module(x) - y) ** 2)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(("factor", "expected"), [(1.0, CONSISTENT), (2.0, WRONG)])
def test_a_custom_function_is_judged_by_its_backward(dtype, factor, expected, monkeypatch):
    monkeypatch.setattr(Layer, "factor", factor)
    report = check(loss, None, tensors(dtype))
    assert report.outcome is expected
    if expected is WRONG:
        (finding,) = report.findings
        assert (finding.leaf, finding.kind) == ("w", "factor")
        assert finding.ratio == pytest.approx(2.0, rel=1e-6 if dtype is torch.float64 else 1e-5)


def test_single_precision_is_measured_in_a_double_copy():
    report = check(loss, None, tensors(torch.float32))
    verdict = report.leaves["w"]
    assert verdict.dtype == "float64"
    assert max(m.estimate.error / abs(m.estimate.value) for m in report.record.measurements) < 1e-4
    assert report.record.noise < 1e-12


def test_what_accepts_single_precision_only_is_measured_in_it():
    def own(p):
        if p["w"].dtype is not torch.float32:
            raise TypeError("single precision only")
        return loss(p)

    report = check(own, None, tensors(torch.float32))
    assert report.outcome is CONSISTENT
    assert report.leaves["w"].dtype == "float32"


def test_a_given_tree_is_the_claim():
    p = tensors()
    given = {name: p[name].clone().requires_grad_(True) for name in p}
    loss(given).backward()
    grads = {name: given[name].grad for name in p}
    assert check(loss, grads, p).outcome is CONSISTENT
    assert check(loss, {**grads, "b": grads["b"].flip(0)}, p).findings[0].kind == "flipped"
    assert check(loss, {**grads, "b": None}, p).findings[0].kind == "none"


def test_the_verdict_is_that_on_numpy_arrays():
    p = tensors()
    arrays = {name: tensor.numpy() for name, tensor in p.items()}

    def gradient(q):
        d = np.cos(np.tanh(q["x"] @ q["w"]) + q["b"])
        h = d * (1 - np.tanh(q["x"] @ q["w"]) ** 2)
        return {"x": h @ q["w"].T, "w": q["x"].T @ h, "b": d.sum(0)}

    ours = check(loss, {k: torch.from_numpy(g) for k, g in gradient(arrays).items()}, p)
    theirs = check(lambda q: float(np.sum(np.sin(np.tanh(q["x"] @ q["w"]) + q["b"]))), gradient(arrays), arrays)
    assert ours.evaluations == theirs.evaluations
    assert ours.record.point == theirs.record.point


def test_a_module_is_judged_under_its_own_names():
    report = check(squares, None, network(), args=(X, Y))
    assert report.outcome is CONSISTENT
    assert set(report.leaves) == {"0.weight", "0.bias", "2.weight", "2.bias"}


def test_the_gradients_that_a_module_holds_can_be_the_claim():
    module = network()
    squares(module, X, Y).backward()
    assert check(squares, {n: p.grad for n, p in module.named_parameters()}, module, args=(X, Y)).outcome is CONSISTENT
    module[2].bias.grad *= 3
    report = check(squares, {n: p.grad for n, p in module.named_parameters()}, module, args=(X, Y))
    assert [finding.leaf for finding in report.findings] == ["2.bias"]


def test_dropout_and_batch_normalisation_are_judged_with_one_mask_and_left_as_they_were():
    module = network(torch.nn.BatchNorm1d(4), torch.nn.Dropout(0.4))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    state = torch.get_rng_state()
    report = check(squares, None, module, args=(X, Y))
    assert report.outcome is CONSISTENT
    assert any("one draw was judged" in note for note in report.record.notes)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())


def test_tied_parameters_are_judged_once_under_all_their_names():
    module = torch.nn.Sequential(torch.nn.Linear(5, 5), torch.nn.Tanh(), torch.nn.Linear(5, 5))
    module[2].weight = module[0].weight
    report = check(lambda m: torch.mean(m(X) ** 2), None, module, settings=Settings(resolution=0.05))
    assert report.leaves["0.weight"].aliases == ("2.weight",)
    assert report.outcome is CONSISTENT


def test_a_path_that_is_detached_is_found():
    p = tensors()
    report = check(lambda p: torch.sum(torch.sin(p["x"] @ p["w"].detach())) + p["b"].sum(), None, p)
    assert report.outcome is WRONG
    assert [(f.leaf, f.kind) for f in report.findings] == [("w", "zero")]


def test_what_cannot_be_used_is_said_clearly():
    p = tensors()
    cases = [
        ({**p, "n": np.ones(3)}, InputError, "two libraries"),
        ({"s": p["w"].to_sparse()}, InputError, "sparse"),
        (torch.nn.Tanh(), InputError, "no parameters"),
        ({"w": p["w"], "m": torch.ones(2, device="meta")}, InputError, "several devices"),
    ]
    for params, kind, words in cases:
        with pytest.raises(kind, match=words):
            check(lambda q: torch.zeros(()), None, params)
    with pytest.raises(ObjectiveError, match="Autograd cannot see"):
        check(lambda q: loss(q).detach().item(), None, p)


def test_the_user_s_own_exception_passes_through():
    def broken(p):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        check(broken, None, tensors())


def test_whole_numbers_are_left_out_and_integers_pass():
    p = {**tensors(), "index": torch.tensor([0, 2])}
    report = check(lambda p: loss(p) + p["b"][p["index"]].sum(), None, p)
    assert report.outcome is CONSISTENT
    assert dict(report.record.skipped) == {"index": "not floating point (int64)"}
