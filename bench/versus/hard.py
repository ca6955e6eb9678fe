"""Functions hard to differentiate by measuring: kinks, noise, large constants, bad scales, steep, oscillating."""

from __future__ import annotations

import hashlib

import numpy as np
from bench.versus.base import Base, between


def _abs(x):
    return x * np.where(x.real >= 0, 1.0, -1.0).astype(x.real.dtype)


def _points(rng):
    return rng.normal(size=int(rng.integers(1, 31)))


def kinks_near(rng):
    x = _points(rng)
    distance = between(rng, 1e-9, 1e-1)
    data = {"a": x + distance * rng.uniform(1.0, 3.0, x.size) * rng.choice([-1.0, 1.0], x.size)}
    return Base(
        "kinks beside the point", {"x": x}, data,
        lambda p, d: np.sum(_abs(p["x"] - d["a"]) + np.sin(p["x"])),
        lambda p, d: {"x": np.where(p["x"] >= d["a"], 1.0, -1.0) + np.cos(p["x"])}, single=False,
    )  # fmt: skip


def kinks_at(rng):
    x = rng.normal(size=int(rng.integers(2, 31)))
    x[rng.permutation(x.size)[: max(1, x.size // int(rng.integers(2, 9)))]] = 0.0
    claim = float(rng.choice([0.0, 0.5, 1.0, rng.random()]))

    def gradient(p, d):
        return {"x": np.where(p["x"] == 0.0, claim, p["x"] > 0.0) + np.cos(p["x"] + 1.0)}

    return Base(
        "kinks at the point", {"x": x}, {}, lambda p, d: np.sum(p["x"] * (p["x"].real > 0) + np.sin(p["x"] + 1.0)),
        gradient, kinks=lambda p: {"x": p["x"] == 0.0},
    )  # fmt: skip


def _hashed(x):
    """Return a number in (-1, 1) that depends on every bit of x, and is no function of it otherwise."""
    bits = hashlib.blake2b(np.ascontiguousarray(x).tobytes(), digest_size=8).digest()
    return int.from_bytes(bits, "little") / 2.0**63 - 1.0


def noisy(rng):
    size = between(rng, 1e-13, 1e-5)

    def loss(p, d):
        smooth = np.sum(np.sin(p["x"]))
        return smooth if np.iscomplexobj(smooth) else smooth + size * _hashed(p["x"])

    return Base(f"noise of {size:.0e}", {"x": _points(rng)}, {}, loss, lambda p, d: {"x": np.cos(p["x"])}, single=False)


def rounded(rng):
    digits = int(rng.integers(6, 14))

    def loss(p, d):
        smooth = np.sum(np.exp(0.5 * np.sin(p["x"])))
        return smooth if np.iscomplexobj(smooth) else np.round(smooth, digits)

    return Base(
        f"rounded to {digits} digits", {"x": _points(rng)}, {}, loss,
        lambda p, d: {"x": 0.5 * np.cos(p["x"]) * np.exp(0.5 * np.sin(p["x"]))}, single=False,
    )  # fmt: skip


def constant(rng):
    size = between(rng, 1e2, 1e10)
    return Base(
        f"a constant of {size:.0e}", {"x": _points(rng)}, {}, lambda p, d: size + np.sum(np.sin(p["x"])),
        lambda p, d: {"x": np.cos(p["x"])}, single=False,
    )  # fmt: skip


def scales(rng):
    sizes = {name: between(rng, 1e-8, 1e8) for name in "abc"}
    weights = {name: between(rng, 1e-3, 1e3) for name in "abc"}
    params = {name: size * rng.normal(size=int(rng.integers(1, 9))) for name, size in sizes.items()}
    return Base(
        "leaves of other scales", params, {},
        lambda p, d: sum(weights[n] * np.sum(np.sin(p[n] / sizes[n])) for n in sizes),
        lambda p, d: {n: weights[n] / sizes[n] * np.cos(p[n] / sizes[n]) for n in sizes},
    )  # fmt: skip


def mixed(rng):
    n = int(rng.integers(3, 20))
    sizes = 10.0 ** rng.uniform(-6, 6, n)
    return Base(
        "entries of other scales", {"x": sizes * rng.normal(size=n)}, {"s": sizes},
        lambda p, d: np.sum(np.tanh(p["x"] / d["s"])),
        lambda p, d: {"x": (1.0 - np.tanh(p["x"] / d["s"]) ** 2) / d["s"]},
    )  # fmt: skip


def steep(rng):
    k = between(rng, 1.0, 40.0)
    return Base(
        f"exp({k:.0f} x)", {"x": rng.uniform(-1.0, 1.0, int(rng.integers(1, 31)))}, {},
        lambda p, d: np.sum(np.exp(k * p["x"])), lambda p, d: {"x": k * np.exp(k * p["x"])}, single=k < 10,
    )  # fmt: skip


def oscillating(rng):
    k = between(rng, 1.0, 3000.0)
    return Base(
        f"sin({k:.0f} x)", {"x": _points(rng)}, {}, lambda p, d: np.sum(np.sin(k * p["x"])),
        lambda p, d: {"x": k * np.cos(k * p["x"])}, single=k < 10,
    )  # fmt: skip


def edges(rng):
    x = 10.0 ** rng.uniform(-10, 0, int(rng.integers(1, 20)))
    if rng.random() < 0.5:
        return Base(
            "roots near zero", {"x": x}, {}, lambda p, d: np.sum(np.sqrt(p["x"])),
            lambda p, d: {"x": 0.5 / np.sqrt(p["x"])},
        )  # fmt: skip
    return Base(
        "logarithms near zero", {"x": x}, {}, lambda p, d: np.sum(np.log(p["x"])), lambda p, d: {"x": 1.0 / p["x"]}
    )


def tiny(rng):
    size = between(rng, 1e-30, 1e-6)
    return Base(
        f"values of {size:.0e}", {"x": _points(rng)}, {}, lambda p, d: size * np.sum(np.sin(p["x"])),
        lambda p, d: {"x": size * np.cos(p["x"])},
    )  # fmt: skip


def minimum(rng):
    a, size = _points(rng), between(rng, 1e-7, 1e-2)
    x = a + size * rng.normal(size=a.size)
    return Base(
        "beside a minimum", {"x": x}, {"a": a}, lambda p, d: np.sum((p["x"] - d["a"]) ** 2),
        lambda p, d: {"x": 2.0 * (p["x"] - d["a"])}, single=False,
    )  # fmt: skip


def saturated(rng):
    return Base(
        "saturated", {"x": _points(rng)}, {}, lambda p, d: np.sum(np.tanh(12.0 * p["x"])),
        lambda p, d: {"x": 12.0 / np.cosh(12.0 * p["x"]) ** 2},
    )  # fmt: skip


KINDS = (kinks_near, kinks_at, noisy, rounded, constant, scales, mixed, steep, oscillating, edges, tiny, minimum,
         saturated)  # fmt: skip


def hard(rng: np.random.Generator) -> Base:
    """Draw a hard function, its constants and its point."""
    return KINDS[int(rng.integers(len(KINDS)))](rng)
