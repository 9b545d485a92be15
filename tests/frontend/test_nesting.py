"""Loops inside loops: what the front end does for them grows with the depth, not with a power of two."""

from __future__ import annotations

import subprocess
import sys
from unittest.mock import patch

import numpy as np
import pytest
from tests.fuzz.layers import built

from adfun.frontend import loops
from adfun.ir.interpret import run

DEPTH = 24
MOST = 2000
"""Evaluations of loop bodies: a few for every pair of levels."""


def nested(
    before: list[str], header: str, body: list[str], result: str, first: str = "", last: str = ""
) -> str:
    """Loops around a body, each with a first and a last line: they may name its level, or the one outside."""
    lines = [f"    {line}" for line in before]
    for k in range(1, DEPTH + 1):
        lines.append(f"{' ' * (k + 3)}{header.format(k)}")
        lines += [f"{' ' * (k + 4)}{first.format(k)}"] if first else []
    lines += [f"{' ' * (DEPTH + 4)}{line}" for line in body]
    if last:
        lines += [f"{' ' * (k + 4)}{last.format(k - 1)}" for k in range(DEPTH, 0, -1)]
    head = "import numpy as np\ndef objective(a, k, y):\n    s = a\n"
    return head + "\n".join([*lines, f"    return {result}", ""])


WHILE = "while s < {}.5:"

PROGRAMS = {
    "numbers": ([], WHILE, ["s += 1"], "s"),
    "an array": (["x = np.zeros(3)"], WHILE, ["x[0] += s", "s += 1"], "s + np.sum(x)"),
    "a number that becomes a float": (["x = 0"], WHILE, ["x = x + s", "s += 1"], "s + x"),
    "a name without a value": ([], WHILE, ["x = s", "s += 1"], "s + x"),
    "a name that is None": (["x = None"], WHILE, ["x = s", "s += 1"], "s if x is None else x"),
    "a break": (["x = 0"], WHILE, ["x = x + s", "s += 1", "if s > 5: break"], "s + x"),
    "a return": (["x = 0"], WHILE, ["x = x + s", "s += 1", "if s > 5: return s"], "s + x"),
    "a condition that assigns": (["x = 0"], "while (s := s + 1) < {}.5:", ["x = x + s"], "s + x"),
    "a list": (["x = [0, 0]"], WHILE, ["x[0] += s", "s += 1"], "s + x[0]"),
    "a dict": (["x = {'p': 0}"], WHILE, ["x['p'] += s", "s += 1"], "s + x['p']"),
    "a list that grows": (["x = []"], WHILE, ["x.append(s)", "s += 1"], "s + sum(x)"),
    "small arrays": (
        ["x0 = s * np.ones(2)"],
        "for i{} in range(k):",
        ["s += 1"],
        "s + x0[0]",
        "x{} = s * np.ones(2)",
        "x{}[0] += 1",
    ),
    "for": (["x = 0"], "for i{} in range(k):", ["x = x + s"], "s + x"),
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_bodies_are_evaluated_few_times(what: str) -> None:
    with patch.object(loops, "_attempt", wraps=loops._attempt) as attempts:
        built(nested(*PROGRAMS[what]), {"k": 1, "y": np.ones(3)}, {"a": 2.0})
    assert attempts.call_count < MOST


CALLED_TWICE = """
import numpy as np
def many(x, step, k):
    i = 0
    while i < k:
        x = x + step
        i += 1
    return x
def objective(a, k, y):
    total = 0.0
    for j in range(k):
        p = many(0, a, k)
        q = many(0, 1, k)
        total += p * y[q]
    return total + y[many(1, 1, k)]
"""


def test_a_helper_with_other_values_is_another_loop() -> None:
    y = np.arange(5.0)
    staging = built(CALLED_TWICE, {"k": 2, "y": y}, {"a": 2.0})
    assert run(staging.function, staging.inputs).values[0] == 2 * 4.0 * y[2] + y[3]


INTERRUPTED = """
import os, signal, sys, threading
from adfun import deep

signal.signal(signal.SIGINT, signal.default_int_handler)  # (ignored where a shell runs us behind it)

def descend(n):
    if n:
        return descend(n - 1)
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        pass

before = sys.getrecursionlimit()
try:
    deep.run(lambda: descend(20_000))
except KeyboardInterrupt:
    assert sys.getrecursionlimit() == before
    assert deep.run(lambda: 5) == 5
    print("interrupted")
"""


def test_deep_recursion_can_be_interrupted() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("interrupted\n", "")
