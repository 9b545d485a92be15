"""Random programs, compiled and compared; `python -m tests.fuzz` checks more, and makes failures small."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial

import pytest

from tests.fuzz import pool
from tests.fuzz.task import examine

JOBS = min(4, os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("mode", "first", "count"), [("native", 1, 200), ("layers", 10_001, 60), ("second", 20_001, 25)]
)
def test_random_programs(mode: str, first: int, count: int) -> None:
    """Value and gradient; every pass in the interpreter; Hessians."""
    task = partial(examine, mode=mode, seconds=0.0)
    outcomes = list(pool.run(task, range(first, first + count), JOBS, 120.0))
    failures = [f"seed {seed}: {o.status}: {o.detail}\n{text}" for seed, o, text in outcomes if o.failed]
    assert not failures, "\n\n".join(failures)
    counts = Counter(outcome.status for _, outcome, _ in outcomes)
    assert counts["ok"] >= 0.75 * count, counts
