"""What is kept from one loop for the next, and that this changes no result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Function, Let, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.ir.walk import walk
from adfun.passes.share import share
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size, total
from tests.passes.test_passes import assert_same


def softmax(kind: str) -> Function:
    """In every row the exponentials are summed up, then divided by the sum."""
    d, n, m = Draft(), size("n"), size("m")
    x, g = d.buffer("x", n, m), d.buffer("g", m, role="gradient")
    b = d.b

    def row(t: Var, _: Any) -> list[Operand]:
        work = b.alloc(F64, (m,), zero=False)

        def fill(k: Var, _: Any) -> list[Operand]:
            b.store(work, [k], b.op(a.mul, b.load(x, [t, k]), f64(0.5)))
            return []

        b.for_loop(i64(0), m, [], fill)
        s = total(b, m, lambda k: b.op(e.exp, b.load(work, [k])))
        if kind == "changed":
            b.for_loop(i64(0), m, [], fill)
            b.store(work, [i64(0)], s)

        def share_out(k: Var, _: Any) -> list[Operand]:
            place = b.op(a.iadd, b.op(a.ineg, k), i64(2)) if kind == "reversed" else k
            b.accum(g, [k], b.op(a.div, b.op(e.exp, b.load(work, [place])), s))
            return []

        b.for_loop(i64(0), m, [], share_out)
        return []

    if kind == "outside":
        row(b.op(a.iadd, i64(1), i64(0)), ())  # type: ignore[arg-type]
    else:
        b.for_loop(i64(0), n, [], row)
    return d.finish(f64(0.0))


@pytest.mark.parametrize(
    ("kind", "shared"), [("plain", True), ("changed", False), ("reversed", False), ("outside", False)]
)
def test_exponentials_are_computed_once(kind: str, shared: bool) -> None:
    function = softmax(kind)
    after = check(share(function), "share")
    count = sum(isinstance(stmt, Let) and stmt.op is e.exp for stmt in walk(after.body.stmts))
    assert count == (1 if shared else 2)
    inputs = {"x": np.random.default_rng(1).normal(size=(4, 3)), "g": np.zeros(3)}
    assert_same(run(after, inputs), run(function, inputs), kind)
