"""Passes on random functions: results stay, and the IR stays well formed after each."""

from __future__ import annotations

import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run, run_staged
from adfun.ir.printer import show
from adfun.passes.checks import hoist_checks
from adfun.passes.fuse import fuse
from adfun.passes.inline import inline
from adfun.passes.invariant import hoist
from adfun.passes.lower import lower
from adfun.passes.settle import settle
from adfun.passes.simplify import simplify
from adfun.passes.sink import sink
from adfun.passes.stage import stage
from adfun.passes.tabulate import tabulate
from adfun.passes.unchain import unchain
from tests.passes.random_programs import random_case
from tests.passes.test_passes import Pass, assert_same

ORDERS: tuple[tuple[Pass, ...], ...] = (
    (simplify, hoist, inline, lower, hoist_checks, tabulate, unchain, fuse, sink, simplify, settle, fuse),
    (lower, settle, fuse),
    (hoist, inline, lower, hoist, simplify),
)


@pytest.mark.parametrize("seed", range(150))
def test_results_stay(seed: int) -> None:
    case = random_case(seed)
    function = check(case.function)
    before = run(function, case.inputs)
    for step in ORDERS[seed % len(ORDERS)]:
        function = check(step(function), step.__name__)
        assert_same(run(function, case.inputs), before, f"{step.__name__}\n{show(function)}")
    staged = stage(function)
    check(staged.prepare, "stage")
    check(staged.call, "stage")
    assert_same(run_staged(staged, case.inputs), before, show(staged.prepare) + show(staged.call))
