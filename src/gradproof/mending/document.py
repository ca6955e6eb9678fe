"""A source file as text and syntax tree: places in characters, the encoding and the line endings kept."""

from __future__ import annotations

import ast
import difflib
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gradproof.errors import InputError

Function = ast.FunctionDef | ast.AsyncFunctionDef
# A stretch of a text and what takes its place.
Change = tuple[int, int, str]


@dataclass(frozen=True)
class Document:
    """The text of one source file, as it stands on the disk.

    Attributes
    ----------
    path
        Of the file.
    raw
        Its bytes.
    """

    path: Path
    raw: bytes

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a file.

        Raises
        ------
        InputError
            If it is gone, cannot be decoded, or does not parse.
        """
        try:
            found = cls(path, path.read_bytes())
            assert found.tree is not None
        except (OSError, SyntaxError, UnicodeDecodeError, LookupError) as error:
            raise InputError(
                "The source of the gradient cannot be read.", got=f"{type(error).__name__}: {error}", where=str(path)
            ) from error
        return found

    @cached_property
    def encoding(self) -> str:
        """What the file says of its encoding, or has for a mark."""
        return tokenize.detect_encoding(io.BytesIO(self.raw).readline)[0]

    @cached_property
    def text(self) -> str:
        """The characters, line endings as they are."""
        return self.raw.decode(self.encoding)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of the whole file."""
        return ast.parse(self.text)

    @cached_property
    def _lines(self) -> tuple[list[int], list[str]]:
        # Python ends lines at these only; str.splitlines knows more.
        lines = io.StringIO(self.text, newline="").readlines()
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        return starts, lines

    @property
    def lines(self) -> list[str]:
        """The lines with their endings."""
        return self._lines[1]

    def offset(self, line: int, column: int) -> int:
        """Return the character at a line (from 1) and a column in bytes of UTF-8, as syntax trees count."""
        starts, lines = self._lines
        if line > len(lines):
            return len(self.text)
        text = lines[line - 1]
        return starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode(errors="ignore")))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends in the text."""
        assert isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.arg)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def line_of(self, offset: int) -> int:
        """Return the number of the line, from 1, that a character stands in."""
        starts = self._lines[0]
        low, high = 0, len(starts) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if starts[middle] <= offset else (low, middle)
        return low + 1

    def changed(self, changes: Iterable[Change]) -> str:
        """Return the text with changes made, which must not overlap."""
        return splice(self.text, changes)

    def diff(self, changes: Iterable[Change], name: str) -> str:
        """Return a unified diff of changes, with LF line endings, for a reader or ``patch``."""
        new = io.StringIO(self.changed(changes), newline="").readlines()
        old, new = ([line.rstrip("\r\n") for line in lines] for lines in (self.lines, new))
        return "\n".join(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="", n=1))

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Yield every function definition with its qualified name as Python gives it."""
        yield from _functions(self.tree, "")


def splice(text: str, changes: Iterable[Change]) -> str:
    """Return a text with stretches replaced; they must not overlap."""
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            yield prefix + child.name, child
            yield from _functions(child, f"{prefix}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)
