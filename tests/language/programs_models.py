"""Objectives of statistics, ecology and econometrics."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(5)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import numpy as np\nimport math\n" + source, data, params))


X = R.normal(size=(20, 3))
Y = R.normal(size=20)
C = R.poisson(2.0, 20)
G = R.integers(0, 5, 20)
T = np.sort(R.exponential(2.0, 20))
D = R.integers(0, 2, 20)

program(
    "cox_ties_breslow",
    """
def objective(beta, X, time, status):
    eta = np.dot(X, beta)
    ll = 0
    for t in np.unique(time[status == 1]):
        dead = (time == t) & (status == 1)
        risk = time >= t
        ll += eta[dead].sum() - dead.sum() * np.log(np.exp(eta[risk]).sum())
    return -ll
""",
    dict(X=X, time=np.round(T), status=D),
    dict(beta=np.array([0.1, 0.2, -0.1])),
)
program(
    "vpa",
    """
def objective(log_Fterm, log_q, catch, M, index):
    nyr, nage = catch.shape
    N = np.zeros((nyr, nage))
    F = np.zeros((nyr, nage))
    Fterm = np.exp(log_Fterm)
    F[-1, :] = Fterm
    N[-1] = catch[-1] * (F[-1] + M) / (F[-1] * (1 - np.exp(-F[-1] - M)))
    for y in range(nyr - 2, -1, -1):
        for a in range(nage - 1):
            N[y, a] = N[y + 1, a + 1] * np.exp(M) + catch[y, a] * np.exp(M / 2)
            F[y, a] = np.log(N[y, a] / N[y + 1, a + 1]) - M
        F[y, nage - 1] = F[y, nage - 2]
        N[y, nage - 1] = catch[y, nage - 1] * (F[y, nage - 1] + M) / (F[y, nage - 1] * (1 - np.exp(-F[y, nage - 1] - M)))
    pred = np.exp(log_q) * N[:, :2].sum(axis=1)
    return np.sum((np.log(index) - np.log(pred)) ** 2) + 0.1 * Fterm.sum()
""",
    dict(catch=R.uniform(50, 100, (6, 4)), M=0.2, index=R.uniform(1, 2, 6)),
    dict(log_Fterm=np.log(np.array([0.2, 0.3, 0.4, 0.4])), log_q=-5.0),
)
program(
    "multinomial_logit",
    """
def objective(B, X, choice):
    K = B.shape[1] + 1
    util = np.c_[np.zeros(len(X)), X @ B]
    lse = np.log(np.exp(util).sum(axis=1))
    return -(util[range(len(X)), choice] - lse).sum() + 0 * K
""",
    dict(X=X, choice=R.integers(0, 3, 20)),
    dict(B=R.normal(size=(3, 2))),
)
program(
    "heckman",
    """
from scipy.stats import norm
def objective(theta, X, Z, y, s):
    k, l = X.shape[1], Z.shape[1]
    b, g = theta[:k], theta[k:k+l]
    sig, rho = np.exp(theta[-2]), np.tanh(theta[-1])
    zg = Z @ g
    e = (y - X @ b) / sig
    ll1 = norm.logpdf(e) - np.log(sig) + norm.logcdf((zg + rho * e) / np.sqrt(1 - rho**2))
    ll0 = norm.logcdf(-zg)
    return -np.sum(np.where(s == 1, ll1, ll0))
""",
    dict(X=X, Z=X[:, :2], y=Y, s=D),
    dict(theta=R.normal(size=7) * 0.2),
)
program(
    "tvp_filter_class_free",
    """
def objective(params, y, x):
    sig_e, sig_b = np.exp(params)
    b, P, out = 0.0, 10.0, []
    for yt, xt in zip(y, x):
        P = P + sig_b ** 2
        v = yt - xt * b
        f = xt ** 2 * P + sig_e ** 2
        out += [0.5 * (np.log(f) + v ** 2 / f)]
        b += P * xt / f * v
        P -= (P * xt) ** 2 / f
    return sum(out)
""",
    dict(y=Y, x=X[:, 0]),
    dict(params=np.array([0.1, -0.4])),
)
program(
    "gmm_iv",
    """
def moments(theta, y, X, Z):
    u = y - X @ theta
    return Z * u[:, np.newaxis]

def objective(theta, y, X, Z, W=None):
    g = moments(theta, y, X, Z).mean(0)
    if W is None:
        W = np.linalg.inv(Z.T @ Z / len(y))
    return len(y) * g @ W @ g
""",
    dict(y=Y, X=X, Z=np.column_stack([X, Y**2])),
    dict(theta=np.array([0.1, 0.2, -0.1])),
)
program(
    "irt_loops_skip",
    """
def objective(theta, a, b, resp):
    ll = 0.
    for p in range(resp.shape[0]):
        for i in range(resp.shape[1]):
            r = resp[p][i]
            if r < 0: continue
            z = a[i] * (theta[p] - b[i])
            pr = 1. / (1. + math.exp(-z))
            ll += math.log(pr) if r == 1 else math.log(1. - pr)
    return -ll + sum(t**2 for t in theta) / 2
""",
    dict(resp=R.integers(-1, 2, (6, 4))),
    dict(theta=R.normal(size=6), a=np.ones(4), b=R.normal(size=4)),
)
program(
    "metaanalysis",
    """
def objective(mu, log_tau, y, se):
    tau2 = np.exp(2 * log_tau)
    w = 1 / (se ** 2 + tau2)
    muhat = np.sum(w * y) / np.sum(w)
    reml = 0.5 * np.sum(np.log(se**2 + tau2)) + 0.5 * np.log(np.sum(w)) + 0.5 * np.sum(w * (y - muhat)**2)
    return reml + 0.5 * (mu - muhat)**2
""",
    dict(y=Y, se=np.abs(X[:, 0]) + 0.1),
    dict(mu=0.1, log_tau=-1.0),
)
program(
    "ar_p_lagmatrix",
    """
def lagmat(y, p):
    return np.column_stack([y[p - k - 1:len(y) - k - 1] for k in range(p)])

def objective(phi, log_s, y):
    p = len(phi)
    L = lagmat(y, 3)
    e = y[3:] - L @ phi
    return 0.5 * e @ e / np.exp(2 * log_s) + len(e) * log_s + 0 * p
""",
    dict(y=Y),
    dict(phi=np.array([0.3, 0.1, -0.1]), log_s=0.1),
)
program(
    "ma_q_recursion",
    """
def objective(theta, mu, y):
    q = theta.shape[0]
    n = len(y)
    eps = np.zeros(n + q)
    for t in range(n):
        eps[t + q] = y[t] - mu - np.dot(theta, eps[t:t + q][::-1])
    return np.sum(eps[q:] ** 2)
""",
    dict(y=Y),
    dict(theta=np.array([0.3, 0.1]), mu=0.1),
)
program(
    "egarch",
    """
def objective(p, r):
    om, al, ga, be = p
    lh = np.empty(len(r))
    lh[0] = np.log(r.var())
    for t in range(1, len(r)):
        z = r[t-1] / np.sqrt(np.exp(lh[t-1]))
        lh[t] = om + al * (abs(z) - np.sqrt(2/np.pi)) + ga * z + be * lh[t-1]
    return 0.5 * np.sum(np.log(2*np.pi) + lh + r**2 * np.exp(-lh))
""",
    dict(r=Y),
    dict(p=np.array([0.01, 0.1, -0.05, 0.9])),
)
program(
    "stochastic_vol_joint",
    """
from scipy import stats
def objective(h, mu, phi_raw, log_sig, y):
    phi = np.tanh(phi_raw); sig = np.exp(log_sig)
    lp = stats.norm.logpdf(h[0], mu, sig/np.sqrt(1-phi**2))
    lp += stats.norm.logpdf(h[1:], mu + phi*(h[:-1]-mu), sig).sum()
    lp += stats.norm.logpdf(y, 0, np.exp(h/2)).sum()
    return -lp
""",
    dict(y=Y),
    dict(h=R.normal(size=20) * 0.3, mu=-0.1, phi_raw=1.0, log_sig=-1.0),
)
program(
    "zip_regression",
    """
from scipy.special import gammaln, expit
def objective(b, g, X, y):
    lam = np.exp(X.dot(b)); pi = expit(X.dot(g))
    ll = np.zeros(y.shape)
    z = y == 0
    ll[z] = np.log(pi[z] + (1 - pi[z]) * np.exp(-lam[z]))
    nz = np.logical_not(z)
    ll[nz] = np.log(1 - pi[nz]) - lam[nz] + y[nz] * np.log(lam[nz]) - gammaln(y[nz] + 1)
    return -np.sum(ll)
""",
    dict(X=X, y=C),
    dict(b=np.array([0.1, 0.2, -0.1]), g=np.array([-0.1, 0.2, 0.1])),
)
program(
    "nb_and_offsets",
    """
from scipy.stats import nbinom
def objective(b, log_r, X, y, offset):
    mu = np.exp(X @ b + np.log(offset)); r = np.exp(log_r)
    return -nbinom.logpmf(y, r, r / (r + mu)).sum()
""",
    dict(X=X, y=C, offset=np.exp(X[:, 1])),
    dict(b=np.array([0.1, 0.2, -0.1]), log_r=0.5),
)
program(
    "competing_likelihood_dict_dispatch",
    """
def exponential(t, p): return p[0] - np.exp(p[0]) * t
def weibull(t, p): return p[0] + p[1] + (np.exp(p[1]) - 1) * (p[0] + np.log(t)) - (np.exp(p[0]) * t) ** np.exp(p[1])
MODELS = {'exp': exponential, 'weibull': weibull}
def objective(p, t, kind):
    return -MODELS[kind](t, p).sum()
""",
    dict(t=T + 0.1, kind="weibull"),
    dict(p=np.array([-0.5, 0.2])),
)
program(
    "spline_basis",
    """
def basis(x, knots):
    cols = [np.ones_like(x), x]
    for k in knots:
        cols.append(np.maximum(x - k, 0) ** 3)
    return np.array(cols).T
KNOTS = np.linspace(-1, 1, 4)
def objective(beta, log_lam, x, y):
    B = basis(x, KNOTS)
    r = y - B @ beta
    D = np.diff(np.eye(len(beta)), n=2, axis=0)
    pen = beta @ D.T @ D @ beta
    return r @ r + np.exp(log_lam) * pen
""",
    dict(x=X[:, 0], y=Y),
    dict(beta=R.normal(size=6), log_lam=0.1),
)
program(
    "copula_clayton",
    """
def objective(theta_raw, u, v):
    th = np.exp(theta_raw)
    c = (1 + th) * (u * v) ** (-1 - th) * (u ** -th + v ** -th - 1) ** (-2 - 1 / th)
    return -np.sum(np.log(c))
""",
    dict(u=R.uniform(0.1, 0.9, 20), v=R.uniform(0.1, 0.9, 20)),
    dict(theta_raw=0.3),
)
program(
    "gev",
    """
from scipy.stats import genextreme
def objective(mu, ls, xi, y):
    if abs(xi) < 1e-6:
        z = (y - mu) / np.exp(ls)
        return np.sum(z + np.exp(-z)) + len(y) * ls
    t = 1 + xi * (y - mu) / np.exp(ls)
    if np.any(t <= 0):
        return np.inf
    return len(y) * ls + (1 + 1 / xi) * np.sum(np.log(t)) + np.sum(t ** (-1 / xi))
""",
    dict(y=Y),
    dict(mu=0.1, ls=0.6, xi=0.1),
)
program(
    "occupancy",
    """
def objective(a, b, y, K):
    psi = 1/(1+np.exp(-a)); p = 1/(1+np.exp(-b))
    n = y.sum(axis=1)
    lik = psi * p**n * (1-p)**(K-n) + (1-psi)*(n==0)
    return -np.log(lik).sum()
""",
    dict(y=R.integers(0, 2, (20, 4)) * (R.random((20, 1)) < 0.6), K=4),
    dict(a=0.2, b=-0.1),
)
program(
    "distance_sampling",
    """
from scipy.special import erf
def objective(log_sigma, d, w):
    s = np.exp(log_sigma)
    esw = s * np.sqrt(np.pi / 2) * erf(w / (np.sqrt(2) * s))
    return -np.sum(-0.5 * (d / s)**2 - np.log(esw))
""",
    dict(d=np.abs(Y), w=4.0),
    dict(log_sigma=0.1),
)
program(
    "random_effects_double_index",
    """
def objective(u, v, b0, ls, g, h, y):
    su, sv, se = np.exp(ls)
    nll = 0
    for k in range(len(y)):
        mu = b0 + u[g[k]] * su + v[h[k], g[k] % 2] * sv
        nll += 0.5 * ((y[k] - mu) / se) ** 2 + ls[2]
    return nll + 0.5 * np.sum(u**2) + 0.5 * (v**2).sum()
""",
    dict(g=G, h=R.integers(0, 3, 20), y=Y),
    dict(u=R.normal(size=5), v=R.normal(size=(3, 2)), b0=0.1, ls=np.array([0.1, -0.1, 0.2])),
)
program(
    "cat_likelihood_by_groupby",
    """
def objective(mu, sigma, y, group):
    total = 0
    for g in range(group.max() + 1):
        sel = y[group == g]
        if sel.size == 0:
            continue
        total += np.sum((sel - mu[g]) ** 2) / sigma ** 2 + sel.size * np.log(sigma)
    return total
""",
    dict(y=Y, group=G),
    dict(mu=R.normal(size=5), sigma=1.2),
)
program(
    "pk_two_compartment",
    """
def objective(logk, dose, t, c):
    ka, ke, k12, k21 = np.exp(logk)
    state = np.array([dose, 0.0, 0.0])
    dt = 0.05
    pred = []
    now = 0.0
    for ti in t:
        while now < ti - 1e-9:
            g, p, q = state
            d = np.array([-ka * g, ka * g - (ke + k12) * p + k21 * q, k12 * p - k21 * q])
            state = state + dt * d
            now += dt
        pred.append(state[1])
    return np.sum((np.array(pred) - c) ** 2)
""",
    dict(dose=1.0, t=np.array([0.5, 1.0, 2.0]), c=np.array([0.3, 0.35, 0.2])),
    dict(logk=np.array([0.1, -0.5, -1.0, -1.0])),
)
program(
    "string_formula_terms",
    """
TERMS = ("intercept", "x", "x2")
def design(x):
    cols = {"intercept": np.ones(len(x)), "x": x, "x2": x ** 2}
    return np.stack([cols[t] for t in TERMS], axis=-1)
def objective(beta, x, y):
    assert len(beta) == len(TERMS), f"need {len(TERMS)}"
    mu = design(x) @ beta
    return ((y - mu) ** 2).sum()
""",
    dict(x=X[:, 0], y=Y),
    dict(beta=np.array([0.1, 0.2, 0.3])),
)
program(
    "dirichlet_process_sticks",
    """
def objective(v, mu, y):
    b = 1 / (1 + np.exp(-v))
    w = np.append(b, 1.0) * np.concatenate([[1.0], np.cumprod(1 - b)])
    dens = np.exp(-0.5 * np.subtract.outer(y, mu) ** 2) / np.sqrt(2 * np.pi)
    return -np.log(dens @ w).sum()
""",
    dict(y=Y),
    dict(v=np.array([0.1, -0.2, 0.3]), mu=np.array([-1.0, 0, 0.5, 1.0])),
)
program(
    "lkj_cholesky_transform",
    """
def chol_corr(z, K):
    L = np.zeros((K, K)); L[0, 0] = 1.0
    idx = 0; lj = 0.0
    for i in range(1, K):
        s = 0.0
        for j in range(i):
            r = np.tanh(z[idx]); idx += 1
            L[i, j] = r * np.sqrt(1 - s)
            lj += np.log(1 - r**2) + 0.5 * np.log(1 - s)
            s += L[i, j]**2
        L[i, i] = np.sqrt(1 - s)
    return L, lj
def objective(z, log_s, y, K):
    L, lj = chol_corr(z, K)
    L = np.diag(np.exp(log_s)) @ L
    w = np.linalg.solve(L, y.T)
    return 0.5 * np.sum(w**2) + len(y) * np.sum(np.log(np.diag(L))) - lj
""",
    dict(y=X, K=3),
    dict(z=np.array([0.1, -0.2, 0.3]), log_s=np.array([0.1, 0.0, 0.2])),
)
program(
    "felsen_recursive_tree",
    """
TREE = ((0, 1), (2, (3, 4)))
def prune(node, P, tips):
    if isinstance(node, int):
        return tips[node]
    left, right = node
    return (P @ prune(left, P, tips)) * (P @ prune(right, P, tips))
def objective(log_t, tips):
    e = np.exp(-4 / 3 * np.exp(log_t))
    P = np.full((4, 4), 0.25 * (1 - e)) + e * np.eye(4)
    return -np.log(prune(TREE, P, tips).mean())
""",
    dict(tips=np.eye(4)[[0, 1, 0, 2, 3]]),
    dict(log_t=-1.0),
)
program(
    "mixed_numbers_2d_params",
    """
def objective(W, b, x, t):
    out = 0
    for i in range(len(x)):
        z = [sum(W[k, j] * x[i, j] for j in range(W.shape[1])) + b[k] for k in range(W.shape[0])]
        m = max(z)
        out -= z[t[i]] - m - np.log(sum(np.exp(v - m) for v in z))
    return out / len(x)
""",
    dict(x=X, t=R.integers(0, 3, 20)),
    dict(W=R.normal(size=(3, 3)), b=R.normal(size=3)),
)
