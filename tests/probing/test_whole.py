"""What a record says of the whole: faults of the claim, budgets, kinks, places, and what a later claim is told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradproof import Outcome, Problem, Reason, Settings, check

RNG = np.random.default_rng(0)
X, A = RNG.normal(size=(4, 5)), RNG.normal(size=(4, 5))
PARAMS = {"W": X, "b": np.array([1.0, 2.0, 3.0])}


def loss(p):
    return float(np.vdot(A, np.sin(p["W"])) + np.sum(p["b"] ** 2))


def right():
    return {"W": A * np.cos(X), "b": 2 * PARAMS["b"]}


# Faults of the claim.


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinite"), (-np.inf, "infinite")])
def test_where_a_claim_is_not_finite_the_slope_of_the_objective_is_told(value, word):
    claim = right()
    claim["W"][1, 2] = value
    report = check(loss, claim, PARAMS)
    (found,) = report.findings
    truth = right()["W"][1, 2]
    assert (found.leaf, found.kind, found.index) == ("W", "non-finite", (1, 2))
    assert abs(found.measured - truth) <= found.error < 1e-9
    assert found.text.startswith(f"yours is {word} in 1 of 20 entries")
    assert found.text.endswith(f"its slope there is {truth:.6g}")
    assert found.guess == ("the derivative of a branch that was not chosen, as in 0 * inf?" if word == "NaN" else "")
    assert {v.leaf: v.outcome for v in report.record.verdicts} == {"W": Outcome.WRONG, "b": Outcome.CONSISTENT}


def test_a_gradient_for_what_is_no_parameter_is_wrong_though_all_leaves_are_right():
    report = check(loss, {**right(), "c": np.ones(2)}, PARAMS)
    assert report.outcome is Outcome.WRONG
    assert [(f.leaf, f.kind) for f in report.findings] == [("c", "extra")]
    assert {v.leaf: v.outcome for v in report.record.verdicts} == dict.fromkeys("Wb", Outcome.CONSISTENT)
    again = check(loss, right(), PARAMS).judge({**right(), "c": np.ones(2)})
    assert again.outcome is Outcome.WRONG
    assert [(f.leaf, f.kind) for f in again.findings] == [("c", "extra")]
    assert {v.leaf: v.outcome for v in again.record.verdicts} == dict.fromkeys("Wb", Outcome.CONSISTENT)


def test_a_leaf_without_a_gradient_is_wrong():
    first = check(loss, {"W": right()["W"]}, PARAMS)
    # The directions of the report moved both leaves: they say nothing of one of them.
    again = check(loss, right(), PARAMS).judge({"W": right()["W"]})
    for report, other in ((first, Outcome.CONSISTENT), (again, Outcome.INCONCLUSIVE)):
        assert report.outcome is Outcome.WRONG
        assert {v.leaf: v.outcome for v in report.record.verdicts} == {"W": other, "b": Outcome.WRONG}
        assert [(f.leaf, f.kind) for f in report.findings] == [("b", "missing")]


def test_an_objective_that_writes_into_a_parameter_is_wrong_in_that_leaf():
    params = {"W": X, "b": PARAMS["b"].copy()}

    def writing(p):
        p["b"][0] += 1e-9
        return loss(p)

    report = check(writing, right(), params)
    assert report.outcome is Outcome.WRONG
    assert [(f.leaf, f.kind) for f in report.findings] == [("b", "mutation")]
    assert {v.leaf: v.outcome for v in report.record.verdicts} == {"W": Outcome.CONSISTENT, "b": Outcome.WRONG}


# Factors, zeros, and how often a gradient was asked for.


@pytest.mark.parametrize("factor", [2.0, -1.0, 0.0])
def test_the_verdict_has_the_factor_of_its_leaf(factor):
    claim = right()
    claim["W"] *= factor
    report = check(loss, claim, PARAMS)
    verdicts = {v.leaf: v for v in report.record.verdicts}
    assert verdicts["W"].ratio == pytest.approx(factor, rel=1e-9)
    assert verdicts["b"].ratio is None
    (found,) = report.findings
    assert found.kind == ("factor" if factor else "zero")


def test_the_verdict_of_an_entry_has_no_factor():
    claim = right()
    claim["W"][2, 3] *= 3.0
    report = check(loss, claim, PARAMS)
    (found,) = report.findings
    assert found.ratio == pytest.approx(3.0, rel=1e-6)
    assert found.measured == pytest.approx(right()["W"][2, 3], rel=1e-8)
    assert found.yours == claim["W"][2, 3]
    assert {v.leaf: v.ratio for v in report.record.verdicts} == {"W": None, "b": None}


def test_calls_of_the_gradient_are_counted_also_when_it_is_judged_again():
    calls = []

    def gradient(p):
        calls.append(0)
        return {"W": A * np.cos(p["W"]), "b": 2 * p["b"]}

    report = check(loss, gradient, PARAMS)
    assert report.record.gradient_calls == len(calls) > 0
    calls.clear()
    again = report.judge(gradient)
    assert again.record.gradient_calls == len(calls) > 0


# Budgets.


@pytest.mark.parametrize("budget", [2, 5, 12, 17])
def test_what_a_budget_leaves_open_is_inconclusive_for_that_reason(budget):
    report = check(loss, right(), PARAMS, settings=Settings(evaluations=budget))
    assert report.outcome is Outcome.INCONCLUSIVE
    assert report.reasons == (Reason.BUDGET,)
    assert report.evaluations <= budget
    assert all(v.reason is Reason.BUDGET for v in report.record.verdicts)
    assert "The budget was spent before everything was measured." in report.record.notes


# Kinks.


def test_an_invalid_subgradient_at_many_kinks_is_told_with_its_entry():
    x = np.where(np.arange(40) % 4 == 0, 0.0, RNG.normal(size=40))
    w = RNG.normal(size=40)
    claim = w * np.sign(x)
    claim[8] = 5.0 * abs(w[8])

    def gradient(p):
        found = w * np.sign(p["x"])
        found[8] = claim[8] if p["x"][8] == 0 else found[8]
        return {"x": found}

    report = check(lambda p: float(np.sum(w * np.abs(p["x"]))), gradient, {"x": x})
    assert report.outcome is Outcome.WRONG
    (found,) = report.findings
    assert (found.leaf, found.kind, found.index, found.yours) == ("x", "kink", (8,), claim[8])
    assert "yours is no subgradient" in found.text
    ends = sorted(float(word) for word in found.text.split("is ")[-1].split(" or "))
    assert ends == pytest.approx(sorted((-w[8], w[8])), rel=1e-4)
    assert report.record.verdicts[0].reason is Reason.KINK


@pytest.mark.parametrize("claims", [(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0), (0.3, 0.7), (0.5, 0.6)])
def test_two_leaves_of_one_kink_must_have_a_subgradient_in_common(claims):
    report = check(lambda p: max(p["a"], p["b"]), dict(zip("ab", claims, strict=True)), {"a": 1.0, "b": 1.0})
    if sum(claims) == 1.0:
        assert report.outcome is not Outcome.WRONG
    else:
        assert report.outcome is not Outcome.CONSISTENT


@pytest.mark.parametrize("size", [4, 7])
@pytest.mark.parametrize("place", [0, 2])
def test_of_entries_that_are_all_at_kinks_the_invalid_one_is_named(size, place):
    # Along any direction the mean of both slopes is zero, which is no measured gradient of zero.
    w = np.random.default_rng(size).uniform(0.5, 3.0, size)
    claim = 0.3 * w
    claim[place] = 4.0 * w[place]
    report = check(lambda p: float(np.sum(w * np.abs(p["x"]))), {"x": claim}, {"x": np.zeros(size)})
    assert report.outcome is Outcome.WRONG
    (found,) = report.findings
    assert (found.kind, found.index) == ("entry", (place,))
    assert found.text.startswith("a kink: yours lies outside its one-sided slopes")


# Places.


def spoiled(shape, where, by):
    rng = np.random.default_rng(5)
    x, a = rng.normal(size=shape), rng.normal(size=shape)
    claim = a * np.cos(x)
    claim[where] += by
    return check(lambda p: float(np.vdot(a, np.sin(p["W"]))), {"W": claim}, {"W": x}), a * np.cos(x)


@pytest.mark.parametrize("seed", range(4))
def test_an_error_everywhere_is_shown_by_entries_the_worst_first(seed):
    by = np.random.default_rng(seed).normal(size=(30, 20))
    report, truth = spoiled((30, 20), ..., by)
    first, *entries = report.findings
    assert first.kind == "dense"
    assert first.text.startswith("wrong in many places, by no single factor")
    sizes = [abs(f.yours - f.measured) for f in entries]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) > 2
    assert all(abs(f.measured - truth[f.index]) <= f.error for f in entries)
    assert all(abs(by[f.index] - (f.yours - f.measured)) < 1e-6 for f in entries)


@pytest.mark.parametrize(
    ("where", "name"),
    [
        (np.s_[3], "row 3"),
        (np.s_[:, 4], "column 4"),
        (np.s_[0], "row 0"),
        (np.s_[:, 19], "column 19"),
        (np.s_[5:9], "rows 5 to 8"),
        (np.s_[:, 0:7], "columns 0 to 6"),
        (np.s_[:, 11:20], "columns 11 to 19"),
        (np.s_[2:5, 6:11], "W[2:5, 6:11]"),
        (np.s_[20:30, 15:20], "W[20:30, 15:20]"),
        (np.s_[7, 3:9], "W[7, 3:9]"),
    ],
)
def test_rows_columns_and_blocks_are_named_with_their_ranges(where, name):
    by = np.random.default_rng(1).uniform(0.5, 2.0, size=(30, 20))[where]
    report, truth = spoiled((30, 20), where, by)
    (found,) = report.findings
    assert found.text == f"wrong in {name}"
    inside = np.zeros((30, 20), dtype=bool)
    inside[where] = True
    box = np.zeros((30, 20), dtype=bool)
    box[tuple(slice(*ends) for ends in found.block)] = True
    assert (box == inside).all()
    assert inside[found.index]
    assert abs(found.measured - truth[found.index]) <= found.error


@pytest.mark.parametrize("rows", [(2, 17), (0, 15, 29)])
def test_several_rows_are_named_one_by_one(rows):
    by = np.random.default_rng(2).uniform(0.5, 2.0, size=(len(rows), 20))
    report, _ = spoiled((30, 20), list(rows), by)
    assert [f.text for f in report.findings] == [f"wrong in row {row}" for row in rows]


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_too_many_entries_to_tell_apart_are_told_by_their_share(share):
    rng = np.random.default_rng(3)
    where = rng.random((60, 50)) < share
    report, truth = spoiled((60, 50), where, rng.normal(size=int(where.sum())))
    first, *entries = report.findings
    assert first.kind == "dense"
    assert first.text.startswith("wrong in many places (")
    assert all(where[f.index] for f in entries)
    assert all(abs(f.measured - truth[f.index]) <= f.error for f in entries)


def test_zeros_where_something_belongs_become_one_finding():
    rng = np.random.default_rng(4)
    x, a = rng.normal(size=(2, 6, 6))
    claim = np.tril(a * np.cos(x))
    report = check(lambda p: float(np.vdot(a, np.sin(p["W"]))), {"W": claim}, {"W": x})
    first, *entries = report.findings
    assert first.kind == "pattern"
    assert first.text == "wrong in 15 entries: yours is zero above the diagonal"
    assert {f.index for f in entries} == {(i, j) for i in range(6) for j in range(i + 1, 6)}


# What a later claim is told.


def test_measurements_blurred_by_noise_prove_nothing_about_a_later_claim():
    noise = np.random.default_rng(6)

    def noisy(p):
        return loss(p) + 0.3 * noise.normal()

    wrong = {"W": 1e3 * right()["W"], "b": -1e3 * right()["b"]}
    first = check(noisy, wrong, PARAMS)
    assert first.outcome is Outcome.WRONG
    again = first.judge(right())
    assert again.outcome is Outcome.INCONCLUSIVE
    assert again.evaluations == 0


def test_strata_of_small_entries_do_not_speak_of_a_later_claim():
    # Entries that the first claim made small are probed apart, and say nothing of the leaf as a whole.
    x = np.concatenate([np.ones(20), 1e-8 * np.ones(20)])
    report = check(lambda p: float(np.sum(p["x"] ** 2)), {"x": 2 * x}, {"x": x})
    assert report.outcome is Outcome.CONSISTENT
    probes = [m.probe for m in report.record.measurements]
    cut = [p for p in probes if any(part.low >= 0.0 or part.high != math.inf for part in p.parts)]
    again = report.judge({"x": 2 * x})
    assert len(again.record.measurements) == len(probes) - len(cut)
    assert cut


def test_a_claim_that_is_a_difference_quotient_is_told_from_code():
    x, step = PARAMS["b"], 1e-4
    cube = lambda p: float(np.sum(p["b"] ** 3))  # noqa: E731

    def quotient(i, ahead, behind, by):
        e = np.eye(3)[i]
        return (cube({"b": x + ahead * e}) - cube({"b": x - behind * e})) / by

    two = np.array([quotient(i, step, step, 2 * step) for i in range(3)])
    report = check(cube, {"b": two}, {"b": x})
    assert any("a two-sided finite difference with step 0.0001" in note for note in report.record.notes)
    one = np.array([quotient(i, 1e-6, 0.0, 1e-6) for i in range(3)])
    report = check(cube, {"b": one}, {"b": x}, settings=Settings(rtol=1e-3))
    assert any("a one-sided finite difference with step 1e-06" in note for note in report.record.notes)
    report = check(Problem(cube, {"b": 3 * x**2}, {"b": x}))
    assert not any("finite difference" in note for note in report.record.notes)


@pytest.mark.parametrize("count", [7, 20, 40])
@pytest.mark.parametrize("last", [False, True])
def test_of_many_leaves_the_wrong_one_is_named_without_asking_each(count, last):
    rng = np.random.default_rng(count)
    params = {f"l{i:02}": rng.normal(size=3) for i in range(count)}
    claim = {name: np.cos(x) for name, x in params.items()}
    name = f"l{count - 1 if last else count // 3:02}"
    claim[name] = 2.0 * claim[name]
    report = check(lambda p: float(sum(np.sin(x).sum() for x in p.values())), claim, params)
    assert [(f.leaf, f.kind) for f in report.findings] == [(name, "factor")]
    assert {v.leaf for v in report.record.verdicts if v.outcome is not Outcome.CONSISTENT} == {name}
    assert report.evaluations < 85 + count


def test_draws_are_averaged_where_the_objective_is_random():
    rng = np.random.default_rng(1)
    calls = []

    def random(p):
        calls.append(0)
        return loss(p) + 1e-6 * rng.normal()

    plain = check(random, right(), PARAMS)
    calls.clear()
    report = check(random, right(), PARAMS, settings=Settings(draws=4))
    assert report.evaluations == len(calls)
    assert report.outcome is plain.outcome is Outcome.CONSISTENT
    assert report.record.noise < plain.record.noise


@pytest.mark.parametrize(
    ("where", "most"),
    [
        (np.s_[3], 150),
        (np.s_[:, 4], 150),
        (np.s_[5:9], 260),
        (np.s_[:, 0:7], 240),
        (np.s_[:, 11:20], 250),
        (np.s_[20:30, 15:20], 460),
        (np.s_[0:14, 3:18], 285),
        (np.s_[[0, 15, 29]], 650),
    ],
)
def test_a_block_is_found_within_few_evaluations(where, most):
    by = np.random.default_rng(1).uniform(0.5, 2.0, size=(30, 20))[where]
    report, _ = spoiled((30, 20), where, by)
    assert report.evaluations <= most
