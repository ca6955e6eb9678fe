"""The documentation notebooks: read from their scripts, run by a plain kernel, and turned into pages.

``python tools/notebooks.py FOLDER`` writes them as ``.ipynb`` files, without outputs, for those who want to work in
them.

A notebook is a script in the py:percent form: it is reviewed, linted and formatted like any other code, has no outputs
that grow stale, and jupytext, which Jupyter itself may use to open it, makes a notebook of it.
"""

from __future__ import annotations

import html
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "docs" / "notebooks"
# The kernel starts beside the examples, which some notebooks import.
FOLDER = ROOT / "examples"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
SECONDS = 300
# A report is light or dark as the page around it is.
COLOURS = "<style>.gradproof { color-scheme: inherit !important; }</style>"
# What colours text on a terminal.
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass
class Page:
    """A notebook as Markdown; its outputs are put in by ``marker`` once the Markdown was rendered."""

    markdown: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def add(self, output: str) -> None:
        """Add an output, which is HTML."""
        marker = f"<div data-output='{len(self.outputs)}'></div>"
        self.outputs[marker] = f'<div class="output" data-search-exclude>{output}</div>'
        self.markdown += f"\n{marker}\n"


def scripts() -> list[Path]:
    """Return the scripts of all notebooks, by name."""
    return sorted(SCRIPTS.glob("*.py"))


def read(script: Path) -> nbformat.NotebookNode:
    """Return the notebook of a script, without outputs, the same each time."""
    notebook = jupytext.read(script, fmt="py:percent")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{script.stem}-{number}"
        cell["metadata"] = {}
    nbformat.validate(notebook)
    return notebook


def run(script: Path) -> nbformat.NotebookNode:
    """Return the notebook of a script with its outputs.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises.
    """
    notebook = read(script)
    with tempfile.TemporaryDirectory() as folder:
        # Neither the profile nor the history of who runs this takes part.
        environment = {**os.environ, "IPYTHONDIR": folder, "NO_COLOR": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        # Files for sockets: no port is needed, and nobody else can listen.
        sockets = {"transport": "ipc", "ip": f"{folder}/kernel", "connection_file": f"{folder}/kernel.json"}
        client = NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name=KERNEL["name"],
            resources={"metadata": {"path": str(FOLDER)}},
            config=Config({"KernelManager": sockets}),
        )
        return client.execute(env=environment)


def page(notebook: nbformat.NotebookNode) -> Page:
    """Return a notebook that was run as a page: its text, its code, and its outputs as they would show."""
    made = Page()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            made.markdown += f"\n{cell.source}\n"
            continue
        made.markdown += f"\n```python\n{cell.source}\n```\n"
        for output in cell.outputs:
            made.add(shown(output))
    return made


def shown(output: nbformat.NotebookNode) -> str:
    """Return an output as HTML: the richest form that it has, as a notebook shows it."""
    if output.output_type == "stream":
        return f"<pre>{html.escape(COLOUR.sub('', output.text))}</pre>"
    data = output.data
    if "text/html" in data:
        # A tree of its own: the styles of the page around it do not reach in, nor its own out.
        return f'<div><template shadowrootmode="open">{data["text/html"]}{COLOURS}</template></div>'
    if "image/svg+xml" in data:
        return data["image/svg+xml"]
    return f"<pre>{html.escape(data['text/plain'])}</pre>"


def main(folder: Path) -> None:
    """Write all notebooks into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for script in scripts():
        nbformat.write(read(script), folder / f"{script.stem}.ipynb")
        print(folder / f"{script.stem}.ipynb")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/notebooks.py FOLDER")
    main(Path(sys.argv[1]))
