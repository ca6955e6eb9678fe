"""The answer of ``mend``: to be printed, and to be written into the source."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gradproof.errors import InputError
from gradproof.mending.document import Change, Document
from gradproof.mending.outcome import Mended
from gradproof.mending.wording import described


@dataclass(frozen=True, slots=True)
class Mending(Mended):
    """What ``mend`` found. ``print(mending)`` shows it; ``mending.apply()`` writes it."""

    def apply(self) -> tuple[Path, ...]:
        """Write the first way into the source; the original is kept beside it as ``name.py.orig``.

        Returns the originals' paths.

        Raises
        ------
        InputError
            If there is nothing to write, if a file cannot be written, or if it was changed meanwhile.
        """
        if not self.ways:
            raise InputError("There is nothing to apply.", got=f"outcome {self.outcome}")
        made = self.ways[0].changes
        for document, _ in made:
            _writable(document)
        return tuple(_write(document, changes) for document, changes in made)

    def __str__(self) -> str:
        return described(self)

    def __bool__(self) -> bool:
        raise TypeError("Mending has three outcomes; ask for mending.outcome.")


def _writable(document: Document) -> None:
    path = document.path
    if not path.is_file():
        raise InputError(
            "The source stands in no file: it is the cell of a notebook, or was moved. Nothing was written.",
            where=str(path), hint="change the line yourself, as the diff shows",
        )  # fmt: skip
    try:
        held, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise InputError("The source cannot be read again; nothing was written.", got=str(error)) from error
    if held != document.raw:
        raise InputError(
            "The source was changed meanwhile; nothing was written.", where=str(path), hint="mend it again"
        )
    if not (mode & 0o222 and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise InputError(
            "The source may not be written; nothing was changed.",
            expected="a writable file in a writable folder",
            where=str(path),
            hint="apply the diff by hand, with patch -p1",
        )


def _write(document: Document, changes: Sequence[Change]) -> Path:
    path = document.path
    original = next(name for i in range(10_000) if not (name := path.with_name(f"{path.name}.orig{i or ''}")).exists())
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        original.write_bytes(document.raw)
        partial.write_bytes(document.changed(changes).encode(document.encoding))
        partial.chmod(path.stat().st_mode)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return original
