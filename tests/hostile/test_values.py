"""A sample of the bad values for x, which need one compiled objective."""

from __future__ import annotations

from tests.hostile import isolate
from tests.hostile.values import VECTORS, Fixed, outcome, values


def test_vectors() -> None:
    fixed = Fixed.make()
    cases = [v for v in values(seed=1, count=10**6) if v.place in (*VECTORS, "flatten")][::7]
    answers = isolate.run(lambda v: outcome(v, fixed), cases, seconds=60, memory=8 << 30)
    found = [(v.place, v.name, a) for v, a in answers]
    assert len(found) > 300
    assert [f for f in found if isinstance(f[2], isolate.Lost) or f[2][0] not in ("right", "refused")] == []
