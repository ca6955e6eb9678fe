"""Objectives for tests of evaluations elsewhere; they are sent by value, as a user's own script would be."""

from __future__ import annotations

import numpy as np

from gradproof import Problem

X = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
PARAMS = {"W": np.linspace(-0.6, 0.7, 6).reshape(2, 3), "b": np.array([[0.2], [-0.1]])}


def loss(p):
    return float(np.sum(np.tanh(p["W"] @ X + p["b"]) ** 2))


def gradient(p):
    a = np.tanh(p["W"] @ X + p["b"])
    d = 2 * a * (1 - a**2)
    return {"W": d @ X.T, "b": d.sum(axis=1, keepdims=True)}


def wrong(p):
    found = gradient(p)
    found["W"] = found["W"].copy()
    found["W"][1, 2] *= 1.5
    return found


def kinked(p):
    return float(np.sum(np.abs(p["W"] - PARAMS["W"][0, 0])) + np.sum(p["b"]))


RIGHT = Problem(loss, gradient, PARAMS)
WRONG = Problem(loss, wrong, PARAMS)
KINKED = Problem(kinked, lambda p: {"W": np.sign(p["W"] - PARAMS["W"][0, 0]), "b": np.ones((2, 1))}, PARAMS)
BOUNDED = Problem(lambda p: float(np.sum(p["x"] ** 1.5)), lambda p: {"x": 1.5 * np.sqrt(p["x"])},
                  {"x": np.array([0.0, 1.0, 2.0])}, lower=0.0)  # fmt: skip
HALF = Problem(lambda p: np.float32(np.sum(np.sin(p["x"]), dtype=np.float32)), lambda p: {"x": np.cos(p["x"])},
               {"x": np.linspace(0.1, 2.0, 40, dtype=np.float32)})  # fmt: skip
ALL = {"right": RIGHT, "wrong": WRONG, "kinked": KINKED, "bounded": BOUNDED, "float32": HALF}
