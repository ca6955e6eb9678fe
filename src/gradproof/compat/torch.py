"""``gradcheck`` and ``gradgradcheck`` as ``torch.autograd`` has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.autograd.gradcheck import GradcheckError

from gradproof.compat.demands import needless, passes, settings_for
from gradproof.derivatives.functions import check_function as check_claims
from gradproof.group import ReportGroup
from gradproof.torch.functions import check_function
from gradproof.torch.modes import backward, differentiated, forward, fresh, of_gradient, pulled
from gradproof.torch.signatures import named

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

Tensors = torch.Tensor | Sequence[torch.Tensor]


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
        ``func(*inputs)``; differentiated are the tensors that require gradients.
    rtol
        Honoured: the relative error that is accepted, if it is given.
    check_forward_ad, check_backward_ad, check_batched_grad, check_batched_forward_grad, check_undefined_grad
        Which modes are judged: as in PyTorch.
    check_grad_dtypes
        Gradients must have the dtypes of their inputs.
    raise_exception
        Whether a wrong gradient raises; else it returns False.
    eps, atol, nondet_tol, fast_mode, masked
        Not needed; said once where they are given.

    Raises
    ------
    GradcheckError
        PyTorch's own, with the report, if a gradient is wrong.
    ValueError
        If no input requires gradients.
    """
    _explain(eps, atol, nondet_tol, fast_mode)
    given = _inputs(inputs)
    settings = settings_for(rtol, 1e-3)
    kinds = [kind for kind, wanted in (
        ("backward", check_backward_ad), ("forward", check_forward_ad), ("batched", check_batched_grad),
    ) if wanted]  # fmt: skip
    found = check_function(func, *given, kinds=tuple(kinds), settings=settings) if kinds else ReportGroup({})
    told = _structure(func, given, (check_undefined_grad and check_backward_ad, check_grad_dtypes))
    missing = [warning for warning in found.warnings if "not offered" in warning]
    return _answer(found, [*told, *missing], raise_exception)


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
        ``func(*inputs)``; differentiated are the tensors that require gradients.
    grad_outputs
        The cotangents at which it is done; random ones if None. They are differentiated too.
    check_rev_over_rev, check_fwd_over_rev
        Backward over backward, forward over backward.
    rtol, raise_exception, eps, atol, nondet_tol, fast_mode
        As in ``gradcheck``.
    gen_non_contig_grad_outputs, check_undefined_grad, check_grad_dtypes, check_batched_grad, masked
        Accepted: random cotangents of both layouts are tried by ``gradcheck``.

    Raises
    ------
    GradcheckError
        PyTorch's own, with the report, if a second derivative is wrong.
    ValueError
        If no input requires gradients.
    """
    _explain(eps, atol, nondet_tol, fast_mode)
    given = _inputs(inputs)
    function, tensors = _of_wanted(func, given)
    outputs = differentiated(function(*tensors))
    weights = _weights(outputs, grad_outputs)
    gradient = of_gradient(function, len(tensors))
    named(gradient, [f"input{i}" for i in range(len(tensors))] + [f"grad_output{i}" for i in range(len(weights))])
    claims: dict[str, Any] = {"vjp": backward(gradient, len(tensors) + len(weights))} if check_rev_over_rev else {}
    if check_fwd_over_rev:
        claims["jvp"] = forward(gradient)
    settings = settings_for(rtol, 1e-3)
    found = check_claims(gradient, *tensors, *weights, settings=settings, **claims) if claims else ReportGroup({})
    return _answer(found, [], raise_exception)


def _explain(eps: float, atol: float, nondet_tol: float, fast_mode: object) -> None:
    needless(
        eps=None if eps == 1e-6 else eps,
        atol=None if atol == 1e-5 else atol,
        nondet_tol=nondet_tol or None,
        fast_mode=fast_mode or None,
    )


def _inputs(inputs: Tensors) -> tuple[Any, ...]:
    given = (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs)
    if not any(isinstance(x, torch.Tensor) and x.requires_grad for x in given):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    return given


def _of_wanted(func: Callable[..., Any], given: tuple[Any, ...]) -> tuple[Callable[..., Any], list[torch.Tensor]]:
    """Return the function of the tensors that require gradients, and these."""
    places = [i for i, x in enumerate(given) if isinstance(x, torch.Tensor) and x.requires_grad]

    def function(*tensors: Any) -> Any:
        full = list(given)
        for place, tensor in zip(places, tensors, strict=True):
            full[place] = tensor
        return func(*full)

    return function, [given[i].detach() for i in places]


def _weights(outputs: list[torch.Tensor], grad_outputs: Tensors | None) -> list[torch.Tensor]:
    if grad_outputs is None:
        generator = torch.Generator().manual_seed(0)
        return [torch.randn(out.shape, generator=generator, dtype=out.dtype) for out in outputs]
    given = (grad_outputs,) if isinstance(grad_outputs, torch.Tensor) else tuple(grad_outputs)
    return [weight.detach() for weight in given]


def _structure(func: Callable[..., Any], given: tuple[Any, ...], wanted: tuple[bool, bool]) -> list[str]:
    """Return what is wrong with a backward pass beyond its numbers: zero cotangents, undefined ones, dtypes."""
    undefined, dtypes = wanted
    if not (undefined or dtypes):
        return []
    function, tensors = _of_wanted(func, given)
    moved = fresh(tensors)
    outputs = differentiated(function(*moved))
    found = pulled(outputs, moved, [torch.zeros_like(out) for out in outputs], "once")
    told = [f"the gradient of input {i} is not zero for a cotangent of zeros" for i, g in enumerate(found)
            if undefined and bool(torch.any(g != 0))]  # fmt: skip
    told += [f"the gradient of input {i} has dtype {g.dtype}, the input {x.dtype}"
             for i, (g, x) in enumerate(zip(found, tensors, strict=True)) if dtypes and g.dtype != x.dtype]  # fmt: skip
    return told


def _answer(found: ReportGroup, told: list[str], raise_exception: object) -> bool:
    if passes(found) and not told:
        return True
    if raise_exception:
        raise GradcheckError("\n".join([*told, str(found)]))
    return False
