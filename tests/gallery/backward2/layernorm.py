"""Layer normalisation with a gated output, keyword-only arguments and in-place operations."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
generator = np.random.default_rng(22)
tokens: Array = generator.normal(size=(6, 5))
targets: Array = generator.normal(size=(6, 5))
params: dict[str, Array] = {
    "scale": 1 + 0.2 * generator.normal(size=5),
    "shift": 0.3 * generator.normal(size=5),
    "mix": generator.normal(size=(5, 5)) / 2,
}


def normalised(x: Array, *, eps: float = 1e-5) -> tuple[Array, Array]:
    centred = x - x.mean(-1, keepdims=True)
    rstd = 1.0 / np.sqrt((centred**2).mean(-1, keepdims=True) + eps)
    return centred * rstd, rstd


def loss(p: dict[str, Array]) -> float:
    hidden = np.einsum("ni,ij->nj", tokens, p["mix"])
    xhat, _ = normalised(hidden)
    out = p["scale"] * xhat + p["shift"]
    gated = out / (1 + np.exp(-out))
    return float(np.mean(np.square(gated - targets)))


def gradient(p: dict[str, Array]) -> dict[str, Array]:
    hidden = np.einsum("ni,ij->nj", tokens, p["mix"])
    xhat, rstd = normalised(hidden)
    out = p["scale"] * xhat + p["shift"]
    gate = 1 / (1 + np.exp(-out))
    grad: Array = out * gate - targets
    grad *= 2.0 / targets.size
    grad *= gate + out * gate * (1 - gate)
    dshift = grad.sum(axis=0)
    dscale = np.einsum("nj,nj->j", grad, xhat)
    grad *= p["scale"]
    along = (grad * xhat).mean(axis=-1, keepdims=True)
    grad -= grad.mean(axis=-1, keepdims=True)
    grad -= xhat * along
    grad *= rstd
    return dict(
        scale=dscale,
        shift=dshift,
        mix=np.einsum("ni,nj->ij", tokens, grad),
    )
