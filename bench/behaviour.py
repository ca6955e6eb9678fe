"""What gradproof does, as texts: many small checks of every kind, for `survivors.py` to compare under a mutant.

Each case is a function that returns what was found, to the last bit: the whole record of a check, or a derivative with
its levels. Cases are right and wrong gradients, single entries to all of them, bounds, budgets, kinks, jumps, noise,
rounded values, dtypes, edges of the domain, and the catalogue of real mistakes of the tests.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from itertools import chain

import numpy as np

import gradproof as gp
from gradproof import Problem, Settings
from gradproof.reports.record import canonical

Case = Callable[[], str]


def noisy(phi, size, seed=0):
    """Return a function with noise of a given size, the same in each run."""

    def blurred(x):
        value = float(phi(x))
        return value + size * (zlib.crc32(np.float64([value, seed]).tobytes()) / 2**32 - 0.5)

    return blurred


def rounded(phi, dtype):
    return lambda x: float(np.asarray(phi(x)).astype(dtype))


SCALARS: dict[str, Callable] = {
    "sin": math.sin,
    "exp": math.exp,
    "cosh": math.cosh,
    "bell": lambda x: 1.0 / (1.0 + x * x),
    "line": lambda x: 3.0 * x - 1,
    "fast": lambda x: math.sin(1e4 * x),
    "steep": lambda x: math.exp(40.0 * x),
    "power": lambda x: x**7,
    "flat": lambda _x: 2.5,
    "log": math.log,
    "root": math.sqrt,
    "inverse": lambda x: 1.0 / x,
    "abs": abs,
    "cube root": np.cbrt,
    "kink near": lambda x: abs(x - 1.0000001) + math.sin(x),
    "kink at": lambda x: abs(x - 1.0) + x * x,
    "kink far": lambda x: abs(x - 1.02) + x,
    "jump near": lambda x: x + (x > 1.0001),
    "jump at": lambda x: x + (x > 1.0),
    "steps": lambda x: math.floor(1e3 * x),
    "fine steps": lambda x: math.floor(1e9 * x) * 1e-9,
    "float32": rounded(np.sin, "f4"),
    "float16": rounded(np.exp, "f2"),
    "noise": noisy(math.sin, 1e-6),
    "much noise": noisy(math.sin, 1e-2),
    "little noise": noisy(math.exp, 1e-13),
    "only noise": noisy(lambda x: 0.0 * x, 1.0),
    "cancelled": lambda x: (1e8 + x) - 1e8,
    "zero noise": lambda x: (x + 1e5) ** 2 - 1e10,
    "wiggle": lambda x: x + 1e-9 * math.sin(1e9 * x),
    "hole": lambda x: math.nan if 1.0 < x < 1.001 else x * x,
    "wall": lambda x: math.inf if x > 1.0 else x * x,
    "mirrored wall": lambda x: x * x if x >= 1.0 else math.nan,
    "rough": lambda x: abs(x - 1.0) ** 1.5 + x,
    "infinite slope": lambda x: math.copysign(math.sqrt(abs(x - 1.0)), x - 1.0),
    "huge": lambda x: 1e200 * math.sin(x),
    "tiny": lambda x: 1e-200 * math.sin(x),
    "two kinks": lambda x: abs(x - 1.0) + abs(x - 1.001),
    "zigzag": lambda x: abs(math.sin(50.0 * x)),
}
POINTS = (1.0, 0.3, 1e-3, 3e4)


def derivatives() -> dict[str, Case]:
    def case(phi, at):
        def run():
            return repr(gp.derivative(phi, at=at))

        return run

    return {f"derivative of {name} at {at}": case(phi, at) for name, phi in SCALARS.items() for at in POINTS}


def told(problem: Problem, **settings) -> str:
    """Return the whole record of a check."""
    with np.errstate(all="ignore"):
        return canonical(gp.check(problem, settings=Settings(**settings)).record)


def network(seed=0, dtype="f8", sizes=(7, 6, 5)):
    """Return loss, gradient and parameters of a small network with tanh and relu."""
    rng = np.random.default_rng(seed)
    n, m, k = sizes
    x, y = rng.normal(size=(9, n)).astype(dtype), rng.normal(size=(9, k)).astype(dtype)
    params = {
        "W": rng.normal(size=(n, m)),
        "b": rng.normal(size=m),
        "V": rng.normal(size=(m, k)),
        "c": rng.normal(size=k),
    }
    params = {name: value.astype(dtype) for name, value in params.items()}

    def passed(p):
        h = np.tanh(x @ p["W"] + p["b"])
        z = h @ p["V"] + p["c"]
        return h, z, np.maximum(z, 0) - y

    def loss(p):
        return (passed(p)[2] ** 2).sum() / 9

    def gradient(p):
        h, z, r = passed(p)
        dz = 2 * r * (z > 0) / 9
        dh = (dz @ p["V"].T) * (1 - h * h)
        return {"W": x.T @ dh, "b": dh.sum(0), "V": h.T @ dz, "c": dz.sum(0)}

    return loss, gradient, params, {"x": x, "y": y}


def _row(a):
    a[2] *= 1.5


def _column(a):
    a[:, 1] += 0.3


def _block(a):
    a[1:4, 2:4] = 0.0


def _entries(a):
    a.flat[[3, 11, 17]] += [0.5, -0.2, 2.0]


def _entry(a):
    a.flat[8] *= -1.0


def _sign(a):
    a *= -1.0


def _factor(a):
    a *= 2.0


def _slightly(a):
    a *= 1.0 + 3e-5


def _hidden(a):
    a.flat[5] += 1e-4


def _zero(a):
    a *= 0.0


def _dense(a):
    a += np.random.default_rng(5).normal(size=a.shape)


def _many(a):
    rng = np.random.default_rng(6)
    a.flat[rng.choice(a.size, a.size // 3, replace=False)] += rng.normal(size=a.size // 3)


def _shifted(a):
    a[:] = np.roll(a, 1, axis=0)


def _turned(a):
    a[:] = a[::-1]


def _nan(a):
    a.flat[4] = np.nan


SPOILED = (
    _row,
    _column,
    _block,
    _entries,
    _entry,
    _sign,
    _factor,
    _slightly,
    _hidden,
    _zero,
    _dense,
    _many,
    _shifted,
    _turned,
    _nan,
)
SETTINGS = ({}, {"evaluations": 40}, {"probes": 3, "seed": 7}, {"resolution": 1e-4}, {"rtol": 1e-3, "memory": "lean"})


def networks() -> dict[str, Case]:
    """Return checks of a network: what is spoiled, where, under which settings."""
    found: dict[str, Case] = {}

    def case(spoil, leaf, settings, dtype="f8", callable_too=False):
        def run():
            loss, gradient, params, context = network(dtype=dtype)

            def claim(p):
                g = gradient(p)
                for name in leaf:
                    spoil(g[name])
                return g

            return told(Problem(loss, claim if callable_too else claim(params), params, context=context), **settings)

        return run

    for number, spoil in enumerate(SPOILED):
        settings = SETTINGS[number % len(SETTINGS)]
        found[f"network {spoil.__name__}"] = case(spoil, "W", {})
        found[f"network {spoil.__name__} {settings}"] = case(spoil, "VW", settings, callable_too=True)
    for budget in (1, 3, 9, 17, 26, 35, 60, 90):
        found[f"network of {budget} evaluations"] = case(_entries, "W", {"evaluations": budget})
    for dtype in ("f4", "f2"):
        for spoil in (_factor, _entry, _column, _slightly):
            found[f"network {spoil.__name__} {dtype}"] = case(spoil, "V", {}, dtype)
        found[f"network right {dtype}"] = case(_factor, "", {}, dtype)
    for number, settings in enumerate(SETTINGS):
        found[f"network right {number}"] = case(_factor, "", settings, callable_too=True)
    found["network only"] = case(_row, "W", {"only": ("W", "b")})
    found["network frozen"] = case(_row, "W", {"freeze": ("W",)})
    return found


def relations() -> dict[str, Case]:
    """Return claims that lack something which has a name: a term, a factor, an average, the point."""
    rng = np.random.default_rng(3)
    W, a = rng.normal(size=(5, 5)), rng.normal(size=(5, 5))
    x = rng.normal(size=(6, 5))

    def loss(p):
        return float(np.sum((x @ p["W"]) ** 2) / 6 + 0.05 * np.sum(p["W"] ** 2) + np.vdot(a, np.sin(p["W"])))

    def parts(w):
        return 2 * x.T @ (x @ w) / 6, 0.1 * w, a * np.cos(w)

    made = {
        "lacks a term": lambda p: sum(parts(p["W"])[::2]),
        "a term twice": lambda p: sum(parts(p["W"])) + parts(p["W"])[1],
        "transposed": lambda p: sum(parts(p["W"])).T.copy(),
        "not averaged": lambda p: 6 * sum(parts(p["W"])),
        "at the next point": lambda p: sum(parts(p["W"] - 0.01)),
        "a step behind": lambda p: sum(parts(p["W"] + 0.02 * sum(parts(p["W"])))),
        "symmetric": lambda p: sum(parts(p["W"])) + sum(parts(p["W"])).T,
        "lower triangle": lambda p: np.tril(sum(parts(p["W"]))),
        "lacks the diagonal": lambda p: sum(parts(p["W"])) * (1 - np.eye(5)),
        "normed": lambda p: sum(parts(p["W"])) / np.linalg.norm(sum(parts(p["W"]))),
        "clipped": lambda p: np.clip(sum(parts(p["W"])), -1, 1),
        "of the first example": lambda p: 2 * x[:1].T @ (x[:1] @ p["W"]) + parts(p["W"])[1] + parts(p["W"])[2],
        "times W": lambda p: sum(parts(p["W"])) * p["W"],
        "rounded": lambda p: np.round(sum(parts(p["W"])), 3),
        "in half precision": lambda p: sum(parts(p["W"])).astype("f2").astype("f8"),
        "in single precision": lambda p: sum(parts(p["W"])).astype("f4"),
    }

    def case(claim, callable_too):
        def run():
            given = (lambda p: {"W": claim(p)}) if callable_too else {"W": claim({"W": W})}
            return told(Problem(loss, given, {"W": W}, context={"x": x, "a": a}))

        return run

    return {
        f"{name} {callable_too}": case(claim, callable_too) for name, claim in made.items() for callable_too in (0, 1)
    }


def fields() -> dict[str, Case]:
    """Return sums of one function over an array: bounds, kinks, edges, noise, far scales."""
    rng = np.random.default_rng(8)
    u = rng.uniform(0.2, 2.0, size=(4, 6))
    w = rng.normal(size=(4, 6))
    corner = np.where(rng.random((4, 6)) < 0.4, 0.0, u)
    steps = 10.0 ** rng.uniform(-9, 9, size=(4, 6))
    made = {
        "root at its bound": (np.sqrt, lambda z: 0.5 / np.sqrt(z), u, {"lower": 0.0}),
        "square on bounds": (np.square, lambda z: 2 * z, corner, {"lower": 0.0}),
        "square between bounds": (np.square, lambda z: 2 * z, corner, {"lower": 0.0, "upper": 2.0}),
        "square below a bound": (np.square, lambda z: 2 * z, np.minimum(u, 1.0), {"upper": 1.0}),
        "no room": (np.square, lambda z: 2 * z, np.ones((4, 6)), {"lower": 1.0, "upper": 1.0}),
        "log near zero": (np.log, lambda z: 1 / z, u * 1e-3, {"lower": 0.0}),
        "log without bounds": (np.log, lambda z: 1 / z, u * 1e-6, {}),
        "abs at zero": (np.abs, np.sign, corner - 1.0 * (corner > 0), {}),
        "abs everywhere zero": (np.abs, np.sign, 0.0 * u, {}),
        "abs at zero, wrong": (np.abs, lambda z: np.where(z == 0, 2.0, np.sign(z)), corner, {}),
        "relu, one at zero": (lambda z: np.maximum(z, 0), lambda z: (z >= 0) * 1.0, corner - u.max() * (u > 1), {}),
        "floor": (np.floor, np.ones_like, 3 * u, {}),
        "sign": (np.sign, lambda z: 0 * z, u - 1.0, {}),
        "constant": (np.zeros_like, np.zeros_like, u, {}),
        "constant, wrong": (np.zeros_like, np.ones_like, u, {}),
        "far scales": (np.square, lambda z: 2 * z, steps, {}),
        "far scales, small wrong": (np.square, lambda z: 2 * z * (1 + (z < 1e-6)), steps, {}),
        "not finite beside": (lambda z: np.where(z > u.max(), np.inf, z**2), lambda z: 2 * z, u, {}),
        "not finite here": (lambda z: z * np.nan, lambda z: z, u, {}),
        "stiff": (lambda z: np.exp(30 * z), lambda z: 30 * np.exp(30 * z), u, {}),
        "wavy": (lambda z: np.sin(1e3 * z), lambda z: 1e3 * np.cos(1e3 * z), u, {}),
        "straight": (lambda z: z, np.ones_like, u, {}),
        "stationary": (lambda z: (z - u) ** 2, lambda z: 2 * (z - u), u, {}),
        "stationary, wrong": (lambda z: (z - u) ** 2, lambda z: 2 * (z - u) + 1e-3, u, {}),
    }

    def case(name, noise, right):
        def run():
            phi, slope, at, bounds = made[name]

            def loss(p):
                value = float(np.vdot(w, phi(p["z"])))
                return noisy(lambda v: v, noise)(value) if noise else value

            with np.errstate(all="ignore"):
                claim = w * slope(at)
            if not right:
                claim.flat[7] += 0.5 * (1.0 + abs(claim.flat[7]))
            return told(Problem(loss, {"z": claim}, {"z": at}, **bounds))

        return run

    plain = {f"{name}, {right}": case(name, 0.0, right) for name in made for right in (True, False)}
    blurs = {
        f"{name}, noise {noise}": case(name, noise, noise > 1e-8)
        for name in ("straight", "square on bounds", "wavy", "stationary")
        for noise in (1e-12, 1e-7, 1e-3)
    }
    return {**plain, **blurs}


def catalogued() -> dict[str, Case]:
    from tests.gallery.catalogue import contributions, factors, orders, places, shapes  # noqa: F401
    from tests.gallery.catalogue.entry import CATALOGUE

    def case(entry):
        def run():
            made = entry.make()
            return told(Problem(made.loss, made.wrong, made.params, made.args, convention=made.convention))

        return run

    return {f"{entry.id} {entry.group}": case(entry) for entry in CATALOGUE}


def scattered() -> dict[str, Case]:
    def case(shape, count, spread):
        def run():
            rng = np.random.default_rng([count, *shape])
            x, a = rng.normal(size=shape), rng.normal(size=shape)
            claim = a * np.cos(x)
            where = rng.choice(x.size, count, replace=False)
            claim.flat[where] += spread ** rng.uniform(-1, 1, count) * rng.choice([-1.0, 1.0], count)
            return told(
                Problem(
                    lambda p: float(np.vdot(a, np.sin(p["W"]))),
                    {"W": claim, "b": np.ones(3)},
                    {"W": x, "b": np.zeros(3)},
                )
            )

        return run

    shapes = ((40,), (12, 15), (6, 5, 4))
    return {
        f"{count} of {shape}, spread {spread}": case(shape, count, spread)
        for shape in shapes
        for count, spread in ((1, 1.0), (2, 30.0), (5, 1e3), (12, 30.0), (30, 3.0))
    }


def drawn(count: int = 60) -> dict[str, Case]:
    """Return the checks of the fuzz test: random trees, dtypes, objectives, mistakes, settings."""
    from tests.fuzz import known

    def case(seed):
        def run():
            kept = []
            shown, settings = known.shown, known.settings
            known.shown = lambda _, report: kept.append(canonical(report.record)) or []
            # A budget of seconds ends elsewhere each time.
            known.settings = lambda *given: settings(*given).replace(seconds=None)
            try:
                known.known(np.random.default_rng([404, seed]))
            finally:
                known.shown, known.settings = shown, settings
            return "".join(kept)

        return run

    return {f"drawn {seed}": case(seed) for seed in range(count)}


def again() -> dict[str, Case]:
    """Return what claims are called from the measurements of an earlier check."""

    def case(first, second, noise, settings):
        def run():
            loss, gradient, params, _ = network(4)
            blurred = noisy(lambda v: v, noise)
            earlier, later = gradient(params), gradient(params)
            first(earlier["W"])
            second(later["W"])
            report = gp.check(Problem(lambda p: blurred(loss(p)), earlier, params), settings=Settings(**settings))
            return canonical(report.judge(later).record)

        return run

    def same(a):
        return None

    pairs = (
        (same, same),
        (same, _entry),
        (_row, same),
        (_row, _row),
        (_entries, _factor),
        (_dense, same),
        (_slightly, _nan),
    )
    return {
        f"{first.__name__} then {second.__name__}, noise {noise}, {settings}": case(first, second, noise, settings)
        for first, second in pairs
        for noise, settings in ((0.0, {}), (1e-5, {}), (0.0, {"evaluations": 15}))
    }


def faults() -> dict[str, Case]:
    """Return claims that lack a leaf or have one too many, objectives that write, draw, stop; quotients for claims."""
    loss, gradient, params, _ = network(9)

    def judged(change):
        def run():
            claim = change(gradient(params))
            first = gp.check(Problem(loss, gradient(params), params))
            return told(Problem(loss, claim, params)) + canonical(first.judge(claim).record)

        return run

    def writing():
        own = {name: value.copy() for name, value in params.items()}

        def spoiling(p):
            p["b"][0] += 1e-9
            return loss(p)

        return told(Problem(spoiling, gradient(own), own))

    def drawing(draws):
        def run():
            rng = np.random.default_rng(1)
            return told(Problem(lambda p: loss(p) + 1e-3 * rng.normal(), gradient(params), params), draws=draws)

        return run

    def quotient(step, both):
        def run():
            x = np.array([0.7, 1.3, -0.4])
            steps = step * np.eye(3)
            claim = np.array(
                [(np.sum((x + e) ** 3) - np.sum((x - both * e) ** 3)) / (step * (1 + both)) for e in steps]
            )
            return told(Problem(lambda p: float(np.sum(p["x"] ** 3)), {"x": claim}, {"x": x}), rtol=1e-3)

        return run

    def tied(a, b, names="ab"):
        at = {name: np.ones(2) for name in names}
        claim = {name: np.full(2, value) for name, value in zip(names, (a, b, 0.0), strict=False)}
        return lambda: told(
            Problem(lambda p: float(sum(max(*row) for row in zip(*p.values(), strict=True))), claim, at)
        )

    def cancelled(factor, size):
        def run():
            rng = np.random.default_rng(2)
            x, w = rng.normal(size=(2, 30))
            exact = w * np.cos(x)
            # What single precision leaves of a sum that cancels.
            claim = ((exact + size).astype("f4") - np.float32(size)) * np.float32(factor)

            def callable_claim(p):
                wide = p["x"].dtype == np.float64
                return {"x": factor * (w * np.cos(p["x"])) if wide else claim}

            at = x.astype("f4")
            return told(Problem(lambda p: float(np.vdot(w, np.sin(p["x"].astype("f8")))), callable_claim, {"x": at}))

        return run

    found = {"writes": writing, "draws": drawing(1), "draws 4": drawing(4)}
    found |= {f"quotient {h} {both}": quotient(h, both) for h in (1e-4, 1e-5, 1e-7) for both in (0, 1)}
    found |= {
        f"tied {a} {b} {names}": tied(a, b, names)
        for a, b in ((1, 0), (0, 0), (0.3, 0.7), (1, 1))
        for names in ("ab", "abc")
    }
    found |= {f"cancelled {factor} {size}": cancelled(factor, size) for factor in (1, 2) for size in (1e3, 1e5)}
    found["extra"] = judged(lambda g: {**g, "z": np.ones(2)})
    found["missing"] = judged(lambda g: {name: value for name, value in g.items() if name != "b"})
    found["infinite"] = judged(lambda g: {**g, "b": g["b"] * np.inf})
    found["two leaves"] = judged(lambda g: {**g, "b": g["b"] * 2.0, "c": g["c"] + 0.1})
    return found


def leaves() -> dict[str, Case]:
    """Return checks of many leaves, one or two of them wrong; of numbers, masks, sizes far apart."""

    def many(count, wrong, factor, far=False, entry=False):
        def run():
            rng = np.random.default_rng(count)
            x = {f"l{i}": rng.normal(size=(3, 1 + i % 4)) for i in range(count)}
            a = {name: rng.normal(size=v.shape) * (10.0 ** rng.uniform(-9, 9) if far else 1.0) for name, v in x.items()}
            claim = {name: a[name] * np.cos(v) for name, v in x.items()}
            for i in wrong:
                if entry:
                    claim[f"l{i}"].flat[1] += factor
                else:
                    claim[f"l{i}"] *= factor
            return told(Problem(lambda p: float(sum(np.vdot(a[k], np.sin(p[k])) for k in p)), claim, x))

        return run

    found = {}
    for count, wrong in ((3, (1,)), (7, (2, 5)), (20, ()), (20, (13,)), (40, (0, 21, 39))):
        for factor in (2.0, 1.0 + 1e-4, 1.0 + 3e-6, 0.0):
            found[f"{count} leaves, {wrong} {factor}"] = many(count, wrong, factor)
        found[f"{count} leaves far apart, {wrong}"] = many(count, wrong, 2.0, far=True)
        found[f"{count} leaves, entries of {wrong}"] = many(count, wrong, 0.3, entry=True)
    return found


def kinks() -> dict[str, Case]:
    """Return claims that are functions, right and wrong subgradients, at many kinks that lie at the point."""
    rng = np.random.default_rng(12)
    x = np.where(np.arange(30) % 3 == 0, 0.0, rng.normal(size=30))
    w, v = rng.normal(size=(2, 30))

    def case(at_zero, wrong, leaves, callable_too):
        def run():
            def gradient(p):
                z = p["x"]
                g = {"x": w * np.where(z == 0, at_zero, np.sign(z)) * (1 + wrong)}
                if leaves > 1:
                    g["y"] = v * np.where(p["y"] == 0, at_zero, np.sign(p["y"]))
                if leaves > 2:
                    g["b"] = 2 * p["b"] * (1 + wrong)
                return g

            at = dict(zip("xyb", (x, x[::-1].copy(), np.ones(4)), strict=True))
            at = {name: at[name] for name in "xyb"[:leaves]}

            def loss(p):
                smooth = float(np.sum(p["b"] ** 2)) if "b" in p else 0.0
                return sum(float(np.vdot(c, np.abs(p[k]))) for k, c in (("x", w), ("y", v)) if k in p) + smooth

            return told(Problem(loss, gradient if callable_too else gradient(at), at))

        return run

    return {
        f"kinks {at_zero} {wrong} {leaves} {callable_too}": case(at_zero, wrong, leaves, callable_too)
        for at_zero in (0.0, 0.7, 1.5)
        for wrong in (0.0, 0.5)
        for leaves in (1, 2, 3)
        for callable_too in (0, 1)
    }


def cases() -> dict[str, Case]:
    """Return all cases by name."""
    kinds = (derivatives, relations, fields, networks, scattered, leaves, kinks, again, faults, catalogued, drawn)
    return dict(chain.from_iterable(kind().items() for kind in kinds))


def outcome(case: Case) -> str:
    """Return what a case finds, or the exception that ended it."""
    try:
        return case()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
