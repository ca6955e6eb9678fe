"""``gradcheck`` and ``gradgradcheck`` as ``torch.autograd`` has them."""

from __future__ import annotations

from gradproof.absent import required

required("torch")

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.autograd.gradcheck import GradcheckError

from gradproof.compat.demands import Demand, needless, passes
from gradproof.compat.headlines import headlines
from gradproof.derivatives.functions import cotangent_of
from gradproof.errors import GradientMismatch
from gradproof.probing.precision import tolerance_of
from gradproof.settings import Settings
from gradproof.torch import manners
from gradproof.torch.functions import check_function
from gradproof.torch.modes import differentiated, forward, fresh, of_gradient
from gradproof.torch.signatures import named

__all__ = ["GradcheckError", "GradcheckMismatch", "gradcheck", "gradgradcheck"]

Tensors = torch.Tensor | Sequence[torch.Tensor]
Function = Callable[..., Any]
Ask = Callable[[Function, Sequence[torch.Tensor]], list[str]]


class GradcheckMismatch(GradientMismatch, GradcheckError):
    """PyTorch's error, which carries gradproof's report: ``error.report``."""


def gradcheck(
    func: Callable[..., Tensors],
    inputs: Tensors,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Judge the gradients of a function of tensors, as ``torch.autograd.gradcheck`` does.

    Parameters
    ----------
    func, inputs
        ``func(*inputs)`` returns a tensor or several; differentiated are those inputs that require gradients, of any
        real or complex dtype.
    atol, rtol
        If they are given, and are not PyTorch's defaults: the error that is accepted of an entry of the Jacobian.
    raise_exception
        Whether a wrong gradient raises; else it returns False.
    nondet_tol
        By how much a gradient may differ if backward is run again.
    check_undefined_grad, check_grad_dtypes, check_batched_grad, check_batched_forward_grad
        What else is asked, as in PyTorch.
    check_forward_ad, check_backward_ad
        Which modes are judged, as in PyTorch.
    eps, fast_mode, masked
        Not needed: the step is chosen by the data, and the cost does not depend on the size.

    Returns
    -------
    bool
        True if nothing is wrong. What could not be judged passes with a warning, ``Undecided``.

    Raises
    ------
    GradcheckError
        With the report, if a gradient is wrong.
    ValueError
        If no input requires gradients.
    """
    _combined(check_forward_ad or check_backward_ad, "check_forward_ad or check_backward_ad", "at least one")
    _combined(check_backward_ad or not check_batched_grad, "check_batched_grad", "check_backward_ad")
    _combined(check_forward_ad or not check_batched_forward_grad, "check_batched_forward_grad", "check_forward_ad")
    needless(eps=None if eps == 1e-6 else eps, fast_mode=fast_mode or None)
    given = _inputs(inputs)
    demand = Demand(None if rtol == 1e-3 else rtol, None if atol == 1e-5 else atol)
    backward_only: list[Ask] = [manners.zeros, lambda f, x: manners.repeated(f, x, nondet_tol)]
    backward_only += [ask for ask, wanted in (
        (manners.undefined, check_undefined_grad), (manners.dtypes, check_grad_dtypes)) if wanted]  # fmt: skip
    asked = [*backward_only] if check_backward_ad else []
    asked += [manners.missing_tangents] if check_forward_ad and check_undefined_grad else []
    asked += [manners.batched_tangents] if check_batched_forward_grad else []
    kinds = (("backward", check_backward_ad), ("forward", check_forward_ad), ("batched", check_batched_grad))
    with torch.random.fork_rng(devices=[]):
        return _judged(func, given, tuple(kind for kind, wanted in kinds if wanted), (asked, demand, raise_exception))


def gradgradcheck(
    func: Callable[..., Tensors],
    inputs: Tensors,
    grad_outputs: Tensors | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Judge the gradients of the gradients of a function, as ``torch.autograd.gradgradcheck`` does.

    Parameters
    ----------
    func, inputs
        As in ``gradcheck``.
    grad_outputs
        The cotangents: those that require gradients are differentiated too. If None, random ones, which do.
    gen_non_contig_grad_outputs
        Whether the random ones have gaps in memory.
    check_rev_over_rev, check_fwd_over_rev
        Whether backward, and forward mode, over backward are judged.
    eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad, check_grad_dtypes, check_batched_grad, \
    fast_mode, masked
        As in ``gradcheck``, of the function that returns the gradients.

    Returns
    -------
    bool
        As ``gradcheck``.

    Raises
    ------
    GradcheckError
        With the report, if a second derivative is wrong.
    ValueError
        If no input requires gradients.
    """
    _combined(check_fwd_over_rev or check_rev_over_rev, "check_fwd_over_rev or check_rev_over_rev", "at least one")
    _combined(check_rev_over_rev or not check_undefined_grad, "check_undefined_grad", "check_rev_over_rev")
    given = _inputs(inputs)
    function, tensors, names = manners.of_wanted(func, given)
    with torch.random.fork_rng(devices=[]):
        outputs = differentiated(function(*fresh(tensors)))
        weights = manners.weights(outputs, grad_outputs, 2 if gen_non_contig_grad_outputs else 1)
    gradient = of_gradient(function, len(tensors))
    named(gradient, [*names, *(f"grad_output{i}" for i in range(len(weights)))])
    try:
        return gradcheck(
            gradient, (*[tensor.requires_grad_(True) for tensor in tensors], *weights), eps=eps, atol=atol, rtol=rtol,
            raise_exception=raise_exception, nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad,
            check_grad_dtypes=check_grad_dtypes, check_batched_grad=check_batched_grad, fast_mode=fast_mode,
            check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev, masked=masked,
        )  # fmt: skip
    except NotImplementedError as error:
        return _of_once_only(error, raise_exception)


def _of_once_only(error: NotImplementedError, raise_exception: object) -> bool:
    """Answer as PyTorch does where a backward pass cannot be differentiated: as if something were wrong."""
    if "once_differentiable" not in str(error):
        raise error
    if raise_exception:
        raise GradcheckError(str(error)) from error
    return False


def _combined(holds: object, what: str, needs: str) -> None:
    if not holds:
        raise AssertionError(f"{what} requires {needs} to be True")


def _inputs(inputs: Tensors) -> tuple[Any, ...]:
    given = (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs)
    if not any(isinstance(x, torch.Tensor) and x.requires_grad for x in given):
        text = "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad"
        raise ValueError(f"{text}=True.")
    return given


def _judged(
    func: Function, given: tuple[Any, ...], kinds: tuple[str, ...], rest: tuple[list[Ask], Demand, object]
) -> bool:
    """Judge kinds of derivatives, and what else is asked; answer as PyTorch does."""
    asked, demand, raise_exception = rest
    function, tensors, names = manners.of_wanted(func, given)
    if not any(tensor.numel() for tensor in tensors):
        return True  # of no numbers at all
    if "forward" in kinds:
        # What is not offered in forward mode raises the error that PyTorch raises.
        forward(function)(*tensors, tuple(torch.zeros_like(tensor) for tensor in tensors))
    outputs = differentiated(function(*fresh(tensors)))
    if any(out.layout is not torch.strided for out in outputs):
        raise ValueError("Sparse output is not supported at gradcheck yet. Please call to_dense(masked_grad=...)")
    tolerance = max(tolerance_of(str(tensor.abs().dtype).removeprefix("torch.")) for tensor in tensors)
    found = check_function(func, *given, kinds=kinds, settings=demand.settings(tolerance))
    told = [f"While computing batched gradients, got: {warning}"
            for warning in found.warnings if warning.startswith("batched")]  # fmt: skip
    told += [fault for ask in asked for fault in ask(function, tensors)]
    norm = math.sqrt(math.fsum(float(tensor.abs().square().sum()) or tensor.numel() for tensor in tensors))
    right = passes(found, demand, (cotangent_of(outputs, Settings().seed).norm, norm))
    if right and not told:
        return True
    if raise_exception:
        raise GradcheckMismatch("\n".join([*told, *([] if right else headlines(found, names)), str(found)]), found)
    return False
