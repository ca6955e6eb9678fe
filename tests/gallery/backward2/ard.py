"""A Gaussian process with one length for each input: the likelihood's gradient by traces."""

from dataclasses import dataclass

import numpy as np

rng = np.random.default_rng(27)
X = rng.uniform(-2, 2, size=(9, 3))
t = np.sin(X[:, 0]) + 0.3 * X[:, 1] + 0.1 * rng.normal(size=9)


@dataclass
class Hyper:
    log_amplitude: float
    log_lengths: np.ndarray
    log_noise: float
    level: float


params = Hyper(0.1, np.array([0.2, -0.1, 0.6]), -1.0, 0.15)


def covariance(h):
    scaled = X / np.exp(h.log_lengths)
    d2 = ((scaled[:, None, :] - scaled[None, :, :]) ** 2).sum(-1)
    return np.exp(2 * h.log_amplitude) * np.exp(-0.5 * d2)


def loss(h):
    K = covariance(h) + np.exp(2 * h.log_noise) * np.eye(len(X))
    r = t - h.level
    return 0.5 * (r @ np.linalg.solve(K, r) + np.linalg.slogdet(K)[1])


def gradient(h):
    kernel = covariance(h)
    noise = np.exp(2 * h.log_noise)
    Kinv = np.linalg.inv(kernel + noise * np.eye(len(X)))
    alpha = Kinv @ (t - h.level)
    W = 0.5 * (Kinv - alpha[:, None] * alpha[None, :])
    lengths = np.exp(h.log_lengths)
    d_lengths = np.zeros(3)
    for k in range(3):
        difference = (X[:, k][:, None] - X[:, k][None, :]) / lengths[k]
        d_lengths[k] = np.sum(W * kernel * difference**2)
    return Hyper(
        log_amplitude=2 * np.sum(W * kernel),
        log_lengths=d_lengths,
        log_noise=2 * noise * np.trace(W),
        level=-alpha.sum(),
    )
