"""The error of the course's check against its step, at 50 digits: ``python bench/why.py`` prints it and draws it.

The network is that of the course's exercise (47 parameters), its gradient the right one. For each step the quotients
are computed twice: in double precision, as everybody does, and with 50 digits, where only truncation is left. The
difference of the two is rounding.
"""

from __future__ import annotations

import statistics
from pathlib import Path

import mpmath as mp
import numpy as np

from gradproof import Problem, check, derivative
from gradproof.classic import (
    backward_propagation_n,
    dictionary_to_vector,
    forward_propagation_n,
    gradient_check_n,
    gradient_check_n_test_case,
    gradients_to_vector,
    vector_to_dictionary,
)
from gradproof.classic.network import quotients

mp.mp.dps = 50
FIGURE = Path(__file__).parents[1] / "docs" / "figures" / "why.svg"
STEPS = [10.0 ** (-k / 4) for k in range(4, 49)]
SHAPES = ((5, 4), (3, 5), (1, 3))

X, Y, PARAMETERS = gradient_check_n_test_case()
THETA = [mp.mpf(float(t)) for t in dictionary_to_vector(PARAMETERS)[0].ravel()]


def exact_cost(theta):
    """Return the cost of the network with 50 digits."""
    total, m = mp.mpf(0), X.shape[1]
    for column in range(m):
        a, start = [mp.mpf(float(x)) for x in X[:, column]], 0
        for layer, (rows, columns) in enumerate(SHAPES):
            W, b = theta[start : start + rows * columns], theta[start + rows * columns :]
            z = [mp.fdot(W[r * columns : (r + 1) * columns], a) + b[r] for r in range(rows)]
            a = [max(v, mp.mpf(0)) for v in z] if layer < 2 else z
            start += rows * (columns + 1)
        p = 1 / (1 + mp.exp(-a[0]))
        total -= mp.log(p) if Y[column] else mp.log(1 - p)
    return total / m


def exact_quotients(step):
    """Return the two-sided quotients of all parameters, with 50 digits."""
    h, found = mp.mpf(step), []
    for i in range(len(THETA)):
        plus, minus = THETA.copy(), THETA.copy()
        plus[i] += h
        minus[i] -= h
        found.append((exact_cost(plus) - exact_cost(minus)) / (2 * h))
    return found


def relative(error, truth):
    """Return the norm of an error in the course's measure, ``|error| / (2 |truth|)``."""
    return float(mp.norm(error) / (2 * mp.norm(truth)))


def measure():
    """Return the rows (step, course's number, truncation, rounding), and the error of the gradient itself."""
    truth = exact_quotients(mp.mpf(10) ** -20)
    cache = forward_propagation_n(X, Y, PARAMETERS)[1]
    gradients = backward_propagation_n(X, Y, cache)
    own = relative(
        [mp.mpf(float(g)) - t for g, t in zip(gradients_to_vector(gradients).ravel(), truth, strict=True)], truth
    )
    theta, rows = dictionary_to_vector(PARAMETERS)[0], []
    for step in STEPS:
        number = gradient_check_n(PARAMETERS, gradients, X, Y, step)
        exact = exact_quotients(step)
        rough = quotients(lambda v: forward_propagation_n(X, Y, vector_to_dictionary(v))[0], theta, step).ravel()
        truncation = relative([q - t for q, t in zip(exact, truth, strict=True)], truth)
        rounding = relative([mp.mpf(float(r)) - q for r, q in zip(rough, exact, strict=True)], truth)
        rows.append((step, number, truncation, rounding))
    return rows, own


def ours():
    """Return the largest relative error bar of the slopes that gradproof measures on this network, and their steps."""
    gradients = backward_propagation_n(X, Y, forward_propagation_n(X, Y, PARAMETERS)[1])
    claim = {name: gradients[f"d{name}"] for name in PARAMETERS}
    report = check(Problem(lambda p: forward_propagation_n(X, Y, p)[0], claim, PARAMETERS))
    # Without the directions of entries that a dead unit makes zero.
    found = [m.estimate for m in report.record.measurements if m.claimed]
    actual = max(abs(m.claimed - m.estimate.value) / abs(m.claimed) for m in report.record.measurements if m.claimed)
    print(f"gradproof: slopes off by at most {actual:.1e}")
    return max(e.error / abs(e.value) for e in found), [level[0] for e in found for level in e.levels], report


def finest():
    """Return the relative bar of gradproof's derivative along a random direction, and how far it is off."""
    theta = dictionary_to_vector(PARAMETERS)[0]
    v = theta * np.random.default_rng(0).normal(size=theta.shape)
    found = derivative(lambda t: forward_propagation_n(X, Y, vector_to_dictionary(theta + t * v))[0], at=0.0)
    gradients = backward_propagation_n(X, Y, forward_propagation_n(X, Y, PARAMETERS)[1])
    truth = (gradients_to_vector(gradients).T @ v).item()
    print(f"gradproof.derivative: bar {found.error / abs(truth):.1e}, off by {abs(found.value / truth - 1):.1e}")
    return found.error / abs(truth)


def draw(rows, own, bar, fine):
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "gradproof"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7.5, 4.6), layout="constrained")
    steps = [row[0] for row in rows]
    axes.axhspan(1e-17, 1e-7, color="#0072b2", alpha=0.05, lw=0)
    axes.loglog(steps, [row[1] for row in rows], "o-", ms=3.5, lw=1, color="#000000", label="the course's number")
    axes.loglog(steps, [row[2] for row in rows], "--", color="#d55e00", label="truncation (50 digits)")
    axes.loglog(steps, [row[3] for row in rows], ":", color="#0072b2", label="rounding (double precision)")
    axes.axhline(1e-7, color="#555555", lw=0.8)
    axes.text(1.2e-12, 1.5e-7, "threshold 1e-7", fontsize=9, color="#333333")
    axes.axvline(1e-7, color="#555555", lw=0.8)
    axes.plot([1e-7], [min(rows, key=lambda row: abs(np.log10(row[0]) + 7))[1]], "s", ms=8, mfc="none", color="#cc0000")
    axes.annotate("the course: 1.19e-07", (1e-7, 1.19e-7), (2e-9, 3e-5), fontsize=9, arrowprops={"arrowstyle": "-"})
    axes.axhline(bar, color="#009e73", lw=2)
    axes.text(
        1.2e-12, bar * 1.5, f"gradproof.check, six evaluations a direction: {bar:.0e}", fontsize=9, color="#006b4e"
    )
    axes.axhline(fine, color="#009e73", lw=1)
    axes.text(1.2e-12, fine * 1.5, f"gradproof.derivative: {fine:.0e}", fontsize=9, color="#006b4e")
    axes.axhline(own, color="#999999", lw=1)
    axes.text(1.2e-12, own * 1.5, f"the gradient itself: {own:.0e}", fontsize=9, color="#555555")
    axes.set(xlabel="epsilon", ylabel="relative error", xlim=(1e-12, 1e-1), ylim=(1e-17, 1e0))
    axes.legend(loc="upper center", fontsize=8, frameon=False)
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})


def main():
    rows, own = measure()
    bar, steps, report = ours()
    print("epsilon   the course's number   truncation   rounding")
    for step, number, truncation, rounding in rows:
        if abs(np.log10(step) - round(np.log10(step))) < 1e-9:
            print(f"{step:.0e} {number:>17.2e} {truncation:>13.1e} {rounding:>11.1e}")
    print(f"the right gradient is off by {own:.1e}")
    print(
        f"gradproof: bars up to {bar:.1e}, steps {min(steps):.1e} to {max(steps):.1e}, {report.evaluations} evaluations"
    )
    print(f"median number for epsilon 1e-4..1e-6: {statistics.median(r[1] for r in rows if 1e-6 <= r[0] <= 1e-4):.1e}")
    draw(rows, own, bar, finest())


if __name__ == "__main__":
    main()
