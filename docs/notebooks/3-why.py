# %% [markdown]
"""
# Why 1.19e-07

The mended gradient of [the network with planted mistakes](2-planted-mistakes.md) scores 1.19e-07 in the usual check. Is
something still wrong with it? No: all of that number is made by the check. Here it is taken apart. The
[page on it](../why-1.19e-07.md) has the same with 50 digits.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.backend_inline import set_matplotlib_formats

import gradproof as gp
from gradproof import classic

set_matplotlib_formats("svg")

X, Y, parameters = classic.gradient_check_n_test_case()
gradients = classic.backward_propagation_n(
    X, Y, classic.forward_propagation_n(X, Y, parameters)[1]
)
number = classic.gradient_check_n(parameters, gradients, X, Y)
print(number)
assert 1e-7 < number < 2e-7

# %% [markdown]
"""
## The number against the step

The same check of the same gradient, with other steps than 1e-7:
"""

# %%
steps = 10.0 ** np.arange(-12, 0.1, 0.25)
curve = np.array(
    [classic.gradient_check_n(parameters, gradients, X, Y, step) for step in steps]
)
for step in (1e-2, 1e-4, 1e-6, 1e-7, 1e-8):
    print(f"{step:.0e}   {curve[np.argmin(abs(np.log(steps / step)))]:.1e}")

# %% [markdown]
"""
At 1e-4 it is a thousand times smaller. The gradient did not get better; the step did.
"""

# %%
figure, axes = plt.subplots(figsize=(7, 3.6))
axes.loglog(steps, curve, ".-", color="#005b8f")
axes.axvline(1e-7, color="#a63c00", linestyle="--")
axes.annotate("the course's step", (1.3e-7, 1e-2), color="#a63c00")
axes.set_xlabel("step")
axes.set_ylabel("the one number")
axes.grid(alpha=0.3)
plt.show()

best = steps[np.argmin(curve)]
assert 1e-5 <= best <= 1e-3
assert curve.min() < number / 500

# %% [markdown]
"""
To the right of the minimum the number falls like the square of the step: there the function is not a straight line
between the two points (and at the far right a relu changes sides). To the left it *grows* like one over the step. That
is rounding: each cost is off by a little, always the same little, and it is divided by the step.
"""

# %%
left, right = (steps > 1e-11) & (steps < 1e-6), (steps > 8e-4) & (steps < 2e-2)
slopes = [
    np.polyfit(np.log(steps[part]), np.log(curve[part]), 1)[0]
    for part in (left, right)
]
print(
    f"slopes in the picture: {slopes[0]:.2f} to the left, {slopes[1]:.2f} to the right"
)
assert abs(slopes[0] + 1) < 0.1
assert abs(slopes[1] - 2) < 0.1

# %% [markdown]
"""
## Predicted from the noise of the cost

If it is rounding then it can be predicted. `gradproof.derivative` measures the noise of a function along the way. Each
quotient is off by at most about that noise over the step. (Half of the parameters belong to units that are off; there
the cost does not move at all, and no quotient is wrong.)
"""


# %%
def loss(p):
    return classic.forward_propagation_n(X, Y, p)[0]


def along(name, index):
    """The cost as a function of one parameter."""

    def phi(t):
        moved = parameters[name].copy()
        moved[index] += t
        return loss({**parameters, name: moved})

    return phi


places = [
    (name, index)
    for name, array in parameters.items()
    for index in np.argwhere(gradients["d" + name])
]
places = [(name, tuple(index)) for name, index in places]
claimed = np.array([gradients["d" + name][index] for name, index in places])
measured = [gp.derivative(along(name, index)) for name, index in places]
noise = np.array([estimate.noise for estimate in measured])

most = np.linalg.norm(noise) / 1e-7 / (2 * np.linalg.norm(claimed))
print(
    f"{len(places)} parameters move the cost; its noise there is up to {noise.max():.0e}"
)
print(f"so the one number may be up to {most:.1e}, and is {number:.1e}")
assert number < most < 30 * number

# %% [markdown]
"""
There is nothing left for a mistake to explain. (A cost near 2 is rounded to 4e-16, but one payment is misjudged so
badly that `log(1 - a)` is taken of an `a` close to 1, which loses three more digits.)

## What the gradient really is off by

The same derivatives with error bars, against the claim:
"""

# %%
distances = abs(claimed - np.array([estimate.value for estimate in measured]))
bars = np.array([estimate.error for estimate in measured])
print(
    f"largest distance {distances.max():.0e}, largest bar {bars.max():.0e}; all inside: {(distances <= bars).all()}"
)
assert (distances <= bars).all()
assert bars.max() < 1e-8

# %% [markdown]
"""
## Without a step, and without a threshold

One could fix the step at 1e-4, and this network would be fine. The next one has single precision inside, or a cost of a
million, and the best step moves. So the step belongs to the measurement and is chosen by the data; the verdict compares
intervals:
"""

# %%
report = gp.check(
    loss, {name: gradients["d" + name] for name in parameters}, parameters
)
assert report.outcome is gp.Outcome.CONSISTENT
print(report)

# %% [markdown]
"""
Next: [a network with 61,481 parameters](4-cat-network.md).
"""
