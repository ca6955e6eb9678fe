"""A finding as an equation: what stands for the derivative, and what stands in yours."""

from __future__ import annotations

import re

from gradproof.model import Finding
from gradproof.reports.quantities import place, shortened, visible, with_error

# Sentences of the diagnosis and the equations that they say, tried in this order. {d} is the derivative.
_FORMS = [
    (re.compile(pattern), equation)
    for pattern, equation in (
        (r"yours lacks the factor (.+?)(?: \(and a factor (.+)\))?", "{d} = {2}{1} · yours"),
        (r"yours has the factor (.+?) too much(?: \(and lacks a factor (.+)\))?", "{d} = {2}yours / ({1})"),
        (r"yours lacks (.+?)(?: in every entry)?", "{d} = yours + {1}"),
        (r"yours has (.+?)(?: in every entry)? too much", "{d} = yours − {1}"),
        (r"the measured gradient is (.+?); yours (?:is something else|differs from it in .+)", "{d} = {1}"),
        (r"in yours (.+) counts (.+) times", "yours = {2}{d} for {1}, and {d} elsewhere"),
        (r"yours is the gradient one step behind: at (.+)", "yours = {d} at {1}"),
        (r"yours is transposed(?:: .+?)??(?:, and ()(.+) times that)?", "yours = {2}({d})ᵀ"),
        (r"yours is the conjugate of .+?(?:, and ()(.+) times that)?", "yours = {2}conj({d})"),
        (r"yours is multiplied by (-?i)", "yours = {1} · {d}"),
        (r"yours is (.+?)(?:, and (.+) times that)?", "yours = {2}{d}, {1}"),
    )
]
_KINK = re.compile(r"a kink: yours lies outside its one-sided slopes (\S+) and (\S+)")
# Findings that tell what was seen, and no equation.
_NONE = {
    "multiples", "replay", "pattern", "dense", "kink", "shape", "missing", "extra", "none", "integer", "non-finite",
    "mutation", "complex",
}  # fmt: skip


def formulas(finding: Finding, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return a finding of a leaf of this shape as equations, one for each hypothesis that fits; or none."""
    leaf = shortened(finding.leaf, 24) or "θ"
    if finding.kind in _NONE:
        return ()
    if finding.ratio is not None and finding.kind != "entry":
        return (_multiple(finding, leaf, shape),)
    if finding.index is not None and finding.yours is not None and finding.measured is not None:
        where = f"{leaf}{place(finding.index)}" if finding.index else leaf
        kink = _KINK.fullmatch(finding.text)
        if kink is not None:
            return (f"∂loss/∂{where} ∈ [{kink[1]}, {kink[2]}],  yours = {finding.yours + 0.0:.9g}",)
        measured = with_error(finding.measured, finding.error or 0.0)
        return (f"∂loss/∂{where} = {measured},  yours = {finding.yours + 0.0:.9g}",)
    if finding.kind == "formula":
        return (f"∂loss/∂{leaf} = 0,  yours is not",)
    found = (_equation(text, f"∂loss/∂{leaf}") for text in visible(finding.text).split("; or "))
    return tuple(filter(None, found))


def _multiple(finding: Finding, leaf: str, shape: tuple[int, ...]) -> str:
    """Return yours as a multiple of the derivative, in the block that is wrong."""
    ratio, error = finding.ratio or 0.0, finding.ratio_error
    part = ""
    if finding.block and len(finding.block) == len(shape):
        part = f"[{', '.join(map(_sliced, finding.block, shape))}]"
    if ratio == 0.0:
        return f"yours{part} = 0,  ∂loss/∂{leaf}{part} is not"
    factor = with_error(ratio, error) if error else f"{ratio:.9g}"
    return f"yours{part} = {factor} · ∂loss/∂{leaf}{part}"


def _sliced(ends: tuple[int, int], length: int) -> str:
    start, stop = ends
    return ":" if stop - start == length > 1 else str(start) if stop - start == 1 else f"{start}:{stop}"


def _equation(text: str, derivative: str) -> str:
    for pattern, equation in _FORMS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        first, second = found.group(1) if found.re.groups else "", found.group(2) if found.re.groups > 1 else None
        return equation.format(None, first or "", f"{second} · " if second else "", d=derivative)
    return ""
