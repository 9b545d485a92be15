"""Programs that call array kernels, each with the same computation written for mpmath."""

from __future__ import annotations

from typing import Any

from mpmath import mp

from adfun.ir.nodes import Buffer, Operand, Var, f64, i64
from adfun.ir.types import F64, I64
from adfun.primitives import arithmetic as a
from adfun.primitives import kernels
from adfun.primitives.fourier import fourier
from adfun.primitives.loops import filled
from tests.derivatives.programs import Kit, Values, program

SPD = [[2.0, 0.3, -0.4], [0.3, 1.5, 0.2], [-0.4, 0.2, 1.1]]
GENERAL = [[0.4, 1.3, -0.7], [0.9, -0.2, 0.5], [-0.3, 0.8, 1.6]]
RIGHT = [[0.3, -1.0], [0.8, 0.1], [-0.6, 0.9]]
ROWS = [[[0.3, -0.8, 0.5]], [[0.1, 0.6, -0.4]]]
"""Real and imaginary parts of one row."""
WEIGHTS = [[0.7, -0.2, 0.5], [0.1, 0.9, -0.4], [-0.8, 0.3, 0.6]]


def weighted(k: Kit, x: Any, nonlinear: str = "sin") -> Operand:
    """sum w_ij f(x_ij), with the data w: every element counts differently."""

    def row(i: Var) -> Operand:
        if x.rank == 1:
            return k.mul(k.at("w", i, 0), k.f(nonlinear, k.at(x, i)))
        return k.total(x.shape[1], lambda j: k.mul(k.at("w", i, j), k.f(nonlinear, k.at(x, i, j))))

    return k.total(x.shape[0], row)


def weigh(x: Any, w: Any, f: Any = mp.sin) -> Any:
    return sum(w[i][j] * f(x[i, j]) for i in range(x.rows) for j in range(x.cols))


def lower_part(x: Any) -> Any:
    """The symmetric matrix that the lower triangle stands for."""
    return mp.matrix([[x[max(i, j)][min(i, j)] for j in range(len(x))] for i in range(len(x))])


def factor(k: Kit, matrix: Buffer) -> Buffer:
    made, _ = k.b.call(kernels.cholesky, (matrix,), [(F64, matrix.shape), I64])
    assert isinstance(made, Buffer)
    return made


@program({"a": SPD}, {"w": WEIGHTS})
class cholesky:
    def emit(k: Kit) -> Operand:
        return weighted(k, factor(k, k["a"]))

    def reference(p: Values, d: Values) -> Any:
        return weigh(mp.cholesky(lower_part(p["a"])), d["w"])


@program({"a": GENERAL}, {"w": WEIGHTS})
class product_read_flat:
    """The elements of what a kernel made, by their place in all of it."""

    def emit(k: Kit) -> Operand:
        made = kernels.product(k.b, k["a"], k["a"])
        count = k.b.op(a.imul, *made.shape)
        return k.total(count, lambda i: k.mul(k.at("w", i), k.f("sin", k.at(made, i))))

    def reference(p: Values, d: Values) -> Any:
        return weigh(mp.matrix(p["a"]) * mp.matrix(p["a"]), d["w"])


@program({"a": GENERAL, "b": RIGHT}, {"w": WEIGHTS})
class products:
    """All four transpositions, and products with vectors."""

    def emit(k: Kit) -> Operand:
        b, x, y = k.b, k["a"], k["b"]
        total = weighted(k, kernels.product(b, x, y))
        z = kernels.product(b, y, x, True, True)
        total = k.add(total, weighted(k, z), weighted(k, kernels.product(b, x, y, True)))
        total = k.add(total, weighted(k, kernels.product(b, x, x, False, True)))
        v = kernels.filled(b, F64, (x.shape[0],), lambda i: k.at(x, i[0], 1), "v")
        return k.add(
            total, weighted(k, kernels.product(b, x, v)), weighted(k, kernels.product(b, x, v, True), "exp")
        )

    def reference(p: Values, d: Values) -> Any:
        x, y, w = mp.matrix(p["a"]), mp.matrix(p["b"]), d["w"]
        total = weigh(x * y, w) + weigh(y.T * x.T, w) + weigh(x.T * y, w) + weigh(x * x.T, w)
        v = x[:, 1]
        return total + weigh(x * v, w) + weigh(x.T * v, w, mp.exp)


@program({"a": SPD, "b": RIGHT}, {"w": WEIGHTS})
class triangular:
    """Lower and upper, transposed or not, with a unit diagonal, and a vector."""

    def emit(k: Kit) -> Operand:
        b, x, y = k.b, k["a"], k["b"]
        total: Operand = f64(0.0)
        for lower in (True, False):
            for trans in (True, False):
                for unit in (True, False):
                    solution = kernels.solve_triangle(b, x, y, lower, trans, unit)
                    total = k.add(k.mul(total, f64(0.9)), weighted(k, solution))
        v = kernels.filled(b, F64, (x.shape[0],), lambda i: k.at(y, i[0], 1), "v")
        one, two = (kernels.solve_triangle(b, x, v, True, trans) for trans in (True, False))
        return k.add(total, weighted(k, one), weighted(k, two))

    def reference(p: Values, d: Values) -> Any:
        y, total = mp.matrix(p["b"]), mp.mpf(0)

        def triangle(lower: bool, unit: bool) -> Any:
            t = mp.matrix(p["a"])
            for i in range(3):
                for j in range(3):
                    if (i < j) if lower else (i > j):
                        t[i, j] = 0
                if unit:
                    t[i, i] = 1
            return t

        for lower in (True, False):
            for trans in (True, False):
                for unit in (True, False):
                    t = triangle(lower, unit)
                    total = total * mp.mpf(0.9) + weigh((t.T if trans else t) ** -1 * y, d["w"])
        v, t = y[:, 1], triangle(True, False)
        return total + weigh(t.T**-1 * v, d["w"]) + weigh(t**-1 * v, d["w"])


@program({"a": GENERAL, "b": RIGHT}, {"w": WEIGHTS})
class general_systems:
    """Solutions with A and its transpose, the inverse and the determinant from one factorisation."""

    def emit(k: Kit) -> Operand:
        b, x, y = k.b, k["a"], k["b"]
        factors, pivots, _ = kernels.factored(b, x)
        (one,) = b.call(kernels.lu_solve, (x, factors, pivots, y, kernels.NO), [(F64, y.shape)])
        (two,) = b.call(kernels.lu_solve, (x, factors, pivots, y, kernels.YES), [(F64, y.shape)])
        (three,) = b.call(kernels.inv, (x, factors, pivots), [(F64, x.shape)])
        logdet, sign = b.call(kernels.logabsdet, (x, factors, pivots), [(F64, ()), (F64, ())])
        determinant = k.mul(k.at(sign), k.f("exp", k.at(logdet)))
        return k.add(weighted(k, one), weighted(k, two), weighted(k, three), determinant, k.at(logdet))

    def reference(p: Values, d: Values) -> Any:
        x, y = mp.matrix(p["a"]), mp.matrix(p["b"])
        total = sum(weigh(m, d["w"]) for m in (x**-1 * y, x.T**-1 * y, x**-1))
        return total + mp.det(x) + mp.log(abs(mp.det(x)))


@program({"a": SPD}, {"w": WEIGHTS})
class eigen:
    """Eigenvalues, and squares of the vectors' elements: their signs are arbitrary."""

    def emit(k: Kit) -> Operand:
        x = k["a"]
        values, vectors, _ = k.b.call(kernels.eigh, (x,), [(F64, x.shape[:1]), (F64, x.shape), I64])
        return k.add(weighted(k, values, "exp"), weighted(k, vectors, "square"))

    def reference(p: Values, d: Values) -> Any:
        values, vectors = mp.eigsy(lower_part(p["a"]))
        total = sum(w[0] * mp.exp(v) for v, w in zip(values, d["w"], strict=True))
        return total + weigh(vectors, d["w"], lambda v: v * v)


@program({"a": GENERAL}, {"w": WEIGHTS})
class exponential:
    def emit(k: Kit) -> Operand:
        x = k["a"]
        (made,) = k.b.call(kernels.expm, (x,), [(F64, x.shape)])
        return weighted(k, made)

    def reference(p: Values, d: Values) -> Any:
        return weigh(mp.expm(mp.matrix(p["a"])), d["w"])


@program({"z": ROWS}, {"w": WEIGHTS})
class fourier_transform:
    """A row of complex numbers there, and an element back by way of its exponentials."""

    def emit(k: Kit) -> Operand:
        z = k["z"]
        (there,) = k.b.call(fourier, (z, kernels.NO), [(F64, z.shape)])
        grown = filled(k.b, F64, z.shape, lambda i: k.f("exp", k.b.load(there, i)), "grown")
        (back,) = k.b.call(fourier, (grown, kernels.YES), [(F64, z.shape)])
        return k.b.load(back, (i64(1), i64(0), i64(1)))

    def reference(p: Values, d: Values) -> Any:
        re, im = p["z"]
        n = len(re[0])
        total = mp.mpf(0)
        for j in range(n):
            turn = [mp.expjpi(mp.mpf(-2 * j * i) / n) for i in range(n)]
            there = sum(mp.mpc(x, y) * t for x, y, t in zip(re[0], im[0], turn, strict=True))
            total += mp.im(mp.mpc(mp.exp(mp.re(there)), mp.exp(mp.im(there))) * mp.conj(turn[1]))
        return total


@program({"a": SPD, "s": 0.4}, {"w": WEIGHTS})
class cholesky_in_loop:
    """A matrix changed in place between factorisations, in a loop that carries a value."""

    def emit(k: Kit) -> Operand:
        n = k["a"].shape[0]
        m = k.alloc(n, n, hint="m")
        kernels.over(k.b, (n, n), lambda ij: k.put(m, ij, k.at("a", *ij)))

        def step(t: Var, h: Var) -> Operand:
            made = factor(k, m)
            k.loop(n, [], lambda i: k.b.accum(m, [i, i], k.f("exp", k.mul(k["s"], h))))
            k.put(m, [1, 0], k.mul(k.at(m, 1, 0), k["s"]))
            solved = kernels.solve_triangle(k.b, made, m, True, False)
            k.put(m, [i64(2), i64(1)], k.f("sin", h))
            return weighted(k, solved)

        return k.loop(3, [k["s"]], step)[0]

    def reference(p: Values, d: Values) -> Any:
        h, m = p["s"], mp.matrix(p["a"])
        for _ in range(3):
            made = mp.cholesky(lower_part(m.tolist()))
            for i in range(3):
                m[i, i] += mp.exp(p["s"] * h)
            m[1, 0] *= p["s"]
            solved = made**-1 * m
            m[2, 1] = mp.sin(h)
            h = weigh(solved, d["w"])
        return h
