"""A network of radial basis functions: centres, widths and weights, by loops over centres."""

import numpy as np

rng = np.random.default_rng(31)
points = rng.uniform(-1, 1, size=(15, 2))
heights = np.cos(3 * points[:, 0]) * points[:, 1]
params = {
    "centres": rng.uniform(-1, 1, size=(4, 2)),
    "log_width": rng.normal(size=4) * 0.2,
    "weights": rng.normal(size=5),
}


def basis(p):
    columns = [np.ones(len(points))]
    for centre, log_width in zip(p["centres"], p["log_width"]):
        r2 = ((points - centre) ** 2).sum(axis=1)
        columns.append(np.exp(-r2 / (2 * np.exp(log_width) ** 2)))
    return np.array(columns).T


def loss(p):
    residual = basis(p) @ p["weights"] - heights
    return residual @ residual / (2 * len(heights)) + 0.01 * p["weights"] @ p["weights"]


def gradient(p):
    centres, weights = p["centres"], p["weights"]
    B = basis(p)
    residual = (B @ weights - heights) / len(heights)
    g_weights = B.T @ residual + 0.02 * weights
    g_centres, g_width = np.zeros_like(centres), []
    for j, centre in enumerate(centres):
        width = np.exp(p["log_width"][j])
        away = points - centre
        common = residual * weights[j + 1] * B[:, j + 1]
        g_centres[j] = common @ away / width**2
        g_width.append(np.sum(common * np.sum(away**2, axis=1)) / width**2)
    return {"centres": g_centres, "log_width": np.array(g_width), "weights": g_weights}
