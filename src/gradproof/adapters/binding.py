"""From a problem to the subject that the core probes."""

from __future__ import annotations

from gradproof.adapters.complexes import realised
from gradproof.adapters.frameworks import subject_of, translated
from gradproof.adapters.subject import ArraySubject
from gradproof.errors import InputError
from gradproof.seam import Problem, Subject
from gradproof.settings import Settings


def bind(problem: Problem, settings: Settings) -> Subject:
    """Return the subject of a problem; a callable gradient is called once.

    Raises
    ------
    InputError
        If the parameters, patterns or bounds cannot be used.
    """
    return subject_of(problem, settings) or ArraySubject(realised(translated(problem)), settings)


def bind_arrays(problem: Problem, settings: Settings) -> ArraySubject:
    """Return the subject of a problem with its arrays on the host.

    Raises
    ------
    InputError
        As ``bind``, and if the parameters are spread over several devices.
    """
    if subject_of(problem, settings) is not None:
        raise InputError("Sharded parameters can be checked, and nothing else.", hint="gather them first")
    return ArraySubject(realised(translated(problem)), settings)
