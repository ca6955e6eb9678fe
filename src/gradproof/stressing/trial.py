"""One scenario tried: the function weighed by a cotangent is an objective, and what is claimed for it is judged."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.api import check
from gradproof.errors import GradproofError, InputError
from gradproof.model import Outcome
from gradproof.report import Report
from gradproof.settings import Settings
from gradproof.stressing.kinks import has_kink
from gradproof.stressing.limits import RanTooLong, limited
from gradproof.stressing.scenarios import Array, Scenario, differentiable

REFUSED = "refused"
# Values that agree to this are one but for the order of sums.
SAME = 1e-9


@dataclass(frozen=True)
class Trial:
    """A scenario and what came of it: an outcome, or "refused" where the user's function raised."""

    scenario: Scenario
    outcome: str
    text: str = ""
    report: Report | None = None

    @property
    def failed(self) -> bool:
        """Whether the gradient is wrong there."""
        return self.outcome == Outcome.WRONG


@dataclass(frozen=True)
class Subject:
    """A function of several arguments and what is said to be its derivative.

    ``claim`` is called as ``claim(*args)`` where the function returns one number, else as ``claim(*args, cotangent)``;
    it returns an array for a single differentiable argument, or a sequence in the order of the arguments.
    """

    function: Callable[..., Any]
    claim: Callable[..., Any]
    settings: Settings
    form: str  # "gradient" for a function that returns one number, else "vjp"

    def attempt(self, scenario: Scenario, seconds: float = math.inf) -> Trial:
        """Try a scenario; what the user's functions raise makes it refused, and so does a longer time."""
        private = replace(scenario, args=_private(scenario.args))
        try:
            with limited(seconds) if math.isfinite(seconds) else nullcontext():
                trial = self._judged(private)
            return trial if _equal(private.args, scenario.args) else _writer(trial)
        except InputError:
            raise
        except GradproofError as error:
            return Trial(scenario, REFUSED, error.message)
        except RanTooLong:
            return Trial(scenario, REFUSED, f"stopped after {seconds:.2g} s: does it end there?")
        except Exception as error:
            # Whether a function accepts such arguments is its own affair.
            return Trial(scenario, REFUSED, f"{type(error).__name__}: {error}")

    def _judged(self, scenario: Scenario) -> Trial:
        args = scenario.args
        output = np.asarray(self.function(*args), dtype=np.float64)
        if not np.isfinite(output).all():
            return Trial(scenario, REFUSED, "the function is not finite there")
        weights = np.ones(output.shape) if self.form == "gradient" else cotangent(output, scenario, self.settings.seed)
        claimed = self._claimed(scenario, weights)
        places = [i for i in differentiable(args) if i not in scenario.shared[1:]]
        given = {f"args[{i}]": args[i] for i in places}
        misfit = _misfit(claimed, given) if scenario.about == "lengths" else ""
        if misfit:
            return Trial(scenario, Outcome.INCONCLUSIVE, misfit)
        together = scenario.together
        if together is not None:
            # The parameter is one number, added to all entries: along it a tie is no kink.
            given = {f"args[{together}]": 0.0}
            claimed = {name: float(np.sum(claimed[name])) for name in given}

        def loss(params: dict[str, Any]) -> float:
            full = [params.get(f"args[{i}]", arg) for i, arg in enumerate(args)]
            for i in scenario.shared[1:]:
                full[i] = full[scenario.shared[0]]
            if together is not None:
                full[together] = args[together] + full[together]
            return float(np.vdot(weights, np.asarray(self.function(*full), dtype=np.float64)))

        report = check(loss, {name: claimed[name] for name in given}, given, settings=self.settings)
        # At a kink that nobody gave many gradients are right; none is that is not finite, or has another shape.
        sound = all(_is_sound(claimed[name], value) for name, value in given.items())
        if report.outcome == Outcome.WRONG and scenario.about and sound and has_kink(loss, given, self.settings.seed):
            return Trial(scenario, Outcome.INCONCLUSIVE, "kink", report)
        if report.outcome == Outcome.WRONG and scenario.wider and not self._is_batch(scenario, output):
            return Trial(scenario, Outcome.INCONCLUSIVE, "wrong if what is a column may be wider", report)
        said = "; ".join(f"{finding.leaf}: {finding.text}" for finding in report.findings[:2])
        return Trial(scenario, report.outcome, said or ", ".join(report.reasons), report)

    def _is_batch(self, scenario: Scenario, output: Array) -> bool:
        """Whether columns that were made wider are examples: each gives a column of the output by itself."""
        args = scenario.args
        first = (arg[..., :1].copy() if i in scenario.wider else arg for i, arg in enumerate(args))
        alone = np.asarray(self.function(*first), dtype=np.float64)
        return (
            output.ndim > 0
            and np.array_equal(alone.shape, output[..., :1].shape)
            and np.allclose(alone, output[..., :1], rtol=SAME, atol=SAME * float(np.max(np.abs(alone), initial=0.0)))
        )

    def _claimed(self, scenario: Scenario, weights: Array) -> dict[str, Any]:
        args, places = scenario.args, differentiable(scenario.args)
        elsewhere = tuple(arg + 1 if i in places else arg for i, arg in enumerate(args))
        if scenario.other == "before":
            self.function(*elsewhere)
            self._call(elsewhere, weights)
        self.function(*args)
        if scenario.other == "between":
            self.function(*elsewhere)
        given = self._call(args, weights)
        found = list(given) if isinstance(given, tuple | list) else [given]
        if len(found) == len(args) and len(found) != len(places):
            found = [found[i] for i in places]
        if len(found) != len(places):
            raise InputError(
                "The gradient does not fit the arguments.",
                expected=f"{len(places)} arrays, for {', '.join(f'args[{i}]' for i in places)}",
                got=f"{len(found)}",
            )
        claimed = {f"args[{i}]": value for i, value in zip(places, found, strict=True)}
        for i in scenario.shared[1:]:
            first = f"args[{scenario.shared[0]}]"
            claimed[first] = np.asarray(claimed[first]) + np.asarray(claimed[f"args[{i}]"])
        return claimed

    def _call(self, args: tuple[Any, ...], weights: Array) -> Any:
        return self.claim(*args) if self.form == "gradient" else self.claim(*args, weights)


def _private(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return copies of the arrays, one for each object; views of another layout were made for one scenario only."""
    copies: dict[int, Any] = {}
    for arg in args:
        plain = isinstance(arg, np.ndarray) and arg.flags.c_contiguous and arg.flags.writeable
        copies[id(arg)] = arg.copy() if plain else arg
    return tuple(copies[id(arg)] for arg in args)


def _misfit(claimed: dict[str, Any], given: dict[str, Any]) -> str:
    """Return how a gradient does not fit lengths that were not given.

    Nobody is accused of that: what NumPy broadcasts without complaint need not be meant to be.
    """
    for name, value in given.items():
        shape, wanted = np.shape(claimed[name]), np.shape(value)
        if shape != wanted and np.size(claimed[name]) * np.size(value) != 1:
            return f"{name}: yours has shape {shape}, the argument {wanted}: wrong if these lengths are meant to work"
    return ""


def _is_sound(claimed: Any, value: Any) -> bool:
    fits = isinstance(claimed, np.ndarray | np.generic | float | int) and np.shape(claimed) == np.shape(value)
    return fits and bool(np.isfinite(claimed).all())


def _equal(args: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    pairs = zip(args, before, strict=True)
    return all(np.array_equal(a, b) for a, b in pairs if isinstance(a, np.ndarray) and a.dtype.kind in "fiub")


def _writer(trial: Trial) -> Trial:
    return replace(trial, outcome=Outcome.WRONG, text="the function or its gradient writes into its arguments")


def cotangent(output: Array, scenario: Scenario, seed: int) -> Array:
    """Return the weights of an output: random and uneven unless the scenario says otherwise."""
    if scenario.cotangent == "ones":
        return np.ones(output.shape)
    if scenario.cotangent == "one entry":
        weights = np.zeros(output.size)
        weights[-1] = 1.0
        return weights.reshape(output.shape)
    drawn = np.random.default_rng(seed).uniform(0.5, 2.0, output.size)
    signs = -1.0 if scenario.cotangent == "negative" else np.where(np.arange(output.size) % 3 == 1, -1.0, 1.0)
    uneven: Array = (drawn * signs).reshape(output.shape)
    if scenario.cotangent == "strided" and output.ndim:
        return np.repeat(uneven, 2, axis=-1)[..., ::2]
    return np.asfortranarray(uneven) if scenario.cotangent == "transposed" and output.ndim else uneven
