"""Which factors leave the sums of a loop, and that this changes no result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Function, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.passes.factor import factor
from adfun.primitives import arithmetic as a
from tests.passes.ir_programs import Draft, size
from tests.passes.test_passes import assert_same
from tests.passes.test_simplify import expect

NONE: list[Operand] = []
RNG = np.random.default_rng(5)
Q, D = RNG.normal(size=(3, 2)), RNG.normal(size=(4, 3))
INPUTS: dict[str, Any] = {"q": Q, "d": D, "g": np.zeros(2)}


def products(kind: str) -> Function:
    """g[i] += d[t, j] * q[j, i] in one way or another."""
    d, n, m, k = Draft(), size("n"), size("m"), size("k")
    terms, matrix = d.buffer("d", n, m), d.buffer("q", m, k)
    g = d.buffer("g", k, role="gradient")
    b = d.b

    def observation(t: Var, _: Any) -> list[Operand]:
        row = b.alloc(F64, (k,), zero=True) if "row" in kind else g

        def term(j: Var, _: Any) -> list[Operand]:
            value = b.op(a.square, b.load(terms, [t, j]))

            def entry(i: Var, _: Any) -> list[Operand]:
                other = b.load(matrix, [j, i])
                if kind == "square":
                    other = b.op(a.square, other)
                product = b.op(a.mul0, value, other)
                b.accum(row, [j if kind == "elsewhere" else i], b.op(a.neg, product))
                if kind == "read":
                    b.report("g", b.load(g, [i]))
                return NONE

            b.for_loop(i64(0), k, NONE, entry)
            return NONE

        b.for_loop(i64(0), m, NONE, term)
        if row is not g:

            def hand_on(i: Var, _: Any) -> list[Operand]:
                value = b.load(row, [i])
                place = b.op(a.isub, b.op(a.isub, k, i64(1)), i) if kind == "turned row" else i
                b.accum(g, [place], b.op(a.neg, value))
                if kind == "read row":
                    b.accum(g, [i], b.op(a.square, value))
                return NONE

            b.for_loop(i64(0), k, NONE, hand_on)
        return NONE

    b.for_loop(i64(0), n, NONE, observation)
    return d.finish(f64(0.0))


def test_the_matrix_meets_the_sum_over_observations() -> None:
    expect(
        factor(products("plain")),
        """
        alloc b: f64[m] = 0
        for i in 0..n:
          for i.2 in 0..m:
            d.2 = d[i, i.2]
            %1 = square(d.2)
            b[i.2] += %1
        for i.3 in 0..m:
          for i.4 in 0..k:
            %2 = b[i.3]
            q.2 = q[i.3, i.4]
            %3 = mul0(%2, q.2)
            %4 = neg(%3)
            g[i.4] += %4
        return 0.0
        """,
    )


@pytest.mark.parametrize(
    ("kind", "moved"),
    [
        ("plain", True),
        ("row", True),
        ("read row", False),
        ("turned row", False),
        ("square", False),
        ("read", False),
    ],
)
def test_results_stay(kind: str, moved: bool) -> None:
    function = products(kind)
    after = check(factor(function), "factor")
    assert (after is not function) == moved
    assert_same(run(after, INPUTS), run(function, INPUTS), kind)


def test_mixture_gradient() -> None:
    """Points minus a mean times a matrix: both are parameters."""

    def objective(x: Any, mean: Any, factors: Any) -> Any:
        white = (x[None] - mean[:, None]) @ factors
        return np.sum(np.log(np.sum(np.exp(-0.5 * np.sum(white**2, axis=2)), axis=0)))

    x = RNG.normal(size=(19, 3))
    params = {"mean": RNG.normal(size=(2, 3)), "factors": np.eye(3) + 0.1 * RNG.normal(size=(2, 3, 3))}
    compiled = make_ad_fun(objective, {"x": x}, params)
    at = np.concatenate([params["mean"].ravel(), params["factors"].ravel()])
    slopes = []
    for shift in 1e-6 * np.eye(at.size):
        up, down = (
            objective(x, y[:6].reshape(2, 3), y[6:].reshape(2, 3, 3)) for y in (at + shift, at - shift)
        )
        slopes.append((up - down) / 2e-6)
    np.testing.assert_allclose(compiled.gr(at), slopes, rtol=1e-6, atol=1e-7)
