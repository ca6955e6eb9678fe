"""A mixture density network: a hidden layer gives weights, means and widths of Gaussians."""

import numpy as np

rng = np.random.default_rng(24)
x = np.linspace(-1, 1, 10)[:, None]
y = np.sin(2 * x) + 0.2 * rng.normal(size=x.shape)
K, H = 3, 5
params = {
    "hidden": {"w": rng.normal(size=(1, H)), "b": rng.normal(size=H) * 0.5},
    "out": {"w": rng.normal(size=(H, 3 * K)) * 0.5, "b": rng.normal(size=3 * K) * 0.3},
}


def heads(p):
    h = np.tanh(x @ p["hidden"]["w"] + p["hidden"]["b"])
    o = h @ p["out"]["w"] + p["out"]["b"]
    logits, mu, log_sigma = np.split(o, 3, axis=1)
    pi = np.exp(logits - logits.max(axis=1, keepdims=True))
    pi = pi / pi.sum(axis=1, keepdims=True)
    return h, pi, mu, np.exp(log_sigma)


def loss(p):
    _, pi, mu, sigma = heads(p)
    density = pi * np.exp(-0.5 * ((y - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    return -np.log(density.sum(axis=1)).mean()


def gradient(p):
    h, pi, mu, sigma = heads(p)
    u = (y - mu) / sigma
    density = pi * np.exp(-0.5 * u**2) / (sigma * np.sqrt(2 * np.pi))
    gamma = density / density.sum(axis=1, keepdims=True)
    d_logits = pi - gamma
    d_mu = -gamma * u / sigma
    d_log_sigma = gamma * (1 - u**2)
    d_out = np.concatenate([d_logits, d_mu, d_log_sigma], axis=1) / len(x)
    d_h = (d_out @ p["out"]["w"].T) * (1 - h**2)
    return {
        "hidden": {"w": x.T @ d_h, "b": d_h.sum(0)},
        "out": {"w": h.T @ d_out, "b": d_out.sum(0)},
    }
