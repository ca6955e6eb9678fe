"""The negative log likelihood of a hidden Markov model with Gaussian emissions: scaled forward and backward passes."""

import numpy as np

rng = np.random.default_rng(10)
S, T = 3, 10
obs = rng.normal(size=T) * 1.5
params = {
    "start": 0.3 * rng.normal(size=S),
    "logits": 0.5 * rng.normal(size=(S, S)),
    "mu": np.array([-1.0, 0.2, 1.3]),
    "log_sd": np.array([-0.2, 0.1, 0.0]),
}


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def emissions(p):
    sd = np.exp(p["log_sd"])
    z = (obs[:, None] - p["mu"]) / sd
    return z, np.exp(-0.5 * z**2) / (sd * np.sqrt(2 * np.pi))


def forward(p):
    pi, A = softmax(p["start"]), softmax(p["logits"])
    z, B = emissions(p)
    alpha, scale = np.zeros((T, S)), np.zeros(T)
    for t in range(T):
        a = pi * B[0] if t == 0 else (alpha[t - 1] @ A) * B[t]
        scale[t] = a.sum()
        alpha[t] = a / scale[t]
    return pi, A, z, B, alpha, scale


def loss(p):
    return -np.sum(np.log(forward(p)[-1]))


def gradient(p):
    pi, A, z, B, alpha, scale = forward(p)
    beta = np.ones((T, S))
    for t in range(T - 2, -1, -1):
        beta[t] = A @ (B[t + 1] * beta[t + 1]) / scale[t + 1]
    gamma = alpha * beta
    xi = np.zeros((S, S))
    for t in range(T - 1):
        xi += alpha[t][:, None] * A * (B[t + 1] * beta[t + 1])[None, :] / scale[t + 1]
    dlogits = A * xi.sum(axis=1, keepdims=True) - xi
    dstart = pi - gamma[0]
    sd = np.exp(p["log_sd"])
    dmu = -np.sum(gamma * z / sd, axis=0)
    dlog_sd = np.sum(gamma * (1 - z**2), axis=0)
    return {"start": dstart, "logits": dlogits, "mu": dmu, "log_sd": dlog_sd}
