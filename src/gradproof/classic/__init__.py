"""The gradient check that hundreds of thousands have learnt, kept to the digit: one import runs the course's notebook.

``from gradproof.classic import *`` replaces the helper modules of the course's exercise. The functions have the names,
signatures, shapes, defaults, dictionary keys and messages of its newest edition; ``gradproof.classic.first`` has those
of the first edition, which prints always, and ``gradproof.classic.deep`` those of an article that grew out of the
exercise, on a cat classifier with any number of layers.

Nothing here is needed to check a gradient: ``gradproof.check`` does that, without a step and a threshold to choose.
"""

from gradproof.classic.activations import relu, sigmoid, tanh
from gradproof.classic.differences import (
    difference_of,
    one_sided_difference,
    rule_of_thumb,
    two_sided_difference,
)
from gradproof.classic.examples import load_pictures, random_examples
from gradproof.classic.exercises import (
    backward_propagation_test,
    forward_propagation_test,
    gradient_check_n_test,
    gradient_check_test,
)
from gradproof.classic.layers import (
    L_layer_model,
    L_model_backward,
    L_model_forward,
    accuracy,
    compute_cost,
    initialize_parameters,
    predict,
    update_parameters,
)
from gradproof.classic.network import (
    backward_propagation_n,
    backward_propagation_n_first_pair,
    backward_propagation_n_second_pair,
    forward_propagation_n,
    gradient_check_n,
    gradient_check_n_test_case,
)
from gradproof.classic.one_dimension import backward_propagation, forward_propagation, gradient_check
from gradproof.classic.vectors import (
    dictionary_to_vector,
    gradients_to_vector,
    vector_to_dictionary,
    vector_to_gradients,
)

__all__ = [
    "L_layer_model",
    "L_model_backward",
    "L_model_forward",
    "accuracy",
    "backward_propagation",
    "backward_propagation_n",
    "backward_propagation_n_first_pair",
    "backward_propagation_n_second_pair",
    "backward_propagation_test",
    "compute_cost",
    "dictionary_to_vector",
    "difference_of",
    "forward_propagation",
    "forward_propagation_n",
    "forward_propagation_test",
    "gradient_check",
    "gradient_check_n",
    "gradient_check_n_test",
    "gradient_check_n_test_case",
    "gradient_check_test",
    "gradients_to_vector",
    "initialize_parameters",
    "load_pictures",
    "one_sided_difference",
    "predict",
    "random_examples",
    "relu",
    "rule_of_thumb",
    "sigmoid",
    "tanh",
    "two_sided_difference",
    "update_parameters",
    "vector_to_dictionary",
    "vector_to_gradients",
]
