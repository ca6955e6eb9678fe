"""A strong regulariser hides a wrong data gradient from the usual check, and not from a check leaf by leaf.

The network of fraud_detection.py with weight decay, DECAY/(2m) times the sum of squares of the weights, and with W2 and
b1 wrong as in the course's exercise. The decay makes the gradient of the weights so large that the one number of the
usual check drops below its threshold: ``python examples/regularised_network.py`` prints it. A bias has no decay: judged
by itself it is wrong by a factor of 4, and ``gradproof check examples/regularised_network.py`` says so. In a weight
matrix the decay masks the mistake indeed, for anybody; so the data loss is to be checked alone: ``:data``.
"""

import fraud_detection
import numpy as np
from fraud_detection import args, m, params

import gradproof
from gradproof.classic import difference_of, two_sided_difference

DECAY = 3e7
WEIGHTS = ("W1", "W2", "W3")


def loss(p, X, Y):
    """Data loss and weight decay."""
    return fraud_detection.loss(p, X, Y) + DECAY / (2 * m) * sum(np.sum(p[name] ** 2) for name in WEIGHTS)


def data_gradient(p, X, Y):
    """The gradient of the data loss, with 4/m where 1/m belongs in b1, and W2 doubled."""
    g = fraud_detection.gradient(p, X, Y)
    return {**g, "b1": 4 * g["b1"], "W2": 2 * g["W2"]}


def gradient(p, X, Y):
    """The gradient of data loss and weight decay."""
    g = data_gradient(p, X, Y)
    return {name: g[name] + DECAY / m * p[name] if name in WEIGHTS else g[name] for name in p}


data = gradproof.Problem(fraud_detection.loss, data_gradient, params, args=args)


def usual_number():
    """Return the one number of the usual check: all parameters in a row, a step of 1e-7."""
    claimed, approx = [], []
    g = gradient(params, *args)
    for name, leaf in params.items():
        for index in np.ndindex(leaf.shape):

            def moved(t, name=name, leaf=leaf, index=index):
                other = leaf.copy()
                other[index] = t
                return loss({**params, name: other}, *args)

            claimed.append(g[name][index])
            approx.append(two_sided_difference(moved, leaf[index], 1e-7))
    return difference_of(claimed, approx)


if __name__ == "__main__":
    print(f"the usual check: {usual_number():.1e}, below 1e-7: fine, it says")
    print(gradproof.check(loss, gradient, params, args=args))
