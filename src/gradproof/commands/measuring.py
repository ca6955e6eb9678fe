"""``measure``: every entry of a target's gradient measured and written to a file, and held against the claim."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradproof.adapters.generators import untouched
from gradproof.adapters.target import load
from gradproof.commands.completion import Target
from gradproof.commands.examples import HELP
from gradproof.commands.places import PLACES, elsewhere, place_options
from gradproof.config import project_settings
from gradproof.console import complain, is_own, prints_to_stderr, progress, user_traceback, write
from gradproof.errors import GradproofError, InputError
from gradproof.seam import Problem

if TYPE_CHECKING:
    from gradproof.exhaustive.measured import MeasuredGradient

WRONG, UNUSABLE, PARTLY, INTERRUPTED = 1, 2, 3, 130


@click.command(short_help="What is the derivative of every entry?", epilog=HELP["measure"])
@click.argument("target", type=Target())
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the arrays to an .npz file."
)
@click.option("--bars", type=click.Choice(["pooled", "own"]), default="pooled", show_default=True,
              help="Two evaluations an entry, or four and smaller bars.")  # fmt: skip
@click.option("--compare", is_flag=True, help="Say which entries of the target's own gradient disagree.")
@click.option("--seed", type=int, help="Key of the entries that are measured in full.")
@click.option("--evaluations", type=int, metavar="N", help="Budget of evaluations of the objective.")
@click.option("--seconds", type=float, help="Budget of seconds.")
@click.option("--only", multiple=True, metavar="GLOB", help="Measure only leaves whose path matches.")
@click.option("--freeze", multiple=True, metavar="GLOB", help="Leave out leaves whose path matches.")
@place_options
@click.option("--params", "stored", type=click.Path(path_type=Path), help="Parameters from .npz, .h5, .safetensors.")
def measure(target: str, **options: Any) -> None:
    """Measure the derivative of TARGET's objective by every single parameter, each with an error bar."""
    how = {name: options.pop(name) for name in ("output", "bars", "compare", "stored")}
    run = {name: options.pop(name) for name in PLACES}
    try:
        with prints_to_stderr(), progress(target) as tick:
            _writable(how["output"])
            changes = {name: value for name, value in options.items() if value not in (None, ())}
            settings = project_settings(Path.cwd()).replace(**changes)
            # Imported by who asks for it.
            from gradproof.exhaustive.run import measure_with_progress

            problem = load(target, how["stored"], ("loss", "params"))
            if how["compare"] and problem.gradient is None:
                raise InputError("The target has no gradient to compare with.",
                                 expected="gradient(params) beside loss(params)")  # fmt: skip
            with elsewhere(run):
                measured = measure_with_progress(problem, settings, how["bars"], tick)
            text, code = _compared(measured, problem) if how["compare"] else ("", 0)
    except GradproofError as error:
        if error.__cause__ is not None:
            complain(user_traceback(error.__cause__))
        complain(str(error))
        sys.exit(UNUSABLE)
    except KeyboardInterrupt as stop:
        complain("Interrupted.")
        sofar = getattr(stop, "measured", None)
        if sofar is not None:
            _deliver(sofar, how["output"])
        sys.exit(INTERRUPTED)
    except (Exception, SystemExit) as error:
        if is_own(error):
            raise
        complain(user_traceback(error))
        complain(f"{target} raised {type(error).__name__}: nothing could be measured.")
        sys.exit(UNUSABLE)
    written = _deliver(measured, how["output"])
    if text:
        write(text)
    complete = PARTLY if measured.measured < measured.entries else 0
    sys.exit(code or (complete if written else UNUSABLE))


def _writable(output: Path | None) -> None:
    """Refuse a name that could not be written to, before anything is measured."""
    if output is not None and output.suffix.lower() != ".npz":
        raise InputError("A measured gradient is kept in a file of NumPy.", expected="a name ending in .npz",
                         got=str(output))  # fmt: skip
    if output is not None and not output.absolute().parent.is_dir():
        raise InputError("The folder for the output does not exist.", got=str(output.parent))


def _compared(measured: MeasuredGradient, problem: Problem) -> tuple[str, int]:
    """Return what a comparison with the target's own gradient says, and the exit code."""
    given = problem.gradient
    with untouched(problem):
        claimed = given(problem.params, *problem.args) if callable(given) else given
    found = measured.compare(claimed)
    return str(found), WRONG if found.count else 0


def _deliver(measured: MeasuredGradient, output: Path | None) -> bool:
    """Show what was measured, and write it to its file; return whether that could be done."""
    write(str(measured))
    if output is None:
        return True
    try:
        measured.save(output)
    except OSError as error:
        complain(f"The gradient cannot be written to {output}: {error.strerror or error}")
        return False
    write(f"  written to {output}")
    return True
