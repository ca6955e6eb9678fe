"""What mkdocs is to do besides: the notebooks as pages with their outputs, and as files to download."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))
import nbformat

import notebooks

# Pages by the address of their Markdown, each run once for a build.
_made: dict[str, notebooks.Page] = {}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put in the place of each script its page and its notebook."""
    for script in notebooks.scripts():
        files.remove(files.get_file_from_path(f"notebooks/{script.name}"))
        made = notebooks.page(notebooks.run(script))
        name = f"notebooks/{script.stem}.md"
        _made[name] = made
        text = f"{made.markdown}\n\n[This page as a notebook]({script.stem}.ipynb){{ download }}\n"
        files.append(File.generated(config, name, content=text))
        notebook = nbformat.writes(notebooks.read(script))
        files.append(File.generated(config, f"notebooks/{script.stem}.ipynb", content=notebook))
    return files


def on_page_content(html: str, page: Page, **_: Any) -> str:
    """Put the outputs of a notebook in, once its Markdown was rendered."""
    made = _made.get(page.file.src_uri)
    for marker, output in made.outputs.items() if made else ():
        html = html.replace(marker, output, 1)
    return html
