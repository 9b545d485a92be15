"""Where a decision hangs on a value, it is computed as it is written; elsewhere divisions become products."""

from __future__ import annotations

import numpy as np
import pytest
from tests.backend.native import Module, entry
from tests.backend.test_lanes import INPUTS, over_n, x_at
from tests.backend.test_statements import R, S, function, values, var

from adfun.backend.module import emit
from adfun.ir.builder import Builder
from adfun.ir.nodes import Operand, Var, f64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a


def count_at_least_one(b: Builder, quotient: bool) -> Operand:
    """How many x[i] / s (or x[i] * s - 1) are at least 1 (or above 0)."""

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        if quotient:
            hit = b.op(a.le, f64(1.0), b.op(a.div, x_at(b, i), var(S)))
        else:
            hit = b.op(a.lt, f64(0.0), b.op(a.sub, b.op(a.mul, x_at(b, i), var(S)), f64(1.0)))
        return [b.op(a.add, c[0], b.op(a.select, hit, f64(1.0), f64(0.0)))]

    return over_n(b, [f64(0.0)], step)[0]


@pytest.mark.parametrize("n", [1, 8, 21])
def test_a_comparison_sees_the_true_quotient(n: int) -> None:
    module = Module(entry(function(lambda b: count_at_least_one(b, True), INPUTS)))
    given = {**values(n), "x": np.full(n, 49.0), "s": 49.0}
    assert 49.0 * (1.0 / 49.0) < 1.0
    assert module.call("fn", given).values[0] == n


@pytest.mark.parametrize("n", [1, 8, 21])
def test_a_comparison_sees_the_rounded_product(n: int) -> None:
    module = Module(entry(function(lambda b: count_at_least_one(b, False), INPUTS)))
    given = {**values(n), "x": np.full(n, 0.1), "s": 10.0}
    assert 0.1 * 10.0 == 1.0  # before rounding it is above 1
    assert module.call("fn", given).values[0] == 0


def test_the_quotient_is_followed_through_memory() -> None:
    def body(b: Builder) -> Operand:
        made = b.alloc(F64, [INPUTS[1].item.shape[0]], zero=False)  # type: ignore[union-attr]
        over_n(b, [], lambda i, c: b.store(made, [i], b.op(a.div, x_at(b, i), var(S))) or [])

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            return [b.op(a.add, c[0], b.op(a.floor, b.load(made, [i])))]

        return over_n(b, [f64(0.0)], step)[0]

    given = {**values(21), "x": np.full(21, 49.0), "s": 49.0}
    assert Module(entry(function(body, INPUTS))).call("fn", given).values[0] == 21


def test_other_divisions_leave_the_loop() -> None:
    def body(b: Builder) -> Operand:
        return over_n(b, [f64(0.0)], lambda i, c: [b.op(a.add, c[0], b.op(a.div, x_at(b, i), var(R)))])[0]

    fn = function(body, INPUTS)
    text = emit([entry(fn)]).text
    assert text.count(" / ") == 1
    given = values(21)
    expected = np.sum(given["x"] / given["r"])
    np.testing.assert_allclose(Module(entry(fn)).call("fn", given).values[0], expected, rtol=1e-14)
