"""Poisson regression with exposures, an overdispersion term, and random effects of groups."""

import numpy as np

rng = np.random.default_rng(32)
exposure = rng.uniform(0.5, 3.0, size=18)
Z = rng.normal(size=(18, 3))
group = rng.integers(0, 4, size=18)
counts = rng.poisson(2.0, size=18)
params = dict(intercept=0.3, slopes=rng.normal(size=3) * 0.3, effects=rng.normal(size=4) * 0.2, log_tau=-0.3)


def log_rate(p):
    return p["intercept"] + Z @ p["slopes"] + p["effects"][group] + np.log(exposure)


def loss(p):
    eta, tau = log_rate(p), np.exp(p["log_tau"])
    data = np.sum(np.exp(eta) - counts * eta)
    prior = np.sum(p["effects"] ** 2) / (2 * tau**2) + len(p["effects"]) * p["log_tau"]
    return data + prior + 0.5 * p["log_tau"] ** 2


def gradient(p):
    tau = np.exp(p["log_tau"])
    rate = exposure * np.exp(p["intercept"] + Z.dot(p["slopes"]) + p["effects"][group])
    score = rate - counts
    by_group = np.bincount(group, weights=score, minlength=4)
    return dict(
        intercept=score.sum(),
        slopes=(Z * score[:, None]).sum(axis=0),
        effects=by_group + p["effects"] / tau**2,
        log_tau=len(p["effects"]) - (p["effects"] ** 2).sum() / tau**2 + p["log_tau"],
    )
