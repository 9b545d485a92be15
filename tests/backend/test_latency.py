"""Sequential loops whose products and sums are taken in the order of arrival."""

from __future__ import annotations

import numpy as np
from tests.backend.native import Module, entry
from tests.backend.test_lanes import INPUTS, over_n, x_at
from tests.backend.test_statements import R, S, function, run, values, var

from adfun.backend.exact import Sources, exact_values
from adfun.backend.lanes.cost import choose
from adfun.backend.latency import shorten
from adfun.backend.usage import count_reads
from adfun.ir.builder import Builder
from adfun.ir.check import check
from adfun.ir.nodes import For, Function, Let, Operand, Var, f64
from adfun.primitives import arithmetic as a


def shortened(fn: Function) -> Function:
    sources = Sources()
    sources.collect(fn.body)
    reads = count_reads(fn.body)
    exact = exact_values(sources, through_memory=False)
    return check(shorten(fn, reads, exact, choose(fn, reads)))


def body_of(fn: Function) -> list[str]:
    loop = next(s for s in fn.body.stmts if isinstance(s, For))
    return [s.op.name for s in loop.body.stmts if isinstance(s, Let)]


def epidemic(b: Builder) -> Operand:
    """Two states; a rate that depends on one of them, times both, times a step."""

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        rate = b.op(a.select, b.op(a.lt, f64(0.6), c[0]), var(S), var(R))
        new = b.op(a.mul, b.op(a.mul, b.op(a.mul, rate, c[0]), c[1]), var(S))
        lost = b.op(a.mul, b.op(a.mul, var(R), c[1]), x_at(b, i))
        return [b.op(a.sub, c[0], new), b.op(a.sub, b.op(a.add, c[1], new), lost)]

    s, i = over_n(b, [f64(0.9), f64(0.1)], step)
    return b.op(a.add, s, b.op(a.mul, f64(2.0), i))


def test_an_iteration_has_fewer_products_in_a_row() -> None:
    fn = function(epidemic, INPUTS)
    made = shortened(fn)
    assert body_of(made).count("mul") < body_of(fn).count("mul")
    given = {**values(40), "s": 0.3, "r": 0.2}
    np.testing.assert_allclose(run(made, given).values, run(fn, given).values, rtol=1e-13)
    np.testing.assert_allclose(Module(entry(fn)).call("fn", given).values, run(fn, given).values, rtol=1e-13)


def test_the_late_term_is_added_last() -> None:
    made = shortened(function(epidemic, INPUTS))
    loop = next(s for s in made.body.stmts if isinstance(s, For))
    last = {s.var: s for s in loop.body.stmts if isinstance(s, Let)}[loop.body.yields[1]]  # type: ignore[index]
    assert last.op is a.add


def test_a_compensated_sum_keeps_its_order() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            y = b.op(a.sub, x_at(b, i), c[1])
            t = b.op(a.add, c[0], y)
            return [t, b.op(a.sub, b.op(a.sub, t, c[0]), y)]

        return over_n(b, [f64(0.0), f64(0.0)], step)[0]

    fn = function(body, INPUTS)
    given = {**values(4000), "x": np.full(4000, 0.1)}
    assert Module(entry(fn)).call("fn", given).values[0] == run(fn, given).values[0] == 400.0


def test_what_a_decision_hangs_on_stays_as_it_is() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            product = b.op(a.mul, b.op(a.mul, c[0], x_at(b, i)), var(S))
            return [b.op(a.floor, product)]

        return over_n(b, [f64(1.0)], step)[0]

    fn = function(body, INPUTS)
    assert shortened(fn) is fn


def test_parallel_loops_are_left_alone() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            product = b.op(a.mul, b.op(a.mul, b.op(a.mul, x_at(b, i), var(S)), x_at(b, i)), var(R))
            return [b.op(a.add, c[0], product)]

        return over_n(b, [f64(0.0)], step)[0]

    fn = function(body, INPUTS)
    assert shortened(fn) is fn


def test_what_a_kept_product_is_made_of_is_kept() -> None:
    """A product that is read twice, and by a longer one, still needs its own factors."""

    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            x = x_at(b, i)
            part = b.op(a.mul, b.op(a.add, x, var(S)), x)  # does not wait for the last iteration
            twice = b.op(a.mul, f64(0.1), part)
            longer = b.op(a.mul, b.op(a.mul, c[0], twice), b.op(a.mul, f64(2.0), var(R)))
            return [b.op(a.sub, c[0], longer), b.op(a.add, c[1], twice)]

        first, second = over_n(b, [f64(0.9), f64(0.1)], step)
        return b.op(a.add, first, second)

    fn = function(body, INPUTS)
    given = {**values(40), "s": 0.3, "r": 0.2}
    np.testing.assert_allclose(run(shortened(fn), given).values, run(fn, given).values, rtol=1e-13)
