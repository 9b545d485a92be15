"""Objectives of physics, learning and engineering."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(3)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import numpy as np\nimport math\n" + source, data, params))


X = R.normal(size=(20, 4))
Y = R.normal(size=20)
C = R.poisson(2.0, 20)
G = R.integers(0, 5, 20)

program(
    "mlp_list_of_weights",
    """
def forward(x, weights):
    h = x
    for k, (W, b) in enumerate(weights):
        h = h @ W + b
        if k < len(weights) - 1:
            h = np.tanh(h)
    return h

def objective(W1, b1, W2, b2, x, y):
    out = forward(x, [(W1, b1), (W2, b2)])
    return np.mean((out[:, 0] - y) ** 2)
""",
    dict(x=X, y=Y),
    dict(W1=R.normal(size=(4, 3)), b1=R.normal(size=3), W2=R.normal(size=(3, 1)), b2=R.normal(size=1)),
)
program(
    "params_dict_nested",
    """
def objective(params, x, y):
    h = np.tanh(x @ params["enc"]["W"] + params["enc"]["b"])
    return ((h @ params["dec"] - y) ** 2).sum()
""",
    dict(x=X, y=Y),
    dict(params={"enc": {"W": R.normal(size=(4, 3)), "b": np.zeros(3)}, "dec": R.normal(size=3)}),
)
program(
    "rosenbrock_variants",
    """
def objective(x):
    s = 0
    n = len(x)
    for i in range(n - 1):
        s += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return s + sum(100.0 * (x[1:] - x[:-1]**2.0)**2.0 + (1 - x[:-1])**2.0)
""",
    {},
    dict(x=R.normal(size=6)),
)
program(
    "broyden",
    """
def objective(x):
    n = x.size
    total = 0.0
    for i in range(n):
        left = x[i - 1] if i > 0 else 0.0
        right = x[i + 1] if i < n - 1 else 0.0
        total += ((3 - 2 * x[i]) * x[i] - left - 2 * right + 1) ** 2
    return total
""",
    {},
    dict(x=R.normal(size=7)),
)
program(
    "lennard_jones",
    """
def objective(coords, eps, sigma):
    pos = coords.reshape(-1, 3)
    n = pos.shape[0]
    e = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            r = np.sqrt(np.sum((pos[i] - pos[j]) ** 2))
            sr6 = (sigma / r) ** 6
            e += 4 * eps * (sr6 ** 2 - sr6)
    return e
""",
    dict(eps=1.0, sigma=1.0),
    dict(coords=R.normal(size=15) * 2),
)
program(
    "lj_vector",
    """
def objective(coords):
    pos = coords.reshape((-1, 3))
    i, j = np.triu_indices(len(pos), k=1)
    d = pos[i] - pos[j]
    r2 = np.einsum('ij,ij->i', d, d)
    inv = 1.0 / r2 ** 3
    return np.sum(4 * (inv ** 2 - inv))
""",
    {},
    dict(coords=R.normal(size=15) * 2),
)
program(
    "heat_equation",
    """
def objective(k, u0, target, nt):
    u = u0.copy()
    dx, dt = 0.1, 0.001
    for _ in range(nt):
        un = u.copy()
        u[1:-1] = un[1:-1] + k * dt / dx**2 * (un[2:] - 2 * un[1:-1] + un[:-2])
        u[0] = u[1]
        u[-1] = u[-2]
    return np.sum((u - target) ** 2)
""",
    dict(u0=np.sin(np.linspace(0, 3, 21)), target=np.zeros(21), nt=30),
    dict(k=0.7),
)
program(
    "kepler",
    """
def kepler(M, e):
    E = M if e < 0.8 else np.pi
    while True:
        dE = (E - e * np.sin(E) - M) / (1 - e * np.cos(E))
        E -= dE
        if np.abs(dE) < 1e-12:
            break
    return E

def objective(theta, t, v):
    P, K, e, w = np.exp(theta[0]), theta[1], 1 / (1 + np.exp(-theta[2])), theta[3]
    chi2 = 0
    for ti, vi in zip(t, v):
        M = 2 * np.pi * (ti / P) % (2 * np.pi)
        E = kepler(M, e)
        nu = 2 * np.arctan2(np.sqrt(1 + e) * np.sin(E / 2), np.sqrt(1 - e) * np.cos(E / 2))
        chi2 += (vi - K * (np.cos(nu + w) + e * np.cos(w))) ** 2
    return chi2
""",
    dict(t=np.sort(R.uniform(0, 10, 9)), v=R.normal(size=9)),
    dict(theta=np.array([1.1, 0.8, -0.5, 0.3])),
)
program(
    "q_learning",
    """
def objective(alpha_raw, beta, choices, rewards):
    alpha = 1.0 / (1.0 + np.exp(-alpha_raw))
    Q = np.array([0.5, 0.5])
    nll = 0.0
    for c, r in zip(choices, rewards):
        p = np.exp(beta * Q) / np.sum(np.exp(beta * Q))
        nll -= np.log(p[c])
        Q[c] += alpha * (r - Q[c])
    return nll
""",
    dict(choices=R.integers(0, 2, 25), rewards=R.integers(0, 2, 25)),
    dict(alpha_raw=0.2, beta=1.5),
)
program(
    "hawkes",
    """
def objective(log_mu, log_alpha, log_beta, times, T):
    mu, alpha, beta = math.exp(log_mu), math.exp(log_alpha), math.exp(log_beta)
    A = 0.0
    ll = math.log(mu)
    for i in range(1, len(times)):
        A = math.exp(-beta * (times[i] - times[i-1])) * (1 + A)
        ll += math.log(mu + alpha * A)
    comp = mu * T + alpha / beta * np.sum(1 - np.exp(-beta * (T - times)))
    return -(ll - comp)
""",
    dict(times=np.sort(R.uniform(0, 10, 15)), T=10.0),
    dict(log_mu=0.1, log_alpha=-0.5, log_beta=0.2),
)
program(
    "attention",
    """
def softmax(z, axis=-1):
    z = z - z.max(axis=axis, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=True)

def objective(Wq, Wk, Wv, x):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    a = softmax(q @ k.T / np.sqrt(k.shape[-1]))
    mask = np.tril(np.ones((len(x), len(x)))).astype(bool)
    b = softmax(np.where(mask, q @ k.T, -1e9), axis=1)
    return np.sum((a @ v) ** 2) + np.mean(b @ v)
""",
    dict(x=X),
    dict(Wq=R.normal(size=(4, 3)), Wk=R.normal(size=(4, 3)), Wv=R.normal(size=(4, 3))),
)
program(
    "conv_loops",
    """
def conv2d(img, k):
    H, W = img.shape
    kh, kw = k.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(img[i:i + kh, j:j + kw] * k)
    return out

def objective(k, img):
    return np.mean(np.maximum(conv2d(img, k), 0) ** 2)
""",
    dict(img=R.normal(size=(8, 7))),
    dict(k=R.normal(size=(3, 2))),
)
program(
    "pose_graph",
    """
def rot(a):
    return np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])

def objective(poses, edges, meas):
    p = poses.reshape(-1, 3)
    cost = 0.0
    for (i, j), m in zip(edges, meas):
        d = rot(p[i, 2]).T @ (p[j, :2] - p[i, :2]) - m[:2]
        da = p[j, 2] - p[i, 2] - m[2]
        da = np.arctan2(np.sin(da), np.cos(da))
        cost += d @ d + da ** 2
    return cost
""",
    dict(edges=np.array([[0, 1], [1, 2], [2, 3], [0, 3]]), meas=R.normal(size=(4, 3))),
    dict(poses=R.normal(size=12)),
)
program(
    "state_dict_loop",
    """
def objective(p, forcing):
    state = {"S": 0.9, "I": 0.1}
    out = []
    for f in forcing:
        new = p[0] * state["S"] * state["I"] * f
        state["S"] -= new
        state["I"] = state["I"] + new - p[1] * state["I"]
        out.append(state["I"])
    return np.sum(np.square(out))
""",
    dict(forcing=np.abs(Y)),
    dict(p=np.array([0.5, 0.2])),
)
program(
    "var_model",
    """
def objective(A, c, L, Y):
    T, k = Y.shape
    chol = np.tril(L)
    Sigma = chol @ chol.T + 0.1 * np.eye(k)
    inv = np.linalg.inv(Sigma)
    ll = 0
    for t in range(1, T):
        e = Y[t] - c - A.dot(Y[t - 1])
        ll += -0.5 * (e.T.dot(inv).dot(e) + np.log(np.linalg.det(Sigma)) + k * np.log(2 * np.pi))
    return -ll
""",
    dict(Y=R.normal(size=(15, 2))),
    dict(A=R.normal(size=(2, 2)) * 0.3, c=np.zeros(2), L=np.eye(2)),
)
program(
    "nelson_siegel",
    """
def ns(tau, b0, b1, b2, lam):
    x = tau / lam
    f = (1 - np.exp(-x)) / x
    return b0 + b1 * f + b2 * (f - np.exp(-x))

def objective(params, tau, y):
    return np.sum((ns(tau, *params) - y) ** 2)
""",
    dict(tau=np.array([0.25, 0.5, 1, 2, 5, 10, 30]), y=np.array([0.1, 0.2, 0.3, 0.5, 0.9, 1.2, 1.5])),
    dict(params=np.array([1.5, -1.0, 0.3, 1.8])),
)
program(
    "nan_mask",
    """
def objective(mu, log_s, y):
    ok = ~np.isnan(y)
    z = (y[ok] - mu) / np.exp(log_s)
    total = 0.5 * np.nansum((y - mu) ** 2)
    return 0.5 * (z ** 2).sum() + ok.sum() * log_s + total + np.nanmean(y) * mu
""",
    dict(y=np.where(R.random(20) < 0.3, np.nan, Y)),
    dict(mu=0.2, log_s=0.1),
)
program(
    "dp_table",
    """
def objective(theta, a, b):
    n, m = len(a), len(b)
    D = np.full((n + 1, m + 1), 1e3)
    D[0, 0] = 0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (theta[0] * a[i-1] - theta[1] * b[j-1]) ** 2
            D[i, j] = cost + min(D[i-1, j], D[i, j-1], D[i-1, j-1])
    return D[n, m]
""",
    dict(a=Y[:6], b=Y[6:11]),
    dict(theta=np.array([1.0, 0.7])),
)
program(
    "lists_of_arrays_runtime_index",
    """
def objective(theta, groups, n_groups, y):
    sums = [0.0] * n_groups
    counts = [0] * n_groups
    for g, v in zip(groups, y):
        sums[g] += (v - theta[g]) ** 2
        counts[g] += 1
    return sum(s / c for s, c in zip(sums, counts) if c > 0)
""",
    dict(groups=G, n_groups=5, y=Y),
    dict(theta=R.normal(size=5)),
)
program(
    "meshgrid_outer",
    """
def objective(c, w):
    xs = np.linspace(-1, 1, 9)
    XX, YY = np.meshgrid(xs, xs)
    Z = np.exp(-((XX - c[0]) ** 2 + (YY - c[1]) ** 2) / w)
    return -np.log(Z.sum() * (xs[1] - xs[0]) ** 2) + Z.max()
""",
    {},
    dict(c=np.array([0.1, 0.2]), w=0.5),
)
program(
    "cumulative_ops",
    """
def objective(h, t, d):
    H = np.cumsum(np.exp(h))
    S = np.exp(-H)
    f = np.diff(np.concatenate(([1.0], S)))
    L = np.where(d == 1, -f[t], S[t])
    p = np.cumprod(1 - np.minimum(np.exp(h), 0.9))
    return -np.log(L).sum() + p[-1] + np.logaddexp.reduce(h) + np.maximum.accumulate(h)[-1]
""",
    dict(t=R.integers(0, 6, 12), d=R.integers(0, 2, 12)),
    dict(h=R.normal(size=6) - 1),
)
program(
    "tuple_params_and_indexing",
    """
def objective(theta, x, y, idx):
    slope, inter = theta[idx["slope"]], theta[idx["intercept"]]
    tau = theta[-1]
    resid = y - (slope * x[:, 0] + inter)
    return (resid ** 2 / np.exp(2 * tau)).sum() / 2 + len(y) * tau
""",
    dict(x=X, y=Y, idx={"slope": 0, "intercept": 1}),
    dict(theta=np.array([0.3, 0.1, 0.2])),
)
program(
    "matrix_functions",
    """
def objective(a, M):
    E = np.eye(3)
    term = np.eye(3)
    A = a * M
    for k in range(1, 12):
        term = term @ A / k
        E = E + term
    w, V = np.linalg.eigh(M + M.T + a * np.eye(3))
    return np.trace(E) + np.linalg.norm(E, 'fro') + w[0] * w[-1] + np.linalg.matrix_power(A, 3)[0, 1]
""",
    dict(M=R.normal(size=(3, 3)) * 0.4),
    dict(a=0.6),
)
program(
    "bool_arith_and_types",
    """
def objective(b, smoker, age, y):
    lp = b[0] + b[1] * smoker + b[2] * (age - np.mean(age)) / age.std() + b[3] * (smoker & (age > 40))
    p = 1.0 / (1.0 + np.exp(-lp))
    return -np.sum(np.log(np.where(y, p, 1 - p))) + 0.01 * b.dot(b)
""",
    dict(smoker=R.random(20) < 0.4, age=R.integers(20, 70, 20), y=R.random(20) < 0.5),
    dict(b=R.normal(size=4) * 0.3),
)
program(
    "gaussian_process_se",
    """
def cov(a, b, p):
    amp, ls = p
    d2 = ((a[:, None, :] - b[None, :, :]) / ls) ** 2
    return amp * np.exp(-0.5 * d2.sum(-1))

def objective(log_p, log_noise, X, y):
    K = cov(X, X, np.exp(log_p)) + np.exp(log_noise) * np.eye(X.shape[0])
    L = np.linalg.cholesky(K)
    from scipy.linalg import cho_solve
    alpha = cho_solve((L, True), y)
    return 0.5 * y.dot(alpha) + np.log(L.diagonal()).sum() + 0.5 * y.shape[0] * np.log(2 * np.pi)
""",
    dict(X=X, y=Y),
    dict(log_p=np.array([0.1, 0.3]), log_noise=-1.0),
)
program(
    "kalman_lists",
    """
def objective(log_q, log_r, y):
    q, r = np.exp(log_q), np.exp(log_r)
    m, P = [0.0], [1.0]
    nll = 0.0
    for k in range(len(y)):
        mp = m[-1]
        Pp = P[-1] + q
        S = Pp + r
        K = Pp / S
        m.append(mp + K * (y[k] - mp))
        P.append((1 - K) * Pp)
        nll += 0.5 * (np.log(2 * np.pi * S) + (y[k] - mp) ** 2 / S)
    return nll
""",
    dict(y=Y),
    dict(log_q=-0.5, log_r=0.2),
)
program(
    "zip_star_transpose",
    """
def objective(theta, pts):
    xs, ys = zip(*pts)
    total = 0
    for x, y in zip(xs, ys):
        total += (y - theta[0] - theta[1] * x) ** 2
    xs2, ys2 = pts.T
    return total + np.dot(xs2, ys2) * theta[0]
""",
    dict(pts=R.normal(size=(6, 2))),
    dict(theta=np.array([0.3, 0.1])),
)
program(
    "ordered_simplex_transforms",
    """
def simplex(z):
    K = len(z) + 1
    x = np.zeros(K)
    stick = 1.0
    lj = 0.0
    for k in range(K - 1):
        v = 1 / (1 + np.exp(-(z[k] - np.log(K - k - 1))))
        x[k] = stick * v
        lj += np.log(v) + np.log1p(-v) + np.log(stick)
        stick -= x[k]
    x[-1] = stick
    return x, lj

def objective(z, o, y):
    pi, lj = simplex(z)
    mu = np.concatenate([o[:1], o[0] + np.cumsum(np.exp(o[1:]))])
    ll = np.log(np.sum(pi * np.exp(-0.5 * (y[:, None] - mu) ** 2), axis=1)).sum()
    return -(ll + lj + o[1:].sum())
""",
    dict(y=Y),
    dict(z=np.array([0.1, -0.2]), o=np.array([-1.0, 0.2, 0.1])),
)
program(
    "count_nonzero_argmax_etc",
    """
def objective(w, x, labels):
    scores = x @ w
    margins = np.maximum(0, 1 + scores - scores[np.arange(len(labels)), labels][:, None])
    margins[np.arange(len(labels)), labels] = 0
    best = scores.argmax(axis=1)
    return margins.sum() / len(labels) + 0.1 * np.linalg.norm(w) ** 2 + np.take_along_axis(scores, best[:, None], 1).mean() + np.count_nonzero(labels > 1) * w[0, 0]
""",
    dict(x=X, labels=R.integers(0, 3, 20)),
    dict(w=R.normal(size=(4, 3))),
)
program(
    "global_constants_helpers",
    """
G = 6.674
MASSES = [1.0, 0.5, 0.2]
N = len(MASSES)
DT = 0.01

def accel(pos):
    acc = np.zeros_like(pos)
    for i in range(N):
        for j in range(N):
            if i != j:
                d = pos[j] - pos[i]
                acc[i] += G * MASSES[j] * d / (np.dot(d, d) + 0.01) ** 1.5
    return acc

def objective(x0, v0, target):
    x, v = x0.copy(), v0.copy()
    a = accel(x)
    for step in range(20):
        v += 0.5 * DT * a
        x += DT * v
        a = accel(x)
        v += 0.5 * DT * a
    return np.sum((x - target) ** 2)
""",
    dict(target=np.zeros((3, 2))),
    dict(x0=R.normal(size=(3, 2)), v0=R.normal(size=(3, 2))),
)
program(
    "integrals_and_roots_of_functions",
    """
from scipy import integrate
from scipy.integrate import fixed_quad, quad
from scipy.optimize import brentq

def catch(f, m):
    return f / (f + m) * (1 - np.exp(-f - m))

def objective(a, b, y):
    norm, _ = quad(lambda t: np.exp(-a * t ** 2 - b * t), 0, 3)
    tail = quad(lambda t, k: np.exp(-a * t ** 2) * (1 + k * t ** 2), -np.inf, np.inf, args=(b,))[0]
    above = integrate.quad(lambda t: 1 / (1 + a * t ** 4), b, np.inf, epsabs=1e-12)[0]
    total = fixed_quad(lambda t: np.exp(-a * t) * b, 0, a, n=8)[0]
    for v in y:
        total += brentq(lambda f: catch(f, a) - v * b, 1e-6, 5.0) ** 2
    return np.log(norm) + tail * above + total
""",
    dict(y=np.array([0.3, 0.4, 0.6])),
    dict(a=0.5, b=1.1),
)
