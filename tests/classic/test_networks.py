"""The classic networks: gradients against the engine, vectors and back, subsets, and what bad input is told."""

from __future__ import annotations

import random
from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import gradproof
from gradproof import classic
from gradproof.classic import deep
from gradproof.errors import InputError

LAYERS = st.lists(st.integers(1, 5), min_size=2, max_size=5)


def network_of(layers, seed=0, m=4):
    rng = np.random.default_rng(seed)
    parameters = {}
    for layer, (inputs, units) in enumerate(pairwise(layers), start=1):
        parameters[f"W{layer}"] = rng.normal(size=(units, inputs))
        parameters[f"b{layer}"] = rng.normal(size=(units, 1))
    return parameters, rng.normal(size=(layers[0], m)), rng.integers(0, 2, size=(1, m))


@given(layers=LAYERS, seed=st.integers(0, 999))
def test_vectors_and_back(layers, seed):
    parameters, _, _ = network_of(layers, seed)
    theta, keys = classic.dictionary_to_vector(parameters)
    assert theta.shape == (len(keys), 1)
    assert keys == [name for name, leaf in parameters.items() for _ in range(leaf.size)]
    again = classic.vector_to_dictionary(theta, layers)
    assert list(again) == list(parameters)
    gradients = {f"d{name}": leaf for name, leaf in reversed(parameters.items())}
    np.testing.assert_array_equal(classic.gradients_to_vector({**gradients, "dA1": 3, "dZ1": 4}), theta)
    np.testing.assert_array_equal(deep.dictionary_to_vector(parameters), theta)
    for name, leaf in classic.vector_to_gradients(theta, layers).items():
        np.testing.assert_array_equal(leaf, parameters[name[1:]])
        np.testing.assert_array_equal(again[name[1:]], leaf)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("layers", [[3, 1], [3, 4, 1], [3, 4, 4, 2, 1]])
def test_gradients_of_the_deep_network_are_proved(activation, layers):
    parameters, X, Y = network_of(layers, 2, m=8)

    def loss(p):
        return deep.forward_prop_cost(X, p, Y, activation)

    def gradient(p):
        AL, caches = classic.L_model_forward(X, p, activation)
        found = classic.L_model_backward(AL, Y, caches, activation)
        return {name: found[f"d{name}"] for name in p}

    assert gradproof.check(loss, gradient, parameters).outcome is gradproof.Outcome.CONSISTENT
    swapped = {name: leaf[:, ::-1] if leaf.shape[1] > 1 else leaf for name, leaf in gradient(parameters).items()}
    assert gradproof.check(loss, swapped, parameters).outcome is gradproof.Outcome.WRONG


@pytest.mark.parametrize("layers", [[3, 1], [4, 5, 3, 1], [3, 4, 4, 2, 1]])
def test_gradients_of_the_fraud_network_are_proved_at_any_depth(layers):
    parameters, X, Y = network_of(layers, 3)

    def loss(p):
        return classic.forward_propagation_n(X, Y, p)[0]

    def gradient(p):
        found = classic.backward_propagation_n(X, Y, classic.forward_propagation_n(X, Y, p)[1])
        return {name: found[f"d{name}"] for name in p}

    assert gradproof.check(loss, gradient, parameters).outcome is gradproof.Outcome.CONSISTENT
    cache = classic.forward_propagation_n(X, Y, parameters)[1]
    assert classic.gradient_check_n(parameters, classic.backward_propagation_n(X, Y, cache), X, Y) < 1e-5


def test_saturated_outputs_cost_nothing_or_everything():
    with np.errstate(all="raise"):
        assert classic.compute_cost(np.array([[1.0, 0.0]]), [1, 0]) == 0.0
        assert classic.compute_cost(np.array([[0.0, 0.0]]), [1, 0]) == np.inf


def test_training_learns():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 60))
    Y = (X[:1] + X[1:] > 0).astype(int)
    parameters = classic.L_layer_model(X, Y, [2, 4, 1], 0.5, 2000, hidden_layers_activation_fn="tanh")
    assert classic.accuracy(X, parameters, Y, "tanh") > 0.95


def test_training_prints_when_asked(capsys):
    X, Y = np.ones((2, 3)), np.array([[1, 0, 1]])
    classic.L_layer_model(X, Y, [2, 1], num_iterations=200)
    assert capsys.readouterr().out == ""
    classic.L_layer_model(X, Y, [2, 1], num_iterations=200, print_cost=True)
    assert capsys.readouterr().out.startswith("The cost after 100 iterations is: 0.6")


def test_global_generator_is_left_alone():
    np.random.seed(5)
    random.seed(5)
    before = np.random.get_state()[1].copy()
    classic.gradient_check_n_test_case()
    classic.initialize_parameters([3, 2, 1])
    classic.random_examples(np.ones((2, 5)), [0, 1, 0, 1, 1], 2)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_initial_parameters_are_the_articles():
    W1 = classic.initialize_parameters([3, 2, 1])["W1"]
    np.testing.assert_array_equal(W1, np.random.RandomState(1).randn(2, 3) * 0.01)


def test_random_examples_are_columns_with_their_labels():
    X, Y = np.arange(20.0).reshape(2, 10), np.array([[0, 1] * 5])
    few, labels = classic.random_examples(X, Y, 4, seed=1)
    assert few.shape == (2, 4)
    assert len({*few[0]}) == 4
    np.testing.assert_array_equal(labels[0], few[0] % 2)
    np.testing.assert_array_equal(classic.random_examples(X, Y, 4, seed=1)[0], few)
    with pytest.raises(InputError, match="cannot be drawn"):
        classic.random_examples(X, Y, 11)


def test_zero_on_both_sides_is_zero():
    assert classic.gradient_check(0, 4) == 0.0
    assert classic.difference_of(np.zeros(3), np.zeros(3)) == 0.0


CASE = classic.gradient_check_n_test_case()
X, Y, P = CASE


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: classic.forward_propagation_n(X, Y, {k: v for k, v in P.items() if k != "b2"}), "lacks b2"),
        (lambda: classic.forward_propagation_n(X, Y, {}), "lacks W1"),
        (lambda: classic.forward_propagation_n(X, Y, {**P, "b1": P["b1"][:, 0]}), "b1 has the wrong shape"),
        (lambda: classic.forward_propagation_n(X, Y, {**P, "W2": P["W2"].T}), "W2 has the wrong shape"),
        (lambda: classic.forward_propagation_n(X.T, Y, P), "X has the wrong shape"),
        (lambda: classic.forward_propagation_n(X[:, :0], Y[:0], P), "batch is empty"),
        (lambda: classic.forward_propagation_n(X, [1, 2, 0], P), "neither 0 nor 1"),
        (lambda: classic.forward_propagation_n(X, [1, np.nan, 0], P), "neither 0 nor 1"),
        (lambda: classic.forward_propagation_n(X, [1, 0], P), "Y has the wrong shape"),
        (lambda: classic.forward_propagation_n(X, Y[:, None], P), "Y has the wrong shape"),
        (lambda: classic.backward_propagation_n(X, Y, (1, 2, 3)), "cache does not come"),
        (lambda: classic.gradients_to_vector({"dW1": P["W1"], "db1": P["b1"][:, 0]}), "gradient has the wrong shape"),
        (lambda: classic.gradients_to_vector({"W1": P["W1"]}), "lacks dW1"),
        (lambda: classic.gradient_check_n(P, {"dW1": P["W1"], "db1": P["b1"]}, X, Y), "different shapes"),
        (lambda: classic.vector_to_dictionary(np.zeros((46, 1))), "does not fit the layers"),
        (lambda: classic.vector_to_dictionary(np.zeros((47, 1)), [4, 5, 1]), "does not fit the layers"),
        (lambda: classic.L_model_forward(X, P, "gelu"), "no such activation"),
        (lambda: classic.compute_cost(np.array([[0.5]]), [0.5]), "neither 0 nor 1"),
        (lambda: classic.initialize_parameters([4]), "no layers"),
        (lambda: classic.two_sided_difference(abs, 1.0, 0.0), "step cannot be used"),
    ],
)
def test_bad_input_is_told(call, words):
    with pytest.raises(InputError, match=words):
        call()
