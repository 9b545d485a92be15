"""A sample of the bad programs, without a C++ compiler: `python -m tests.hostile programs` runs them all.

What must never happen is asserted here; how often adfun and Python disagree is counted in RESULTS.md.
"""

from __future__ import annotations

import pytest

from tests.hostile import isolate, judge
from tests.hostile.programs import FAMILIES, programs
from tests.hostile.verdict import GOOD, verdict

SEVERE = ("crash", "internal", "touched", "escaped", "traceback")

MEMORY = 4 << 30

BOMBS = ("np.eye(10**9)", "[[a] * 10**5] * 10**5", "np.tile(y, (10**6, 10**6))", "np.zeros((0, 10**12))")
ENDLESS = "while True: pass\nreturn a"


@pytest.mark.parametrize(
    "family", [f for f in FAMILIES if f not in ("names", "literals", "bombs", "nesting")]
)
def test_sample(family: str) -> None:
    cases = [c for c in programs([family], seed=1, most=30) if not c.native]
    plain = [c for c in cases if c.python]
    answers = isolate.run(judge.python, plain, seconds=20, memory=MEMORY)
    expected = {case.name: answer for case, answer in answers}
    found = [
        (verdict(case, expected.get(case.name), answer), case.name, answer)
        for case, answer in isolate.run(judge.adfuns, cases, seconds=60, memory=MEMORY)
    ]
    assert found
    assert [f for f in found if f[0] in SEVERE] == []


def test_bombs() -> None:
    cases = [c for c in programs(["bombs"], seed=1, most=1000) if c.name in (*BOMBS, ENDLESS)]
    found = {c.name: a for c, a in isolate.run(judge.adfuns, cases, seconds=60, memory=MEMORY)}
    assert {verdict(c, None, found[c.name]) for c in cases if c.name in BOMBS} <= set(GOOD)
    assert found[ENDLESS].status == "endless"
    slow = isolate.Lost("slow", "no answer")
    assert [verdict(c, slow, found[c.name]) for c in cases if c.name == ENDLESS] == ["endless"]
