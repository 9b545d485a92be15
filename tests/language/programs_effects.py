"""Objectives whose helpers change lists, dicts, arrays and objects of their callers, and return early."""

from __future__ import annotations

from typing import Any

import numpy as np

Y = np.array([1.0, -1.0, 2.0, 0.3, 12.0])
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []
COUNTER = """
import numpy as np
class Counter:
    def __init__(self, level):
        self.level = level
        self.seen = []
    def add(self, y):
        if y < 0:
            return
        self.level = self.level + y
        self.seen.append(y * self.level)
    def last(self, y):
        if y < 0:
            return 0.0
        self.seen.append(y)
        return self.seen[-1]
"""


def program(name: str, source: str) -> None:
    """Add an objective of a number and five known ones."""
    PROGRAMS.append((name, COUNTER + source, dict(y=Y), dict(a=0.3)))


program(
    "method_that_returns_early",
    """
def objective(a, y):
    c = Counter(a)
    s = 0.0
    for v in y:
        c.add(v)
        s += c.level ** 2
    return s + sum(c.seen) * len(c.seen)
""",
)
program(
    "method_that_returns_early_with_a_value",
    """
def objective(a, y):
    c = Counter(a)
    s = 0.0
    for v in y:
        s += c.last(v)
    return sum(c.seen) * len(c.seen) * s * a
""",
)
program(
    "array_attribute_after_an_early_return",
    """
def objective(a, y):
    filter = Counter(a * np.ones((2, 2)) + np.eye(2))
    def update(row):
        ok = row > 0
        if not ok.any():
            return
        H = np.outer(row, row)[ok, :2]
        filter.level = filter.level - 0.1 * (H.T @ H) @ filter.level
    s = 0.0
    for k in range(3):
        update(y[k:k + 2] * a)
        s += filter.level.sum()
    return s
""",
)
program(
    "closures_that_return_early",
    """
def objective(a, y):
    kept, d, z, total, best = [], {"x": a, "y": 0.0}, a * np.ones(3), 0.0, None
    def keep(v):
        if v < 0:
            return 0
        kept.append(v * a)
        return 1
    def change(v):
        if v < 0:
            return
        d["x"] *= v
        if v > 1:
            d["y"] = v
            return
        d["y"] += a
    def fill(i, v):
        if v < 0:
            z[i] = 0.5
            return
        if v > 1.5:
            return
        z[i] += v
    def visit(v):
        nonlocal total, best
        if v < 0:
            total -= v * a
            return
        if best is None or v > best:
            best = v * a
            return
        total += v
    n = 0
    again = change
    for v in y:
        n += keep(v)
        again(v)
        visit(v)
    for i, v in enumerate(y[:3]):
        fill(i, v)
    return sum(kept) * n + len(kept) + d["x"] * d["y"] + np.prod(z) + total * best
""",
)
program(
    "return_out_of_a_loop_of_a_helper",
    """
def objective(a, y):
    c = Counter(a)
    def run():
        for v in y:
            if v < 0:
                return
            if v > 10:
                continue
            c.level = c.level * v
            c.seen.append(c.level)
    run()
    run()
    return c.level * sum(c.seen)
""",
)
program(
    "helpers_that_return_what_they_changed",
    """
def object_of(a, v):
    c = Counter(a)
    if v < 1.5:
        if v < 0:
            return c
        c.level = 5 * a
    c.level += 1
    return c
def list_of(a, v):
    pair = [a, a]
    if v < 1.5:
        if v < 0:
            return pair
        pair[0] = 5 * a
    pair[1] += v
    return pair
def one_of(v, first, second, a):
    if v < 0:
        first[0] = 5 * v
        return first
    second[1] = 7 * v * a
    return second
def objective(a, y):
    s = 0.0
    for v in y:
        s += object_of(a, v).level
        p, q = list_of(a, v)
        first, second = a * np.ones(2), np.ones(2)
        r = one_of(v, first, second, a)
        s += p * q + r[0] * r[1] + first[0] * second[1]
    return s
""",
)
program(
    "local_dict_and_list_after_an_early_return",
    """
def by_name(a, v):
    out = {}
    out["a"] = v * a
    if v < 0:
        return out["a"]
    out["b"] = v * a
    return out["a"] * out["b"]
def by_place(a, v, y):
    out = [1.0]
    if v < 0:
        return v
    out.append(v * a)
    out.append(y * v)
    return out[0] + out[1] + out[2].sum()
def objective(a, y):
    return sum(by_name(a, v) + by_place(a, v, y) for v in y)
""",
)
program(
    "names_for_what_an_arm_changed",
    """
def objective(a, y):
    s = 0.0
    for v in y:
        p, q, x, z = [a, a], [2 * a, a], a * np.ones(2), 2 * a * np.ones(2)
        if v > 0.5:
            p[0] = 5 * a
            x[0] = v * a
            r, w = p, x
        else:
            r, w = q, z
        s += r[0] * w[0]
    return s
""",
)
program(
    "lists_that_the_same_loop_grows_twice",
    """
def objective(a, y):
    seen = []
    def run():
        for v in y:
            seen.append(v * a)
    run()
    run()
    return sum(seen) * len(seen)
""",
)
program(
    "lists_of_run_time_length_added",
    """
def objective(a, y):
    s = 0.0
    for i in range(4):
        some = [a * (k + 1) for k in range(4 - i)]
        more = [0.5] + some + [1 - sum(some)] + some + []
        rows = [y * k for k in range(i)] + [y, y * a]
        s += np.sum(np.array(more) ** 2) + len(more) * a + more[-1] * more[0] + np.sum(np.array(rows)) * i
    return s
""",
)
program(
    "flag_of_a_factor_out_of_a_loop",
    """
from scipy.linalg import cho_factor, cho_solve
def objective(a, y):
    K = np.exp(-np.subtract.outer(y, y) ** 2) + np.exp(a) * np.eye(len(y))
    jitter = 0.0
    for attempt in range(3):
        try:
            factor, lower = cho_factor(K + jitter * np.eye(len(y)))
            break
        except np.linalg.LinAlgError:
            jitter = 10 * jitter + 1e-8
    else:
        return np.inf
    return y @ cho_solve((factor, lower), y) + 2 * np.log(np.diag(factor)).sum()
""",
)
program(
    "normal_of_what_was_observed",
    """
from scipy.stats import multivariate_normal, multivariate_t
def objective(a, y):
    rows = np.array([[1.0, 0.3, -1.0], [np.nan, 2.0, 0.1], [np.nan, np.nan, np.nan], [np.nan, np.nan, 0.4]])
    s = 0.0
    for row in rows:
        ok = ~np.isnan(row)
        if not ok.any():
            continue
        x = row[ok] * a
        n = len(x)
        S = (np.exp(a) * (np.eye(3) + 0.3))[np.ix_(ok, ok)]
        s += multivariate_normal.logpdf(x, mean=np.zeros(n), cov=S)
        s += multivariate_normal.logpdf(x, mean=0.1 * np.ones(n), cov=np.exp(a))
        s += multivariate_t.logpdf(x, loc=0.1 * np.ones(n), shape=S, df=4)
    return s
""",
)
program(
    "effects_of_expressions",
    """
def objective(a, y):
    c = Counter(a)
    def bump(v):
        c.level = c.level * 1.5 + v
        return c.level
    def high(v):
        c.level = c.level - a * v
        return c.level > v
    def local(v):
        own = [a, 1.0]
        def put(x):
            own[0] = own[0] + x
            return x
        r = put(v) if v > 0 else put(a)
        return r * own[0]
    s = 0.0
    for v in y:
        s += bump(v) if v > 0 else -v
        s += (v > 0.5 and bump(v)) or 0.1
        if v > 0.5 and high(v):
            s += 1.0
        if v < 0 or high(v) or bump(v) > 2:
            s += a
        r = (z := v * a) if v > 0 else (z := a - v)
        s += local(v) + r * z
    return s * c.level
""",
)
program(
    "finally_after_the_return_of_a_helper",
    """
def objective(a, y):
    log = {"n": 0.0, "calls": 0}
    def attempt(v):
        try:
            if v < 0:
                return 1.0
            log["n"] = log["n"] + v * a
        finally:
            log["calls"] += 1
        log["n"] += a
        return 2.0
    s = 0.0
    for v in y:
        s += attempt(v)
    return log["n"] * log["calls"] * s
""",
)
