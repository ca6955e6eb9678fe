"""The templates filled: the whole page, and the compact part of a notebook."""

from __future__ import annotations

import base64
import functools
import hashlib
from typing import TYPE_CHECKING, Any

from gradproof.model import Record
from gradproof.reports.page.content import page_of

if TYPE_CHECKING:
    from jinja2 import Environment


def render_page(record: Record) -> str:
    """Return the report as one HTML file that loads nothing: styles, script and pictures are in it.

    Its content security policy allows the page's own script and styles by their hash and nothing else, so that a leaf's
    name could not run even if it were not escaped.
    """
    return filled("page.html", page=page_of(record))


def render_compact(record: Record) -> str:
    """Return the report as a part of another page, without a script."""
    return filled("compact.html", page=page_of(record))


def filled(name: str, **values: Any) -> str:
    """Return a template filled with values."""
    return _environment().get_template(name).render(**values)


@functools.cache
def _environment() -> Environment:
    # Imported here: only who makes a page pays for it.
    import jinja2
    from markupsafe import Markup

    loader = jinja2.PackageLoader("gradproof.reports.page")
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

    def source(name: str) -> Markup:
        return Markup(loader.get_source(made, name)[0])

    def hashed(name: str) -> str:
        # The hash is of what stands between the tags, byte for byte.
        digest = hashlib.sha256(source(name).encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"

    # Pictures are markup that svg.py has escaped.
    made.globals.update(source=source, hashed=hashed, drawn=Markup)
    return made
