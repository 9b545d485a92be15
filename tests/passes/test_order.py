"""Which axis the loops that fill an array run over first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Build, Error, For, Function, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.passes.fuse import fuse
from adfun.passes.lower import lower
from adfun.passes.order import first_axes
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size, total
from tests.passes.test_passes import assert_same


def columns(kind: str) -> Function:
    """The logarithm of the sum of every column's exponentials."""
    d, m, n = Draft(), size("m"), size("n")
    w, x = d.buffer("w", m, role="param"), d.buffer("x", n)
    b = d.b

    def element(at: tuple[Var, ...]) -> Operand:
        k, i = at
        if kind == "checked":
            b.check(b.op(a.le, b.load(x, [i]), f64(9.0)), Error("ValueError", "large"))
        weight = b.load(w, [k])
        if kind == "costly rows":
            weight = b.op(e.exp, weight)
        return b.op(a.mul, weight, b.op(a.square, b.load(x, [i])))

    y = b.build(F64, [m, n], element, "y")

    def column(i: Var, s: tuple[Var, ...]) -> list[Operand]:
        top = total(b, m, lambda k: b.load(y, [k, i]))
        return [
            b.op(
                a.add,
                s[0],
                b.op(e.log, total(b, m, lambda k: b.op(e.exp, b.op(a.sub, b.load(y, [k, i]), top)))),
            )
        ]

    def row(k: Var, s: tuple[Var, ...]) -> list[Operand]:
        return [b.op(a.add, s[0], total(b, n, lambda i: b.load(y, [k, i])))]

    (value,) = b.for_loop(i64(0), n, [f64(0.0)], column)
    if kind == "read by rows as well":
        (value,) = b.for_loop(i64(0), m, [value], row)
    if kind == "read outside":
        value = b.op(a.add, value, b.load(y, [i64(1), i64(2)]))
    return d.finish(value)


@pytest.mark.parametrize(
    ("kind", "by_columns"),
    [
        ("plain", True),
        ("checked", False),
        ("costly rows", False),
        ("read by rows as well", False),
        ("read outside", False),
    ],
)
def test_arrays_are_filled_as_they_are_read(kind: str, by_columns: bool) -> None:
    function = columns(kind)
    (build,) = (stmt for stmt in function.body.stmts if isinstance(stmt, Build))
    assert first_axes(function) == ({build.buffer: 1} if by_columns else {})
    after = check(fuse(check(lower(function), "lower")), "fuse")
    inputs: dict[str, Any] = {"w": np.array([0.5, -1.0, 0.25]), "x": np.linspace(0.0, 2.0, 4)}
    assert_same(run(after, inputs), run(function, inputs), kind)
    assert sum(isinstance(stmt, For) for stmt in after.body.stmts) == (
        1 if by_columns else 2 + (kind == "read by rows as well")
    )
