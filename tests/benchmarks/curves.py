"""How time and memory grow: with the number of observations, and of source lines."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

import adfun
from tests.benchmarks.timing import medians

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
LINES = (20, 100, 500, 1_000, 2_000)


def poisson(x: Any, y: Any, a: float, b: float) -> Any:
    """A sum over observations."""
    eta = a + b * x
    return np.sum(np.exp(eta) - y * eta)


def by_size(largest: int) -> Iterator[tuple[int, float, float, float]]:
    """Observations; nanoseconds of fn and of gr for each; MiB by which the process's peak grew during gr."""
    rng = np.random.default_rng(3)
    for n in (n for n in SIZES if n <= largest):
        data = {"x": rng.normal(size=n), "y": rng.poisson(2.0, n).astype(float)}
        obj = adfun.make_ad_fun(poisson, data, {"a": 0.1, "b": 0.2})
        points = iter(range(1 << 30))

        def at(call: Any, obj: Any = obj, points: Any = points) -> Any:
            return lambda: call(obj.par + 1e-9 * next(points))

        obj.fn()
        before = _peak()
        obj.gr()
        grown = _peak() - before
        times = medians({"fn": at(obj.fn), "gr": at(obj.gr)}, 5)
        yield n, 1e9 * times["fn"] / n, 1e9 * times["gr"] / n, grown


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def by_lines(longest: int) -> Iterator[tuple[int, float]]:
    """Source lines, and the seconds from text to the first gradient."""
    for lines in (n for n in LINES if n <= longest):
        text = program(lines)
        data, params = {"x": np.linspace(0.1, 1.0, 50)}, {"a": 0.4, "b": 0.6}
        start = time.perf_counter()
        adfun.make_ad_fun(text, data, params, cache=False).gr()
        yield lines, time.perf_counter() - start


def program(lines: int) -> str:
    """A program of so many lines: scalars, arrays, loops, branches, calls of helpers."""
    head = ["import numpy as np", "", "def soft(z):", "    return np.log1p(np.exp(z))", ""]
    body = ["def objective(x, a, b):", "    s = a * b", "    v = x * a"]
    pieces = (
        ["    s = s + np.sin(a * {k}) * b"],
        ["    v = np.tanh(v + {k} * 0.01 * b)"],
        ["    for i in range(len(x)):", "        s = s + 0.01 * v[i] * np.cos(s)"],
        ["    if s > {k}:", "        s = s / (1 + {k})", "    else:", "        s = s + soft(b) / {k}"],
        ["    s = s + np.sum(np.exp(-v * v)) / {k}"],
        ["    t = soft(s / {k}) + a", "    s = 0.5 * s + 0.1 * t"],
    )
    k = 0
    while len(head) + len(body) + 1 < lines:
        k += 1
        body += [line.format(k=k) for line in pieces[k % len(pieces)]]
    return "\n".join([*head, *body, "    return s + np.sum(v)"]) + "\n"
