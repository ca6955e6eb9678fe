"""Training that uses what was proved: the cat network is checked before the first step and after some.

``python examples/train_cats.py [STEPS]`` (1,500 unless said otherwise). A gradient can be right at the start and wrong
later (saturated units, a buffer used again, an update in place), so it is checked again on the way; what share of the
time that took is printed. With generated pictures (see pictures.py) the accuracy says little.
"""

import sys
import time

import numpy as np
from cat_network import X, Y, forward, gradient, loss, params
from pictures import pictures

import gradproof

RATE = 0.0075
CHECKED_AFTER = (0, 50)


def accuracy(p, X, Y):
    """Return the share of pictures that are recognised."""
    return np.mean((forward(p, X)[2] > 0.5) == Y)


def main(steps):
    """Train by gradient descent, checking the gradient on the way."""
    p, checking, started = params(), 0.0, time.perf_counter()
    for step in range(steps):
        if step in CHECKED_AFTER:
            before = time.perf_counter()
            report = gradproof.check(loss, gradient, p, args=(X, Y), settings=gradproof.Settings(seed=step))
            checking += time.perf_counter() - before
            print(f"step {step}, {report.evaluations} evaluations: {report.outcome}")
            if report.outcome is gradproof.Outcome.WRONG:
                print(report)
                return 1
        g = gradient(p, X, Y)
        p = {name: leaf - RATE * g[name] for name, leaf in p.items()}
    spent = time.perf_counter() - started
    others = accuracy(p, *pictures("test"))
    print(f"step {steps}: loss {loss(p, X, Y):.4f}; {spent:.1f} s, {checking / spent:.1%} of it for checks")
    print(f"accuracy {accuracy(p, X, Y):.1%} on the pictures trained on, {others:.1%} on 50 others")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1500))
