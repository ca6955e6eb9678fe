"""Jacobians, Hessians, adjoints and Riemannian gradients: rows, columns, symmetry, tangency."""

from __future__ import annotations

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import InputError

RNG = np.random.default_rng(0)
WRONG, CONSISTENT = gp.Outcome.WRONG, gp.Outcome.CONSISTENT
A, X = RNG.normal(size=(5, 3)), RNG.normal(size=3)


def f(x):
    return np.sin(A @ x) + x[0] ** 2


def jacobian(x):
    J = np.cos(A @ x)[:, None] * A
    J[:, 0] += 2 * x[0]
    return J


class Operator:
    """What a linear operator looks like, as in SciPy."""

    def __init__(self, matrix, back=None):
        self.matrix, self.shape, self.dtype = matrix, matrix.shape, matrix.dtype
        self.back = matrix.conj().T if back is None else back

    def matvec(self, v):
        return self.matrix @ v

    def rmatvec(self, v):
        return self.back @ v


@pytest.mark.parametrize("claim", [jacobian, jacobian(X), Operator(jacobian(X)), lambda x: Operator(jacobian(x))])
def test_right_jacobians_pass(claim):
    found = gp.check_jacobian(f, claim, X)
    assert found.outcome is CONSISTENT
    assert not found.warnings


def test_a_wrong_row_and_column_are_named():
    J = jacobian(X)
    J[2] *= 2.0
    found = gp.check_jacobian(f, J, X)
    assert found.outcome is WRONG
    assert "output 2: yours" in found.warnings[0]
    assert "output 1" not in found.warnings[0]
    J = jacobian(X)
    J[:, 1] *= 2.0
    found = gp.check_jacobian(f, J, X)
    assert found.reports["vjp"].findings[0].index == (1,)


def test_one_wrong_entry_among_many():
    n = 60
    B = RNG.normal(size=(80, n))
    wrong = B.copy()
    wrong[17, 33] += 0.5
    found = gp.check_jacobian(lambda x: B @ x, wrong, RNG.normal(size=n))
    assert [finding.index for finding in found.reports["vjp"].findings] == [(33,)]
    assert "wrong in row" in found.warnings[0]
    assert "output 17:" in found.warnings[0]


def test_an_operator_whose_two_products_disagree():
    J = jacobian(X)
    found = gp.check_jacobian(f, Operator(J, 2 * J.T), X)
    assert found.reports["vjp"].outcome is WRONG
    assert found.reports["jvp"].outcome is CONSISTENT
    assert found.identities[0].outcome is WRONG


def test_a_transposed_jacobian_is_refused_with_a_hint():
    with pytest.raises(InputError, match="transpose it"):
        gp.check_jacobian(f, jacobian(X).T, X)


def gradient(x):
    return 4 * x * (x @ x) + A.T @ (A @ x)


def hessian(x):
    return 4 * (x @ x) * np.eye(3) + 8 * np.outer(x, x) + A.T @ A


def test_hessians():
    assert gp.check_hessian(gradient, hessian, X).outcome is CONSISTENT
    found = gp.check_hessian(gradient, lambda x: np.triu(hessian(x)), X)
    assert found.outcome is WRONG
    assert "<u, H v> = <v, H u>: does not hold" in str(found)
    symmetric_but_wrong = gp.check_hessian(gradient, lambda x: hessian(x) + np.eye(3), X)
    assert symmetric_but_wrong.outcome is WRONG
    assert symmetric_but_wrong.identities[-1].outcome is CONSISTENT


def test_products_with_a_hessian():
    def right(x, p, scale):
        return scale * hessian(x) @ p

    def scaled(x, scale):
        return scale * gradient(x)

    assert gp.check_hessp(scaled, right, X, args=(3.0,)).outcome is CONSISTENT
    found = gp.check_hessp(scaled, lambda x, p, scale: right(x, p, scale) + 12 * x * (x @ p), X, args=(3.0,))
    assert found.outcome is WRONG
    assert gp.check_hessp(scaled, lambda x, p, s: np.tril(hessian(x)) @ p * s, X, args=(3.0,)).outcome is WRONG


def test_adjoints():
    K = RNG.normal(size=(6, 4)) + 1j * RNG.normal(size=(6, 4))
    right = gp.check_adjoint(lambda x: K @ x, lambda y: K.conj().T @ y, np.ones(4, complex))
    assert right.outcome is CONSISTENT
    wrong = gp.check_adjoint(lambda x: K @ x, lambda y: K.T @ y, np.ones(4, complex))
    assert wrong.outcome is WRONG
    assert "does not hold" in str(wrong)
    assert gp.check_adjoint(Operator(K)).outcome is CONSISTENT
    assert gp.check_adjoint(Operator(K, 2 * K.conj().T)).outcome is WRONG
    affine = gp.check_adjoint(lambda x: K @ x + 1.0, lambda y: K.conj().T @ y, np.ones(4, complex))
    assert affine.identities[0].outcome is WRONG
    with pytest.raises(InputError, match="cannot be judged"):
        gp.check_adjoint(lambda x: x)


def test_adjoints_of_trees():
    def forward(x):
        return {"diff": np.diff(x["u"]), "sum": x["u"].sum() + x["v"]}

    def back(y):
        u = np.zeros(5)
        u[1:] += y["diff"]
        u[:-1] -= y["diff"]
        return {"u": u + y["sum"], "v": np.asarray(y["sum"])}

    x = {"u": np.ones(5), "v": np.ones(())}
    assert gp.check_adjoint(forward, back, x).outcome is CONSISTENT
    broken = gp.check_adjoint(forward, lambda y: {**back(y), "u": -back(y)["u"]}, x)
    assert broken.outcome is WRONG
    assert broken.reports["adjoint"].outcome is WRONG


SPHERE = gp.Manifold(lambda x, v: v - x * (x @ v), lambda x, v: (x + v) / np.linalg.norm(x + v))


def test_riemannian_gradients():
    S = A.T @ A
    x = X / np.linalg.norm(X)

    def loss(x):
        return float(x @ S @ x)

    def right(x):
        return SPHERE.project(x, 2 * S @ x)

    assert gp.check_riemannian(loss, right, x, SPHERE).outcome is CONSISTENT
    found = gp.check_riemannian(loss, lambda x: 2 * S @ x, x, SPHERE)
    assert found.outcome is WRONG  # the Euclidean gradient: right along tangents, but not tangent
    assert found.reports["gradient"].outcome is CONSISTENT
    assert "the gradient is tangent: does not hold" in str(found)
    assert gp.check_riemannian(loss, lambda x: 0.5 * right(x), x, SPHERE).reports["gradient"].outcome is WRONG


def test_a_metric_of_its_own():
    """Positive numbers with <u, v>_x = u v / x^2: the gradient is x^2 f'."""
    positive = gp.Manifold(lambda x, v: v, lambda x, v: x * np.exp(v / x), lambda x, u, v: float(np.sum(u * v / x**2)))
    x = np.abs(X) + 0.5
    assert gp.check_riemannian(lambda x: np.sum(x**3), x**2 * 3 * x**2, x, positive).outcome is CONSISTENT
    assert gp.check_riemannian(lambda x: np.sum(x**3), 3 * x**2, x, positive).outcome is WRONG
