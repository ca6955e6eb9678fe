"""Complex gradients, laid out as pairs (real, imaginary): conjugated, transposed, multiplied by i."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.hypotheses.evidence import Evidence, Family, instead

CONJUGATE = "the conjugate of the measured gradient (dL/dx - i dL/dy for dL/dx + i dL/dy: the other convention?)"


def conjugate(evidence: Evidence) -> Iterator[Family]:
    """The imaginary part has the other sign: a conjugate forgotten, or the other convention."""
    if not evidence.paired:
        return
    claim = evidence.claim
    yield instead("conjugate", CONJUGATE, _conjugated(claim))
    shape = claim.shape[:-1]
    if len(shape) > 1 and shape[-1] == shape[-2]:
        words = "the conjugate transpose of the measured gradient"
        yield instead("conjugate", words, _conjugated(np.swapaxes(claim, -2, -3)))


def turned(evidence: Evidence) -> Iterator[Family]:
    """Multiplied by i, or by -i."""
    if evidence.paired:
        x, y = evidence.claim[..., 0], evidence.claim[..., 1]
        yield instead("factor", "multiplied by i", np.stack([y, -x], axis=-1))
        yield instead("factor", "multiplied by i, and the conjugate", np.stack([y, x], axis=-1))


def _conjugated(pairs: Array) -> Array:
    found: Array = pairs * np.array([1.0, -1.0])
    return found
