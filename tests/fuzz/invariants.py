"""What must hold of every use of the program, whatever was put in."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

import gradproof
from gradproof import Outcome, Report
from gradproof.adapters.binding import bind
from gradproof.adapters.tree import flatten
from gradproof.errors import GradientMismatch, GradproofError
from gradproof.model import Proof, Reason
from gradproof.reports.compare import compare
from gradproof.reports.github import github
from gradproof.reports.junit import junit
from gradproof.reports.record import canonical, dumps, loads
from gradproof.reports.terminal import Style, render
from gradproof.seam import Problem
from tests.fuzz.trees import Draw, leaves

OWN = Path(gradproof.__file__).parent
# An error that would have been missed with less than this probability, as the report itself says, was missed by fault.
IMPOSSIBLE = 1e-9


def raised_by_us(error: BaseException) -> bool:
    """Whether an exception that is none of ours came out of our code: the last word of a user was not deeper."""
    if isinstance(error, GradproofError | GradientMismatch):
        return False
    if any(note.startswith("gradproof: ") for note in getattr(error, "__notes__", ())):
        return False
    files = [Path(frame.filename) for frame in traceback.extract_tb(error.__traceback__)]
    ours = max((i for i, file in enumerate(files) if file.is_relative_to(OWN)), default=-1)
    theirs = max((i for i, file in enumerate(files) if file.stem in ("objectives", "hostile")), default=-1)
    return ours > theirs


def told(error: BaseException) -> str:
    """Return an exception on one line, with the last place in our code."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(OWN)]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__}: {str(error)[:160]!r} at {place}"


def snapshot(tree: Any) -> list[Any]:
    """Return what the leaves of a tree hold, to be compared later."""
    kept: list[Any] = []
    for leaf in leaves(tree):
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind != "O":
            kept.append((id(leaf), leaf.tobytes(), leaf.flags.writeable))
        else:
            kept.append((id(leaf), repr(leaf)))
    return kept


def control(text: str) -> str:
    """Return the first of the control characters that leaves are named with, with its surroundings, or ""."""
    # The red of the report itself is followed by other words.
    found = re.search("[\x00\u202e\r\t\ud800]|\x1b\\[31mred", text)
    return text[max(found.start() - 30, 0) : found.end() + 30] if found else ""


def shown(draw: Draw, report: Report) -> list[str]:
    """Render a report in every format; return what is wrong with any."""
    record = report.record
    broken = []
    text = dumps(record)
    again = loads(text)
    if canonical(again) != canonical(record) or dumps(again) != text:
        broken.append("the report is another one when read again")
    width = int(draw.choice([1, 8, 20, 40, 80, 300]))
    for detail in ("verbose", str(draw.choice(["quiet", "normal"]))):
        plain = render(record, Style(width, "colour" if draw.random() < 0.3 else "plain", detail))
        if control(plain):
            broken.append(f"control characters reach the terminal: {control(plain)!r}")
    ElementTree.fromstring(junit([record]).encode("utf-8", "xmlcharrefreplace"))
    if not all(line.startswith("::") for line in github(record).splitlines() if line):
        broken.append("an annotation is broken by what stands in it")
    if control(text := str(compare(again, record)) + str(report) + report.to_markdown()):
        broken.append(f"control characters in {control(text)!r}")
    if draw.random() < 0.1:
        page = report.to_html() + report._repr_html_()
        if "<script>alert" in page:
            broken.append("a name is executed on the page")
    return broken


def misjudged(report: Report, wrong: set[str], missed: Any) -> list[str]:
    """Return leaves that were accused though they are right, and mistakes that were passed against the odds.

    Parameters
    ----------
    wrong
        Paths of leaves with a planted mistake.
    missed
        Called with a proof and a path: the probability, as the report states it, that its mistake went unnoticed.
    """
    broken = []
    groups = [{v.leaf, *v.aliases} for v in report.record.verdicts]
    wrong = wrong.union(*(group for group in groups if group & wrong))
    names = set().union(*groups)
    for verdict in report.record.verdicts:
        known = {verdict.leaf, *verdict.aliases}
        if verdict.outcome is Outcome.WRONG and not known & wrong:
            broken.append(f"{verdict.leaf!r} is right and was called wrong")
        if verdict.outcome is Outcome.CONSISTENT and known & wrong and verdict.reason is not Reason.KINK:
            chance = missed(next(iter(known & wrong)), verdict)
            if chance < IMPOSSIBLE:
                broken.append(f"{verdict.leaf!r} is wrong and was called consistent: {chance:.1g}")
    if report.outcome is Outcome.WRONG and not wrong & names and not broken:
        broken.append("all leaves are right and the whole was called wrong")
    for finding in report.findings:
        if finding.kind not in ("kink", "mutation") and finding.leaf not in wrong:
            broken.append(f"a finding of {finding.kind!r} about {finding.leaf!r}, which is right")
    return broken


class Odds:
    """The probability that a planted mistake went unnoticed, as the report of the check states it."""

    def __init__(self, report: Report, problem: Problem, error: Any) -> None:
        self._report = report
        bound = [bind(Problem(problem.loss, g, problem.params), report.settings) for g in (problem.gradient, error)]
        self._claims, self._errors = ({leaf.name: leaf.norm for leaf in subject.leaves} for subject in bound)
        self._total = float(np.hypot.reduce(list(self._claims.values()) or [0.0]))

    def __call__(self, name: str, verdict: Any) -> float:
        """Return the smallest probability that a proof about a leaf states."""
        proofs = [proof for proof in self._report.proofs if verdict.leaf in proof.leaves]
        if not proofs or verdict.leaf not in self._errors:
            return 1.0
        # The whole leaf is proved first; what lies below it are entries of little weight.
        proof = max(proofs, key=lambda one: (one.probes, one.entries))
        relative = self._errors[verdict.leaf] / self._unit(verdict.leaf, proof)
        return proof.miss(relative) if np.isfinite(relative) and relative > 0.0 else 1.0

    def _unit(self, leaf: str, proof: Proof) -> float:
        own = self._claims[leaf]
        if own > 1e-11 * self._total:
            return own
        scales = [m.estimate.scale for m in self._report.record.measurements if m.claimed == 0.0]
        return max([self._total, *scales])


def paths(tree: Any) -> tuple[str, ...]:
    """Return the paths that the report gives to the leaves of a tree."""
    return flatten(tree).names
