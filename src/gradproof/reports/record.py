"""The record as JSON and back: a versioned schema, strict JSON, an exact round trip.

Numbers that JSON has no word for are the strings "inf", "-inf" and "nan". The canonical part is the same to the byte
for the same problem, settings and version; what varies stands in ``run``. Parameter values are never in it.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
import types
import typing
from typing import Any

from gradproof.errors import InputError, RecordError
from gradproof.model import Record

FORMAT = "gradproof-report"
VERSION = 1


def dumps(record: Record) -> str:
    """Return a record as JSON text."""
    body = _encode(record)
    circumstances = body.pop("run")
    document = {"format": FORMAT, "version": VERSION, "report": body, "run": circumstances}
    import json

    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def canonical(record: Record) -> str:
    """Return the part that does not vary between runs."""
    body = _encode(record)
    del body["run"]
    import json

    return json.dumps(body, allow_nan=False, ensure_ascii=False, sort_keys=True)


def loads(text: str | bytes, where: str = "") -> Record:
    """Return the record of a JSON text.

    Raises
    ------
    RecordError
        If it is damaged, not a report, or of a newer version.
    """
    import json

    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordError("The report cannot be read.", expected="JSON", got=str(error), where=where) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise RecordError("This is not a report of gradproof.", expected=f'"format": "{FORMAT}"', where=where)
    version = document.get("version")
    if version != VERSION:
        hint = "install a newer gradproof" if isinstance(version, int) and version > VERSION else ""
        raise RecordError(
            "The report has another version.", expected=str(VERSION), got=repr(version), where=where, hint=hint
        )
    try:
        found: Record = _decode(Record, {**document["report"], "run": {**document["run"]}})
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, InputError) as error:
        raise RecordError("The report is damaged.", got=f"{type(error).__name__}: {error}", where=where) from error
    return found


def _encode(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_encode(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _encode(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0.0 else "-inf")
    return value


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(kind: Any, value: Any) -> Any:
    """Return a value of a type as annotated in the model."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _decode_record(kind, value)
    if origin in (typing.Union, types.UnionType):
        return _decode_optional(arguments, value)
    if origin is tuple:
        return _decode_tuple(arguments, value)
    if kind is float:
        return _number(value)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    if isinstance(kind, type) and not (isinstance(value, kind) and isinstance(value, bool) == (kind is bool)):
        raise TypeError(f"expected {kind.__name__}, got {value!r}")
    return value


def _decode_record(kind: Any, value: Any) -> Any:
    names = {field.name for field in dataclasses.fields(kind)}
    if set(value) != names:
        raise ValueError(f"fields {sorted(set(value) ^ names)} of {kind.__name__}")
    return kind(**{name: _decode(_hints(kind)[name], item) for name, item in value.items()})


def _decode_optional(arguments: tuple[Any, ...], value: Any) -> Any:
    if value is None:
        return None
    return _decode(next(argument for argument in arguments if argument is not type(None)), value)


def _decode_tuple(arguments: tuple[Any, ...], value: Any) -> Any:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {value!r}")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_decode(arguments[0], item) for item in value)
    return tuple(_decode(argument, item) for argument, item in zip(arguments, value, strict=True))


def _number(value: Any) -> float:
    if isinstance(value, str) and value not in ("inf", "-inf", "nan"):
        raise ValueError(f"not a number: {value!r}")
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        raise TypeError(f"not a number: {value!r}")
    return float(value)
