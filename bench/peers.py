"""What gradient checkers say of the same gradients, with their defaults: ``python bench/peers.py`` prints the table.

Each case is a function of an array with a gradient written by hand, and the truth about that gradient. The peers are
the installed ones, called as their documentation does. Where a peer returns a number and no verdict, the usual reading
of that number is applied: SciPy's norm below 1e-4 of the norm of the gradient, the course's share below 2e-7; and for
the two libraries that estimate derivatives with an error, that every entry lies within ten of their errors, or within
1e-9 of the largest entry.
"""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

N = np.linspace(0.1, 3.0, 1000)
FEW = np.linspace(0.1, 3.0, 10)
SEEDS = 10
PASS, FAIL, UNDECIDED = "pass", "FAIL", "cannot tell"
Estimated = tuple[np.ndarray, Any]  # derivatives, and their errors or None


@dataclass(frozen=True)
class Case:
    """A function ``f(xp, x)``, its claimed gradient, a point, and whether the claim is right (None: undefined)."""

    name: str
    f: Callable[[Any, Any], Any]
    g: Callable[[Any, Any], Any]
    x: np.ndarray
    right: bool | None


def sines(xp, x):
    return xp.sum(xp.sin(x))


def bumped(xp, x):
    return xp.cos(x) * xp.where(x == x[200], 1.01, 1.0)


CASES = (
    Case("sum of sines, 1,000 inputs", sines, lambda xp, x: xp.cos(x), N, True),
    Case("one entry of 1,000 off by 1 %", sines, bumped, N, False),
    Case("all entries off by 0.05 %", sines, lambda xp, x: 1.0005 * xp.cos(x), FEW, False),
    Case("slopes of 1e-7 claimed as zero", lambda xp, x: 1e-7 * sines(xp, x), lambda xp, x: 0.0 * x, FEW, False),
    Case("a large constant, 1e8 + sines", lambda xp, x: 1e8 + sines(xp, x), lambda xp, x: xp.cos(x), FEW, True),
    Case(
        "one term dominates, sum exp(30 x)",
        lambda xp, x: xp.sum(xp.exp(30.0 * x)), lambda xp, x: 30.0 * xp.exp(30.0 * x), FEW, True,
    ),
    Case(
        "noise of 1e-6",
        lambda xp, x: sines(xp, x) + 1e-6 * xp.sin(1e12 * xp.sum(x)), lambda xp, x: xp.cos(x), FEW, True,
    ),
    Case("single precision", sines, lambda xp, x: xp.cos(x), FEW.astype(np.float32), True),
    Case(
        "inputs of size 1e-8", lambda xp, x: sines(xp, 1e8 * x), lambda xp, x: 1e8 * xp.cos(1e8 * x), 1e-8 * FEW, True
    ),
    Case("a root at 1e-8", lambda xp, x: xp.sum(xp.sqrt(x)), lambda xp, x: 0.5 / xp.sqrt(x), 1e-8 * FEW, True),
    Case(
        "relu at zero, subgradient 0",
        lambda xp, x: xp.sum(x * (x > 0)), lambda xp, x: 1.0 * (x > 0), FEW - FEW[5], True,
    ),
    Case("abs at 1e-9", lambda xp, x: xp.sum(xp.abs(x)), lambda xp, x: xp.sign(x), np.array([1e-9]), True),
    Case("not finite anywhere", lambda xp, x: xp.sum(x) * np.nan, lambda xp, x: x * np.nan, FEW, None),
)  # fmt: skip


def quietly(check: Callable[[], Any]) -> str:
    """Return "pass" unless a check raises or returns False."""
    try:
        return FAIL if check() is False else PASS
    except Exception:
        return FAIL


def gradproof(case: Case) -> str:
    import gradproof as gp

    try:
        report = gp.check(lambda p: case.f(np, p), lambda p: case.g(np, p), case.x)
    except gp.GradproofError:
        return "refused"
    return {"consistent": PASS, "wrong": FAIL}.get(str(report.outcome), UNDECIDED)


def torch(case: Case, fast: bool) -> str:
    import torch

    apply = claimed(lambda x: case.f(torch, x), lambda x: (case.g(torch, x),))
    x = torch.tensor(case.x, requires_grad=True)
    return quietly(lambda: torch.autograd.gradcheck(apply, (x,), fast_mode=fast))


def claimed(f: Callable[..., Any], gradients: Callable[..., tuple[Any, ...]]) -> Callable[..., Any]:
    """Return a function of tensors for PyTorch, whose backward pass is the claim."""
    import torch

    class Claimed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *given):
            ctx.save_for_backward(*given)
            return torch.as_tensor(f(*given), dtype=given[0].dtype)

        @staticmethod
        def backward(ctx, grad):
            given = ctx.saved_tensors
            return tuple(
                grad * torch.as_tensor(g, dtype=x.dtype) for g, x in zip(gradients(*given), given, strict=True)
            )

    return Claimed.apply


def jax(case: Case) -> str:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    f = jax.custom_vjp(lambda x: case.f(jax.numpy, x))
    f.defvjp(lambda x: (f(x), x), lambda x, c: ((c * case.g(jax.numpy, x)).astype(x.dtype),))
    return quietly(lambda: check_grads(f, (jax.numpy.asarray(case.x),), order=1, modes=("rev",)))


def autograd(case: Case, seeds: Sequence[int] = range(SEEDS)) -> str:
    import autograd.numpy as anp
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    f = primitive(lambda x: case.f(np, x))
    defvjp(f, lambda _, x: lambda c: c * case.g(anp, x))
    passed = 0
    for seed in seeds:
        np.random.seed(seed)
        passed += quietly(lambda: check_grads(f, modes=["rev"], order=1)(case.x)) == PASS
    return {0: FAIL, len(seeds): PASS}.get(passed, f"pass {passed} of {len(seeds)}")


def scipy(case: Case) -> str:
    from scipy.optimize import check_grad

    norm = check_grad(lambda x: case.f(np, x), lambda x: case.g(np, x), case.x)
    return f"{PASS if norm < 1e-4 * np.linalg.norm(case.g(np, case.x)) else FAIL} ({norm:.0e})"


def course(case: Case) -> str:
    from gradproof.classic import difference_of

    number = difference_of(case.g(np, case.x) + np.zeros_like(case.x), by_course(case)[0])
    return f"{PASS if number < 2e-7 else FAIL} ({number:.0e})"


def by_course(case: Case) -> Estimated:
    from gradproof.classic.network import quotients

    return quotients(lambda x: float(case.f(np, x.astype(case.x.dtype))), case.x, 1e-7), None


def by_numdifftools(case: Case) -> Estimated:
    import numdifftools

    found = numdifftools.Gradient(lambda x: float(case.f(np, x)), full_output=True)(case.x)
    return np.ravel(found.estimate), np.ravel(found.error_estimate)


def by_jacobi(case: Case) -> Estimated:
    from jacobi import jacobi as estimate

    found, error = estimate(lambda x: float(case.f(np, x)), case.x)
    return np.ravel(found), np.ravel(error)


def numdifftools(case: Case) -> str:
    return within(case, *by_numdifftools(case))


def jacobi(case: Case) -> str:
    return within(case, *by_jacobi(case))


def within(case: Case, found: Any, error: Any) -> str:
    """Whether each entry of the claim is within ten of the errors that were estimated, or next to nothing off."""
    claim = case.g(np, case.x)
    allowed = np.maximum(10 * np.abs(np.ravel(error)), 1e-9 * np.max(np.abs(claim)))
    return PASS if (np.abs(claim - np.ravel(found)) <= allowed).all() else FAIL


PEERS: dict[str, tuple[str, Callable[[Case], str]]] = {
    "gradproof": ("gradproof", gradproof),
    "torch": ("torch", lambda case: torch(case, False)),
    "torch, fast": ("torch", lambda case: torch(case, True)),
    "JAX": ("jax", jax),
    "autograd": ("autograd", autograd),
    "SciPy": ("scipy", scipy),
    "the course": ("gradproof", course),
    "numdifftools": ("numdifftools", numdifftools),
    "jacobi": ("jacobi", jacobi),
}


def cell(case: Case, answer: str) -> str:
    """Return an answer for the table, in bold if it is wrong; where nothing is right nothing is wrong but a pass."""
    wrong = FAIL if case.right else PASS
    return f"**{answer}**" if answer.startswith(wrong) or " of " in answer else answer


def answers(case: Case, peer: str) -> str:
    """Return what a peer says of a case; an exception of its own is an answer too."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return PEERS[peer][1](case)
        except ImportError:
            return "not installed"
        except Exception as error:
            return f"raises {type(error).__name__}"


def calls(peer: str) -> int:
    """Count the evaluations of the first case's function, of 1,000 inputs; those that a peer traces count as one."""
    case, counted = CASES[0], []

    def f(xp: Any, x: Any) -> Any:
        counted.append(None)
        return case.f(xp, x)

    answers(replace(case, f=f), peer)
    return len(counted)


def main() -> None:
    names = sorted({package for package, _ in PEERS.values()} - {"gradproof"})
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ["gradproof", "numpy", *names])
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}: {versions}\n")
    truth = {True: "right", False: "wrong", None: "undefined"}
    print("| " + " | ".join(["case", "truth", *PEERS]) + " |")
    print("| " + " | ".join(["---"] * (len(PEERS) + 2)) + " |")
    for case in CASES:
        row = [cell(case, answers(case, peer)) for peer in PEERS]
        print("| " + " | ".join([case.name, truth[case.right], *row]) + " |")
        sys.stdout.flush()
    print("| evaluations in the first row | | " + " | ".join(f"{calls(peer):,}" for peer in PEERS) + " |")


if __name__ == "__main__":
    main()
