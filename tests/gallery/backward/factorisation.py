"""Matrix factorisation of ratings with biases, missing entries and a ridge; the gradient is a tuple."""

import numpy as np

rng = np.random.default_rng(11)
R = rng.normal(size=(6, 5)) + 3.0
seen = rng.random((6, 5)) < 0.7
lam = 0.15
params = (
    0.6 * rng.normal(size=(6, 2)),
    0.6 * rng.normal(size=(5, 2)),
    0.2 * rng.normal(size=6),
    0.2 * rng.normal(size=5),
    2.5,
)


def residuals(U, V, bu, bv, mu):
    return seen * (U @ V.T + bu[:, None] + bv[None, :] + mu - R)


def loss(params):
    U, V, bu, bv, mu = params
    e = residuals(U, V, bu, bv, mu)
    ridge = np.sum(U**2) + np.sum(V**2) + np.sum(bu**2) + np.sum(bv**2)
    return 0.5 * np.sum(e**2) + 0.5 * lam * ridge


def gradient(params):
    U, V, bu, bv, mu = params
    e = residuals(U, V, bu, bv, mu)
    dU = e @ V + lam * U
    dV = e.T @ U + lam * V
    dbu = e.sum(axis=1) + lam * bu
    dbv = e.sum(axis=0) + lam * bv
    dmu = e.sum()
    return dU, dV, dbu, dbv, dmu
