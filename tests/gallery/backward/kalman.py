"""The likelihood of a scalar Kalman filter, with sensitivities carried forward in time."""

import numpy as np

rng = np.random.default_rng(8)
obs = np.cumsum(rng.normal(size=12)) * 0.5 + rng.normal(size=12)
params = {"a": 0.9, "log_q": -0.5, "log_r": 0.1, "h": 1.2}


def loss(p):
    a, h, q, r = p["a"], p["h"], np.exp(p["log_q"]), np.exp(p["log_r"])
    m, P, total = 0.3, 1.0, 0.0
    for z in obs:
        m, P = a * m, a * a * P + q
        S = h * h * P + r
        e = z - h * m
        total += 0.5 * (np.log(2 * np.pi * S) + e * e / S)
        K = P * h / S
        m, P = m + K * e, (1 - K * h) * P
    return total


def gradient(p):
    a, h, q, r = p["a"], p["h"], np.exp(p["log_q"]), np.exp(p["log_r"])
    # The order of the parameters: a, q, r, h.
    da, dq, dr, dh = np.eye(4)
    m, P = 0.3, 1.0
    dm, dP = np.zeros(4), np.zeros(4)
    total = np.zeros(4)
    for z in obs:
        dm = da * m + a * dm
        dP = 2 * a * da * P + a * a * dP + dq
        m, P = a * m, a * a * P + q
        S = h * h * P + r
        dS = 2 * h * dh * P + h * h * dP + dr
        e = z - h * m
        de = -dh * m - h * dm
        total += 0.5 * dS / S + e * de / S - 0.5 * e * e * dS / S**2
        K = P * h / S
        dK = (dP * h + P * dh) / S - P * h * dS / S**2
        dm = dm + dK * e + K * de
        dP = (1 - K * h) * dP - (dK * h + K * dh) * P
        m, P = m + K * e, (1 - K * h) * P
    return {"a": total[0], "log_q": total[1] * q, "log_r": total[2] * r, "h": total[3]}
