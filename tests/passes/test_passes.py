"""Every pass leaves every program's results as they were, and its IR well formed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import Results, run, run_staged
from adfun.ir.nodes import Function
from adfun.ir.printer import show
from adfun.passes.collect import collect
from adfun.passes.early import early_sums
from adfun.passes.factor import factor
from adfun.passes.flatten import flatten
from adfun.passes.fuse import fuse
from adfun.passes.inline import inline
from adfun.passes.interchange import interchange
from adfun.passes.invariant import hoist
from adfun.passes.lower import lower
from adfun.passes.meet import meet
from adfun.passes.narrow import narrow
from adfun.passes.peel import peel
from adfun.passes.relay import relay
from adfun.passes.settle import settle
from adfun.passes.share import share
from adfun.passes.simplify import simplify
from adfun.passes.sink import sink
from adfun.passes.split import split
from adfun.passes.stage import stage
from adfun.passes.tabulate import tabulate
from adfun.passes.triangle import triangle
from adfun.passes.unchain import unchain
from adfun.passes.unify import unify
from adfun.passes.unroll import unroll
from adfun.passes.unwrap import unwrap
from tests.passes import ir_programs

Pass = Callable[[Function], Function]

CHAINS: dict[str, tuple[Pass, ...]] = {
    "simplify": (simplify,),
    "inline": (inline,),
    "lower": (lower,),
    "fuse": (lower, fuse),
    "hoist": (hoist, simplify),
    "split": (split,),
    "factor": (lower, factor),
    "collect": (lower, collect),
    "share": (lower, share),
    "settle": (lower, settle),
    "narrow": (lower, narrow),
    "unify": (lower, unify),
    "tabulate": (lower, tabulate),
    "unroll": (unroll, lower, unroll, fuse),
    "interchange": (lower, fuse, interchange),
    "flatten": (lower, fuse, flatten),
    "unchain": (unroll, lower, unchain, fuse),
    "sink": (lower, sink),
    "triangle": (lower, triangle),
    "early": (lower, early_sums),
    "unwrap": (lower, unwrap),
    "peel": (peel, simplify),
    "relay": (simplify, relay),
    "meet": (lower, fuse, meet),
    "all": (
        simplify,
        unroll,
        peel,
        relay,
        hoist,
        split,
        inline,
        lower,
        unroll,
        tabulate,
        unchain,
        fuse,
        interchange,
        fuse,
        sink,
        flatten,
        simplify,
        factor,
        collect,
        settle,
        fuse,
        share,
        narrow,
        fuse,
        triangle,
        unwrap,
        early_sums,
    ),
}


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("program", ir_programs.ALL, ids=lambda p: p.__name__)
def test_results_stay(program: Callable[[], ir_programs.Case], chain: str) -> None:
    case = program()
    function = check(case.function)
    before = run(function, case.inputs)
    for step in CHAINS[chain]:
        function = check(step(function), step.__name__)
        assert_same(run(function, case.inputs), before, show(function))


@pytest.mark.parametrize("chain", [(lower,), CHAINS["all"]], ids=["early", "late"])
@pytest.mark.parametrize("program", ir_programs.ALL, ids=lambda p: p.__name__)
def test_staged_results_stay(program: Callable[[], ir_programs.Case], chain: tuple[Pass, ...]) -> None:
    case = program()
    before = run(case.function, case.inputs)
    function = case.function
    for step in chain:
        function = step(function)
    staged = stage(function)
    check(staged.prepare, "stage")
    check(staged.call, "stage")
    text = show(staged.prepare) + show(staged.call)
    assert_same(run_staged(staged, case.inputs), before, text)


def assert_same(after: Results, before: Results, text: str) -> None:
    np.testing.assert_allclose(after.values, before.values, rtol=1e-13, err_msg=text)
    assert after.buffers.keys() == before.buffers.keys()
    assert after.reports.keys() == before.reports.keys()
    for name, value in (before.buffers | before.reports).items():
        found = (after.buffers | after.reports)[name]
        np.testing.assert_allclose(found, value, rtol=1e-13, err_msg=text)
