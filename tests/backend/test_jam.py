"""Loops inside a lane loop whose iterations go in pairs, for even and odd numbers of them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tests.backend.native import Module, entry
from tests.backend.test_lanes import INPUTS, over_n, x_at
from tests.backend.test_statements import M, N, P, buf, function, run, values

from adfun.backend.lanes.emit import pairs
from adfun.backend.lanes.shapes import Shapes
from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, For, Function, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a


def in_pairs(fn: Function) -> bool:
    """Whether any loop of the body of the loop over observations goes in pairs."""
    lanes = next(s for s in fn.body.stmts if isinstance(s, For) and s.stop is N)
    return any(pairs(Shapes(lanes), s) is not None for s in lanes.body.stmts if isinstance(s, For))


def agrees(fn: Function, sizes: tuple[int, ...] = (0, 9, 40)) -> Module:
    module = Module(entry(fn))
    for n in sizes:
        for p in (1, 2, 3, 4, 7):
            given = values(n, p)
            expected = run(fn, given)
            outcome = module.call("fn", given)
            np.testing.assert_allclose(outcome.values[0], expected.values[0], rtol=1e-13)
    return module


def product(b: Builder, i: Var, j: Var, weights: Buffer) -> Operand:
    """sum over k of m[i, k] weights[j, k]."""
    return b.for_loop(i64(0), P, [f64(0.0)], lambda k, c: [
        b.op(a.add, c[0], b.op(a.mul, b.load(buf(M), [i, k]), b.load(weights, [j, k])))
    ])[0]  # fmt: skip


def weights_of(b: Builder) -> Buffer:
    """A P by P matrix."""
    made = b.alloc(F64, [P, P], zero=True)
    b.for_loop(i64(0), P, [], lambda j, _: b.for_loop(i64(0), P, [], lambda k, _: (
        b.store(made, [j, k], b.op(a.i2f, b.op(a.isub, b.op(a.imul, j, i64(2)), k)))
    ) or []) and [])  # fmt: skip
    return made


def test_products_with_a_small_matrix() -> None:
    def body(b: Builder) -> Operand:
        weights = weights_of(b)

        def observation(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            def row(j: Var, d: tuple[Var, ...]) -> list[Operand]:
                white = product(b, i, j, weights)
                return [b.op(a.add, b.op(a.mul, d[0], f64(0.5)), b.op(a.mul, white, white))]

            return [b.op(a.add, c[0], b.for_loop(i64(0), P, [f64(1.0)], row)[0])]

        return over_n(b, [f64(0.0)], observation)[0]

    fn = function(body, INPUTS)
    assert in_pairs(fn)
    module = agrees(fn)
    assert module.emitted.text.count("+ 2 <=") == 1
    assert module.emitted.text.count("adfun_held") == 1


def test_sums_of_outer_products_and_a_row_of_each_iterations_own() -> None:
    def body(b: Builder) -> Operand:
        weights = weights_of(b)
        sums = b.alloc(F64, [P, P], zero=True)
        columns = b.alloc(F64, [P], zero=True)

        def observation(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            own = b.alloc(F64, [P], zero=True)

            def row(j: Var, _: tuple[Var, ...]) -> list[Operand]:
                white = product(b, i, j, weights)
                b.store(own, [j], b.op(a.add, white, x_at(b, i)))

                def column(k: Var, _: tuple[Var, ...]) -> list[Operand]:
                    part = b.op(a.mul, b.load(own, [j]), b.load(buf(M), [i, k]))
                    b.accum(sums, [j, k], part)
                    b.accum(columns, [k], part)
                    return []

                b.for_loop(i64(0), P, [], column)
                return []

            b.for_loop(i64(0), P, [], row)
            return [b.op(a.add, c[0], b.load(own, [i64(0)]))]

        start = over_n(b, [f64(0.0)], observation)[0]
        return b.for_loop(i64(0), P, [start], lambda j, c: b.for_loop(i64(0), P, [c[0]], lambda k, d: [
            b.op(a.add, b.op(a.mul, d[0], f64(0.9)), b.op(a.add, b.load(sums, [j, k]), b.load(columns, [k])))
        ]))[0]  # fmt: skip

    fn = function(body, INPUTS)
    assert in_pairs(fn)
    agrees(fn, (9, 40))


@pytest.mark.parametrize("why", ["a running value", "neighbours", "bounds"])
def test_iterations_that_need_each_other_stay_single(why: str) -> None:
    def body(b: Builder) -> Operand:
        weights = weights_of(b)

        def observation(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            own = b.alloc(F64, [b.op(a.iadd, P, i64(1))], zero=True)

            def row(j: Var, d: tuple[Var, ...]) -> list[Operand]:
                def column(k: Var, e: tuple[Var, ...]) -> list[Operand]:
                    factor = b.load(own, [j]) if why == "neighbours" else b.load(weights, [j, k])
                    return [b.op(a.add, e[0], b.op(a.mul, b.load(buf(M), [i, k]), factor))]

                start = d[0] if why == "a running value" else x_at(b, i)
                stop = j if why == "bounds" else P
                white = b.for_loop(i64(0), stop, [start], column)[0]
                if why == "neighbours":
                    b.store(own, [b.op(a.iadd, j, i64(1))], white)
                return [b.op(a.add, b.op(a.mul, d[0], f64(0.5)), white)]

            return [b.op(a.add, c[0], b.for_loop(i64(0), P, [f64(1.0)], row)[0])]

        return over_n(b, [f64(0.0)], observation)[0]

    fn = function(body, INPUTS)
    assert not in_pairs(fn)
    agrees(fn)


def test_sums_are_written_as_sums() -> None:
    def body(b: Builder) -> Operand:
        weights = weights_of(b)

        def observation(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            white = b.for_loop(
                i64(0), P, [f64(0.0)], lambda j, d: [b.op(a.add, d[0], product(b, i, j, weights))]
            )
            return [b.op(a.add, c[1], white[0]), b.op(a.mul, c[0], f64(0.5)), b.op(a.sub, c[2], c[1])]

        first, second, third = over_n(b, [f64(0.0), f64(1.0), x_at(b, i64(0))], observation)
        return b.op(a.add, b.op(a.add, first, second), third)

    fn = function(body, INPUTS)
    module = agrees(fn, (9, 40))
    assert re.search(r"(t\d+) = \1 - t\d+;", module.emitted.text)
