"""Lists that grow on a condition: the loop is run once more to count, which must change nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from adfun.binding import describe, describe_param
from adfun.frontend import entry, origin, recipes
from adfun.ir.check import check
from adfun.ir.interpret import run

Y = np.random.default_rng(3).normal(size=12)

PROGRAMS = {
    "array in memory": """
def objective(y, g, s):
    total = np.zeros(20)
    found = []
    for i in range(len(y)):
        total[g[i]] += y[i] * s
        if y[i] > 0:
            found.append(y[i] * s)
    return np.sum(total * np.arange(20)) + sum(found)
""",
    "two lists": """
def objective(y, g, s):
    up, down = [], []
    for i in range(len(y)):
        if y[i] > 0:
            up.append(y[i] * s)
        else:
            down.append(y[i])
    return len(up) + sum(up) + np.prod(down) + 3 * len(down)
""",
    "small array and number": """
def objective(y, g, s):
    pair = np.array([0.0, 1.0])
    count = 0
    found = []
    for i in range(len(y)):
        pair[0] += y[i]
        count += 1
        if y[i] > s:
            found.append(pair[0] + count)
    return pair[0] * s + count + np.sum(found)
""",
    "array changed before and after": """
def objective(y, g, s):
    x = y.copy()
    x[0] = s
    found = []
    for i in range(1, len(y)):
        x[i] = x[i - 1] * 0.5 + x[i]
        if x[i] > 0:
            found.append(x[i])
    x *= 2
    return x.sum() + sum(found) + len(found)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_counting_changes_nothing(name: str) -> None:
    source = "import numpy as np\n" + PROGRAMS[name]
    values = {"y": Y, "g": np.arange(12) % 5, "s": 0.3}
    objective = origin.read(source, "objective")
    data = {k: describe(k, values[k]) for k in ("y", "g")}
    params = {"s": describe_param("s", 0.3)}
    built = entry.build(objective, data, params)
    check(built.function)
    leaves = {k: v for d in (*data.values(), *params.values()) for k, v in d.values.items()}
    leaves |= {i.name: recipes.evaluate(r, leaves) for r, i in built.hidden}
    scope: dict[str, object] = {}
    exec(source, scope)
    want = scope["objective"](Y.copy(), values["g"], 0.3)  # type: ignore[operator]
    got = run(built.function, {i.name: leaves[i.name] for i in built.function.inputs}).values[0]
    assert got == pytest.approx(want, rel=1e-12)
