"""Objectives that lean on Python: containers, closures, control flow, types."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(5)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import numpy as np\nimport math\n" + source, data, params))


X = R.normal(size=(12, 3))
Y = R.normal(size=12)
G = R.integers(0, 4, 12)
D = R.integers(0, 2, 12)

program(
    "dict_comprehension_params",
    """
NAMES = ["alpha", "beta", "sigma"]
def objective(theta, x, y):
    p = {name: theta[i] for i, name in enumerate(NAMES)}
    p["sigma"] = np.exp(p["sigma"])
    r = y - p["alpha"] - p["beta"] * x[:, 0]
    return 0.5 * np.sum((r / p["sigma"]) ** 2) + len(y) * np.log(p["sigma"])
""",
    dict(x=X, y=Y),
    dict(theta=np.array([0.1, 0.2, 0.3])),
)
program(
    "dict_zip",
    """
def objective(theta, y):
    p = dict(zip(("mu", "ls"), theta))
    return np.sum((y - p["mu"])**2 * np.exp(-p["ls"])) + 12 * p["ls"]
""",
    dict(y=Y),
    dict(theta=np.array([0.1, 0.2])),
)
program(
    "arange_float_and_linspace",
    """
def objective(a, n):
    t = np.arange(0, 1, 0.125)
    s = np.linspace(0, 1, n)
    u = np.arange(n) / n
    return np.sum(np.exp(-a * t)) + np.trapezoid(np.exp(-a * s), s) + np.sum(u * a) + np.logspace(-1, 1, 3).sum() * a
""",
    dict(n=11),
    dict(a=0.7),
)
program(
    "searchsorted_piecewise",
    """
def objective(h, cuts, t, d):
    k = np.searchsorted(cuts, t, side="right")
    lam = np.exp(h)
    edges = np.r_[0.0, cuts, np.inf]
    width = np.clip(t[:, None] - edges[:-1], 0, np.diff(edges))
    H = width @ lam
    return -(d * h[k] - H).sum()
""",
    dict(cuts=np.array([0.5, 1.0, 2.0]), t=np.abs(Y), d=D),
    dict(h=np.array([-0.1, 0.1, 0.2, 0.3])),
)
program(
    "lagged_dot",
    """
def objective(phi, y):
    p = len(phi)
    e = np.array([y[t] - np.dot(phi, y[t-p:t][::-1]) for t in range(p, len(y))])
    return e.dot(e) / len(e) + np.log(np.var(e))
""",
    dict(y=Y),
    dict(phi=np.array([0.3, 0.1])),
)
program(
    "eigen_and_norms",
    """
def objective(a, M):
    S = a * (M.T @ M) + np.eye(3)
    w = np.linalg.eigvalsh(S)
    return np.log(w).sum() + np.linalg.norm(S) + np.linalg.norm(S[0], 1) + a
""",
    dict(M=X[:3]),
    dict(a=0.6),
)
program(
    "broadcast_scalar_loop_carry",
    """
def objective(b, x, y):
    logits = 0.0
    for j, bj in enumerate(b):
        logits += bj * x[:, j]
    p = 1 / (1 + np.exp(-logits))
    out = 0.
    for pi, yi in zip(p, y):
        out -= np.log(pi if yi else 1 - pi)
    return out
""",
    dict(x=X, y=D),
    dict(b=np.array([0.1, 0.2, 0.3])),
)
program(
    "while_counter_list",
    """
def objective(r, n):
    k, terms = 0, []
    while k < n:
        terms.append(r ** k / math.factorial(3))
        k += 1
    return np.sum(terms) + terms[2] * terms[-1]
""",
    dict(n=6),
    dict(r=0.6),
)
program(
    "math_functions",
    """
from math import exp, log, sqrt, pi, erf, lgamma, gamma, atan2, hypot, tanh, floor
def objective(a, b):
    return exp(a) + log(b) + sqrt(b) * pi + erf(a) + lgamma(b) + gamma(b) + atan2(a, b) + hypot(a, b) + tanh(a) + floor(3.7) + math.pow(b, 2) + math.fabs(a) + math.comb(5, 2) + max(a, b, 1.0) + min([a, b])
""",
    {},
    dict(a=0.3, b=1.7),
)
program(
    "nested_functions_mutation",
    """
def objective(theta, y):
    acc = []
    def visit(v, depth):
        acc.append(v * theta[depth])
        if depth < 1:
            visit(v + 1, depth + 1)
    for v in (0.5, 1.5):
        visit(v, 0)
    return sum(a ** 2 for a in acc) + len(acc)
""",
    dict(y=Y),
    dict(theta=np.array([0.3, 0.1])),
)
program(
    "slice_assign_2d_blocks",
    """
def objective(theta, n):
    K = np.zeros((2 * n, 2 * n))
    A = np.eye(n) * theta[0]
    K[:n, :n] = A
    K[n:, n:] = 2 * A
    K[:n, n:] = theta[1]
    K[n:, :n] = K[:n, n:].T
    K += np.eye(2 * n) * 5
    return np.linalg.slogdet(K)[1] + K.trace() + np.linalg.solve(K, np.ones(2 * n)).sum()
""",
    dict(n=3),
    dict(theta=np.array([0.3, 0.1])),
)
program(
    "block_matrices",
    """
def objective(theta):
    A = np.array([[theta[0], 0.1], [0.1, 2.0]])
    B = np.block([[A, np.zeros((2, 2))], [np.zeros((2, 2)), A @ A]])
    return np.linalg.det(B) + B.sum() + np.linalg.inv(A)[0, 1]
""",
    {},
    dict(theta=np.array([1.3, 0.1])),
)
program(
    "fill_and_flat",
    """
def objective(theta, idx):
    M = np.empty((3, 3))
    M.fill(0.5)
    M.flat[idx] = theta[0]
    np.fill_diagonal(M, theta[1])
    return (M @ M).sum() + M.ravel()[4] + M.flatten()[1]
""",
    dict(idx=np.array([1, 2])),
    dict(theta=np.array([1.3, 0.1])),
)
program(
    "augmented_ops",
    """
def objective(theta, y):
    v = y.copy()
    v *= theta[0]; v /= 2; v -= theta[1]; v **= 2
    s = 1.0
    s *= theta[0]; s /= 3; s **= 2; s -= 1
    k = 7; k //= 2; k %= 2; k <<= 1
    return v.sum() + s + k
""",
    dict(y=Y),
    dict(theta=np.array([1.3, 0.1])),
)
program(
    "conditional_shapes",
    """
def objective(theta, x, mode):
    if mode == "diag":
        S = np.diag(np.exp(theta))
    else:
        S = np.eye(len(theta))
    q = np.einsum("ij,jk,ik->i", x, S, x)
    return q.mean() if x.ndim == 2 else q.sum()
""",
    dict(x=X, mode="diag"),
    dict(theta=np.array([1.3, 0.1, 0.2])),
)
program(
    "any_all_checks",
    """
def objective(theta, y):
    if np.any(theta < -5) or not np.all(np.isfinite(theta)):
        return np.inf
    if (theta > 100).any(): return 1e10
    s = np.exp(theta[1])
    if not s > 0:
        return 1e10
    return np.sum((y - theta[0])**2) / s + s
""",
    dict(y=Y),
    dict(theta=np.array([1.3, 0.1])),
)
program(
    "sum_of_generators_nested",
    """
def objective(A, x):
    n = len(x)
    q = sum(A[i][j] * x[i] * x[j] for i in range(n) for j in range(n) if i <= j)
    return q + sum(sum(row) for row in A) + max(abs(v) for v in x)
""",
    {},
    dict(A=R.normal(size=(3, 3)), x=np.array([0.3, -0.9, 0.5])),
)
program(
    "list_params_and_append_front",
    """
def objective(theta, y):
    hist = [theta[0]]
    for v in y[:4]:
        hist = hist + [hist[-1] * theta[1] + v]
    hist.insert(0, 1.0)
    hist.reverse()
    return sum(h * (i + 1) for i, h in enumerate(hist)) + hist[0] * hist[-2]
""",
    dict(y=Y),
    dict(theta=np.array([1.3, 0.1])),
)
program(
    "reuse_names_types",
    """
def objective(theta, x, y):
    x = x[:, :2]
    out = x @ theta
    out = np.sum(out * y)
    x = out ** 2
    for i in range(3):
        tmp = theta * i
        x = x + tmp.sum()
    tmp = x
    return tmp
""",
    dict(x=X, y=Y),
    dict(theta=np.array([1.3, 0.1])),
)
program(
    "logsumexp_axis_b",
    """
from scipy.special import logsumexp
def objective(w, x):
    a = x * w
    return logsumexp(a, axis=1).sum() + logsumexp(a) + logsumexp(a, axis=0, b=np.array([1., 2., 3.])[:3]).sum() if a.shape[1] == 3 else 0.0
""",
    dict(x=X),
    dict(w=np.array([1.3, 0.1, 0.2])),
)
program(
    "stats_more",
    """
from scipy import stats
def objective(t, y, k):
    m, s = t[0], np.exp(t[1])
    lp = stats.lognorm.logpdf(np.exp(y), s, scale=np.exp(m)).sum() + stats.weibull_min.logpdf(np.exp(y), 1.5, scale=s).sum()
    lp += stats.uniform.logpdf(m, -5, 10) + stats.halfnorm.logpdf(s, scale=2) + stats.halfcauchy.logpdf(s, 0, 2)
    lp += stats.binom.logpmf(k, 10, 1 / (1 + np.exp(-m))).sum() + stats.nbinom.logpmf(k, s, 0.3).sum() + stats.bernoulli.logpmf(k > 1, 0.2 + 0.1 * m).sum()
    lp += stats.laplace.logpdf(y, m, s).sum() + stats.logistic.logpdf(y, m, s).sum() + stats.cauchy.logpdf(y, m, s).sum() + stats.invgamma.logpdf(s, 2, scale=1.0)
    lp += np.log(stats.gamma.cdf(s, 2.0 + m)) + stats.t.logcdf(m, 5) + np.log(stats.beta.sf(0.4, 2, s)) + stats.chi2.logpdf(s, 3) + stats.expon(scale=s).logsf(1.2)
    return -lp
""",
    dict(y=Y, k=R.integers(0, 6, 12)),
    dict(t=np.array([0.3, 0.1])),
)
program(
    "interp_and_lookup",
    """
def objective(v, t, knots):
    f = np.interp(t, knots, v)
    idx = np.digitize(t, knots) - 1
    return np.sum(f ** 2) + v[np.clip(idx, 0, len(v) - 1)].sum()
""",
    dict(t=np.abs(Y), knots=np.array([0.0, 0.5, 1.0, 3.0])),
    dict(v=np.array([0.1, 0.4, 0.2, 0.9])),
)
program(
    "int_param_like_loops",
    """
def objective(rate, births, T):
    pop = 10.0
    traj = [pop]
    for t in range(T):
        pop = pop + rate * pop * (1 - pop / 50) - (t % 3 == 0) * 0.5
        if t in (2, 5):
            pop *= 0.9
        traj.append(pop)
    return sum((a - b) ** 2 for a, b in zip(traj, births))
""",
    dict(births=np.linspace(10, 20, 9), T=8),
    dict(rate=0.3),
)
program(
    "array_of_objects_style",
    """
SPECIES = {"cod": dict(M=0.2, K=0.15), "hake": dict(M=0.4, K=0.3)}
def objective(theta, catches):
    total = 0.0
    for i, (name, pars) in enumerate(SPECIES.items()):
        b = np.exp(theta[i])
        for c in catches[name]:
            b = b * np.exp(-pars["M"]) + pars["K"] * b * (1 - b / 20) - 0.01 * c
        total += (b - 1.0) ** 2
    return total
""",
    dict(catches={"cod": R.uniform(0, 1, 5), "hake": R.uniform(0, 1, 3)}),
    dict(theta=np.array([0.3, 0.1])),
)
program(
    "complex_step_free_fourier",
    """
def objective(c, t, y):
    K = (len(c) - 1) // 2
    f = c[0] * np.ones_like(t)
    for k in range(1, K + 1):
        f = f + c[2*k-1] * np.cos(2*np.pi*k*t) + c[2*k] * np.sin(2*np.pi*k*t)
    return np.sum((y - f)**2) + np.sum([k**2 * (c[2*k-1]**2 + c[2*k]**2) for k in range(1, K+1)])
""",
    dict(t=np.linspace(0, 1, 12), y=Y),
    dict(c=np.array([0.3, 0.1, 0.2, -0.1, 0.4])),
)
program(
    "sort_based_loss",
    """
def objective(w, x):
    s = np.sort(x @ w)[::-1]
    k = len(s) // 4
    ranks = np.argsort(np.argsort(x @ w))
    return s[:k].mean() - np.partition(x @ w, 3)[:3].sum() * 0 + (ranks * (x @ w)).sum()
""",
    dict(x=X),
    dict(w=np.array([1.3, 0.1, 0.2])),
)
program(
    "gradient_by_hand_inside",
    """
def objective(x0, a):
    x = x0
    f = lambda z: (z - a[0]) ** 2 * a[1]
    for it in range(30):
        g = 2 * (x - a[0]) * a[1]
        step = 0.1
        while f(x - step * g) > f(x) and step > 1e-8:
            step /= 2
        x = x - step * g
    return x ** 2
""",
    dict(),
    dict(x0=2.0, a=np.array([0.5, 1.2])),
)
program(
    "outer_methods",
    """
def objective(u, v):
    A = np.multiply.outer(u, v)
    B = np.add.outer(u, v) - np.maximum.outer(u, v)
    return A.sum() * B.mean() + np.add.reduce(A, axis=1)[0] + A.T.dot(u)[1] + np.multiply.reduce(u)
""",
    {},
    dict(u=np.array([0.3, 0.1]), v=np.array([0.7, 0.2, 0.4])),
)
program(
    "augmented_after_a_branch",
    """
def objective(a, y):
    if a < 0.5:
        t = a * 2
    elif a > 3:
        t = a ** 2
    else:
        t = 1.0
    t /= 2 + a
    for v in y:
        if v > 0:
            s = v
        else:
            s = -v
        s += a
    s *= 2
    return t + s
""",
    dict(y=np.array([1.0, -2.0])),
    dict(a=0.3),
)
program(
    "extremes_with_a_default",
    """
def objective(a, y, limit):
    big = [a * v for v in y if v > limit]
    return max(big, default=0.5) + min((a * v for v in y), default=1.0) * a
""",
    dict(y=Y, limit=100.0),
    dict(a=0.3),
)
program(
    "changes_at_places_met_twice",
    """
import numpy as np

def objective(a, y, g):
    w = y * a
    np.multiply.at(w, g, np.cos(w[g]))
    w[g] = w[g] ** 2 + a
    w[g] += w[g] * a
    return np.sum(w * np.arange(len(w)))
""",
    dict(y=Y, g=np.array([0, 1, 1, 2, 0, 2, 2, 1])),
    dict(a=0.7),
)
program(
    "a_tuple_repeated_as_often_as_data_say",
    """
import numpy as np

def objective(a, rank):
    cube = np.full((3,) * rank, a)
    return np.sum(cube ** 2) * len(rank * (1, 2))
""",
    dict(rank=2),
    dict(a=0.7),
)
program(
    "a_condition_of_while_that_acts",
    """
class Newton:
    def __init__(self, a):
        self.root, self.a = 0.5, a

    def advance(self):
        gap = self.root ** 2 - self.a
        self.root -= gap / (2 * self.root)
        return abs(gap) > 1e-10

def objective(a, c):
    newton = Newton(a)
    while newton.advance():
        pass
    x, n = 2.0, 0
    while n < 9 and abs(gap := x ** 3 - c * a) > 1e-9:
        if n == 7:
            break
        x = x - gap / (3 * x ** 2)
        n += 1
    else:
        x = x * a + gap
    return newton.root + 3 * x + n
""",
    dict(c=1.5),
    dict(a=0.7),
)
program(
    "nonlocal_names_that_calls_in_loops_change",
    """
import numpy as np

def objective(a, y):
    total, calls, best = a, 0, None

    def step(v):
        nonlocal total, calls, best
        total = total * 0.5 + v * a
        calls += 1
        if best is None or total > best:
            best = total
        return total

    def counter(total):
        def add(v):
            nonlocal total
            total = total + v
            return total
        return add

    add = counter(a)
    for k in range(len(y)):
        add(step(y[k]))
        if y[k] > 0:
            step(y[k])
    listed = [step(v) for v in y]
    while step(1.0) > 1.2 and calls < 40:
        add(total)
    return total + calls + best + add(1.0) + np.sum(listed) + sum(step(v) for v in y) + sum([total for total in y])
""",
    dict(y=Y),
    dict(a=0.7),
)
program(
    "a_comprehension_whose_elements_change_objects",
    """
import numpy as np

class Filter:
    def __init__(self):
        self.state = 0.5

    def step(self, v, a):
        self.state = self.state * v + a
        return self.state

def objective(a, y):
    smooth = Filter()
    seen = np.zeros(3)

    def put(k, v):
        seen[k % 3] += v * a
        return seen.sum()

    listed = [smooth.step(v, a) for v in y]
    sums = np.array([put(k, v) for k, v in enumerate(y)])
    return listed[-1] * listed[1] + smooth.state + np.sum(sums ** 2) + seen[1]
""",
    dict(y=Y),
    dict(a=0.7),
)
program(
    "named_tuples_made_of_rows",
    """
from collections import namedtuple
Obs = namedtuple("Obs", ["start", "stop", "dt"], defaults=[1.0])
def objective(a, x, n, y, w):
    rows = [Obs._make(r) for r in zip(y, w, x)]
    r2 = Obs._make([a, 1., 2.])
    d = rows[0]._asdict()
    return sum(r.start * r.dt for r in rows) + d["stop"] * r2.start * len(Obs._fields) + sum(d.values()) + sum(getattr(r2, f) for f in r2._fields)
""",
    dict(n=7, y=Y[:5], w=np.array([0.1, 0.9, 0.2, 0.3, 0.4])),
    dict(a=1.5, x=np.array([0.4, -0.7, 1.2, 0.3, 0.9])),
)
program(
    "the_best_by_a_key_of_parameters",
    """
def objective(a, x, n, y, w):
    best = max(range(len(w)), key=lambda i: w[i] * x[i])
    bn = min(range(n), key=lambda i: abs(x[i % 5] - .1))
    far = max(x, key=lambda v: (v - .3) ** 2)
    p = min([(x[0], y[0]), (x[1], y[1]), (x[2], y[2])], key=lambda t: t[0] * t[1])
    m = {"a": x[0] * a, "b": x[1], "c": x[3]}
    top = sorted([x[0], x[1] * a, x[2]], key=lambda v: -v)
    o = sorted(zip(x[:3], w[:3]), key=lambda t: t[0], reverse=True)
    return x[best] + far * 2 + p[0] * p[1] + bn + top[0] + 2 * top[1] + o[0][1] * o[1][0] + m[max(m, key=lambda k: len(k))]
""",
    dict(n=7, y=Y[:5], w=np.array([0.1, 0.9, 0.2, 0.3, 0.4])),
    dict(a=1.5, x=np.array([0.4, -0.7, 1.2, 0.3, 0.9])),
)
program(
    "product_of_run_time_ranges",
    """
from itertools import product
def objective(a, x, n, y, w):
    t = 0.
    for i, j in product(range(n - 2), repeat=2):
        t += x[i] * w[j] * (i + 2 * j)
    for v, k, s in product(y, range(n), (1., a)):
        t += v * k * s
    return t + sum(x[i] * y[j] for i, j in product(range(len(x)), range(len(y))) if i < j)
""",
    dict(n=7, y=Y[:5], w=np.array([0.1, 0.9, 0.2, 0.3, 0.4])),
    dict(a=1.5, x=np.array([0.4, -0.7, 1.2, 0.3, 0.9])),
)
program(
    "the_least_of_objects_that_are_compared",
    """
from dataclasses import dataclass
import numpy as np
@dataclass
class V:
    x: float
    y: float
    def __abs__(self): return np.hypot(self.x, self.y)
    def __lt__(self, o): return abs(self) < abs(o)
def objective(a, x, n, y, w):
    p, q = V(x[0], x[1]), V(x[2], a * .01)
    f = np.frompyfunc(lambda u, v: u * v + a, 2, 1)
    return min(p, q).x * 2 + max(p, q, V(.1, a * .02)).y + (p > q) + f(x, y).sum()
""",
    dict(n=7, y=Y[:5], w=np.array([0.1, 0.9, 0.2, 0.3, 0.4])),
    dict(a=1.5, x=np.array([0.4, -0.7, 1.2, 0.3, 0.9])),
)
program(
    "functions_with_effects_that_are_mapped",
    """
from functools import reduce
def objective(a, x, n, y, w):
    t = 0.
    def f(v):
        nonlocal t
        t = t * .5 + v * a
        return t
    out = list(map(f, y))
    for v in map(f, x):
        t += v
    return sum(out) + t + sum(map(f, y)) + reduce(lambda p, q: p + f(q), y, 0.) + max(map(f, x)) + max(x, key=f)
""",
    dict(n=7, y=Y[:5], w=np.array([0.1, 0.9, 0.2, 0.3, 0.4])),
    dict(a=1.5, x=np.array([0.4, -0.7, 1.2, 0.3, 0.9])),
)
program(
    "names_bound_in_a_comprehension",
    """
def objective(a, y):
    state = 0.1
    listed = [state := state * v + a for v in y]
    total = sum((last := v * a) ** 2 for v in y)
    above = [q for v in y if (q := v * a) > 0]
    return listed[-1] * listed[1] + state + total + last + sum(above)
""",
    dict(y=Y),
    dict(a=0.7),
)
program(
    "any_and_all_stop_early",
    """
class Counted:
    def __init__(self):
        self.total = 0.0
    def above(self, v, t):
        self.total = self.total + v
        return v > t
def objective(a, x, y):
    counted, seen = Counted(), []
    def look(v):
        seen.append(v * a)
        return v < 1.0
    first = any(counted.above(v, a) for v in x)
    every = all(look(v + k) for k in range(2) for v in x if v != 5.0)
    pure = any(v > 2 * a for v in y)
    return counted.total * a + sum(seen) + (a if first else 0.0) + (0.0 if every else a**2) + (1.0 if pure else a)
""",
    dict(y=Y),
    dict(a=0.3, x=np.array([0.1, 0.2, 0.9, -0.4, 1.7, 0.3])),
)
program(
    "results_stored_in_out",
    """
def objective(a, x, y):
    m, v, w, s = np.zeros((3, 3)), np.zeros(3), np.zeros(6), np.zeros((2, 3))
    np.outer(a, a, out=m)
    np.dot(m, a, v)
    np.concatenate([v, a], out=w)
    np.stack([a, v], out=s)
    t, e = np.zeros(2), np.zeros(3)
    np.take(w, [4, 1], out=t)
    np.einsum("ij,j->i", m, v, out=e)
    return np.sum(m**2) + v[0] * v[1] + np.sum(w**3) + np.sum(s[1] * a) + t[0] * t[1] + e[2]
""",
    dict(y=Y),
    dict(a=np.array([0.3, -0.7, 1.1]), x=0.2),
)
program(
    "at_of_whole_numbers",
    """
def objective(a, y, g):
    counts, known = np.full(4, 1), np.zeros(4, dtype=int)
    np.add.at(counts, g, a * y)
    np.subtract.at(known, g, y * 3)
    return np.sum(counts * known) + a * np.sum(counts)
""",
    dict(y=Y, g=G),
    dict(a=2.3),
)
