"""The smallest check: J(theta) = theta * x, whose derivative is x.

Try ``gradproof check examples/one_dimension.py``.
"""

x = 2.0
params = {"theta": 4.0}


def loss(p):
    """The objective of the course's first exercise."""
    return p["theta"] * x


def gradient(p):  # noqa: ARG001 - no theta in it
    """Its derivative."""
    return {"theta": x}
