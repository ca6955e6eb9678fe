"""Mistakes planted by hand into the backward passes, each like one that was made and reported in public."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """A mistake: the file, what stands there, what is written for it, the class, and where such a one was reported.

    ``also`` is a second mistake in the same file, as (old, new).
    """

    file: str
    old: str
    new: str
    kind: str
    like: str = ""
    also: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """What to call it."""
        return f"{self.file}, {self.kind}: {self.old.strip().splitlines()[0]}"


SINGLE = (
    # A constant factor.
    Planted("dense", "dZ3 = (P - Y) / m", "dZ3 = P - Y", "scale", "the course's second pair"),
    Planted(
        "dense",
        "dZ1.sum(axis=1, keepdims=True)\n",
        "4 * dZ1.sum(axis=1, keepdims=True)\n",
        "scale",
        "the course's first pair",
    ),
    Planted("batchnorm", "dy = 2.0 * (y - t) / y.size", "dy = (y - t) / y.size", "scale", "a square's 2"),
    Planted("batchnorm", "dy = 2.0 * (y - t) / y.size", "dy = 2.0 * (y - t) / N", "scale", "a mean over all entries"),
    Planted(
        "layers",
        "return 2 * self.difference / self.difference.size",
        "return 2 * self.difference / len(self.difference)",
        "scale",
    ),
    Planted("gaussian_process", "dK = 0.5 * (inverse", "dK = (inverse", "scale", "B131: HIPS/autograd#412"),
    Planted("convolution", "/ (rows * columns)", "/ rows", "scale"),
    Planted("embedding", 'np.outer(dscore, p["read"]) / length', 'np.outer(dscore, p["read"])', "scale"),
    Planted("survival", 'return {"beta": -g / n +', 'return {"beta": -g +', "scale"),
    Planted("ode", "g2 = 0.5 * dt * lam", "g2 = dt * lam", "scale"),
    # A sign.
    Planted(
        "gaussian_process",
        "(inverse - np.outer(alpha, alpha))",
        "(np.outer(alpha, alpha) - inverse)",
        "sign",
        "B131: HIPS/autograd#412",
    ),
    Planted("dense", "dZ3 = (P - Y) / m", "dZ3 = (Y - P) / m", "sign"),
    Planted("kalman", "de = -dh * m - h * dm", "de = dh * m - h * dm", "sign"),
    Planted("softmax", "dtau = -np.sum", "dtau = np.sum", "sign"),
    Planted("hmm", "dmu = -np.sum", "dmu = np.sum", "sign"),
    Planted("survival", "g += X[i] - s1 / s0", "g += X[i] + s1 / s0", "sign"),
    # A term too little or too much.
    Planted(
        "dense",
        'dW2 = dZ2 @ A1.T + decay * p["W2"]',
        "dW2 = dZ2 @ A1.T",
        "term",
        "B027: jingtinghuang/CS231n-Spring-2017#3",
    ),
    Planted(
        "dense",
        "db2 = dZ2.sum(axis=1, keepdims=True)",
        'db2 = dZ2.sum(axis=1, keepdims=True) + decay * p["b2"]',
        "term",
        "B029: JWarmenhoven/Coursera-Machine-Learning#3",
    ),
    Planted("batchnorm", " + dmu / N", "", "term", "the mean's path of a normalisation"),
    Planted(
        "layers",
        "(dxhat - mean - self.xhat * along)",
        "(dxhat - self.xhat * along)",
        "term",
        "B023: NVIDIA/Megatron-LM#6859",
    ),
    Planted(
        "factorisation",
        "dbv = e.sum(axis=0) + lam * bv",
        "dbv = e.sum(axis=0)",
        "term",
        "B027: jingtinghuang/CS231n-Spring-2017#3",
    ),
    Planted(
        "survival",
        ' + 2 * alpha * p["beta"]',
        ' + alpha * p["beta"]',
        "term",
        "B027: jingtinghuang/CS231n-Spring-2017#3",
    ),
    Planted(
        "embedding",
        'dvectors = 2 * ridge * p["vectors"]',
        'dvectors = np.zeros_like(p["vectors"])',
        "term",
        "a regulariser forgotten",
    ),
    Planted(
        "lstm", "dc = dc_next + dh * o * (1 - tc**2)", "dc = dh * o * (1 - tc**2)", "term", "B019: apache/mxnet#4057"
    ),
    Planted("lstm", 'dh = error * p["v"] + dh_next', 'dh = error * p["v"]', "term", "B019: apache/mxnet#4057"),
    Planted("ode", "lam = lam + J2.T @ g2 + J1.T @ g1", "lam = J2.T @ g2 + J1.T @ g1", "term", "the residual path"),
    Planted("kalman", " + K * de\n", "\n", "term", "a path of the chain rule"),
    # Overwritten where it should be added.
    Planted(
        "lstm",
        'grads["Wi"] += np.outer(di, z)',
        'grads["Wi"] = np.outer(di, z)',
        "accumulation",
        "B019: apache/mxnet#4057",
    ),
    Planted("convolution", "dK += np.einsum", "dK = np.einsum", "accumulation", "B007: FluxML/NNlib.jl#205"),
    Planted(
        "embedding",
        "dvectors[documents[b, t]] += dlooked[b, t]",
        "dvectors[documents[b, t]] = dlooked[b, t]",
        "accumulation",
        "B001: pytorch/pytorch#1631",
    ),
    Planted("hmm", "xi += alpha[t]", "xi = alpha[t]", "accumulation", "B013: apache/mxnet#18499"),
    Planted("ode", "drates += R2.T", "drates = R2.T", "accumulation", "B009: NVIDIA/warp#168"),
    Planted("survival", "s1 += w[i] * X[i]", "s1 = w[i] * X[i]", "accumulation", "B011: NVIDIA/warp#1293"),
    # An inner derivative forgotten.
    Planted("kalman", "total[1] * q", "total[1]", "chain", "B121: openvdb/fvdb-core#432"),
    Planted("softmax", '"log_tau": dtau * tau', '"log_tau": dtau', "chain", "B121: openvdb/fvdb-core#432"),
    Planted(
        "gaussian_process", "dnoise = 2 * noise**2 *", "dnoise = 2 * noise *", "chain", "a parameter in logarithms"
    ),
    Planted("dense", "dZ1 = dA1 * tanh_slope(A1)", "dZ1 = dA1", "chain", "an activation's derivative forgotten"),
    Planted("lstm", "df = dc * before * f * (1 - f)", "df = dc * before * f", "chain", "the forget gate's derivative"),
    Planted("batchnorm", 'dz = (dy @ p["V"].T) * (1.0 - a * a)', 'dz = dy @ p["V"].T', "chain"),
    Planted("attention", "dscores = dscores / np.sqrt(D)", "dscores = dscores / D", "chain", "the scale of the scores"),
    Planted("layers", "return grad * self.out * (1 - self.out)", "return grad * (1 - self.out)", "chain"),
    Planted(
        "embedding",
        'dlooked = p["weights"][None, :, None] * dmixed[:, None, :]',
        "dlooked = dmixed[:, None, :] + 0 * looked",
        "chain",
        "B125: scikit-learn-contrib/metric-learn#83",
    ),
    # Only the diagonal of a Jacobian.
    Planted(
        "softmax",
        "dlogits = s * (upstream - inner)",
        "dlogits = s * upstream * (1 - s)",
        "diagonal",
        "B135: deeplearning4j/libnd4j#440",
    ),
    Planted(
        "attention",
        "dscores = weights * (dweights - row)",
        "dscores = weights * dweights",
        "diagonal",
        "B137: mlpack/mlpack#3469",
    ),
    # A wrong axis, a transpose, a broadcast that is not undone.
    Planted(
        "softmax",
        "inner = np.sum(upstream * s, axis=1, keepdims=True)",
        "inner = np.sum(upstream * s, axis=0, keepdims=True)",
        "axis",
    ),
    Planted(
        "attention",
        "row = np.sum(dweights * weights, axis=-1, keepdims=True)",
        "row = np.sum(dweights * weights, axis=0, keepdims=True)",
        "axis",
    ),
    Planted("attention", "dk = dscores.T @ q", "dk = dscores @ q", "axis", "B145: tensorflow/tensorflow#4859"),
    Planted("ode", "drates += R2.T @ g2 + R1.T @ g1", "drates += R1.T @ g2 + R1.T @ g1", "axis"),
    Planted("dense", "db3 = dZ3.sum(axis=1, keepdims=True)", "db3 = dZ3.mean(axis=1, keepdims=True)", "reduction"),
    Planted(
        "layers",
        "along = np.mean(dxhat * self.xhat, axis=1, keepdims=True)",
        "along = np.mean(dxhat * self.xhat, axis=0, keepdims=True)",
        "axis",
    ),
    Planted(
        "hmm",
        "dlogits = A * xi.sum(axis=1, keepdims=True) - xi",
        "dlogits = A * xi.sum(axis=0, keepdims=True) - xi",
        "axis",
    ),
    Planted("factorisation", "dbu = e.sum(axis=1) + lam * bu", "dbu = e.sum() + lam * bu", "reduction"),
    # Off by one.
    Planted("ode", "for n in range(steps - 1, -1, -1):", "for n in range(steps - 1, 0, -1):", "index"),
    Planted("hmm", "for t in range(T - 1):\n        xi", "for t in range(T - 2):\n        xi", "index"),
    Planted(
        "convolution",
        "for i in range(rows):\n        for j in range(columns):\n            top",
        "for i in range(rows - 1):\n        for j in range(columns):\n            top",
        "index",
    ),
    Planted(
        "hmm",
        "xi += alpha[t][:, None] * A * (B[t + 1] * beta[t + 1])",
        "xi += alpha[t][:, None] * A * (B[t] * beta[t + 1])",
        "index",
    ),
    # Exchanged, or a wrong value kept.
    Planted(
        "factorisation",
        "return dU, dV, dbu, dbv, dmu",
        "return dV, dU, dbu, dbv, dmu",
        "exchange",
        "B127: rodluger/starry#142",
    ),
    Planted(
        "lstm", "np.stack([df, di, do, dg])", "np.stack([di, df, do, dg])", "exchange", "B127: rodluger/starry#142"
    ),
    Planted("lstm", "di = dc * g * i * (1 - i)", "di = dc * i * i * (1 - i)", "name", "copied from another gate"),
    Planted("dense", "dZ2 = dA2 * relu_slope(A2)", "dZ2 = dA2 * tanh_slope(A2)", "saved", "another layer's activation"),
    Planted("layers", "self.dgain = np.sum(grad * self.xhat, axis=0)", "self.dgain = np.sum(grad, axis=0)", "term"),
    Planted("lstm", "do = dh * tc * o * (1 - o)", "do = dh * c * o * (1 - o)", "saved", "the cell before its tanh"),
    Planted("convolution", "dout = dactive * (out > 0)", "dout = dactive * (out < 0)", "comparison"),
    # In a helper.
    Planted("dense", "return 1 - a**2", "return 1 - a", "helper", "an activation's derivative"),
    Planted("ode", "[k[3] * u[1], -k[2] + k[3] * u[0]]", "[k[3] * u[0], -k[2] + k[3] * u[0]]", "helper"),
    Planted("layers", "return grad / (1 + np.exp(-self.x))", "return grad / (1 + np.exp(self.x))", "helper"),
)

DOUBLE = (
    Planted(
        "dense",
        "dW2 = dZ2 @ A1.T + decay",
        "dW2 = 2 * dZ2 @ A1.T + decay",
        "double",
        also=("db1 = dZ1.sum(axis=1, keepdims=True)", "db1 = dZ1.mean(axis=1, keepdims=True)"),
    ),
    Planted(
        "dense", "dZ3 = (P - Y) / m", "dZ3 = (Y - P) / m", "double", also=("dZ1 = dA1 * tanh_slope(A1)", "dZ1 = dA1")
    ),
    Planted("softmax", "dscores = dlogits / tau", "dscores = dlogits * tau", "double", also=("dtau * tau", "dtau")),
    Planted(
        "batchnorm", "dbeta = np.sum(dz, axis=0)", "dbeta = np.mean(dz, axis=0)", "double", also=(" + dmu / N", "")
    ),
    Planted(
        "convolution",
        "db += here.sum(axis=0)",
        "db = here.sum(axis=0)",
        "double",
        also=("dR = pooled.T @ error", "dR = 2 * pooled.T @ error"),
    ),
    Planted(
        "lstm",
        'grads["v"] += error * h',
        'grads["v"] = error * h',
        "double",
        also=("np.stack([df, di, do, dg])", "np.stack([df, do, di, dg])"),
    ),
    Planted(
        "attention",
        "dq = dscores @ k",
        "dq = dscores.T @ k",
        "double",
        also=("dv = weights.T @ dmixed", "dv = weights @ dmixed"),
    ),
    Planted(
        "gaussian_process",
        "dK * 2 * smooth",
        "dK * smooth",
        "double",
        also=("dnoise = 2 * noise**2", "dnoise = noise**2"),
    ),
    Planted("kalman", "total[2] * r", "total[2]", "double", also=("total[1] * q", "total[1]")),
    Planted(
        "ode", "g2 = 0.5 * dt * lam", "g2 = dt * lam", "double", also=("drates += R2.T @ g2", "drates -= R2.T @ g2")
    ),
    Planted("hmm", "dmu = -np.sum", "dmu = np.sum", "double", also=("(1 - z**2)", "(1 - z)")),
    Planted(
        "factorisation",
        "dU = e @ V + lam * U",
        "dU = e @ V",
        "double",
        also=("dV = e.T @ U + lam * V", "dV = e.T @ U - lam * V"),
    ),
    Planted(
        "layers",
        "self.dbias = grad.sum(axis=0)",
        "self.dbias = grad.mean(axis=0)",
        "double",
        also=("return grad / (1 + np.exp(-self.x))", "return grad * (1 + np.exp(-self.x))"),
    ),
    Planted("embedding", "dbias = np.sum(dscore)", "dbias = np.mean(dscore)", "double", also=("2 * ridge", "ridge")),
    Planted("survival", "-g / n", "g / n", "double", also=("s0 += w[i]", "s0 = w[i]")),
)
