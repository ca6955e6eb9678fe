"""Defaults from ``[tool.gradproof]`` of the nearest ``pyproject.toml``."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from pathlib import Path
from typing import Any

from gradproof.errors import InputError
from gradproof.settings import Settings


def project_settings(start: Path) -> Settings:
    """Return the settings of the project around a folder.

    Raises
    ------
    InputError
        If the table has an unknown key or a value that cannot be used, or the file does not parse.
    """
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if file.is_file():
            return _read(file)
    return Settings()


def _read(file: Path) -> Settings:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("gradproof", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise InputError("The project's settings cannot be read.", got=str(error), where=str(file)) from error
    known = [field.name for field in dataclasses.fields(Settings)]
    changes: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else ""
            raise InputError(
                f"There is no setting {key!r}.",
                expected=f"one of {', '.join(known)}",
                where=f"[tool.gradproof] in {file}",
                hint=hint,
            )
        changes[name] = tuple(value) if isinstance(value, list) else value
    try:
        return Settings(**changes)
    except InputError as error:
        error.where = f"[tool.gradproof] in {file}"
        raise
