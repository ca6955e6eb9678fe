"""Each hypothesis: the mistake must be caught, named in its own words, and not called anything else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradproof import Outcome, Problem, check

rng = np.random.default_rng(0)
N = 6
PARAMS = {
    "W": rng.normal(size=(N, N)),
    "V": rng.normal(size=(N, N)),
    "U": rng.normal(size=(N, 4)),
    "b": rng.normal(size=(N, 1)),
    "s": rng.normal(size=12),
    "Z": np.random.default_rng(7).normal(size=(2, 3, 2)) @ [1, 1j],
}
X, H = rng.normal(size=(N, 9)), rng.normal(size=(N, N))
C = np.random.default_rng(8).normal(size=(2, 3)) + 1.5j
A, K = np.arange(12) / 5, np.random.default_rng(9).normal(size=(N, 1))


def loss(p):
    hidden = np.tanh(p["W"] @ X + p["b"])
    return float(np.sum(np.sin(p["V"] @ hidden)) + np.sum(np.cos(2 * p["U"])) + np.sum(np.exp(np.sin(p["s"]) * A))
                 + np.sum((C * p["Z"] ** 3).real))  # fmt: skip


def gradient(p):
    hidden = np.tanh(p["W"] @ X + p["b"])
    dZ = np.cos(p["V"] @ hidden)
    dA = (p["V"].T @ dZ) * (1 - hidden**2)
    return {
        "W": dA @ X.T,
        "V": dZ @ hidden.T,
        "U": -2 * np.sin(2 * p["U"]),
        "b": dA.sum(1, keepdims=True),
        "s": np.exp(np.sin(p["s"]) * A) * np.cos(p["s"]) * A,
        "Z": np.conj(3 * C * p["Z"] ** 2),
    }


G = gradient(PARAMS)
W, V, U, B, S, Z = (G[name] for name in "WVUbsZ")

CASES = {
    "decay too much": ({"W": W + 0.01 * PARAMS["W"]}, "term", "yours has 0.01 * W too much"),
    "decay missing": ({"W": W - 0.25 * PARAMS["W"]}, "term", "yours lacks 0.25 * W"),
    "decay of a bias": ({"b": B + 0.1 * PARAMS["b"]}, "term", "yours has 0.1 * b too much"),
    "an L1 term": ({"V": V + 0.3 * np.sign(PARAMS["V"])}, "term", "yours has 0.3 * sign(V) too much"),
    "a constant": ({"b": B + 0.25}, "term", "yours has 0.25 in every entry too much"),
    "another leaf's decay": ({"W": W + 0.5 * PARAMS["V"]}, "term", "yours has 0.5 * V too much"),
    "another leaf's path": ({"W": W + V}, "term", "yours has your gradient for V too much"),
    "transposed": ({"W": W.T}, "transposed", "yours is transposed"),
    "transposed and halved": ({"W": W.T / 2}, "transposed", "yours is transposed, and 0.5 times that"),
    "flipped": ({"s": S[::-1]}, "flipped", "yours is flipped along axis 0"),
    "flipped columns": ({"U": U[:, ::-1]}, "flipped", "yours is flipped along axis 1"),
    "rolled": ({"s": np.roll(S, 1)}, "rolled", "yours is shifted by +1 along axis 0"),
    "rolled back": ({"U": np.roll(U, -2, 0)}, "rolled", "yours is shifted by -2 along axis 0"),
    "interleaved": ({"s": S.reshape(2, -1).T.ravel()}, "permuted", "not interleaved along axis 0"),
    "neighbours": ({"s": S.reshape(-1, 2)[:, ::-1].ravel()}, "permuted", "neighbours exchanged along axis 0"),
    "Fortran's order": ({"U": U.ravel(order="F").reshape(U.shape)}, "order", "in Fortran's order where C's belongs"),
    "doubled diagonal": ({"W": W + np.diag(np.diag(W))}, "triangle", "in yours the diagonal counts 2 times"),
    "halved triangle": (
        {"W": W - np.triu(W, 1) / 2},
        "triangle",
        "in yours the part above the diagonal counts 0.5 times",
    ),
    "inner derivative": ({"s": S / np.cos(PARAMS["s"])}, "chain", "yours lacks the factor cos(s)"),
    "a factor of the context": ({"V": V * H}, "chain", "yours has the factor h too much"),
    "two factors of the context": ({"V": V * H * K}, "chain", "yours has the factor h * k too much"),
    "a term of the context": ({"V": V + 0.5 * H}, "term", "yours has 0.5 * h too much"),
    "another function": ({"U": 0.3 * PARAMS["U"] + 1}, "dense", "wrong in many places, by no single factor"),
    "float16": ({"V": V.astype(np.float16).astype(float)}, "dense", "wrong in many places"),
    "contributions lost": ({"W": W / rng.integers(1, 4, size=W.shape)}, "multiples", "yours lacks whole contributions"),
    "contributions doubled": (
        {"V": V * rng.integers(1, 4, size=V.shape)},
        "multiples",
        "yours has contributions more than once",
    ),
    "conjugate": ({"Z": Z.conj()}, "conjugate", "the conjugate of the measured gradient"),
    "times i": ({"Z": 1j * Z}, "factor", "multiplied by i"),
    "upper triangle missing": ({"W": np.tril(W)}, "pattern", "wrong in 15 entries: yours is zero above the diagonal"),
    "all equal": ({"b": np.full_like(B, B.mean())}, "pattern", "all entries of yours are equal"),
    "first row only": (
        {"U": np.where(np.arange(N)[:, None] == 0, U, 0)},
        "slice",
        "wrong in rows 1 to 5: yours is zero",
    ),
    "a column doubled": (
        {"U": np.where(np.arange(4) == 2, 2 * U, U)},
        "slice",
        "wrong in column 2: yours is 2.000000 x the measured gradient",
    ),
}


def judged(changes):
    report = check(Problem(loss, {**G, **changes}, PARAMS, context={"h": H, "k": K}))
    assert {leaf for leaf, verdict in report.leaves.items() if verdict.outcome is Outcome.WRONG} == set(changes)
    return report


@pytest.mark.parametrize("name", CASES)
def test_named(name):
    changes, kind, words = CASES[name]
    finding = judged(changes).findings[0]
    assert finding.kind == kind, finding
    assert words in f"{finding.text} ({finding.guess})"
    assert "; or " not in finding.text


def test_the_documentation_shows_what_is_said():
    page = (Path(__file__).parents[2] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    for name, (changes, _, _) in CASES.items():
        finding = judged(changes).findings[0]
        text = f"{finding.text}  ({finding.guess})" if finding.guess else finding.text
        # How many entries of a sample were tried, and which one is shown, are no promise.
        assert f"| {name} | `{next(iter(changes))}`: {text} |" in page


def test_rounding_is_remarked():
    (finding, *_) = judged(CASES["float16"][0]).findings
    assert finding.guess == "every entry of yours was rounded to float16"


def test_entries_that_are_equal_rightly_are_not_remarked():
    c = np.array([1.0, -2.0, 0.5, 3.0])
    x = np.random.default_rng(2).normal(size=(6, 4))
    claim = np.broadcast_to(c * [1, 1, 0, 1], (6, 4)).copy()
    (finding,) = check(lambda p: float(np.sum(p["x"] * c)), {"x": claim}, {"x": x}).findings
    assert finding.text.startswith("wrong in column 2: yours is zero")
    assert finding.guess == ""


def test_exchanged_leaves_are_named_both():
    report = judged({"W": V, "V": W})
    assert {f.leaf: f.text for f in report.findings} == {
        "W": "yours is not its own: the gradient for it stands under V",
        "V": "yours is not its own: the gradient for it stands under W",
    }


def test_two_mistakes_are_named_both():
    report = judged({"W": W.T, "s": 2 * S})
    assert {f.leaf: f.kind for f in report.findings} == {"W": "transposed", "s": "factor"}


def test_an_error_without_a_name_gets_none():
    noise = np.random.default_rng(1).normal(size=W.shape)
    for size in (1e-4, 1e-2, 1.0):
        finding = judged({"W": W + size * noise}).findings[0]
        assert finding.kind == "dense"


@pytest.mark.parametrize("seed", range(5))
def test_two_errors_in_one_leaf_are_not_given_one_name(seed):
    other = np.random.default_rng(seed)
    finding = judged({"W": W.T * other.uniform(0.9, 1.1, W.shape)}).findings[0]
    assert finding.kind == "dense"


@pytest.mark.parametrize(
    "name", [name for name in CASES if CASES[name][1] in ("term", "transposed", "chain", "rolled")]
)
def test_a_diagnosis_costs_little(name):
    right = check(Problem(loss, G, PARAMS, context={"h": H})).evaluations
    wrong = judged(CASES[name][0]).evaluations
    factor = judged({next(iter(CASES[name][0])): 2 * G[next(iter(CASES[name][0]))]}).evaluations
    assert right <= 30
    assert wrong <= 1.2 * factor + 12


class Regression:
    params = {"w": rng.normal(size=5)}
    args = (rng.normal(size=(5, 20)), rng.normal(size=20))

    @staticmethod
    def loss(p, X, y):
        return float(np.mean((p["w"] @ X - y) ** 2))


def replayed(gradient):
    return check(Problem(Regression.loss, gradient, Regression.params, Regression.args)).findings[0]


def test_one_example_for_the_batch_is_named():
    finding = replayed(lambda p, X, y: {"w": 2 * (p["w"] @ X - y)[0] * X[:, 0]})
    assert (finding.kind, finding.text) == ("replay", "yours is the gradient of the first example alone")
    finding = replayed(lambda p, X, y: {"w": 2 * (p["w"] @ X - y)[-1] * X[:, -1] / y.size})
    assert finding.text.endswith("times the gradient of the last example alone")


def test_state_between_calls_is_named():
    calls = []

    def gradient(p, X, y):
        calls.append(1)
        return {"w": 2 * X @ (p["w"] @ X - y) / y.size + 0.1 * np.sin(np.arange(5.0) * len(calls))}

    assert "a second call" in replayed(gradient).text


def test_softmax_and_normalisation():
    z, u = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))

    def softmax(z):
        e = np.exp(z - z.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    p = softmax(z)
    cases = [
        (
            lambda q: float(np.vdot(u, softmax(q["z"]))),
            p * (1 - p) * u,
            "softmax",
            "the diagonal of a softmax's derivative",
        ),
        (lambda q: float(np.vdot(u, softmax(q["z"]))), p * u, "softmax", "off its diagonal"),
        (
            lambda q: float(np.vdot(u, q["z"] / np.linalg.norm(q["z"], axis=1, keepdims=True))),
            u / np.linalg.norm(z, axis=1, keepdims=True),
            "path",
            "its own component along z on axis 1",
        ),
        (
            lambda q: float(np.vdot(u, (q["z"] - q["z"].mean(0)) ** 3)),
            3 * u * (z - z.mean(0)) ** 2,
            "path",
            "its own mean over axis 0",
        ),
        (
            lambda q: float(np.vdot(u, np.tanh(q["z"] + q["z"].mean()))),
            np.ones_like(z),
            "dense",
            "wrong in many places",
        ),
    ]
    for objective, claim, kind, words in cases:
        finding = check(objective, {"z": claim}, {"z": z}).findings[0]
        assert finding.kind == kind
        assert words in finding.text


def test_a_context_of_a_strange_shape_is_left_alone():
    problem = Problem(loss, {**G, "W": W + 0.01 * PARAMS["W"]}, PARAMS, context={"h": np.ones((7, 7)), "x": "no"})
    assert check(problem).findings[0].text == "yours has 0.01 * W too much"


def test_a_gradient_that_raises_when_called_again_does_not_cost_the_verdict():
    calls = []

    def gradient(p, X, y):
        if calls:
            raise RuntimeError("only once")
        calls.append(1)
        return {"w": np.sin(np.arange(5.0))}

    finding = replayed(gradient)
    assert "raises RuntimeError" in finding.text


@pytest.mark.parametrize("rate", [3e-3, 1e-4])
def test_a_gradient_given_one_step_late_is_named(rate):
    stepped = {name: PARAMS[name] - rate * G[name] for name in PARAMS}
    report = check(loss, G, stepped)
    texts = {finding.leaf: finding.text for finding in report.findings}
    assert texts["V"] == f"yours is the gradient one step behind: at V + {rate:g} * yours"
    assert {finding.kind for finding in report.findings} == {"stale"}


def test_another_dense_error_is_not_called_stale():
    report = check(loss, {name: g * (1 + 0.3 * np.cos(7 * g)) for name, g in G.items()}, PARAMS)
    assert report.outcome is Outcome.WRONG
    assert "stale" not in {finding.kind for finding in report.findings}


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ((slice(2, 4),), "rows 2, 3"),
        ((slice(None), 3), "column 3"),
        ((slice(None), slice(3)), "columns 0, 1, 2"),
        ((0, slice(2)), "[0, 0], [0, 1]"),
        ((slice(2), slice(3)), "6 of 56 entries"),
    ],
)
def test_a_claim_that_is_a_known_function_elsewhere(places, words):
    x = np.random.default_rng(0).normal(size=(8, 7))
    claim = np.exp(x)
    claim[places] *= 0.3
    (finding,) = check(lambda p: float(np.sum(np.exp(p["x"]))), {"x": claim}, {"x": x}).findings
    assert finding.text == f"the measured gradient is exp(x); yours differs from it in {words}"
