"""The peers' own calls: their signatures, their way to answer, and the verdicts of gradproof."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

from gradproof.compat import NeedlessArgument, Undecided, demands
from gradproof.compat.demands import Mismatch

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
optimize = pytest.importorskip("scipy.optimize")
peer_autograd = pytest.importorskip("autograd.test_util")

import autograd.numpy as anp  # noqa: E402
from jax import test_util as peer_jax  # noqa: E402

from gradproof.compat import autograd as our_autograd  # noqa: E402
from gradproof.compat import jax as our_jax  # noqa: E402
from gradproof.compat import scipy as our_scipy  # noqa: E402
from gradproof.compat import torch as our_torch  # noqa: E402

jnp = jax.numpy


@pytest.mark.parametrize(
    ("ours", "peers"),
    [
        (our_torch.gradcheck, torch.autograd.gradcheck),
        (our_torch.gradgradcheck, torch.autograd.gradgradcheck),
        (our_scipy.check_grad, optimize.check_grad),
        (our_jax.check_grads, peer_jax.check_grads),
        (our_jax.check_vjp, peer_jax.check_vjp),
        (our_jax.check_jvp, peer_jax.check_jvp),
        (our_autograd.check_vjp, peer_autograd.check_vjp),
        (our_autograd.check_jvp, peer_autograd.check_jvp),
        (our_autograd.check_grads, peer_autograd.check_grads),
    ],
    ids=lambda f: f"{f.__module__}.{f.__name__}",
)
def test_signatures_are_the_peers(ours, peers):
    first, second = inspect.signature(ours).parameters, inspect.signature(peers).parameters
    assert list(first) == list(second)
    for name, parameter in first.items():
        assert parameter.kind is second[name].kind
        assert parameter.default == second[name].default or parameter.default is second[name].default


class Claimed(torch.autograd.Function):
    """A function with a gradient of its own: ``Claimed.apply(x, f, g)``."""

    @staticmethod
    def forward(ctx, x, f, g):
        ctx.x, ctx.g = x, g
        return f(x)

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.g(ctx.x), None, None


def claimed(f, g):
    return lambda x: Claimed.apply(x, f, g)


def bumped(g):
    g = g.clone()
    g[500] *= 1.01
    return g


N = torch.linspace(0.1, 3.0, 1000, dtype=torch.float64)
# The rows of which the peers get many wrong: every one must come out as it is.
PANEL = {
    "sum of sines": (claimed(lambda x: x.sin().sum(), torch.cos), N, True),
    "one entry of 1000 off by 1 %": (claimed(lambda x: x.sin().sum(), lambda x: bumped(x.cos())), N, False),
    "all entries off by 0.05 %": (claimed(lambda x: x.sin().sum(), lambda x: 1.0005 * x.cos()), N, False),
    "a slope of 1e-7 claimed as zero": (claimed(lambda x: 1e-7 * x.sin().sum(), torch.zeros_like), N, False),
    "a large constant": (claimed(lambda x: 1e8 + x.sin().sum(), torch.cos), N, True),
    "inputs of size 1e-8": (claimed(lambda x: (1e8 * x).sin().sum(), lambda x: 1e8 * (1e8 * x).cos()), 1e-8 * N, True),
    "a root at 1e-8": (claimed(lambda x: x.sqrt().sum(), lambda x: 0.5 / x.sqrt()), 1e-8 * N, True),
    "relu at zero": (claimed(lambda x: x.relu().sum(), lambda x: (x > 0).to(x)), N - N[500], True),
    "abs at 1e-9": (claimed(lambda x: x.abs().sum(), torch.sign), torch.tensor([1e-9], dtype=torch.float64), True),
    "single precision": (claimed(lambda x: x.sin().sum(), torch.cos), N.float(), True),
}


@pytest.mark.parametrize("name", PANEL)
def test_the_panel(name):
    function, x, right = PANEL[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Undecided)
        assert our_torch.gradcheck(function, x.clone().requires_grad_(), raise_exception=False) is right


def test_gradcheck_raises_the_peers_error():
    function, x, _ = PANEL["all entries off by 0.05 %"]
    with pytest.raises(our_torch.GradcheckError, match=r"yours is 1\.0005"):
        our_torch.gradcheck(function, (x.clone().requires_grad_(),))
    with pytest.raises(ValueError, match="at least one input"):
        our_torch.gradcheck(torch.sin, (x,))


def test_a_tolerance_is_honoured():
    function, x, _ = PANEL["all entries off by 0.05 %"]
    given = (x.clone().requires_grad_(),)
    with pytest.warns(Mismatch, match=r"rtol=0\.01.*1\.0005"):
        assert our_torch.gradcheck(function, given, rtol=1e-2)
    assert our_torch.gradcheck(function, given, rtol=1e-4, atol=1e-9, raise_exception=False) is False
    with pytest.warns(Mismatch):
        assert our_torch.gradcheck(function, given, atol=1e-2)


@pytest.mark.parametrize(("size", "passes"), [(0.5, True), (2.0, False)])
def test_an_absolute_tolerance_is_one_of_entries(size, passes):
    """An error of half of what is accepted passes, one of twice as much does not."""
    function = claimed(lambda x: x.sin().sum(), lambda x: x.cos() + size * 1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Mismatch)
        answer = our_torch.gradcheck(function, N.clone().requires_grad_(), atol=1e-3, rtol=0.0, raise_exception=False)
    assert answer is passes


def test_needless_arguments_are_explained_once():
    demands._told.clear()
    x = torch.ones(3, dtype=torch.float64, requires_grad=True)
    with pytest.warns(NeedlessArgument, match="eps is not needed"):
        our_torch.gradcheck(torch.sin, x, eps=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        our_torch.gradcheck(torch.sin, x, eps=1e-4)


def test_the_modes_of_gradcheck():
    x = torch.linspace(0.2, 1.0, 6, dtype=torch.float64, requires_grad=True)
    assert our_torch.gradcheck(torch.sin, x, check_forward_ad=True, check_batched_grad=True, check_grad_dtypes=True)
    assert our_torch.gradcheck(lambda a, n: a**n, (x, 3))
    # A function without a jvp cannot be checked in forward mode: the error is PyTorch's own.
    with pytest.raises(NotImplementedError, match="jvp"):
        our_torch.gradcheck(claimed(torch.sin, torch.cos), x, check_forward_ad=True)

    class Constant(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a.clone()

        @staticmethod
        def backward(ctx, grad):
            return grad + 1e-30

    with pytest.raises(our_torch.GradcheckError, match="not zero for a cotangent of zeros"):
        our_torch.gradcheck(Constant.apply, x)


def test_gradgradcheck():
    x = torch.linspace(0.2, 1.0, 6, dtype=torch.float64, requires_grad=True)
    assert our_torch.gradgradcheck(lambda a: a**3, x)
    assert our_torch.gradgradcheck(lambda a: a**3, x, torch.ones(6, dtype=torch.float64), check_fwd_over_rev=True)
    wrong = claimed(lambda a: a**3, lambda a: 3 * a.detach() ** 2)
    with pytest.raises(our_torch.GradcheckError):
        our_torch.gradgradcheck(wrong, x)
    assert our_torch.gradgradcheck(wrong, x, raise_exception=False) is False


def test_scipy():
    x = np.array([0.5, -1.2, 1.7])
    assert our_scipy.check_grad(optimize.rosen, optimize.rosen_der, x) < 1e-6
    with pytest.warns(Mismatch, match="the gradient is wrong"):
        wrong = our_scipy.check_grad(optimize.rosen, lambda x: optimize.rosen_der(x) + np.array([0, 3.0, 4.0]), x)
    assert wrong == pytest.approx(5.0, rel=1e-8)
    assert our_scipy.check_grad(optimize.rosen, optimize.rosen_der, x, direction="random", rng=3) < 1e-8
    assert our_scipy.check_grad(lambda x, a: a * np.sum(x**2), lambda x, a: 2 * a * x, x, 3.0) < 1e-6
    with pytest.raises(ValueError, match="direction"):
        our_scipy.check_grad(optimize.rosen, optimize.rosen_der, x, direction="some")


def test_autograd():
    from autograd.extend import defjvp, defvjp, primitive

    x = np.array([0.5, 1.2, 1.7])
    our_autograd.check_grads(lambda x: anp.sum(anp.sin(x) * x))(x)
    our_autograd.check_grads(anp.dot, argnum=[0, 1], order=1)(x, x + 1)

    @primitive
    def cube(x):
        return x**3

    defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2 * 1.001)
    defjvp(cube, lambda g, ans, x: g * 3 * x**2)
    our_autograd.check_jvp(cube, x)
    with pytest.raises(AssertionError, match=r"1\.001"):
        our_autograd.check_vjp(cube, x)
    with pytest.raises(AssertionError):
        our_autograd.check_grads(cube, modes=["rev"], order=1)(x)
    our_autograd.check_vjp(lambda z: anp.sin(z) * anp.conj(z), x + 1j * x[::-1])


def test_jax():
    x = jnp.array([0.5, 1.2, 1.7])
    our_jax.check_grads(lambda x, y: jnp.sin(x) * y, (x, x + 1), order=2)
    our_jax.check_vjp(jnp.sin, lambda *a: jax.vjp(jnp.sin, *a), (x,))
    our_jax.check_jvp(jnp.sin, lambda p, t: jax.jvp(jnp.sin, p, t), (x,))
    with pytest.raises(AssertionError, match="here"):
        our_jax.check_jvp(jnp.sin, lambda p, t: (jnp.sin(p[0]), 1.01 * jnp.cos(p[0]) * t[0]), (x,), err_msg="here")

    @jax.custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**3, x), lambda x, g: (g * 2 * x**2,))
    with pytest.raises(AssertionError):
        our_jax.check_grads(cube, (x,), order=1, modes=["rev"])
    with pytest.raises(TypeError, match="forward-mode"):
        our_jax.check_grads(cube, (x,), order=1, modes=["fwd"])
    # Second derivatives: a rule whose own derivative is cut.

    @jax.custom_jvp
    def square(x):
        return x**2

    square.defjvp(lambda p, t: (square(p[0]), 2 * jax.lax.stop_gradient(p[0]) * t[0]))
    our_jax.check_grads(square, (x,), order=1)
    with pytest.raises(AssertionError):
        our_jax.check_grads(square, (x,), order=2)


def test_what_is_undecided_passes_with_a_warning():
    rng = np.random.default_rng(0)

    def noisy(x):
        return float(np.sum(x**2)) + 0.1 * rng.standard_normal()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert our_scipy.check_grad(noisy, lambda x: 2 * x, np.ones(3)) >= 0.0

    def floor(x):
        return torch.floor(1e3 * x).sum() / 1e3 + 0 * x.sum()

    x = torch.linspace(0.2, 1.0, 6, dtype=torch.float64, requires_grad=True)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        our_torch.gradcheck(floor, x, raise_exception=False)
    assert all(issubclass(one.category, Undecided) for one in told)


def test_an_existing_suite_with_only_the_import_changed(tmp_path):
    """One file of tests, run with the peers' imports and with ours."""
    text = """
import torch
from {} import gradcheck, gradgradcheck

def test_product():
    a = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    b = torch.randn(2, 4, dtype=torch.float64, requires_grad=True)
    assert gradcheck(torch.matmul, (a, b), eps=1e-6, atol=1e-4)
    assert gradgradcheck(torch.matmul, (a, b))
    assert gradcheck(lambda x: x.exp(), a, fast_mode=True)
"""
    for module in ("torch.autograd", "gradproof.compat.torch"):
        space: dict = {}
        exec(text.format(module), space)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            space["test_product"]()


class Awkward(torch.autograd.Function):
    """The sum and the product of two inputs, with the faults that ``fault`` names."""

    fault = ""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        ctx.set_materialize_grads(False)
        ctx.times = 0
        return a + b, a * b

    @staticmethod
    def backward(ctx, first, second):
        a, b = ctx.saved_tensors
        if Awkward.fault != "undefined":
            first = torch.zeros_like(a) if first is None else first
            second = torch.zeros_like(a) if second is None else second
        ctx.times += 1
        stale = 1e-3 * (ctx.times - 1) if Awkward.fault == "reentrant" else 0.0
        return first + second * b + stale, first + second * a


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("", ""),
        ("undefined", "Expected backward function to handle undefined output grads"),
        ("reentrant", "Backward is not reentrant"),
    ],
)
def test_what_gradcheck_asks_besides_numbers(fault, message):
    Awkward.fault = fault
    a, b = (torch.linspace(*ends, 5, dtype=torch.float64, requires_grad=True) for ends in ((0.2, 1.0), (1.5, -2.0)))
    if not fault:
        assert our_torch.gradcheck(Awkward.apply, (a, b))
        return
    with pytest.raises(our_torch.GradcheckError, match=message):
        our_torch.gradcheck(Awkward.apply, (a, b))
    if fault == "reentrant":
        assert our_torch.gradcheck(Awkward.apply, (a, b), nondet_tol=1e-2, check_undefined_grad=False)


def test_the_words_of_gradcheck_for_a_wrong_gradient():
    a, b = (torch.linspace(0.2, 1.0, 5, dtype=torch.float64, requires_grad=True) for _ in range(2))

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            return g * b, 1.5 * g * a

    with pytest.raises(our_torch.GradcheckError, match="Jacobian mismatch for output 0 with respect to input 1"):
        our_torch.gradcheck(Product.apply, (a, b))


def test_tolerances_of_jax_by_dtype():
    x = jnp.array([0.5, 1.2, 1.7], dtype=jnp.float32)
    jvp = lambda p, t: (jnp.sin(p[0]), 1.01 * jnp.cos(p[0]) * t[0])  # noqa: E731
    with pytest.warns(Mismatch, match="rtol=0.1"):
        our_jax.check_jvp(jnp.sin, jvp, (x,), rtol={jnp.float32: 0.1, np.dtype(np.float64): 1e-9})
    with pytest.raises(AssertionError, match=r"1\.01"):
        our_jax.check_jvp(jnp.sin, jvp, (x,), rtol={jnp.float32: 1e-3})


def test_a_wrong_output_of_a_rule_is_told_as_jax_does():
    x = jnp.array([0.5, 1.2, 1.7])
    with pytest.raises(AssertionError, match="primal"):
        our_jax.check_jvp(jnp.sin, lambda p, t: (jnp.cos(p[0]), jnp.cos(p[0]) * t[0]), (x,))


def test_every_combination_of_arguments_as_autograd_does():
    told = []

    def product(x, y, factor=1.0):
        told.append(factor)
        return factor * x * y

    our_autograd.combo_check(product, [0, 1], modes=["rev"], order=1)([0.5, 1.5], [2.0], factor=[1.0, 3.0])
    assert {1.0, 3.0} == set(told)


def test_what_gradcheck_says_of_odd_inputs_is_said():
    torch = pytest.importorskip("torch")
    from torch.autograd.function import once_differentiable

    from gradproof.compat.torch import GradcheckError, gradcheck, gradgradcheck

    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            return g * ctx.saved_tensors[0].cos()

    x = torch.linspace(0.1, 1.0, 4, dtype=torch.float64, requires_grad=True)
    assert gradcheck(Once.apply, (x,))
    with pytest.raises(GradcheckError, match="once_differentiable"):
        gradgradcheck(Once.apply, (x,))
    assert not gradgradcheck(Once.apply, (x,), raise_exception=False)
    assert gradcheck(torch.sin, (x[:0].detach().requires_grad_(),))
    with pytest.raises(ValueError, match="Sparse output"):
        gradcheck(lambda x: x.to_sparse(), (x,))


def test_second_derivatives_that_are_zero_are_decided(recwarn):
    torch = pytest.importorskip("torch")
    from gradproof.compat.torch import gradgradcheck

    given = [torch.randn(*s, dtype=torch.float64, requires_grad=True) for s in ((1, 2, 5, 5), (3, 2, 3, 3), (3,))]
    assert gradgradcheck(torch.nn.functional.conv2d, given)
    assert not [w for w in recwarn if "not judged" in str(w.message)]
