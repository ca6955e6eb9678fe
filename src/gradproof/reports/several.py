"""The reports of a whole test run by the names of the tests: as JSON and back, and as one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradproof.errors import RecordError
from gradproof.model import Record
from gradproof.reports.record import VERSION, dumps, loads

FORMAT = "gradproof-reports"

Named = Sequence[tuple[str, Record]]


def dumps_several(reports: Named) -> str:
    """Return the reports of tests, by their names, as JSON text."""
    import json

    listed = [{"test": name, **json.loads(dumps(record))} for name, record in reports]
    document = {"format": FORMAT, "version": VERSION, "reports": listed}
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def loads_several(text: str | bytes, where: str = "") -> Named:
    """Return the reports of a JSON text: those of a test run, or a single one under the name "".

    Raises
    ------
    RecordError
        If it is damaged, no report, or of a newer version.
    """
    import json

    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return [("", loads(text, where))]
    listed = document.get("reports")
    if document.get("version") != VERSION or not isinstance(listed, list):
        raise RecordError("The reports cannot be read.", expected=f"version {VERSION}",
                          got=repr(document.get("version")), where=where)  # fmt: skip
    return [_one(entry, where) for entry in listed]


def _one(entry: object, where: str) -> tuple[str, Record]:
    import json

    if not isinstance(entry, Mapping):
        raise RecordError("The reports are damaged.", expected="a list of reports", got=repr(entry)[:80], where=where)
    body = {key: value for key, value in entry.items() if key != "test"}
    return str(entry.get("test", "")), loads(json.dumps(body), where)
