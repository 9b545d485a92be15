"""Loops that run in lanes: every way a statement can differ between lanes, against the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.backend.native import Module, entry, flat
from tests.backend.test_statements import (
    ALL,
    GS,
    GX,
    B,
    C,
    K,
    M,
    N,
    P,
    R,
    S,
    T,
    X,
    buf,
    function,
    run,
    values,
    var,
)

from adfun.backend.lanes import cost
from adfun.backend.lanes.cost import choose
from adfun.backend.lanes.legal import Form, Plan, Refused, plan
from adfun.backend.lanes.shapes import LOOSE
from adfun.backend.usage import count_reads
from adfun.ir.builder import Builder
from adfun.ir.nodes import Error, For, Function, Operand, Var, f64, i64
from adfun.ir.rows import Primitive
from adfun.ir.types import B1, F64, I64
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary, special

INPUTS = (*ALL, GS, GX)
Body = Callable[[Builder], Any]
SIZES = [0, 1, 7, 8, 9, 16, 37]


@pytest.fixture(params=[0, 2, 4], ids=["chosen", "two", "four"], autouse=True)
def vectors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every loop as it is chosen, and with two and four vectors at a time."""
    choice = cost.Choice.form

    def form(self: cost.Choice, plan: Plan, nested: bool) -> Form:
        chosen = choice(self, plan, nested)
        return Form(request.param or chosen.vectors, chosen.rest)

    monkeypatch.setattr(cost.Choice, "form", form)


def lane_loops(fn: Function) -> int:
    return len(choose(fn, count_reads(fn.body)))


def compare(
    body: Body, sizes: list[int] | None = None, loops: int = 1, rtol: float = 1e-13, **extra: Any
) -> Module:
    """Native equals interpreted for several sizes, and the expected number of loops runs in lanes."""
    fn = function(body, INPUTS)
    assert lane_loops(fn) == loops
    module = Module(entry(fn))
    for n in sizes or SIZES:
        given = {**values(n), **extra}
        expected = run(fn, {k: v for k, v in given.items() if k in {i.name for i in INPUTS}})
        outcome = module.call("fn", given)
        assert outcome.status == 0
        wanted = np.array([float(v) for v in expected.values])
        np.testing.assert_allclose(outcome.values[: wanted.size], wanted, rtol=rtol, atol=1e-13)
        gradient = flat(fn, expected.buffers)
        np.testing.assert_allclose(outcome.gradient[: gradient.size], gradient, rtol=rtol, atol=1e-13)
    return module


def over_n(b: Builder, inits: list[Operand], step: Callable[[Var, tuple[Var, ...]], list[Operand]]) -> Any:
    return b.for_loop(i64(0), N, inits, step)


def x_at(b: Builder, i: Operand) -> Operand:
    return b.load(buf(X), [i])


# -- reductions -------------------------------------------------------------------------------

REDUCTIONS = {
    "add": (F64, f64(2.0)), "mul": (F64, f64(2.0)), "minimum": (F64, f64(0.1)), "maximum": (F64, f64(0.1)),
    "iadd": (I64, i64(3)), "imul": (I64, i64(1)), "imin": (I64, i64(3)), "imax": (I64, i64(1)),
}  # fmt: skip


@pytest.mark.parametrize("many", [2, 20])
def test_many_functions_in_one_pass_are_called(many: int) -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            total, item = c[0], x_at(b, i)
            for k in range(many):
                total = b.op(a.add, total, b.op(elementary.exp, b.op(a.mul, item, f64(0.1 * k + 0.1))))
            return [total]

        return over_n(b, [f64(0.0)], step)[0]

    inlined = "adfun_exp(" in compare(body, [1, 37]).emitted.text
    assert inlined == (many == 2)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reduction(name: str) -> None:
    type_, start = REDUCTIONS[name]

    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            item = x_at(b, i) if type_ is F64 else b.op(a.iadd, b.load(buf(K), [i]), i64(1))
            return [b.op(getattr(a, name), c[0], item)]

        return over_n(b, [start], step)[0]

    if type_ is F64:
        compare(body)
    else:
        compare(lambda b: b.op(a.i2f, body(b)))


@pytest.mark.parametrize("name", ["band", "bor"])
def test_reduction_of_truth_values(name: str) -> None:
    def body(b: Builder) -> Operand:
        start = b.op(a.lt, var(S), f64(10.0 if name == "band" else 0.0))
        loop = over_n(b, [start], lambda i, c: [b.op(getattr(a, name), c[0], b.load(buf(B), [i]))])
        return b.op(a.b2f, loop[0])

    compare(body)


def test_maximum_keeps_nan() -> None:
    def body(b: Builder) -> Operand:
        return over_n(b, [f64(-np.inf)], lambda i, c: [b.op(a.maximum, c[0], x_at(b, i))])[0]

    module = compare(body)
    given = values(20)
    given["x"][3] = np.nan
    assert np.isnan(module.call("fn", given).values[0])


def test_sum_through_inner_loop_difference_and_branch() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            less = b.op(a.sub, c[0], x_at(b, i))
            inner = b.for_loop(i64(0), P, [less], lambda j, d: [b.op(a.add, d[0], b.load(buf(M), [i, j]))])[0]
            positive = b.op(a.lt, f64(0.0), x_at(b, i))
            return list(b.if_else(positive, lambda: [b.op(a.add, inner, f64(1.5))], lambda: [inner]))

        return over_n(b, [var(S)], step)[0]

    compare(body)


def test_a_running_value_that_is_used_is_no_reduction() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            return [b.op(a.add, c[0], x_at(b, i)), b.op(a.add, c[1], c[0])]

        return over_n(b, [f64(0.0), f64(0.0)], step)[1]

    compare(body, loops=0)


# -- memory -----------------------------------------------------------------------------------


def test_gather_and_scatter() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            k = b.load(buf(K), [i])
            value = b.op(a.mul, b.load(buf(X), [k]), b.op(a.sqrt, b.op(a.fabs, x_at(b, i))))
            value = b.op(a.sqrt, b.op(a.fabs, b.op(a.sqrt, b.op(a.fabs, value))))
            b.accum(buf(GX), [k], value)
            b.accum(buf(GX), [b.op(a.isub, b.op(a.isub, N, i64(1)), k)], value)
            return [b.op(a.add, c[0], value)]

        return over_n(b, [f64(0.0)], step)[0]

    compare(body)


@pytest.mark.parametrize(
    "offsets", [(1, 0), (0, 2, 1, 0), (-1, 0, 1), (0, -2), (0, 8), (12, 0, 1), (5, 16), (0, 17)]
)
@pytest.mark.parametrize("kind", ["vector", "row", "flat"])
def test_overlapping_sums(offsets: tuple[int, ...], kind: str) -> None:
    """b[i + offset] += ... for several offsets: those near each other are one sum a pass.

    In a flat matrix the start of the row comes to that.
    """
    row = kind == "row"

    def body(b: Builder) -> Operand:
        start = b.op(a.imul, N, i64(2)) if kind == "flat" else i64(0)
        room = b.op(a.iadd, b.op(a.iadd, N, start), i64(19))
        made = b.alloc(F64, [i64(2), i64(90)] if row else [room], zero=True)
        head: list[Operand] = [i64(1)] if row else []

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            for k, offset in enumerate(offsets):
                place = b.op(a.iadd, i, i64(2 + offset)) if offset != -2 else i
                place = b.op(a.iadd, start, place) if kind == "flat" else place
                value = b.op(a.mul, f64(k + 1.5), b.op(elementary.exp, x_at(b, i)))
                if k == 1:
                    value = b.op(a.mul0, value, x_at(b, i))
                b.accum(made, [*head, place], value)
            return []

        over_n(b, [], step)
        return b.for_loop(i64(0), room, [f64(0.0)], lambda j, c: [
            b.op(a.add, c[0], b.op(a.mul, b.load(made, [*head, j]), b.op(a.i2f, b.op(a.iadd, j, i64(1)))))
        ])[0]  # fmt: skip

    module = compare(body, [*SIZES, 64, 65], loops=2)
    near = max(offsets) - min(offsets) <= 16
    assert ("adfun_behind" in module.emitted.text) == near


def test_sums_into_one_element_use_registers() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            b.accum(buf(GS), [], x_at(b, i))
            b.accum(buf(GS), [], f64(0.5))
            b.accum(counts, [i64(1)], b.load(buf(K), [i]))
            return []

        counts = b.alloc(I64, [i64(2)], zero=True)
        over_n(b, [], step)
        return b.op(a.i2f, b.load(counts, [i64(1)]))

    compare(body)


def test_sums_into_a_vector_use_a_shadow() -> None:
    def body(b: Builder) -> Operand:
        sums = b.alloc(F64, [P], zero=True)

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            b.for_loop(
                i64(0), P, [],
                lambda j, d: b.accum(sums, [j], b.op(a.mul, x_at(b, i), b.load(buf(M), [i, j]))) or [],
            )  # fmt: skip
            return []

        over_n(b, [], step)
        return b.for_loop(i64(0), P, [f64(0.0)], lambda j, c: [
            b.op(a.add, c[0], b.op(a.mul, b.load(sums, [j]), b.op(a.i2f, b.op(a.iadd, j, i64(1)))))
        ])[0]  # fmt: skip

    for p in (1, 2, 3, 8, 11, 16):
        _with_columns(body, p)


def _with_columns(body: Body, p: int) -> None:
    fn = function(body, INPUTS)
    module = Module(entry(fn))
    for n in (0, 9, 40):
        given = values(n, p)
        expected = run(fn, given).values[0]
        np.testing.assert_allclose(module.call("fn", given).values[0], expected, rtol=1e-13)


@pytest.mark.parametrize("p", [1, 2, 3, 8, 11, 16])
def test_rows_of_a_matrix_are_transposed(p: int) -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            row = b.for_loop(i64(0), P, [f64(0.0)], lambda j, d: [b.op(a.add, d[0], b.load(buf(M), [i, j]))])[
                0
            ]
            return [b.op(a.add, c[0], b.op(a.mul, row, row))]

        return over_n(b, [f64(0.0)], step)[0]

    _with_columns(body, p)


def test_a_check_inside_forbids_reading_rows_ahead() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            b.check(b.op(a.lt, x_at(b, i), f64(99.0)), Error("IndexError", "no such row"))
            row = b.for_loop(i64(0), P, [f64(0.0)], lambda j, d: [b.op(a.add, d[0], b.load(buf(M), [i, j]))])
            return [b.op(a.add, c[0], row[0])]

        return over_n(b, [f64(0.0)], step)[0]

    fn = function(body, INPUTS)
    loop = next(s for s in fn.body.stmts if isinstance(s, For))
    assert plan(loop, count_reads(fn.body)).tiles == {}
    _with_columns(body, 5)


def test_stores_with_every_stride() -> None:
    def body(b: Builder) -> Operand:
        one, two = b.alloc(F64, [N], zero=False), b.alloc(F64, [N, i64(2)], zero=False)
        back, flags = b.alloc(F64, [N], zero=False), b.alloc(B1, [N], zero=False)
        whole = b.alloc(I64, [N], zero=False)

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            value = x_at(b, i)
            b.store(one, [i], value)
            b.store(two, [i, i64(1)], value)
            b.store(two, [i, i64(0)], f64(3.0))
            b.store(back, [b.op(a.isub, b.op(a.isub, N, i64(1)), i)], value)
            b.store(flags, [i], b.op(a.lt, value, f64(0.2)))
            b.store(whole, [i], b.op(a.imul, i, C_))
            return []

        C_ = var(C)
        over_n(b, [], step)

        def collect(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            total = b.op(
                a.add, b.load(one, [i]), b.op(a.mul, b.load(two, [i, i64(1)]), b.load(two, [i, i64(0)]))
            )
            total = b.op(a.add, total, b.op(a.mul, b.load(back, [i]), b.op(a.i2f, i)))
            total = b.op(a.add, total, b.op(a.i2f, b.load(whole, [i])))
            return [b.op(a.add, c[0], b.op(a.select, b.load(flags, [i]), total, f64(1.0)))]

        return over_n(b, [f64(0.0)], collect)[0]

    compare(body, loops=2)


def test_the_last_of_equal_indices_wins() -> None:
    def body(b: Builder) -> Operand:
        made = b.alloc(F64, [N], zero=True)
        over_n(b, [], lambda i, c: b.store(made, [b.load(buf(K), [i])], x_at(b, i)) or [])
        return over_n(b, [f64(0.0)], lambda i, c: [
            b.op(a.add, c[0], b.op(a.mul, b.load(made, [i]), b.op(a.i2f, i)))
        ])[0]  # fmt: skip

    compare(body, loops=2)


def test_read_modify_write_of_the_own_element() -> None:
    def body(b: Builder) -> Operand:
        made = b.alloc(F64, [N], zero=True)

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            b.store(made, [i], x_at(b, i))
            b.accum(made, [i], f64(2.0))
            b.store(made, [i], b.op(a.mul, b.load(made, [i]), b.load(made, [i])))
            return [b.op(a.add, c[0], b.load(made, [i]))]

        return over_n(b, [f64(0.0)], step)[0]

    compare(body)


def test_neighbours_are_refused() -> None:
    def body(b: Builder) -> Operand:
        made = b.alloc(F64, [b.op(a.iadd, N, i64(1))], zero=True)

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            b.store(made, [b.op(a.iadd, i, i64(1))], b.op(a.add, b.load(made, [i]), x_at(b, i)))
            return []

        over_n(b, [], step)
        return b.load(made, [N])

    compare(body, loops=0)


@pytest.mark.parametrize("size", ["constant", "variable"])
def test_private_buffers(size: str) -> None:
    def body(b: Builder) -> Operand:
        extent = i64(3) if size == "constant" else P

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            own = b.alloc(F64, [extent], zero=True)
            seen = b.alloc(B1, [extent], zero=True)
            b.for_loop(
                i64(0),
                extent,
                [],
                lambda j, d: b.accum(own, [j], b.op(a.mul, x_at(b, i), b.op(a.i2f, j))) or [],
            )
            negative = b.op(a.lt, x_at(b, i), f64(0.0))
            b.if_else(negative, lambda: b.store(own, [i64(1)], f64(7.0)) or [], list)
            b.if_else(negative, lambda: b.store(seen, [i64(2)], negative) or [], list)
            first = b.op(a.select, b.load(seen, [i64(2)]), f64(0.25), b.load(own, [i64(2)]))
            return [b.op(a.add, c[0], b.op(a.add, b.load(own, [i64(1)]), first))]

        return over_n(b, [f64(0.0)], step)[0]

    compare(body)


@pytest.mark.parametrize("inner", [False, True])
def test_private_buffers_at_a_place_of_each_lanes_own(inner: bool) -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            own = b.alloc(F64, [P], zero=True)
            whole = b.alloc(I64, [i64(5)], zero=True)
            flags = b.alloc(B1, [P], zero=True)
            k = b.op(a.imod, b.load(buf(K), [i]), P)
            b.store(own, [k], x_at(b, i))
            b.accum(own, [b.op(a.imod, i, P)], f64(0.5))
            b.accum(whole, [b.op(a.imod, b.load(buf(K), [i]), i64(5))], i64(3))
            b.store(flags, [k], b.op(a.lt, f64(0.0), x_at(b, i)))

            def arm() -> list[Operand]:
                b.accum(own, [k], f64(2.0))
                return [b.load(own, [k])]

            seen = b.if_else(b.load(buf(B), [i]), arm, lambda: [f64(0.25)])[0]
            last = b.op(a.i2f, b.load(whole, [b.op(a.imod, i, i64(5))]))
            total = b.op(a.add, b.op(a.add, seen, b.load(own, [b.op(a.imod, i, P)])), last)
            total = b.op(a.select, b.load(flags, [k]), total, f64(-1.0))
            if inner:
                total = b.for_loop(
                    i64(0), P, [total], lambda j, d: [b.op(a.add, d[0], b.load(buf(M), [i, j]))]
                )[0]
            for _ in range(20):
                total = b.op(a.sqrt, b.op(a.fabs, total))
            return [b.op(a.add, c[0], total)]

        return over_n(b, [f64(0.0)], step)[0]

    compare(body)


# -- branches and checks ----------------------------------------------------------------------


def test_arms_touch_memory_only_in_their_lanes() -> None:
    def body(b: Builder) -> Operand:
        big = b.op(a.iadd, N, i64(10**9))

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            inside = b.load(buf(B), [i])
            k = b.op(a.select, inside, b.load(buf(K), [i]), big)
            at = b.op(a.select, inside, i, big)

            def then() -> list[Operand]:
                value = b.op(a.add, b.load(buf(X), [k]), b.load(buf(X), [at]))
                b.accum(buf(GX), [k], value)
                b.accum(buf(GX), [i], f64(1.0))
                b.accum(buf(GS), [], value)
                b.store(made, [at], value)
                return [value, b.op(a.lt, value, f64(0.0))]

            value, sign = b.if_else(inside, then, lambda: [f64(0.125), b.op(a.lt, f64(0.0), x_at(b, i))])
            return [b.op(a.add, c[0], b.op(a.select, sign, value, b.op(a.neg, value)))]

        made = b.alloc(F64, [N], zero=True)
        first = over_n(b, [f64(0.0)], step)[0]
        second = over_n(b, [f64(0.0)], lambda i, c: [b.op(a.add, c[0], b.load(made, [i]))])[0]
        return b.op(a.add, first, second)

    compare(body, loops=2)


def test_branches_inside_branches_and_loops_under_masks() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            x = x_at(b, i)

            def inner() -> list[Operand]:
                deep = b.if_else(b.load(buf(B), [i]), lambda: [b.op(a.mul, x, x)], lambda: [f64(-1.0)])[0]
                return list(
                    b.for_loop(i64(0), P, [deep], lambda j, d: [b.op(a.add, d[0], b.load(buf(M), [i, j]))])
                )

            uniform = b.if_else(var(T), lambda: [b.op(a.add, x, var(R))], lambda: [f64(0.0)])[0]
            value = b.if_else(b.op(a.lt, x, f64(0.3)), inner, lambda: [uniform])[0]
            return [b.op(a.add, c[0], value)]

        return over_n(b, [f64(0.0)], step)[0]

    compare(body)
    compare(body, t=False)


def test_a_check_fails_in_its_lane() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            k = b.load(buf(K), [i])
            b.check(b.op(a.ilt, k, N), Error("IndexError", "{0} {1} {2} {3}"), k, N, x_at(b, i), i)

            def arm() -> list[Operand]:
                b.check(b.op(a.lt, x_at(b, i), f64(50.0)), Error("ValueError", "large"))
                return [f64(1.0)]

            extra = b.if_else(b.load(buf(B), [i]), arm, lambda: [f64(2.0)])[0]
            return [b.op(a.add, c[0], b.op(a.add, extra, b.load(buf(X), [k])))]

        return over_n(b, [f64(0.0)], step)[0]

    module = compare(body)
    given = values(20)
    given["k"][13] = 99
    outcome = module.call("fn", given)
    assert module.emitted.checks[outcome.status - 1][0].kind == "IndexError"
    assert [outcome.errors[k].integer for k in (0, 1, 3)] == [99, 20, 13]
    assert outcome.errors[2].real == given["x"][13]
    given = values(20)
    given["x"][5], given["b"][5] = 60.0, False
    assert module.call("fn", given).status == 0
    given["b"][5] = True
    assert module.emitted.checks[module.call("fn", given).status - 1][0].kind == "ValueError"


def busy(b: Builder, x: Operand) -> Operand:
    """Enough work for lanes to pay."""
    for _ in range(20):
        x = b.op(a.sqrt, b.op(a.fabs, x))
    return x


def test_loops_whose_bounds_differ_between_lanes() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            k = b.load(buf(K), [i])
            own = b.alloc(F64, [b.op(a.iadd, k, i64(1))], zero=True)

            def upto(j: Var, d: tuple[Var, ...]) -> list[Operand]:
                b.accum(own, [j], b.load(buf(X), [j]))
                b.accum(buf(GX), [j], f64(1.0))
                b.accum(buf(GS), [], x_at(b, i))
                return [b.op(a.add, d[0], b.load(buf(X), [j])), b.op(a.iadd, d[1], i64(2))]

            ahead, count = b.for_loop(i64(0), k, [c[0], i64(1)], upto)
            behind = b.for_loop(
                k, b.op(a.imin, b.op(a.iadd, k, i64(3)), N), [f64(1.0)],
                lambda j, d: [b.op(a.mul, d[0], b.op(a.add, f64(1.0), b.load(buf(X), [j])))],
            )[0]  # fmt: skip

            def again() -> list[Operand]:
                return list(
                    b.for_loop(i64(0), k, [behind], lambda j, d: [b.op(a.add, d[0], b.load(own, [j]))])
                )

            behind = b.if_else(b.load(buf(B), [i]), again, lambda: [behind])[0]
            extra = b.op(a.add, busy(b, behind), b.op(a.i2f, count))
            return [b.op(a.add, ahead, b.op(a.add, extra, b.load(own, [k])))]

        return over_n(b, [f64(0.0)], step)[0]

    compare(body, rtol=1e-12)


def test_a_triangle() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            def column(j: Var, d: tuple[Var, ...]) -> list[Operand]:
                term = b.op(a.mul, busy(b, b.load(buf(M), [i, j])), b.load(buf(X), [j]))
                return [b.op(a.add, d[0], term)]

            row = b.for_loop(i64(0), b.op(a.imin, i, P), [f64(0.0)], column)[0]
            return [b.op(a.add, c[0], row)]

        return over_n(b, [f64(0.0)], step)[0]

    compare(body)


# -- primitives -------------------------------------------------------------------------------

ROWS = [row for row in vars(a).values() if type(row).__name__ == "Primitive"]
SCALARS = [r for r in ROWS if all(t in (F64, I64, B1) for t in (*r.args, r.result)) and r not in LOOSE]


@pytest.mark.parametrize("row", SCALARS, ids=lambda r: r.name)
def test_arithmetic_row_in_lanes(row: Any) -> None:
    def body(b: Builder) -> Operand:
        def argument(k: int, type_: Any, i: Var) -> Operand:
            if type_ is F64:
                return x_at(b, i) if k % 2 == 0 else b.load(buf(M), [i, i64(1)])
            if type_ is I64:
                return b.op(a.isub, b.load(buf(K), [i]), b.op(a.iadd, i64(2), i if k else i64(0)))
            return b.load(buf(B), [i]) if k == 0 else b.op(a.lt, x_at(b, i), f64(0.1))

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            r = b.op(row, *[argument(k, t, i) for k, t in enumerate(row.args)])
            if r.type is I64:
                r = b.op(a.i2f, r)
            elif r.type is B1:
                r = b.op(a.b2f, r)
            b.store(made, [i], b.op(a.select, b.op(a.isnan, r), f64(-123.0), r))
            work = x_at(b, i)
            for _ in range(40):  # so that lanes pay even if the row has no vector form
                work = b.op(a.sqrt, b.op(a.fabs, work))
            b.store(busy, [i], work)
            return []

        busy = b.alloc(F64, [N], zero=True)

        made = b.alloc(F64, [N], zero=True)
        over_n(b, [], step)
        b.report("made", made)
        return b.load(busy, [i64(0)])

    fn = function(body, ALL)
    assert lane_loops(fn) == 1
    module, given = Module(entry(fn)), values(37)
    given["x"][[3, 12, 20, 28]] = [0.0, -0.0, 2.5, -2.5]
    given["m"][[5, 12, 21, 29], 1] = [0.0, 3.0, -2.0, 0.5]
    np.testing.assert_allclose(
        module.call("fn", given).reports["made"], run(fn, given).reports["made"], rtol=4e-15, atol=1e-300
    )


ELEMENTARY = [row for row in (*vars(elementary).values(), *vars(special).values()) if type(row) is Primitive]


@pytest.mark.parametrize(
    "row", {r.name: r for r in ELEMENTARY if len(r.args) == 1}.values(), ids=lambda r: r.name
)
def test_function_row_in_lanes(row: Any) -> None:
    """The vector form is close to the reference, special values and all."""

    def body(b: Builder) -> Operand:
        made = b.alloc(F64, [N], zero=True)
        over_n(b, [], lambda i, c: b.store(made, [i], b.op(row, x_at(b, i))) or [])
        b.report("made", made)
        return var(S)

    module, fn = Module(entry(function(body, ALL))), function(body, ALL)
    edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 2.0, 30.0, -30.0, 800.0, 1e-300, 1e6]
    rng = np.random.default_rng(3)
    x = np.concatenate([edges, rng.normal(size=40), rng.uniform(0, 1, 40), np.exp(rng.uniform(-20, 20, 40))])
    given = {**values(x.size), "x": x}
    made = module.call("fn", given).reports["made"]
    np.testing.assert_allclose(made, run(fn, given).reports["made"], rtol=2e-13, atol=1e-300)


@pytest.mark.parametrize("some", [False, True])
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("place", ["row", "diagonal", "twice", "fixed"])
def test_iterations_store_to_each_others_elements(place: str, ragged: bool, some: bool) -> None:
    """The last store wins, in the order of the iterations and not of the loops inside."""

    def body(b: Builder) -> Operand:
        made = b.alloc(F64, [b.op(a.iadd, N, P), b.op(a.iadd, N, P)], zero=True)

        def index(i: Var, j: Var) -> list[Operand]:
            k = b.load(buf(K), [i])
            if place in ("row", "fixed"):
                return [k, j if place == "row" else i64(0)]
            return [i64(0), b.op(a.iadd, i, j)] if place == "diagonal" else [k, b.op(a.ifloordiv, j, i64(2))]

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            work = b.op(elementary.exp, x_at(b, i))

            def inner(j: Var, d: tuple[Var, ...]) -> list[Operand]:
                def put() -> list[Operand]:
                    b.store(made, index(i, j), b.op(a.mul, work, b.load(buf(M), [i, j])))
                    return []

                if some:
                    b.if_else(b.op(a.lt, b.load(buf(M), [i, j]), f64(0.3)), put, list)
                else:
                    put()
                return []

            b.for_loop(i64(0), b.op(a.imod, b.load(buf(K), [i]), P) if ragged else P, [], inner)
            return []

        over_n(b, [], step)
        b.report("made", made)
        return var(S)

    fn = function(body, ALL)
    module = Module(entry(fn))
    for n, p in ((37, 5), (16, 1), (3, 4)):
        given = values(n, p)
        made = module.call("fn", given).reports["made"]
        np.testing.assert_allclose(made, run(fn, given).reports["made"], rtol=1e-13)


# -- what is not run in lanes -----------------------------------------------------------------


def refusal(body: Body) -> str:
    fn = function(body, INPUTS)
    loop = next(s for s in fn.body.stmts if isinstance(s, For))
    with pytest.raises(Refused) as caught:
        plan(loop, count_reads(fn.body))
    return str(caught.value)


def test_refusals_say_why() -> None:
    def while_inside(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            half = b.while_loop(
                [x_at(b, i)], lambda d: b.op(a.lt, f64(1.0), d[0]), lambda d: [b.op(a.mul, d[0], f64(0.5))]
            )[0]
            return [b.op(a.add, c[0], half)]

        return over_n(b, [f64(0.0)], step)[0]

    def layout(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            b.alloc(F64, [i64(2), b.load(buf(K), [i])], zero=True)
            return [b.op(a.add, c[0], x_at(b, i))]

        return over_n(b, [f64(0.0)], step)[0]

    def overlapping(b: Builder) -> Operand:
        band = b.alloc(F64, [b.op(a.iadd, N, P)], zero=True)

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            b.for_loop(i64(0), P, [], lambda j, d: b.store(band, [b.op(a.iadd, i, j)], x_at(b, i)) or [])
            return []

        over_n(b, [], step)
        return b.load(band, [i64(0)])

    assert refusal(while_inside) == "While inside"
    assert refusal(overlapping) == "iterations share memory"
    assert refusal(layout) == "a buffer whose layout differs between lanes"


@pytest.mark.parametrize("place", ["sum", "buffer"])
def test_a_product_in_a_sum_reads_what_is_carried_before_it_changes(place: str) -> None:
    """The product becomes part of the sum, which stands after the next carried value."""

    def body(b: Builder) -> Operand:
        sums = b.alloc(F64, [P], zero=True)

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            def inner(j: Var, d: tuple[Var, ...]) -> list[Operand]:
                product = b.op(a.mul0, d[0], b.load(buf(M), [i, j]))
                scaled = b.op(a.mul, d[0], f64(0.5))
                if place == "buffer":
                    b.accum(sums, [j], product)
                    return [scaled, d[1]]
                return [scaled, b.op(a.add, d[1], product)]

            first, second = b.for_loop(i64(0), P, [x_at(b, i), f64(0.0)], inner)
            return [b.op(a.add, c[0], b.op(a.add, first, second))]

        start = over_n(b, [f64(0.0)], step)[0]
        return b.for_loop(i64(0), P, [start], lambda j, c: [b.op(a.add, c[0], b.load(sums, [j]))])[0]

    compare(body, loops=2)


# -- tiles made before a loop around ----------------------------------------------------------


@pytest.mark.parametrize("kind", ["for", "while", "written"])
def test_tiles_that_do_not_change_are_made_once(kind: str) -> None:
    """A matrix times a vector again and again; where it is written in between, tiles are made anew."""

    def body(b: Builder) -> Operand:
        matrix = buf(M)
        if kind == "written":
            matrix = b.alloc(F64, [N, P], zero=False)

            def fill(i: Var, _: Any) -> list[Operand]:
                def element(j: Var, _: Any) -> list[Operand]:
                    b.store(matrix, [i, j], b.load(buf(M), [i, j]))
                    return []

                return list(b.for_loop(i64(0), P, [], element))

            over_n(b, [], fill)

        def product(scale: Operand) -> Operand:
            def row(i: Var, c: tuple[Var, ...]) -> list[Operand]:
                def term(j: Var, d: tuple[Var, ...]) -> list[Operand]:
                    return [b.op(a.add, d[0], b.op(a.mul, b.load(matrix, [i, j]), scale))]

                return [
                    b.op(a.add, c[0], b.op(a.mul, b.for_loop(i64(0), P, [f64(0.0)], term)[0], x_at(b, i)))
                ]

            return over_n(b, [f64(0.0)], row)[0]

        def step(t: Operand, total: Operand) -> list[Operand]:
            if kind == "written":
                b.if_else(
                    b.op(a.ilt, i64(0), N), lambda: b.store(matrix, [i64(0), i64(0)], total) or [], list
                )
            return [
                b.op(elementary.tanh, b.op(a.mul, f64(0.01), b.op(a.add, total, product(b.op(a.i2f, t)))))
            ]

        if kind == "while":

            def more(c: tuple[Var, ...]) -> Operand:
                return b.op(a.ilt, c[0], i64(3))

            def turn(c: tuple[Var, ...]) -> list[Operand]:
                return [b.op(a.iadd, c[0], i64(1)), *step(c[0], c[1])]

            return b.while_loop([i64(0), f64(0.5)], more, turn)[1]
        return b.for_loop(i64(0), i64(3), [f64(0.5)], lambda t, c: step(t, c[0]))[0]

    module = compare(body, loops=2 if kind == "written" else 1)
    assert ("*const ADFUN_RESTRICT tiles" in module.emitted.text) == (kind != "written")


# -- bounds that are not exact ----------------------------------------------------------------


def test_loose_bounds_are_those_of_all_lanes_together() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            row = b.op(a.imod, i, i64(3))
            often = b.op(a.usually, b.op(a.lt, x_at(b, i), f64(1e300)))
            start = b.op(a.loose_start, b.op(a.imul, often, row))
            stop = b.op(a.loose_stop, b.op(a.iadd, row, i64(1)))

            def inside(j: Var, d: tuple[Var, ...]) -> list[Operand]:
                here = b.op(a.ieq, j, row)
                return [
                    b.op(a.add, d[0], b.op(a.select, here, b.op(a.sqrt, b.op(a.fabs, x_at(b, i))), f64(0.0)))
                ]

            return [b.op(a.add, c[0], b.for_loop(start, stop, [f64(0.0)], inside)[0])]

        return over_n(b, [f64(0.0)], step)[0]

    compare(body)


@pytest.mark.parametrize(("rows", "apart"), [(1, True), (2, True), (0, False)])
def test_rows_that_are_apart_may_be_loaded_and_stored(rows: int, apart: bool) -> None:
    """for t: for i: b[t + rows, i + 1] = 2 b[t, i] + 1; in one row an iteration needs the one before."""

    def body(b: Builder) -> Operand:
        wide = b.op(a.iadd, N, i64(1))
        states = b.alloc(F64, [i64(6), wide], zero=True)
        b.for_loop(i64(0), wide, [], lambda i, _: b.store(states, [i64(0), i], b.op(a.i2f, i)) or [])

        def step(t: Var, _: tuple[Var, ...]) -> list[Operand]:
            later = b.op(a.iadd, t, i64(rows)) if rows else t

            def age(i: Var, c: tuple[Var, ...]) -> list[Operand]:
                value = b.op(a.add, b.op(a.mul, f64(2.0), b.load(states, [t, i])), f64(1.0))
                b.store(states, [later, b.op(a.iadd, i, i64(1))], value)
                return [b.op(a.add, c[0], b.op(a.sqrt, value))]

            over_n(b, [f64(0.0)], age)
            return []

        b.for_loop(i64(0), i64(2), [], step)
        last = i64(2 if rows else 1)
        return b.for_loop(
            i64(0), wide, [f64(0.0)], lambda i, c: [b.op(a.add, c[0], b.load(states, [last, i]))]
        )[0]

    fn = function(body, INPUTS)
    assert (lane_loops(fn) == 3) == apart
    module = Module(entry(fn))
    for n in SIZES:
        given = values(n)
        np.testing.assert_allclose(module.call("fn", given).values[0], run(fn, given).values[0], rtol=1e-13)
