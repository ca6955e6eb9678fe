"""The demonstration: the planted mistakes of the course's network, before the course's formula and before gradproof."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from gradproof.api import check
from gradproof.classic import network
from gradproof.classic.messages import FIRST, NEWEST
from gradproof.classic.mistaken import gradient
from gradproof.errors import GradproofError
from gradproof.mending.run import mend
from gradproof.reports.terminal import Style, render
from gradproof.seam import Problem

Backward = Callable[[Any, Any, tuple[Any, ...]], dict[str, Any]]

CASES: tuple[tuple[str, Backward], ...] = (
    ("dW2 times 2, db1 with 4/m", network.backward_propagation_n_first_pair),
    ("dW2 without 1/m, db1 with 2/m", network.backward_propagation_n_second_pair),
    ("both lines mended", network.backward_propagation_n),
)
GREEN, YELLOW, BOLD, END = "\033[92m", "\033[93m", "\033[1m", "\033[0m"


def problem(backward: Backward) -> Problem:
    """Return the course's network with one of its backward passes, as a problem."""
    X, Y, parameters = network.gradient_check_n_test_case()

    def loss(params: Mapping[str, Any], X: Any, Y: Any) -> float:
        return network.forward_propagation_n(X, Y, params)[0]

    def gradient(params: Mapping[str, Any], X: Any, Y: Any) -> dict[str, Any]:
        found = backward(X, Y, network.forward_propagation_n(X, Y, params)[1])
        return {name: found[f"d{name}"] for name in params}

    return Problem(loss, gradient, parameters, args=(X, Y))


def pages(style: Style) -> Iterator[str]:
    """Yield the paragraphs of the demonstration, each as soon as it is worked out."""
    yield _prose(
        "A well-known course lets you build a network that detects fraud: 4 inputs, hidden layers of 5 and 3 units, "
        "47 parameters, 3 payments. Its backward pass has two mistakes planted in it.",
        style,
    )
    yield _heading("The course's check: 94 forward passes, a step of 1e-7, one number for all", style)
    yield "\n".join(_course_line(words, backward, style) for words, backward in CASES)
    yield _prose(
        "A mistake, but which? And the last one is right: all of its 1.19e-07 is rounding in a difference over a step "
        "of 1e-7. The course raised its threshold to 2e-7 to let it pass.",
        style,
    )
    for words, backward in CASES:
        yield _heading(f"gradproof: {words}", style)
        yield render(check(problem(backward)).record, style)
    yield _heading("gradproof mend: the first two, found in the source", style)
    yield _mended()
    yield _heading("Now yours", style)
    yield "\n".join(
        [
            "  write network.py with  loss(params), gradient(params), params",
            "  run                    gradproof check network.py",
            "  or in Python           print(gradproof.check(loss, gradient, params))",
            "  if it is wrong         gradproof mend network.py",
            "  in a test              gradproof.assert_gradient(loss, gradient, params)",
        ]
    )


def _mended() -> str:
    """Return what mending makes of the exercise's backward pass."""
    try:
        return str(mend(replace(problem(network.backward_propagation_n), gradient=gradient)))
    except GradproofError as error:
        return str(error)


def _course_line(words: str, backward: Backward, style: Style) -> str:
    X, Y, parameters = network.gradient_check_n_test_case()
    gradients = backward(X, Y, network.forward_propagation_n(X, Y, parameters)[1])
    difference = network.gradient_check_n(parameters, gradients, X, Y)
    if difference > NEWEST.threshold:
        verdict, color = "there is a mistake", YELLOW
    else:
        verdict, color = f"a mistake at {FIRST.threshold:.0e}, fine at {NEWEST.threshold:.0e}", GREEN
    number = f"{difference:.10f}" if difference > 1e-3 else f"{difference:.2e}"
    return f"  {words:<30} {number:<13} {_painted(verdict, color, style)}"


def _heading(text: str, style: Style) -> str:
    return "\n" + _painted(text, BOLD, style)


def _prose(text: str, style: Style) -> str:
    return "\n".join(textwrap.wrap(text, min(style.width, 80)))


def _painted(text: str, code: str, style: Style) -> str:
    return f"{code}{text}{END}" if style.paint == "colour" else text
