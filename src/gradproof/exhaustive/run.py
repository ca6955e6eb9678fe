"""Every entry of a gradient measured: ``measure_gradient``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradproof.adapters.generators import untouched
from gradproof.adapters.native import notes_of, pairs_of
from gradproof.api import as_problem
from gradproof.errors import EvaluationLostError, InputError
from gradproof.exhaustive.kept import journal_of
from gradproof.exhaustive.measured import MeasuredGradient
from gradproof.exhaustive.meter import SpentError
from gradproof.exhaustive.record import MeasuredLeaf
from gradproof.exhaustive.sheet import Sheet
from gradproof.exhaustive.sweep import Sweep
from gradproof.exhaustive.tray import Tray
from gradproof.notebook import Tick, notebook_progress
from gradproof.seam import Problem
from gradproof.settings import Settings

ORDERS = {"pooled": 2, "own": 4}


def measure_gradient(
    loss: Callable[..., Any] | Problem,
    params: Any = None,
    *,
    args: tuple[Any, ...] = (),
    settings: Settings | None = None,
    bars: str = "pooled",
) -> MeasuredGradient:
    """Measure the derivative of an objective by every entry of its parameters, each with an error bar.

    ``check`` judges a gradient of any size in some thirty evaluations; this is for those who must have all entries. A
    few of each leaf are measured in full, which gives the step for the others, and the most that bias and noise can be
    off. The parameters are never written into.

    Parameters
    ----------
    loss
        ``loss(params, *args)`` returns a float, a 0-d or one-element array. Or a ``Problem``, which holds the rest; its
        gradient is not asked for.
    params
        A tree (dict, list, tuple, dataclass, ...) of arrays and numbers, any shapes and float dtypes.
    args
        Further arguments of the objective.
    settings
        ``evaluations`` and ``seconds`` bound the run; ``only`` and ``freeze`` choose leaves; ``seed`` chooses the
        entries that are measured in full; ``draws`` is for random objectives.
    bars
        "pooled": two evaluations an entry; what the bias may be is learnt from the sample. "own": four evaluations an
        entry, at two steps; the values are more exact, and each bar follows from the entry's own two levels.

    Returns
    -------
    MeasuredGradient
        By path, arrays ``value`` and ``error`` of the leaf's shape in double precision. If the budget is spent, NaN
        stands where nothing was measured, and ``notes`` say so.

    Raises
    ------
    InputError
        If parameters, bounds, patterns or ``bars`` cannot be used.
    ObjectiveError
        If the objective is not one finite number at the point.
    KeyboardInterrupt
        If the user interrupts it; its ``measured`` is what was found so far.
    """
    problem = as_problem(loss, None, params, args)
    with notebook_progress() as tick:
        return measure_with_progress(problem, settings or Settings(), bars, tick)


def measure_with_progress(problem: Problem, settings: Settings, bars: str, tick: Tick | None) -> MeasuredGradient:
    """Measure all entries of a problem, calling ``tick(evaluations, phase)`` now and then."""
    if bars not in ORDERS:
        raise InputError("There are no such bars.", expected=" or ".join(map(repr, ORDERS)), got=repr(bars))
    started = time.perf_counter()
    with untouched(problem):
        tray = Tray(problem, settings, tick)
        sweep = Sweep(tray, Sheet.of(tray), ORDERS[bars], settings.seed)
        spent = ""
        try:
            tray.meet()
            tray.remember(journal_of(tray, settings, bars))
            sweep.run()
        except SpentError:
            spent = _spent(sweep.sheet)
        except EvaluationLostError as lost:
            spent = f"{lost} {_left(sweep.sheet)}"
        except KeyboardInterrupt as stop:
            # The user's interruption goes on its way, with what was found so far.
            said = (*_notes(tray, sweep.sheet), "It was interrupted.")
            stop.measured = _gathered(tray, sweep, (bars, said), started)  # type: ignore[attr-defined]
            raise
        finally:
            if tray.kept is not None:
                tray.kept.flush()
        said = (*_notes(tray, sweep.sheet), *([spent] if spent else []))
    return _gathered(tray, sweep, (bars, said), started)


def _gathered(tray: Tray, sweep: Sweep, how: tuple[str, tuple[str, ...]], started: float) -> MeasuredGradient:
    bars, notes = how
    return MeasuredGradient(
        leaves=dict(_leaves(tray, sweep.sheet)),
        evaluations=tray.meter.evaluations,
        bars=bars,
        objective=tray.center,
        point=tray.point.fingerprint(),
        skipped=tray.skipped,
        notes=notes,
        convention=tray.problem.convention,
        seconds=time.perf_counter() - started,
    )


def _leaves(tray: Tray, sheet: Sheet) -> Iterator[tuple[str, MeasuredLeaf]]:
    """Yield the leaves in the order of the tree."""
    found = {}
    pairs = pairs_of(tray.problem)
    for number, block in enumerate(tray.blocks):
        for index, start, stop, shape in block.slots:
            own = {place - start: why for place, why in sheet.reasons[number].items() if start <= place < stop}
            reasons = {tuple(int(i) for i in np.unravel_index(flat, shape)): why for flat, why in sorted(own.items())}
            arrays = (sheet.values[number][start:stop], sheet.errors[number][start:stop])
            value, error = (array.reshape(shape) for array in arrays)
            parameter = tray.parameters[index]
            found[index] = MeasuredLeaf(value, error, reasons, parameter.aliases, parameter.name in pairs)
    return ((tray.parameters[index].name, found[index]) for index in sorted(found))


def _notes(tray: Tray, sheet: Sheet) -> tuple[str, ...]:
    notes = list(notes_of(tray.problem))
    if tray.frozen and tray.spread == 0.0:
        notes.append("The objective draws random numbers: its generators were put back before each call.")
    if tray.spread != 0.0:
        notes.append(f"Two values at the point differ by {tray.spread:.2g}: that was treated as noise.")
    if tray.copying:
        notes.append("The objective writes into its parameters, or knows them by identity: each call got its own.")
    if tray.kept is not None and tray.kept.trouble:
        notes.append(f"The journal was left alone: {tray.kept.trouble}.")
    if tray.kept is not None and tray.kept.damaged:
        notes.append("The journal was damaged: what came behind the damage was measured again.")
    blind = sum(int(np.count_nonzero(np.isinf(error))) for error in sheet.errors)
    if blind:
        notes.append(f"Of {blind} entries nothing could be seen; their error is infinite.")
    return tuple(notes)


def _spent(sheet: Sheet) -> str:
    return f"The budget was spent: {_left(sheet)}"


def _left(sheet: Sheet) -> str:
    left = sum(int(np.count_nonzero(np.isnan(error))) for error in sheet.errors)
    return f"{left} entries were not measured, they are NaN."
