# %% [markdown]
"""
# Sixty thousand parameters

The course's cat classifier takes pictures of 64 by 64 points in three colours, 12,288 numbers, through two layers of
five tanh units to a sigmoid. It has 61,481 parameters. The usual check takes two forward passes for each, 122,962 in
all; people therefore check it on one picture, or leave it.

This notebook runs in the folder `examples` of a clone. It takes the course's pictures if the variable `GRADPROOF_CATS`
says where they are, else pictures of the same shape that it makes up: to a gradient that is all the same.
"""

# %%
import numpy as np
from cat_network import X, Y, gradient, loss, params

import gradproof as gp
from gradproof.classic import difference_of

parameters = params()
size = sum(array.size for array in parameters.values())
print(f"{X.shape[1]} pictures of {X.shape[0]} numbers, {size} parameters")
assert size == 61_481

# %% [markdown]
"""
## All pictures, all parameters

A direction through all parameters at once is one derivative, and costs as much as any other. Two random directions or
three see an error wherever it is:
"""

# %%
report = gp.check(loss, gradient, parameters, args=(X, Y))
print(report)
assert report.outcome is gp.Outcome.CONSISTENT
assert report.evaluations <= 40

# %% [markdown]
"""
## A few pictures are enough

A mistake in the backward pass shows as well on few examples as on all, and an evaluation is cheaper.
"""

# %%
x, y = gp.random_subset(X, Y, count=5, seed=0)
print(x.shape, y.shape)
few = gp.check(loss, gradient, parameters, args=(x, y))
assert few.outcome is gp.Outcome.CONSISTENT

# %% [markdown]
"""
## One wrong entry of 61,440

Now one entry of the first weight matrix is wrong, by half. In the one number over all parameters this is next to
nothing, and that number does not say where:
"""


# %%
def spoiled(p, X, Y):
    g = gradient(p, X, Y)
    W1 = g["W1"].copy()
    W1[3, 4321] *= 1.5
    return {**g, "W1": W1}


right, wrong = (
    np.concatenate([g.ravel() for g in f(parameters, x, y).values()])
    for f in (gradient, spoiled)
)
number = difference_of(wrong, right)
print(f"the one number, had it been computed without any error: {number:.1e}")
assert number < 1e-3

# %%
report = gp.check(loss, spoiled, parameters, args=(x, y))
print(report)
found = [finding for finding in report.findings if finding.index is not None]
assert [(finding.leaf, finding.index) for finding in found] == [("W1", (3, 4321))]
assert report.evaluations < 200

# %% [markdown]
"""
## While training

A gradient can be right at the start and wrong later: units saturate, a buffer is used again, an update is made in
place. `watch` checks a few times along the way, for a hundredth of the time.
"""

# %%
p = params()
eye = gp.watch(loss, gradient)
for _ in range(200):
    eye(p, x, y)
    g = gradient(p, x, y)
    p = {name: array - 0.01 * g[name] for name, array in p.items()}
print(f"loss {loss(params(), x, y):.3f} before, {loss(p, x, y):.3f} after")
assert 0 in eye.reports
assert eye.worst.outcome is gp.Outcome.CONSISTENT

# %% [markdown]
"""
Next: [dropout](5-dropout.md).
"""
