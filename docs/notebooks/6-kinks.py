# %% [markdown]
"""
# Kinks

`relu`, `abs`, `max` and hinges have no derivative at some points. There the usual check fails for one of two reasons:
the point is *at* the kink, or the step reaches *across* it.
"""

# %%
import numpy as np

import gradproof as gp
from gradproof import classic


def loss(p):
    return np.sum(np.maximum(p["x"], 0.0))


def gradient(p):
    return {"x": 1.0 * (p["x"] > 0)}


# %% [markdown]
"""
## At the kink

At 0 the slope is 0 to the left and 1 to the right. The two-sided quotient is neither, it is the mean of both, and the
usual check calls the gradient 0, which everybody uses there, completely wrong:
"""

# %%
quotient = classic.two_sided_difference(lambda x: max(x, 0.0), 0.0)
print(quotient, classic.difference_of(0.0, quotient))
assert quotient == 0.5
assert classic.difference_of(0.0, quotient) == 1.0

# %% [markdown]
"""
gradproof measures both slopes. Any number between them is a valid subgradient and is consistent. (The report gives no
resolution then: a claim anywhere in the interval would have passed.)
"""

# %%
slopes = gp.derivative(lambda x: max(x, 0.0), at=0.0)
print(
    f"left {slopes.left.value:.6f}, right {slopes.right.value:.6f}, because of a {slopes.reason}"
)
assert slopes.reason is gp.Reason.KINK

at_the_kink = gp.check(loss, gradient, {"x": 0.0})
print(at_the_kink)
assert at_the_kink.outcome is gp.Outcome.CONSISTENT

# %% [markdown]
"""
A number outside of the interval is no subgradient. It is wrong at the kink too:
"""

# %%
outside = gp.check(loss, lambda p: {"x": 1.5}, {"x": 0.0})
print(outside)
assert outside.outcome is gp.Outcome.WRONG

# %% [markdown]
"""
## Beside the kink

A hundred-thousandth beside it the function is a straight line, but not for a step of a thousandth. A step that reaches
across mixes the two slopes:
"""

# %%
beside = 1e-5
print(classic.two_sided_difference(lambda x: max(x, 0.0), beside, 1e-3))
assert classic.two_sided_difference(lambda x: max(x, 0.0), beside, 1e-3) < 0.6

near = gp.check(loss, gradient, {"x": beside})
print(near)
assert near.outcome is gp.Outcome.CONSISTENT

# %% [markdown]
"""
The steps of the measurement stay on this side of the kink. A step that reaches across disagrees with the shorter ones
and is left out:
"""

# %%
estimate = gp.derivative(lambda x: max(x, 0.0), at=beside)
for step, slope, _ in estimate.levels:
    print(f"step {step:.1e}   quotient {slope:.9f}")
print(f"taken: {estimate.value} +- {estimate.error:.0e}")
assert abs(estimate.value - 1.0) <= estimate.error

# %% [markdown]
"""
## Many units

In a network of relus that starts with zero biases many units may lie exactly at their kinks. The rule of thumb is to
accept larger numbers "with kinks". Here a third of 300 units lies at 0. The right gradient passes, with a resolution
that says how much the kinks hide, and one that is wrong by a hundredth is caught:
"""

# %%
x = np.random.default_rng(0).normal(size=300)
x[::3] = 0.0
weights = np.cos(np.arange(300.0))


def weighted(p):
    return np.sum(weights * np.maximum(p["x"], 0.0))


right = gp.check(weighted, lambda p: {"x": weights * (p["x"] > 0)}, {"x": x})
wrong = gp.check(weighted, lambda p: {"x": 1.01 * weights * (p["x"] > 0)}, {"x": x})
print(right)
print(wrong)
assert right.outcome is gp.Outcome.CONSISTENT
assert wrong.outcome is gp.Outcome.WRONG

# %% [markdown]
"""
Next: [regularisation](7-regularisation.md).
"""
