"""The printed form of every kind of statement."""

from __future__ import annotations

from typing import Any

import numpy as np

from adfun.ir.nodes import Buffer, Error, Function, Operand, Var, f64, i64
from adfun.ir.printer import show
from adfun.ir.rows import Kernel
from adfun.ir.types import B1, F64, I64
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary
from tests.passes.ir_programs import Draft, size


def _solve(matrix: Any, right: Any) -> tuple[Any, ...]:
    return np.linalg.solve(matrix, right), 0


SOLVE = Kernel("solve", _solve)

EXPECTED = """\
fn(param t: f64, data A: f64[n, n], data y: f64[n], data flag: b1, gradient g: f64[n]):
  r[i]: f64[n] = build:
    y.2 = y[i]
    %1 = sub(y.2, t)
    yield %1
  solve: f64[n], info = call solve(A, r)
  %2 = ieq(info, 0)
  check %2 else LinAlgError 'singular: {0}' (info)
  alloc h: f64[n]
  alloc s: f64[] = 0
  alloc growable tape: f64[0]
  grow tape to n
  last = for i.2 in 0..n with %3 = 0.0:
    solve.2 = solve[i.2]
    h[i.2] = solve.2
    g[i.2] += solve.2
    next solve.2
  %7, last.3 = while with %4 = 0, last.2 = last:
    %5 = ilt(%4, 3)
    test %5
  do:
    %6 = iadd(%4, 1)
    next %6, 1e-300
  %9 = if flag:
    %8 = exp2(t)
    yield %8
  else:
    yield -inf
  if flag:
    s[] = 1.0
  report 'h' h
  report 'w' last.3
  return %9, true
"""


def everything() -> Function:
    d, n = Draft(), size()
    t = d.scalar("t")
    matrix = d.buffer("A", n, n)
    y = d.buffer("y", n)
    flag = d.scalar("flag", role="data", type=B1)
    g = d.buffer("g", n, role="gradient")
    b = d.b
    r = b.build(F64, [n], lambda i: b.op(a.sub, b.load(y, i), t), "r")
    solution, info = b.call(SOLVE, [matrix, r], [(F64, (n,)), I64])
    assert isinstance(solution, Buffer)
    assert isinstance(info, Var)
    info.hint = "info"
    b.check(b.op(a.ieq, info, i64(0)), Error("LinAlgError", "singular: {0}"), info)
    h = b.alloc(F64, [n], zero=False, hint="h")
    s = b.alloc(F64, [], zero=True, hint="s")
    tape = b.alloc(F64, [i64(0)], zero=False, growable=True, hint="tape")
    b.grow(tape, n)

    def step(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        value = b.load(solution, [i])
        b.store(h, [i], value)
        b.accum(g, [i], value)
        return [value]

    (last,) = b.for_loop(i64(0), n, [f64(0.0)], step)
    last.hint = "last"
    _, w = b.while_loop(
        [i64(0), last],
        lambda c: b.op(a.ilt, c[0], i64(3)),
        lambda c: [b.op(a.iadd, c[0], i64(1)), f64(1e-300)],
    )
    (chosen,) = b.if_else(flag, lambda: [b.op(elementary.exp2, t)], lambda: [f64(-np.inf)])

    def mark() -> list[Operand]:
        b.store(s, [], f64(1.0))
        return []

    b.if_else(flag, mark, list)
    b.report("h", h)
    b.report("w", w)
    return d.finish(chosen, b.op(a.ieq, i64(1), i64(1)))


def test_every_statement() -> None:
    assert show(everything()) == EXPECTED
