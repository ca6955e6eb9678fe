"""Completion by the shells, and help with examples for every command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

COMMANDS = ["check", "stress", "demo", "explain", "compare", "completion"]


def program(*arguments, **environment):
    command = [sys.executable, "-m", "gradproof", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command):
    text = program(command, "--help")
    assert "Example" in text
    assert f"gradproof {command}" in text


def test_the_list_of_commands_is_whole():
    listed = program("--help").partition("Commands:")[2]
    assert all(f"\n  {command} " in listed for command in COMMANDS)


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_names_the_program(shell):
    text = program("completion", shell)
    assert "_GRADPROOF_COMPLETE" in text
    assert shell in text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["che"], {"check"}),
        (["check", "--for"], {"--format"}),
        (["check", "m.py", "--format", "j"], {"json", "junit"}),
        (["completion", ""], {"bash", "zsh", "fish"}),
    ],
)
def test_commands_options_and_formats_are_completed(words, expected, tmp_path):
    """Ask as the script of bash does."""
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    command = tmp_path / "gradproof"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gradproof "$@"\n')
    command.chmod(0o755)
    code = f"""
PATH="{tmp_path}:$PATH"
eval "$(gradproof completion bash)"
COMP_WORDS=(gradproof {" ".join(repr(word) for word in words)})
COMP_CWORD={len(words)}
_gradproof_completion gradproof
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False)
    assert set(done.stdout.split()) == expected, done.stderr
