"""The negative log marginal likelihood of a Gaussian process, with a kernel of three log parameters and a mean."""

import numpy as np

rng = np.random.default_rng(7)
x = np.sort(rng.uniform(0, 4, size=9))
y = np.sin(2 * x) + 0.1 * rng.normal(size=9)
params = {"log_length": -0.3, "log_signal": 0.2, "log_noise": -1.2, "mean": np.array([0.4, -0.2])}


def kernel(p):
    length, signal, noise = np.exp(p["log_length"]), np.exp(p["log_signal"]), np.exp(p["log_noise"])
    distance = (x[:, None] - x[None, :]) ** 2
    smooth = signal**2 * np.exp(-0.5 * distance / length**2)
    return distance, smooth, smooth + noise**2 * np.eye(len(x))


def loss(p):
    K = kernel(p)[2]
    r = y - p["mean"][0] - p["mean"][1] * x
    return 0.5 * r @ np.linalg.solve(K, r) + 0.5 * np.linalg.slogdet(K)[1] + 0.5 * len(x) * np.log(2 * np.pi)


def gradient(p):
    distance, smooth, K = kernel(p)
    r = y - p["mean"][0] - p["mean"][1] * x
    inverse = np.linalg.inv(K)
    alpha = inverse @ r
    dK = 0.5 * (inverse - np.outer(alpha, alpha))
    length = np.exp(p["log_length"])
    noise = np.exp(p["log_noise"])
    dlength = np.sum(dK * smooth * distance / length**2)
    dsignal = np.sum(dK * 2 * smooth)
    dnoise = 2 * noise**2 * np.trace(dK)
    dmean = np.array([-np.sum(alpha), -np.sum(alpha * x)])
    return {"log_length": dlength, "log_signal": dsignal, "log_noise": dnoise, "mean": dmean}
