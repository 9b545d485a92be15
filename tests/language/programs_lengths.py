"""Lists and loops whose lengths are known when the objective runs: what is spread, added and paired."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(12)
Y = R.normal(size=9)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, **params: Any) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import numpy as np\nimport itertools\n" + source, {"y": Y}, params))


program(
    "list_display_with_spread_items",
    """
def objective(cuts, y):
    edges = [-np.inf, *cuts, np.inf]
    p = np.diff(1 / (1 + np.exp(-np.array(edges))))
    tail = [p[0], *[np.exp(v) for v in y], *cuts[1:], *[1.0, 2.0]]
    return -np.sum(np.log(p)) + sum(tail) + len(edges)
""",
    cuts=np.array([-0.5, 0.2, 1.0]),
)
program(
    "extended_by_a_comprehension",
    """
def objective(a, y):
    terms = [a]
    terms.extend(a * v for v in y)
    terms += [v ** 2 for v in y[1:]]
    rows = []
    for k in range(3):
        rows.extend(a * (v + k) for v in y)
    return sum(t ** 2 for t in terms) + sum(rows) + len(terms) * len(rows) * a
""",
    a=0.3,
)
program(
    "combinations_of_a_run_time_range",
    """
def objective(x, y):
    r = x.reshape(-1, 2)
    energy = 0.0
    for i, j in itertools.combinations(range(len(r)), 2):
        d = np.sqrt(np.sum((r[i] - r[j]) ** 2))
        energy += d ** -2 - d ** -1
    return energy + sum(p * q for p, q in itertools.combinations(y, 2)) * x[0]
""",
    x=R.normal(size=12),
)
program(
    "accumulated_and_chained",
    """
def objective(a, y):
    smooth = list(itertools.accumulate(y, lambda s, v: a * v + (1 - a) * s))
    powers = itertools.accumulate(y[1:], lambda s, v: s * a, initial=2.0)
    both = list(itertools.chain(smooth, [a, 1.0], y))
    return sum((v - s) ** 2 for s, v in zip(smooth, y[1:])) + sum(powers) + sum(both) + len(both)
""",
    a=0.3,
)
program(
    "a_record_of_spread_items",
    """
from dataclasses import dataclass

@dataclass(frozen=True)
class Line:
    slope: float
    level: float = 0.5

    def at(self, x):
        return self.level + self.slope * x

def objective(theta, y):
    lines = [Line(*row) for row in theta]
    return sum(np.sum((y - line.at(k)) ** 2) for k, line in enumerate(lines))
""",
    theta=np.array([[0.3, 0.1], [0.2, -0.4], [0.5, 0.6]]),
)
program(
    "columns_of_sums_of_other_lengths",
    """
def objective(b, y):
    n = len(y)
    table = np.outer(y, np.exp(b[0] * y))
    out = np.zeros((n, len(b)))
    for i in range(n):
        for j in range(len(b)):
            total = 0.0
            for k in range(i):
                total += table[k, i] * b[j]
            out[i, j] = total
    return np.sum(out ** 2)
""",
    b=np.array([0.3, 0.5, -0.2]),
)
