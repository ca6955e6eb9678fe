"""Every row of the course's table, to the digits that it gives."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from gradproof import classic
from gradproof.classic import deep, first

CATS = "GRADPROOF_CATS"


@pytest.fixture
def case():
    X, Y, parameters = classic.gradient_check_n_test_case()
    return X, Y, parameters, classic.forward_propagation_n(X, Y, parameters)[1]


def test_one_dimension():
    assert classic.forward_propagation(2, 4) == 8
    assert classic.backward_propagation(2, 4) == 2
    assert classic.gradient_check(2, 4) == 2.919335883291695e-10
    assert classic.gradient_check(3, 4) == 7.814075313343006e-11


def test_two_sided_and_right_hand():
    assert classic.two_sided_difference(lambda x: x**2, 3, 1e-2) == 5.999999999999872
    assert classic.one_sided_difference(lambda x: x**2, 3, 1e-2) == 6.009999999999849


def test_cost(case):
    X, Y, parameters, _ = case
    assert classic.forward_propagation_n(X, Y, parameters)[0] == pytest.approx(2.407833389834357, rel=1e-15)


@pytest.mark.parametrize(
    ("backward", "difference"),
    [
        (classic.backward_propagation_n_first_pair, 0.2850931567),
        (classic.backward_propagation_n_second_pair, 0.313475337),
    ],
)
def test_planted_mistakes(case, backward, difference):
    X, Y, parameters, cache = case
    found = classic.gradient_check_n(parameters, backward(X, Y, cache), X, Y)
    assert found == pytest.approx(difference, abs=1e-8)
    assert type(found) is float


def test_right_gradient(case):
    X, Y, parameters, cache = case
    gradients = classic.backward_propagation_n(X, Y, cache)
    found = [classic.gradient_check_n(parameters, gradients, X, Y, epsilon) for epsilon in (1e-7, 1e-6, 1e-4)]
    # The last digits are rounding; the editions print 1.1890913e-07 and 1.1862498e-07.
    assert found[0] == pytest.approx(1.19e-7, rel=2e-2)
    assert found[1] == pytest.approx(8e-9, rel=0.2)
    assert found[2] == pytest.approx(2e-10, rel=0.2)


def test_planted_are_those_said(case):
    X, Y, _, cache = case
    right = classic.backward_propagation_n(X, Y, cache)
    pairs = (
        (classic.backward_propagation_n_first_pair, {"dW2": 2, "db1": 4}),
        (classic.backward_propagation_n_second_pair, {"dW2": 3, "db1": 2}),
    )
    for backward, factors in pairs:
        for name, value in backward(X, Y, cache).items():
            np.testing.assert_allclose(value, factors.get(name, 1) * right[name], rtol=1e-15)


def test_messages_of_the_newest_edition(case, capsys):
    X, Y, parameters, cache = case
    gradients = classic.backward_propagation_n(X, Y, cache)
    classic.gradient_check(2, 4)
    classic.gradient_check_n(parameters, gradients, X, Y)
    assert capsys.readouterr().out == ""
    classic.gradient_check(2, 4, print_msg=True)
    words = "\033[92mYour backward propagation works perfectly fine! difference = 2.919335883291695e-10\033[0m\n"
    assert capsys.readouterr().out == words
    classic.gradient_check_n(parameters, gradients, X, Y, 1e-7, True)
    assert capsys.readouterr().out.startswith(
        "\033[92mYour backward propagation works perfectly fine! difference = 1.1"
    )
    wrong = classic.backward_propagation_n_first_pair(X, Y, cache)
    classic.gradient_check_n(parameters, wrong, X, Y, print_msg=True)
    words = "\033[93mThere is a mistake in the backward propagation! difference = 0.285093156"
    assert capsys.readouterr().out.startswith(words)


def test_messages_of_the_first_edition(case, capsys):
    X, Y, parameters, cache = case
    gradients = classic.backward_propagation_n(X, Y, cache)
    assert first.gradient_check(3, 4) == 7.814075313343006e-11
    assert capsys.readouterr().out == "The gradient is correct!\n"
    first.gradient_check(2, 4, epsilon=1e-15)
    assert capsys.readouterr().out == "The gradient is wrong!\n"
    first.gradient_check_n(parameters, gradients, X, Y)
    assert capsys.readouterr().out.startswith(
        "\033[93mThere is a mistake in the backward propagation! difference = 1.1"
    )
    first.gradient_check_n_revised(parameters, gradients, X, Y)
    assert capsys.readouterr().out.startswith("\033[92mYour backward propagation works perfectly fine!")


def test_messages_of_the_article(capsys):
    rng = np.random.default_rng(0)
    layers, X, Y = [6, 5, 5, 1], rng.random((6, 4)), np.array([[1, 0, 0, 1]])
    parameters = {name: 50 * leaf for name, leaf in classic.initialize_parameters(layers).items()}
    AL, caches = classic.L_model_forward(X, parameters, "tanh")
    gradients = classic.L_model_backward(AL, Y, caches, "tanh")
    deep.gradient_check(parameters, gradients, X, Y, layers)
    words = "\033[32mThere implementation of back-propagation is fine! The difference is: "
    assert capsys.readouterr().out.startswith(words)
    gradients["dW1"] = 2 * gradients["dW1"]
    assert deep.gradient_check(parameters, gradients, X, Y, layers) > 10e-7
    words = "\033[31mThere is a mistake in back-propagation implementation. The difference is: "
    assert capsys.readouterr().out.startswith(words)


@pytest.mark.skipif(CATS not in os.environ, reason=f"{CATS} does not name the folder of the course's pictures")
def test_cat_network_by_the_articles_loop(capsys):
    pytest.importorskip("h5py", reason="the pictures are HDF5 files")
    X, Y = deep.load_pictures(Path(os.environ[CATS]) / "train_catvnoncat.h5")
    layers = [X.shape[0], 5, 5, 1]
    parameters = classic.initialize_parameters(layers)
    # The article draws its example from the same stream as the parameters.
    stream = np.random.RandomState(1)
    for shape in ((5, 12288), (5, 5), (1, 5)):
        stream.randn(*shape)
    index = stream.permutation(X.shape[1])[:1]
    AL, caches = classic.L_model_forward(X[:, index], parameters, "tanh")
    gradients = classic.L_model_backward(AL, Y[:, index], caches, "tanh")
    difference = deep.gradient_check(parameters, gradients, X[:, index], Y[:, index], layers)
    # What is left is the rounding of 12,288 products a unit, whose order belongs to the processor: 3.02e-09 on some,
    # 3.07e-09 on others.
    assert difference == pytest.approx(3.0220555297630148e-09, rel=0.1)
    assert "is fine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("difference", "options", "tier"),
    [
        (0.3, {}, "probably wrong"),
        (5e-3, {}, "uneasy"),
        (5e-3, {"layers": 12}, "okay"),
        (0.3, {"layers": 12}, "probably wrong"),
        (5e-5, {}, "uneasy"),
        (5e-5, {"kinks": True}, "okay"),
        (1e-7, {}, "happy"),
        (0.0, {}, "happy"),
    ],
)
def test_rule_of_thumb(difference, options, tier):
    assert classic.rule_of_thumb(difference, **options).name == tier


def test_rule_of_thumb_refuses_no_number():
    with pytest.raises(Exception, match="cannot be judged"):
        classic.rule_of_thumb(float("nan"))
