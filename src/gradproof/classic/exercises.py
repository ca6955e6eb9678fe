"""The checks that follow the cells of the exercise: does a function give the course's numbers?."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def forward_propagation_test(target: Callable[..., Any]) -> None:
    """Expect 8 for x = 2, theta = 4."""
    _verify(target, (2, 4), (8,))


def backward_propagation_test(target: Callable[..., Any]) -> None:
    """Expect 2 for x = 2, theta = 4, and 3 for x = 3."""
    _verify(target, (2, 4), (2,))
    _verify(target, (3, 4), (3,), silent=True)


def gradient_check_test(target: Callable[..., Any]) -> None:
    """Expect 2.919335883291695e-10 for x = 2, theta = 4, or 7.814075313343006e-11 for x = 3, as both editions do."""
    _verify(target, (2, 4), (2.919335883291695e-10,))
    _verify(target, (3, 4), (7.814075313343006e-11,), silent=True)


def gradient_check_n_test(
    target: Callable[..., Any], parameters: Mapping[str, Any], gradients: Mapping[str, Any], X: Any, Y: Any
) -> None:
    """Expect one of the differences of the exercise: of the mistakes planted, or of the right gradient."""
    _verify(target, (parameters, gradients, X, Y), (0.2850931567761623, 0.31347533689187895, 1.1890913024229996e-07))


def _verify(
    target: Callable[..., Any], given: tuple[Any, ...], expected: tuple[float, ...], silent: bool = False
) -> None:
    value = target(*given)
    # Differences near 1e-7 are rounding: their digits depend on the order of operations.
    close = any(np.isclose(value, number, rtol=1e-2 if number < 1e-6 else 1e-6, atol=0.0) for number in expected)
    if not close:
        print("Error: Wrong output")
        raise AssertionError(
            f"{getattr(target, '__name__', 'the function')} gives {value}, expected {' or '.join(map(str, expected))}. "
            "Check your equations and avoid using global variables inside the function."
        )
    if not silent:
        print("\033[92m All tests passed.")
