"""Loops over rows with zeros become shorter where that changes nothing, what is not finite included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Error, For, Function, Operand, Var, f64, i64
from adfun.ir.types import F64, I64
from adfun.ir.walk import walk
from adfun.passes.narrow import narrow
from adfun.primitives import arithmetic as a
from tests.passes.ir_programs import Draft, size
from tests.passes.test_passes import assert_same

ROWS, COLUMNS = np.tril_indices(4)
GIVEN = {
    "p": np.linspace(-1.0, 2.0, len(ROWS)),
    "rows": ROWS,
    "cols": COLUMNS,
    "v": np.array([1.5, -0.5, 2.0, 3.0]),
    "t": 0.25,
    "y": np.zeros(4),
    "g": np.zeros(len(ROWS)),
}


def triangle(kind: str) -> Function:
    """A lower triangle filled from data indices, times a vector; or the adjoint of that."""
    d, n, m = Draft(), size("n"), size("m")
    p, v, t = d.buffer("p", m, role="param"), d.buffer("v", n, role="param"), d.scalar("t")
    rows, cols = d.buffer("rows", m, elem=I64), d.buffer("cols", m, elem=I64)
    y, g = d.buffer("y", n, role="output"), d.buffer("g", m, role="gradient")
    b = d.b
    q = b.alloc(F64, (n, n), zero=kind != "not zero")

    def place(k: Var) -> list[Operand]:
        column = b.load(cols, [k])
        if kind == "late":
            column = b.op(a.imul, column, b.op(a.b2i, b.op(a.lt, t, f64(1.0))))
        return [b.load(rows, [k]), column]

    def fill(k: Var, _: Any) -> list[Operand]:
        (b.accum if kind == "summed" else b.store)(q, place(k), b.load(p, [k]))
        return []

    def product(r: Var, _: Any) -> list[Operand]:
        def term(c: Var, s: tuple[Var, ...]) -> list[Operand]:
            x = b.op(a.mul, b.load(v, [c]), t)
            if kind == "row in the factor":
                x = b.op(a.mul, x, b.op(a.i2f, r))
            found = b.op(a.add, b.load(q, [r, c]), f64(1.0)) if kind == "more" else b.load(q, [r, c])
            return [b.op(a.add, s[0], b.op(a.mul, x, found))]

        b.accum(y, [r], b.for_loop(i64(0), n, [f64(0.0)], term)[0])
        return []

    def adjoint(r: Var, _: Any) -> list[Operand]:
        def term(c: Var, _: Any) -> list[Operand]:
            b.accum(q, [r, c], b.op(a.mul0, t, b.load(v, [c])))
            return []

        return list(b.for_loop(i64(0), n, [], term))

    moved = b.alloc(I64, (m,), zero=True)

    def copy_places(k: Var, _: Any) -> list[Operand]:
        b.store(moved, [k], b.load(rows, [k]))
        return []

    def read(k: Var, _: Any) -> list[Operand]:
        b.accum(g, [k], b.load(q, place(k)))
        return []

    if kind in ("adjoint", "places checked later"):
        b.for_loop(i64(0), n, [], adjoint)
        if kind == "places checked later":
            b.check(b.op(a.ile, m, i64(99)), Error("IndexError", "too many"))
        b.for_loop(i64(0), m, [], read)
    elif kind == "places known later":
        b.for_loop(i64(0), n, [], adjoint)
        b.for_loop(i64(0), m, [], copy_places)
        rows = moved
        b.for_loop(i64(0), m, [], read)
    elif kind == "read as a whole":
        b.for_loop(i64(0), n, [], adjoint)
        b.for_loop(i64(0), n, [], product)
    else:
        b.for_loop(i64(0), m, [], fill)
        b.for_loop(i64(0), n, [], product)
    return d.finish(f64(0.0))


def shortened(function: Function) -> int:
    """How many loops run from and to what was found out about rows."""
    loose = {s.var for s in walk(function.body.stmts) if getattr(s, "op", None) is a.loose_start}
    return sum(isinstance(s, For) and s.start in loose for s in walk(function.body.stmts))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("plain", 1),
        ("adjoint", 1),
        ("not zero", 0),
        ("late", 0),
        ("summed", 0),
        ("more", 0),
        ("row in the factor", 0),
        ("read as a whole", 0),
        ("places known later", 0),
        ("places checked later", 0),
    ],
)
def test_rows_end_where_their_zeros_begin(kind: str, expected: int) -> None:
    function = triangle(kind)
    after = check(narrow(function), "narrow")
    assert shortened(after) == expected
    if kind != "not zero":  # its elements are not defined
        assert_same(run(after, GIVEN), run(function, GIVEN), kind)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("where", range(4))
def test_zero_times_what_is_not_finite_is_nan(bad: float, where: int) -> None:
    function = triangle("plain")
    given = {**GIVEN, "v": GIVEN["v"].copy()}  # type: ignore[attr-defined]
    given["v"][where] = bad
    with np.errstate(invalid="ignore"):
        after, before = run(narrow(function), given), run(function, given)
    np.testing.assert_array_equal(after.buffers["y"], before.buffers["y"])
    assert np.isnan(before.buffers["y"][:where]).all()
