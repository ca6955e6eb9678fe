"""All hypotheses, in the order in which they are named. A new one is a function, a line here, a case in the gallery."""

from __future__ import annotations

from gradproof.adapters.hypotheses import additive, arrangement, conjugation, multiplicative
from gradproof.adapters.hypotheses.evidence import Hypothesis

HYPOTHESES: tuple[Hypothesis, ...] = (
    additive.decay,
    additive.shrinkage,
    additive.constant,
    conjugation.conjugate,
    conjugation.turned,
    arrangement.transposed,
    arrangement.exchanged,
    arrangement.flipped,
    arrangement.rolled,
    arrangement.permuted,
    arrangement.other_order,
    multiplicative.triangles,
    additive.mirror,
    multiplicative.softmax_diagonal,
    additive.softmax_sum,
    additive.mean_path,
    additive.projection,
    multiplicative.summed,
    multiplicative.inner_derivative,
    multiplicative.named_factor,
    multiplicative.named_product,
    multiplicative.other_leaf_factor,
    additive.named_arrays,
    additive.other_leaves,
    additive.powers,
    multiplicative.simple,
)
