"""A gradient in other layouts: a cotangent with gaps in memory, inputs that are expanded as the user gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from gradproof.adapters.tensors import overlaps
from gradproof.probing.precision import tolerance_of
from gradproof.report import Report
from gradproof.torch.modes import differentiated

Tensors = Sequence[torch.Tensor]
# Two gradients that differ by less than this share of what is accepted get the same verdict.
SAME = 1e-3
SAME_GRADIENT = "It is the same gradient, to rounding, as in the plain layout, and not measured again."


def layouts(known: Report, vjp: Callable[..., Any], at: tuple[Tensors, Tensors, Any]) -> Iterator[tuple[str, Report]]:
    """Yield reports of the same numbers in other layouts: what they must give is measured already.

    Parameters
    ----------
    known
        The report of the vjp.
    vjp
        The vjp itself, of tensors and a cotangent.
    at
        The tensors with each entry in memory of its own, the same as the user gave them, and the cotangent.
    """
    tensors, given, cotangent = at
    if any("random" in note for note in known.record.notes):
        return  # another draw would be another function
    strided = [_strided(tensor) for tensor in differentiated(cotangent)]
    plain = vjp(*tensors, cotangent)
    if any(not tensor.is_contiguous() for tensor in strided):
        yield "cotangent not contiguous", _judged(known, plain, vjp(*tensors, strided))
    if any(overlaps(tensor) for tensor in given):
        yield "inputs expanded as given", _judged(known, plain, vjp(*given, cotangent))


def _judged(known: Report, plain: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> Report:
    """Return the report of a gradient in another layout, on what is known of it in the plain one."""
    if all(_same(a, b) for a, b in zip(plain, other, strict=True)):
        # Nothing new is claimed. Zeros would be measured with directions of their own.
        return Report(replace(known.record, evaluations=0, notes=(*known.record.notes, SAME_GRADIENT)), known.problem)
    return known.judge(dict(zip(known.leaves, other, strict=True)))


def _same(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Whether two gradients are one, but for rounding."""
    share = SAME * tolerance_of(str(second.abs().dtype).removeprefix("torch."))
    # Those of an embedding may be sparse.
    gap, size = (torch.linalg.vector_norm(t.detach().to_dense()) for t in (first - second, first))
    return bool(gap <= share * size)


def _strided(tensor: torch.Tensor) -> torch.Tensor:
    """Return the same numbers with a gap between one and the next."""
    wide = torch.empty((*tensor.shape, 2), dtype=tensor.dtype, device=tensor.device)
    wide[..., 0], wide[..., 1] = tensor, 0.0
    return wide[..., 0]
