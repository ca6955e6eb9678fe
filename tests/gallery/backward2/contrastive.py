"""Pairs pulled together or pushed apart: the contrastive loss of an embedding of unit length."""

import numpy as np

rng = np.random.default_rng(28)
left, right = rng.normal(size=(8, 5)), rng.normal(size=(8, 5))
same = np.array([1, 0, 1, 0, 0, 1, 0, 0], dtype=float)
params = {"A": rng.normal(size=(5, 3)), "margin": np.array(1.4), "c": rng.normal(size=3) * 0.2}


def embed(v, p):
    z = v @ p["A"] + p["c"]
    norm = np.sqrt(np.sum(z * z, axis=1, keepdims=True))
    return z / norm, norm


def loss(p):
    (u, _), (v, _) = embed(left, p), embed(right, p)
    d = np.sqrt(((u - v) ** 2).sum(axis=1) + 1e-6)
    gap = np.maximum(p["margin"] - d, 0)
    return np.mean(same * d**2 + (1 - same) * gap**2)


def unnormalise(g, unit, norm):
    return (g - unit * np.sum(g * unit, axis=1, keepdims=True)) / norm


def gradient(p):
    (u, nu), (v, nv) = embed(left, p), embed(right, p)
    diff = u - v
    d = np.sqrt((diff**2).sum(axis=1) + 1e-6)
    gap = np.maximum(p["margin"] - d, 0)
    d_dist = 2 * (same * d - (1 - same) * gap) / len(same)
    d_diff = (d_dist / d)[:, np.newaxis] * diff
    gz_left = unnormalise(d_diff, u, nu)
    gz_right = unnormalise(-d_diff, v, nv)
    return {
        "A": left.T @ gz_left + right.T @ gz_right,
        "margin": np.sum(2 * (1 - same) * gap) / len(same),
        "c": gz_left.sum(axis=0) + gz_right.sum(axis=0),
    }
