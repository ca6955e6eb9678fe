"""The functions of JAX and of HIPS autograd, right and with planted mistakes, as `operators.py` does it for PyTorch.

python bench/functions.py jax
python bench/functions.py autograd
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from itertools import islice

import numpy as np
import operators
from operators import summary

from gradproof.derivatives.functions import check_function

RNG = np.random.default_rng(0)
ANY, POSITIVE, UNIT, ABOVE, SMALL = (-2.0, 2.0), (0.2, 3.0), (-0.9, 0.9), (1.1, 3.0), (-0.4, 0.4)

UNARY = {
    ANY: "sin cos tanh sinh cosh exp expm1 exp2 arctan arcsinh square negative positive fabs abs absolute sign "
    "reciprocal deg2rad rad2deg radians degrees cbrt sinc nan_to_num real conj conjugate sum mean prod cumsum cumprod "
    "ravel flip fliplr flipud transpose var std max min amax amin ptp median sort diff trace diag diagonal tril triu "
    "squeeze atleast_1d atleast_2d atleast_3d nansum nanmean nanprod nanmax nanmin nanvar nanstd nanmedian rot90 "
    "nn.relu nn.sigmoid nn.softplus nn.silu nn.swish nn.gelu nn.elu nn.selu nn.celu nn.leaky_relu nn.log_sigmoid "
    "nn.softmax nn.log_softmax nn.logsumexp nn.standardize nn.normalize nn.soft_sign nn.mish nn.hard_tanh nn.relu6 "
    "nn.hard_sigmoid nn.hard_swish nn.glu nn.squareplus special.erf special.erfc special.expit special.logsumexp "
    "special.i0 special.i1 special.i0e special.i1e special.ndtr special.log_ndtr special.bessel_jn linalg.det "
    "linalg.slogdet linalg.inv linalg.norm linalg.expm linalg.pinv linalg.matrix_power linalg.svdvals copy array full "
    "lax.rsqrt lax.erf lax.logistic lax.cumsum lax.cumprod lax.cummax lax.cummin lax.cumlogsumexp lax.tanh unwrap "
    "gradient trapezoid ediff1d quantile percentile average nancumsum nancumprod float_power lax.integer_pow vander "
    "block special.jn special.j0 special.j1 special.y0 special.y1 norm.pdf norm.cdf norm.logpdf norm.logcdf",
    POSITIVE: "log log1p log2 log10 sqrt special.gammaln special.digamma special.gamma special.xlogy special.entr "
    "lax.lgamma lax.digamma special.psi special.loggamma special.xlog1py gamma special.exp1",
    UNIT: "arcsin arccos arctanh special.erfinv lax.erf_inv special.logit",
    ABOVE: "arccosh",
}
BINARY = {
    ANY: "add subtract multiply maximum minimum fmax fmin arctan2 hypot logaddexp logaddexp2 dot inner outer kron vdot "
    "matmul cross append hstack vstack dstack column_stack concatenate stack where tensordot convolve "
    "correlate copysign "
    "multiply linspace interp heaviside nextafter lax.add lax.mul lax.atan2 nn.glu fft.fft special.logaddexp "
    "linalg.solve linalg.lstsq linalg.multi_dot array_equal einsum broadcast_arrays lax.max lax.min polyval polyadd "
    "polymul polysub convolve",
    POSITIVE: "divide true_divide power float_power mod remainder fmod floor_divide special.beta special.betaln "
    "special.gammainc special.gammaincc special.xlogy special.rel_entr special.kl_div special.polygamma "
    "lax.pow lax.div "
    "special.zeta lax.igamma lax.igammac special.zeta t.logpdf gamma.logpdf",
}


# With options, of a square matrix of positive numbers (m is the library, s its scipy).
OPTIONS = {
    "tan": lambda m, s, x: m.tan(0.4 * x),
    "clip": lambda m, s, x: m.clip(x, 0.5, 2.0),
    "expand_dims": lambda m, s, x: m.expand_dims(x, 1),
    "moveaxis": lambda m, s, x: m.moveaxis(x, 0, 1),
    "repeat": lambda m, s, x: m.repeat(x, 3, axis=1),
    "reshape": lambda m, s, x: m.reshape(x, (2, -1)),
    "roll": lambda m, s, x: m.roll(x, 2, axis=1),
    "rollaxis": lambda m, s, x: m.rollaxis(x, 1),
    "swapaxes": lambda m, s, x: m.swapaxes(x, 0, 1),
    "tile": lambda m, s, x: m.tile(x, (2, 3)),
    "broadcast_to": lambda m, s, x: m.broadcast_to(x, (3, 4, 4)),
    "pad": lambda m, s, x: m.pad(x, 2, mode="constant"),
    "partition": lambda m, s, x: m.partition(x, 2, axis=1),
    "sort, axis": lambda m, s, x: m.sort(x, axis=0),
    "sum, axis": lambda m, s, x: m.sum(x, axis=1, keepdims=True),
    "mean, axis": lambda m, s, x: m.mean(x, axis=0),
    "prod, axis": lambda m, s, x: m.prod(x, axis=0),
    "var, ddof": lambda m, s, x: m.var(x, axis=0, ddof=1),
    "std, ddof": lambda m, s, x: m.std(x, axis=1, ddof=1),
    "max, axis": lambda m, s, x: m.max(x, axis=0),
    "min, axes": lambda m, s, x: m.min(x, axis=(0, 1)),
    "cumsum, axis": lambda m, s, x: m.cumsum(x, axis=1),
    "einsum, trace": lambda m, s, x: m.einsum("ii->i", x),
    "einsum, product": lambda m, s, x: m.einsum("ij,kj->ik", x, x),
    "tensordot, axes": lambda m, s, x: m.tensordot(x, x, axes=((0,), (1,))),
    "where, condition": lambda m, s, x: m.where(x > 1.0, x**2, m.sin(x)),
    "index, step": lambda m, s, x: x[::2, 1:],
    "index, repeated": lambda m, s, x: x[np.array([0, 0, 3])],
    "concatenate, axis": lambda m, s, x: m.concatenate([x, x**2], axis=1),
    "stack, axis": lambda m, s, x: m.stack([x, m.sin(x)], axis=1),
    "split": lambda m, s, x: m.split(x, 2)[1],
    "hsplit": lambda m, s, x: m.hsplit(x, 2)[0],
    "vsplit": lambda m, s, x: m.vsplit(x, 2)[1],
    "array_split": lambda m, s, x: m.array_split(x, 3)[0],
    "imag": lambda m, s, x: m.imag(x * (1.0 + 2.0j)),
    "angle": lambda m, s, x: m.angle(x + 2.0j * x**2),
    "diff, twice": lambda m, s, x: m.diff(x, n=2),
    "outer, matrices": lambda m, s, x: m.outer(x, x[0]),
    "kron, matrices": lambda m, s, x: m.kron(x, x[:2]),
    "fft": lambda m, s, x: m.real(m.fft.fft(x)),
    "ifft": lambda m, s, x: m.imag(m.fft.ifft(x)),
    "fft2": lambda m, s, x: m.abs(m.fft.fft2(x)) ** 2,
    "ifft2": lambda m, s, x: m.real(m.fft.ifft2(x)),
    "fftn": lambda m, s, x: m.imag(m.fft.fftn(x)),
    "ifftn": lambda m, s, x: m.real(m.fft.ifftn(x)),
    "rfft": lambda m, s, x: m.imag(m.fft.rfft(x)),
    "irfft": lambda m, s, x: m.fft.irfft(m.fft.rfft(x) ** 2),
    "fftshift": lambda m, s, x: m.fft.fftshift(x),
    "ifftshift": lambda m, s, x: m.fft.ifftshift(x),
    "cholesky": lambda m, s, x: m.linalg.cholesky(m.dot(x, x.T) + 5.0 * np.eye(4)),
    "eigh": lambda m, s, x: m.linalg.eigh(x + x.T)[0],
    "eigh, vectors": lambda m, s, x: m.abs(m.linalg.eigh(x + x.T)[1]),
    "svd": lambda m, s, x: m.linalg.svd(x, full_matrices=False)[1],
    "slogdet": lambda m, s, x: m.linalg.slogdet(m.dot(x, x.T) + np.eye(4))[1],
    "solve, matrices": lambda m, s, x: m.linalg.solve(x + 5.0 * np.eye(4), x.T),
    "norm, axis": lambda m, s, x: m.linalg.norm(x, axis=0),
    "norm, nuclear": lambda m, s, x: m.linalg.norm(x, "nuc"),
    "norm, Frobenius": lambda m, s, x: m.linalg.norm(x, "fro"),
    "jn": lambda m, s, x: s.special.jn(2, x),
    "yn": lambda m, s, x: s.special.yn(2, x),
    "iv": lambda m, s, x: s.special.iv(2.0, x),
    "polygamma": lambda m, s, x: s.special.polygamma(1, x),
    "multigammaln": lambda m, s, x: s.special.multigammaln(x + 5.0, 2),
    "betainc": lambda m, s, x: s.special.betainc(2.0, 3.0, x / 4.0),
    "rgamma": lambda m, s, x: s.special.rgamma(x),
    "erfcinv": lambda m, s, x: s.special.erfcinv(x / 2.0),
    "logsumexp, axis": lambda m, s, x: s.special.logsumexp(x, axis=1),
    "norm.sf": lambda m, s, x: s.stats.norm.sf(x),
    "norm.logsf": lambda m, s, x: s.stats.norm.logsf(x),
    "norm.pdf, scale": lambda m, s, x: s.stats.norm.pdf(x, 0.3, 1.7),
    "t.logpdf": lambda m, s, x: s.stats.t.logpdf(x, 4.0),
    "t.pdf": lambda m, s, x: s.stats.t.pdf(x, 4.0),
    "chi2.logpdf": lambda m, s, x: s.stats.chi2.logpdf(x, 4.0),
    "beta.logpdf": lambda m, s, x: s.stats.beta.logpdf(x / 4.0, 2.0, 3.0),
    "gamma.logpdf": lambda m, s, x: s.stats.gamma.logpdf(x, 2.0),
    "multivariate_normal.logpdf": lambda m, s, x: s.stats.multivariate_normal.logpdf(x, np.zeros(4), 2.0 * np.eye(4)),
}
# Right by what the library says, and accused all the same: why.
EXPLAINED = {
    "std[()]": "a mistake: of one number the standard deviation is 0 and its derivative NaN",
    "nanstd[()]": "the same",
    "tril[(6,)]": "a mistake: the gradient of a vector is a matrix",
    "triu[(6,)]": "the same",
}


def functions(library, scipy):
    """Yield (name, function, domain, arguments) of what a library has."""
    places = {"special": scipy.special, "linalg": library.linalg, "fft": getattr(library, "fft", None)}
    for extra in ("nn", "lax"):
        places[extra] = scipy.extras.get(extra)
    places |= {name: getattr(scipy.stats, name, None) for name in ("norm", "t", "gamma")}
    for count, table in ((1, UNARY), (2, BINARY)):
        for domain, names in table.items():
            for name in dict.fromkeys(names.split()):
                place, _, last = name.rpartition(".")
                found = getattr(places.get(place) if place else library, last, None)
                if found is None and name.startswith("linalg"):
                    found = getattr(getattr(scipy, "linalg", None), last, None)
                if callable(found):
                    yield name, found, domain, count
    for name, function in OPTIONS.items():
        yield f"{name} *", lambda x, function=function: function(library, scipy, x), POSITIVE, 1


def samples(domain, count):
    """Yield arguments of several shapes."""
    for shape in ((4, 4), (6,), ()):
        yield tuple(RNG.uniform(*domain, shape) for _ in range(count))


def shapes_of(name):
    """Return how many of the shapes a function is tried with: those with options take matrices."""
    return 1 if name.endswith("*") else 3


def mistakes(vjp, count):
    for name, change in (("twice", lambda g: 2 * g), ("1 %", lambda g: 1.01 * g), ("sign", lambda g: -g)):
        i = int(RNG.integers(count))

        def wrong(*arguments, i=i, change=change):
            found = list(vjp(*arguments))
            found[i] = change(found[i])
            return tuple(found)

        yield name, wrong, i


def is_floating(outputs):
    leaves = outputs if isinstance(outputs, tuple | list) else [outputs]
    return all(np.issubdtype(np.asarray(leaf).dtype, np.floating) and np.all(np.isfinite(leaf)) for leaf in leaves)


def run(library, scipy, vjp_of):
    records, seen = [], set()
    for name, function, domain, count in functions(library, scipy):
        for args in islice(samples(domain, count), shapes_of(name)):
            vjp = vjp_of(function)
            try:
                out = function(*args)
                if not is_floating(out) or isinstance(out, list | tuple):
                    continue
                ones = np.ones(np.shape(out))
                right = vjp(*args, ones)
            except Exception:
                # Not every function takes every shape, and some have no derivative here.
                continue
            plans = [("right", vjp)]
            for label, wrong, i in mistakes(vjp, count):
                if np.linalg.norm(np.asarray(right[i], float)) > 1e-8:
                    plans.append((label, wrong))
            for label, claim in plans:
                started = time.perf_counter()
                case = f"{name}[{np.shape(args[0])}]"
                try:
                    report = check_function(lambda *a, f=function: f(*a), *args, vjp=claim).reports["vjp"]
                except Exception as error:
                    records.append({"case": case, "claim": label, "outcome": "error", "text": str(error)[:200]})
                    continue
                seen.add(name)
                records.append(
                    {
                        "case": case, "claim": label, "outcome": str(report.outcome),
                        "reasons": [str(reason) for reason in report.reasons], "evaluations": report.evaluations,
                        "seconds": time.perf_counter() - started,
                        "findings": [f"{f.leaf} {f.text}" for f in report.findings][:2],
                    }
                )  # fmt: skip
    operators.EXPLAINED = EXPLAINED
    return 1 if summary(records) else 0


def jax_functions():
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.scipy as scipy

    scipy.extras = {"nn": jax.nn, "lax": jax.lax}

    def vjp_of(function):
        def vjp(*arguments):
            *at, c = arguments
            out, pull = jax.vjp(function, *at)
            return tuple(np.asarray(g) for g in pull(jax.numpy.asarray(c, dtype=out.dtype).reshape(out.shape)))

        return vjp

    return run(jax.numpy, scipy, vjp_of)


def autograd_functions():
    import autograd.numpy as library
    import autograd.scipy as scipy
    from autograd import make_vjp

    scipy.extras = {}

    def vjp_of(function):
        def vjp(*arguments):
            *at, c = arguments
            found = []
            for i in range(len(at)):
                pull, out = make_vjp(lambda x, i=i: function(*at[:i], x, *at[i + 1 :]))(at[i])
                found.append(np.asarray(pull(np.asarray(c).reshape(np.shape(out)))))
            return tuple(found)

        return vjp

    return run(library, scipy, vjp_of)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", choices=["jax", "autograd"])
    chosen = parser.parse_args().library
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.exit(jax_functions() if chosen == "jax" else autograd_functions())
