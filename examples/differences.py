"""Two-sided against one-sided: both are claims about the derivative of x**2 at 3, made with a step of 0.01.

``gradproof check examples/differences.py:two_sided`` passes; ``:one_sided`` is off by the step, 1 part in 600, and is
told so with all its digits.
"""

import gradproof
from gradproof.classic import one_sided_difference, two_sided_difference

STEP = 1e-2


def square(p):
    """The objective."""
    return p["x"] ** 2


def claim_of(difference):
    """Return a difference quotient as a gradient function."""
    return lambda p: {"x": difference(lambda x: square({"x": x}), p["x"], STEP)}


two_sided = gradproof.Problem(square, claim_of(two_sided_difference), {"x": 3.0})
one_sided = gradproof.Problem(square, claim_of(one_sided_difference), {"x": 3.0})
