"""A worker that starts from nothing and imports the user's module itself: for what does not survive a fork."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from gradproof.adapters.complexes import realised
from gradproof.adapters.frameworks import translated
from gradproof.errors import InputError
from gradproof.mending.channel import GoneError, Worker, serve
from gradproof.mending.document import Document
from gradproof.mending.kinds import Kind
from gradproof.mending.limits import silence
from gradproof.mending.trials import Bench
from gradproof.mending.unit import Unit, functions_of
from gradproof.seam import Problem

# How long the imports may take.
STARTING = 120.0
# Set in the child, which must not mend in its turn.
INSIDE = "GRADPROOF_MENDING"
COMMAND = "import sys; from gradproof.mending.fresh import main; main(int(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a fresh worker is told: where the gradient is, the data, the functions, and the rest of its bench."""

    path: tuple[str, ...]
    module: tuple[str, str]
    gradient: str
    data: tuple[Any, ...]  # params, args, convention
    units: tuple[tuple[Document, str, int, dict[str, Kind]], ...]
    rest: tuple[Any, ...]  # evidence, settings


class FreshWorker(Worker):
    """A worker in a new interpreter.

    Parameters
    ----------
    bench
        The parent's, from which the child's is made.
    given
        The problem as the user gave it.

    Raises
    ------
    InputError
        If the gradient is not a name of its module, or the data cannot be sent.
    """

    def __init__(self, bench: Bench, given: Problem) -> None:
        super().__init__(bench)
        module, name = _named(given.gradient, bench.units)
        units = tuple((Document(u.document.path, u.document.raw), u.name, u.node.lineno, u.names) for u in bench.units)
        data = (given.params, given.args, given.convention)
        file = str(getattr(module, "__file__", ""))
        setup = Setup(tuple(sys.path), (module.__name__, file), name, data, units, (bench.evidence, bench.settings))
        try:
            self._setup = pickle.dumps(setup)
        except Exception as error:
            raise InputError(
                "The data cannot be sent to another process, which this framework needs.",
                got=f"{type(error).__name__}: {error}",
            ) from error

    def _start(self) -> Connection:
        ours, theirs = Pipe()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), INSIDE: "1"}
        jax = sys.modules.get("jax")
        if jax is not None:
            environment["JAX_ENABLE_X64"] = str(int(jax.config.jax_enable_x64))
        self._process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(theirs.fileno())],
            pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        theirs.close()
        self._connection = ours
        ours.send_bytes(self._setup)
        if not ours.poll(STARTING) or ours.recv() != "ready":
            raise GoneError("it did not start")
        return ours

    def close(self) -> None:
        """End the child."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None


def needs_fresh(problem: Problem, units: tuple[Unit, ...]) -> bool:
    """Whether the functions use a framework whose threads do not survive a fork."""
    if "jax" not in sys.modules:
        return False
    held = [value for unit in units for value in unit.functions[0].__globals__.values()]
    held += [problem.gradient]
    return any(_of_jax(value) for value in held)


def _of_jax(value: Any) -> bool:
    name = value.__name__ if isinstance(value, ModuleType) else type(value).__module__
    return name.partition(".")[0] in ("jax", "jaxlib")


def _named(gradient: Any, units: tuple[Unit, ...]) -> tuple[ModuleType, str]:
    """Return the module and name under which a gradient can be found again."""
    files = [str(unit.document.path) for unit in units]
    modules = [m for m in list(sys.modules.values()) if getattr(m, "__file__", None)]
    modules.sort(key=lambda module: str(module.__file__) not in files)
    for module in modules:
        for name, value in list(vars(module).items()):
            if value is gradient:
                return module, name
    raise InputError(
        "The gradient must be found again by name in a new process, which this framework needs.",
        expected="a function that is a name of its module",
        got=repr(gradient),
    )


def main(descriptor: int) -> None:
    """Be the child: import, make the bench, answer."""
    connection = Connection(descriptor)
    silence()
    setup: Setup = pickle.loads(connection.recv_bytes())
    bench = _bench(setup)
    connection.send("ready")
    serve(bench, connection)


def _bench(setup: Setup) -> Bench:
    sys.path[:] = setup.path
    module = _imported(*setup.module)
    params, args, convention = setup.data
    given = Problem(_no_loss, getattr(module, setup.gradient), params, args, convention=convention)
    units = tuple(_unit(*spec) for spec in setup.units)
    evidence, settings = setup.rest
    return Bench(realised(translated(given)), units, evidence, settings)


def _imported(name: str, file: str) -> ModuleType:
    if name == "__main__" or name not in sys.modules:
        spec = None if name == "__main__" else _spec(name)
        if spec is not None and spec.origin == file:
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location("user" if name == "__main__" else name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        sys.path.insert(0, str(Path(file).parent))
        try:
            spec.loader.exec_module(module)
        except InputError:
            # A script that mends when it is run gets no further than that here.
            if name != "__main__":
                raise
        return module
    return sys.modules[name]


def _spec(name: str) -> Any:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None


def _unit(document: Document, name: str, line: int, names: dict[str, Kind]) -> Unit:
    node = next(node for known, node in document.functions() if known == name and node.lineno == line)
    first = min((decorator.lineno for decorator in node.decorator_list), default=node.lineno)
    code = next(
        f.__code__ for f in gc.get_objects()
        if isinstance(f, FunctionType) and _is(f.__code__, document, name) and f.__code__.co_firstlineno == first
    )  # fmt: skip
    return Unit(document, name, node, code, functions_of(code), names)


def _is(code: CodeType, document: Document, name: str) -> bool:
    return code.co_name == name.rpartition(".")[2] and Path(code.co_filename) == document.path


def _no_loss(*_: Any) -> float:
    raise InputError("The worker has no objective.")
