"""What is done with modules in training: frozen and tied parameters, gradient functions, data written into."""

from __future__ import annotations

import pytest

import gradproof as gp
from gradproof.errors import InputError, ObjectiveError

torch = pytest.importorskip("torch")

WRONG, CONSISTENT = gp.Outcome.WRONG, gp.Outcome.CONSISTENT
DTYPES = (torch.float32, torch.float64)


def network(dtype=torch.float64):
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).to(dtype)


def data(dtype=torch.float64):
    return torch.randn(5, 3, generator=torch.Generator().manual_seed(1), dtype=dtype)


def loss(module, x):
    return module(x).pow(2).sum()


def tied():
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(3, 3, bias=False), torch.nn.Tanh(), torch.nn.Linear(3, 3)).double()
    module[2].weight = module[0].weight
    return module


def gradients(module, x):
    module.zero_grad()
    loss(module, x).backward()
    return {name: parameter.grad for name, parameter in module.named_parameters()}


def test_a_frozen_parameter_needs_no_gradient():
    module, x = network(), data()
    module[0].weight.requires_grad_(False)
    gradients(module, x)
    trained = {name: p.grad for name, p in module.named_parameters() if p.grad is not None}
    for claim in (None, module, trained, gradients):
        report = gp.check(loss, claim, module, args=(x,))
        assert report.outcome is CONSISTENT, claim
        assert dict(report.record.skipped) == {"0.weight": "requires no gradient, and has none"}
        assert "0.weight" not in report.leaves


def test_a_gradient_of_a_frozen_parameter_is_judged_if_it_is_given():
    module, x = network(), data()
    given = {name: gradient.clone() for name, gradient in gradients(module, x).items()}
    module[0].weight.requires_grad_(False)
    assert gp.check(loss, given, module, args=(x,)).leaves["0.weight"].outcome is CONSISTENT
    given["0.weight"] *= 2
    assert gp.check(loss, given, module, args=(x,)).leaves["0.weight"].outcome is WRONG


def test_a_missing_gradient_of_a_trained_parameter_is_still_wrong():
    module, x = network(), data()
    module[0].bias.requires_grad_(False)
    gradients(module, x)
    module[0].weight.grad = None
    assert gp.check(loss, module, module, args=(x,)).leaves["0.weight"].outcome is WRONG


def test_where_nothing_requires_a_gradient_everything_is_judged():
    module = network().requires_grad_(False)
    assert len(gp.check(loss, None, module, args=(data(),)).leaves) == 4


def test_the_total_of_a_tied_parameter_is_not_added_to_itself():
    module, x = tied(), data()
    gradients(module, x)
    copies = {name: p.grad.clone() for name, p in module.named_parameters(remove_duplicate=False)}
    for claim in (module, copies):
        report = gp.check(loss, claim, module, args=(x,))
        assert report.outcome is CONSISTENT
        assert "0.weight = 2.weight" in str(report)


def test_parts_of_a_tied_parameter_are_added():
    module, x = tied(), data()
    total = gradients(module, x)["0.weight"].clone()
    parts = {"0.weight": 0.25 * total, "2.weight": 0.75 * total, "2.bias": module[2].bias.grad.clone()}
    assert gp.check(loss, parts, module, args=(x,)).outcome is CONSISTENT


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_gradient_function_may_call_backward(dtype):
    module, x = network(dtype), data(dtype)
    assert gp.check(loss, gradients, module, args=(x,)).outcome is CONSISTENT
    assert all(parameter.grad is None for parameter in module.parameters())

    def wrong(module, x):
        return {name: g * (1.3 if name == "2.bias" else 1.0) for name, g in gradients(module, x).items()}

    report = gp.check(loss, wrong, module, args=(x,))
    assert [name for name, leaf in report.leaves.items() if leaf.outcome is WRONG] == ["2.bias"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_objective_may_differentiate_by_itself(dtype):
    def after_a_step(module, x):
        slopes = torch.autograd.grad(loss(module, x), list(module.parameters()), create_graph=True)
        return sum((p - 0.1 * s).pow(3).sum() for p, s in zip(module.parameters(), slopes, strict=True))

    report = gp.check(after_a_step, None, network(dtype), args=(data(dtype),))
    assert report.outcome is CONSISTENT
    assert not report.record.notes
    # Measured in double precision in either case.
    assert report.record.noise < 1e-12


@pytest.mark.parametrize("library", ["torch", "numpy"])
def test_data_that_are_written_into_are_named(library):
    import numpy as np

    p, x = np.linspace(1, 2, 3), {"x": np.linspace(-1, 1, 3)}
    if library == "torch":
        p, x = torch.from_numpy(p), {"x": torch.from_numpy(x["x"])}

    def grows(p, given):
        given["x"] += 1
        return (p * given["x"]).sum()

    report = gp.check(grows, lambda p, given: given["x"], p, args=(x,))
    told = " ".join(report.record.notes)
    assert "writes into args[0].x" in told
    assert "random" not in told


def test_data_that_are_left_alone_are_not_named():
    report = gp.check(lambda p, x: (p * x).sum(), None, torch.ones(3).double(), args=(torch.ones(3).double(),))
    assert not any("writes" in note for note in report.record.notes)


def test_what_holds_no_numbers_is_refused_clearly():
    with pytest.raises(InputError, match="meta"):
        gp.check(lambda p: p.sum(), None, torch.ones(3, device="meta"))
    with pytest.raises(InputError, match="without a shape"):
        gp.check(loss, None, torch.nn.LazyLinear(2), args=(data(),))
    with pytest.raises(ObjectiveError, match="not real"):
        gp.check(lambda p: p.sum(), None, torch.ones(3, dtype=torch.complex128))
