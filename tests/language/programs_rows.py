"""Lists of run-time length whose items are tuples, dicts, objects or distributions."""

from __future__ import annotations

from typing import Any

import numpy as np

R = np.random.default_rng(11)
Y = R.normal(size=23)
PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any] | None = None, **params: Any) -> None:
    """Add an objective."""
    source = "import numpy as np\nfrom scipy import stats\n" + source
    PROGRAMS.append((name, source, {"y": Y} if data is None else data, params))


program(
    "tuples_appended_in_a_loop",
    """
def objective(b, g, y):
    s, i, path = 0.9, 0.1, [(0.9, 0.1)]
    for t in range(1, len(y)):
        s, i = s - b * s * i, i + b * s * i - g * i
        path.append((s, i))
    last = path[-1]
    return sum((o - v) ** 2 for (u, v), o in zip(path, y)) + last[0] * path[len(y) // 2][1]
""",
    b=0.3,
    g=0.1,
)
program(
    "tuples_appended_where_a_condition_holds",
    """
def objective(a, y):
    kept = []
    for k, v in enumerate(y):
        if v > 0:
            kept.append((k, a * v))
    total = 0.0
    for k, v in kept:
        total += (k + 1) * v ** 2
    return total + len(kept)
""",
    a=0.7,
)
program(
    "array_of_tuples_and_slices",
    """
def objective(a, y):
    rows = [(v, a * v, np.exp(a)) for v in y]
    table = np.array(rows)
    tail = rows[2:]
    first, second = np.transpose(np.array(rows[::3]))[:2]
    return np.sum(table[:, 1] * table[:, 2]) + sum(p * q for _, p, q in tail) + np.sum(first * second)
""",
    a=0.4,
)
program(
    "tuples_with_arrays_and_integers",
    """
def objective(a, y):
    state, out = np.zeros(3), []
    for k in range(len(y)):
        state = 0.5 * state + a * y[k]
        out.append((k, state, (state.sum(), k % 2)))
    return sum(y[k] * m @ m + s * odd for k, m, (s, odd) in out)
""",
    a=np.array([0.1, 0.2, 0.3]),
)
program(
    "dicts_appended",
    """
def objective(b, y):
    state = dict(level=1.0, trend=0.0)
    history = [state]
    for v in y:
        level = state["level"] + state["trend"] + b * (v - state["level"])
        state = dict(level=level, trend=0.9 * state["trend"] + b * (level - state["level"]))
        history.append(state)
    return sum((h["level"] - v) ** 2 for h, v in zip(history[1:], y)) + history[-1]["trend"]
""",
    b=0.3,
)
program(
    "objects_appended",
    """
from dataclasses import dataclass
from typing import NamedTuple

class Belief(NamedTuple):
    mean: float
    var: float

@dataclass
class Step:
    belief: Belief
    error: float
    def score(self):
        return 0.5 * (np.log(self.belief.var) + self.error ** 2 / self.belief.var)

def objective(q, y):
    belief, steps = Belief(0.0, 1.0), []
    for v in y:
        var = belief.var + np.exp(q)
        gain = var / (var + 1.0)
        steps.append(Step(belief._replace(var=var + 1.0), v - belief.mean))
        belief = Belief(belief.mean + gain * (v - belief.mean), (1 - gain) * var)
    return sum(s.score() for s in steps)
""",
    q=-0.5,
)
program(
    "frozen_distributions_of_parameters",
    """
def objective(mu, s, y):
    parts = [stats.norm(m, np.exp(v)) for m, v in zip(mu, s)]
    dens = np.column_stack([d.pdf(y) for d in parts])
    alike = stats.gamma(np.exp(s[0]), scale=2.0) if mu[0] > 0 else stats.gamma(1.5, scale=np.exp(s[1]))
    return -np.sum(np.log(dens.mean(axis=1))) - alike.logpdf(np.abs(y) + 0.1).sum()
""",
    mu=np.array([-1.0, 0.0, 1.5]),
    s=np.array([0.1, 0.2, -0.1]),
)
program(
    "lists_of_tuples_added",
    """
def objective(a, y):
    rows = [(a, 1.0)] + [(a * v, v) for v in y]
    more = rows + [(p * 2.0, q) for p, q in rows]
    copy = list(more)
    return sum(p * q for p, q in copy) + len(more)
""",
    a=0.7,
)
program(
    "an_object_appended_and_changed_again",
    """
def objective(a, y):
    state, history = {"x": 1.0}, []
    for v in y:
        state["x"] = state["x"] * a + v
        history.append(state)
    return sum(h["x"] for h in history)
""",
    {"y": Y[:5]},
    a=0.7,
)
program(
    "an_item_changed_in_its_list",
    """
def objective(a, y):
    cells = [{"x": a * v} for v in y]
    for c in cells:
        c["x"] += 1.0
    return sum(c["x"] ** 2 for c in cells)
""",
    {"y": Y[:5]},
    a=0.7,
)
program(
    "a_record_changed_after_it_was_appended",
    """
def objective(a, y):
    out = []
    for v in y:
        cell = {"x": a * v}
        out.append(cell)
        cell["x"] += 1.0
    return sum(c["x"] ** 2 for c in out)
""",
    {"y": Y[:5]},
    a=0.7,
)
