"""Each custom rule that a function calls, judged on the inputs that it really gets there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import numpy as np
from jax.extend.core import Literal, jaxprs_in_params

from gradproof.adapters.jaxarrays import double_precision, doubled
from gradproof.group import ReportGroup
from gradproof.jax.functions import KINDS, check_function
from gradproof.jax.rounds import ROUNDS
from gradproof.settings import Settings

# Primitives by which JAX stands for functions with rules of the user's, and the mode each rule is written for.
CUSTOM = {"custom_vjp_call": "reverse", "custom_vjp_call_jaxpr": "reverse", "custom_jvp_call": "forward"}
# Primitives that call another program once, and where they keep it.
CALLS = {"jit": "jaxpr", "pjit": "jaxpr", "closed_call": "call_jaxpr", "remat2": "jaxpr", "checkpoint": "jaxpr"}
# Those whose programs run where their inputs are not known from outside.
CLOSED = ("shard_map",)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a function with a custom rule: its name, what it computes, and its actual inputs."""

    name: str
    mode: str
    function: Callable[..., Any]
    inputs: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found so far, and where in the program one is: in which round of a loop."""

    calls: list[_Call] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)
    place: str = ""

    def inside(self, place: str) -> _Found:
        """Return the same for what a loop or a branch runs."""
        return replace(self, place=f", in {place}{self.place}")


def check_custom_rules(function: Callable[..., Any], *args: Any, settings: Settings | None = None) -> ReportGroup:
    """Judge each ``custom_vjp`` and ``custom_jvp`` that a function calls, on its actual inputs.

    So the innermost wrong rule is named, where a check of the whole only says which parameters it spoils.

    Parameters
    ----------
    function, args
        ``function(*args)`` is traced once, and evaluated step by step.
    settings
        How each rule is checked.

    Returns
    -------
    ReportGroup
        One report for each call, in the order of the program, by the name of the function and its place in the source.
        Of loops the first and the last round are looked into, of branches the one that is taken.
    """
    passed = _calls(function, args)
    reports = {}
    for number, (call, wide) in enumerate(zip(passed.calls, _in_double(function, args, passed.calls), strict=True)):
        if not any(jax.numpy.issubdtype(np.asarray(x).dtype, jax.numpy.inexact) for x in call.inputs):
            continue
        kinds = KINDS if call.mode == "forward" else ("reverse",)
        found = check_function(_either(call, wide), *call.inputs, kinds=kinds, settings=settings)
        chosen = "jvp" if "jvp" in found.reports else "vjp"
        reports[f"{number + 1}. {call.name}"] = found.reports[chosen]
    return ReportGroup(reports, tuple(passed.warnings))


def _calls(function: Callable[..., Any], args: Any) -> _Found:
    """Trace a function, evaluate it step by step, and return the custom calls in it."""
    closed = jax.make_jaxpr(function)(*args)
    found = _Found()
    _run(closed.jaxpr, closed.consts, jax.tree_util.tree_leaves(args), found)
    return found


def _in_double(function: Callable[..., Any], args: Any, calls: list[_Call]) -> list[_Call | None]:
    """Return the same calls traced in double precision, None for each if the function does not allow that."""
    try:
        with double_precision():
            wide = _calls(function, tuple(doubled(arg) for arg in args)).calls
    except Exception:
        wide = []
    same = [call.name for call in wide] == [call.name for call in calls]
    return [*wide] if same else [None] * len(calls)


def _either(call: _Call, wide: _Call | None) -> Callable[..., Any]:
    """Return a call that runs the program traced for the precision of its inputs."""
    if wide is None:
        return call.function

    def function(*inputs: Any) -> Any:
        pairs = zip(inputs, call.inputs, strict=True)
        widened = any(jax.numpy.result_type(x) != jax.numpy.result_type(own) for x, own in pairs)
        return wide.function(*inputs) if widened else call.function(*inputs)

    return function


def _run(jaxpr: Any, consts: Any, inputs: Any, found: _Found) -> list[Any]:
    """Evaluate a program, noting the custom calls in it with their inputs."""
    values: dict[Any, Any] = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *inputs], strict=True))

    def value(atom: Any) -> Any:
        return atom.val if isinstance(atom, Literal) else values[atom]

    for eqn in jaxpr.eqns:
        given = [value(atom) for atom in eqn.invars]
        outputs = _evaluated(jaxpr, (eqn, given), found)
        values.update(zip(eqn.outvars, outputs, strict=True))
    return [value(atom) for atom in jaxpr.outvars]


def _evaluated(jaxpr: Any, step: tuple[Any, list[Any]], found: _Found) -> list[Any]:
    eqn, given = step
    name = eqn.primitive.name
    if name in CALLS:
        inner = eqn.params[CALLS[name]]
        program, consts = (inner.jaxpr, inner.consts) if hasattr(inner, "jaxpr") else (inner, ())
        return _run(program, consts, given, found)
    if name in ROUNDS and any(_has_rules(eqn)):
        for place, program, inputs in ROUNDS[name](eqn.params, given):
            _run(program.jaxpr, program.consts, inputs, found.inside(place))
    if name in CLOSED and any(_has_rules(eqn)):
        told = f"Custom rules inside of a {name} are not judged by themselves: call their functions directly."
        found.warnings[told] = None
    call = _bound(jaxpr, eqn)
    if name in CUSTOM:
        found.calls.append(_Call(_name_of(eqn) + found.place, CUSTOM[name], call, tuple(given)))
        _run_inside(eqn, given, found)
    return call(*given)


def _run_inside(eqn: Any, given: list[Any], found: _Found) -> None:
    """Look for custom calls inside of a custom one: the innermost wrong rule is wanted."""
    inner = eqn.params.get("call_jaxpr") or eqn.params.get("fun_jaxpr")
    if inner is not None:
        _run(inner.jaxpr, inner.consts, given, found)


def _bound(jaxpr: Any, eqn: Any) -> Callable[..., list[Any]]:
    """Return an equation as a function of its inputs, with the rules that it carries: a program of one step."""
    variables = list(dict.fromkeys(atom for atom in eqn.invars if not isinstance(atom, Literal)))
    alone = jaxpr.replace(constvars=[], invars=variables, outvars=list(eqn.outvars), eqns=[eqn])

    def call(*inputs: Any) -> list[Any]:
        pairs = zip(eqn.invars, inputs, strict=True)
        given = {atom: value for atom, value in pairs if not isinstance(atom, Literal)}
        return list(jax.core.eval_jaxpr(alone, (), *(given[variable] for variable in variables)))

    return call


def _has_rules(eqn: Any) -> Iterator[bool]:
    for inner in jaxprs_in_params(eqn.params):
        for one in inner.eqns:
            yield one.primitive.name in CUSTOM
            yield from _has_rules(one)


def _name_of(eqn: Any) -> str:
    """Return the name of the function of a custom call, with its place in the source if JAX has it."""
    inner = eqn.params.get("call_jaxpr") or eqn.params.get("fun_jaxpr")
    info = getattr(getattr(inner, "jaxpr", None), "debug_info", None)
    name = getattr(info, "func_name", "") or eqn.primitive.name
    place = getattr(info, "func_filename", None)
    line = getattr(info, "func_lineno", None)
    return f"{name} ({place}:{line})" if place and line else name
