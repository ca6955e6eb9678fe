# %% [markdown]
"""
# One dimension

A gradient check compares a derivative that somebody wrote down with a difference quotient. The smallest example has one
parameter: the objective is `J(theta) = theta * x`, and its derivative is `x`.

The functions of the course's exercise are in `gradproof.classic`, to the digit.
"""

# %%
from gradproof import classic

x, theta = 2, 4
classic.forward_propagation(x, theta), classic.backward_propagation(x, theta)

# %% [markdown]
"""
The check moves `theta` a little to both sides and divides:
"""

# %%
epsilon = 1e-7
quotient = (
    classic.forward_propagation(x, theta + epsilon)
    - classic.forward_propagation(x, theta - epsilon)
) / (2 * epsilon)
quotient

# %% [markdown]
"""
That should be 2, and is not quite. The course makes one number of the two, `|grad - quotient| / (|grad| + |quotient|)`,
and calls the gradient right if it is small.
"""

# %%
difference = classic.gradient_check(x, theta, print_msg=True)
assert difference == 2.919335883291695e-10
assert difference == classic.difference_of(2, quotient)

# %% [markdown]
"""
## One side or two

The quotient to one side needs one evaluation less, and is much worse. Its error falls like the step, that of the
two-sided one like the square of the step. For the square function at 3, with a step of 0.01:
"""


# %%
def square(x):
    return x**2


right = classic.one_sided_difference(square, 3.0, 1e-2)
both = classic.two_sided_difference(square, 3.0, 1e-2)
print(f"one-sided {right}, two-sided {both}; the derivative is 6")
assert abs(right - 6) > 1e-3
assert abs(both - 6) < 1e-12

# %% [markdown]
"""
## Which step?

The exponential function is its own derivative, so the error is known. Make the step smaller and smaller, and take the
largest error over twenty points:
"""

# %%
import math

import numpy as np


def error_with(step):
    return max(
        abs(classic.two_sided_difference(math.exp, at, step) - math.exp(at))
        for at in np.linspace(0, 2, 20)
    )


errors = {step: error_with(step) for step in 10.0 ** -np.arange(1, 13)}
for step, error in errors.items():
    print(f"step {step:.0e}   error {error:.0e}")

# %% [markdown]
"""
The error falls, and then it grows: below the best step, rounding in `J` is divided by an ever smaller number. The best
step is near 1e-5 here. It is another one for another function, and 1e-7 is not it.
"""

# %%
best = min(errors, key=errors.get)
assert 1e-6 <= best <= 1e-4
assert errors[1e-7] > 10 * errors[best]

# %% [markdown]
"""
## A derivative with an error bar

`gradproof.derivative` measures the rounding of the function, tries several steps, extrapolates, and says how far off it
may be. There is no step to choose.
"""

# %%
import gradproof as gp

found = gp.derivative(math.exp, at=1.0)
print(f"{found.value} +- {found.error:.0e}, after {found.evaluations} evaluations")
print(f"it is off by {abs(found.value - math.e):.0e}")
assert abs(found.value - math.e) <= found.error < errors[best]

# %% [markdown]
"""
## A verdict

With an error bar there is no threshold to choose either. The verdict compares the claim with the interval. The right
derivative of `theta * x` is consistent with it, and one that is off by a part in a thousand is not.
"""

# %%
gp.check(lambda p: p["theta"] * x, lambda p: {"theta": x}, {"theta": 4.0})

# %%
report = gp.check(
    lambda p: p["theta"] * x, lambda p: {"theta": 1.001 * x}, {"theta": 4.0}
)
assert report.outcome is gp.Outcome.WRONG
print(report)

# %% [markdown]
"""
Next: [the network with planted mistakes](2-planted-mistakes.md).
"""
