"""Loops inside loops: what the front end does for them grows with the depth, not with a power of two."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from tests.fuzz.layers import built

from adfun.frontend import loops

DEPTH = 24
MOST = 2000
"""Evaluations of loop bodies: a few for every pair of levels."""


def nested(before: list[str], header: str, body: list[str], result: str) -> str:
    lines = [f"    {line}" for line in before]
    lines += [f"{' ' * (k + 4)}{header.format(k)}" for k in range(DEPTH)]
    lines += [f"{' ' * (DEPTH + 4)}{line}" for line in body]
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
    "for": (["x = 0"], "for i{} in range(k):", ["x = x + s"], "s + x"),
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_bodies_are_evaluated_few_times(what: str) -> None:
    with patch.object(loops, "_attempt", wraps=loops._attempt) as attempts:
        built(nested(*PROGRAMS[what]), {"k": 1, "y": np.ones(3)}, {"a": 2.0})
    assert attempts.call_count < MOST
