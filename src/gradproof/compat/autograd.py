"""``check_grads``, ``check_vjp`` and ``check_jvp`` as ``autograd.test_util`` of HIPS has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from autograd.core import make_jvp, make_vjp
from autograd.test_util import check_equivalent
from autograd.wrap_util import unary_to_nary

from gradproof.compat.demands import passes
from gradproof.derivatives.functions import check_function
from gradproof.derivatives.spaces import random_like
from gradproof.group import ReportGroup

__all__ = ["check_equivalent", "check_grads", "check_jvp", "check_vjp"]


def check_vjp(f: Callable[[Any], Any], x: Any) -> None:
    """Judge what autograd's reverse mode gives for a function of one argument.

    Raises
    ------
    AssertionError
        With the report, if it is wrong.
    """

    def vjp(at: Any, cotangent: Any) -> Any:
        pull, _ = make_vjp(f, at)
        # Autograd's products take no conjugates, and give the conjugate of dL/dx + i dL/dy.
        return _conjugated(pull(_conjugated(cotangent)))

    _demand(check_function(lambda at: _plain(f(at)), x, vjp=vjp))


def check_jvp(f: Callable[[Any], Any], x: Any) -> None:
    """Judge what autograd's forward mode gives for a function of one argument.

    Raises
    ------
    AssertionError
        With the report, if it is wrong.
    """
    _demand(check_function(lambda at: _plain(f(at)), x, jvp=lambda at, tangent: make_jvp(f, at)(tangent)[1]))


@unary_to_nary  # type: ignore[untyped-decorator]
def check_grads(f: Callable[[Any], Any], x: Any, modes: Any = ("fwd", "rev"), order: int = 2) -> None:
    """Judge a function in forward and reverse mode, and the derivatives themselves up to ``order``.

    ``check_grads(f, argnum)(*args)``, as in autograd.

    Raises
    ------
    AssertionError
        With the report, if a derivative is wrong.
    """
    assert all(mode in ("fwd", "rev") for mode in modes)
    if "fwd" in modes:
        check_jvp(f, x)
        if order > 1:
            tangent = random_like(x, (0, 2**40)).as_tree()
            check_grads(lambda at, v: make_jvp(f, at)(v)[1], (0, 1), modes, order=order - 1)(x, tangent)
    if "rev" in modes:
        check_vjp(f, x)
        if order > 1:
            cotangent = random_like(f(x), (0, 2**41)).as_tree()
            check_grads(lambda at, c: make_vjp(f, at)[0](c), (0, 1), modes, order=order - 1)(x, cotangent)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, int | np.integer) else value


def _conjugated(value: Any) -> Any:
    return np.conj(value) if isinstance(value, np.ndarray | np.generic | complex) and np.iscomplexobj(value) else value


def _demand(found: ReportGroup) -> None:
    if not passes(found):
        raise AssertionError(f"Derivative check failed:\n{found}")
