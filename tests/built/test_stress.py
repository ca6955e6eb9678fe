"""Stress: mistakes that a generic point does not show are found, and what is right, however awkward, is left alone."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from gradproof import Outcome, stress
from gradproof.errors import InputError

rng = np.random.default_rng(0)
X = rng.normal(size=(4, 3))


def dense_reader(x, w):
    """Reads the memory of x as if it were contiguous."""
    memory = x if x.flags.c_contiguous else np.ascontiguousarray(x.T).reshape(x.shape)
    return w * (1 - np.tanh(memory) ** 2)


def overwrite(x, index, w):
    g = np.zeros_like(x)
    g[index] = w
    return g


def add_up(x, index, w):
    g = np.zeros_like(x)
    np.add.at(g, index, w)
    return g


SAVED = {}


def remember(x):
    SAVED["x"] = x
    return np.sin(x)


def i1(x):
    k = np.arange(30)[:, None]
    factorial = np.cumprod(np.concatenate([[1.0], np.arange(1.0, 31.0)]))
    return np.sum((np.ravel(x) / 2) ** (2 * k + 1) / (factorial[:30, None] * factorial[1:31, None]), axis=0)


def cumprod_backward(x, w):
    with np.errstate(all="ignore"):
        return np.cumsum((w * np.cumprod(x))[::-1])[::-1] / x


def tie_backward(x, w):
    """Gives every tied entry one and a half."""
    largest = x == x.max()
    return w[0] * largest * 1.5 ** (np.sum(largest) - 1) + w[1]


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


# name: (function, claim, args, words in the name of the smallest failing scenario or in the table)
HIDDEN = {
    "cotangent of ones assumed": (np.tanh, lambda x, w: 1 - np.tanh(x) ** 2, (X,), "the given arguments"),
    "strides ignored": (np.tanh, dense_reader, (X,), "every second entry"),
    "repeated indices overwrite": (
        lambda x, i: x[i], overwrite, (np.arange(5.0) + 0.3, np.array([0, 2, 4])), "an index twice",
    ),
    "one slot of two dropped": (
        lambda a, b: a * b, lambda a, b, w: (w * b, 0 * a) if a is b else (w * b, w * a),
        (rng.normal(size=3), rng.normal(size=3)), "are one array",
    ),
    "a zero in a product": (np.cumprod, cumprod_backward, (np.array([1.0, 2.0, 3.0]),), "a zero"),
    "Bessel I0 at zero": (np.i0, lambda x, w: w * np.where(x == 0, 1.0, i1(x)), (np.array([0.5, 1.2]),), "zero"),
    "negative values": (
        lambda x: np.maximum(x, 0) ** 2, lambda x, w: w * 2 * x, (np.abs(X) + 0.1,), "args[0]",
    ),
    "saved value of another call": (remember, lambda x, w: w * np.cos(SAVED["x"]), (X,), "in between"),
    "a batch of one": (
        lambda x, b: x + b, lambda x, b, w: (w, (2 - (len(x) > 1)) * w.sum(0)), (X, rng.normal(size=3)), "one row",
    ),
    "diagonal of a softmax": (softmax, lambda z, w: softmax(z) * (1 - softmax(z)) * w, (X,), "the given arguments"),
    "a tie": (lambda x: np.array([x.max(), x.sum()]), tie_backward, (np.array([1.0, 2.0, 3.0]),), "args[0]"),
    "whole numbers": (np.sin, lambda x, w: w * np.where(x == np.round(x), 0.0, np.cos(x)), (X,), "args[0]"),
}  # fmt: skip


COLUMNS = (rng.normal(size=(3, 4)), rng.normal(size=(3, 1)), rng.normal(size=(4, 1)))


def layer(W, b, x):
    return np.tanh(W @ x + b)


def layer_backward(W, b, x, w):
    d = (1 - np.tanh(W @ x + b) ** 2) * w
    return d @ x.T, d.sum(1, keepdims=True), W.T @ d


def first_example_only(W, b, x, w):
    d = (1 - np.tanh(W @ x + b) ** 2) * w
    return d[:, :1] @ x[:, :1].T, d.sum(1, keepdims=True), W.T @ d


def test_a_batch_of_one_along_the_last_axis_is_made_two():
    report = stress(layer, first_example_only, *COLUMNS)
    assert report.outcome is Outcome.WRONG
    assert {trial.scenario.name for trial in report.trials if trial.failed} == {"args[2]: 2 for its last length of 1"}
    assert stress(layer, layer_backward, *COLUMNS).outcome is Outcome.CONSISTENT


def test_a_column_that_is_no_batch_is_not_accused():
    def form(A, z):
        return z.T @ A @ z

    def backward(A, z, w):
        return w[0, 0] * z[:, :1] @ z[:, :1].T, w[0, 0] * (A + A.T) @ z

    report = stress(form, backward, rng.normal(size=(3, 3)), rng.normal(size=(3, 1)))
    assert report.outcome is Outcome.CONSISTENT, report
    told = [trial.text for trial in report.trials if trial.scenario.wider]
    assert told == ["wrong if what is a column may be wider"]


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_mistakes_are_found(name):
    function, claim, args, words = HIDDEN[name]
    report = stress(function, claim, *args)
    assert report.outcome is Outcome.WRONG
    failed = " | ".join(trial.scenario.name for trial in report.trials if trial.failed)
    assert words in failed
    assert report.code.startswith("import numpy\nargs = [")
    assert "the smallest that fails:" in str(report)


RIGHT = {
    "tanh": (np.tanh, lambda x, w: w * (1 - np.tanh(x) ** 2), (X,)),
    "relu": (lambda x: np.maximum(x, 0), lambda x, w: w * (x > 0), (X,)),
    "gather": (lambda x, i: x[i], add_up, (np.arange(5.0) + 0.3, np.array([0, 2, 4]))),
    "product": (lambda a, b: a * b, lambda a, b, w: (w * b, w * a), (rng.normal(size=3), rng.normal(size=3))),
    "matmul": (lambda x, W: x @ W, lambda x, W, w: (w @ W.T, x.T @ w), (X, rng.normal(size=(3, 2)))),
    "a number": (lambda x: float(np.sum(x**3)), lambda x: 3 * x**2, (X,)),
    "two numbers": (lambda a, b: a * b**2, lambda a, b: (b**2, 2 * a * b), (1.5, -0.7)),
    "an option": (lambda x, n: x**n, lambda x, n, w: w * n * x ** (n - 1), (X, 3)),
    "softmax": (
        softmax, lambda z, w: softmax(z) * (w - np.sum(w * softmax(z), axis=1, keepdims=True)), (X,),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_right_gradients_are_left_alone(name):
    function, claim, args = RIGHT[name]
    report = stress(function, claim, *args)
    assert report.outcome is Outcome.CONSISTENT, report
    assert not any(trial.failed for trial in report.trials)
    assert report.unreached == 0


def test_what_the_function_refuses_is_no_failure():
    def picky(x):
        if np.any(x <= 0):
            raise ValueError("positive numbers only")
        return np.log(x)

    report = stress(picky, lambda x, w: w / x, np.abs(X) + 0.5)
    assert report.outcome is Outcome.CONSISTENT
    refused = [trial for trial in report.trials if trial.outcome == "refused"]
    assert refused
    assert "positive numbers only" in refused[0].text


def test_arguments_and_generators_are_left_alone():
    x, before = X.copy(), np.random.get_state()[1].copy()
    stress(np.tanh, lambda x, w: w * (1 - np.tanh(x) ** 2), x)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_the_budget_of_seconds_holds_and_is_told():
    report = stress(np.tanh, lambda x, w: w * (1 - np.tanh(x) ** 2), X, seconds=0.0)
    assert report.unreached > 20
    assert "not reached in time" in str(report)


def test_the_code_can_be_pasted():
    report = stress(np.cumprod, cumprod_backward, np.array([1.0, 2.0, 3.0]))
    space = {}
    exec(report.code, space)
    (x,) = space["args"]
    assert np.sum(x == 0) == 1
    assert not np.isfinite(cumprod_backward(x, np.ones(3))).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: stress(np.tanh, lambda x, w: w, 3), "nothing to differentiate"),
        (lambda: stress(lambda a, b: a * b, lambda a, b, w: w * b, X, X + 1), "does not fit"),
    ],
)
def test_bad_input_is_told(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_the_users_own_exception_passes():
    def broken(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        stress(broken, broken, X)


def test_the_command(tmp_path):
    (tmp_path / "s.py").write_text(
        "import numpy as np\nargs = (np.array([1.0, 2.0, 3.0]),)\nfunction = np.cumprod\n"
        "def vjp(x, w):\n    with np.errstate(all='ignore'):\n"
        "        return np.cumsum((w * np.cumprod(x))[::-1])[::-1] / x\n"
    )
    (tmp_path / "empty.py").write_text("function = 3\n")

    def run(name):
        return subprocess.run(
            [sys.executable, "-m", "gradproof", "stress", name],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )

    done = run("s.py")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("WRONG")
    assert run("empty.py").returncode == 2


def test_writing_into_an_argument_is_a_mistake_and_reaches_nobody():
    def writer(x, w):
        g = w * (1 - np.tanh(x) ** 2)
        x += 1.0
        return g

    x = X.copy()
    report = stress(np.tanh, writer, x)
    np.testing.assert_array_equal(x, X)
    assert report.outcome is Outcome.WRONG
    assert "writes into its arguments" in report.trials[0].text


def countdown(x, steps):
    total = 0.0 * x
    while steps != 0:
        total = total + x**2
        steps -= 1
    return total


def test_a_loop_that_does_not_end_for_another_option_is_stopped():
    report = stress(countdown, lambda x, steps, w: w * 2 * steps * x, np.array([[0.5, 1.5]]), 1, seconds=60.0)
    (refused,) = [trial for trial in report.trials if trial.scenario.name == "args[1]: -1"]
    assert refused.outcome == "refused"
    assert "does it end there?" in refused.text
    assert report.outcome is Outcome.CONSISTENT


def test_a_timer_of_the_users_is_left_alone():
    import signal

    from gradproof.stressing.limits import limited

    before = signal.getsignal(signal.SIGALRM)
    signal.setitimer(signal.ITIMER_REAL, 500.0)
    try:
        with limited(0.01):
            assert signal.getitimer(signal.ITIMER_REAL)[0] > 400.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
    assert signal.getsignal(signal.SIGALRM) is before
