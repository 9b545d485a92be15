"""Sparse matrices of data: products with arrays that depend on parameters.

X @ beta        X a scipy.sparse matrix: an argument, or made of the data

The matrix stays SciPy's, and what is done with it alone happens when data are bound (`bindtime.py`). For a
product its compressed rows become arrays of the module, and a loop runs over them.
"""

from __future__ import annotations

from typing import Any

from adfun.binding import SparseMatrix
from adfun.frontend import bindtime
from adfun.frontend.arrays import core
from adfun.frontend.machine import Machine
from adfun.frontend.recipes import Apply, NoExample, Recipe, evaluate
from adfun.frontend.stage import Stage
from adfun.frontend.values import Array, Foreign, Value
from adfun.ir.nodes import Index, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.primitives import arithmetic as a


def argument(m: Machine, tree: SparseMatrix, leaves: dict[str, Recipe]) -> Value:
    """The matrix that an argument is: made again of its leaves when data are bound."""
    parts = tuple(leaves[name] for name in ("data", "indices", "indptr"))
    shape = (("shape", (leaves["rows"], leaves["columns"])),)
    recipe: Recipe = Apply(f"call:scipy.sparse.{tree['made by']}", (parts,), shape)
    if tree["turned to"]:
        recipe = Apply(f"method:{tree['turned to']}", (recipe,))
    try:
        return Foreign(recipe, evaluate(recipe, m.stage.leaves))
    except NoExample as missing:
        m.stage.fail_for_types_alone("a sparse matrix", missing)


def is_sparse(value: Value) -> bool:
    """Whether a value is a sparse matrix of the data."""
    return isinstance(value, Foreign) and hasattr(value.example, "tocsr") and hasattr(value.example, "nnz")


def multiplied(m: Machine, symbol: str, x: Value, y: Value) -> tuple[Value] | None:
    """x @ y with a sparse matrix on one side and an array that may depend on parameters on the other."""
    first, second = is_sparse(x), is_sparse(y)
    if first == second or symbol not in "@*" or bindtime.of_data(x, y):
        return None
    matrix, dense = (x, y) if first else (y, x)
    if core.is_number(dense) or (symbol == "*" and not _star_is_product(matrix.example)):
        return None
    array = core.as_array(m.stage, dense)
    if first:
        return (_product(m, matrix, array),)
    return (_transposed(_product(m, bindtime.attribute(m, matrix, "T"), _transposed(array))),)


def _star_is_product(example: Any) -> bool:
    """Whether `*` means the product: for matrices, not for SciPy's newer arrays."""
    return type(example).__name__.endswith("_matrix")


def _product(m: Machine, matrix: Value, array: Array) -> Array:
    stage = m.stage
    assert isinstance(matrix, Foreign)
    rows = bindtime.method(m, matrix, "tocsr", [], {})
    assert isinstance(rows, Foreign)
    names = ("data", "indices", "indptr")
    data, places, ends = (core.as_array(stage, bindtime.attribute(m, rows, name)) for name in names)
    columns = core.operand(stage, bindtime.attribute(m, rows, "shape")[1])
    if not 1 <= array.rank <= 2:
        stage.fail("a sparse matrix is multiplied by vectors and matrices", f"this has {array.rank} axes")
    stage.check(
        stage.op(a.ieq, columns, array.shape[0]),
        "ValueError",
        "matmul: the sparse matrix has {0} columns, the array {1} rows",
        columns,
        array.shape[0],
    )
    array = core.force(stage, array)

    def element(index: Index) -> Operand:
        def add(k: Var, total: tuple[Var, ...]) -> tuple[Operand, ...]:
            _inside(stage, k, data.shape[0])
            _inside(stage, k, places.shape[0])
            column = core.at(stage, places, (k,))
            _inside(stage, column, array.shape[0])
            value = stage.convert(core.at(stage, data, (k,)), F64)
            term = stage.op(a.mul, value, stage.convert(core.at(stage, array, (column, *index[1:])), F64))
            return (stage.op(a.add, total[0], term),)

        first, end = (core.at(stage, ends, (stage.iadd(index[0], i64(k)),)) for k in (0, 1))
        return stage.builder.for_loop(first, end, (f64(0.0),), add, "k")[0]

    count = stage.isub(ends.shape[0], i64(1))
    stage.sizes.add(count)
    return core.stored(stage, stage.builder.build(F64, (count, *array.shape[1:]), element))


def _inside(stage: Stage, k: Operand, size: Operand) -> None:
    """SciPy takes what it is given: a matrix may have been made of indices that are none."""
    held = stage.op(a.band, stage.op(a.ile, i64(0), k), stage.op(a.ilt, k, size))
    stage.check(held, "IndexError", "the sparse matrix has index {0} where there are {1} items", k, size)


def _transposed(array: Array) -> Array:
    return array if array.rank < 2 else core.transposed(array)
