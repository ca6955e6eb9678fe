"""A residual network of blocks, an abstract base class, and parameters gathered by name."""

from abc import ABC, abstractmethod

import numpy as np

rng = np.random.default_rng(29)
BATCH, WIDTH = 6, 4
inputs, goals = rng.normal(size=(BATCH, WIDTH)), rng.normal(size=(BATCH, 2))
params = {}
for block in range(2):
    params[f"block{block}.first"] = rng.normal(size=(WIDTH, WIDTH)) / 2
    params[f"block{block}.second"] = rng.normal(size=(WIDTH, WIDTH)) / 2
    params[f"block{block}.bias"] = rng.normal(size=WIDTH) / 5
params["head"] = rng.normal(size=(WIDTH, 2))


class Module(ABC):
    def __init__(self, prefix, p):
        self.prefix, self.p, self.grads = prefix, p, {}

    @abstractmethod
    def forward(self, x): ...

    @abstractmethod
    def backward(self, g): ...

    def weight(self, name):
        return self.p[f"{self.prefix}{name}"]

    def store(self, **found):
        self.grads.update({f"{self.prefix}{name}": value for name, value in found.items()})


class Block(Module):
    def forward(self, x):
        self.x = x
        self.pre = x @ self.weight("first") + self.weight("bias")
        self.act = np.log1p(np.exp(self.pre))
        return x + self.act @ self.weight("second")

    def backward(self, g):
        d_act = g @ self.weight("second").T
        slope = 1 / (1 + np.exp(-self.pre))
        d_pre = d_act * slope
        self.store(
            second=self.act.T @ g,
            first=self.x.T @ d_pre,
            bias=d_pre.sum(axis=0),
        )
        return g + d_pre @ self.weight("first").T


class Head(Module):
    def forward(self, x):
        self.x = x
        return x @ self.weight("head")

    def backward(self, g):
        self.store(head=self.x.T @ g)
        return g @ self.weight("head").T


def build(p):
    return [Block(f"block{i}.", p) for i in range(2)] + [Head("", p)]


def loss(p):
    out = inputs
    for module in build(p):
        out = module.forward(out)
    return 0.5 * np.sum((out - goals) ** 2) / BATCH


def gradient(p):
    modules, out = build(p), inputs
    for module in modules:
        out = module.forward(out)
    g = (out - goals) / BATCH
    found = {}
    for module in modules[::-1]:
        g = module.backward(g)
        found |= module.grads
    return {name: found[name] for name in p}
