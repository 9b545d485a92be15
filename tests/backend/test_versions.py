"""Recurrences of small matrices: one module, with versions for a few sizes, right for any."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from tests.passes.ir_programs import Draft, size

from adfun import make_ad_fun
from adfun.ir.nodes import For, Function, Operand, Var, f64, i64
from adfun.ir.types import F64
from adfun.passes.small import matrix_size
from adfun.primitives import arithmetic as a

KALMAN = """
import numpy as np

def objective(phi, log_q, y, Z, m0):
    d = len(m0)
    T = np.eye(d) * np.tanh(phi) + 0.02
    Q = np.eye(d) * np.exp(log_q)
    m = m0
    P = np.eye(d)
    total = 0.0
    for t in range(len(y)):
        m = T @ m
        P = T @ P @ T.T + Q
        F = Z @ P @ Z + 1.0
        v = y[t] - Z @ m
        K = P @ Z / F
        m = m + K * v
        P = P - np.outer(K, Z @ P)
        total += 0.5 * (np.log(F) + v * v / F)
    return total
"""


def kalman(d: int) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(d)
    data = {"y": rng.normal(size=9), "Z": np.linspace(1.0, 0.5, d), "m0": np.zeros(d)}
    return data, {"phi": 0.4, "log_q": -1.0}


def difference(f: Any, x: np.ndarray, h: float = 1e-5) -> np.ndarray:
    return np.array([(f(x + step) - f(x - step)) / (2 * h) for step in h * np.eye(x.size)])


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 9])
def test_values_and_derivatives_for_any_size(d: int) -> None:
    data, params = kalman(d)
    space: dict[str, Any] = {}
    exec(KALMAN, space)
    obj = make_ad_fun(KALMAN, data, params)
    np.testing.assert_allclose(obj.fn(), space["objective"](**params, **data), rtol=1e-12)
    x = obj.par
    np.testing.assert_allclose(obj.gr(x), difference(obj.fn, x), rtol=1e-7)
    hessian = difference(obj.gr, x)
    np.testing.assert_allclose(obj.he(x), hessian, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(obj.hvp(x, np.array([1.0, -2.0])), hessian @ [1.0, -2.0], rtol=1e-6, atol=1e-8)


def test_one_module_serves_all_sizes() -> None:
    texts = set()
    for d in (2, 3, 4, 5, 7):
        texts.add(make_ad_fun(KALMAN, *kalman(d)).cpp)
    (text,) = texts
    for name in ("call_fn", "call_gr", "prepare_gr"):
        cases = re.findall(rf"(\w+(?: \d)?): return adfun_{name}_(\w+)\(", text)
        assert cases == [("case 2", "2"), ("case 3", "3"), ("default", "any")]  # one for 4 is too long


def test_other_data_take_another_version() -> None:
    data, params = kalman(2)
    obj = make_ad_fun(KALMAN, data, params)
    for d in (3, 6, 2):
        other = kalman(d)[0]
        np.testing.assert_array_equal(
            obj.with_data(other).gr(obj.par), make_ad_fun(KALMAN, other, params).gr(obj.par)
        )


def test_what_fails_is_reported_by_every_version() -> None:
    for d in (2, 5):
        data, params = kalman(d)
        data["Z"] = np.ones(d + 1)
        with pytest.raises(ValueError, match=f"sizes {d + 1} and {d}|sizes {d} and {d + 1}"):
            make_ad_fun(KALMAN, data, params)


# -- which size -----------------------------------------------------------------------------------


def recurrence(rows: str, columns: str, *, sequential: bool = True) -> Function:
    """for t in 0..n: for i in 0..rows: for j in 0..columns: a[i] += a[j] (or x[t]) / 2"""
    d = Draft()
    sizes: dict[str, Operand] = {"n": size(), "m": size("m"), "k": size("k"), "3": i64(3)}
    x = d.buffer("x", sizes["n"], role="data")
    d.buffer("y", sizes["m"], role="param")
    d.buffer("z", sizes["k"], role="param")
    b = d.b
    state = b.alloc(F64, [sizes["m"]], zero=True)

    def turn(t: Var, c: tuple[Var, ...]) -> list[Operand]:
        def row(i: Var, _: tuple[Var, ...]) -> list[Operand]:
            def element(j: Var, e: tuple[Var, ...]) -> list[Operand]:
                value = b.load(state, [j]) if sequential else b.load(x, [t])
                return [b.op(a.add, e[0], b.op(a.mul, f64(0.5), value))]

            (made,) = b.for_loop(i64(0), sizes[columns], [f64(0.0)], element)
            if sequential:
                b.accum(state, [i], made)
                return []
            return [b.op(a.add, _[0], made)]

        inner = b.for_loop(i64(0), sizes[rows], [] if sequential else [c[0]], row)
        return [c[0]] if sequential else list(inner)

    (total,) = b.for_loop(i64(0), sizes["n"], [f64(0.0)], turn)
    return d.finish(total, f64(1.0))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (recurrence("m", "m"), "m"),
        (recurrence("m", "k"), None),
        (recurrence("3", "3"), None),
        (recurrence("m", "m", sequential=False), None),
    ],
    ids=["square", "not square", "known", "independent"],
)
def test_the_size_of_square_matrices_in_recurrences(function: Function, name: str | None) -> None:
    found = matrix_size(function)
    assert (found and found.hint) == name
    assert any(isinstance(stmt, For) for stmt in function.body.stmts)
