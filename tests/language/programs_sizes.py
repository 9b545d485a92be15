"""Objectives that can only be evaluated for the sizes and the integers at hand; and syntax in other syntax."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(12)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import itertools\nimport operator\nimport numpy as np\n" + source, data, params))


program(
    "combinations_of_run_time_range",
    """
def objective(coords):
    pos = coords.reshape(-1, 2)
    energy = 0.0
    for i, j in itertools.combinations(range(len(pos)), 2):
        r = np.linalg.norm(pos[i] - pos[j])
        energy += r ** -2 - r ** -1
    return energy
""",
    {},
    dict(coords=R.normal(size=8)),
)
program(
    "growing_kron",
    """
from functools import reduce
sx = np.array([[0.0, 1.0], [1.0, 0.0]])

def objective(h):
    n = len(h)
    H = sum(h[k] * reduce(np.kron, [sx if i == k else np.eye(2) for i in range(n)]) for k in range(n))
    return (H @ H)[0, 0] + H[0, 1]
""",
    {},
    dict(h=R.normal(size=3)),
)
program(
    "growing_tuple",
    """
def objective(a, y):
    state = ()
    for e in y:
        state = (*state, a * e)
    return sum(k * v ** 2 for k, v in enumerate(state))
""",
    dict(y=np.arange(5.0)),
    dict(a=1.3),
)
program(
    "list_of_tuples",
    """
def objective(a, y):
    pairs = []
    for e in y:
        pairs.append((a * e, "x"))
    return sum(v ** 2 for v, _ in pairs)
""",
    dict(y=np.arange(5.0)),
    dict(a=1.3),
)
program(
    "dict_with_data_as_keys",
    """
def objective(mu, groups, y):
    totals = {}
    for g, v in zip(groups, y):
        totals[g] = totals.get(g, 0.0) + (v - mu[g]) ** 2
    worst = max(totals, key=lambda g: -g)
    return sum(t ** 2 for t in totals.values()) + totals[worst]
""",
    dict(groups=np.array([0, 1, 1, 2, 0, 2]), y=R.normal(size=6)),
    dict(mu=R.normal(size=3)),
)
program(
    "dict_get_of_run_time_pair",
    """
def objective(x, kind):
    total = 0.0
    for i in range(len(x)):
        total += {(1, 1): 1.0, (0, 0): 0.5}.get((int(kind[i]), int(kind[i - 1])), -0.5) * x[i] ** 2
    return total
""",
    dict(kind=np.array([1, 0, 0, 1, 1])),
    dict(x=R.normal(size=5)),
)
program(
    "groups_from_a_set",
    """
def objective(mu, labels, y):
    total = 0.0
    for g in sorted(set(labels)):
        members = [v for v, l in zip(y, labels) if l == g]
        total += sum((v - mu[g]) ** 2 for v in members) / len(members)
    return total + len({1, 2, 2}) * mu[0]
""",
    dict(labels=np.array([0, 1, 1, 2, 0, 2]), y=R.normal(size=6)),
    dict(mu=R.normal(size=3)),
)
program(
    "recursion_over_a_size",
    """
def tree_sum(x):
    if len(x) == 1:
        return x[0]
    half = len(x) // 2
    return tree_sum(x[:half]) * 0.5 + np.sin(tree_sum(x[half:]))

def objective(x):
    return tree_sum(x) ** 2
""",
    {},
    dict(x=R.normal(size=7)),
)
program(
    "generators",
    """
def pairs(x):
    for i in range(len(x) - 1):
        yield x[i], x[i + 1]

def squares(x):
    for v in x:
        if v == 0.0:
            return
        yield v ** 2

def cubes(x):
    for v in x:
        yield v ** 3

def both(x):
    yield from cubes(x)
    yield from cubes(2 * x)

def objective(x):
    return sum(100 * (b - a ** 2) ** 2 for a, b in pairs(x)) + sum(both(x)) * max(squares(x))
""",
    {},
    dict(x=R.normal(size=5)),
)
program(
    "match",
    """
from dataclasses import dataclass

@dataclass
class Scale:
    by: float

def act(kind, x):
    match kind:
        case "relu":
            return np.maximum(x, 0)
        case "tanh" | "th":
            return np.tanh(x)
        case ("leaky", slope) if slope > 0:
            return np.where(x > 0, x, slope * x)
        case ["chain", *rest]:
            for k in rest:
                x = act(k, x)
            return x
        case {"power": p}:
            return x ** p
        case Scale(by=b):
            return b * x
        case float() | int() as c:
            return c * x
        case None:
            return x
        case _:
            raise ValueError(kind)

def objective(x, kinds):
    total = 0.0
    for k in [*kinds, Scale(0.7), ("leaky", -1.0) if len(kinds) > 9 else 2.5]:
        total = total + np.sum(act(k, x) ** 2)
    return total
""",
    dict(kinds=["relu", "th", ("leaky", 0.1), ("chain", "tanh", "relu"), {"power": 3}, None]),
    dict(x=R.normal(size=4)),
)
program(
    "match_on_a_run_time_number",
    """
def objective(x, kind):
    total = 0.0
    for v, k in zip(x, kind):
        match k:
            case 0:
                total += v
            case 1 | 2:
                total += v ** 2
            case other if other > 5:
                total += other * np.exp(v)
            case _:
                total -= v ** 3
    return total
""",
    dict(kind=np.array([0, 1, 2, 3, 7, 1, 0])),
    dict(x=R.normal(size=7)),
)
program(
    "lambda_objective", "objective = lambda x, y: np.sum((x - y) ** 2)", dict(y=1.0), dict(x=R.normal(size=3))
)
program(
    "itertools_of_parameters",
    """
def objective(z, y):
    levels = list(itertools.accumulate(z, initial=0.5))
    rough = sum((b - a) ** 2 for a, b in itertools.pairwise(levels))
    rough += sum((b - a) ** 4 for a, b in itertools.pairwise(y * z))
    growth = list(itertools.accumulate([1 + 0.1 * v for v in z], operator.mul))
    grid = sum(a * b ** 2 for a, b in itertools.product(z, y))
    both = sum(v ** 3 for v in itertools.chain(z, [z[0] * y[0]]))
    flat = list(itertools.chain.from_iterable([[z[0], z[1]], [z[2]]]))
    best = min([z[0] ** 2, z[1] ** 2], key=lambda v: 0)
    return rough + growth[-1] + grid + both + flat[2] + best + operator.sub(z[0], operator.neg(z[1]))
""",
    dict(y=R.normal(size=4)),
    dict(z=R.normal(size=4)),
)
program(
    "lists_of_lists_changed_at_run_time_places",
    """
def objective(x, k):
    alpha = [[-1.0] * 5 for _ in range(4)]
    alpha[0][0] = x[0]
    rows = [np.zeros(2), np.ones(2), np.ones(2)]
    for t in range(1, 4):
        for s in range(5):
            terms = [alpha[t - 1][s]]
            if s > 0:
                terms.append(alpha[t - 1][s - 1])
            alpha[t][s] = sum(terms) * x[k[t]]
        row = rows[t - 1]
        row[1] += alpha[t][0]
    return alpha[1][0] + alpha[-1][-1] * alpha[2][1] + sum(r @ r for r in rows)
""",
    dict(k=np.array([0, 2, 1, 1])),
    dict(x=R.normal(size=3)),
)
program(
    "states_of_tokens",
    """
def objective(h, data):
    states = np.array(list(itertools.product([-1, 1], repeat=len(h))))
    energy = states @ h
    return np.log(np.sum(np.exp(energy))) - np.mean(data @ h)
""",
    dict(data=R.choice([-1, 1], (6, 3))),
    dict(h=R.normal(size=3)),
)
program(
    "sorted_by_a_key",
    """
def objective(x, order):
    places = sorted(range(len(x)), key=lambda k: order[k])
    total = 0.0
    for k, p in enumerate(places):
        total += (k + 1) * x[p] ** 2
    first = min(range(len(order)), key=order.__getitem__)
    return total + x[first]
""",
    dict(order=np.array([3, 1, 2, 0])),
    dict(x=R.normal(size=4)),
)
program(
    "fields_made_anew",
    """
from dataclasses import dataclass, field

@dataclass
class Tape:
    scale: float = 2.0
    values: list = field(default_factory=list)
    bias: float = field(default=0.5)

class Longer(Tape):
    pass

def objective(x):
    first, second = Tape(), Tape(3.0)
    first.values.append(x[0])
    second.values.append(x[1] ** 2)
    total = first.scale * sum(first.values) + second.scale * sum(second.values) + first.bias
    return total ** 2 if isinstance(first, Tape) and not isinstance(first, Longer) else total
""",
    {},
    dict(x=R.normal(size=2)),
)
program(
    "layers_whose_sizes_are_a_list_of_data",
    """
def unpacked(theta, layers):
    out, start = [], 0
    for m, n in zip(layers[:-1], layers[1:]):
        out.append((theta[start:start + m * n].reshape(m, n), theta[start + m * n:start + m * n + n]))
        start += m * n + n
    return out

def objective(theta, x, y, layers, head):
    *hidden, last = unpacked(theta, layers)
    h = x
    for w, b in hidden:
        h = np.tanh(h @ w + b)
    shift = np.ones((3, head[0])) * theta[0]
    return np.mean(((h @ last[0] + last[1]).squeeze() - y) ** 2) + np.sum(shift.squeeze() - y[:3])
""",
    dict(x=R.normal(size=(5, 3)), y=R.normal(size=5), layers=[3, 4, 1], head=np.array([1, 2])),
    dict(theta=R.normal(size=21)),
)
program(
    "arrays_that_get_shorter_in_a_loop",
    """
def casteljau(c, t):
    while len(c) > 1:
        c = (1 - t) * c[:-1] + t * c[1:]
    return c[0]

def neville(x, y, t):
    p = y.copy()
    for k in range(1, len(x)):
        p = ((t - x[k:]) * p[:-1] - (t - x[:-k]) * p[1:]) / (x[:-k] - x[k:])
    return p[0]

def option(r, up, n, strike):
    v = np.maximum(strike - up ** np.arange(n, -n - 1, -2), 0)
    q = (np.exp(r) - 1 / up) / (up - 1 / up)
    for i in range(n - 1, -1, -1):
        v = np.maximum(np.exp(-r) * (q * v[:-1] + (1 - q) * v[1:]), strike - up ** np.arange(i, -i - 1, -2))
    return v[0]

def objective(c, r, up, n, x):
    return casteljau(c, 0.3) ** 2 + neville(x, c, 2.3) + option(r, up, n, 1.1)
""",
    dict(n=4, x=np.arange(5.0)),
    dict(c=R.normal(size=5), r=0.01, up=1.2),
)
program(
    "known_arrays_that_a_branch_in_a_loop_writes_to",
    """
def objective(a, x):
    v = np.array([3.5, 3.5, 3.5, 1.5])
    w = v[1:]
    total = a + np.sum(v / 2)
    for i in range(len(x)):
        if x[i] * a > 0.05:
            if i > 4:
                w[0] += 2.0
        else:
            v[1:] = v[:-1]
    u, i, t = np.array([0.5, 1.5, 2.5]), 0, a
    while i < 6 and t < 2.5:
        t *= 1.3
        i += 1
        if x[i] > 0:
            continue
        u[1:] = u[:-1]
    return v.sum() + total + w.sum() * a + u @ np.arange(3) * t
""",
    dict(x=np.array([-1.0, 0.2, -0.3, 0.6, 0.9, -0.8, 1.2])),
    dict(a=0.4),
)
program(
    "a_number_on_one_path_and_an_array_on_the_other",
    """
def objective(u, k, z):
    v = u if k > 3 else 1.5
    w = u if k > 3 else 0.0
    total = np.sum(v * u) + np.sum(w) + np.mean(u - v) + np.sum(np.exp(v) * 2)
    return total + np.sum((u if z[0] > 0 else 2.0) + u)
""",
    dict(k=2, z=np.array([1.0])),
    dict(u=np.array([0.3, -1.2, 0.8])),
)
