"""A notebook with the course's cells, its helper imports replaced by one: it runs to the end and prints the numbers."""

from __future__ import annotations

import contextlib
import io

# The cells as a student has them: the functions are his, the helpers come from the one import.
CELLS = [
    "import numpy as np\nfrom gradproof.classic import *",
    "def forward_propagation(x, theta):\n    J = theta * x\n    return J",
    "x, theta = 2, 4\nJ = forward_propagation(x, theta)\nprint('J = ' + str(J))",
    "forward_propagation_test(forward_propagation)",
    "def backward_propagation(x, theta):\n    dtheta = x\n    return dtheta",
    "x, theta = 3, 4\nprint('dtheta = ' + str(backward_propagation(x, theta)))",
    "backward_propagation_test(backward_propagation)",
    """
def gradient_check(x, theta, epsilon=1e-7, print_msg=False):
    J_plus = forward_propagation(x, theta + epsilon)
    J_minus = forward_propagation(x, theta - epsilon)
    gradapprox = (J_plus - J_minus) / (2 * epsilon)
    grad = backward_propagation(x, theta)
    difference = np.linalg.norm(grad - gradapprox) / (np.linalg.norm(grad) + np.linalg.norm(gradapprox))
    if print_msg:
        print('mistake' if difference > 2e-7 else 'works', str(difference))
    return difference
""",
    "x, theta = 3, 4\ndifference = gradient_check(x, theta, print_msg=True)\ngradient_check_test(gradient_check)",
    """
def forward_propagation_n(X, Y, parameters):
    m = X.shape[1]
    W1, b1 = parameters['W1'], parameters['b1']
    W2, b2 = parameters['W2'], parameters['b2']
    W3, b3 = parameters['W3'], parameters['b3']
    Z1 = np.dot(W1, X) + b1
    A1 = relu(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = relu(Z2)
    Z3 = np.dot(W3, A2) + b3
    A3 = sigmoid(Z3)
    log_probs = np.multiply(-np.log(A3), Y) + np.multiply(-np.log(1 - A3), 1 - Y)
    cost = 1. / m * np.sum(log_probs)
    return cost, (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)
""",
    """
def backward_propagation_n(X, Y, cache):
    m = X.shape[1]
    (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache
    dZ3 = A3 - Y
    dW3 = 1. / m * np.dot(dZ3, A2.T)
    db3 = 1. / m * np.sum(dZ3, axis=1, keepdims=True)
    dA2 = np.dot(W3.T, dZ3)
    dZ2 = np.multiply(dA2, np.int64(A2 > 0))
    dW2 = 1. / m * np.dot(dZ2, A1.T) * 2
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = 1. / m * np.dot(dZ1, X.T)
    db1 = 4. / m * np.sum(dZ1, axis=1, keepdims=True)
    return {'dZ3': dZ3, 'dW3': dW3, 'db3': db3, 'dA2': dA2, 'dZ2': dZ2, 'dW2': dW2, 'db2': db2,
            'dA1': dA1, 'dZ1': dZ1, 'dW1': dW1, 'db1': db1}
""",
    """
def gradient_check_n(parameters, gradients, X, Y, epsilon=1e-7, print_msg=False):
    parameters_values, _ = dictionary_to_vector(parameters)
    grad = gradients_to_vector(gradients)
    num_parameters = parameters_values.shape[0]
    J_plus = np.zeros((num_parameters, 1))
    J_minus = np.zeros((num_parameters, 1))
    gradapprox = np.zeros((num_parameters, 1))
    for i in range(num_parameters):
        theta_plus = np.copy(parameters_values)
        theta_plus[i] = theta_plus[i] + epsilon
        J_plus[i], _ = forward_propagation_n(X, Y, vector_to_dictionary(theta_plus))
        theta_minus = np.copy(parameters_values)
        theta_minus[i] = theta_minus[i] - epsilon
        J_minus[i], _ = forward_propagation_n(X, Y, vector_to_dictionary(theta_minus))
        gradapprox[i] = (J_plus[i] - J_minus[i]) / (2 * epsilon)
    difference = np.linalg.norm(grad - gradapprox) / (np.linalg.norm(grad) + np.linalg.norm(gradapprox))
    if print_msg:
        print('mistake' if difference > 2e-7 else 'works', str(difference))
    return difference
""",
    """
X, Y, parameters = gradient_check_n_test_case()
cost, cache = forward_propagation_n(X, Y, parameters)
gradients = backward_propagation_n(X, Y, cache)
difference = gradient_check_n(parameters, gradients, X, Y, 1e-7, True)
expected_values = [0.2850931567761623, 1.1890913024229996e-07]
assert not type(difference) == np.ndarray
assert np.any(np.isclose(difference, expected_values))
gradient_check_n_test(gradient_check_n, parameters, gradients, X, Y)
""",
]


def test_the_course_runs_unchanged():
    space: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for cell in CELLS:
            exec(cell, space)
    printed = out.getvalue()
    for words in ("J = 8", "dtheta = 3", "works 7.814075313343006e-11", "mistake 0.28509315"):
        assert words in printed
    assert printed.count("All tests passed.") == 4
