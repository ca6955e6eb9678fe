"""The claimed gradient: where it comes from, and whether it fits the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array, all_finite
from gradproof.adapters.frameworks import host
from gradproof.adapters.objective import as_float
from gradproof.adapters.parameters import Parameter
from gradproof.adapters.tree import Tree, flatten
from gradproof.seam import ClaimFault


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim matched to the parameters: one array per parameter (None where it has a fault), and the faults."""

    arrays: tuple[Array | None, ...]
    faults: tuple[ClaimFault, ...]
    value: float | None = None


def match(given: Any, tree: Tree, parameters: Sequence[Parameter], unused: Sequence[str]) -> Claim:
    """Match what the user gave to the parameters, by path.

    A tree with the paths of the parameters is a gradient; a pair whose second half has them, and which has not itself,
    is (value, gradient). The claim of an array with several names is the sum of the claims given under them, unless
    these are one and the same object.

    Parameters
    ----------
    given
        A tree, or a pair (value, tree).
    tree
        The flattened parameters.
    parameters
        Those to be checked.
    unused
        Paths whose claims are not asked for (frozen leaves, integers).
    """
    claimed, value = _split_pair(given, tree)
    by_name = dict(zip(claimed.names, claimed.leaves, strict=True))
    arrays: list[Array | None] = []
    faults: list[ClaimFault] = []
    free = [name for name in claimed.names if name not in tree.names]
    for parameter in parameters:
        array, fault = _claim_of(parameter, by_name, free)
        arrays.append(array)
        faults += [fault] if fault is not None else []
    known = {*unused, *(name for p in parameters for name in (p.name, *p.aliases))}
    faults += [_extra(name, tree.names) for name in claimed.names if name not in known]
    return Claim(tuple(arrays), tuple(faults), value)


def _split_pair(given: Any, tree: Tree) -> tuple[Tree, float | None]:
    whole = flatten(given)
    if not (isinstance(given, tuple) and len(given) == 2) or whole.names == tree.names:
        return whole, None
    second = flatten(given[1])
    first = np.asarray(given[0]) if isinstance(given[0], int | float | np.ndarray | np.generic) else None
    scalar = first is not None and first.size == 1 and np.issubdtype(first.dtype, np.number)
    if second.names == tree.names or (scalar and set(second.names) & set(tree.names)):
        return second, float(np.real(first.reshape(())[()])) if scalar and first is not None else None
    return whole, None


def _claim_of(parameter: Parameter, by_name: dict[str, Any], free: list[str]) -> tuple[Array | None, ClaimFault | None]:
    names = [name for name in (parameter.name, *parameter.aliases) if name in by_name]
    if not names:
        import difflib

        near = difflib.get_close_matches(parameter.name, free, n=1, cutoff=0.5)
        hint = f"; did you mean your {near[0]}?" if near else ""
        return None, ClaimFault(parameter.name, "missing", f"there is no gradient for it{hint}")
    total: Array | None = None
    seen: set[int] = set()
    for name in names:
        leaf = by_name[name]
        if id(leaf) in seen:
            continue
        seen.add(id(leaf))
        array, fault = _validated(name, leaf, parameter)
        if fault is not None or array is None:
            return None, fault
        total = array if total is None else _added(total, array)
    return total, None


def _added(total: Array, array: Array) -> Array:
    """Return a sum in the coarser of two precisions: no digit of it is more exact."""
    coarser = min(total, array, key=lambda part: part.dtype.itemsize)
    return (total + array).astype(coarser.dtype)


def _validated(name: str, leaf: Any, parameter: Parameter) -> tuple[Array | None, ClaimFault | None]:
    shape = parameter.array.shape
    if leaf is None:
        return None, ClaimFault(name, "none", "yours is None: no gradient was computed for it")
    if isinstance(leaf, int) and not isinstance(leaf, bool):
        leaf = as_float(leaf)
    leaf = host(leaf)
    if not isinstance(leaf, float | complex | np.ndarray | np.generic):
        return None, ClaimFault(name, "none", f"yours is a {type(leaf).__name__}, not an array")
    # What is labelled with a precision of its own stays so.
    array = np.asanyarray(leaf)
    if array.dtype.kind == "c":
        return None, ClaimFault(name, "complex", "yours is complex; the parameter is real")
    if array.dtype.kind != "f":
        whole = array.dtype.kind in "biu"
        text = f"yours has dtype {array.dtype}: {'fractions are lost in it' if whole else 'not real numbers'}"
        return None, ClaimFault(name, "integer", text)
    if array.shape != shape:
        if array.size == 1 and parameter.array.size == 1:
            array = array.reshape(shape)
        else:
            return None, ClaimFault(name, "shape", _shapes(array.shape, shape))
    if not all_finite(array):
        return None, _non_finite(name, array, np.isfinite(array))
    return array, None


def _shapes(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    text = f"yours has shape {got}, the parameter has {expected}"
    if len(got) > 1 and got == expected[::-1]:
        return f"{text}: transposed"
    if np.prod(got, dtype=int) == np.prod(expected, dtype=int):
        return f"{text}: as many entries in another arrangement"
    return text


def _non_finite(name: str, array: Array, finite: Any) -> ClaimFault:
    index = tuple(int(i) for i in np.argwhere(~finite)[0])
    nans = int(np.count_nonzero(np.isnan(array)))
    bad = array.size - int(np.count_nonzero(finite))
    kinds = "NaN" if nans == bad else ("infinite" if nans == 0 else "NaN or infinite")
    text = f"yours is {kinds} in {bad} of {array.size} entries, while the objective is finite"
    return ClaimFault(name, "non-finite", text, index)


def _extra(name: str, names: Sequence[str]) -> ClaimFault:
    import difflib

    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    return ClaimFault(name, "extra", f"you give a gradient for it, but there is no such parameter{hint}")
