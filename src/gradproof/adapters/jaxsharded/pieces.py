"""Arithmetic on the leaves of a tree of JAX where they lie: what is sharded stays sharded."""

from __future__ import annotations

import functools
import hashlib
import math
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from gradproof.adapters.leaf import LEAST, MIXED
from gradproof.adapters.selection import is_selective, ramp, within
from gradproof.probe import Part

# Draws are single precision for single precision and below, as on the host.
DRAWS = {8: np.float64}


@functools.partial(jax.jit, static_argnames=("part", "sharding"))
def drawn(theta: Any, claim: Any, how: tuple[Any, Any, Any], part: Part, sharding: Any) -> Any:
    """Return ``weight s_i z_i ramp_i`` on the entries that a part chooses, laid out as the leaf.

    ``how`` is (key, least scale, weight).
    """
    key, least, weight = how
    z = jax.random.normal(key, theta.shape, DRAWS.get(theta.dtype.itemsize, np.float32))
    if sharding is not None:
        z = jax.lax.with_sharding_constraint(z, sharding)  # type: ignore[no-untyped-call]
    if part.draw == "bounded":
        z = jnp.copysign(0.5 + 0.5 * jnp.minimum(jnp.abs(z), 2.0), z)
    v = z * scale(theta, least)
    if part.ramp is not None:
        v = v * ramp(part.ramp, flat_index(theta.shape))
    if not is_whole(part, theta.size):
        v = jnp.where(mask(theta, claim, least, part), v, 0.0)
    return (weight * v).astype(z.dtype)


@jax.jit
def stepped(theta: Any, v: Any, t: Any) -> Any:
    """Return ``theta + t v`` in the dtype of theta."""
    return (theta + t * v).astype(theta.dtype)


@jax.jit
def slope(claim: Any, v: Any) -> Any:
    """Return the inner product, in double precision."""
    return jnp.sum(claim.astype(np.float64) * v.astype(np.float64))


@jax.jit
def moved_sizes(theta: Any, claim: Any, v: Any) -> Any:
    """Return the norms of ``g theta`` on the entries that move, of ``g v``, of these entries and of ``v``."""
    g, held, moved = claim.astype(np.float64), jnp.where(v != 0.0, theta, 0.0).astype(np.float64), v.astype(np.float64)
    return norm(held * g), norm(moved * g), norm(held), norm(moved)


def norm(values: Any) -> Any:
    """Return the root of the sum of squares, safe from over- and underflow."""
    largest = jnp.max(jnp.abs(values))
    safe = jnp.where(largest > 0.0, largest, 1.0)
    return safe * jnp.sqrt(jnp.sum((values / safe) ** 2))


def sharding_of(theta: Any) -> Any:
    """Return where an array was put, or None for one that may be moved to others."""
    return theta.sharding if theta.committed else None


def scale(theta: Any, least: Any) -> Any:
    """Return the scales of entries: their sizes, and no less than ``least``; for a negative one of zeros only."""
    size = jnp.abs(theta.astype(np.float64))
    return jnp.where(least < 0.0, jnp.where(size == 0.0, -least, size), jnp.maximum(size, jnp.abs(least)))


def flat_index(shape: tuple[int, ...]) -> Any:
    """Return the flat index of every entry in C order."""
    index = jnp.zeros(shape, np.int64)
    for axis, length in enumerate(shape):
        stride = math.prod(shape[axis + 1 :])
        index = index + jax.lax.broadcasted_iota(np.int64, shape, axis) * stride if length > 1 else index
    return index


def is_whole(part: Part, size: int) -> bool:
    """Whether a part chooses every entry."""
    every = part.start == 0 and part.stop in (-1, size) and part.low < 0.0 and part.high == math.inf
    return every and not is_selective(part) and part.side in ("all", "free")


def mask(theta: Any, claim: Any, least: Any, part: Part) -> Any:
    """Return which entries a part chooses; no entry lies at a bound."""
    index = flat_index(theta.shape)
    chosen = (index >= part.start) & (index < (theta.size if part.stop < 0 else part.stop))
    chosen &= within(part, index)
    for excepted in part.without:
        chosen &= index != excepted
    if part.low >= 0.0 or part.high != math.inf:
        c = jnp.abs(claim.astype(np.float64) * scale(theta, least))
        chosen &= (c > part.low) & (c <= part.high)
    return chosen if part.side != "edge" else jnp.zeros(theta.shape, bool)


@functools.partial(jax.jit, static_argnames=("part",))
def amount(theta: Any, claim: Any, least: Any, part: Part) -> Any:
    """Return how many entries a part chooses, and the root of the sum of their squared contributions."""
    c = jnp.abs(claim.astype(np.float64) * scale(theta, least))
    chosen = jnp.ones(theta.shape, bool) if is_whole(part, theta.size) else mask(theta, claim, least, part)
    return jnp.sum(chosen), norm(jnp.where(chosen, c, 0.0))


@jax.jit
def survey(theta: Any, claim: Any, least: Any) -> Any:
    """Return the largest and the smallest contribution, and whether all entries are one number."""
    c = jnp.abs(claim.astype(np.float64) * scale(theta, least))
    return jnp.max(c), jnp.min(c), (jnp.max(theta) == jnp.min(theta)) & (theta.size > 1)


def least_scale(theta: Any) -> float:
    """Return the least scale of entries, 1e-3 of their rms; negative for a leaf of mixed scales, 1 for one of zeros."""
    peak, rms = (float(x) for x in _sizes(theta))
    if peak == 0.0:
        return 1.0
    least = LEAST * rms
    small, nonzero = (int(x) for x in _below(theta, least))
    return least if small <= MIXED * nonzero else -rms


@jax.jit
def _sizes(theta: Any) -> Any:
    size = jnp.abs(theta.astype(np.float64))
    peak = jnp.max(size)
    safe = jnp.where(peak > 0.0, peak, 1.0)
    return peak, safe * jnp.sqrt(jnp.mean((size / safe) ** 2))


@jax.jit
def _below(theta: Any, least: Any) -> Any:
    size = jnp.abs(theta.astype(np.float64))
    return jnp.sum((size < least) & (size > 0.0)), jnp.sum(size > 0.0)


@jax.jit
def finite(array: Any) -> Any:
    """Return how many entries are not finite, and the flat index of the first."""
    bad = ~jnp.isfinite(array)
    return jnp.sum(bad), jnp.argmin(jnp.where(bad, 0, 1))


def digest(array: Any) -> bytes:
    """Return a fingerprint of an array's bits: sums of its words, plain and weighed by their places."""
    words = jax.lax.bitcast_convert_type(array, {2: np.uint16, 4: np.uint32, 8: np.uint64}[array.dtype.itemsize])
    return hashlib.blake2b(b"".join(np.asarray(x).tobytes() for x in _sums(words)), digest_size=16).digest()


@jax.jit
def _sums(words: Any) -> Any:
    wide = words.astype(np.uint64)
    return jnp.sum(wide), jnp.sum(wide * (2 * flat_index(words.shape).astype(np.uint64) + 1))


def key_of(seed: int, key: int, leaf: int) -> Any:
    """Return the key of the draw of one leaf along one direction."""
    made = jax.random.key(seed & 0xFFFFFFFF)
    for word in (seed >> 32, key & 0xFFFFFFFF, key >> 32, leaf):
        made = jax.random.fold_in(made, word & 0xFFFFFFFF)
    return made
