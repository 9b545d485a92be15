"""Functions built by hand that every pass is tried on, with inputs to run them with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adfun.diagnostics.spans import Source, Span
from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Error, Function, Input, Operand, Role, Storage, Var, f64, i64
from adfun.ir.types import F64, I64, Type
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e

LINE = Span(Source("objective.py", "return (x ** 2).sum()\n"), 1, 7, 1, 21)
OUT_OF_RANGE = Error("IndexError", "index {0} is out of bounds for axis 0 with size {1}")


@dataclass(frozen=True)
class Case:
    function: Function
    inputs: dict[str, Any]


class Draft:
    """A function under construction: inputs by name, statements through `b`."""

    def __init__(self, name: str = "fn") -> None:
        self.name = name
        self.inputs: list[Input] = []
        self.b = Builder()
        self.b.span = LINE

    def scalar(self, name: str, role: Role = "param", type: Type = F64) -> Var:
        var = Var(type, name)
        self.inputs.append(Input(name, role, var))
        return var

    def buffer(self, name: str, *shape: Operand, role: Role = "data", elem: Type = F64) -> Buffer:
        storage: Storage = "output" if role in ("gradient", "output") else "input"
        buffer = Buffer(elem, shape, storage, name)
        self.inputs.append(Input(name, role, buffer))
        return buffer

    def finish(self, *yields: Operand) -> Function:
        return Function(self.name, tuple(self.inputs), self.b.finish(*yields))


def size(name: str = "n") -> Var:
    return Var(I64, name)


def total(b: Builder, n: Operand, term: Callable[[Var], Operand]) -> Operand:
    """sum(term(i) for i in range(n))"""
    (result,) = b.for_loop(i64(0), n, [f64(0.0)], lambda i, s: [b.op(a.add, s[0], term(i))])
    return result


def normal_chain() -> Case:
    """Residuals, squares and their sum as three Builds in a chain, then a scalar."""
    d, n = Draft(), size()
    mu, sigma = d.scalar("mu"), d.scalar("sigma")
    x = d.buffer("x", n)
    b = d.b
    r = b.build(F64, [n], lambda i: b.op(a.sub, b.load(x, i), mu), "r")
    z = b.build(F64, [n], lambda i: b.op(a.div, b.load(r, i), sigma), "z")
    q = b.build(F64, [n], lambda i: b.op(a.square, b.load(z, i)), "q")
    s = total(b, n, lambda i: b.load(q, [i]))
    value = b.op(a.add, s, b.op(a.mul, b.op(a.i2f, n), b.op(e.log, sigma)))
    return Case(d.finish(value), {"mu": 0.3, "sigma": 1.7, "x": np.linspace(-1.0, 2.0, 7)})


def shared_exponential() -> Case:
    """An expensive Build that two loops read at the same elements, and one at others."""
    d, n = Draft(), size()
    t = d.scalar("t")
    x = d.buffer("x", n)
    b = d.b
    w = b.build(F64, [n], lambda i: b.op(e.exp, b.op(a.mul, t, b.load(x, i))), "w")
    s = total(b, n, lambda i: b.load(w, [i]))
    q = total(b, n, lambda i: b.op(a.mul, b.load(w, [i]), b.load(x, [i])))
    last = b.op(a.isub, n, i64(1))
    d2 = total(b, last, lambda i: b.op(a.mul, b.load(w, [i]), b.load(w, [b.op(a.iadd, i, i64(1))])))
    return Case(d.finish(b.op(a.add, b.op(a.div, q, s), d2)), {"t": 0.7, "x": np.linspace(0.0, 1.0, 6)})


def matrix_product() -> Case:
    """eta = A @ beta as a Build with an inner loop, used once per row."""
    d, n, k = Draft(), size("n"), size("k")
    beta = d.buffer("beta", k, role="param")
    matrix = d.buffer("A", n, k)
    y = d.buffer("y", n)
    b = d.b

    def row(i: tuple[Var, ...]) -> Operand:
        return total(b, k, lambda j: b.op(a.mul, b.load(matrix, [i[0], j]), b.load(beta, [j])))

    eta = b.build(F64, [n], row, "eta")
    s = total(b, n, lambda i: b.op(a.square, b.op(a.sub, b.load(y, [i]), b.load(eta, [i]))))
    rng = np.random.default_rng(1)
    return Case(
        d.finish(s), {"beta": rng.normal(size=3), "A": rng.normal(size=(5, 3)), "y": rng.normal(size=5)}
    )


def guarded_gather() -> Case:
    """u[g[i]] with a check of each index in the loop, and one arm that reads a Build lazily."""
    d, n, m = Draft(), size("n"), size("m")
    u = d.buffer("u", m, role="param")
    g = d.buffer("g", n, elem=I64)
    b = d.b
    heavy = b.build(F64, [n], lambda i: b.op(e.log, b.op(a.i2f, b.load(g, i))), "heavy")

    def term(i: Var) -> Operand:
        k = b.load(g, [i])
        b.check(b.op(a.band, b.op(a.ile, i64(0), k), b.op(a.ilt, k, m)), OUT_OF_RANGE, k, m)
        positive = b.op(a.ilt, i64(0), k)
        (value,) = b.if_else(positive, lambda: [b.load(heavy, [i])], lambda: [f64(0.0)])
        return b.op(a.mul, value, b.load(u, [k]))

    return Case(
        d.finish(total(b, n, term)), {"u": np.array([0.5, -1.0, 2.0]), "g": np.array([2, 0, 1, 1, 2])}
    )


def in_place() -> Case:
    """A mutable buffer read by a Build, changed, and read again."""
    d, n = Draft(), size()
    t = d.scalar("t")
    x = d.buffer("x", n)
    b = d.b
    y = b.alloc(F64, [n], zero=False, hint="y")

    def fill(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        b.store(y, [i], b.op(a.mul, t, b.load(x, [i])))
        return []

    def double(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        b.store(y, [i], b.op(a.mul, f64(2.0), b.load(y, [i])))
        return []

    b.for_loop(i64(0), n, [], fill)
    before = b.build(F64, [n], lambda i: b.op(a.add, b.load(y, i), f64(1.0)), "before")
    b.for_loop(i64(0), n, [], double)
    s = total(b, n, lambda i: b.op(a.mul, b.load(before, [i]), b.load(y, [i])))
    return Case(d.finish(s), {"t": 1.5, "x": np.arange(4.0)})


def recurrence() -> Case:
    """A sequential loop with a dead carried value, an invariant one, and a While."""
    d, n = Draft(), size()
    phi = d.scalar("phi")
    x = d.buffer("x", n)
    b = d.b

    def step(i: Var, c: tuple[Var, ...]) -> list[Operand]:
        state, dead, same, s = c
        new = b.op(a.add, b.op(a.mul, phi, state), b.load(x, [i]))
        return [new, b.op(a.add, dead, new), same, b.op(a.add, s, b.op(a.mul, b.op(a.square, new), same))]

    results = b.for_loop(i64(0), n, [f64(0.0), f64(0.0), phi, f64(0.0)], step)
    k, value = b.while_loop(
        [i64(0), results[3]],
        lambda c: b.op(a.band, b.op(a.ilt, c[0], i64(50)), b.op(a.lt, f64(1.0), c[1])),
        lambda c: [b.op(a.iadd, c[0], i64(1)), b.op(a.mul, c[1], f64(0.5))],
    )
    return Case(d.finish(value, b.op(a.i2f, k)), {"phi": 0.9, "x": np.linspace(1.0, 2.0, 5)})


def empty_and_single() -> Case:
    """Loops of no and of one iteration, an If between two values, a known condition."""
    d = Draft()
    t = d.scalar("t")
    x = d.buffer("x", i64(1))
    b = d.b
    s = total(b, i64(1), lambda i: b.op(a.mul, t, b.load(x, [i])))
    none = total(b, i64(0), lambda i: b.op(e.exp, t))
    (r,) = b.if_else(b.op(a.lt, t, s), lambda: [t], lambda: [s])
    return Case(d.finish(b.op(a.add, r, none)), {"t": 2.0, "x": np.array([3.0])})


def reported() -> Case:
    """A Build that is reported and read: it must be stored."""
    d, n = Draft(), size()
    t = d.scalar("t")
    x = d.buffer("x", n)
    b = d.b
    fit = b.build(F64, [n], lambda i: b.op(e.exp, b.op(a.mul, t, b.load(x, i))), "fit")
    b.report("fit", fit)
    s = total(b, n, lambda i: b.load(fit, [i]))
    b.report("total", s)
    return Case(d.finish(s), {"t": 0.1, "x": np.arange(3.0)})


def two_pass_gradient() -> Case:
    """What adjoint makes of a sum: the value, then its gradient in a loop of the same range."""
    d, n, m = Draft("gr"), size("n"), size("m")
    u = d.buffer("u", m, role="param")
    g = d.buffer("g", n, elem=I64)
    y = d.buffer("y", n)
    ubar = d.buffer("ubar", m, role="gradient")
    b = d.b

    def eta(i: Var) -> Operand:
        return b.op(e.exp, b.load(u, [b.load(g, [i])]))

    s = total(b, n, lambda i: b.op(a.square, b.op(a.sub, b.load(y, [i]), eta(i))))

    def back(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        mean = eta(i)
        slope = b.op(a.mul, f64(-2.0), b.op(a.sub, b.load(y, [i]), mean))
        b.accum(ubar, [b.load(g, [i])], b.op(a.mul, slope, mean))
        return []

    b.for_loop(i64(0), n, [], back)
    inputs = {"u": np.array([0.1, 0.4]), "g": np.array([0, 1, 1, 0]), "y": np.array([1.0, 2.0, 1.5, 0.5])}
    return Case(d.finish(s), inputs)


ALL: tuple[Callable[[], Case], ...] = (
    normal_chain,
    shared_exponential,
    matrix_product,
    guarded_gather,
    in_place,
    recurrence,
    empty_and_single,
    reported,
    two_pass_gradient,
)
