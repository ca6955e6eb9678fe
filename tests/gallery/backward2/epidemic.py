"""An epidemic by Euler steps (susceptible, infected, removed), and its discrete adjoint."""

import numpy as np

rng = np.random.default_rng(35)
days, step = 12, 0.5
reported = np.abs(rng.normal(size=days)) * 0.1 + 0.05
params = {"rates": np.array([0.9, 0.3, 0.05]), "start": np.array([0.8, 0.15])}


def trajectory(p):
    beta, gamma, waning = p["rates"]
    s, i = p["start"]
    states = [(s, i)]
    for _ in range(days):
        flow = beta * s * i
        s, i = s + step * (waning * (1 - s - i) - flow), i + step * (flow - gamma * i)
        states.append((s, i))
    return states


def loss(p):
    return 50 * sum((i - seen) ** 2 for (_, i), seen in zip(trajectory(p)[1:], reported))


def gradient(p):
    beta, gamma, waning = p["rates"]
    states = trajectory(p)
    ls, li = 0.0, 0.0
    g_beta = g_gamma = g_waning = 0.0
    for day in range(days - 1, -1, -1):
        s, i = states[day]
        li = li + 100 * (states[day + 1][1] - reported[day])
        g_beta += step * s * i * (li - ls)
        g_gamma -= step * i * li
        g_waning += step * (1 - s - i) * ls
        ls, li = (
            ls * (1 - step * (waning + beta * i)) + li * step * beta * i,
            li * (1 + step * (beta * s - gamma)) - ls * step * (beta * s + waning),
        )
    return {"rates": np.array([g_beta, g_gamma, g_waning]), "start": np.array([ls, li])}
