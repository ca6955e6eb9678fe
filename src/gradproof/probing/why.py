"""Why, for nothing: which hypothesis predicts the slopes that were measured.

The slopes inside a failing leaf are linear equations about the true gradient. A hypothesis says that it is
``base + c * term``; the clearest slope gives c, the others must agree, and so must one fresh direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from gradproof.guess import Prediction
from gradproof.model import Finding
from gradproof.probe import Probe
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case
from gradproof.probing.precision import chance_of
from gradproof.probing.reading import Reading

# How much of a discrepancy, and of what it stands for, the bars may leave open along a direction, and as a product over
# all directions that a hypothesis is tested on: by chance one fits that rarely.
EXPLAINED, BY_CHANCE = 5e-2, 1e-6
# Slopes are wanted to this share of their discrepancy, so that chance fits no hypothesis.
SHARP = 1e-5
# Readings that a fit rests on.
READINGS = 2
# Bars are for single slopes; a fit meets two of them.
BARS = 3.0
# Sums of products in double precision.
ROUNDING = 1e-10
# Fresh directions that fits are put to the test of, at most, and fits that are told.
FRESH, TOLD = 5, 3
# A coefficient is said to be a whole number if it is one to this relative precision (and within its bar).
EXACT = 1e-6


@dataclass(frozen=True, slots=True)
class _Fit:
    prediction: Prediction
    coefficient: float
    error: float
    left_open: tuple[float, ...] = ()  # of each test, as a share of what is explained


def explanations(gauge: Gauge, case: Case, readings: tuple[Reading, ...]) -> list[Finding]:
    """Return the finding of the hypotheses that fit, or nothing.

    Parameters
    ----------
    gauge, case
        Where the leaf was judged wrong.
    readings
        Its readings along independent directions of the part as a whole, at least two.
    """
    leaf = gauge.subject.leaves[case.leaf]
    smooth = [r for r in readings if r.measurement.estimate.finite and r.measurement.estimate.reason is None]
    if len(smooth) < 2 or gauge.subject.count(case.stratum.parts[0]) < 2:
        return []
    usable = [_sharp(gauge, reading) for reading in sorted(smooth, key=_blur)[:READINGS]]
    slack = 0.01 * case.stratum.tolerance
    fits = [
        fit
        for prediction in gauge.subject.predictions(case.leaf, _probes(usable))
        if (fit := _fitted(prediction, usable, slack)) is not None
    ]
    free = gauge.subject.count(case.stratum.parts[0]) - 1
    for _ in range(FRESH):
        if fits:
            fits = _confirmed(gauge, case, fits, (_sharp(gauge, gauge.look(case.stratum)), slack))
        if all(chance_of(fit.left_open, free) <= BY_CHANCE for fit in fits):
            break
    kept = [fit for fit in fits if chance_of(fit.left_open, free) <= BY_CHANCE]
    if not kept:
        return []
    told = {(fit.prediction.guess.relation, fit.prediction.guess.words): fit for fit in reversed(kept)}
    # The first of those that say the same of the true gradient says most of yours.
    texts = list(dict.fromkeys(sentence(f.prediction, f.coefficient, f.error) for f in kept if f in told.values()))
    return [Finding(leaf.name, kept[0].prediction.guess.kind, "; or ".join(texts[:TOLD]))]


def sentence(prediction: Prediction, c: float, error: float) -> str:
    """Return what is said of a hypothesis with its coefficient."""
    words, relation = prediction.guess.words, prediction.guess.relation
    one = abs(c - 1.0) <= max(error, EXACT)
    if relation == "besides":
        what = _multiple(abs(c), words, error)
        return f"yours lacks {what}" if c > 0.0 else f"yours has {what} too much"
    if relation == "part":
        if abs(1.0 + c) <= max(error, EXACT):
            return f"in yours {words} is there; it should be zero"
        return f"in yours {words} counts {_number(1.0 / (1.0 + c), error)} times"
    if relation == "is":
        differs = prediction.guess.where
        yours = f"differs from it in {differs}" if differs else "is something else"
        return f"the measured gradient is {_multiple(c, words, error)}; yours {yours}"
    if relation == "lacks":
        return f"yours lacks the factor {words}" + ("" if one else f" (and a factor {_number(c, error)})")
    if relation == "exceeds":
        return f"yours has the factor {words} too much" + ("" if one else f" (and lacks a factor {_number(c, error)})")
    return f"yours is {words}" + ("" if one else f", and {_number(1.0 / c, error)} times that")


def _sharp(gauge: Gauge, reading: Reading) -> Reading:
    return gauge.sharpen(reading, SHARP * abs(reading.discrepancy))


def _blur(reading: Reading) -> float:
    return reading.measurement.estimate.error / (abs(reading.discrepancy) or math.inf)


def _probes(readings: list[Reading]) -> tuple[Probe, ...]:
    return tuple(reading.measurement.probe for reading in readings)


def _fitted(prediction: Prediction, readings: list[Reading], slack: float) -> _Fit | None:
    """Return the fit of a hypothesis to readings, or None if it does not fit all of them."""
    clearest = max(range(len(readings)), key=lambda k: abs(prediction.term[k]))
    slope = prediction.term[clearest]
    if slope == 0.0:
        return None
    estimate = readings[clearest].measurement.estimate
    c = (estimate.value - prediction.base[clearest]) / slope
    only = prediction.guess.coefficient
    if only is not None and abs(c - only) > max(BARS * estimate.error / abs(slope), EXACT * abs(only)):
        return None
    # A coefficient whose inverse is no number explains nothing.
    if not 1e-300 < abs(c) < 1e300:
        return None
    fit: _Fit | None = _Fit(prediction, c, (estimate.error + ROUNDING * abs(estimate.value)) / abs(slope))
    for k in range(len(readings)):
        if k != clearest and fit is not None:
            fit = _tested(fit, readings[k], k, slack)
    return fit


def _tested(fit: _Fit, reading: Reading, k: int, slack: float) -> _Fit | None:
    """Return a fit with one more test passed, if it predicts a reading much better than the claim does; else None."""
    base, term = fit.prediction.base[k], fit.prediction.term[k]
    estimate = reading.measurement.estimate
    residual = abs(estimate.value - base - fit.coefficient * term)
    sizes = abs(estimate.value) + abs(base) + abs(fit.coefficient * term)
    allowed = BARS * (estimate.error + fit.error * abs(term)) + ROUNDING * sizes + slack
    # Where next to nothing is measured a coefficient near zero would fit with any term.
    told = min(abs(reading.discrepancy), abs(estimate.value - base))
    passed = residual <= allowed <= EXPLAINED * told
    return replace(fit, left_open=(*fit.left_open, allowed / told)) if passed else None


def _confirmed(gauge: Gauge, case: Case, fits: list[_Fit], test: tuple[Reading, float]) -> list[_Fit]:
    """Return the fits that predict a direction which did not help to find them."""
    fresh, slack = test
    if not fresh.measurement.estimate.finite:
        return []
    wanted = {fit.prediction.guess: fit for fit in fits}
    kept = []
    for prediction in gauge.subject.predictions(case.leaf, (fresh.measurement.probe,)):
        fit = wanted.pop(prediction.guess, None)
        if fit is not None and (found := _tested(replace(fit, prediction=prediction), fresh, 0, slack)) is not None:
            kept.append(found)
    return kept


def _multiple(c: float, words: str, error: float) -> str:
    if words.startswith("1 "):
        return f"{_number(c, error)}{words[1:]}"
    number = _number(c, error)
    return words if abs(c - 1.0) <= max(error, EXACT) or number == "1" else f"{number} * {words}"


def _number(value: float, error: float) -> str:
    """Return a coefficient with the digits that its bar allows, six at most."""
    nearest = round(value)
    if nearest and abs(value - nearest) <= max(error, EXACT * abs(value)):
        return str(nearest)
    digits = 6 if error <= 0.0 else min(max(math.floor(math.log10(abs(value) / error)), 1), 6)
    return f"{value:.{digits}g}"
