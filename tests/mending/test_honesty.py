"""What is said to be mended is; what works at one point only is discarded; what is not found is told with the place."""

from __future__ import annotations

import numpy as np

from gradproof import Outcome, check, mend
from gradproof.adapters.target import load
from tests.mending.support import BODY, HEAD, Mend


def test_an_edit_that_works_at_the_point_only_is_discarded(mended: Mend) -> None:
    # At a point of ones w, w**2 and w**3 are one.
    text = """import numpy as np
params = {"w": np.ones(4), "v": np.array([0.3, -0.2])}
def loss(p):
    return float(np.sum(p["w"] ** 4) / 4 + np.sum(p["v"] ** 2))
def gradient(p):
    return {"w": p["w"] ** 3 + p["w"], "v": 2 * p["v"]}
"""
    mending = mended(text)
    assert mending.outcome == "mended"
    assert mending.discarded > 0
    # What fell was paid for, and is counted.
    assert mending.proving >= sum(report.evaluations for _, report in mending.proofs)
    space: dict = {}
    ((document, changes),) = mending.ways[0].changes
    exec(document.changed(changes), space)
    point = {"w": np.array([0.5, -2.0, 3.0, 1.0]), "v": np.ones(2)}
    np.testing.assert_allclose(space["gradient"](point)["w"], point["w"] ** 3, rtol=1e-13)


def test_all_different_ways_are_shown_smallest_first(mended: Mend) -> None:
    text = HEAD + BODY.replace("db = np.sum(dz)", "db = np.sum(dz) * 2 / 4")
    mending = mended(text)
    assert mending.outcome == "mended"
    assert len(mending.ways) > 1
    assert len({way.diff for way in mending.ways}) == len(mending.ways)
    assert "other ways to write it" in str(mending)


def test_nothing_false_is_said_of_a_mistake_out_of_reach(mended: Mend) -> None:
    body = BODY.replace("(1 - a**2)", "np.exp(-0.3 * np.abs(a) ** 1.7)")
    mending = mended(HEAD + body, seconds=4.0)
    assert mending.outcome == "not found"
    text = str(mending)
    assert text.startswith("NOT MENDED")
    # Line 19 is the mistake; the leaves that it moves are both wrong.
    assert 19 in [where.line for where, _ in mending.suspects]
    assert all(set(leaves) <= {"w", "b"} for _, leaves in mending.suspects)


def test_the_mended_source_passes_where_the_proof_did_not_look(mended: Mend, tmp_path) -> None:
    mending = mended(HEAD + BODY.replace("(1 - a**2)", "(1 - a)"))
    mending.apply()
    problem = load(str(tmp_path / "target.py"))
    for seed in range(3):
        point = {"w": np.random.default_rng(seed).normal(size=3), "b": 0.1 * seed}
        assert check(problem.loss, problem.gradient, point).outcome is Outcome.CONSISTENT


def test_dropout_is_mended_under_one_mask(mended: Mend) -> None:
    text = """import numpy as np
X = np.random.default_rng(0).normal(size=(8, 5))
params = {"w": np.random.default_rng(1).normal(size=5)}
def mask():
    return (np.random.random(8) < 0.6) / 0.6
def loss(p):
    return float(np.sum((mask() * np.tanh(X @ p["w"])) ** 2))
def gradient(p):
    keep = mask()
    h = np.tanh(X @ p["w"])
    dh = 2 * keep * h
    return {"w": X.T @ (dh * (1 - h**2))}
"""
    mending = mended(text)
    assert mending.outcome == "mended"
    assert [c.line for c in mending.ways[0].corrections] == [11]


def test_bounds_are_respected_at_the_other_points(tmp_path) -> None:
    seen: list[float] = []
    path = tmp_path / "bounded.py"
    path.write_text(
        "import numpy as np\ndef gradient(p):\n    return {'s': 2 / p['s'] + 2 * p['s']}\n", encoding="utf-8"
    )
    space: dict = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    from gradproof import Problem

    def loss(p):
        seen.append(float(np.min(p["s"])))
        return float(np.sum(np.log(p["s"])) + np.sum(p["s"] ** 2))

    mending = mend(Problem(loss, space["gradient"], {"s": np.array([0.05, 1.5, 3.0])}, lower=0.04, upper=10.0))
    assert mending.outcome == "mended"
    assert min(seen) >= 0.04


NETWORK = """import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(4, 7))
T = rng.normal(size=(2, 7))
params = {"W1": rng.normal(size=(5, 4)), "W2": rng.normal(size=(3, 5)), "W3": rng.normal(size=(2, 3))}
def forward(p):
    Z1 = p["W1"] @ X
    A1 = np.tanh(Z1)
    Z2 = p["W2"] @ A1
    A2 = np.logaddexp(0, Z2)
    return A1, Z2, A2, p["W3"] @ A2
def loss(p):
    return 0.5 * np.sum((forward(p)[-1] - T) ** 2)
def gradient(p):
    A1, Z2, A2, out = forward(p)
    dout = out - T
    dW3 = dout @ A2.T
    dA2 = p["W3"].T @ dout
    dZ2 = dA2 * np.arctan(Z2**3 / 7 + 0.1)
    dW2 = dZ2 @ A1.T
    dA1 = p["W2"].T @ dZ2
    dZ1 = dA1 * (1 - A1**2)
    return {"W1": dZ1 @ X.T, "W2": dW2, "W3": dW3}
"""


def test_the_place_is_told_where_no_edit_is_found(mended: Mend) -> None:
    mending = mended(NETWORK, seconds=5.0)
    assert mending.outcome == "not found"
    assert mending.place is not None
    judged = {step.name: str(step.outcome) for step in mending.place.steps}
    assert judged == {"dA2": "consistent", "dZ2": "wrong", "dA1": "wrong", "dZ1": "wrong"}
    assert "From line 19 on, dZ2 is wrong; line 18 (dA2) is right." in " ".join(str(mending).split())


def test_no_place_without_names_in_common(mended: Mend) -> None:
    text = NETWORK
    for old, new in (("dZ2", "back2"), ("dA2", "out2"), ("dA1", "out1"), ("dZ1", "back1")):
        text = text.replace(old, new)
    mending = mended(text, seconds=2.0)
    assert mending.outcome == "not found"
    assert mending.place is None
    assert 19 in [where.line for where, _ in mending.suspects]


def test_a_factor_that_leaves_and_intermediates_share_is_told_as_such(mended: Mend) -> None:
    # The objective has 0.7 where it should have 0.5: no intermediate is right, and none is said to be.
    text = HEAD.replace("0.5 *", "0.7 *").replace(' + decay * np.sum(p["w"] ** 2)', "")
    text += BODY.replace(' + 2 * decay * p["w"]', "").replace("(1 - a**2)", "(1 - a**2) / np.cosh(0)")
    mending = mended(text, seconds=3.0)
    assert mending.outcome == "not found"
    said = " ".join(str(mending).split())
    assert "From line 18 on, da is 0.714286 x the right one, and so is what is made of it" in said
    assert "The intermediates that have names are right" not in said


def test_an_edit_that_writes_into_data_spoils_no_later_one(mended: Mend) -> None:
    # The gradient raises as it was, so that nothing can be compared afterwards: its tables are read-only.
    text = """import numpy as np
table = np.array([0.3, -0.8, 1.1])
params = {"w": np.array([0.2, 0.5, -0.4])}
def loss(p):
    return float(np.sum(np.sin(table * p["w"])))
def gradient(p):
    out = table
    out = np.cos(out * p["w"])
    return {"w": out @ table.reshape(1, 3)}
"""
    mending = mended(text)
    assert mending.outcome == "mended"
    space: dict = {}
    ((document, changes),) = mending.ways[0].changes
    exec(document.changed(changes), space)
    table = np.array([0.3, -0.8, 1.1])
    np.testing.assert_allclose(space["gradient"]({"w": np.ones(3)})["w"], table * np.cos(table), rtol=1e-13)
