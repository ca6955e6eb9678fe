"""``completion``: the script that makes a shell complete commands, options and files."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from gradproof.commands.examples import HELP
from gradproof.console import write

SHELLS = ("bash", "zsh", "fish")
PROGRAM, VARIABLE = "gradproof", "_GRADPROOF_COMPLETE"


class Target(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """``file.py``, ``file.py:object`` or ``package.module:object``; files are completed by the shell."""

    name = "target"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:  # what is there, only the shell knows
        """Leave it to the shell to complete a file."""
        del ctx, param
        return [CompletionItem(incomplete, type="file")]


@click.command(short_help="The script that completes commands.", epilog=HELP["completion"])
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes gradproof's commands, options and files in SHELL."""
    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover - click knows all three
        raise click.UsageError(f"{shell} is not known")
    write(kind(ctx.find_root().command, {}, PROGRAM, VARIABLE).source())
