"""What the names of a function held when it returned: enough to exchange like for like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType, MethodType, ModuleType
from typing import Any

# How deep containers and objects are looked into, and how many of their items.
DEPTH, ITEMS = 2, 40


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of value a name held.

    Attributes
    ----------
    form
        "array", "number", "module", "function", "tree" (a container or object), or "other".
    shape
        Of an array.
    dtype
        The kind of an array's or number's type: "f", "i", "b", "c".
    value
        Of a number.
    items
        For a tree, how each item is reached (``["W1"]``, ``[0]``, ``.W``) and its kind.
    """

    form: str
    shape: tuple[int, ...] = ()
    dtype: str = ""
    value: float = 0.0
    items: tuple[tuple[str, Kind], ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether it is an array or a number."""
        return self.form in ("array", "number")


def kind_of(value: Any, depth: int = DEPTH) -> Kind:
    """Return the kind of a value."""
    if isinstance(value, bool):
        return Kind("other", dtype="b", value=float(value))
    if isinstance(value, int | float):
        return Kind("number", (), "i" if isinstance(value, int) else "f", float(value) if abs(value) < 1e300 else 0.0)
    if isinstance(value, ModuleType):
        return Kind("module")
    if isinstance(value, FunctionType | MethodType):
        return Kind("function")
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and hasattr(value, "dtype") and not isinstance(value, type):
        return Kind("array", tuple(int(n) for n in shape), _letter(str(value.dtype)))
    if depth == 0:
        return Kind("other")
    items = _items(value)
    found = tuple((access, kind_of(item, depth - 1)) for access, item in items[:ITEMS])
    return Kind("tree", items=found) if found else Kind("other")


def _items(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(f"[{key!r}]", item) for key, item in value.items() if isinstance(key, str | int)]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(f".{name}", getattr(value, name)) for name in value._fields]
    if isinstance(value, list | tuple):
        return [(f"[{i}]", item) for i, item in enumerate(value)]
    if isinstance(value, type) or not hasattr(value, "__dict__"):
        saved = getattr(value, "saved_tensors", None)
        return [] if isinstance(value, type) or saved is None else [("saved_tensors", saved)]
    return [(f".{name}", item) for name, item in vars(value).items() if not name.startswith("__")]


def _letter(dtype: str) -> str:
    name = dtype.rpartition(".")[2]
    return "f" if "float" in name else "b" if "bool" in name else "c" if "complex" in name else "i"
