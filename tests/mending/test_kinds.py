"""Each kind of slip in one small gradient is mended, by an edit that gives back the right function."""

from __future__ import annotations

import numpy as np
import pytest

from tests.mending.support import BODY, HEAD, Mend

SLIPS = {
    "operator": ("(1 - a**2)", "(1 + a**2)"),
    "operands": ("(a - y)", "(y - a)"),
    "a factor too much": ("db = np.sum(dz)", "db = np.sum(dz) * 2"),
    "a divisor missing": ("(a - y) / n", "(a - y)"),
    "a constant": ("2 * decay", "4 * decay"),
    "an exponent": ("a**2", "a**3"),
    "an exponent missing": ("a**2", "a"),
    "a name": ("X.T @ dz", "X.T @ da"),
    "a term missing": (' + 2 * decay * p["w"]', ""),
    "a term too much": ("db = np.sum(dz)", 'db = np.sum(dz) + decay * p["b"]'),
    "a sign": ("X.T @ dz + ", "X.T @ dz - "),
    "a sister function": ("np.sum(dz)", "np.mean(dz)"),
    "an inner derivative forgotten": ("da * (1 - a**2)", "da"),
    "a slice": ("db = np.sum(dz)", "db = np.sum(dz[1:])"),
    "an assignment": ("dw = X.T @ dz + 2 *", "dw = np.zeros(3)\n    dw = X.T @ dz\n    dw = 2 *"),
    "a statement too much": ("db = np.sum(dz)", "db = np.sum(dz)\n    db -= 0.3"),
    "a name worked out and not used": ("da * (1 - a**2)", "da\n    slope = 1 - a**2"),
    "a missing sum": ("db = np.sum(dz)", "db = dz"),
}


@pytest.mark.parametrize("slip", sorted(SLIPS))
def test_it_is_mended(mended: Mend, slip: str) -> None:
    right, wrong = SLIPS[slip]
    assert BODY.count(right) == 1
    mending = mended(HEAD + BODY.replace(right, wrong))
    assert mending.outcome == "mended"
    ((document, changes),) = mending.ways[0].changes
    assert_same_function(document.changed(changes))


def assert_same_function(text: str) -> None:
    spaces = []
    for one in (HEAD + BODY, text):
        space: dict = {}
        exec(one, space)
        spaces.append(space)
    rng = np.random.default_rng(8)
    for _ in range(3):
        point = {"w": rng.normal(size=3), "b": float(rng.normal())}
        right, found = (space["gradient"](point) for space in spaces)
        np.testing.assert_allclose(found["w"], right["w"], rtol=1e-12)
        np.testing.assert_allclose(found["b"], right["b"], rtol=1e-12)


def test_comparison_and_helper(mended: Mend) -> None:
    text = """import numpy as np
params = {"v": np.array([0.3, -0.7, 1.2, -0.1])}
def hinge_slope(z):
    return z < 0
def loss(p):
    return float(np.sum(np.maximum(p["v"], 0) ** 2))
def gradient(p):
    return {"v": 2 * p["v"] * hinge_slope(p["v"])}
"""
    mending = mended(text)
    assert mending.outcome == "mended"
    assert [str(c) for c in mending.ways[0].corrections] == ["line 4: `>` belongs where `<` stands"]


def test_axis_and_keepdims(mended: Mend) -> None:
    text = """import numpy as np
M = np.arange(12.0).reshape(4, 3) / 7
params = {"s": np.ones((4, 1))}
def loss(p):
    return float(np.sum(np.sin(M * p["s"])))
def gradient(p):
    return {"s": np.sum(M * np.cos(M * p["s"]), axis=1)}
"""
    # The shape of the claim is wrong: there is nothing to compare before it is put right.
    mending = mended(text)
    assert mending.outcome == "mended"
    assert "keepdims=True" in mending.diff


def test_returned_leaves_exchanged(mended: Mend) -> None:
    text = """import numpy as np
rng = np.random.default_rng(0)
A = rng.normal(size=(3, 3))
params = (rng.normal(size=3), rng.normal(size=3))
def loss(p):
    return float(p[0] @ A @ p[1])
def gradient(p):
    u, v = p
    du = A @ v
    dv = A.T @ u
    return dv, du
"""
    mending = mended(text)
    assert mending.outcome == "mended"
    assert len(mending.ways[0].corrections) == 1
    assert "+    return du, dv" in mending.diff


def test_a_method_of_a_layer(mended: Mend) -> None:
    text = """import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(5, 3))
params = {"W": rng.normal(size=(3, 2))}
class Dense:
    def __init__(self, W):
        self.W = W
    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.W)
    def backward(self, out, grad):
        inner = grad * (1 - out**2)
        return self.x.T @ grad
def loss(p):
    return float(np.sum(Dense(p["W"]).forward(X) ** 2))
def gradient(p):
    layer = Dense(p["W"])
    out = layer.forward(X)
    return {"W": layer.backward(out, 2 * out)}
"""
    mending = mended(text)
    assert mending.outcome == "mended"
    assert mending.ways[0].corrections[0].line == 13
    assert "self.x.T @ inner" in mending.diff


def test_two_slices_that_fit_only_together(mended: Mend) -> None:
    text = """import numpy as np
X = np.random.default_rng(0).normal(size=(9, 4))
params = np.array([0.3, -0.2, 1.0, 0.5, 0.4])
def loss(t):
    return float(np.sum(np.sin(X @ t[:-1])) * t[-1] + 0.3 * np.sum(t[1:-1] ** 2))
def gradient(t):
    w = t[:-1]
    out = np.zeros(5)
    out[:-1] = t[-1] * (X.T @ np.cos(X @ w))
    out[:-1] += 0.6 * w
    out[-1] = np.sum(np.sin(X @ w))
    return out
"""
    mending = mended(text)
    assert mending.outcome == "mended"
    assert {c.line for c in mending.ways[0].corrections} == {10}
    assert "+    out[1:-1] += 0.6 * w[1:]" in mending.diff


WORDS = {
    "an axis": ("np.sum(E, axis=0)", "np.sum(E, axis=1)", "`axis=0` belongs where `axis=1` stands"),
    "einsum": ('"ni,nj->ij", X', '"ni,nj->ji", X', "`ni,nj->ij` belongs where `ni,nj->ji` stands"),
    "a count": ("/ E.size", "/ len(E)", "`E.size` belongs where `len(E)` stands"),
}


@pytest.mark.parametrize("slip", sorted(WORDS))
def test_the_words_say_what_was_meant(mended: Mend, slip: str) -> None:
    text = """import numpy as np
rng = np.random.default_rng(0)
X, T = rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
params = {"W": rng.normal(size=(3, 3)), "b": rng.normal(size=3)}
def loss(p):
    return float(np.mean((X @ p["W"] + p["b"] - T) ** 2))
def gradient(p):
    E = X @ p["W"] + p["b"] - T
    E = 2 * E / E.size
    return {"W": np.einsum("ni,nj->ij", X, E), "b": np.sum(E, axis=0)}
"""
    right, wrong, words = WORDS[slip]
    assert text.count(right) == 1
    mending = mended(text.replace(right, wrong))
    assert mending.outcome == "mended"
    assert words in str(mending.ways[0])


def test_value_and_gradient_of_one_function(mended: Mend) -> None:
    text = """import numpy as np
X = np.random.default_rng(0).normal(size=(9, 4))
params = np.array([0.3, -0.2, 1.0, 0.5])
def both(w):
    r = np.sin(X @ w)
    value = 0.5 * np.sum(r**2)
    grad = X.T @ (r * np.sin(X @ w))
    return value, grad
def loss(w):
    return both(w)[0]
gradient = both
"""
    mending = mended(text)
    assert mending.outcome == "mended"
    # An edit of the value would change what the gradient is measured against.
    assert mending.ways[0].corrections[0].line == 7
    assert any("share" in note for note in mending.notes)
