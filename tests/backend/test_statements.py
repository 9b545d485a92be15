"""Every kind of statement, compiled, against the interpreter."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.backend.native import Module, Workspace, entry, flat

from adfun.backend.module import emit
from adfun.ir.builder import Builder
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Buffer, Error, Function, Input, Operand, Var, f64, i64
from adfun.ir.rows import Kernel
from adfun.ir.types import B1, F64, I64, LANES, VEC
from adfun.primitives import arithmetic as a

N, P = Var(I64, "n"), Var(I64, "p")
S = Input("s", "param", Var(F64, "s"))
X = Input("x", "param", Buffer(F64, (N,), "input", "x"))
M = Input("m", "data", Buffer(F64, (N, P), "input", "m"))
K = Input("k", "data", Buffer(I64, (N,), "input", "k"))
B = Input("b", "data", Buffer(B1, (N,), "input", "b"))
C = Input("c", "data", Var(I64, "c"))
R = Input("r", "data", Var(F64, "r"))
T = Input("t", "data", Var(B1, "t"))
GS = Input("gs", "gradient", Buffer(F64, (), "output", "gs"))
GX = Input("gx", "gradient", Buffer(F64, (N,), "output", "gx"))
ALL = (S, X, M, K, B, C, R, T)


def values(n: int = 5, p: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    return {
        "s": 0.7, "x": rng.normal(size=n), "m": rng.normal(size=(n, p)), "k": rng.integers(0, max(n, 1), n),
        "b": rng.random(n) < 0.5, "c": 3, "r": -1.25, "t": True,
    }  # fmt: skip


def function(body: Callable[[Builder], Any], inputs: tuple[Input, ...] = ALL) -> Function:
    builder = Builder()
    result = body(builder)
    yields = result if isinstance(result, tuple) else (result,)
    return check(Function("fn", inputs, builder.finish(*yields)))


def agree(
    body: Callable[[Builder], Any], inputs: tuple[Input, ...] = ALL, given: dict[str, Any] | None = None
) -> Any:
    """Native and interpreted results are equal; returns the native outcome."""
    fn, given = function(body, inputs), given or values()
    expected = run(fn, {k: v for k, v in given.items() if k in {i.name for i in inputs}})
    outcome = Module(entry(fn)).call("fn", given)
    assert outcome.status == 0
    wanted = np.concatenate([np.ravel(np.asarray(v, float)) for v in expected.values])
    np.testing.assert_allclose(outcome.values[: wanted.size], wanted, rtol=1e-14, atol=0)
    gradient = flat(fn, expected.buffers)
    np.testing.assert_allclose(outcome.gradient[: gradient.size], gradient, rtol=1e-14, atol=1e-300)
    assert set(outcome.reports) == set(expected.reports)
    for name, value in expected.reports.items():
        np.testing.assert_array_equal(outcome.reports[name], value)
    return outcome


def buf(entry_input: Input) -> Buffer:
    assert isinstance(entry_input.item, Buffer)
    return entry_input.item


def var(entry_input: Input) -> Var:
    assert isinstance(entry_input.item, Var)
    return entry_input.item


def total(b: Builder, buffer: Buffer, size: Operand) -> Operand:
    """Sum of a vector."""
    return b.for_loop(i64(0), size, [f64(0.0)], lambda i, c: [b.op(a.add, c[0], b.load(buffer, [i]))])[0]


@pytest.mark.parametrize("n", [0, 1, 5, 40])
def test_loop_with_every_input(n: int) -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            row = b.for_loop(i64(0), P, [f64(0.0)], lambda j, d: [b.op(a.add, d[0], b.load(buf(M), [i, j]))])[
                0
            ]
            weight = b.op(a.select, b.load(buf(B), [i]), b.load(buf(X), [i]), var(S))
            gathered = b.load(buf(X), [b.load(buf(K), [i])])
            return [b.op(a.add, c[0], b.op(a.mul, b.op(a.mul, row, weight), gathered))]

        result = b.for_loop(i64(0), N, [f64(0.0)], step)[0]
        scalar = b.op(a.mul, var(R), b.op(a.i2f, var(C)))
        return b.op(a.add, b.op(a.select, var(T), result, f64(0.0)), scalar)

    agree(body, given=values(n))


def test_carried_values_are_assigned_at_once() -> None:
    def body(b: Builder) -> tuple[Operand, ...]:
        return b.for_loop(
            i64(0), i64(7), [var(S), f64(2.0), f64(-3.0)], lambda i, c: [c[1], c[2], b.op(a.add, c[0], c[1])]
        )

    agree(body)


@pytest.mark.parametrize("many", [3, 300])
def test_products_that_look_for_zeros(many: int) -> None:
    """A zero is a zero, whatever it is multiplied by; of many in one loop none has a branch."""

    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            state = c[0]
            for k in range(many):
                factor = b.op(a.div, b.load(buf(X), [i]), f64(k % 3))
                zero = b.op(a.mul, f64(float(k % 3 > 0)), state)
                state = b.op(a.sub, b.op(a.mul0, zero, factor), b.op(a.mul, f64(0.5), state))
            return [state]

        return b.for_loop(i64(0), N, [f64(1.0)], step)[0]

    fn = function(body)
    text = Module(entry(fn)).emitted.text
    assert ("adfun_mul0(" in text) == (many == 300)
    outcome = agree(body)
    assert np.isfinite(outcome.values[0])


def test_while_with_a_condition_block() -> None:
    def body(b: Builder) -> tuple[Operand, ...]:
        return b.while_loop(
            [f64(1.0), i64(0)],
            lambda c: b.op(a.lt, b.op(a.mul, c[0], c[0]), f64(1e6)),
            lambda c: [b.op(a.mul, c[0], f64(1.7)), b.op(a.iadd, c[1], i64(1))],
        )

    fn = function(lambda b: body(b)[0])
    assert Module(entry(fn)).call("fn", values()).values[0] == run(fn, values()).values[0]


@pytest.mark.parametrize("flag", [True, False])
def test_branches(flag: bool) -> None:
    def body(b: Builder) -> tuple[Operand, ...]:
        both = b.if_else(var(T), lambda: [b.op(a.mul, var(S), f64(3.0)), f64(1.0)], lambda: [var(R), var(S)])
        only_else = b.if_else(var(T), lambda: [var(S)], lambda: [b.op(a.add, var(S), var(R))])
        buffer = b.alloc(F64, [i64(2)], zero=True)
        b.if_else(var(T), lambda: b.store(buffer, [i64(1)], var(S)) or [], list)
        b.if_else(var(T), list, lambda: b.store(buffer, [i64(0)], var(S)) or [])
        return (*both, *only_else, b.load(buffer, [i64(0)]), b.load(buffer, [i64(1)]))

    agree(body, given={**values(), "t": flag})


@pytest.mark.parametrize("n", [0, 3, 700])
def test_buffers_of_all_kinds(n: int) -> None:
    def body(b: Builder) -> Operand:
        zeroed = b.alloc(F64, [N], zero=True)
        flags = b.alloc(B1, [N], zero=True)
        counts = b.alloc(I64, [N], zero=True)

        def fill(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            scratch = b.alloc(F64, [N], zero=True)  # on the arena, given back after each iteration
            small = b.alloc(F64, [i64(4)], zero=False)  # on the stack
            b.store(small, [i64(2)], b.load(buf(X), [i]))
            b.accum(scratch, [i], b.load(small, [i64(2)]))
            b.accum(zeroed, [b.load(buf(K), [i])], b.load(scratch, [i]))
            b.store(flags, [i], b.op(a.lt, f64(0.0), b.load(buf(X), [i])))
            b.accum(counts, [b.load(buf(K), [i])], i64(1))
            return []

        b.for_loop(i64(0), N, [], fill)
        square = b.build(
            F64, [N, i64(2)], lambda ij: b.op(a.mul, b.load(zeroed, [ij[0]]), b.op(a.i2f, ij[1]))
        )

        def add_up(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            on = b.op(a.select, b.load(flags, [i]), b.load(square, [i, i64(1)]), f64(0.5))
            return [b.op(a.add, c[0], b.op(a.mul, on, b.op(a.i2f, b.load(counts, [i]))))]

        return b.for_loop(i64(0), N, [f64(0.0)], add_up)[0]

    agree(body, given=values(n))
    large = Workspace(1 << 16)
    Module(entry(function(body))).call("fn", values(n), workspace=large)
    assert large.taken == 0  # a loop gives back what it takes


@pytest.mark.parametrize("many", [2, 24])
def test_room_for_many_buffers_is_taken_by_calls(many: int) -> None:
    def body(b: Builder) -> Operand:
        total: Operand = f64(0.0)
        for k in range(many):
            buffer = b.alloc(F64, [N], zero=True)
            b.store(buffer, [i64(1)], f64(k))
            total = b.op(a.add, total, b.op(a.add, b.load(buffer, [i64(0)]), b.load(buffer, [i64(1)])))
        return total

    agree(body)
    assert ("adfun_take_call(" in emit([entry(function(body))]).text) == (many == 24)


def test_growable_buffer_keeps_its_contents() -> None:
    def body(b: Builder) -> Operand:
        tape = b.alloc(F64, [i64(0)], zero=False, growable=True)

        def push(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            b.grow(tape, b.op(a.iadd, i, i64(1)))
            b.store(tape, [i], b.op(a.i2f, i))
            return []

        b.for_loop(i64(0), i64(5000), [], push)
        return total(b, tape, i64(5000))

    outcome = agree(body)
    assert outcome.values[0] == 4999 * 2500
    assert len(outcome.workspace.slots) == 1


def test_check_returns_its_number_and_arguments() -> None:
    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            k = b.load(buf(K), [i])
            b.check(
                b.op(a.ilt, k, N), Error("IndexError", "index {0} of {1}, {2}, {3}"), k, N, var(R), var(T)
            )
            return [b.op(a.add, c[0], b.load(buf(X), [k]))]

        b.check(b.op(a.ilt, i64(0), N), Error("ValueError", "empty"))
        return b.for_loop(i64(0), N, [f64(0.0)], step)[0]

    fn = function(body)
    module = Module(entry(fn))
    given = values()
    assert module.call("fn", given).status == 0
    given["k"] = np.array([0, 1, 17, 2, 3])
    outcome = module.call("fn", given)
    error, types, _ = module.emitted.checks[outcome.status - 1]
    assert types == (I64, I64, F64, B1)
    assert error.kind == "IndexError"
    assert [s.integer for s in outcome.errors[:2]] == [17, 5]
    assert outcome.errors[2].real == -1.25
    assert outcome.errors[3].integer == 1
    empty = module.call("fn", values(0))
    assert module.emitted.checks[empty.status - 1][0].message == "empty"


def test_gradients_arrive_zeroed_and_in_order() -> None:
    def body(b: Builder) -> Operand:
        b.accum(buf(GS), [], f64(2.0))
        b.for_loop(
            i64(0), N, [], lambda i, c: b.accum(buf(GX), [b.load(buf(K), [i])], b.load(buf(X), [i])) or []
        )
        return f64(1.0)

    agree(body, (*ALL, GS, GX))


def test_vectors_of_directions() -> None:
    seed_s = Input("ds", "seed", Var(VEC, "ds"))
    seed_x = Input("dx", "seed", Buffer(VEC, (N,), "input", "dx"))
    out = [Input(n, "gradient", Buffer(VEC, s, "output", n)) for n, s in (("vs", ()), ("vx", (N,)))]

    def body(b: Builder) -> tuple[Operand, ...]:
        b.accum(buf(out[0]), [], b.op(a.vscale, f64(2.0), var(seed_s)))

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            direction = b.load(buf(seed_x), [i])
            b.accum(buf(out[1]), [i], b.op(a.vscale, b.load(buf(X), [i]), direction))
            return [b.op(a.vadd, c[0], b.op(a.vmul0, direction, f64(np.inf)))]

        zero = b.op(a.vsub, var(seed_s), var(seed_s))
        return (f64(1.5), *b.for_loop(i64(0), N, [zero], step))

    fn = function(body, (S, X, seed_s, seed_x, *out))
    rng, given = np.random.default_rng(2), values()
    directions = rng.normal(size=(6, LANES)) * (rng.random((6, LANES)) < 0.5)
    expected = run(fn, {"s": given["s"], "x": given["x"], "ds": directions[0], "dx": directions[1:]})
    module = Module(entry(fn))
    outcome = module.call("fn", given, seed=directions)
    assert module.layout("fn").values == (1, LANES)
    assert module.layout("fn").gradients == (LANES,)
    np.testing.assert_array_equal(outcome.values[1:], expected.values[1])
    np.testing.assert_array_equal(outcome.gradient, flat(fn, expected.buffers))


def test_reports() -> None:
    def body(b: Builder) -> Operand:
        b.report("scalar", var(S))
        b.report("count", var(C))
        b.report("flag", var(T))
        b.report("matrix", buf(M))
        b.report("flags", buf(B))
        return var(S)

    agree(body)


SORT = Kernel("test_sort", lambda x, k: (np.sort(x), k + 1))


def test_kernel_call_passes_sizes_and_scalars() -> None:
    def body(b: Builder) -> tuple[Operand, ...]:
        made, info = b.call(SORT, [buf(X), var(C)], [(F64, (N,)), I64])
        assert isinstance(made, Buffer)
        assert isinstance(info, Var)
        return (b.load(made, [i64(0)]), b.op(a.i2f, info))

    text = emit([entry(function(body))]).text
    assert re.search(r"adfun_test_sort\(ws, b\d+, i\d+, i\d+, b\d+, i\d+, &i\d+\) != 0", text)
    assert '#include "adfun/kernels.h"' in text


def test_small_buffers_do_not_fill_the_stack() -> None:
    def body(b: Builder) -> Operand:
        total = var(S)
        for _ in range(300):
            small = b.alloc(F64, [i64(60)], zero=True)
            b.accum(small, [var(C)], total)
            total = b.op(a.add, b.load(small, [var(C)]), f64(1.0))
        return total

    fn = function(body)
    text = emit([entry(fn)]).text
    on_stack, on_arena = text.count("[60] = {};"), text.count("adfun_take(ws, 60,")
    assert on_stack + on_arena == 300
    assert 0 < on_stack * 480 <= 1 << 16
    assert Module(entry(fn)).call("fn", values()).values[0] == run(fn, values()).values[0]


@pytest.mark.parametrize("limit", [0, 4096, 9000])
def test_no_memory_is_a_status(limit: int) -> None:
    def body(b: Builder) -> Operand:
        one = b.alloc(F64, [N], zero=True)
        two = b.alloc(F64, [N], zero=True)
        return b.op(a.add, total(b, one, N), total(b, two, N))

    fn = function(body)
    assert Module(entry(fn)).call("fn", values(1000), workspace=Workspace(0, limit)).status == -1


def test_sizes_that_overflow_are_no_memory() -> None:
    def body(b: Builder) -> Operand:
        huge = b.op(a.imul, b.op(a.iadd, N, i64(2**40)), i64(1))
        buffer = b.alloc(F64, [huge, huge, huge], zero=False)
        b.store(buffer, [i64(0), i64(0), i64(0)], f64(1.0))
        return b.load(buffer, [i64(0), i64(0), i64(0)])

    assert Module(entry(function(body))).call("fn", values()).status == -1


def test_growable_without_memory_is_a_status() -> None:
    def body(b: Builder) -> Operand:
        tape = b.alloc(F64, [i64(0)], zero=False, growable=True)
        b.grow(tape, i64(10**6))
        b.store(tape, [i64(0)], f64(1.0))
        return b.load(tape, [i64(0)])

    assert Module(entry(function(body))).call("fn", values(), workspace=Workspace(0, 10**6)).status == -1
