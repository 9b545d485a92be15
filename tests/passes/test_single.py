"""Parameters named one by one, and the directions in which what follows from them is zero."""

from __future__ import annotations

import numpy as np

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Alloc, Buffer, For, Function, Load, Operand, Var, f64, i64
from adfun.ir.types import VEC
from adfun.ir.walk import walk
from adfun.passes.directions import of_vectors
from adfun.passes.single import single
from adfun.passes.spread import spread
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.passes.ir_programs import Draft


def scaled(*, moving: bool = False) -> Function:
    """The tangents of exp(b) go through an array to the gradient; `moving`: loaded at an index of a loop."""
    d = Draft("he")
    p = i64(3)
    values, seeds = d.buffer("b", p, role="param"), d.buffer("d_b", p, role="seed", elem=VEC)
    out = d.buffer("d_g", p, role="gradient", elem=VEC)
    b = d.b
    table = b.alloc(VEC, (p,), zero=False)

    def fill(k: Var, _: tuple[Var, ...]) -> list[Operand]:
        value = b.op(e.exp, b.load(values, [k]))
        b.store(table, [k], b.op(a.vscale, value, b.load(seeds, [k])))
        return []

    def add(k: Var, _: tuple[Var, ...]) -> list[Operand]:
        b.accum(out, [k], b.load(table, [k]))
        return []

    b.for_loop(i64(0), p, [], fill)
    if moving:
        m = d.scalar("m", role="data", type=i64(0).type)
        b.for_loop(i64(0), m, [], add)
    else:
        b.for_loop(i64(0), p, [], add)
    return d.finish(f64(0.0))


def arrays(function: Function) -> list[Buffer]:
    return [stmt.buffer for stmt in walk(function.body.stmts) if isinstance(stmt, Alloc)]


def test_loops_are_written_out_and_arrays_taken_apart() -> None:
    function = check(scaled())
    made = check(single(function))
    assert not any(isinstance(stmt, For) for stmt in walk(made.body.stmts))
    assert [buffer.shape for buffer in arrays(made)] == [(), (), ()]
    matter = of_vectors(made, {"b": (3,)})
    assert [matter.reached[buffer] for buffer in arrays(made)] == [1, 2, 4]
    loads = [stmt.var for stmt in made.body.stmts if isinstance(stmt, Load) and stmt.var.type is VEC]
    assert sorted({matter.of((var,)) for var in loads}) == [1, 2, 4]


def test_an_array_that_is_not_always_named_stays() -> None:
    function = check(scaled(moving=True))
    assert [buffer.shape for buffer in arrays(check(single(function)))] == [(i64(3),)]


def test_results_are_those_of_the_array() -> None:
    given = {"b": np.array([0.1, -0.2, 0.3]), "d_b": np.eye(3)}
    before = check(spread(scaled(), {"b": (3,)}, directions=3))
    after = check(spread(single(scaled()), {"b": (3,)}, directions=3))
    for function in (before, after):
        found = run(function, given).buffers["d_g"]
        np.testing.assert_allclose(np.tril(found), np.diag(np.exp(given["b"])), rtol=1e-15)
