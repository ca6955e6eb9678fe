"""The innermost wrong module is named, right models pass, and nothing of the user's is changed."""

from __future__ import annotations

import math

import pytest

import gradproof as gp
from gradproof.errors import InputError

torch = pytest.importorskip("torch")
nn = torch.nn

from gradproof.torch import check_modules  # noqa: E402

WRONG, CONSISTENT = gp.Outcome.WRONG, gp.Outcome.CONSISTENT


class Swish(torch.autograd.Function):
    """x sigmoid(b x), with a planted mistake."""

    mistake = ""

    @staticmethod
    def forward(ctx, x, b):
        ctx.save_for_backward(x, b)
        return x * torch.sigmoid(b * x)

    @staticmethod
    def backward(ctx, g):
        x, b = ctx.saved_tensors
        s = torch.sigmoid(b * x)
        curved = b * x * s * (1 - s)
        dx = {"": s + curved, "factor": 1.1 * (s + curved), "sign": s - curved, "missing term": s}[Swish.mistake]
        return g * dx, (g * x * x * s * (1 - s)).sum().reshape(b.shape)


class Activation(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([1.3]))

    def forward(self, x):
        return Swish.apply(x, self.slope)


class Block(nn.Module):
    """A layer of a transformer; its last module is the wrong one."""

    def __init__(self, size):
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.attention = nn.MultiheadAttention(size, 2, batch_first=True, dropout=0.1)
        self.mlp = nn.Sequential(nn.Linear(size, 12), nn.GELU(), nn.Dropout(0.2), nn.Linear(12, size))
        self.activation = nn.Identity()

    def forward(self, x):
        h = self.norm(x)
        x = x + self.attention(h, h, h)[0]
        return x + self.activation(self.mlp(x))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.blocks = nn.ModuleList([Block(8), Block(8)])
        self.head = nn.Linear(8, 3)

    def forward(self, tokens):
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x)
        return {"logits": self.head(x.mean(1)), "state": x}


class Convolutional(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Dropout(0.3),
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, affine=False), nn.Tanh(), nn.AvgPool2d(2),
        )  # fmt: skip
        self.lstm = nn.LSTM(4, 5, num_layers=2, dropout=0.2)
        self.gru = nn.GRU(5, 5)
        self.head = nn.utils.parametrizations.weight_norm(nn.Linear(5, 2))

    def forward(self, x):
        h = self.features(x).flatten(2).permute(2, 0, 1)
        h, (last, _) = self.lstm(h)
        return self.head(self.gru(h, last[1:])[0][-1])


TOKENS = torch.tensor([[0, 3, 3, 8], [5, 1, 0, 2], [7, 7, 4, 6]])
IMAGES = torch.randn(4, 2, 10, 10, generator=torch.Generator().manual_seed(5))
CLASSES = torch.tensor([0, 1, 2])


def transformer():
    torch.manual_seed(3)
    return Transformer()


def convolutional():
    torch.manual_seed(4)
    return Convolutional()


def of_tokens(module, tokens):
    return nn.functional.cross_entropy(module(tokens)["logits"], CLASSES)


def of_images(module, images):
    return nn.functional.cross_entropy(module(images), torch.tensor([0, 1, 1, 0]))


def sine(module, x):
    return torch.sin(module(x)).sum()


def row(count, size):
    return torch.randn(count, size, generator=torch.Generator().manual_seed(6))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("mistake", ["factor", "sign", "missing term"])
def test_a_wrong_function_deep_inside_is_found_down_to_its_module(mistake, dtype, monkeypatch):
    monkeypatch.setattr(Swish, "mistake", mistake)
    module = transformer()
    module.blocks[0].activation = Activation()
    found = check_modules(of_tokens, module.to(dtype), args=(TOKENS,))
    name = "blocks.0.activation (Activation)"
    assert found.outcome is WRONG
    assert found.wrong == (name,)
    assert found.remarks[name] == ("calls Swish (autograd.Function)",)
    assert {leaf: verdict.outcome for leaf, verdict in found.reports[name].leaves.items()} == {
        "x": WRONG,
        "slope": CONSISTENT,
    }
    assert found.unjudged == ("the module itself (Transformer)", "blocks.0 (Block)")
    assert found.reports["blocks.1 (Block)"].outcome is CONSISTENT
    assert "1.100000 x" in str(found) or mistake != "factor"
    lines = str(found).splitlines()
    assert lines[0].startswith("WRONG")
    assert lines[1] == name
    assert "calls Swish" in lines[2]


def test_reports_stand_in_the_order_of_the_backward_pass(monkeypatch):
    monkeypatch.setattr(Swish, "mistake", "sign")
    module = nn.Sequential(nn.Linear(4, 4), Activation(), nn.Linear(4, 4), Activation())
    found = check_modules(sine, module, args=(row(5, 4),))
    assert list(found.reports) == ["3 (Activation)", "2 (Linear)", "1 (Activation)", "0 (Linear)"]
    assert found.wrong == ("3 (Activation)", "1 (Activation)")
    assert found.unjudged == ()  # a Sequential does nothing of its own


@pytest.mark.parametrize(
    ("make", "loss", "data", "known"),
    [
        (
            transformer,
            of_tokens,
            TOKENS,
            ["embedding (Embedding)", "blocks.1.norm (LayerNorm)", "blocks.0.attention (MultiheadAttention)",
             "blocks.0.mlp.2 (Dropout)", "blocks.1 (Block)"],
        ),
        (
            convolutional,
            of_images,
            IMAGES,
            ["features.0 (Conv2d)", "features.1 (BatchNorm2d)", "features.2 (ReLU)", "features.3 (MaxPool2d)",
             "features.4 (Dropout)", "features.6 (BatchNorm2d)", "lstm (LSTM)", "gru (GRU)"],
        ),
    ],
    ids=["transformer", "convolutional"],
)  # fmt: skip
def test_right_models_pass_part_by_part_and_as_a_whole(make, loss, data, known):
    found = check_modules(loss, make(), args=(data,))
    assert {name: report.outcome for name, report in found.reports.items()} == dict.fromkeys(found.reports, CONSISTENT)
    assert {"the whole loss", *known} <= set(found.reports)
    assert next(iter(found.reports)) == "the whole loss"
    assert found.wrong == found.warnings == found.unjudged == ()
    assert str(found).startswith("CONSISTENT")


def test_wrong_convolutional_in_training_mode(monkeypatch):
    monkeypatch.setattr(Swish, "mistake", "missing term")
    module = convolutional()
    module.features[7] = Activation()
    found = check_modules(of_images, module, args=(IMAGES,))
    assert found.wrong == ("features.7 (Activation)",)


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        return 3 * g * ctx.saved_tensors[0] ** 2


class Inner(nn.Module):
    """A right module with a function of its own."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x):
        return self.linear(Cube.apply(x))


class Own(nn.Module):
    """A module that calls a right one, and a function of its own."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4)
        self.inner = Inner()
        self.slope = nn.Parameter(torch.tensor([0.7]))

    def forward(self, tokens):
        return self.inner(Swish.apply(self.embedding(tokens), self.slope))


def test_a_container_s_own_forward_is_told_from_what_it_calls(monkeypatch):
    monkeypatch.setattr(Swish, "mistake", "factor")
    module = nn.Sequential(Own(), nn.Linear(4, 2))
    found = check_modules(sine, module, args=(TOKENS,))
    assert found.wrong == ("0 (Own)",)
    own, calls = found.remarks["0 (Own)"]
    assert "own forward" in own
    assert calls == "calls Swish (autograd.Function)"
    assert found.reports["0.embedding (Embedding)"].outcome is CONSISTENT
    assert found.reports["0.inner (Inner)"].outcome is CONSISTENT


class Noisy(nn.Module):
    """A module that no generator makes repeatable."""

    def __init__(self):
        super().__init__()
        self.calls = iter(range(10**9))

    def forward(self, x):
        return x * (1 + 1e-2 * math.sin(37.0 * next(self.calls) ** 2))


class Doubtful(nn.Module):
    def __init__(self):
        super().__init__()
        self.noisy = Noisy()

    def forward(self, x):
        return Swish.apply(self.noisy(x), torch.ones(1, dtype=x.dtype))


def test_what_could_not_be_judged_leaves_a_doubt(monkeypatch):
    monkeypatch.setattr(Swish, "mistake", "sign")
    found = check_modules(sine, nn.Sequential(nn.Linear(3, 3), Doubtful()), args=(row(4, 3),))
    assert found.reports["1.noisy (Noisy)"].outcome is gp.Outcome.INCONCLUSIVE
    assert found.wrong == ("1 (Doubtful)",)
    assert "but for those that could not be judged" in found.remarks["1 (Doubtful)"][0]


def test_a_module_whose_output_has_no_fixed_shape_is_told(monkeypatch):
    class Growing(nn.Module):
        def __init__(self):
            super().__init__()
            self.size = iter(range(1, 10**9))

        def forward(self, x):
            return torch.cat([x] * next(self.size))

    found = check_modules(lambda m, x: m(x).mean(), nn.Sequential(nn.Linear(3, 3), Growing()), args=(row(4, 3),))
    assert "1 (Growing) cannot be judged: The output of 1 (Growing) changes its shape" in found.warnings[0]
    assert found.reports["0 (Linear)"].outcome is CONSISTENT


def test_what_works_in_place_is_judged_at_what_it_was_given():
    class InPlace(nn.Module):
        def forward(self, x):
            return x.mul_(3).sin_()

    module = nn.Sequential(nn.Linear(3, 3), InPlace())
    found = check_modules(sine, module, args=(row(4, 3),))
    assert found.outcome is CONSISTENT
    assert torch.equal(found.reports["1 (InPlace)"].problem.params["x"], module[0](row(4, 3)))


def test_of_what_is_random_the_draw_of_the_pass_is_judged():
    # One mask in two is the same as another: that two calls agree does not mean that nothing is drawn.
    for seed in range(8):
        torch.manual_seed(seed)
        module = nn.Sequential(nn.Linear(2, 1), nn.Dropout(0.5))
        found = check_modules(sine, module, args=(row(1, 2),))
        assert {report.outcome for report in found.reports.values()} == {CONSISTENT}


def test_a_function_of_the_loss_itself_is_outside_of_the_modules(monkeypatch):
    monkeypatch.setattr(Swish, "mistake", "sign")
    module = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    found = check_modules(lambda m, x: Swish.apply(m(x), torch.ones(1)).sum(), module, args=(row(5, 3),))
    assert found.wrong == ("the whole loss",)
    assert "outside of the modules" in str(found)
    assert "calls Swish (autograd.Function)" in str(found)


class Shared(nn.Module):
    """One module called three times, by position and by name, with outputs in a tuple and a dict."""

    class Step(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 3)

        def forward(self, x, *, state, scale=1.0):
            y = Swish.apply(x, torch.ones(1, dtype=x.dtype)) if x.mean() > 0 else torch.sin(x)
            return scale * self.linear(y), {"state": torch.tanh(state["h"] + y), "seen": y.detach()}

    def __init__(self):
        super().__init__()
        self.step = Shared.Step()

    def forward(self, x):
        state = {"h": torch.zeros_like(x), "n": 3}
        y, state = self.step(-x.abs(), state={**state, "h": -x})
        y, state = self.step(x.abs() + 0 * y, state={"h": state["state"]}, scale=0.5)
        y, state = self.step(y - 9.0, state={"h": state["state"]})
        return y + state["state"]


@pytest.mark.parametrize(("mistake", "wrong"), [("", ()), ("sign", ("1.step (Step), call 2",))])
def test_each_call_of_one_module_is_judged(mistake, wrong, monkeypatch):
    monkeypatch.setattr(Swish, "mistake", mistake)
    found = check_modules(sine, nn.Sequential(nn.Linear(2, 3), Shared()), args=(row(4, 2),))
    assert found.wrong == wrong
    steps = [name for name in found.reports if name.startswith("1.step (")]
    assert [name.replace("1.", "") for name in steps] == ["step (Step), call 3", "step (Step), call 2", "step (Step)"]
    assert {"x", "state.h", "linear.weight"} <= set(found.reports["1.step (Step), call 2"].leaves)


def test_what_is_detached_in_a_forward_is_found_there():
    class Detached(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 1)

        def forward(self, x):
            return self.second(torch.tanh(self.first(x).detach()))

    found = check_modules(sine, nn.Sequential(Detached()), args=(row(4, 3),))
    assert found.wrong == ("0 (Detached)",)
    assert {f.leaf: f.kind for f in found.reports["0 (Detached)"].findings} == {
        "first.weight": "zero",
        "first.bias": "zero",
    }


def test_what_requires_no_gradient_is_left_out(monkeypatch):
    # The mistake concerns a gradient that this loss does not have.
    monkeypatch.setattr(Swish, "mistake", "sign")
    module = nn.Sequential(Activation(), nn.Linear(3, 1))
    found = check_modules(sine, module, args=(row(4, 3),))
    assert found.outcome is CONSISTENT
    assert list(found.reports["0 (Activation)"].leaves) == ["slope"]
    module[0].slope.requires_grad_(False)
    found = check_modules(sine, module, args=(row(4, 3),))
    assert set(found.reports) == {"the whole loss", "1 (Linear)"}
    assert "0.slope" in dict(found.reports["the whole loss"].record.skipped)


def state_of(module):
    return {
        name: (value.detach().clone(), value.requires_grad, None if value.grad is None else value.grad.clone())
        for name, value in [*module.named_parameters(), *module.named_buffers()]
    }


def same_state(first, second):
    def same(a, b):
        return (a is None and b is None) or torch.equal(a, b)

    def alike(a, b):
        return same(a[0], b[0]) and a[1] == b[1] and same(a[2], b[2])

    return first.keys() == second.keys() and all(alike(first[name], second[name]) for name in first)


def hooks_of(module):
    return [(len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks)) for m in module.modules()]


@pytest.mark.parametrize("raised", ["", "at once", "when moved"])
def test_nothing_of_the_user_s_changes(raised):
    module = convolutional()
    module.features[4].eval()
    module.gru.register_forward_hook(lambda *_: None)
    of_images(module, IMAGES).backward()
    module.lstm.notes = notes = {"seen": 0}
    identities = [id(p) for p in (*module.parameters(), *module.buffers())]
    weights = [id(p) for p in module.lstm._flat_weights]
    before, hooks, modes = state_of(module), hooks_of(module), [m.training for m in module.modules()]
    images, generators = IMAGES.clone(), torch.get_rng_state()
    known = []

    def loss(module, images):
        known.append(1)
        torch.rand(3)
        module.head.remembered = torch.ones(2)
        value = of_images(module, images)
        if raised == "at once" or (raised == "when moved" and len(known) > 1):
            raise KeyError("mine")
        return value

    if raised:
        with pytest.raises(KeyError, match="mine"):
            check_modules(loss, module, args=(images,))
    else:
        assert check_modules(loss, module, args=(images,)).outcome is CONSISTENT
    assert same_state(before, state_of(module))
    assert identities == [id(p) for p in (*module.parameters(), *module.buffers())]
    assert weights == [id(p) for p in module.lstm._flat_weights]
    assert hooks == hooks_of(module)
    assert modes == [m.training for m in module.modules()]
    assert torch.equal(images, IMAGES)
    assert torch.equal(torch.get_rng_state(), generators)
    assert module.lstm.notes is notes
    assert not hasattr(module.head, "remembered")


def test_an_exception_that_the_caller_catches_does_not_confuse_the_calls(monkeypatch):
    class Picky(nn.Module):
        def forward(self, x):
            if x.shape[1] > 2:
                raise ValueError("too wide")
            return x

    class Careful(nn.Module):
        def __init__(self):
            super().__init__()
            self.picky, self.other = Picky(), Activation()

        def forward(self, x):
            try:
                return self.picky(x)
            except ValueError:
                return self.other(x)

    monkeypatch.setattr(Swish, "mistake", "factor")
    found = check_modules(sine, nn.Sequential(nn.Linear(3, 3), Careful()), args=(row(4, 3),))
    assert found.wrong == ("1.other (Activation)",)
    assert found.unjudged == ("1 (Careful)",)


def test_infinite_outputs_half_precision_and_complex_numbers_pass():
    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.scores = nn.Linear(3, 4)

        def forward(self, x):
            return self.scores(x).masked_fill(torch.eye(4, dtype=torch.bool), -torch.inf)

    def picked(module, x):
        return torch.softmax(module(x), 1)[:, 0].sum()

    found = check_modules(picked, nn.Sequential(Masked()), args=(row(4, 3),))
    assert found.outcome is CONSISTENT
    assert "0 (Masked)" in found.reports
    half = nn.Sequential(nn.Linear(3, 3), nn.LayerNorm(3), nn.Tanh()).to(torch.bfloat16)
    assert check_modules(sine, half, args=(row(4, 3).to(torch.bfloat16),)).outcome is not WRONG

    class Fourier(nn.Module):
        def forward(self, x):
            return torch.fft.fft(x)

    loss = lambda m, x: m(x).abs().sum()  # noqa: E731
    found = check_modules(loss, nn.Sequential(nn.Linear(3, 3), Fourier()), args=(row(4, 3),))
    assert found.outcome is CONSISTENT
    assert "1 (Fourier)" in found.reports


def test_custom_operators_are_named():
    @torch.library.custom_op("gradprooflocation::cube", mutates_args=())
    def cube(x: torch.Tensor) -> torch.Tensor:
        return x**3

    def setup(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    cube.register_autograd(lambda ctx, g: g * 2 * ctx.saved_tensors[0] ** 2, setup_context=setup)

    class Cube(nn.Module):
        def forward(self, x):
            return cube(x)

    found = check_modules(sine, nn.Sequential(nn.Linear(3, 3), Cube()), args=(row(4, 3),))
    assert found.wrong == ("1 (Cube)",)
    assert "gradprooflocation_cube" in found.remarks["1 (Cube)"][0]
    assert "torch.library operator" in found.remarks["1 (Cube)"][0]


def test_what_cannot_be_judged_is_said_clearly():
    cases = [
        (nn.Tanh(), "No parameter"),
        (nn.Linear(3, 1).requires_grad_(False), "No parameter"),
        (nn.LazyLinear(2), "without a shape"),
    ]
    for module, words in cases:
        with pytest.raises(InputError, match=words):
            check_modules(sine, module, args=(row(4, 3),))
