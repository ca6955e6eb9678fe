"""Predator and prey integrated by Heun's rule and fitted to data: the discrete adjoint, backward in time."""

import numpy as np

rng = np.random.default_rng(9)
steps, dt = 15, 0.1
data = np.abs(rng.normal(1.0, 0.3, size=(steps, 2)))
params = {"rates": np.array([1.1, 0.6, 0.8, 0.4]), "start": np.array([1.0, 0.7])}


def field(u, k):
    return np.array([k[0] * u[0] - k[1] * u[0] * u[1], -k[2] * u[1] + k[3] * u[0] * u[1]])


def jacobians(u, k):
    by_state = np.array([[k[0] - k[1] * u[1], -k[1] * u[0]], [k[3] * u[1], -k[2] + k[3] * u[0]]])
    by_rate = np.array([[u[0], -u[0] * u[1], 0.0, 0.0], [0.0, 0.0, -u[1], u[0] * u[1]]])
    return by_state, by_rate


def trajectory(p):
    u = p["start"]
    states = [u]
    for _ in range(steps):
        k1 = field(u, p["rates"])
        k2 = field(u + dt * k1, p["rates"])
        u = u + 0.5 * dt * (k1 + k2)
        states.append(u)
    return states


def loss(p):
    return 0.5 * sum(np.sum((u - d) ** 2) for u, d in zip(trajectory(p)[1:], data, strict=True))


def gradient(p):
    states = trajectory(p)
    k = p["rates"]
    lam = np.zeros(2)
    drates = np.zeros(4)
    for n in range(steps - 1, -1, -1):
        lam = lam + states[n + 1] - data[n]
        u = states[n]
        k1 = field(u, k)
        J1, R1 = jacobians(u, k)
        J2, R2 = jacobians(u + dt * k1, k)
        g2 = 0.5 * dt * lam
        g1 = 0.5 * dt * lam + dt * J2.T @ g2
        drates += R2.T @ g2 + R1.T @ g1
        lam = lam + J2.T @ g2 + J1.T @ g1
    return {"rates": drates, "start": lam}
