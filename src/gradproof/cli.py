"""The command: arguments to settings, a check for each target, the report to where it was asked for, an exit code."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from gradproof.adapters.target import load, load_function
from gradproof.commands.completion import Target, completion
from gradproof.commands.examples import HELP
from gradproof.commands.judging import EXIT, UNUSABLE, finished, judge
from gradproof.commands.measuring import measure
from gradproof.commands.output import deliver, present
from gradproof.commands.places import PLACES, elsewhere, place_options
from gradproof.commands.reading import compare, destination, explain, format_options
from gradproof.config import project_settings
from gradproof.console import complain, is_own, prints_to_stderr, style, user_traceback, write
from gradproof.errors import GradproofError
from gradproof.model import Outcome
from gradproof.report import Report
from gradproof.settings import Settings

# The worst of several targets decides: wrong before unusable before inconclusive.
SEVERITY = {0: 0, 3: 1, 2: 2, 1: 3}


@click.group(epilog=HELP["check"], context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gradproof", message="%(package)s %(version)s")
def main() -> None:
    """Is this gradient right, and if it is not, where and why?"""


@main.command(short_help="Is the gradient of TARGET right?", epilog=HELP["check"])
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...", type=Target())
@click.option("--seed", type=int, help="Key of the random directions.")
@click.option("--rtol", type=float, help="Relative tolerance of the claim (default: by its dtype).")
@click.option("--resolution", type=float, help="Demanded resolution: the share of a leaf's contribution to be seen.")
@click.option("--probes", type=int, help="Independent directions of the first pass, at least 2.")
@click.option("--evaluations", type=int, metavar="N", help="Budget of evaluations of the objective.")
@click.option("--seconds", type=float, help="Budget of seconds.")
@click.option("--draws", type=int, help="Calls averaged into one value of an objective that stays random.")
@click.option("--memory", type=click.Choice(["ample", "lean"]), help="lean: draw directions anew, a copy less.")
@click.option("--only", multiple=True, metavar="GLOB", help="Check only leaves whose path matches.")
@click.option("--freeze", multiple=True, metavar="GLOB", help="Leave out leaves whose path matches.")
@click.option("--params", "stored", type=click.Path(path_type=Path), help="Parameters from .npz, .h5, .safetensors.")
@click.option("--measured", type=click.Path(path_type=Path), help="Judge on the measurements of a JSON report.")
@click.option("--self-test", is_flag=True, help="Plant mistakes into a gradient that passes: which are caught?")
@place_options
@click.option("--points", type=click.IntRange(min=1), metavar="N", help="Check at N points drawn around, too.")
@click.option("--curve", is_flag=True, help="Pay for whole curves of slope against step, drawn by html.")
@click.option("--allow-inconclusive", is_flag=True, help="Exit with 0 where a verdict is inconclusive.")
@format_options
def check(targets: tuple[str, ...], **options: Any) -> None:
    """Judge the gradient of each TARGET: file.py, file.py:object or package.module:object.

    A file offers loss(params), gradient(params) and params; or terms, a dict of (loss, gradient) by name, and params:
    then each term is judged, and their sum. It is imported, that is, executed.
    """
    where = destination(options)
    show = {name: options.pop(name) for name in ("allow_inconclusive", "self_test", "curve")}
    files = {name: options.pop(name) for name in ("stored", "measured", "points")}
    run = {name: options.pop(name) for name in PLACES}
    changes = {name: value for name, value in options.items() if value not in (None, ())}
    reports: list[Report] = []
    codes = [0]
    try:
        settings = project_settings(Path.cwd()).replace(**changes)
        with elsewhere(run):
            for target in targets:
                if len(targets) > 1 and where.on_terminal:
                    write(f"{target}:")
                judged, code = judge(target, files, settings)
                codes.append(code)
                for report in judged:
                    if len(judged) > 1 and where.on_terminal:
                        write(f"{report.record.run['target']}:")
                    reports.append(finished(report, show))
                    present(reports[-1], where)
        # What cannot be written makes a good verdict unusable, and leaves any other as it is.
        if not deliver(reports, where) and max(codes) == 0:
            codes.append(UNUSABLE)
    except GradproofError as error:
        complain(str(error))
        codes.append(UNUSABLE)
    except KeyboardInterrupt as stop:
        complain("Interrupted.")
        sofar = getattr(stop, "report", None)
        if sofar is not None:
            present(sofar, where)
        sys.exit(130)
    worst = max(codes, key=SEVERITY.__getitem__)
    sys.exit(0 if worst == EXIT[Outcome.INCONCLUSIVE] and show["allow_inconclusive"] else worst)


@main.command(short_help="At which inputs is it wrong?", epilog=HELP["stress"])
@click.argument("target", type=Target())
@click.option("--seconds", type=float, default=20.0, show_default=True, help="Begin no new scenario after that.")
@click.option("--seed", type=int, default=0, show_default=True, help="Key of cotangents and directions.")
def stress(target: str, seconds: float, seed: int) -> None:
    """Look for inputs at which the gradient of TARGET is wrong though it is right at the given ones.

    A file offers function(*args), args, and vjp(*args, cotangent) or, for one number, gradient(*args).

    Exits with 0 if nothing is wrong, 1 if something is, 2 if it cannot be used, 3 if most could not be judged.
    """
    from gradproof.stressing.run import stress as run

    try:
        with prints_to_stderr():
            function, claim, args = load_function(target)
            report = run(function, claim, *args, seconds=seconds, settings=Settings(seed=seed))
    except GradproofError as error:
        _unusable(error)
    except Exception as error:
        _raised(f"{target}, at the given arguments,", error)
    write(str(report))
    sys.exit(EXIT[report.outcome])


@main.command(short_help="Which edits make it right?", epilog=HELP["mend"])
@click.argument("target", type=Target())
@click.option("--apply", is_flag=True, help="Write the edits; the original is kept beside it as name.py.orig.")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="Try no further edits after that.")
@click.option("--seed", type=int, help="Key of the random directions.")
def mend(target: str, **options: Any) -> None:
    """Find the fewest and smallest edits of the gradient of TARGET that make it right, and prove them.

    Exits with 0 for mended or right before, 1 if no edit makes it right, 2 if nothing could be judged.
    """
    from gradproof.mending.run import mend as run

    try:
        with prints_to_stderr():
            changes = {name: options[name] for name in ("seed", "seconds") if options[name] is not None}
            made = run(load(target), settings=project_settings(Path.cwd()).replace(**changes))
        write(str(made))
        if options["apply"] and made.ways:
            kept = [str(path) for path in made.apply()]
            write(f"  written; the original is {', '.join(kept)}")
    except GradproofError as error:
        _unusable(error)
    except (Exception, SystemExit) as error:
        _raised(target, error)
    sys.exit(EXIT[Outcome.WRONG] if made.outcome == "not found" else 0)


def _unusable(error: GradproofError) -> NoReturn:
    """Tell why a target cannot be used, and end."""
    if error.__cause__ is not None:
        complain(user_traceback(error.__cause__))
    complain(str(error))
    sys.exit(UNUSABLE)


def _raised(target: str, error: BaseException) -> NoReturn:
    """Tell what the user's functions raised, and end."""
    if is_own(error):
        raise error
    complain(user_traceback(error))
    complain(f"{target} raised {type(error).__name__}: nothing could be judged.")
    sys.exit(UNUSABLE)


@main.command(short_help="The course's network and its mistakes.", epilog=HELP["demo"])
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
def demo(color: str) -> None:
    """Show the course's network with its planted mistakes: caught, named, mended, proved."""
    # Imported here: nobody else pays for it.
    from gradproof.demo import pages

    for page in pages(style(color, "normal")):
        write(page)


main.add_command(measure)
main.add_command(explain)
main.add_command(compare)
main.add_command(completion)
