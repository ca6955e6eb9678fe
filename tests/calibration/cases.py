"""Scalar functions with exact derivatives: what the error bars are calibrated on.

A function is written once, over an arithmetic ``m`` that has exp, sin, ...: NumPy scalars of some precision for the
measurement, mpmath numbers of 40 digits for the truth. The derivative is a closed form in the same language.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

mpmath.mp.dps = 45


@dataclass(frozen=True)
class Case:
    """A function, its derivative, the interval its points are drawn from, and the class it belongs to."""

    name: str
    family: str
    function: Callable[[Any, Any], Any]
    derivative: Callable[[Any, Any], Any]
    low: float
    high: float


@dataclass(frozen=True)
class Draw:
    """One point of one case in one arithmetic: what is measured, and the truth."""

    case: Case
    arithmetic: str
    at: float
    phi: Callable[[float], float]
    truth: float


class _Numpy:
    """NumPy functions that keep the precision of their argument."""

    exp, sin, cos, tanh, log, sqrt, log1p, atan = np.exp, np.sin, np.cos, np.tanh, np.log, np.sqrt, np.log1p, np.arctan


class _Truth:
    exp, sin, cos, tanh, log, sqrt = mpmath.exp, mpmath.sin, mpmath.cos, mpmath.tanh, mpmath.log, mpmath.sqrt
    log1p, atan = mpmath.log1p, mpmath.atan


def _sigmoid(m: Any, x: Any) -> Any:
    return 1 / (1 + m.exp(-x))


def _network(seed: int) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """Return the loss of a small tanh network along a line in its parameters, and its derivative along it."""
    rng = np.random.default_rng(seed)
    weights, slopes, inputs = (rng.normal(size=(4, 3)).round(3).tolist() for _ in range(3))
    outs = rng.normal(size=4).round(3).tolist()

    def function(m: Any, x: Any) -> Any:
        total = 0 * x
        for w, s, u, out in zip(weights, slopes, inputs, outs, strict=True):
            z = sum(((a + b * x) * c for a, b, c in zip(w, s, u, strict=True)), 0 * x)
            total = total + out * m.tanh(z)
        return m.log1p(m.exp(total))

    def derivative(m: Any, x: Any) -> Any:
        total, slope = 0 * x, 0 * x
        for w, s, u, out in zip(weights, slopes, inputs, outs, strict=True):
            z = sum(((a + b * x) * c for a, b, c in zip(w, s, u, strict=True)), 0 * x)
            dz = sum(b * c for b, c in zip(s, u, strict=True))
            t = m.tanh(z)
            total, slope = total + out * t, slope + out * (1 - t * t) * dz
        return _sigmoid(m, total) * slope

    return function, derivative


CASES: tuple[Case, ...] = (
    Case("exp", "elementary", lambda m, x: m.exp(x), lambda m, x: m.exp(x), -3, 3),
    Case("sin", "elementary", lambda m, x: m.sin(x), lambda m, x: m.cos(x), -3, 3),
    Case("log", "elementary", lambda m, x: m.log(x), lambda m, x: 1 / x, 0.05, 5),
    Case("tanh", "elementary", lambda m, x: m.tanh(x), lambda m, x: 1 - m.tanh(x) ** 2, -3, 3),
    Case("sigmoid", "elementary", _sigmoid, lambda m, x: _sigmoid(m, x) * (1 - _sigmoid(m, x)), -4, 4),
    Case("cubic", "elementary", lambda m, x: x * x * x - 2 * x + 1, lambda m, x: 3 * x * x - 2, -2, 2),
    Case("runge", "elementary", lambda m, x: 1 / (1 + 25 * x * x), lambda m, x: -50 * x / (1 + 25 * x * x) ** 2, -1, 1),
    Case("sqrt", "elementary", lambda m, x: m.sqrt(x), lambda m, x: 1 / (2 * m.sqrt(x)), 0.01, 4),
    Case("x7", "elementary", lambda m, x: x**7, lambda m, x: 7 * x**6, -1.5, 1.5),
    Case("atan", "elementary", lambda m, x: m.atan(x), lambda m, x: 1 / (1 + x * x), -4, 4),
    Case("softplus", "elementary", lambda m, x: m.log1p(m.exp(x)), _sigmoid, -4, 4),
    Case(
        "exp(sin 3x)",
        "composed",
        lambda m, x: m.exp(m.sin(3 * x)),
        lambda m, x: 3 * m.cos(3 * x) * m.exp(m.sin(3 * x)),
        -2,
        2,
    ),
    Case("sin 10x", "composed", lambda m, x: m.sin(10 * x), lambda m, x: 10 * m.cos(10 * x), -2, 2),
    Case(
        "x exp(-x^2)", "composed", lambda m, x: x * m.exp(-x * x), lambda m, x: (1 - 2 * x * x) * m.exp(-x * x), -2, 2
    ),
    *(Case(f"network {i}", "network", *_network(i), -1, 1) for i in range(4)),
)

# Cases that only double precision can hold.
WIDE: tuple[Case, ...] = (
    Case("sin 1000x", "fast", lambda m, x: m.sin(1000 * x), lambda m, x: 1000 * m.cos(1000 * x), -1, 1),
    Case("1e8 + sin", "offset", lambda m, x: 100000000 + m.sin(x), lambda m, x: m.cos(x), -3, 3),
    Case("minimum", "minimum", lambda m, x: (x - 1) * (x - 1), lambda m, x: 2 * (x - 1), 1 - 1e-6, 1 + 1e-6),
    Case("log cosh", "flat", lambda m, x: m.log(m.exp(x) + m.exp(-x)), lambda m, x: m.tanh(x), -1e-3, 1e-3),
    Case("huge value", "scales", lambda m, x: m.exp(x) * 2.0**990, lambda m, x: m.exp(x) * 2.0**990, -2, 2),
    Case("tiny value", "scales", lambda m, x: m.exp(x) * 2.0**-990, lambda m, x: m.exp(x) * 2.0**-990, -2, 2),
    Case("huge point", "scales", lambda m, x: m.log(x), lambda m, x: 1 / x, 1e8, 9e8),
    Case("tiny point", "scales", lambda m, x: m.sqrt(x), lambda m, x: 1 / (2 * m.sqrt(x)), 1e-9, 9e-8),
)

PRECISION = {"float32": np.float32, "float16": np.float16}
NOISES = (1e-12, 1e-10, 1e-8, 1e-6, 1e-4)
ARITHMETICS = ("float64", "float32", "float16", *(f"noise {size:.0e}" for size in NOISES))


def draws(arithmetic: str, count: int, seed: int) -> Iterator[Draw]:
    """Return random draws of all cases that an arithmetic can hold, in turn."""
    rng = np.random.default_rng([seed, ARITHMETICS.index(arithmetic)])
    cases = CASES + WIDE if arithmetic == "float64" else CASES
    for i in range(count):
        case = cases[i % len(cases)]
        at = _point(case, arithmetic, rng)
        yield Draw(case, arithmetic, at, phi(case, arithmetic, seed + i), truth(case, at))


def _point(case: Case, arithmetic: str, rng: np.random.Generator) -> float:
    """Return a point that the arithmetic holds exactly; in half precision one whose value does not underflow."""
    kind = PRECISION.get(arithmetic, np.float64)
    while True:
        at = float(kind(rng.uniform(case.low, case.high)))
        if arithmetic != "float16" or abs(case.function(_Truth, mpmath.mpf(at))) > 2.0**-8:
            return at


def truth(case: Case, at: float) -> float:
    """Return the derivative, from 45 digits."""
    return float(case.derivative(_Truth, mpmath.mpf(at)))


def phi(case: Case, arithmetic: str, salt: int) -> Callable[[float], float]:
    """Return the function in an arithmetic: rounded throughout, or with noise that is a function of the point."""
    kind = PRECISION.get(arithmetic)
    if kind is not None:
        return lambda x: float(case.function(_Numpy, kind(x)))
    if arithmetic == "float64":
        return lambda x: float(case.function(_Numpy, np.float64(x)))
    size = float(arithmetic.split()[1])
    return lambda x: float(case.function(_Numpy, np.float64(x))) * (1.0 + size * _hashed_noise(x, salt))


def _hashed_noise(x: float, salt: int) -> float:
    """Return noise of deviation 1 that depends on the bits of x: uniform for even salts, Gaussian for odd ones."""
    bits = hashlib.blake2b(struct.pack("<dq", x, salt), digest_size=16).digest()
    a, b = ((int.from_bytes(part, "little") + 0.5) / 2.0**64 for part in (bits[:8], bits[8:]))
    if salt % 2:
        return math.sqrt(-2.0 * math.log(a)) * math.cos(2.0 * math.pi * b)
    return math.sqrt(12.0) * (a - 0.5)
