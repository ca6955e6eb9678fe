"""Principal components by gradient: the error of reconstruction, and a penalty for axes that are not orthonormal."""

import numpy as np

rng = np.random.default_rng(34)
cloud = rng.normal(size=(10, 5)) * np.array([3.0, 2.0, 1.0, 0.5, 0.2])
params = (rng.normal(size=(5, 2)) / 2, rng.normal(size=5) / 3)


def loss(params, strength=0.7):
    axes, centre = params
    shifted = cloud - centre
    missing = shifted - shifted @ axes @ axes.T
    crooked = axes.T @ axes - np.eye(2)
    return np.sum(missing**2) / (2 * len(cloud)) + strength * np.sum(crooked**2) / 4


def gradient(params, strength=0.7):
    axes, centre = params
    shifted = cloud - centre
    codes = shifted @ axes
    missing = shifted - codes @ axes.T
    g_missing = missing / len(cloud)
    g_axes = -(shifted.T @ g_missing + g_missing.T @ shifted) @ axes
    g_axes += strength * axes @ (axes.T @ axes - np.eye(2))
    g_shifted = g_missing - (g_missing @ axes) @ axes.T
    g_centre = -g_shifted.sum(axis=0)
    return g_axes, g_centre
