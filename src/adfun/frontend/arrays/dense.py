"""Small matrices in closed form, and the bridge from arrays to kernels."""

from __future__ import annotations

from collections.abc import Sequence

from adfun.frontend.arrays import core
from adfun.frontend.stage import Stage
from adfun.frontend.values import Alias, Array, Buffered
from adfun.ir.nodes import Buffer, Const, Index, Operand, Var, b1, f64, i64
from adfun.ir.rows import Kernel
from adfun.ir.types import F64, Type
from adfun.primitives import arithmetic as a

CLOSED = 3
"""Matrices of at most this size, known now, are treated in closed form on scalars."""

Matrix = list[list[Operand]]
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


def solution(stage: Stage, m: Matrix, columns: Matrix) -> tuple[Matrix, Operand]:
    """Solve with several right-hand sides, given row by row."""
    if not m:
        return [], TRUE
    s = Scalars(stage)
    adjoint = adjugate(stage, m)
    det = determinant(stage, m, adjoint)
    made = []
    for row in adjoint:
        entries = []
        for j in range(len(columns[0])):
            total = s.mul(row[0], columns[0][j])
            for k in range(1, len(m)):
                total = s.add(total, s.mul(row[k], columns[k][j]))
            entries.append(s.div(total, det))
        made.append(entries)
    return made, stage.op(a.ne, det, f64(0.0))


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


def triangular(stage: Stage, m: Matrix, columns: Matrix, *, lower: bool, unit: bool) -> Matrix:
    """Solve with a small triangle by substitution."""
    s = Scalars(stage)
    n = len(m)
    made: Matrix = [[] for _ in range(n)]
    order = range(n) if lower else range(n - 1, -1, -1)
    for i in order:
        before = range(i) if lower else range(i + 1, n)
        for j in range(len(columns[0])):
            total = columns[i][j]
            for k in before:
                total = s.sub(total, s.mul(m[i][k], made[k][j]))
            made[i].append(total if unit else s.div(total, m[i][i]))
    return made


def transposed(m: Matrix) -> Matrix:
    return [list(row) for row in zip(*m, strict=True)]


def flat(m: Matrix) -> list[Operand]:
    return [x for row in m for x in row]
