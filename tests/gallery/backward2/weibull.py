"""Weibull survival times with censoring: shape and scale in logarithms, covariates in the scale."""

import numpy as np

rng = np.random.default_rng(33)
age = rng.normal(size=(14, 2))
duration = rng.weibull(1.3, size=14) * 2 + 0.05
event = (rng.uniform(size=14) < 0.7).astype(float)
params = {"log_k": 0.2, "beta": rng.normal(size=2) * 0.4, "base": 0.5}


def loss(p):
    k = np.exp(p["log_k"])
    scale = np.exp(p["base"] + age @ p["beta"])
    ratio = duration / scale
    log_hazard = np.log(k) - np.log(scale) + (k - 1) * np.log(ratio)
    return -np.sum(event * log_hazard - ratio**k) / len(duration)


def gradient(p):
    k = np.exp(p["log_k"])
    log_scale = p["base"] + age @ p["beta"]
    log_ratio = np.log(duration) - log_scale
    cumulative = np.exp(k * log_ratio)
    n = len(duration)
    # By the logarithm of the scale, each subject for itself.
    by_scale = (event - cumulative) * k
    by_shape = event * (1 + k * log_ratio) - cumulative * k * log_ratio
    g_beta = np.sum(by_scale[:, None] * age, axis=0) / n
    g_base = np.mean(by_scale)
    g_shape = -np.mean(by_shape)
    return {"log_k": g_shape, "beta": g_beta, "base": g_base}
