# %% [markdown]
"""
# A network with planted mistakes

The exercise that many learnt gradient checking from has a network that detects fraud: four inputs, hidden layers of
five and three relus, a sigmoid, and three payments to learn from. Its 47 parameters lie in six arrays. The backward
pass has two mistakes planted in it, other ones in other editions.
"""

# %%
import gradproof as gp
from gradproof import classic

X, Y, parameters = classic.gradient_check_n_test_case()
cost, cache = classic.forward_propagation_n(X, Y, parameters)
{name: array.shape for name, array in parameters.items()}, cost

# %% [markdown]
"""
## The one number of the usual check

It takes two forward passes for each parameter, 94 in all, and compares two vectors of 47 numbers by the norm of their
difference:
"""

# %%
backward_passes = {
    "first pair: dW2 times 2, db1 with 4/m": classic.backward_propagation_n_first_pair,
    "second pair: dW2 without 1/m, db1 with 2/m": classic.backward_propagation_n_second_pair,
    "mended": classic.backward_propagation_n,
}
numbers = {}
for words, backward in backward_passes.items():
    numbers[words] = classic.gradient_check_n(parameters, backward(X, Y, cache), X, Y)
    print(f"{numbers[words]:.3e}  {words}")

first, second, mended = numbers.values()
assert abs(first - 0.2850931567) < 1e-8
assert abs(second - 0.313475337) < 1e-8
assert mended > 1e-7

# %% [markdown]
"""
0.285 says that something is wrong. It does not say what, and after one of the two mistakes was found it is still large.
And the mended gradient scores 1.19e-07, which the first edition's threshold of 1e-7 calls a mistake:
[why 1.19e-07](3-why.md).

## The same gradient, judged leaf by leaf

gradproof takes the objective, the gradient and the parameters, each as a function or a tree of arrays.
"""


# %%
def loss(p):
    return classic.forward_propagation_n(X, Y, p)[0]


def gradient_by(backward):
    def gradient(p):
        found = backward(X, Y, classic.forward_propagation_n(X, Y, p)[1])
        return {name: found["d" + name] for name in p}

    return gradient


report = gp.check(
    loss, gradient_by(classic.backward_propagation_n_first_pair), parameters
)
report

# %% [markdown]
"""
The report names both leaves and both factors, and says of the other four what was proved. As text, as it would stand on
a terminal:
"""

# %%
print(report)
factors = {finding.leaf: finding.ratio for finding in report.findings}
assert set(factors) == {"W2", "b1"}
assert abs(factors["W2"] - 2) < 1e-6
assert abs(factors["b1"] - 4) < 1e-6

# %% [markdown]
"""
## The other pair

There is no 1/m in `dW2`. With three payments it is too large by a factor of 3:
"""

# %%
report = gp.check(
    loss, gradient_by(classic.backward_propagation_n_second_pair), parameters
)
print(report)
assert {finding.leaf: round(finding.ratio, 6) for finding in report.findings} == {
    "W2": 3.0,
    "b1": 2.0,
}

# %% [markdown]
"""
## Mended, and judged for nothing

What was measured belongs to the objective, not to the gradient. So a mended gradient is judged on the same
measurements, without one more forward pass:
"""

# %%
calls = 0


def counted(p):
    global calls
    calls += 1
    return loss(p)


report = gp.check(
    counted, gradient_by(classic.backward_propagation_n_second_pair), parameters
)
before = calls
again = report.judge(gradient_by(classic.backward_propagation_n))
print(again)
print(
    f"{before} forward passes for the first report, {calls - before} for the second"
)
assert again.outcome is gp.Outcome.CONSISTENT
assert calls == before

# %% [markdown]
"""
## Could this check have failed?

A check that cannot fail proves nothing. `self_test` plants mistakes of many kinds into the gradient that passed and
judges each on the same measurements:
"""

# %%
planted = gp.check(
    loss, gradient_by(classic.backward_propagation_n), parameters
).self_test()
for kind in planted:
    print(kind)
assert sum(kind.caught for kind in planted) > 0.9 * sum(
    kind.tried for kind in planted
)

# %% [markdown]
"""
Next: [why the right gradient scores 1.19e-07](3-why.md).
"""
