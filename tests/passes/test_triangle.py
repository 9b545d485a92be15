"""Which halves of matrices are left out, and that no result changes by that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Buffer, For, Function, Operand, Var, f64, i64
from adfun.ir.types import F64, I64
from adfun.ir.walk import walk
from adfun.passes.adjoint import adjoint
from adfun.passes.expand import expand
from adfun.passes.fuse import fuse
from adfun.passes.triangle import triangle
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from adfun.primitives import kernels
from tests.passes.ir_programs import Draft, size, total

D = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
D[0, 3] = D[3, 0] = np.inf


def covariance(*, read: bool = False, summed: bool = False) -> Function:
    """The sum of logarithms of the diagonal of the factor of exp(-d s) + the identity.

    read    and of an element of the matrix above the diagonal
    summed  and of all of its elements, in the loop that makes it
    """
    d, n = Draft(), size()
    distance, s, b = d.buffer("d", n, n), d.scalar("s"), d.b
    matrix = b.alloc(F64, (n, n), zero=False)

    def row(i: Var, outer: tuple[Var, ...]) -> list[Operand]:
        def element(j: Var, inner: tuple[Var, ...]) -> list[Operand]:
            value = b.op(e.exp, b.op(a.neg, b.op(a.mul, b.load(distance, [i, j]), s)))
            one = b.op(a.b2f, b.op(a.ieq, i, j))
            b.store(matrix, (i, j), b.op(a.add, value, one))
            return [b.op(a.add, inner[0], value)] if summed else []

        return list(b.for_loop(i64(0), n, outer, element))

    sums = b.for_loop(i64(0), n, [f64(0.0)] if summed else [], row)
    factor, _ = b.call(kernels.cholesky, (matrix,), [(F64, (n, n)), I64])
    assert isinstance(factor, Buffer)
    result = total(b, n, lambda i: b.op(e.log, b.load(factor, [i, i])))
    if read:
        result = b.op(a.add, result, b.load(matrix, (i64(0), i64(1))))
    return d.finish(*(b.op(a.add, result, x) for x in sums)) if summed else d.finish(result)


def shortened(function: Function) -> int:
    """Loops that end where the row of another one is."""
    loops = [stmt for stmt in walk(function.body.stmts) if isinstance(stmt, For)]
    sizes = set(function.dimensions())
    return sum(loop.stop not in sizes for loop in loops)


def test_half_of_a_covariance_is_computed() -> None:
    """In the value once, in the gradient for the matrix and for what its derivative is multiplied by."""
    function = check(covariance())
    assert shortened(check(triangle(function))) == 1
    gradient = fuse(expand(adjoint(function)))
    made = check(triangle(gradient))
    assert shortened(made) == 2
    for count in (0, 1, 5):
        inputs: dict[str, Any] = {"d": D[:count, :count], "s": 0.7, "n": count}
        before, after = run(gradient, inputs), run(made, inputs)
        np.testing.assert_allclose(after.values, before.values, rtol=1e-14)
        for name, expected in before.buffers.items():
            np.testing.assert_allclose(after.buffers[name], expected, rtol=1e-12)


@pytest.mark.parametrize("options", [{"read": True}, {"summed": True}])
def test_what_is_read_elsewhere_is_computed(options: dict[str, bool]) -> None:
    function = check(covariance(**options))
    assert triangle(function) is function
