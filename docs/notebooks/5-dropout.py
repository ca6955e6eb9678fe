# %% [markdown]
"""
# Dropout

"Turn dropout off while checking": a network that drops other units at each call is not a function, and a difference of
two calls is noise. But then the very lines that dropout adds are not checked. It can stay on, if each evaluation draws
the same mask.
"""

# %%
import numpy as np

import gradproof as gp
from gradproof import classic

X, Y, parameters = classic.gradient_check_n_test_case()
m = X.shape[1]
KEEP = 0.5
random = np.random.default_rng(7)


def forward(p):
    A1 = np.tanh(p["W1"] @ X + p["b1"])
    mask = (random.random(A1.shape) < KEEP) / KEEP
    A2 = np.tanh(p["W2"] @ (A1 * mask) + p["b2"])
    A3 = classic.sigmoid(p["W3"] @ A2 + p["b3"])
    return A1, mask, A2, A3


def loss(p):
    A3 = forward(p)[-1]
    return -np.mean(np.log(np.where(Y == 1, A3, 1 - A3)))


print([round(loss(parameters), 4) for _ in range(4)])

# %% [markdown]
"""
Four calls, four values. The usual check, with its step of 1e-7, divides those differences by 2e-7:
"""

# %%
step = np.zeros((5, 4))
step[0, 0] = 1e-7
quotients = [
    (
        loss({**parameters, "W1": parameters["W1"] + step})
        - loss({**parameters, "W1": parameters["W1"] - step})
    )
    / 2e-7
    for _ in range(3)
]
print([f"{quotient:.2g}" for quotient in quotients])
assert max(map(abs, quotients)) > 1e3

# %% [markdown]
"""
## The gradient under one mask

The backward pass draws a mask too, and uses it on the way back.
"""


# %%
def backward(p, weight):
    A1, mask, A2, A3 = forward(p)
    dZ3 = (A3 - Y) / m
    dZ2 = (p["W3"].T @ dZ3) * (1 - A2**2)
    dZ1 = (p["W2"].T @ dZ2) * weight(mask) * (1 - A1**2)
    below = {"1": X, "2": A1 * mask, "3": A2}
    return {
        name: dZ @ below[layer].T if name[0] == "W" else dZ.sum(axis=1, keepdims=True)
        for layer, dZ in zip("123", (dZ1, dZ2, dZ3), strict=True)
        for name in (f"W{layer}", f"b{layer}")
    }


def gradient(p):
    return backward(p, lambda mask: mask)


# %% [markdown]
"""
gradproof evaluates twice at the point and sees that the values differ. Random generators that it knows (Python's,
NumPy's global one, those named in the problem, and PyTorch's) are put back before each call of the objective and of the
gradient: one draw is judged, and the generators are left as they were.
"""

# %%
state = random.bit_generator.state
report = gp.check(gp.Problem(loss, gradient, parameters, generators=(random,)))
print(report)
assert report.outcome is gp.Outcome.CONSISTENT
assert random.bit_generator.state == state

# %% [markdown]
"""
## Two common mistakes

The mask forgotten on the way back, and the mask without its scale 1/KEEP:
"""

# %%
forgotten = gp.check(
    gp.Problem(
        loss, lambda p: backward(p, np.ones_like), parameters, generators=(random,)
    )
)
print(forgotten)
assert {finding.leaf for finding in forgotten.findings} == {"W1", "b1"}

# %%
unscaled = gp.check(
    gp.Problem(
        loss,
        lambda p: backward(p, lambda mask: mask * KEEP),
        parameters,
        generators=(random,),
    )
)
print(unscaled)
assert {
    finding.leaf: finding.ratio for finding in unscaled.findings if finding.ratio
}.keys() == {"W1", "b1"}

# %% [markdown]
"""
Both would have gone unseen with dropout turned off.

## Where the generator is not known

Without its name the objective stays random, and the answer is not a guess but a reason, with what to do:
"""

# %%
unknown = gp.check(loss, gradient, parameters)
print(unknown)
assert unknown.outcome is gp.Outcome.INCONCLUSIVE
assert gp.Reason.NOT_REPEATABLE in unknown.reasons

# %% [markdown]
"""
Next: [kinks](6-kinks.md).
"""
