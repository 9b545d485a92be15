"""Small matrices in closed form, and the bridge from arrays to kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adfun.frontend.arrays import core, loops
from adfun.frontend.stage import Stage
from adfun.frontend.values import Alias, Array, Buffered
from adfun.ir.nodes import Buffer, Const, Index, Operand, Var, b1, f64, i64
from adfun.ir.rows import Kernel
from adfun.ir.types import F64, Type
from adfun.primitives import arithmetic as a

CLOSED = 3
"""Matrices of at most this size, known now, are treated in closed form on scalars."""

Matrix = list[list[Operand]]
Solve = Callable[[Sequence[Operand]], list[Operand]]
TRUE = b1(True)


# -- buffers for kernels ------------------------------------------------------------------------


def as_buffer(stage: Stage, array: Array) -> Buffer:
    """The elements, as floats, in one row-major buffer of the array's shape."""
    source = array.source
    if isinstance(source, Buffered) and source.buffer.elem is F64 and source.buffer.rank == array.rank:
        return source.buffer
    return stage.builder.build(
        F64, array.shape, lambda index: stage.convert(core.at(stage, array, index), F64)
    )


def turned(stage: Stage, array: Array) -> tuple[Buffer, bool]:
    """A buffer of the matrix, or of its transpose with True."""
    source = array.source
    if isinstance(source, Alias) and source.transposed and isinstance(source.base.source, Buffered):
        return as_buffer(stage, source.base), True
    return as_buffer(stage, array), False


def call(
    stage: Stage,
    kernel: Kernel,
    inputs: Sequence[Buffer | Operand],
    outputs: Sequence[tuple[Type, tuple[Operand, ...]] | Type],
) -> list[Buffer | Var]:
    """The outputs of a kernel."""
    return list(stage.builder.call(kernel, tuple(inputs), list(outputs)))


def buffer_of(item: Buffer | Var) -> Buffer:
    assert isinstance(item, Buffer)
    return item


def operand_of(item: Buffer | Var) -> Operand:
    assert isinstance(item, Var)
    return item


def is_zero(stage: Stage, info: Buffer | Var) -> Operand:
    """Whether a status says success."""
    return stage.op(a.ieq, operand_of(info), i64(0))


# -- matrices in scalars ------------------------------------------------------------------------


def closed_size(stage: Stage, *sizes: Operand) -> int | None:
    """The size of a square matrix that is treated in closed form."""
    for size in sizes:
        size = stage.size(size)
        if isinstance(size, Const) and size.value <= CLOSED:
            return int(size.value)
    return None


def scalars(stage: Stage, array: Array, lead: Index, rows: int, columns: int) -> Matrix:
    """The elements of one matrix of an array, as floats."""
    return [
        [stage.convert(core.at(stage, array, (*lead, i64(i), i64(j))), F64) for j in range(columns)]
        for i in range(rows)
    ]


class Scalars:
    """Arithmetic on operands with short names."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def add(self, x: Operand, y: Operand) -> Operand:
        return self.stage.op(a.add, x, y)

    def sub(self, x: Operand, y: Operand) -> Operand:
        return self.stage.op(a.sub, x, y)

    def mul(self, x: Operand, y: Operand) -> Operand:
        return self.stage.op(a.mul, x, y)

    def div(self, x: Operand, y: Operand) -> Operand:
        return self.stage.op(a.div, x, y)

    def cross(self, p: Operand, q: Operand, r: Operand, s: Operand) -> Operand:
        """p q - r s"""
        return self.sub(self.mul(p, q), self.mul(r, s))


def adjugate(stage: Stage, m: Matrix) -> Matrix:
    """The transposed cofactors of a matrix of size 1, 2 or 3."""
    s = Scalars(stage)
    if len(m) == 1:
        return [[f64(1.0)]]
    if len(m) == 2:
        (p, q), (r, t) = m
        return [[t, stage.op(a.neg, q)], [stage.op(a.neg, r), p]]

    def cofactor(i: int, j: int) -> Operand:
        i1, i2, j1, j2 = (i + 1) % 3, (i + 2) % 3, (j + 1) % 3, (j + 2) % 3
        return s.cross(m[i1][j1], m[i2][j2], m[i1][j2], m[i2][j1])

    return [[cofactor(j, i) for j in range(3)] for i in range(3)]


def determinant(stage: Stage, m: Matrix, adjoint: Matrix | None = None) -> Operand:
    """The determinant of a matrix of size 0 to 3."""
    if not m:
        return f64(1.0)
    s = Scalars(stage)
    adjoint = adjoint or adjugate(stage, m)
    total = s.mul(m[0][0], adjoint[0][0])
    for k in range(1, len(m)):
        total = s.add(total, s.mul(m[0][k], adjoint[k][0]))
    return total


def inverse(stage: Stage, m: Matrix) -> tuple[Matrix, Operand]:
    """The inverse of a small matrix, and whether it has one."""
    if not m:
        return [], TRUE
    adjoint = adjugate(stage, m)
    det = determinant(stage, m, adjoint)
    factor = stage.op(a.div, f64(1.0), det)
    s = Scalars(stage)
    return [[s.mul(x, factor) for x in row] for row in adjoint], stage.op(a.ne, det, f64(0.0))


def solver(stage: Stage, m: Matrix) -> tuple[Solve, Operand]:
    """What solves with one right-hand side, and whether there is a solution."""
    if not m:
        return lambda column: [], TRUE
    s = Scalars(stage)
    adjoint = adjugate(stage, m)
    det = determinant(stage, m, adjoint)

    def solve(column: Sequence[Operand]) -> list[Operand]:
        made = []
        for row in adjoint:
            total = s.mul(row[0], column[0])
            for x, y in zip(row[1:], column[1:], strict=True):
                total = s.add(total, s.mul(x, y))
            made.append(s.div(total, det))
        return made

    return solve, stage.op(a.ne, det, f64(0.0))


def cholesky(stage: Stage, m: Matrix) -> tuple[Matrix, Operand]:
    """The lower factor of a small matrix, and whether all pivots are positive."""
    s = Scalars(stage)
    n = len(m)
    zero = f64(0.0)
    low: Matrix = [[zero] * n for _ in range(n)]
    good: Operand = TRUE
    for j in range(n):
        pivot = m[j][j]
        for k in range(j):
            pivot = s.sub(pivot, stage.op(a.square, low[j][k]))
        good = stage.op(a.band, good, stage.op(a.lt, zero, pivot))
        low[j][j] = stage.op(a.sqrt, pivot)
        for i in range(j + 1, n):
            entry = m[i][j]
            for k in range(j):
                entry = s.sub(entry, s.mul(low[i][k], low[j][k]))
            low[i][j] = s.div(entry, low[j][j])
    return low, good


def substitution(stage: Stage, m: Matrix, *, lower: bool, unit: bool) -> Solve:
    """What solves a small triangle with one right-hand side."""
    s = Scalars(stage)
    n = len(m)

    def solve(column: Sequence[Operand]) -> list[Operand]:
        made = list(column)
        for i in range(n) if lower else range(n - 1, -1, -1):
            for k in range(i) if lower else range(i + 1, n):
                made[i] = s.sub(made[i], s.mul(m[i][k], made[k]))
            if not unit:
                made[i] = s.div(made[i], m[i][i])
        return made

    return solve


def solved(stage: Stage, right: Array, rows: int, solve: Solve) -> Array:
    """The solutions with a vector, or with the columns of a matrix, on the right."""

    def column(*j: Operand) -> list[Operand]:
        return [stage.convert(core.at(stage, right, (i64(k), *j)), F64) for k in range(rows)]

    shape = (i64(rows), *right.shape[1:])
    if right.rank == 1:
        return core.small(stage, F64, shape, solve(column()))
    count = stage.size(right.shape[1])
    if isinstance(count, Const) and count.value <= 2 * CLOSED:
        columns = [solve(column(i64(j))) for j in range(int(count.value))]
        return core.small(stage, F64, shape, flat(transposed(columns)) if columns else ())
    buffer = stage.builder.alloc(F64, shape, zero=False)

    def each(index: Index) -> None:
        for k, x in enumerate(solve(column(*index))):
            stage.builder.store(buffer, (i64(k), *index), x)

    loops.for_each(stage, right.shape[1:], each)
    return core.stored(stage, buffer)


def transposed(m: Matrix) -> Matrix:
    return [list(row) for row in zip(*m, strict=True)]


def flat(m: Matrix) -> list[Operand]:
    return [x for row in m for x in row]
