"""Which module is wrong: each submodule's own vjp is judged at the inputs that it really gets."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch

from gradproof.adapters.generators import remembered, untouched
from gradproof.adapters.modules import of_module, validate_allocated
from gradproof.api import check
from gradproof.errors import InputError, ObjectiveError
from gradproof.model import Outcome
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings
from gradproof.torch.calls import Call, Recorder
from gradproof.torch.site import Site
from gradproof.torch.told import ModuleReports

WHOLE = "the whole loss"
OWN = "wrong in its own forward: every module that it calls is right by itself"
OUTSIDE = "wrong outside of the modules' forwards: every call of one is right by itself"
DOUBT = ", but for those that could not be judged"


def check_modules(
    loss: Callable[..., Any], module: torch.nn.Module, *, args: tuple[Any, ...] = (), settings: Settings | None = None
) -> ModuleReports:
    """Find the innermost wrong module: judge each call of a submodule by itself, on its actual inputs.

    The loss is computed once, in which the inputs of every submodule are caught. Each call then becomes a function of
    those inputs and parameters that require gradients; its outputs, weighed by a random cotangent, are the objective,
    and autograd's backward through the module is the claim. A module that calls others is judged once all of them are
    right; what is wrong then is its own forward. If everything is right, the whole loss is judged too. Of what is
    random, the draw of that one pass is judged.

    Parameters
    ----------
    loss
        ``loss(module, *args)`` returns a tensor of one element.
    module
        It may be in training mode. Parameters, gradients, buffers, attributes, hooks and generators are left as they
        were.
    args
        Further arguments of the loss.
    settings
        How each call is checked; ``only`` and ``freeze`` concern the whole loss.

    Returns
    -------
    ModuleReports
        A report for each call, in the order of the backward pass, by the module's path and class.

    Raises
    ------
    InputError
        If no parameter requires a gradient, or parameters cannot be exchanged (TorchScript, lazy modules).
    ObjectiveError
        If the loss is not one finite number.
    """
    _validate(module)
    settings = settings or Settings()
    problem = Problem(loss, None, None, args)
    with _attributes_kept(module), untouched(problem):
        same = _of_one_draw(problem)
        recorder, outside = _recorded(same, module, args)
        found = _Location(settings)
        for call in recorder.calls:
            found.judge(call)
        if not found.wrong:
            found.conclude(check(same, None, module, args=args, settings=settings), outside)
    return found.told()


def _of_one_draw(problem: Problem) -> Callable[..., Any]:
    """Return the loss with its generators put back before each call."""
    put_back, loss = remembered(problem), problem.loss

    def same(*given: Any) -> Any:
        put_back()
        return loss(*given)

    return same


def _validate(module: torch.nn.Module) -> None:
    validate_allocated(module)
    parameters = list(module.parameters())
    if not any(parameter.requires_grad for parameter in parameters):
        raise InputError(
            "No parameter of the module requires a gradient.", expected="a module that is trained",
            got=f"{type(module).__name__} with {len(parameters)} parameters",
        )  # fmt: skip
    scripted = [name for name, inner in module.named_modules() if isinstance(inner, torch.jit.ScriptModule)]
    if scripted:
        text = "The parameters of a TorchScript module cannot be exchanged."
        raise InputError(text, where=scripted[0] or type(module).__name__, hint="pass the module before torch.jit")


@contextlib.contextmanager
def _attributes_kept(module: torch.nn.Module) -> Iterator[None]:
    """Put back what modules keep in attributes: caches, counters, the lists of weights of recurrent layers."""
    kept = [(inner, dict(inner.__dict__)) for inner in module.modules()]
    try:
        yield
    finally:
        for inner, attributes in kept:
            for name in set(inner.__dict__) - set(attributes):
                del inner.__dict__[name]
            inner.__dict__.update(attributes)


def _recorded(
    loss: Callable[..., Any], module: torch.nn.Module, args: tuple[Any, ...]
) -> tuple[Recorder, tuple[str, ...]]:
    """Compute the loss once; return the calls, and the custom functions that it calls outside of all modules."""
    recorder = Recorder(module)
    # With buffers of its own, which batch normalisation may write into.
    problem = of_module(Problem(loss, None, None, args), module)
    with recorder.hooked(), torch.enable_grad():
        value = problem.loss(problem.params, *args)
    outside = recorder.outside(value)
    recorder.forget_graph()
    return recorder, outside


class _Location:
    """What has been judged so far, the innermost calls first."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.replace(only=(), freeze=())
        self.reports: dict[str, Report] = {}
        self.remarks: dict[str, tuple[str, ...]] = {}
        self.warnings: list[str] = []
        # Calls that are wrong, or contain a wrong one; that could not be judged, or contain one that could not.
        self.wrong: set[Call] = set()
        self.doubtful: set[Call] = set()
        self.unjudged: list[str] = []

    def judge(self, call: Call) -> None:
        """Judge a call whose inner calls were judged before."""
        if self.doubtful.intersection(call.children):
            self.doubtful.add(call)
        plain = _is_plain(call)
        if self.wrong.intersection(call.children):
            self.wrong.add(call)
            self.unjudged += [] if plain else [call.name]
        elif not plain:
            self._judge_itself(call)

    def _judge_itself(self, call: Call) -> None:
        site = Site(call, self.settings.seed)
        if not site.params or not call.judged:
            return
        try:
            report = check(site.problem(), settings=self.settings)
        except (InputError, ObjectiveError) as error:
            self.doubtful.add(call)
            self.warnings.append(f"{call.name} cannot be judged: {error.message}")
            return
        self.reports[call.name] = report
        if report.outcome is Outcome.WRONG:
            self.wrong.add(call)
            doubt = DOUBT if self.doubtful.intersection(call.children) else ""
            self.remarks[call.name] = (*([OWN + doubt] if call.children else []), *_calling(call.functions))
        elif report.outcome is Outcome.INCONCLUSIVE:
            self.doubtful.add(call)

    def conclude(self, report: Report, functions: tuple[str, ...]) -> None:
        """Take the report of the whole loss."""
        self.reports[WHOLE] = report
        if report.outcome is Outcome.WRONG:
            self.remarks[WHOLE] = (OUTSIDE + (DOUBT if self.doubtful else ""), *_calling(functions))

    def told(self) -> ModuleReports:
        """Return what was found, in the order of the backward pass."""
        backwards = dict(reversed(self.reports.items()))
        return ModuleReports(backwards, tuple(self.warnings), (), self.remarks, tuple(reversed(self.unjudged)))


def _calling(functions: tuple[str, ...]) -> list[str]:
    return [f"calls {', '.join(functions)}"] if functions else []


def _is_plain(call: Call) -> bool:
    """Whether a call does nothing but call others, one after the other."""
    sequential = type(call.module).forward is torch.nn.Sequential.forward
    return sequential and not call.module._forward_hooks and not call.module._forward_pre_hooks
