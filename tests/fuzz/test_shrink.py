"""Failing programs are made small, stay failing, and can be written down and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.fuzz.grammar.program import Program, program
from tests.fuzz.kept import load, save
from tests.fuzz.shrink import shrink
from tests.fuzz.verify import Outcome, Unfit, reference

TEXT = """
import math
import numpy as np

def helper(t):
    return np.sin(t) + 1.0

def objective(x, y, a, b):
    total = 0.0
    for i in range(len(x)):
        if x[i] > 0:
            total += helper(a) * x[i]
        else:
            total -= np.cbrt(b[0] * y[i] + 5.0) * math.exp(a)
    other = np.sum(b) * 3.0
    return total + other
"""


def _without_cube_roots(candidate: Program) -> Outcome:
    """As if cube roots were compiled wrongly."""
    try:
        reference(candidate.text, candidate.data, candidate.params)
    except Unfit as unfit:
        return Outcome("unfit", str(unfit))
    return Outcome("value" if "cbrt" in candidate.text else "ok")


def test_what_is_not_needed_goes() -> None:
    data = {"x": np.array([0.5, -0.5]), "y": np.array([1.0, 2.0])}
    given = Program(TEXT, data, {"a": 0.3, "b": np.array([0.2, 0.4])})
    small = shrink(given, Outcome("value"), _without_cube_roots, seconds=60.0)
    assert _without_cube_roots(small).status == "value"
    assert len(small.text) < 100, small.text
    assert not {"for", "if", "exp"} & set(small.text.split())


def test_what_is_kept_can_be_read_back(tmp_path: Path) -> None:
    for seed in range(5):
        made = program(seed)
        save(made, tmp_path / "kept.py", "why it is kept")
        found = load(tmp_path / "kept.py")
        assert found.text.endswith(made.text)
        assert made.other is not None and found.other is not None
        pairs = [
            (made.data, found.data),
            (made.params, found.params),
            *zip(made.other, found.other, strict=True),
        ]
        for mine, theirs in pairs:
            assert mine.keys() == theirs.keys()
            for name in mine:
                np.testing.assert_array_equal(mine[name], theirs[name])


def test_a_seed_gives_the_same_program_every_time() -> None:
    first, second = program(17), program(17)
    assert first.text == second.text
    assert program(18).text != first.text
