"""Networks of three sizes with their gradients, in NumPy and (for gradcheck) in PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# 47, 61,481 and 1,000,001 parameters; the batch is small, as courses advise for checks.
SIZES = {"47": ([4, 5, 3, 1], 3), "61,481": ([12288, 5, 5, 1], 1), "1,000,001": ([3906, 256, 1], 1)}


@dataclass(frozen=True)
class Network:
    X: np.ndarray
    Y: np.ndarray
    params: dict[str, np.ndarray]

    @property
    def depth(self) -> int:
        return len(self.params) // 2

    def forward(self, p):
        activations = [self.X]
        for k in range(1, self.depth + 1):
            z = p[f"W{k}"] @ activations[-1] + p[f"b{k}"]
            activations.append(np.tanh(z) if k < self.depth else 1.0 / (1.0 + np.exp(-z)))
        return activations

    def loss(self, p):
        out = self.forward(p)[-1]
        return float(-np.mean(self.Y * np.log(out) + (1.0 - self.Y) * np.log(1.0 - out)))

    def gradient(self, p):
        a = self.forward(p)
        grads = {}
        dz = (a[-1] - self.Y) / self.Y.size
        for k in range(self.depth, 0, -1):
            grads[f"W{k}"] = dz @ a[k - 1].T
            grads[f"b{k}"] = dz.sum(axis=1, keepdims=True)
            if k > 1:
                dz = (p[f"W{k}"].T @ dz) * (1.0 - a[k - 1] ** 2)
        return {name: grads[name] for name in p}

    def torch_loss(self, *tensors):
        import torch

        a = torch.from_numpy(self.X)
        for k in range(self.depth):
            z = tensors[2 * k] @ a + tensors[2 * k + 1]
            a = torch.tanh(z) if k + 1 < self.depth else torch.sigmoid(z)
        y = torch.from_numpy(self.Y)
        return -(y * torch.log(a) + (1.0 - y) * torch.log(1.0 - a)).mean()


def network(name: str, seed: int = 0) -> Network:
    sizes, batch = SIZES[name]
    rng = np.random.default_rng(seed)
    params = {}
    for k, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:], strict=True), start=1):
        params[f"W{k}"] = rng.normal(size=(outputs, inputs)) / np.sqrt(inputs)
        params[f"b{k}"] = 0.1 * rng.normal(size=(outputs, 1))
    return Network(rng.random((sizes[0], batch)), (rng.random((1, batch)) > 0.5).astype(float), params)
