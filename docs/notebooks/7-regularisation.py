# %% [markdown]
"""
# Regularisation

A loss is often a sum: a data term and a penalty. If the penalty is strong its gradient is most of the sum, and a
mistake in the data term drowns in it. "Check them apart" is the advice; here is what it means in numbers.
"""

# %%
import numpy as np

import gradproof as gp
from gradproof import classic

X, Y, parameters = classic.gradient_check_n_test_case()
m = X.shape[1]
WEIGHTS = ("W1", "W2", "W3")


def data(p):
    return classic.forward_propagation_n(X, Y, p)[0]


def data_gradient(p):
    """The first pair of the course's mistakes: W2 doubled, 4/m in b1."""
    found = classic.backward_propagation_n_first_pair(
        X, Y, classic.forward_propagation_n(X, Y, p)[1]
    )
    return {name: found["d" + name] for name in p}


def penalty_of(strength):
    def penalty(p):
        return strength / (2 * m) * sum(np.sum(p[name] ** 2) for name in WEIGHTS)

    def penalty_gradient(p):
        return {name: strength / m * p[name] for name in WEIGHTS}

    return penalty, penalty_gradient


# %% [markdown]
"""
## A mistake drowns

The usual number for data term plus penalty, both mistakes being there, as the penalty gets stronger:
"""


# %%
def usual_number(loss, gradient, p):
    claimed, quotients = [], []
    for name, array in p.items():
        for index in np.ndindex(array.shape):

            def moved(t, name=name, index=index, array=array):
                other = array.copy()
                other[index] = t
                return loss({**p, name: other})

            claimed.append(gradient(p)[name][index])
            quotients.append(classic.two_sided_difference(moved, array[index], 1e-5))
    return classic.difference_of(claimed, quotients)


def summed(strength):
    penalty, penalty_gradient = penalty_of(strength)

    def loss(p):
        return data(p) + penalty(p)

    def gradient(p):
        more = penalty_gradient(p)
        return {name: g + more.get(name, 0.0) for name, g in data_gradient(p).items()}

    return loss, gradient


numbers = {
    strength: usual_number(*summed(strength), parameters)
    for strength in (0.0, 1.0, 1e2, 1e4, 1e6)
}
for strength, number in numbers.items():
    print(
        f"strength {strength:<9g} {number:.1e}  {classic.rule_of_thumb(number).name}"
    )
assert numbers[0.0] > 0.2
assert numbers[1e6] < 1e-6

# %% [markdown]
"""
## Leaf by leaf

The biases have no penalty. Judged by itself a bias that is wrong by a factor of 4 is wrong, whatever the others do:
"""

# %%
report = gp.check(*summed(1e4), parameters)
print(report)
assert report.leaves["b1"].outcome is gp.Outcome.WRONG

# %% [markdown]
"""
In `W2` the mistake is a ten-thousandth of the gradient by now. It is still seen, but nobody could recognise a factor of
2 in it. Under a penalty a thousand times as strong it is less than the tolerance, and of the sum `W2` passes: the sum
*is* right to seven digits. `b1` is wrong as before.
"""

# %%
report = gp.check(*summed(1e7), parameters)
print(report)
assert report.leaves["W2"].outcome is gp.Outcome.CONSISTENT
assert report.leaves["b1"].outcome is gp.Outcome.WRONG

# %% [markdown]
"""
## Term by term

`check_terms` judges each term with its own gradient, then the sum, and says what drowns in what:
"""

# %%
terms = {"data": (data, data_gradient), "penalty": penalty_of(1e4)}
found = gp.check_terms(terms, parameters)
print(found)
wrong = {finding.leaf for finding in found.reports["data"].findings}
assert wrong == {"W2", "b1"}
assert found.reports["penalty"].outcome is gp.Outcome.CONSISTENT

# %% [markdown]
"""
## The penalty itself

The usual mistakes with a penalty are a lost factor 2, a bias that decays though it should not, and a term that only one
of loss and gradient has. They are told in the terms of the parameters. Here the gradient forgets a decay of 0.3 on
`W1`:
"""


# %%
def right_gradient(p):
    found = classic.backward_propagation_n(
        X, Y, classic.forward_propagation_n(X, Y, p)[1]
    )
    return {name: found["d" + name] for name in p}


report = gp.check(
    lambda p: data(p) + 0.15 * np.sum(p["W1"] ** 2), right_gradient, parameters
)
print(report)
assert [finding.text for finding in report.findings] == ["yours lacks 0.3 * W1"]
