"""``check_grads``, ``check_vjp`` and ``check_jvp`` as ``autograd.test_util`` of HIPS has them."""

from __future__ import annotations

from gradproof.absent import required

required("autograd")

import itertools
from collections.abc import Callable
from typing import Any

from autograd.core import make_jvp, make_vjp, vspace
from autograd.test_util import check_equivalent
from autograd.wrap_util import get_name, unary_to_nary

from gradproof.compat.demands import Demand, passes
from gradproof.derivatives.functions import check_function
from gradproof.derivatives.spaces import random_like
from gradproof.errors import GradientMismatch
from gradproof.group import ReportGroup

__all__ = ["check_equivalent", "check_grads", "check_jvp", "check_vjp", "combo_check"]

# Keys of the random vectors at which derivatives are differentiated again.
TANGENT, COTANGENT = 2**40, 2**41


def check_vjp(f: Callable[[Any], Any], x: Any) -> None:
    """Judge what autograd's reverse mode gives for a function of one argument.

    Parameters
    ----------
    f
        ``f(x)`` returns an array, a number, or a list, tuple or dict of them.
    x
        Likewise, of real or complex numbers.

    Raises
    ------
    AssertionError
        With the report, if it is wrong.
    """

    def vjp(at: Any, cotangent: Any) -> Any:
        pull, output = make_vjp(f, at)
        # Autograd's products take no conjugates: those of its own check.
        return vspace(at).covector(pull(vspace(output).covector(cotangent)))

    _demand(check_function(f, x, vjp=vjp), f"Derivative (VJP) check of {get_name(f)} failed with arg {x}:")


def check_jvp(f: Callable[[Any], Any], x: Any) -> None:
    """Judge what autograd's forward mode gives for a function of one argument; ``f`` and ``x`` as in ``check_vjp``.

    Raises
    ------
    AssertionError
        With the report, if it is wrong.
    """

    def jvp(at: Any, tangent: Any) -> Any:
        return make_jvp(f, at)(tangent)[1]

    _demand(check_function(f, x, jvp=jvp), f"Derivative (JVP) check of {get_name(f)} failed with arg {x}:")


@unary_to_nary  # type: ignore[untyped-decorator]
def check_grads(f: Callable[[Any], Any], x: Any, modes: Any = ["fwd", "rev"], order: int = 2) -> None:  # noqa: B006
    """Judge a function in forward and reverse mode, and the derivatives themselves up to ``order``.

    ``check_grads(f, argnum)(*args)``, as in autograd.

    Parameters
    ----------
    f, x
        As in ``check_vjp``; several arguments, ``argnum=(0, 1)``, come as a tuple.
    modes
        "fwd", "rev", or both.
    order
        1 for first derivatives, 2 for theirs too, and so on.

    Raises
    ------
    AssertionError
        With the report, if a derivative is wrong.
    """
    assert all(mode in ("fwd", "rev") for mode in modes)
    if "fwd" in modes:
        check_jvp(f, x)
        if order > 1:
            tangent = random_like(x, (TANGENT,)).as_tree()
            _again(lambda at, v: make_jvp(f, at)(v)[1], f"jvp_{get_name(f)}", (modes, order))(x, tangent)
    if "rev" in modes:
        check_vjp(f, x)
        if order > 1:
            cotangent = random_like(f(x), (COTANGENT,)).as_tree()
            _again(lambda at, c: make_vjp(f, at)[0](c), f"vjp_{get_name(f)}", (modes, order))(x, cotangent)


def _again(derivative: Any, name: str, rest: tuple[Any, int]) -> Callable[..., None]:
    """Return the check of a derivative, as a function of where and along what it is taken."""
    modes, order = rest
    derivative.__name__ = name
    checked: Callable[..., None] = check_grads(derivative, (0, 1), modes, order=order - 1)
    return checked


def combo_check(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[..., None]:
    """Return ``check_grads(fun, *args, **kwargs)`` for every combination of the arguments that it is then given.

    Each argument of what is returned is a sequence of choices, as in autograd.
    """

    def check(*choices: Any, **named: Any) -> None:
        pairs = [[(key, choice) for choice in several] for key, several in named.items()]
        for positional in itertools.product(*choices):
            for chosen in itertools.product(*pairs):
                check_grads(fun, *args, **kwargs)(*positional, **dict(chosen))

    return check


def _demand(found: ReportGroup, message: str) -> None:
    if not passes(found, Demand(), (1.0, 1.0)):
        raise GradientMismatch(f"{message}\n{found}", found)
