"""Objectives in many styles: what people write, one construct or two at a time.

Each entry is (name, source, data, params); the source's last function called `objective` is compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

RNG = np.random.default_rng(7)
X = RNG.normal(size=(12, 3))
Y = RNG.normal(size=12)
COUNTS = RNG.poisson(3.0, 12)
GROUP = RNG.integers(0, 4, 12)
SPD = X.T @ X + np.eye(3)

PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import numpy as np\nimport math\n" + source, data, params))


program(
    "dict_of_parameters",
    """
def objective(theta, y):
    p = {"mu": theta[0], "sigma": np.exp(theta[1])}
    total = 0.0
    for key, value in p.items():
        total += value ** 2 if key == "sigma" else abs(value)
    return total + np.sum((y - p["mu"]) ** 2) / p["sigma"]
""",
    {"y": Y},
    {"theta": np.array([0.3, 0.2])},
)
program(
    "reduce_and_map",
    """
from functools import reduce, partial

def scaled(factor, v):
    return factor * np.tanh(v)

def objective(theta, y):
    f = partial(scaled, theta[0])
    s = reduce(lambda u, v: u + v, map(f, y))
    return s ** 2 + sum(map(lambda v: v * v, theta))
""",
    {"y": Y},
    {"theta": np.array([0.3, 0.2])},
)
program(
    "while_with_break_and_else",
    """
def objective(a, tol):
    x, k = 1.0, 0
    while k < 50:
        new = 0.5 * (x + a / x)
        if abs(new - x) < tol:
            x = new
            break
        x = new
        k += 1
    else:
        x = -1.0
    return x ** 2 + math.sqrt(a)
""",
    {"tol": 1e-10},
    {"a": 2.5},
)
program(
    "nested_return_in_loops",
    """
def first_above(values, limit):
    for i, v in enumerate(values):
        for j in range(2):
            if v + j > limit:
                return v * (i + 1) + j
    return -1.0

def objective(theta, y):
    return first_above(theta[0] * y, 0.5) ** 2 + first_above(y * theta[1], 99.0)
""",
    {"y": Y},
    {"theta": np.array([1.3, 0.2])},
)
program(
    "list_of_lists_and_append_in_nested_loops",
    """
def objective(theta, x):
    rows = []
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            if x[i, j] > 0:
                rows.append(x[i, j] * theta[j])
    out = np.array(rows)
    return np.sum(out ** 2) + len(rows)
""",
    {"x": X},
    {"theta": np.array([1.0, -0.5, 2.0])},
)
program(
    "comprehension_with_condition",
    """
def objective(theta, y):
    pos = [theta[0] * v for v in y if v > 0]
    neg = sum(theta[1] * v ** 2 for v in y if v <= 0)
    grid = [[i * j * theta[0] for j in range(3)] for i in range(2)]
    return sum(pos) + neg + np.sum(np.array(grid)) ** 2
""",
    {"y": Y},
    {"theta": np.array([1.3, 0.2])},
)
program(
    "carried_arrays_swap",
    """
def objective(theta, n):
    a, b = np.exp(theta), np.sin(theta)
    for _ in range(n):
        a, b = b + 0.1 * a, a * 0.5
    return np.sum(a * b)
""",
    {"n": 7},
    {"theta": np.array([0.1, 0.4, -0.3])},
)
program(
    "matrix_powers_in_a_loop",
    """
def objective(F, x0, y):
    x = x0
    total = 0.0
    for t in range(len(y)):
        x = F @ x
        total += (y[t] - x[0]) ** 2
    return total
""",
    {"y": Y},
    {"F": np.array([[0.9, 0.2], [-0.1, 0.8]]), "x0": np.array([1.0, 0.5])},
)
program(
    "in_place_slices_and_masks",
    """
def objective(theta, y):
    m = np.zeros((len(y), 2))
    m[:, 0] = theta[0] * y
    m[1:, 1] = m[:-1, 0] * theta[1]
    m[y > 0, 1] += 1.0
    m[0] *= 2
    v = m.sum(axis=1)
    v[::2] -= 0.3
    v[-1] = v[0] * v[1]
    return (v ** 2).mean() + m[3, 1]
""",
    {"y": Y},
    {"theta": np.array([1.3, 0.2])},
)
program(
    "views_alias",
    """
def objective(theta):
    a = np.zeros(6)
    b = a[1:4]
    b += theta[0]
    a[2] = theta[1] ** 2
    c = a.reshape(2, 3)
    c[1, 0] += b[1] * theta[0]
    return np.sum(a * np.arange(6.0)) + b.sum()
""",
    {},
    {"theta": np.array([1.3, 0.7])},
)
program(
    "fancy_indexing",
    """
def objective(u, group, x):
    eta = u[group] * x[:, 0] + u[group[::-1]]
    table = np.outer(u, u)
    picked = table[group, (group + 1) % len(u)]
    total = np.zeros(len(u))
    np.add.at(total, group, eta)
    w = np.bincount(group, weights=eta, minlength=len(u))
    return np.sum(np.sin(eta)) + picked.sum() + np.sum(total ** 2) + (w ** 3).sum()
""",
    {"group": GROUP, "x": X},
    {"u": np.array([0.5, -0.2, 0.3, 0.9])},
)
program(
    "linear_algebra",
    """
def objective(a, b, S, y):
    M = S * np.exp(a) + np.diag(np.exp(b))
    L = np.linalg.cholesky(M)
    z = np.linalg.solve(L, y[:3])
    sign, logdet = np.linalg.slogdet(M)
    return z @ z + 2 * np.log(np.diag(L)).sum() + logdet + np.trace(np.linalg.inv(M)) + np.linalg.det(M)
""",
    {"S": SPD, "y": Y},
    {"a": 0.2, "b": np.array([0.1, -0.2, 0.3])},
)
program(
    "scipy_linalg",
    """
from scipy import linalg
from scipy.linalg import cho_factor, cho_solve, solve_triangular

def objective(a, S, y):
    M = S + a ** 2 * np.eye(3)
    U = linalg.cholesky(M)
    w = solve_triangular(U, y[:3], trans="T")
    c = cho_factor(M)
    v = cho_solve(c, y[:3])
    return w @ w + v.sum() ** 2 + np.log(np.diag(U)).sum()
""",
    {"S": SPD, "y": Y},
    {"a": 0.7},
)
program(
    "strings_and_flags",
    """
LINKS = {"log": np.exp, "identity": lambda v: v}

def objective(theta, y, link, robust=False, weights=None):
    mu = LINKS[link](theta[0] + theta[1] * y)
    r = y - mu
    loss = np.abs(r) if robust else r ** 2
    if weights is not None:
        loss = weights * loss
    return loss.mean()
""",
    {"y": Y, "link": "log", "robust": True},
    {"theta": np.array([0.3, 0.2])},
)
program(
    "star_arguments",
    """
def model(x, *coef, scale=1.0, **extra):
    out = 0.0
    for k, c in enumerate(coef):
        out = out + c * x ** k
    return scale * out + extra.get("shift", 0.0)

def objective(theta, y):
    a, *rest = theta
    fit = model(y, *theta, scale=2.0, shift=a)
    first, *_, last = (a, 1.0, rest[0], rest[-1])
    return np.sum((fit - first * last) ** 2)
""",
    {"y": Y},
    {"theta": np.array([0.3, 0.2, -0.1])},
)
program(
    "recursion_on_known_values",
    """
def poly(c, x, n):
    return c[0] if n == 0 else c[n] * x ** n + poly(c, x, n - 1)

def objective(theta, y):
    return np.sum(poly(theta, y, 2) ** 2)
""",
    {"y": Y},
    {"theta": np.array([0.3, 0.2, -0.1])},
)
program(
    "conditions_on_parameters",
    """
def huber(r, delta):
    if abs(r) <= delta:
        return 0.5 * r ** 2
    elif r > 0:
        return delta * (r - 0.5 * delta)
    else:
        return delta * (-r - 0.5 * delta)

def objective(mu, delta, y):
    total = 0
    for v in y:
        if v is None or v < -1.5:
            continue
        total += huber(v - mu, delta)
    return total / len(y) if delta > 0 and mu < 10 else np.inf
""",
    {"y": Y},
    {"mu": 0.1, "delta": 0.8},
)
program(
    "broadcasting_and_reductions",
    """
def objective(mu, log_sd, x):
    z = (x[:, None, :] - mu[None, :, None]) / np.exp(log_sd)[:, None]
    d = -0.5 * (z ** 2).sum(axis=-1)
    m = d.max(axis=1, keepdims=True)
    ll = m.squeeze() + np.log(np.exp(d - m).sum(1))
    return -ll.sum() + np.var(z) + z.std(axis=0, ddof=1).mean() + np.prod(np.exp(log_sd))
""",
    {"x": X},
    {"mu": np.array([0.1, -0.4]), "log_sd": np.array([0.2, 0.1])},
)
program(
    "statistics_functions",
    """
def objective(theta, x, y):
    f = x @ theta
    c = np.cov(f, y)
    r = np.corrcoef(f, y)[0, 1]
    return c[0, 1] + r + np.median(f) + np.percentile(f, 30) + np.ptp(f) + np.average(f, weights=np.exp(y))
""",
    {"x": X, "y": Y},
    {"theta": np.array([0.3, 0.2, -0.1])},
)
program(
    "shapes",
    """
def objective(theta, x):
    A = np.vstack([x, np.ones((2, 3))])
    B = np.hstack((A, A[:, :1]))
    C = np.concatenate([B.ravel(), theta])
    D = np.stack([theta, theta ** 2], axis=1)
    E = np.tile(theta, 2) * np.repeat(theta, 2)
    F = np.column_stack([theta, np.roll(theta, 1)])
    G = np.kron(D, np.eye(2))
    return C @ C + D.T.sum() + E[::-1].cumsum()[-2] + F[0] @ F[1] + G.sum() + np.flip(theta)[0] + A.T.shape[0]
""",
    {"x": X},
    {"theta": np.array([0.3, 0.2, -0.1])},
)
program(
    "sorting_and_searching",
    """
def objective(theta, y):
    s = np.sort(theta)
    o = np.argsort(y)
    k = np.searchsorted(np.sort(y), 0.1)
    i = np.argmax(theta)
    return s[0] * s[-1] + np.sum(y[o] * np.arange(len(y))) * theta[i] + k * theta[0] + np.interp(theta[1], np.sort(y), y[o] ** 2)
""",
    {"y": Y},
    {"theta": np.array([0.3, 0.2, -0.1])},
)
program(
    "bind_time_functions",
    """
def objective(mu, y, g):
    levels, inverse = np.unique(g, return_inverse=True)
    counts = np.bincount(inverse)
    edges = np.histogram(y, bins=4)[1]
    rows, cols = np.tril_indices(3)
    return np.sum((y - mu[inverse]) ** 2) + np.sum(counts * mu[: len(levels)]) + edges.sum() * mu[0] + rows.sum()
""",
    {"y": Y, "g": GROUP + 10},
    {"mu": np.array([0.3, 0.2, -0.1, 0.5])},
)
program(
    "special_functions",
    """
from scipy.special import gammaln, digamma, expit, logit, logsumexp, erf, xlogy, softmax, betaln, ndtr, log_ndtr

def objective(a, y, k):
    p = expit(a[0] + a[1] * y)
    s = softmax(a)
    return (-xlogy(k, p).sum() + gammaln(k + np.exp(a[0])).sum() + digamma(np.exp(a[1])) + logit(p).mean()
            + logsumexp(a) + erf(a).sum() + s[0] + betaln(np.exp(a[0]), 2.0) + np.log(ndtr(a)).sum() - log_ndtr(a).sum())
""",
    {"y": Y, "k": COUNTS},
    {"a": np.array([0.3, 0.2])},
)
program(
    "distributions",
    """
from scipy import stats
from scipy.stats import norm, poisson, gamma as gamma_dist

def objective(theta, y, k):
    lp = norm.logpdf(y, loc=theta[0], scale=np.exp(theta[1])).sum()
    lp += poisson.logpmf(k, np.exp(theta[0])).sum()
    lp += stats.t(df=4, loc=theta[0]).logpdf(y).sum()
    lp += gamma_dist.logpdf(np.exp(theta[1]), 2.0, scale=0.5) + stats.beta.logpdf(0.3, np.exp(theta[0]), 2)
    lp += np.log(norm.cdf(theta[0])) + norm.logsf(theta[1]) + stats.expon.logpdf(np.exp(theta[1]), scale=2)
    lp += stats.multivariate_normal.logpdf(y[:2], mean=theta, cov=np.array([[2.0, 0.3], [0.3, 1.0]]))
    return -lp
""",
    {"y": Y, "k": COUNTS},
    {"theta": np.array([0.3, 0.2])},
)
program(
    "einsum_and_tensordot",
    """
def objective(A, x):
    q = np.einsum("ni,ij,nj->n", x, A, x)
    t = np.tensordot(x, A, axes=([1], [0]))
    return q.sum() + (t ** 2).sum() + np.einsum("ii", A) + np.vdot(A, A.T) + np.inner(A[0], A[1])
""",
    {"x": X},
    {"A": SPD / 10},
)
program(
    "polynomials_and_signals",
    """
def objective(c, y):
    p = np.polyval(c, y)
    k = np.convolve(y, c, mode="same")
    g = np.gradient(p) if len(y) > 1 else p
    return np.trapezoid(p ** 2, dx=0.5) + k.sum() + np.diff(p, n=2).sum() + g[1]
""",
    {"y": Y},
    {"c": np.array([0.3, 0.2, -0.1])},
)
program(
    "containers_as_data",
    """
def objective(theta, study, settings):
    total = 0.0
    for rec, w in zip(study, settings["weights"]):
        total = total + w * np.sum((rec["y"] - theta[0] * rec["x"]) ** 2)
    if settings["penalty"] == "ridge":
        total += settings["lam"] * np.sum(theta ** 2)
    return total
""",
    {
        "study": [{"x": X[:, 0], "y": Y}, {"x": X[:5, 1], "y": Y[:5]}],
        "settings": {"weights": [1.0, 0.5], "penalty": "ridge", "lam": 0.1},
    },
    {"theta": np.array([0.3, 0.2])},
)
program(
    "integers_and_types",
    """
def objective(theta, k, n):
    half = n // 2
    odd = n % 2 == 1
    idx = (k - 1) % half
    x = theta[0] ** 2 + k.astype(float).mean() / (1 + n) + float(half) + int(3.7) + -7 // 2
    y = np.where(odd, theta[1], -theta[1]) * (k > 2).sum() + (~(k > 2)).mean()
    return x + y + idx.sum() * theta[0] + 2 ** half + round(2.567, 2) + bool(n) * theta[1]
""",
    {"k": COUNTS, "n": 9},
    {"theta": np.array([0.3, 0.2])},
)
program(
    "nonlocal_and_closures",
    """
def make(theta):
    count = 0
    def add(v):
        nonlocal count
        count += 1
        return v * theta[count % 2]
    total = add(1.0) + add(2.0) + add(3.0)
    return total, count

def objective(theta):
    total, count = make(theta)
    fs = [lambda x, k=k: x ** k for k in range(3)]
    return total * count + sum(f(theta[0]) for f in fs)
""",
    {},
    {"theta": np.array([0.3, 0.2])},
)
program(
    "try_linalg_error",
    """
def objective(a, S):
    K = S - a * np.eye(3)
    try:
        L = np.linalg.cholesky(K)
        value = np.log(np.diag(L)).sum()
    except np.linalg.LinAlgError:
        value = 1e3 + a ** 2
    return value
""",
    {"S": SPD},
    {"a": 0.5},
)
program(
    "running_state_in_a_list",
    """
def objective(phi, y):
    state = [0.0]
    for t in range(1, len(y)):
        state.append(phi * state[-1] + y[t])
    s = np.array(state)
    best = max(state)
    return np.sum(s[1:] * s[:-1]) + best + state[3]
""",
    {"y": Y},
    {"phi": 0.6},
)
program(
    "two_dimensional_state",
    """
def step(state, p):
    s, i, r = state
    new = p[0] * s * i
    rec = p[1] * i
    return np.array([s - new, i + new - rec, r + rec])

def objective(p, cases):
    traj = np.empty((len(cases), 3))
    traj[0] = [0.99, 0.01, 0.0]
    for t in range(1, len(cases)):
        traj[t] = step(traj[t - 1], p)
    return np.sum((traj[:, 1] - cases) ** 2)
""",
    {"cases": np.abs(Y) / 10},
    {"p": np.array([0.8, 0.2])},
)
program(
    "apply_and_vectorize",
    """
def loss(r):
    if r > 0:
        return r
    return r ** 2

def objective(theta, x):
    f = np.vectorize(loss)
    return f(x @ theta).sum() + np.sum([loss(v) for v in theta])
""",
    {"x": X},
    {"theta": np.array([0.3, 0.2, -0.1])},
)
program(
    "walrus_chained_comparison_ternary",
    """
def objective(theta, y):
    total = 0.0
    for v in y:
        if -1 < (r := v - theta[0]) < 1:
            total += r ** 2
        else:
            total += 2 * abs(r) - 1 if r > 0 or theta[1] > 0 else 0.5 * abs(r)
    return total
""",
    {"y": Y},
    {"theta": np.array([0.3, 0.2])},
)
program(
    "matrix_assembled_by_index",
    """
def corr(theta, p):
    L = np.eye(p)
    L[np.tril_indices(p, -1)] = theta
    C = L @ L.T
    d = np.sqrt(np.diag(C))
    return C / np.outer(d, d)

def objective(theta, y):
    p = 3
    R = corr(theta, p)
    z = np.reshape(y, (-1, p))
    Q = np.linalg.inv(R)
    return 0.5 * np.sum((z @ Q) * z) + 0.5 * len(z) * np.log(np.linalg.det(R))
""",
    {"y": Y},
    {"theta": np.array([0.3, 0.2, -0.1])},
)
program(
    "reshaped_parameter_vector",
    """
def unpack(theta, shapes):
    out, k = [], 0
    for shape in shapes:
        n = int(np.prod(shape))
        out.append(theta[k:k + n].reshape(shape))
        k += n
    return out

def objective(theta, x, y):
    W1, b1, w2 = unpack(theta, [(3, 2), (2,), (2,)])
    h = np.maximum(0.1 * (x @ W1 + b1), x @ W1 + b1)
    return np.mean((h @ w2 - y) ** 2)
""",
    {"x": X, "y": Y},
    {"theta": np.linspace(-0.5, 0.6, 10)},
)
program(
    "accumulating_arrays",
    """
def objective(beta, x, y):
    fit = 0
    for j in range(x.shape[1]):
        fit = fit + beta[j] * x[:, j]
    grad = np.zeros_like(beta)
    for i, row in enumerate(x):
        grad += row * (fit[i] - y[i])
    return np.sum(grad ** 2)
""",
    {"x": X, "y": Y},
    {"beta": np.array([0.3, 0.2, -0.1])},
)
program(
    "hmm_forward_plain",
    """
def objective(logit_stay, mu, y):
    stay = 1 / (1 + np.exp(-logit_stay))
    P = np.array([[stay, 1 - stay], [1 - stay, stay]])
    alpha = np.array([0.5, 0.5])
    ll = 0
    for t in range(len(y)):
        dens = np.exp(-0.5 * (y[t] - mu) ** 2)
        alpha = (alpha @ P) * dens if t > 0 else alpha * dens
        c = alpha.sum()
        ll += np.log(c)
        alpha /= c
    return -ll
""",
    {"y": Y},
    {"logit_stay": 0.4, "mu": np.array([-0.5, 0.7])},
)
program(
    "numpy_from_imports",
    """
from numpy import exp, log, sum as total, array, pi, newaxis
import numpy.linalg as la
import scipy.stats as st

LOG_2PI = log(2 * pi)

def objective(theta, y):
    s = exp(theta[1])
    r = (y - theta[0]) / s
    return 0.5 * total(r[:, newaxis] ** 2) + y.size * (theta[1] + 0.5 * LOG_2PI) - st.norm.logpdf(theta[0]) + la.norm(array([theta[0], s]))
""",
    {"y": Y},
    {"theta": np.array([0.3, 0.2])},
)
