"""Objectives of a few thousand entries that can be evaluated at many points in one call, for ``bench/exhaustive.py``.

Each has its peers: whoever spends two evaluations an entry on every entry. ``jax.test_util.check_grads`` does not: it
looks along one direction.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

STEP = 1e-7


@dataclass(frozen=True)
class Many:
    """An objective with what batches need, its gradient for the truth, and its peers by name."""

    name: str
    loss: Callable[[Any], Any]
    params: dict[str, Any]
    truth: dict[str, np.ndarray]
    batched: Callable[[Any], Any] | None = None
    peers: dict[str, Callable[[], Any]] = field(default_factory=dict)
    points: int = 128


def bare_loop(loss, params):
    """Two-sided differences with one step, in place, and nothing else."""
    params = {name: np.array(leaf) for name, leaf in params.items()}
    found = {}
    for name, leaf in params.items():
        flat = leaf.reshape(-1)
        slopes = np.zeros(flat.size)
        for i in range(flat.size):
            back = flat[i]
            flat[i] = back + STEP
            up = loss(params)
            flat[i] = back - STEP
            down = loss(params)
            flat[i] = back
            slopes[i] = (up - down) / (2 * STEP)
        found[name] = slopes.reshape(leaf.shape)
    return found


def scipy_loop(loss, params):
    """Three-point differences of SciPy, as its optimisers take them."""
    from scipy.optimize._numdiff import approx_derivative

    stops = np.cumsum([leaf.size for leaf in params.values()])
    places = [
        (name, slice(stop - leaf.size, stop), leaf.shape)
        for (name, leaf), stop in zip(params.items(), stops, strict=True)
    ]
    x = np.concatenate([np.asarray(leaf).reshape(-1) for leaf in params.values()])
    return approx_derivative(
        lambda flat: loss({name: flat[place].reshape(shape) for name, place, shape in places}), x, method="3-point"
    )


def numpy_network(net) -> Many:
    def batched(p):
        a = net.X
        for k in range(1, net.depth + 1):
            z = p[f"W{k}"] @ a + p[f"b{k}"]
            a = np.tanh(z) if k < net.depth else 1.0 / (1.0 + np.exp(-z))
        return -np.mean(net.Y * np.log(a) + (1.0 - net.Y) * np.log(1.0 - a), axis=(1, 2))

    return Many(
        "network, NumPy", net.loss, net.params, _truth(net), batched,
        {"bare loop": lambda: bare_loop(net.loss, net.params), "SciPy": lambda: scipy_loop(net.loss, net.params)},
        points=32,
    )  # fmt: skip


def _truth(net):
    found = type(net)(net.X.astype(np.longdouble), net.Y.astype(np.longdouble), net.params).gradient(
        {name: leaf.astype(np.longdouble) for name, leaf in net.params.items()}
    )
    return {name: leaf.astype(np.float64) for name, leaf in found.items()}


def heat(steps=40, sites=60) -> Many:
    """Heat on a rod, controlled at every site and time: the distance of its end from what is wanted, in NumPy."""
    rng = np.random.default_rng(0)
    start, wanted = rng.normal(size=sites), rng.normal(size=sites)

    def loss(p):
        u = start
        for source in p["source"]:
            u = u + 0.2 * (np.roll(u, 1) - 2.0 * u + np.roll(u, -1)) + 0.1 * np.tanh(source)
        return float(np.mean((u - wanted) ** 2))

    def batched(p):
        u = np.broadcast_to(start, (len(p["source"]), sites))
        for k in range(steps):
            around = np.roll(u, 1, axis=1) - 2.0 * u + np.roll(u, -1, axis=1)
            u = u + 0.2 * around + 0.1 * np.tanh(p["source"][:, k])
        return np.mean((u - wanted) ** 2, axis=1)

    def gradient(p):
        u = start.astype(np.longdouble)
        for source in p:
            u = u + np.longdouble(0.2) * (np.roll(u, 1) - 2 * u + np.roll(u, -1)) + np.longdouble(0.1) * np.tanh(source)
        back, found = 2 * (u - wanted) / sites, []
        for source in p[::-1]:
            found.append(back * np.longdouble(0.1) * (1 - np.tanh(source) ** 2))
            back = back + np.longdouble(0.2) * (np.roll(back, 1) - 2 * back + np.roll(back, -1))
        return np.array(found[::-1], dtype=np.float64)

    params = {"source": rng.normal(size=(steps, sites))}
    return Many(
        "heat equation, NumPy", loss, params, {"source": gradient(params["source"].astype(np.longdouble))}, batched,
        {"bare loop": lambda: bare_loop(loss, params), "SciPy": lambda: scipy_loop(loss, params)}, points=64,
    )  # fmt: skip


def torch_heat(steps=40, sites=60) -> Many:
    """The same in PyTorch."""
    import torch

    rod = heat(steps, sites)
    rng = np.random.default_rng(0)
    start, wanted = (torch.from_numpy(rng.normal(size=sites)) for _ in range(2))
    params = {"source": torch.from_numpy(rod.params["source"].copy())}

    def loss(p):
        u = start
        for source in p["source"]:
            u = u + 0.2 * (torch.roll(u, 1) - 2.0 * u + torch.roll(u, -1)) + 0.1 * torch.tanh(source)
        return torch.mean((u - wanted) ** 2)

    return Many("heat equation, PyTorch", loss, params, rod.truth, None, _of_torch(loss, params))


def _of_torch(loss, params):
    import torch

    def loop():
        arrays = {name: leaf.numpy() for name, leaf in params.items()}
        with torch.no_grad():
            return bare_loop(lambda p: float(loss({name: torch.from_numpy(leaf) for name, leaf in p.items()})), arrays)

    def gradcheck():
        inputs = tuple(leaf.clone().requires_grad_() for leaf in params.values())
        return torch.autograd.gradcheck(lambda *given: loss(dict(zip(params, given, strict=True))), inputs)

    return {"bare loop": loop, "gradcheck, slow": gradcheck}


def torch_network(net) -> Many:
    import torch

    torch.set_num_threads(1)
    X, Y = torch.from_numpy(net.X), torch.from_numpy(net.Y)
    params = {name: torch.from_numpy(leaf.copy()) for name, leaf in net.params.items()}

    def loss(p):
        a = X
        for k in range(1, net.depth + 1):
            z = p[f"W{k}"] @ a + p[f"b{k}"]
            a = torch.tanh(z) if k < net.depth else torch.sigmoid(z)
        return -(Y * torch.log(a) + (1.0 - Y) * torch.log(1.0 - a)).mean()

    return Many("network, PyTorch", loss, params, _truth(net), None, _of_torch(loss, params))


def jax_network(net, *, compiled: str) -> Many:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    X, Y = jnp.asarray(net.X), jnp.asarray(net.Y)

    def loss(p):
        a = X
        for k in range(1, net.depth + 1):
            z = p[f"W{k}"] @ a + p[f"b{k}"]
            a = jnp.tanh(z) if k < net.depth else 1.0 / (1.0 + jnp.exp(-z))
        return -jnp.mean(Y * jnp.log(a) + (1.0 - Y) * jnp.log(1.0 - a))

    if compiled == "jit":
        loss = jax.jit(loss)

    def number(p):
        return float(loss(p))

    peers = {"bare loop": functools.partial(bare_loop, number, net.params)}
    if compiled == "jit":
        peers["SciPy"] = functools.partial(scipy_loop, number, net.params)
    params = {name: jnp.asarray(leaf) for name, leaf in net.params.items()}
    name = "network, JAX, jit" if compiled == "jit" else "network, JAX, not compiled"
    # A call that is not compiled costs milliseconds, whatever the number of points.
    return Many(name, loss, params, _truth(net), None, peers, points=128 if compiled == "jit" else 512)
