"""Two buffers become one where they always hold the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Alloc, Function, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.ir.walk import walk
from adfun.passes.unify import unify
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft, size, total
from tests.passes.test_passes import assert_same


def twice(kind: str) -> Function:
    """The same is stored to two buffers, but for what `kind` says; both are summed up."""
    d, n = Draft(), size("n")
    x, b = d.buffer("x", n), d.b
    first = b.alloc(F64, (n,), zero=True)
    second = b.alloc(F64, (n,), zero=kind != "one not zero")

    def fill(i: Var, s: tuple[Var, ...]) -> list[Operand]:
        value = b.op(e.exp, b.load(x, [i]))
        b.store(first, [i], value)
        between = b.load(second, [i]) if kind == "read between" else f64(0.0)
        other = b.op(a.neg, value) if kind == "other value" else value
        place = i64(0) if kind == "other place" else i
        (b.accum if kind == "summed" else b.store)(second, [place], other)
        return [b.op(a.add, s[0], between)]

    (seen,) = b.for_loop(i64(0), n, [f64(0.0)], fill)
    if kind == "changed later":
        b.store(second, [i64(0)], f64(7.0))
    one = total(b, n, lambda i: b.load(first, [i]))
    other = total(b, n, lambda i: b.op(a.square, b.load(second, [i])))
    return d.finish(b.op(a.add, b.op(a.add, one, other), seen))


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("plain", 1),
        ("one not zero", 2),
        ("other value", 2),
        ("other place", 2),
        ("summed", 2),
        ("read between", 2),
        ("changed later", 2),
    ],
)
def test_buffers_with_the_same_contents(kind: str, left: int) -> None:
    function = twice(kind)
    after = check(unify(function), "unify")
    assert sum(isinstance(stmt, Alloc) for stmt in walk(after.body.stmts)) == left
    assert (after is function) == (left == 2)
    inputs: dict[str, Any] = {"x": np.linspace(-1.0, 1.0, 5)}
    assert_same(run(after, inputs), run(function, inputs), kind)
