"""Loops in chunks: what is cut, and that the numbers do not depend on the order in which chunks run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.backend.native import FLAGS, Module, Outcome, Workspace, entry, flat
from tests.backend.test_random import random_function
from tests.backend.test_statements import ALL, GS, GX, B, K, M, N, P, S, X, buf, function, run, values, var

from adfun.backend.chunks.legal import splits
from adfun.backend.lanes.cost import weigh
from adfun.backend.usage import count_reads
from adfun.ir.builder import Builder
from adfun.ir.nodes import Error, Function, Input, Operand, Var, f64, i64
from adfun.ir.types import B1, F64, I64, LANES, VEC
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e

INPUTS = (*ALL, GS, GX)
SMALL = ["-DADFUN_CHUNK_CYCLES=1", "-DADFUN_CHUNK_SHARE=0", "-DADFUN_CHUNK_STEP=3"]
"""Even short loops are cut, and not between full vectors."""
Body = Callable[[Builder], Any]


def cuts(fn: Function) -> int:
    reads = count_reads(fn.body)
    return len(splits(weigh(fn, reads), reads))


def both(module: Module, given: dict[str, Any], seed: Any = None) -> tuple[Outcome, Outcome]:
    """In order, by the module itself; and from the last chunk to the first, each in memory of its own."""
    return module.call("fn", given, seed), module.call("fn", given, seed, Workspace(backwards=True))


def same(first: Outcome, second: Outcome) -> None:
    assert first.status == second.status == 0
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.gradient, second.gradient)
    assert first.reports.keys() == second.reports.keys()
    for name, value in first.reports.items():
        np.testing.assert_array_equal(value, second.reports[name])


def compare(body: Body, inputs: tuple[Input, ...] = INPUTS, count: int = 1) -> Module:
    """Both orders give the same bits, and what the interpreter gives."""
    fn = function(body, inputs)
    assert cuts(fn) == count
    module = Module(entry(fn), flags=[*FLAGS, *SMALL])
    for n in (0, 1, 5, 64, 131):
        given = values(n)
        seed = np.random.default_rng(2).normal(size=(n + 1) * LANES)
        expected = run(fn, given)
        first, second = both(module, given, seed)
        same(first, second)
        assert second.workspace.chunks == ([] if n < 4 else second.workspace.chunks)
        assert n < 64 or max(second.workspace.chunks) > 10
        wanted = np.concatenate([np.ravel(np.asarray(v, float)) for v in expected.values])
        np.testing.assert_allclose(first.values[: wanted.size], wanted, rtol=1e-12, atol=1e-12)
        gradient = flat(fn, expected.buffers)
        np.testing.assert_allclose(first.gradient[: gradient.size], gradient, rtol=1e-12, atol=1e-12)
        for name, value in expected.reports.items():
            np.testing.assert_allclose(first.reports[name], value, rtol=1e-12, atol=1e-12)
    return module


def x_at(b: Builder, i: Operand) -> Operand:
    return b.load(buf(X), [i])


@pytest.mark.parametrize("name", ["add", "mul", "minimum", "maximum", "iadd", "imin", "imax", "band", "bor"])
def test_reductions(name: str) -> None:
    type_ = F64 if name in ("add", "mul", "minimum", "maximum") else B1 if name in ("band", "bor") else I64

    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            item = b.load(buf({F64: X, I64: K, B1: B}[type_]), [i])
            return [b.op(getattr(a, name), c[0], item)]

        start = {F64: f64(0.5), I64: i64(3), B1: b.op(a.lt, var(S), f64(10.0))}[type_]
        (result,) = b.for_loop(i64(0), N, [start], step)
        return result if type_ is F64 else b.op(a.i2f if type_ is I64 else a.b2f, result)

    compare(body)


def test_shared_sums_and_own_elements() -> None:
    """Gathered and common elements get copies, an iteration's own element does not."""

    def body(b: Builder) -> Operand:
        made = b.alloc(F64, [N], zero=True)
        columns = b.alloc(F64, [P], zero=True)

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            value = b.op(e.exp, b.op(a.mul, var(S), x_at(b, i)))
            b.accum(buf(GX), [b.load(buf(K), [i])], value)
            b.accum(buf(GS), [], value)
            b.store(made, [i], value)
            b.for_loop(
                i64(0),
                P,
                [],
                lambda j, d: b.accum(columns, [j], b.op(a.mul, value, b.load(buf(M), [i, j]))) or [],
            )
            return [b.op(a.sub, c[0], value)]

        (total,) = b.for_loop(i64(0), N, [var(S)], step)
        b.report("made", made)
        b.report("columns", columns)
        return total

    text = compare(body).emitted.text
    assert text.count("_copies = (") == 3


def test_loops_that_do_not_run_in_lanes() -> None:
    """A `while` inside, and a loop whose end differs between iterations."""

    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            (half,) = b.while_loop(
                [b.op(a.fabs, x_at(b, i))],
                lambda d: b.op(a.lt, f64(0.1), d[0]),
                lambda d: [b.op(a.mul, d[0], f64(0.5))],
            )
            (row,) = b.for_loop(
                i64(0), b.load(buf(K), [i]), [half], lambda j, d: [b.op(a.add, d[0], x_at(b, j))]
            )
            return [b.op(a.add, c[0], row)]

        return b.for_loop(i64(0), N, [f64(0.0)], step)[0]

    compare(body)


def test_directions() -> None:
    """Sums of tangents in several directions, carried and in memory."""
    direction = Input("dx", "seed", type(buf(X))(VEC, (N,), "input", "dx"))
    along = Input("gv", "gradient", type(buf(X))(VEC, (N,), "output", "gv"))

    def body(b: Builder) -> tuple[Operand, ...]:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            d = b.op(a.vscale, x_at(b, i), b.load(buf(direction), [i]))
            b.accum(buf(along), [b.load(buf(K), [i])], d)
            return [b.op(a.vadd, c[0], d), b.op(a.vsub, c[1], d)]

        zero = b.op(a.vsplat, f64(0.0))
        return tuple(b.for_loop(i64(0), N, [zero, zero], step))

    fn = function(body, (*ALL, direction, along))
    assert cuts(fn) == 1
    module = Module(entry(fn), flags=[*FLAGS, *SMALL])
    given = values(70)
    seed = np.random.default_rng(3).normal(size=(71, LANES))
    first, second = both(module, given, seed.ravel())
    same(first, second)
    assert second.workspace.chunks
    terms = given["x"][:, None] * seed[:70]  # the first seed starts where the first parameter does
    np.testing.assert_allclose(first.values[:LANES], terms.sum(0), rtol=1e-12)
    np.testing.assert_allclose(first.values[LANES:], -terms.sum(0), rtol=1e-12)


def test_the_first_failing_chunk_counts() -> None:
    """Whatever chunk fails first by the clock, the error is that of the first iteration that fails."""

    def body(b: Builder) -> Operand:
        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            good = b.op(a.lt, x_at(b, i), f64(50.0))
            b.check(good, Error("ValueError", "{0} at {1}"), x_at(b, i), i)
            return [b.op(a.add, c[0], x_at(b, i))]

        return b.for_loop(i64(0), N, [f64(0.0)], step)[0]

    module = compare(body)
    given = values(131)
    given["x"][[40, 77, 120]] = 60.0, 70.0, 80.0
    for outcome in both(module, given):
        assert module.emitted.checks[outcome.status - 1][0].kind == "ValueError"
        assert outcome.errors[0].real == 60.0
        assert outcome.errors[1].integer == 40


def test_without_memory_for_copies() -> None:
    def body(b: Builder) -> Operand:
        b.for_loop(i64(0), N, [], lambda i, c: b.accum(buf(GX), [b.load(buf(K), [i])], x_at(b, i)) or [])
        return var(S)

    module = compare(body)
    assert module.call("fn", values(1000), workspace=Workspace(limit=8192)).status == -1


def test_what_is_not_cut() -> None:
    """Iterations that meet, and loops that are short or inside others."""

    def shifted(b: Builder) -> Operand:
        made = b.alloc(F64, [b.op(a.iadd, N, i64(1))], zero=True)

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            b.store(made, [b.op(a.iadd, i, i64(1))], b.op(a.mul, b.load(made, [i]), x_at(b, i)))
            return []

        b.for_loop(i64(0), N, [], step)
        return b.load(made, [N])

    def counted(b: Builder) -> Operand:
        """The place moves by a count that differs between iterations."""
        made = b.alloc(F64, [b.op(a.imul, N, i64(2))], zero=True)

        def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
            (k,) = b.for_loop(
                i64(0), b.load(buf(K), [i]), [i64(0)], lambda j, d: [b.op(a.iadd, d[0], i64(1))]
            )
            b.store(made, [b.op(a.iadd, i, k)], x_at(b, i))
            return []

        b.for_loop(i64(0), N, [], step)
        return b.load(made, [N])

    def short(b: Builder) -> Operand:
        return b.for_loop(i64(0), i64(100), [f64(0.0)], lambda i, c: [b.op(a.add, c[0], x_at(b, i))])[0]

    def carried(b: Builder) -> Operand:
        return b.for_loop(i64(0), N, [var(S)], lambda i, c: [b.op(e.sin, b.op(a.add, c[0], x_at(b, i)))])[0]

    for body in (shifted, counted, short, carried):
        assert cuts(function(body, INPUTS)) == 0


@pytest.mark.parametrize("seed", range(40))
def test_random_program(seed: int) -> None:
    fn = random_function(seed)
    module = Module(entry(fn), flags=[*FLAGS, *SMALL])
    for n in (1, 8, 37, 90):
        given = values(n)
        expected = run(fn, given)
        first, second = both(module, given)
        same(first, second)
        wanted = np.array(expected.values)
        np.testing.assert_allclose(first.values[: wanted.size], wanted, rtol=1e-10, atol=1e-10)
        gradient = flat(fn, expected.buffers)
        np.testing.assert_allclose(first.gradient[: gradient.size], gradient, rtol=1e-10, atol=1e-10)
        for name, value in expected.reports.items():
            np.testing.assert_allclose(first.reports[name], value, rtol=1e-10, atol=1e-10)
