"""Objectives in the idioms of Python's standard library: iterators, queues, defaults, decorators."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(11)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """Add an objective."""
    PROGRAMS.append((name, source, data, params))


Y = R.normal(size=9)
THETA = R.normal(size=5)

program(
    "iterators",
    """
import numpy as np
def windows(y, k):
    for t in range(k, len(y)):
        yield np.dot(y[t - k:t], y[t - k:t]) * y[t]
def objective(theta, y):
    it = iter(theta)
    a = next(it)
    b = next(it)
    s = a * b + sum(v ** 2 for v in it) + next(it, 1.0)
    for k in range(3):
        it = iter([a, b, k])
        s += next(it) * sum(it)
    first = next((v for v in y if v > a), 0.0)
    place = next(i for i, v in enumerate(y) if v > 0)
    never = next((v for v in y if v > 100), None)
    w = windows(y, 2)
    start = next(w)
    taken = iter(y)
    for t in range(4):
        s += next(taken) * a ** t
    s += sum(taken) * b
    return s + first * a + place * b + start + sum(w) * a + (2.0 if never is None else never)
""",
    dict(y=Y),
    dict(theta=THETA),
)
program(
    "endless_iterators",
    """
import itertools
from itertools import chain, count, cycle, groupby, repeat
def objective(theta, y):
    s = 0.0
    for k in count():
        term = theta[0] ** k / (k + 1)
        s += term
        if abs(term) < 1e-14:
            break
    for a, c in zip(y, cycle([1.0, -1.0])):
        s += a * c * theta[1]
    for a, b in zip(y, repeat(theta[2])):
        s += a * b
    for i, v in zip(count(1, 2), chain(theta, [1.0, 2.0])):
        s += i * v
    for key, group in groupby([("x", 0), ("x", 1), ("y", 2)], key=lambda t: t[0]):
        s += sum(theta[k] for _, k in group) ** 2
    for name, v in zip(["a", "b"], theta):
        s += v * (2.0 if name == "a" else 3.0)
    return s
""",
    dict(y=Y),
    dict(theta=np.array([0.4, 0.2, -0.3])),
)
program(
    "collections",
    """
import numpy as np
from collections import Counter, OrderedDict, defaultdict, deque
def objective(theta, y, g):
    groups, total = defaultdict(list), defaultdict(float)
    for label, v in zip(g, y):
        groups[label].append(v)
    s = 0.0
    for label in sorted(groups):
        s += np.sum((np.array(groups[label]) - theta[label]) ** 2) * len(groups[label])
    for key, v in [("a", theta[0]), ("b", theta[1]), ("a", theta[2])]:
        total[key] += v ** 2
    s += total["a"] * total["b"] + total["none"] + len(total)
    counts = Counter(["u", "v", "u"])
    counts.update(["v", "v"])
    for place, (key, n) in enumerate(counts.most_common()):
        s += n * theta[place]
    named = OrderedDict(mu=theta[0], sigma=np.exp(theta[1]))
    past, back = deque([0.0] * 3, maxlen=3), deque(maxlen=2)
    back.appendleft(theta[0])
    back.appendleft(theta[1])
    for v in y:
        s += sum(f * p for f, p in zip(theta, reversed(past))) * v + back[-1]
        past.append(v * named["mu"])
        back.appendleft(v)
    past.rotate(1)
    return s + past[0] + counts["w"] + named["sigma"]
""",
    dict(y=Y, g=np.array([0, 2, 1, 0, 2, 2, 1, 0, 0])),
    dict(theta=np.array([0.4, 0.2, -0.3])),
)
program(
    "queues",
    """
from collections import deque
CHILDREN = {"root": ["a", "b"], "a": ["c"], "b": [], "c": []}
def objective(theta, y):
    e, lags, s = [0.0, 0.0], [0.0, 0.0], 0.0
    for t in range(len(y)):
        r = y[t] - theta[0] * lags[0] - theta[1] * e[-2]
        s += r ** 2
        e.append(r)
        e.pop(0)
        lags.insert(0, y[t])
        lags.pop()
    queue, depth = deque(["root"]), {"root": 0}
    while queue:
        node = queue.popleft()
        s += theta[depth[node]] * len(node)
        for child in CHILDREN[node]:
            depth[child] = depth[node] + 1
            queue.append(child)
    stack = [(0, 1.0)]
    while len(stack) > 0:
        k, v = stack.pop()
        s += v * theta[k]
        if k < 2:
            stack += [(k + 1, v * theta[k]), (k + 1, v * 0.5)]
    return s + e[0]
""",
    dict(y=Y),
    dict(theta=np.array([0.4, 0.2, -0.3])),
)
program(
    "decorators",
    """
import copy
import logging
import sys
from dataclasses import asdict, astuple, dataclass, replace
from functools import wraps
import numpy as np
logger = logging.getLogger(__name__)
EPS = 10 * sys.float_info.epsilon
@dataclass
class Prior:
    mean: float
    sd: float = 1.0
def penalised(weight):
    def decorator(f):
        @wraps(f)
        def inner(theta, *args, **kwargs):
            return f(theta, *args, **kwargs) + weight * np.dot(theta, theta)
        return inner
    return decorator
@penalised(0.1)
def objective(theta, y):
    global EPS
    prior = replace(Prior(theta[0], sd=2.0), sd=np.exp(theta[1]))
    frozen = copy.deepcopy(prior)
    prior.mean = prior.mean * 2
    logger.debug("prior %s", prior)
    print("at", theta, file=sys.stderr)
    try:
        s = np.sum((y - frozen.mean) ** 2) / frozen.sd
    finally:
        n = len(y)
    fields = asdict(prior)
    return s / n + fields["mean"] * astuple(frozen)[1] + getattr(prior, "df", 3.0) + hasattr(prior, "sd") + EPS
""",
    dict(y=Y),
    dict(theta=np.array([0.4, 0.2])),
)
program(
    "indices",
    """
import numpy as np
def squares(row, power=1.0, scale=1.0):
    return scale * np.sum(np.abs(row) ** power)
def objective(A, X):
    s = 0.0
    for i, j in np.ndindex(A.shape):
        s += A[i, j] * X[i, j] ** 2
    for index in np.ndindex(2, 3):
        s += A[index] ** 2 * sum(index)
    for (i, j), v in np.ndenumerate(A):
        s += v * (i + 2 * j)
    for v in np.nditer(A):
        s += np.exp(v)
    first, *middle, last = A[0]
    middle.append(first * last)
    return s + sum(middle) * len(middle) + np.apply_along_axis(squares, 1, A, 2.0, scale=0.5).max()
""",
    dict(X=R.normal(size=(2, 3))),
    dict(A=R.normal(size=(2, 3))),
)
program(
    "module_level",
    """
import numpy as np
CONFIG = {"n": 3, "w": np.array([1.0, 2.0, 3.0])}
for _k in range(3):
    CONFIG["w"][_k] *= 2
def objective(theta, n, rankings):
    merged = CONFIG | {"n": 2.0}
    s = np.sum(merged["w"] * theta ** 2) * merged["n"] * CONFIG["n"]
    order = list(range(n))
    for ranking in rankings:
        remaining = list(range(len(theta)))
        for item in ranking[:-1]:
            s -= theta[item] - np.log(sum(np.exp(theta[j]) for j in remaining))
            remaining.remove(item)
    return s + sum(theta[i] * k for k, i in enumerate(order))
""",
    dict(n=3, rankings=np.array([[0, 1, 2], [2, 0, 1]])),
    dict(theta=np.array([0.4, 0.2, -0.3])),
)
program(
    "factorisations_in_a_loop_of_a_try",
    """
import math
import numpy as np
def filtered(phi, q, y, shift):
    total = 0.0
    p = np.eye(2)
    for t in range(len(y)):
        p = phi * p * phi + q * np.eye(2) - shift[t] * np.eye(2)
        if t % 2 == 0:
            l = np.linalg.cholesky(p)
            total += np.log(np.diag(l)).sum() + y[t] @ np.linalg.solve(l, y[t])
    return total

def attempt(phi, q, y, shift):
    try:
        value = filtered(phi, q, y, shift)
    except np.linalg.LinAlgError:
        value = 100 + phi ** 2
    return value

def objective(phi, q, y, shift):
    return attempt(phi, q, y, shift) + attempt(phi, q, y, 0 * shift) * phi
""",
    {"y": R.normal(size=(12, 2)), "shift": np.where(np.arange(12) > 6, 3.0, 0.0)},
    {"phi": 0.5, "q": 0.7},
)
program(
    "errors_of_math_that_are_caught",
    """
import math
import numpy as np
def log_or(x, default):
    try:
        return math.log(x)
    except ValueError:
        return default

def logistic(x):
    try:
        return 1 / (1 + math.exp(-x))
    except OverflowError:
        return 0.0

def safe(f, default):
    try:
        return f()
    except (ZeroDivisionError, ValueError):
        return default

def objective(mu, y):
    total = 0.0
    for v in y:
        total += log_or(v - mu, mu) ** 2 + logistic(-800 * v) * mu + safe(lambda: math.sqrt(v + mu), -3.0 * mu)
    return total + safe(lambda: mu / float(y[0] - y[0]), mu ** 2)
""",
    {"y": Y},
    {"mu": 0.3},
)
program(
    "comprehensions_over_rows_that_differ_in_length",
    """
import numpy as np
def objective(m, s, rows, x):
    flat = [v * m[0] for row in rows for v in row]
    pairs = [(i + 1) * v for i, row in enumerate(rows) for v in row if v > s]
    chosen = [v for v in m if v > s]
    mixed = [a + b * c for a in (1, 2) for b in x for c in m]
    total = sum(v * v for row in rows for v in row if v > 2 * s)
    return sum(flat) + np.sum(np.array(pairs) ** 2) / len(pairs) + len(flat) + np.prod(mixed) + sum(chosen) + total
""",
    {"rows": [[1.0, 2.0], [3.0], [4.0, 5.0, 6.0]], "x": np.array([0.3, 0.8, -0.1])},
    {"m": np.array([1.0, 2.0, 0.1]), "s": 0.3},
)
program(
    "sets_of_labels_that_change",
    """
GRAPH = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}
def grown(seen, label):
    seen.add(label)
    return len(seen)
def objective(w, y):
    place = {k: i for i, k in enumerate(sorted(GRAPH))}
    visited, stack, total = set(), ["a"], 0.0
    while stack:
        u = stack.pop()
        if u in visited:
            continue
        visited.add(u)
        total = total * w[place[u]] + w[place[u]] ** 2
        stack.extend(GRAPH[u])
    alias = visited
    alias.discard("b")
    count = grown(visited, "z") + len(alias)
    for v in y:
        seen = {"a"}
        seen.update(["b", "c"])
        total += v * w[0] * len(seen)
    return total * count + len(visited.union({"q"}) - {"c"}) + len({1, 2}.intersection([2]))
""",
    {"y": Y},
    {"w": THETA[:4]},
)
