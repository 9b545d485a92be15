"""The interpreter gives every statement its meaning, and failed checks their exceptions."""

from __future__ import annotations

import numpy as np
import pytest

from adfun.diagnostics.internal import InternalError
from adfun.ir.interpret import run
from adfun.ir.nodes import Error, Operand, Var, f64, i64
from adfun.ir.types import F64, I64, LANES, VEC
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e
from tests.ir.test_printer import everything
from tests.passes.ir_programs import LINE, Draft, matrix_product, normal_chain, recurrence, size


def test_every_statement() -> None:
    matrix, y = np.array([[2.0, 1.0], [0.0, 4.0]]), np.array([5.0, 9.0])
    results = run(everything(), {"t": 1.0, "A": matrix, "y": y, "flag": True})
    solution = np.linalg.solve(matrix, y - 1.0)
    assert results.values == (2.0, True)
    np.testing.assert_allclose(results.buffers["g"], solution)
    np.testing.assert_allclose(results.reports["h"], solution)
    assert results.reports["w"] == 1e-300


def test_against_numpy() -> None:
    case = normal_chain()
    x, mu, sigma = case.inputs["x"], case.inputs["mu"], case.inputs["sigma"]
    expected = np.sum(((x - mu) / sigma) ** 2) + len(x) * np.log(sigma)
    np.testing.assert_allclose(run(case.function, case.inputs).values, [expected], rtol=1e-14)
    case = matrix_product()
    expected = np.sum((case.inputs["y"] - case.inputs["A"] @ case.inputs["beta"]) ** 2)
    np.testing.assert_allclose(run(case.function, case.inputs).values, [expected], rtol=1e-14)


def test_loops_run_in_order() -> None:
    case = recurrence()
    state, total = 0.0, 0.0
    for x in case.inputs["x"]:
        state = 0.9 * state + x
        total += state**2 * 0.9
    count = 0
    while count < 50 and total > 1.0:
        count, total = count + 1, total * 0.5
    np.testing.assert_allclose(run(case.function, case.inputs).values, [total, count], rtol=1e-14)


def test_inputs_are_not_changed_and_outputs_are_fresh() -> None:
    d, n = Draft(), size()
    x = d.buffer("x", n)
    out = d.buffer("out", n, role="output")
    b = d.b

    def body(i: Var, _: tuple[Var, ...]) -> list[Operand]:
        b.accum(out, [i], b.load(x, [i]))
        return []

    b.for_loop(i64(0), n, [], body)
    function, given = d.finish(), np.arange(3.0)
    first, second = run(function, {"x": given}), run(function, {"x": given})
    np.testing.assert_array_equal(second.buffers["out"], given)
    assert first.buffers["out"] is not second.buffers["out"]


def test_row_major_position() -> None:
    d = Draft()
    matrix = d.buffer("A", i64(2), i64(3))
    results = run(d.finish(d.b.load(matrix, [i64(4)])), {"A": np.arange(6.0).reshape(2, 3)})
    assert results.values == (4.0,)


def test_directions() -> None:
    d = Draft()
    v = d.scalar("v", role="seed", type=VEC)
    w = d.b.op(a.vscale, f64(2.0), v)
    store = d.b.alloc(VEC, [i64(1)], zero=True)
    d.b.accum(store, [i64(0)], w)
    lanes = np.arange(float(LANES))
    (value,) = run(d.finish(d.b.load(store, [i64(0)])), {"v": lanes}).values
    np.testing.assert_array_equal(value, 2.0 * lanes)


def test_arithmetic_never_traps() -> None:
    d = Draft()
    x, k = d.scalar("x"), d.scalar("k", role="data", type=I64)
    values = (d.b.op(a.div, x, f64(0.0)), d.b.op(e.log, x), d.b.op(a.ifloordiv, k, i64(0)))
    assert run(d.finish(*values), {"x": -1.0, "k": 3}).values[0] == -np.inf
    assert np.isnan(run(d.finish(*values), {"x": -1.0, "k": 3}).values[1])
    assert run(d.finish(*values), {"x": -1.0, "k": 3}).values[2] == 0
    wrapped = d.finish(d.b.op(a.imul, k, k))
    assert run(wrapped, {"x": 0.0, "k": 2**32}).values == (0,)


@pytest.mark.parametrize(
    ("kind", "exception"),
    [
        ("IndexError", IndexError),
        ("ValueError", ValueError),
        ("LinAlgError", np.linalg.LinAlgError),
        ("ZeroDivisionError", ZeroDivisionError),
        ("AssertionError", AssertionError),
        ("SomethingElse", RuntimeError),
    ],
)
def test_failed_checks(kind: str, exception: type[Exception]) -> None:
    d = Draft()
    k = d.scalar("k", role="data", type=I64)
    d.b.check(d.b.op(a.ilt, k, i64(3)), Error(kind, "index {0} with size {1}"), k, i64(3))
    function = d.finish(f64(1.0))
    assert run(function, {"k": 2}).values == (1.0,)
    with pytest.raises(exception) as caught:
        run(function, {"k": 5})
    assert type(caught.value) is exception
    assert str(caught.value) == "index 5 with size 3"
    assert LINE.source.line(1) in "".join(vars(caught.value)["__notes__"])


def test_misuse_is_found() -> None:
    d = Draft()
    x = d.buffer("x", size())
    beyond = d.finish(d.b.load(x, [i64(3)]))
    with pytest.raises(InternalError, match="index"):
        run(beyond, {"x": np.zeros(3)})
    with pytest.raises(ValueError, match="x is missing"):
        run(beyond, {})
    with pytest.raises(ValueError, match="2 axes where 1"):
        run(beyond, {"x": np.zeros((3, 3))})
    d = Draft()
    unset = d.b.alloc(F64, [i64(1)], zero=False)
    assert np.isnan(run(d.finish(d.b.load(unset, [i64(0)])), {}).values[0])


def test_sizes_must_agree() -> None:
    d, n = Draft(), size()
    d.buffer("x", n)
    d.buffer("y", n)
    with pytest.raises(ValueError, match="y has an axis of length 2 where 3 belongs"):
        run(d.finish(), {"x": np.zeros(3), "y": np.zeros(2)})
