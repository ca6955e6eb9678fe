"""How honest the error bars are, gradproof's and the peers', on the functions of ``tests/calibration``."""

from __future__ import annotations

import math
import statistics
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from tests.calibration.cases import Draw, draws

ARITHMETICS = ("float64", "float32", "noise 1e-10", "noise 1e-06")
DRAWS, SEED = 1040, 5
Bar = tuple[float, float]  # the derivative and its error


def gradproof(draw: Draw) -> Bar:
    import gradproof as gp

    found = gp.derivative(draw.phi, at=draw.at)
    return found.value, found.error


def numdifftools(draw: Draw) -> Bar:
    from numdifftools import Derivative

    found = Derivative(np.vectorize(draw.phi, otypes=[float]), full_output=True)(draw.at)
    return float(np.squeeze(found.estimate)), float(np.squeeze(found.error_estimate))


def jacobi(draw: Draw) -> Bar:
    from jacobi import jacobi as estimate

    value, error = estimate(lambda x: draw.phi(float(np.squeeze(x))), draw.at)
    return float(np.squeeze(value)), float(np.squeeze(error))


def differentiate(draw: Draw) -> Bar:
    from scipy.differentiate import derivative

    found = derivative(np.vectorize(draw.phi, otypes=[float]), draw.at)
    # A result that is not called a success has no error bar.
    return float(found.df), float(found.error) if found.success else math.nan


ESTIMATORS: dict[str, Callable[[Draw], Bar]] = {
    "gradproof": gradproof, "numdifftools": numdifftools, "jacobi": jacobi, "scipy.differentiate": differentiate
}  # fmt: skip


def measured(name: str, draw: Draw) -> tuple[float, float, int]:
    """Return the true error and the bar, both relative to the truth, and the evaluations; infinite without a bar."""
    calls = [0]

    def phi(x: float) -> float:
        calls[0] += 1
        return draw.phi(x)

    # A point in the arithmetic of the function, by which some choose their steps.
    at = np.float32(draw.at) if draw.arithmetic == "float32" and name != "gradproof" else draw.at
    try:
        value, error = ESTIMATORS[name](Draw(draw.case, draw.arithmetic, at, phi, draw.truth))
    except Exception:
        value = error = math.nan
    finite = math.isfinite(value) and math.isfinite(error)
    size = abs(draw.truth)
    return (abs(value - draw.truth) / size, abs(error) / size, calls[0]) if finite else (math.inf, math.inf, calls[0])


def row(name: str, arithmetic: str, found: list[tuple[float, float, int]]) -> dict[str, Any]:
    """Return the share inside one bar and inside ten, of those with a bar; 2 ulp are allowed to the truth."""
    given = [(off, bar) for off, bar, _ in found if math.isfinite(bar)]
    least = 2.0 * 2.0**-52
    return {
        "estimator": name, "arithmetic": arithmetic, "draws": len(found), "without": len(found) - len(given),
        "inside": sum(off <= bar + least for off, bar in given),
        "ten": sum(off <= 10 * bar + least for off, bar in given),
        "error": _median([off for off, _ in given]), "bar": _median([bar for _, bar in given]),
        "calls": statistics.median(calls for *_, calls in found),
    }  # fmt: skip


def _median(values: list[float]) -> float | None:
    return float(f"{statistics.median(values):.2g}") if values else None


def run(count: int = DRAWS) -> list[dict[str, Any]]:
    """Measure all estimators on the same draws."""
    found = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for arithmetic in ARITHMETICS:
            made = list(draws(arithmetic, count, SEED))
            for name in ESTIMATORS:
                found.append(row(name, arithmetic, [measured(name, draw) for draw in made]))
                print("bars:", found[-1], flush=True)
    return found
