"""A convolution with stride and padding written as loops, relu, the mean of each map, a linear read-out."""

import numpy as np

rng = np.random.default_rng(4)
images = rng.normal(size=(3, 2, 6, 7))
target = rng.normal(size=(3, 2))
stride, pad = 2, 1
params = {
    "K": 0.4 * rng.normal(size=(3, 2, 3, 3)),
    "b": 0.1 * rng.normal(size=3),
    "R": rng.normal(size=(3, 2)),
}


def convolve(p):
    padded = np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, _, height, width = padded.shape
    rows, columns = (height - 3) // stride + 1, (width - 3) // stride + 1
    out = np.zeros((n, 3, rows, columns))
    for i in range(rows):
        for j in range(columns):
            patch = padded[:, :, i * stride : i * stride + 3, j * stride : j * stride + 3]
            out[:, :, i, j] = np.einsum("nchw,kchw->nk", patch, p["K"]) + p["b"]
    return padded, out


def loss(p):
    out = convolve(p)[1]
    pooled = np.maximum(out, 0).mean(axis=(2, 3))
    return 0.5 * np.sum((pooled @ p["R"] - target) ** 2)


def gradient(p):
    padded, out = convolve(p)
    rows, columns = out.shape[2:]
    active = np.maximum(out, 0)
    pooled = active.mean(axis=(2, 3))
    error = pooled @ p["R"] - target
    dR = pooled.T @ error
    dpooled = error @ p["R"].T
    dactive = np.ones_like(out) * dpooled[:, :, None, None] / (rows * columns)
    dout = dactive * (out > 0)
    dK = np.zeros_like(p["K"])
    db = np.zeros_like(p["b"])
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            patch = padded[:, :, top : top + 3, left : left + 3]
            here = dout[:, :, i, j]
            dK += np.einsum("nk,nchw->kchw", here, patch)
            db += here.sum(axis=0)
    return {"K": dK, "b": db, "R": dR}
