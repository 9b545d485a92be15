"""Which loops are cut where an index starts again, and that this changes no result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import For, Function, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.ir.walk import walk
from adfun.passes.unwrap import unwrap
from adfun.primitives import arithmetic as a
from tests.passes.ir_programs import Draft, size
from tests.passes.test_passes import assert_same

X = np.random.default_rng(2).normal(size=7)


def ring(*shifts: int | str, stop: str = "n") -> Function:
    """The sum of products of x[j] with x[j - s] for some s: numbers, or n - 1 under any name."""
    d, n = Draft(), size("n")
    x, b = d.buffer("x", n, role="param"), d.b

    def term(j: Var, carried: tuple[Var, ...]) -> list[Operand]:
        value: Operand = b.load(x, [j])
        for s in shifts:
            shift: Operand = i64(s) if isinstance(s, int) else b.op(a.isub, n, i64(1))
            place = b.op(a.iadd, j, i64(-s)) if isinstance(s, int) else b.op(a.isub, j, shift)
            moved = b.op(a.iadd, place, n)
            index = b.op(a.select, b.op(a.ilt, place, i64(0)), moved, place)
            value = b.op(a.mul, value, b.load(x, [index]))
        return [b.op(a.add, carried[0], value)]

    end: Operand = n if stop == "n" else b.op(a.isub, n, i64(2))
    (total,) = b.for_loop(i64(0), end, [f64(0.0)], term)
    return d.finish(total)


def parts(function: Function) -> int:
    """Loops within loops."""
    loops = [stmt for stmt in walk(function.body.stmts) if isinstance(stmt, For)]
    return sum(isinstance(inner, For) for loop in loops for inner in loop.body.stmts)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7])
@pytest.mark.parametrize(
    ("shifts", "count"),
    [((1,), 1), ((1, 2), 1), (("last", 1), 1), (("last", 1, 1), 1), ((), 0), ((1, 2, 3, 4, 5), 0)],
)
def test_parts(n: int, shifts: tuple[int | str, ...], count: int) -> None:
    if any(isinstance(s, int) and s > n for s in shifts):
        pytest.skip("no such index")
    function = check(ring(*shifts))
    after = check(unwrap(function))
    assert parts(after) == count
    inputs: dict[str, Any] = {"x": X[:n]}
    assert_same(run(after, inputs), run(function, inputs), str(shifts))


def test_a_loop_that_ends_earlier() -> None:
    function = check(ring(1, "last", stop="earlier"))
    for n in (2, 3, 7):
        inputs: dict[str, Any] = {"x": X[:n]}
        assert_same(run(check(unwrap(function)), inputs), run(function, inputs), str(n))


@pytest.mark.parametrize("n", [2, 3, 7])
def test_sums_beside_stores_keep_their_order(n: int) -> None:
    """Each element is stored after its neighbours have added to it, or before."""
    d, size_ = Draft(), size("n")
    x, b = d.buffer("x", size_, role="param"), d.b
    g = b.alloc(F64, (size_,), zero=True)

    def term(j: Var, _: tuple[Var, ...]) -> list[Operand]:
        value = b.load(x, [j])
        for shift in (1, 2):
            place = b.op(a.iadd, j, i64(-shift))
            moved = b.op(a.iadd, place, size_)
            index = b.op(a.select, b.op(a.ilt, place, i64(0)), moved, place)
            b.accum(g, [index], b.op(a.mul, value, f64(float(shift))))
        b.store(g, [j], value)
        return []

    def weighted(j: Var, carried: tuple[Var, ...]) -> list[Operand]:
        return [b.op(a.add, carried[0], b.op(a.mul, b.load(g, [j]), b.op(a.i2f, j)))]

    b.for_loop(i64(0), size_, [], term)
    (total,) = b.for_loop(i64(0), size_, [f64(0.0)], weighted)
    function = check(d.finish(total))
    after = check(unwrap(function))
    assert parts(after) == 1
    inputs: dict[str, Any] = {"x": X[:n]}
    assert_same(run(after, inputs), run(function, inputs), str(n))


@pytest.mark.parametrize("n", [1, 2, 3, 9, 16, 61])
def test_remainders(n: int) -> None:
    """Neighbours by (j + k) % n, also of more than a round, and of negative steps."""
    text = """
def objective(x, w):
    n = len(x)
    total = 0.0
    for t in range(3):
        for j in range(n):
            total += w[j] * x[(j + 1) % n] * x[(j - 2) % n] * x[(j + 7) % n] ** 2
    return total
"""
    rng = np.random.default_rng(n)
    x, w = rng.normal(size=n), rng.normal(size=n)
    obj = make_ad_fun(text, {"w": w}, {"x": x})
    j = np.arange(n)
    a, b, c = x[(j + 1) % n], x[(j - 2) % n], x[(j + 7) % n]
    slope = np.zeros(n)
    for shift, term in ((1, b * c**2), (-2, a * c**2), (7, 2 * a * b * c)):
        np.add.at(slope, (j + shift) % n, 3 * w * term)
    np.testing.assert_allclose(obj.fn(), 3 * np.sum(w * a * b * c**2), rtol=1e-12)
    np.testing.assert_allclose(obj.gr(), slope, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 9, 16, 61])
def test_rolled_arrays(n: int) -> None:
    """The gradient of a ring of neighbours, of shifts in both directions and of more than a round."""
    text = """
import numpy as np

def objective(x, shift):
    near = np.roll(x, 1) * np.roll(x, -2) + np.roll(x, shift)
    return np.sum(near**2)
"""
    x = np.random.default_rng(n).normal(size=n)
    for shift in (-3, 0, 2, n + 1):
        obj = make_ad_fun(text, {"shift": shift}, {"x": x})
        near = np.roll(x, 1) * np.roll(x, -2) + np.roll(x, shift)
        to = 2 * near
        slope = np.roll(to * np.roll(x, -2), -1) + np.roll(to * np.roll(x, 1), 2) + np.roll(to, -shift)
        np.testing.assert_allclose(obj.fn(), np.sum(near**2), rtol=1e-13)
        np.testing.assert_allclose(obj.gr(), slope, rtol=1e-12, atol=1e-13)
