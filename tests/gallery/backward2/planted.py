"""Mistakes planted by hand into the second set, before any of them was mended: (file, class, right, wrong)."""

from __future__ import annotations

from tests.gallery.backward.planted import Planted

_SLIPS = (
    # GRU: the gates' paths, the carry, and what was saved.
    ("gru", "saved", "(out, (x, h, r, z, n)), y in", "(h, (x, out, r, z, n)), y in"),
    ("gru", "term", "carry = carry * z + p[", "carry = p["),
    ("gru", "term", ' + p["Ur"].T @ dr', ""),
    ("gru", "chain", 'p["Un"].T @ (dn * r)', 'p["Un"].T @ dn'),
    ("gru", "chain", 'grads["Un"] += np.outer(dn * r, h)', 'grads["Un"] += np.outer(dn, h)'),
    ("gru", "accumulation", "carry += (out - y) / T", "carry = (out - y) / T"),
    ("gru", "accumulation", 'grads["b" + gate] += d', 'grads["b" + gate] = d'),
    ("gru", "sign", "carry * (h - n)", "carry * (n - h)"),
    ("gru", "order", "ys[::-1]", "ys"),
    # Layer normalisation.
    ("layernorm", "term", "    grad -= grad.mean(axis=-1, keepdims=True)\n", ""),
    ("layernorm", "term", "    grad -= xhat * along\n", ""),
    ("layernorm", "axis", "along = (grad * xhat).mean(axis=-1", "along = (grad * xhat).mean(axis=0"),
    ("layernorm", "scale", "grad *= 2.0 / targets.size", "grad *= 2.0 / len(targets)"),
    ("layernorm", "function", "along = (grad * xhat).mean(", "along = (grad * xhat).sum("),
    ("layernorm", "operator", "grad *= rstd", "grad /= rstd"),
    ("layernorm", "chain", "grad *= gate + out * gate * (1 - gate)", "grad *= gate * (1 - gate)"),
    ("layernorm", "axis", 'np.einsum("ni,nj->ij", tokens, grad)', 'np.einsum("ni,nj->ji", tokens, grad)'),
    # Focal loss.
    ("focal", "chain", "FOCUS * (1 - p) ** (FOCUS - 1) * np.log(p)", "FOCUS * (1 - p) ** FOCUS * np.log(p)"),
    ("focal", "sign", "        - (1 - p) ** FOCUS / p", "        + (1 - p) ** FOCUS / p"),
    ("focal", "term", "        FOCUS * (1 - p) ** (FOCUS - 1) * np.log(p)\n        - (1", "        -(1"),
    ("focal", "chain", "dp = balance[labels] * (", "dp = ("),
    ("focal", "scale", "(onehot - full) / N", "(onehot - full)"),
    ("focal", "diagonal", "(dp * p)[:, None] * (onehot - full)", "(dp * p)[:, None] * onehot * (1 - full)"),
    # Mixture density.
    ("mixture", "sign", "d_mu = -gamma * u / sigma", "d_mu = gamma * u / sigma"),
    ("mixture", "chain", "d_mu = -gamma * u / sigma", "d_mu = -gamma * u"),
    ("mixture", "sign", "gamma * (1 - u**2)", "gamma * (u**2 - 1)"),
    ("mixture", "swap", "np.concatenate([d_logits, d_mu, d_log_sigma]", "np.concatenate([d_mu, d_logits, d_log_sigma]"),
    ("mixture", "axis", "gamma = density / density.sum(axis=1,", "gamma = density / density.sum(axis=0,"),
    ("mixture", "saved", "d_logits = pi - gamma", "d_logits = pi - density"),
    # Pooling layers.
    (
        "pooling",
        "accumulation",
        "dx[i, self.picked[i, j]] += upstream[i, j]",
        "dx[i, self.picked[i, j]] = upstream[i, j]",
    ),
    ("pooling", "index", "dx[i, self.picked[i, j]] +=", "dx[0, self.picked[i, j]] +="),
    ("pooling", "chain", "upstream * (self.s + self.gain * self.x * bell)", "upstream * (self.s + self.x * bell)"),
    ("pooling", "exponent", "upstream * self.x**2 * bell", "upstream * self.x * bell"),
    ("pooling", "slice", "self.x[:, i : i + n]).sum()", "self.x[:, i : i + n]).mean()"),
    ("pooling", "scale", "error = 2 * (out", "error = (out"),
    ("pooling", "range", "for j in range(upstream.shape[1])", "for j in range(1, upstream.shape[1])"),
    # Huber.
    ("huber", "sign", "out[:-1] = -X.T @ psi", "out[:-1] = X.T @ psi"),
    ("huber", "term", "out[1:-1] += 2 * penalty * w[1:]", "out[:-1] += 2 * penalty * w"),
    ("huber", "accumulation", "out[1:-1] += 0.1 *", "out[1:-1] = 0.1 *"),
    ("huber", "chain", "d_delta * delta + theta", "d_delta + theta"),
    ("huber", "comparison", "inside = np.abs(r) <= delta", "inside = r <= delta"),
    ("huber", "sister", "np.where(inside, r, delta * np.sign(r))", "np.where(inside, r, delta)"),
    ("huber", "where", "np.where(inside, 0.0, np.abs(r) - delta)", "np.where(inside, np.abs(r) - delta, 0.0)"),
    # ARD.
    ("ard", "chain", "noise = np.exp(2 * h.log_noise)\n    Kinv", "noise = np.exp(h.log_noise)\n    Kinv"),
    ("ard", "scale", "W = 0.5 * (Kinv", "W = (Kinv"),
    ("ard", "exponent", "kernel * difference**2", "kernel * difference"),
    ("ard", "saved", "d_lengths[k] = np.sum(W * kernel *", "d_lengths[k] = np.sum(Kinv * kernel *"),
    ("ard", "sign", "level=-alpha.sum()", "level=alpha.sum()"),
    ("ard", "index", "/ lengths[k]", "/ lengths[0]"),
    # Contrastive.
    ("contrastive", "sign", "unnormalise(-d_diff, v, nv)", "unnormalise(d_diff, v, nv)"),
    ("contrastive", "saved", "unnormalise(-d_diff, v, nv)", "unnormalise(-d_diff, u, nv)"),
    ("contrastive", "term", "(g - unit * np.sum(g * unit, axis=1, keepdims=True))", "g"),
    ("contrastive", "chain", "(d_dist / d)[:, np.newaxis]", "d_dist[:, np.newaxis]"),
    ("contrastive", "dropped", "left.T @ gz_left + right.T @ gz_right", "left.T @ gz_left"),
    ("contrastive", "swap", "2 * (same * d - (1 - same) * gap)", "2 * ((1 - same) * d - same * gap)"),
    # Residual.
    ("residual", "term", "return g + d_pre @", "return d_pre @"),
    ("residual", "saved", "np.exp(-self.pre))", "np.exp(-self.act))"),
    ("residual", "axis", 'd_act = g @ self.weight("second").T', 'd_act = g @ self.weight("second")'),
    ("residual", "axis", "first=self.x.T @ d_pre", "first=d_pre.T @ self.x"),
    (
        "residual",
        "order",
        "modules[::-1]:\n        g = module.backward(g)",
        "modules[::-1]:\n        module.backward(g)",
    ),
    ("residual", "name", 'g + d_pre @ self.weight("first").T', 'g + d_pre @ self.weight("second").T'),
    # Heads.
    ("heads", "axis", '"hlm,hld->hmd", d_scores, q', '"hlm,hmd->hld", d_scores, q'),
    ("heads", "scale", "    d_scores /= HD**0.5\n", ""),
    ("heads", "scale", "d_scores /= HD**0.5", "d_scores /= E**0.5"),
    ("heads", "diagonal", "a * (d_a - (d_a * a).sum(-1, keepdims=True))", "a * (1 - a) * d_a"),
    ("heads", "axis", "(d_a * a).sum(-1, keepdims=True)", "(d_a * a).sum(-2, keepdims=True)"),
    ("heads", "swap", "for d in (d_q, d_k, d_v)", "for d in (d_k, d_q, d_v)"),
    # Radial.
    ("radial", "exponent", "common @ away / width**2", "common @ away / width"),
    ("radial", "index", "residual * weights[j + 1]", "residual * weights[j]"),
    ("radial", "term", "g_weights = B.T @ residual + 0.02 * weights", "g_weights = B.T @ residual + 0.01 * weights"),
    ("radial", "chain", "common = residual * weights[j + 1] * B[:, j + 1]", "common = residual * B[:, j + 1]"),
    ("radial", "sign", "away = points - centre", "away = centre - points"),
    # Poisson.
    ("poisson", "chain", "rate = exposure * np.exp", "rate = np.exp"),
    ("poisson", "term", 'effects=by_group + p["effects"] / tau**2', "effects=by_group"),
    ("poisson", "exponent", 'effects=by_group + p["effects"] / tau**2', 'effects=by_group + p["effects"] / tau'),
    ("poisson", "axis", "(Z * score[:, None]).sum(axis=0)", "(Z * score[:, None]).sum()"),
    ("poisson", "term", 'log_tau=len(p["effects"]) - (', "log_tau=-("),
    # Weibull.
    ("weibull", "term", "event * (1 + k * log_ratio)", "event * (k * log_ratio)"),
    ("weibull", "chain", "by_scale = (event - cumulative) * k", "by_scale = event - cumulative"),
    ("weibull", "sign", "g_shape = -np.mean", "g_shape = np.mean"),
    ("weibull", "scale", "age, axis=0) / n", "age, axis=0)"),
    ("weibull", "saved", "- cumulative * k * log_ratio", "- cumulative * k * np.log(duration)"),
    # Components.
    ("components", "dropped", "(shifted.T @ g_missing + g_missing.T @ shifted)", "(shifted.T @ g_missing)"),
    ("components", "term", "g_shifted = g_missing - (g_missing @ axes) @ axes.T", "g_shifted = g_missing"),
    ("components", "scale", "g_axes += strength * axes @", "g_axes += 2 * strength * axes @"),
    ("components", "sign", "g_axes = -(shifted", "g_axes = (shifted"),
    ("components", "accumulation", "g_axes += strength", "g_axes = strength"),
    # Epidemic.
    ("epidemic", "index", "states[day + 1][1] - reported", "states[day][1] - reported"),
    ("epidemic", "term", " + li * step * beta * i,", ","),
    ("epidemic", "sign", "g_gamma -= step", "g_gamma += step"),
    ("epidemic", "range", "range(days - 1, -1, -1)", "range(days - 1, 0, -1)"),
    ("epidemic", "name", "ls * step * (beta * s + waning)", "ls * step * (beta * i + waning)"),
    # Siamese.
    ("siamese", "comparison", "return np.where(z > 0, 1.0", "return np.where(z < 0, 1.0"),
    ("siamese", "sign", "s = -1 / (1 +", "s = 1 / (1 +"),
    ("siamese", "chain", "d_gap * items * elu_grad(pre)", "d_gap * items"),
    ("siamese", "saved", "elu_grad(pre)\n", "elu_grad(hu)\n"),
    ("siamese", "name", "(better - worse).T @ (d_gap * hu)", "better.T @ (d_gap * hu)"),
    ("siamese", "chain", "d_gap = (t * s)[:, None]", "d_gap = s[:, None]"),
)
_PAIRS = (
    (
        ("gru", "double", "dr = dn * inner * r * (1 - r)", "dr = dn * inner * r"),
        ("carry * (1 - z) * (1 - n**2)", "carry * (1 - z) * n**2"),
    ),
    (
        ("layernorm", "double", "dshift = grad.sum(axis=0)", "dshift = grad.mean(axis=0)"),
        ("    grad -= xhat * along\n", "    grad += xhat * along\n"),
    ),
    (("mixture", "double", "gamma * (1 - u**2)", "gamma * (1 - u)"), ("(1 - h**2)", "(1 - h)")),
    (
        ("pooling", "double", "error = 2 * (out", "error = (out"),
        ("upstream * self.x**2 * bell", "upstream * self.x * bell"),
    ),
    (
        ("huber", "double", "out[:-1] = -X.T @ psi", "out[:-1] = X.T @ psi"),
        ("d_delta * delta + theta", "d_delta + theta"),
    ),
    (("ard", "double", "log_noise=2 * noise *", "log_noise=noise *"), ("level=-alpha.sum()", "level=alpha.sum()")),
    (
        ("contrastive", "double", '"margin": np.sum(2 * (1 - same)', '"margin": np.sum(2 * same'),
        ("unnormalise(-d_diff, v, nv)", "unnormalise(d_diff, v, nv)"),
    ),
    (
        ("residual", "double", "bias=d_pre.sum(axis=0)", "bias=d_pre.mean(axis=0)"),
        ("g = (out - goals) / BATCH", "g = out - goals"),
    ),
    (("radial", "double", "common @ away / width**2", "common @ away / width"), ("0.02 * weights", "0.01 * weights")),
    (
        ("poisson", "double", "intercept=score.sum()", "intercept=score.mean()"),
        ('p["effects"] / tau**2', 'p["effects"] * tau**2'),
    ),
    (
        ("weibull", "double", "g_base = np.mean(by_scale)", "g_base = np.sum(by_scale)"),
        ("event * (1 + k * log_ratio)", "event * (1 - k * log_ratio)"),
    ),
    (
        ("epidemic", "double", "g_beta += step * s * i * (li - ls)", "g_beta += step * s * i * (ls - li)"),
        ("* (1 - s - i) * ls", "* (1 - s) * ls"),
    ),
)

SINGLE = tuple(Planted(file, old, new, kind) for file, kind, old, new in _SLIPS)
DOUBLE = tuple(Planted(file, old, new, kind, also=also) for (file, kind, old, new), also in _PAIRS)
