"""What runs when data are bound, what in every call, and what passes between."""

from __future__ import annotations

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run, run_staged
from adfun.ir.nodes import Buffer, Error, Function, Operand, Var, f64, i64
from adfun.ir.staged import Staged
from adfun.ir.types import F64, I64
from adfun.passes.lower import lower
from adfun.passes.simplify import simplify
from adfun.passes.stage import stage
from adfun.passes.streams import Origin, worthwhile
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from adfun.primitives import special as s
from tests.passes.ir_programs import Draft, guarded_gather, matrix_product, size, total
from tests.passes.test_simplify import body, expect


def staged(function: Function) -> Staged:
    """Staged, with both halves well formed."""
    made = stage(simplify(lower(function)))
    check(made.prepare, "stage")
    check(made.call, "stage")
    return made


def test_expensive_terms_of_data_become_a_table() -> None:
    d, n = Draft(), size()
    mu, y = d.scalar("mu"), d.buffer("y", n)
    b = d.b

    def term(i: Var) -> Operand:
        value = b.load(y, [i])
        return b.op(a.add, b.op(a.mul, mu, value), b.op(s.lgamma, b.op(a.add, value, f64(1.0))))

    made = staged(d.finish(total(b, n, term)))
    expect(
        made.prepare,
        """
        alloc table: f64[n]
        for i in 0..n:
          y.2 = y[i]
          %1 = add(y.2, 1.0)
          %2 = lgamma(%1)
          table[i] = %2
        """,
    )
    expect(
        made.call,
        """
        %4 = for i in 0..n with %1 = 0.0:
          y.2 = y[i]
          %2 = mul(mu, y.2)
          table = prepared.0[i]
          %3 = add(%2, table)
          %4 = add(%1, %3)
          next %4
        return %5
        """.replace("%4 = for", "%5 = for"),
    )
    (slot,) = made.slots
    assert slot.target.role == "prepared"
    assert made.call.inputs[-1] is slot.target


def test_data_only_work_runs_once() -> None:
    """A mean and a scale of the data, a check of it, and nothing of that in the call."""
    d, n = Draft(), size()
    mu, y = d.scalar("mu"), d.buffer("y", n)
    b = d.b
    mean = b.op(a.div, total(b, n, lambda i: b.load(y, [i])), b.op(a.i2f, n))
    b.check(b.op(a.lt, f64(0.0), mean), Error("ValueError", "mean {0}"), mean)
    made = staged(d.finish(b.op(a.mul, mu, b.op(e.log, mean))))
    expect(made.call, "%1 = mul(mu, prepared.0)\nreturn %1\n")
    inputs = {"mu": 2.0, "y": np.array([1.0, 2.0])}
    np.testing.assert_allclose(run_staged(made, inputs).values, [2.0 * np.log(1.5)])
    with pytest.raises(ValueError, match=r"mean -1\.0"):
        run(made.prepare, {"mu": 2.0, "y": np.array([-1.0])})


def test_checks_in_loops_are_made_when_data_are_bound() -> None:
    case = guarded_gather()
    made = staged(case.function)
    assert "check" not in body(made.call)
    bad = case.inputs | {"g": np.array([0, 3, 1, 1, 2])}
    with pytest.raises(IndexError, match="index 3"):
        run(made.prepare, bad)


def test_nothing_of_data_alone() -> None:
    made = staged(matrix_product().function)
    assert made.slots == ()
    assert made.prepare.body.stmts == ()


def test_a_buffer_that_call_reads_while_it_changes_is_no_slot() -> None:
    """w is filled from data, read with a parameter, then changed from data and read again."""
    d, n = Draft(), size()
    t, x = d.scalar("t"), d.buffer("x", n)
    b = d.b
    w = b.alloc(F64, [n], zero=True, hint="w")

    def add_logs(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        b.accum(w, [i], b.op(e.log, b.load(x, [i])))
        return []

    b.for_loop(i64(0), n, [], add_logs)
    first = total(b, n, lambda i: b.op(a.mul, t, b.load(w, [i])))
    b.for_loop(i64(0), n, [], add_logs)
    second = total(b, n, lambda i: b.op(a.mul, t, b.load(w, [i])))
    function = d.finish(first, second)
    inputs = {"t": 2.0, "x": np.array([1.0, 2.0, 3.0])}
    values = run_staged(staged(function), inputs).values
    np.testing.assert_allclose(values, [2.0 * np.log(6.0), 4.0 * np.log(6.0)])


def test_a_buffer_that_is_complete_is_a_slot() -> None:
    d, n = Draft(), size()
    t, x = d.scalar("t"), d.buffer("x", n)
    b = d.b
    w = b.alloc(F64, [n], zero=True, hint="w")

    def running(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        value = b.op(a.add, c[0], b.load(x, [i]))
        b.store(w, [i], value)
        return [value]

    b.for_loop(i64(0), n, [f64(0.0)], running)
    made = staged(d.finish(total(b, n, lambda i: b.op(a.mul, t, b.load(w, [i])))))
    assert [type(slot.source) for slot in made.slots] == [Buffer]
    assert "alloc" not in body(made.call)


def test_sizes_that_only_prepare_knows_come_along() -> None:
    """The length of the table is a sum of the data."""
    d, n = Draft(), size()
    t, k = d.scalar("t"), d.buffer("k", n, elem=I64)
    b = d.b
    (count,) = b.for_loop(i64(0), n, [i64(0)], lambda i, c: [b.op(a.iadd, c[0], b.load(k, [i]))])
    table = b.build(F64, [count], lambda i: b.op(e.log, b.op(a.i2f, b.op(a.iadd, i[0], i64(1)))), "logs")
    value = total(b, count, lambda i: b.op(a.mul, t, b.load(table, [i])))
    made = staged(d.finish(value, b.op(a.mul, t, b.op(a.i2f, count))))
    inputs = {"t": 0.5, "k": np.array([2, 0, 3])}
    expected = 0.5 * np.sum(np.log(np.arange(1.0, 6.0)))
    np.testing.assert_allclose(run_staged(made, inputs).values, [expected, 2.5])


def test_tables_of_pairs_need_room_that_is_there_anyway() -> None:
    """exp(x[i] - x[j]): a table only where the program holds an n by n array."""
    for held in (False, True):
        d, n = Draft(), size()
        t, x = d.scalar("t"), d.buffer("x", n)
        if held:
            d.buffer("distances", n, n)
        b = d.b

        def row(i: Var, t: Operand = t, x: Buffer = x, n: Operand = n, d: Draft = d) -> Operand:
            b = d.b
            return total(
                b, n, lambda j: b.op(a.mul, t, b.op(e.exp, b.op(a.sub, b.load(x, [i]), b.load(x, [j]))))
            )

        made = staged(d.finish(total(b, n, row)))
        assert len(made.slots) == held


def test_a_table_has_the_axes_that_its_value_varies_with() -> None:
    d, n, m = Draft(), size("n"), size("m")
    t, x, y = d.scalar("t"), d.buffer("x", n), d.buffer("y", m)
    b = d.b

    def row(i: Var) -> Operand:
        return total(b, m, lambda j: b.op(a.mul, b.op(a.mul, t, b.load(x, [i])), b.op(e.log, b.load(y, [j]))))

    made = staged(d.finish(total(b, n, row)))
    (slot,) = made.slots
    assert isinstance(slot.source, Buffer)
    assert slot.source.shape == (m,)


def test_conversions_and_positions_become_streams() -> None:
    """A wrapped index and a converted count: two tables in place of two streams of integers."""
    d, n, m = Draft(), size("n"), size("m")
    u = d.buffer("u", m, role="param")
    g, y = d.buffer("g", n, elem=I64), d.buffer("y", n, elem=I64)
    b = d.b

    def term(i: Var) -> Operand:
        k = b.load(g, [i])
        wrapped = b.op(a.select, b.op(a.ilt, k, i64(0)), b.op(a.iadd, k, m), k)
        return b.op(a.mul, b.load(u, [wrapped]), b.op(a.i2f, b.load(y, [i])))

    made = staged(d.finish(total(b, n, term)))
    text = body(made.call)
    assert len(made.slots) == 2
    assert "g[" not in text
    assert "y[" not in text
    inputs = {"u": np.array([1.0, 2.0]), "g": np.array([-1, 0, 1]), "y": np.array([1, 2, 3])}
    assert run_staged(made, inputs).values == (2.0 + 2.0 + 6.0,)


def test_streams_are_weighed() -> None:
    x, y, square, gap = (Var(F64, name) for name in ("x", "y", "square", "gap"))
    of_x, of_both = frozenset((x,)), frozenset((x, y))
    origins = {
        x: Origin(of_x, 0.0),
        square: Origin(of_x, 1.0),
        gap: Origin(of_both, 4.0),
    }
    assert worthwhile([gap], origins) == [gap]  # one stream in place of two
    assert worthwhile([square], origins) == []  # a product is as cheap as a load
    assert worthwhile([x, y, gap], origins | {y: Origin(frozenset((y,)), 0.0)}) == []  # a third stream


@pytest.mark.parametrize("late", [False, True])
def test_a_table_in_the_third_loop(late: bool) -> None:
    """The loop between has no axis in it: if parameters decide how often that runs, nothing is kept."""
    d, n, m = Draft(), size("n"), size("m")
    t, first, z = d.scalar("t"), d.buffer("first", n, elem=I64), d.buffer("z", n, m)
    b = d.b

    def row(i: Var) -> Operand:
        start = b.op(a.f2i, t) if late else b.load(first, [i])
        term = b.for_loop(start, i64(3), [f64(0.0)], lambda _, s: [b.op(a.add, s[0], columns(i))])
        return term[0]

    def columns(i: Var) -> Operand:
        return total(b, m, lambda j: b.op(a.mul, t, b.op(s.lgamma, b.load(z, [i, j]))))

    made = staged(d.finish(total(b, n, row)))
    assert ("lgamma" in body(made.call)) == late
    inputs = {"t": 1.5, "first": np.array([1, 0]), "z": np.array([[3.0, 4.0], [5.0, 6.0]])}
    times = (2, 2) if late else (2, 3)
    expected = 1.5 * (times[0] * np.log(2.0 * 6.0) + times[1] * np.log(24.0 * 120.0))
    np.testing.assert_allclose(run_staged(made, inputs).values[0], expected, rtol=1e-14)


@pytest.mark.parametrize("part", ["complete", "read before", "many groups"])
def test_what_a_mask_picks_is_picked_once(part: str) -> None:
    d, n, m = Draft(), size("n"), size("m")
    t, y, group = d.scalar("t"), d.buffer("y", n), d.buffer("group", n, elem=I64)
    d.buffer("other", m)
    b = d.b
    groups: Operand = m if part == "many groups" else i64(3)

    def of_group(k: Var) -> Operand:
        where = b.alloc(I64, (n,), zero=False)

        def step(i: Var, count: tuple[Var, ...]) -> list[Operand]:
            b.store(where, [count[0]], i)
            if part == "read before":
                b.store(where, [i64(0)], b.load(where, [i64(0)]))
            chosen = b.op(a.b2i, b.op(a.ieq, b.load(group, [i]), k))
            return [b.op(a.iadd, count[0], chosen)]

        (count,) = b.for_loop(i64(0), n, [i64(0)], step)
        return total(b, count, lambda j: b.op(a.mul, t, b.load(y, [b.load(where, [j])])))

    made = staged(d.finish(total(b, groups, of_group)))
    assert ("alloc" in body(made.call)) == (part != "complete")
    inputs = {
        "t": 1.5, "y": np.array([1.0, 2.0, 4.0, 8.0]), "group": np.array([2, 0, 0, 5]), "other": np.zeros(3),
    }  # fmt: skip
    assert run_staged(made, inputs).values == (1.5 * 7.0,)
