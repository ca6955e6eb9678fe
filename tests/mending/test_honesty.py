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
    mending = mended(HEAD + body, seconds=15.0)
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
