"""Multi-head attention with a causal mask, by einsum; the parameters are a tuple."""

from typing import NamedTuple

import numpy as np

rng = np.random.default_rng(30)
L, E, HEADS = 4, 6, 2
HD = E // HEADS
seq, aim = rng.normal(size=(L, E)), rng.normal(size=(L, E))
mask = np.tril(np.ones((L, L), dtype=bool))


class Weights(NamedTuple):
    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    output: np.ndarray


params = Weights(*(rng.normal(size=(E, HEADS, HD)) / 2 for _ in range(3)), rng.normal(size=(HEADS, HD, E)) / 2)


def attend(w):
    q, k, v = (np.einsum("le,ehd->hld", seq, m) for m in (w.query, w.key, w.value))
    scores = np.einsum("hld,hmd->hlm", q, k) / HD**0.5
    scores = np.where(mask, scores, -1e9)
    a = np.exp(scores - scores.max(-1, keepdims=True))
    a /= a.sum(-1, keepdims=True)
    mixed = np.einsum("hlm,hmd->hld", a, v)
    return q, k, v, a, mixed, np.einsum("hld,hde->le", mixed, w.output)


def loss(w):
    return 0.5 * np.mean((attend(w)[-1] - aim) ** 2)


def gradient(w):
    q, k, v, a, mixed, out = attend(w)
    g = (out - aim) / out.size
    d_output = np.einsum("hld,le->hde", mixed, g)
    d_mixed = np.einsum("le,hde->hld", g, w.output)
    d_a = np.einsum("hld,hmd->hlm", d_mixed, v)
    d_v = np.einsum("hlm,hld->hmd", a, d_mixed)
    d_scores = a * (d_a - (d_a * a).sum(-1, keepdims=True))
    d_scores /= HD**0.5
    d_q = np.einsum("hlm,hmd->hld", d_scores, k)
    d_k = np.einsum("hlm,hld->hmd", d_scores, q)
    return Weights(
        *[np.einsum("le,hld->ehd", seq, d) for d in (d_q, d_k, d_v)],
        d_output,
    )
