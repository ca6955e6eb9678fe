"""Word vectors, looked up with repeats, averaged with weights; logistic loss over the labels of documents."""

import numpy as np

rng = np.random.default_rng(13)
documents = rng.integers(0, 6, size=(5, 4))
labels = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
ridge = 0.02
params = {
    "vectors": rng.normal(size=(6, 3)),
    "weights": rng.normal(size=4),
    "read": rng.normal(size=3),
    "bias": 0.1,
}


def forward(p):
    looked = p["vectors"][documents]
    mixed = np.einsum("t,btd->bd", p["weights"], looked) / documents.shape[1]
    return looked, mixed, mixed @ p["read"] + p["bias"]


def loss(p):
    _, _, score = forward(p)
    fit = np.mean(np.logaddexp(0, score) - labels * score)
    return fit + ridge * np.sum(p["vectors"] ** 2)


def gradient(p):
    looked, mixed, score = forward(p)
    count, length = documents.shape
    probability = 1.0 / (1.0 + np.exp(-score))
    dscore = (probability - labels) / count
    dbias = np.sum(dscore)
    dread = mixed.T @ dscore
    dmixed = np.outer(dscore, p["read"]) / length
    dweights = np.sum(looked * dmixed[:, None, :], axis=(0, 2))
    dlooked = p["weights"][None, :, None] * dmixed[:, None, :]
    dvectors = 2 * ridge * p["vectors"]
    for b in range(count):
        for t in range(length):
            dvectors[documents[b, t]] += dlooked[b, t]
    return {"vectors": dvectors, "weights": dweights, "read": dread, "bias": dbias}
