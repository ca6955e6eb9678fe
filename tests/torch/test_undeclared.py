"""Leaves that nobody declared are found in the graph, and named as the user names them."""

from __future__ import annotations

import functools

import pytest

torch = pytest.importorskip("torch")
nn = torch.nn

from gradproof import Outcome, check  # noqa: E402
from gradproof.adapters.undeclared import Undeclared, graph_of, leaves_of  # noqa: E402

GENERATOR = torch.Generator().manual_seed(0)
WEIGHT = torch.randn(3, generator=GENERATOR, dtype=torch.float64, requires_grad=True)
POINT = torch.randn(3, generator=GENERATOR, dtype=torch.float64)


def notes(loss, params, *args):
    """Return what is told of a loss that was called with copies of its parameters."""
    watch = Undeclared(loss, params, args)
    watched = watch.watched(loss)
    for _ in range(3):
        watched({name: p.detach().clone() for name, p in params.items()}, *args)
    return watch.notes()


def test_a_global_that_requires_a_gradient_is_named_with_shape_and_dtype():
    (told,) = notes(lambda p: (p["x"] * WEIGHT).sum(), {"x": POINT})
    assert "not among the parameters: WEIGHT (3 float64)." in told


def test_another_module_in_a_closure_is_named():
    other = nn.Linear(3, 1).double()

    def outer():
        def loss(p):
            def inner(x):
                return other(x).sum()

            return inner(p["x"])

        return loss

    (told,) = notes(outer(), {"x": POINT})
    assert "other.weight (1x3 float64)" in told
    assert "other.bias (1 float64)" in told


def test_arguments_are_named_by_their_place():
    (told,) = notes(lambda p, k, m: k * m(p["x"]).sum(), {"x": POINT}, 2.0, nn.Linear(3, 1, bias=False).double())
    assert "args[1].weight (1x3 float64)" in told


def test_partials_methods_containers_and_views():
    class Model:
        def __init__(self):
            self.layers = [{"w": torch.ones(3, dtype=torch.float64, requires_grad=True)}]

        def loss(self, p, view):
            return (p["x"] * self.layers[0]["w"]).sum() + view.sum()

    (told,) = notes(functools.partial(Model().loss, view=WEIGHT[:2] * 2), {"x": POINT})
    assert "self.layers[0]['w'] (3 float64)" in told
    assert "a tensor behind view (3 float64)" in told


def test_layers_that_a_module_does_not_register_are_named():
    class Careless(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Linear(3, 3, bias=False, dtype=torch.float64)]
            self.register_buffer("scale", torch.ones(3, dtype=torch.float64, requires_grad=True))

    module = Careless()

    def loss(module):
        return (module.layers[0](POINT) * module.scale).sum()

    watch = Undeclared(loss, module)
    watch.see(loss(module))
    (told,) = watch.notes()
    assert "layers[0].weight (3x3 float64)" in told
    assert "scale (3 float64)" in told


def test_a_parameter_that_is_used_past_the_argument_is_told_apart():
    (told,) = notes(lambda p: (p["w"] * WEIGHT).sum(), {"w": WEIGHT})
    assert "uses a parameter itself" in told
    assert "WEIGHT (3 float64)" in told


def test_what_cannot_be_named_is_described():
    opaque = iter([WEIGHT] * 3)
    (told,) = notes(lambda p: (p["x"] * next(opaque)).sum(), {"x": POINT})
    assert "a tensor without a name (3 float64)" in told


def test_many_are_counted():
    many = [torch.ones((), requires_grad=True) for _ in range(9)]
    (told,) = notes(lambda p: p["x"].sum() + sum(many), {"x": POINT})
    assert "many[0] (scalar float32)" in told or "many[8] (scalar float32)" in told
    assert "and 5 more" in told


def penalty(p):
    x = p["x"].detach().requires_grad_()
    (slope,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    return (slope**2).sum()


@pytest.mark.parametrize(
    "loss",
    [
        lambda p: (p["x"] ** 2).sum(),
        lambda p: (p["x"] * WEIGHT.detach()).sum(),
        lambda p: (p["x"] * WEIGHT).sum().item(),
        penalty,  # a leaf of its own for each call
    ],
    ids=["none", "detached", "number", "made inside"],
)
def test_what_needs_no_note_gets_none(loss):
    assert notes(loss, {"x": POINT}) == ()


def test_only_two_values_are_looked_at():
    watch = Undeclared(lambda p: p, {"x": POINT})
    watch.see(POINT.sum())
    watch.see(WEIGHT.sum())
    watch.see(WEIGHT.sum())
    assert watch.notes() == ()


def test_the_graph_is_walked_once_and_up_to_where_it_should_stop():
    first = WEIGHT * 2
    value = (first + first * first).sum()
    nodes = list(graph_of([value]))
    assert len(nodes) == len(set(nodes)) == 5
    assert first.grad_fn in nodes
    assert not set(graph_of([value], frozenset([first.grad_fn]))) & {first.grad_fn, *graph_of([first])}
    assert leaves_of(value) == [WEIGHT]
    assert leaves_of(WEIGHT) == [WEIGHT]
    assert leaves_of(POINT) == leaves_of(3.0) == []


def told(report):
    return [note for note in report.record.notes if note.startswith("The objective ")]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("claim", ["backward", "given"])
def test_a_check_tells_what_was_not_declared(dtype, claim):
    weight = WEIGHT.detach().to(dtype).requires_grad_()
    grads = None if claim == "backward" else {"x": weight.detach()}
    report = check(lambda p: (p["x"] * weight).sum(), grads, {"x": POINT.to(dtype)})
    assert report.outcome is Outcome.CONSISTENT
    (note,) = told(report)
    assert f"weight (3 {str(dtype)[6:]})" in note
    assert "weight (3 " in str(report)


def test_a_check_of_a_module_tells_of_its_buffers_and_of_other_modules():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 2)
            self.register_buffer("scale", torch.ones(2, requires_grad=True))
            self.register_buffer("shift", torch.ones(2))

        def forward(self, x):
            return self.linear(x) * self.scale + self.shift

    torch.manual_seed(0)
    module, other, x = Scaled(), nn.Linear(2, 1), torch.randn(4, 3)
    (note,) = told(check(lambda m: (other(m(x)) ** 2).sum(), None, module))
    assert "scale (2 float32)" in note
    assert "other.weight (1x2 float32)" in note
    assert "shift" not in note
    assert "linear" not in note
    assert told(check(lambda m: (m.linear(x) ** 2).sum(), None, module)) == []


def test_sparse_gradients_of_embeddings_are_claims():
    table = nn.Embedding(5, 3, sparse=True)
    index = torch.tensor([0, 2, 2])
    assert check(lambda m, i: (m(i) ** 2).sum(), None, table, args=(index,)).outcome is Outcome.CONSISTENT
