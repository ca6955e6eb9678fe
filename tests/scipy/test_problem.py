"""Problems as SciPy's solvers take them: wrong derivatives of every kind are caught and named."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import InputError

optimize = pytest.importorskip("scipy.optimize")
sparse = pytest.importorskip("scipy.sparse")

from gradproof.scipy import check_problem  # noqa: E402

WRONG, CONSISTENT = gp.Outcome.WRONG, gp.Outcome.CONSISTENT
X0 = np.array([0.5, -1.2, 1.7, 0.3])
ROSEN = {"jac": optimize.rosen_der, "hess": optimize.rosen_hess, "hessp": optimize.rosen_hess_prod}


def outcomes(found):
    return {name: report.outcome for name, report in found.reports.items()}


def test_a_right_problem_passes():
    found = check_problem(optimize.rosen, X0, **ROSEN)
    assert outcomes(found) == {"jac": CONSISTENT, "hess": CONSISTENT, "hessp": CONSISTENT}
    assert {str(identity.outcome) for identity in found.identities} == {"consistent"}


def test_each_wrong_part_is_named():
    def der(x):
        g = optimize.rosen_der(x)
        g[2] *= 1.1
        return g

    found = check_problem(optimize.rosen, X0, **{**ROSEN, "jac": der})
    assert found.reports["jac"].findings[0].index == (2,)
    assert any("your jac, which is wrong" in warning for warning in found.warnings)
    found = check_problem(optimize.rosen, X0, **{**ROSEN, "hess": lambda x: 2 * optimize.rosen_hess(x)})
    assert outcomes(found) == {"jac": CONSISTENT, "hess": WRONG, "hessp": CONSISTENT}
    found = check_problem(optimize.rosen, X0, **{**ROSEN, "hessp": lambda x, p: optimize.rosen_hess(x) @ p + p})
    assert outcomes(found) == {"jac": CONSISTENT, "hess": CONSISTENT, "hessp": WRONG}
    lower = check_problem(optimize.rosen, X0, **{**ROSEN, "hess": lambda x: np.tril(optimize.rosen_hess(x))})
    assert any("does not hold" in str(identity) for identity in lower.identities)


def test_without_a_gradient_second_differences_serve():
    right = check_problem(optimize.rosen, X0, hess=optimize.rosen_hess, hessp=optimize.rosen_hess_prod)
    assert outcomes(right) == {"hess": CONSISTENT, "hessp": CONSISTENT}
    assert check_problem(optimize.rosen, X0, hess=lambda x: 1.5 * optimize.rosen_hess(x)).outcome is WRONG


def test_value_and_gradient_from_one_function():
    found = check_problem(lambda x, a: (a * optimize.rosen(x), a * optimize.rosen_der(x)), X0, args=3.0, jac=True)
    assert outcomes(found) == {"jac": CONSISTENT}
    found = check_problem(lambda x, a: (a * optimize.rosen(x), optimize.rosen_der(x)), X0, args=(3.0,), jac=True)
    assert found.reports["jac"].findings[0].ratio == pytest.approx(1 / 3)


def test_what_claims_nothing_is_told():
    found = check_problem(optimize.rosen, [1, 2, 3], (), "BFGS", "2-point", optimize.BFGS())
    assert not found.reports
    assert ["jac" in found.warnings[0], "hess" in found.warnings[1]] == [True, True]


@pytest.mark.parametrize("bounds", [optimize.Bounds([0, 0], [np.inf, 5]), [(0, None), (0, 5)]])
def test_bounds_are_respected(bounds):
    def fun(x):
        if np.any(x < 0):
            raise AssertionError("outside")
        return float(np.sum(x**1.5) + x[0] * x[1])

    def jac(x):
        return 1.5 * np.sqrt(x) + x[::-1]

    def hess(x):
        return np.diag(0.75 / np.sqrt(x)) + np.array([[0.0, 1.0], [1.0, 0.0]])

    assert check_problem(fun, [0.0, 1.0], jac=jac, bounds=bounds).outcome is not WRONG
    inside = check_problem(fun, [0.4, 1.0], jac=jac, hess=hess, hessp=lambda x, p: hess(x) @ p, bounds=bounds)
    assert set(outcomes(inside).values()) == {CONSISTENT}
    assert check_problem(fun, [0.0, 1.0], jac=lambda x: 2 * jac(x), bounds=bounds).outcome is WRONG
    with pytest.raises(InputError, match="outside of the bounds"):
        check_problem(fun, [-1.0, 1.0], jac=jac, bounds=bounds)


def circle(x):
    return x[0] ** 2 + x[1] ** 2 - 1


def test_constraints():
    right = {"type": "eq", "fun": circle, "jac": lambda x: np.array([2 * x[0], 2 * x[1], 0, 0])}
    wrong = {
        "type": "ineq",
        "fun": lambda x, a: a * x[2] * x[3],
        "jac": lambda x, a: [0, 0, x[3], x[2]],
        "args": (2.0,),
    }
    none = {"type": "ineq", "fun": circle}
    linear = optimize.LinearConstraint(np.eye(4), 0, 1)
    nonlinear = optimize.NonlinearConstraint(
        lambda x: [circle(x), x[2] ** 3], 0, 1,
        jac=lambda x: sparse.csr_array([[2 * x[0], 2 * x[1], 0, 0], [0, 0, 3 * x[2] ** 2, 0]]),
        hess=lambda x, v: np.diag([2 * v[0], 2 * v[0], 6 * x[2] * v[1], 0]),
    )  # fmt: skip
    found = check_problem(optimize.rosen, X0, constraints=[right, wrong, none, linear, nonlinear])
    assert outcomes(found) == {
        "constraint 0 (eq): jac": CONSISTENT,
        "constraint 1 (ineq): jac": WRONG,
        "constraint 4: jac": CONSISTENT,
        "constraint 4: hess": CONSISTENT,
    }
    assert "constraint 2 (ineq): jac: nothing is claimed" in " ".join(found.warnings)
    bad = optimize.NonlinearConstraint(nonlinear.fun, 0, 1, jac="2-point", hess=lambda x, v: np.eye(4))
    assert check_problem(optimize.rosen, X0, constraints=bad).outcome is WRONG


T = np.linspace(0, 1, 12)


def residuals(x, t):
    return x[0] * np.exp(x[1] * t) + x[2] * t**2


def jacobian(x, t):
    e = np.exp(x[1] * t)
    return np.stack([e, x[0] * t * e, t**2], axis=1)


@pytest.mark.parametrize("form", [lambda J: J, sparse.csr_array, sparse.linalg.aslinearoperator])
def test_residuals(form):
    assert check_problem(residuals, X0[:3], jac=lambda x, t: form(jacobian(x, t)), args=(T,)).outcome is CONSISTENT

    def wrong(x, t):
        J = jacobian(x, t)
        J[7, 1] += 0.2
        return form(J)

    found = check_problem(residuals, X0[:3], jac=wrong, args=(T,), method="trf", loss="huber")
    assert found.reports["jac"].findings[0].index == (1,)
    assert "output 7:" in found.warnings[0]


def test_one_residual_and_roots():
    assert check_problem(lambda x: x[:1] ** 2, [2.0], method="hybr", jac=lambda x: [[2 * x[0]]]).outcome is CONSISTENT
    assert check_problem(lambda x: (x**2 - 1, np.diag(2 * x)), X0, jac=True).outcome is CONSISTENT
    assert check_problem(lambda x: (x**2 - 1, np.diag(x)), X0, jac=True).outcome is WRONG


def test_a_pattern_that_lacks_an_entry():
    n = 30

    def chain(x):
        return np.append(x[1:] * x[:-1], x[0] ** 2)

    full = np.eye(n, k=0) + np.eye(n, k=1)
    full[-1, [0, -1]] = 1, 0
    assert check_problem(chain, np.arange(1.0, n + 1), jac_sparsity=full).outcome is CONSISTENT
    lacking = full.copy()
    lacking[4, 5] = 0
    found = check_problem(chain, np.arange(1.0, n + 1), jac_sparsity=sparse.csr_array(lacking))
    assert found.reports["jac_sparsity"].outcome is WRONG


def test_the_conventions_of_each_solver_are_followed():
    x = X0[:3]

    found = check_problem(
        lambda x, k=1.0: k * residuals(x, T), x, jac=lambda x, k=1.0: k * jacobian(x, T), kwargs={"k": 3.0}
    )
    assert found.outcome is CONSISTENT
    # The third argument of ``least_squares`` is the Jacobian, the fourth are the bounds.
    found = check_problem(lambda x: residuals(x, T), x, lambda x: jacobian(x, T), (x - 1, x + 1), "trf")
    assert found.reports["jac"].outcome is CONSISTENT
    wrong = check_problem(lambda x: residuals(x, T), x, lambda x: 2 * jacobian(x, T))
    assert wrong.outcome is WRONG


def test_derivatives_down_the_columns_are_taken_so():
    def equations(x):
        return np.array([x[0] ** 2 + x[1], np.sin(x[1]) * x[0]])

    def jac(x):
        return np.array([[2 * x[0], 1.0], [np.sin(x[1]), np.cos(x[1]) * x[0]]])

    given = {"method": "hybr", "options": {"col_deriv": True}}
    assert check_problem(equations, X0[:2], jac=lambda x: jac(x).T, **given).outcome is CONSISTENT
    assert check_problem(equations, X0[:2], jac=jac, **given).outcome is WRONG


def test_one_residual_has_a_jacobian_of_one_row():
    found = check_problem(lambda x: np.array([x[0] * x[1]]), X0[:2], jac=lambda x: np.array([[x[1], x[0]]]))
    assert found.outcome is CONSISTENT
    found = check_problem(lambda x: np.array([x[0] * x[1]]), X0[:2], jac=lambda x: np.array([[x[1], 2 * x[0]]]))
    assert found.outcome is WRONG


def test_a_gradient_that_is_none_is_told_as_such():
    found = check_problem(optimize.rosen, X0, jac=lambda x: None)
    assert "None" in found.reports["jac"].findings[0].text


def test_what_cannot_be_used_is_said():
    with pytest.raises(InputError, match="start"):
        check_problem(optimize.rosen, ["a"])
    with pytest.raises(InputError, match="another shape"):
        check_problem(residuals, X0[:3], jac=lambda x, t: jacobian(x, t).T, args=(T,))
    with pytest.raises(InputError, match="bounds"):
        check_problem(optimize.rosen, X0, bounds=[1, 2, 3])


def test_autograd_by_hips():
    autograd = pytest.importorskip("autograd")
    anp = pytest.importorskip("autograd.numpy")
    from autograd.extend import defvjp, primitive

    def loss(p):
        return anp.sum(anp.tanh(anp.dot(p["W"], p["x"][0])) ** 2)

    p = {"W": np.outer(X0, X0) + 0.1, "x": [X0]}
    assert gp.check(loss, autograd.grad(loss), p).outcome is CONSISTENT

    @primitive
    def cube(x):
        return x**3

    defvjp(cube, lambda ans, x: lambda g: g * 2 * x**2)
    report = gp.check(lambda x: anp.sum(cube(x)), autograd.grad(lambda x: anp.sum(cube(x))), X0)
    assert report.findings[0].ratio == pytest.approx(2 / 3)
