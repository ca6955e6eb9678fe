"""What a branch or a loop of a program runs, with its actual inputs: the branch taken, the first and the last round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax

# Where it runs, the program, and its inputs.
Round = tuple[str, Any, list[Any]]


def branch(params: Mapping[str, Any], given: list[Any]) -> Iterator[Round]:
    """Yield the branch that is taken."""
    index, *inputs = given
    branches = params["branches"]
    yield "a branch", branches[min(max(int(index), 0), len(branches) - 1)], inputs


def scan(params: Mapping[str, Any], given: list[Any]) -> Iterator[Round]:
    """Yield the first and the last round of a scan; those between are run as a scan."""
    body, length, backwards = params["jaxpr"], params["length"], params["reverse"]
    fixed = params["num_consts"]
    carried = fixed + params["num_carry"]
    consts, start, stacked = given[:fixed], given[fixed:carried], given[carried:]
    if not length:
        return
    first, last = (length - 1, 0) if backwards else (0, length - 1)
    yield "the first round of a scan", body, [*consts, *start, *(x[first] for x in stacked)]
    if length == 1:
        return

    def step(carry: list[Any], xs: list[Any]) -> tuple[list[Any], None]:
        return run(body, [*consts, *carry, *xs])[: len(carry)], None

    between = [x[1:] if backwards else x[:-1] for x in stacked]
    carry, _ = jax.lax.scan(step, start, between, length=length - 1, reverse=backwards)
    yield "the last round of a scan", body, [*consts, *carry, *(x[last] for x in stacked)]


def loop(params: Mapping[str, Any], given: list[Any]) -> Iterator[Round]:
    """Yield the first and the last round of a while loop; those between are run as a loop."""
    of_test, body = params["cond_nconsts"], params["body_jaxpr"]
    of_body = of_test + params["body_nconsts"]
    tested, consts, start = given[:of_test], given[of_test:of_body], given[of_body:]

    def goes_on(state: list[Any]) -> Any:
        return run(params["cond_jaxpr"], [*tested, *state])[0]

    def after(state: list[Any]) -> list[Any]:
        return run(body, [*consts, *state])

    if not goes_on(start):
        return
    yield "the first round of a loop", body, [*consts, *start]
    second = after(start)
    if not goes_on(second):
        return
    # What the last round starts from is the state before that at which the loop ends.
    before, _ = jax.lax.while_loop(
        lambda pair: goes_on(pair[1]), lambda pair: (pair[1], after(pair[1])), (start, second)
    )
    yield "the last round of a loop", body, [*consts, *before]


def run(program: Any, inputs: list[Any]) -> list[Any]:
    """Return the outputs of a closed program."""
    return list(jax.core.eval_jaxpr(program.jaxpr, program.consts, *inputs))


# By the primitive that stands for them in a program.
ROUNDS: dict[str, Callable[[Mapping[str, Any], list[Any]], Iterator[Round]]] = {
    "cond": branch, "scan": scan, "while": loop
}  # fmt: skip
