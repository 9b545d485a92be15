"""x[index] and assignments to it, against NumPy."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
from tests.frontend.arrays.cases import BIG, EMPTY, MASK, ROW, K, M, T, X
from tests.frontend.arrays.harness import MODES, Run, assert_same, evaluate
from tests.frontend.arrays.test_functions import plain

from adfun.frontend.arrays import assign, core, elementwise, indexing
from adfun.frontend.stage import Stage

ALL = slice(None)

VECTOR: list[Any] = [
    0,
    -1,
    2,
    slice(1, None),
    slice(None, -1),
    slice(None, None, -1),
    slice(None, 2),
    slice(-2, None),
    slice(4, 1, -2),
    slice(1, 100),
    slice(3, 1),
    slice(None, None, 2),
    slice(0, 5, 3),
    slice(-100, None),
    None,
    Ellipsis,
    MASK,
    K,
    slice(-3, -1),
    slice(None, None, -2),
    slice(100, None, -1),
    slice(-1, -4, -1),
    [0, 2, -1],
    K.reshape(2, 2),
    (None, ALL),
    (ALL, None),
    (Ellipsis, None),
    np.array([], dtype=int),
    *(Run(v) for v in (0, 2, -2, 4)),
    *(slice(Run(v), None) for v in (0, 2, -2, 9, -9)),
    *(slice(None, Run(v)) for v in (0, 2, -2, 9, -9)),
    *(slice(Run(v), None, -1) for v in (0, 2, -2, 9, -9)),
    *(slice(None, Run(v), -2) for v in (0, 2, -2, 9, -9)),
    *(slice(Run(v), Run(v + 2)) for v in (0, 2, -3, 4)),
]

MATRIX: list[Any] = [
    (0, 1),
    (ALL, 0),
    (1,),
    (ALL, slice(1, None)),
    (Ellipsis, 0),
    (None, ALL, 1),
    (ALL, None),
    MASK,
    (MASK, 1),
    (ALL, K % 3),
    (K, ALL),
    (K, 1),
    (K[:, None], np.array([0, 2])),
    (ALL, np.array([True, False, True])),
    M > 0,
    (K, None, K % 3),
    (0, Ellipsis),
    (Ellipsis, None),
    [0, 2],
    ([0, 2], [1, 1]),
    (1, slice(None, None, -1)),
    (slice(1, 3), -1),
    (Run(2), Run(-1)),
    (slice(None, Run(2)), 0),
    (ALL, [2, 0]),
    (MASK, slice(0, 2)),
    np.ix_([0, 2], [1, 2]),
    (np.array([0, 4]), slice(None, None, -1)),
    Run(-1),
    ([0], [0]),
    (slice(0, 1), ALL),
]

CUBE: list[Any] = [
    (K, ALL, K % 3),
    (0, ALL, K % 3),
    (ALL, K, 1),
    (ALL, 0, K % 3),
    (Ellipsis, K % 3),
    (K, K),
    T > 0,
    (ALL, MASK),
    (ALL, M > 0),
    (T[:, :, 0] > 0,),
    (T[:, :, 0] > 0, 1),
    (0, Ellipsis, 1),
    (ALL, 1, None),
    (..., [0, 1], [1, 2]),
    (1, 2, Run(0)),
]

READS = [
    *((X, i) for i in VECTOR),
    *((M, i) for i in MATRIX),
    *((T, i) for i in CUBE),
    (ROW, 0),
    (ROW, (0, [1, 1])),
    (EMPTY, slice(1, None)),
    (EMPTY, slice(None, -1)),
    (EMPTY, slice(None, None, -1)),
    (BIG, slice(3, 33, 7)),
    (K, MASK[:4]),
]


def concrete(index: Any) -> Any:
    if isinstance(index, slice):
        return slice(plain(index.start), plain(index.stop), plain(index.step))
    if isinstance(index, tuple):
        return tuple(concrete(i) for i in index)
    return plain(index)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", READS, ids=str)
def test_reading(case: tuple[np.ndarray, Any], mode: str) -> None:
    array, index = case
    assert_same(evaluate(indexing.getitem, (array, index), {}, mode), array[concrete(index)])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("index", [5, -6, Run(5), Run(-6), [0, 5], np.array([0, -6])], ids=str)
def test_out_of_bounds(index: Any, mode: str) -> None:
    with pytest.raises(Exception, match=r"index -?\d is out of bounds"):
        evaluate(indexing.getitem, (X, index), {}, mode)


WRITES: list[tuple[np.ndarray, Any, Any]] = [
    *(
        (X, i, v)
        for i, v in (
            (0, 1.0),
            (-1, 2),
            (slice(1, 3), 7.0),
            (ALL, X * 2),
            (MASK, 0.0),
            (MASK, X[MASK] * 2),
            (K, K * 1.0),
            (K, 5),
            (slice(None, None, -1), X),
            (slice(1, None), X[:-1]),
            (Run(2), Run(3.5)),
            (slice(Run(1), None), 0),
            (slice(None, Run(3)), X[:3]),
            ([0, 1], [5.0, 6.0]),
            (slice(None, None, 2), [1.0, 2.0, 3.0]),
            (Ellipsis, 4.0),
            (slice(3, 3), 1.0),
            (slice(0, 3), ROW),
        )
    ),
    *(
        (M, i, v)
        for i, v in (
            (0, 1.0),
            ((ALL, 1), X),
            ((K, K % 3), 2.0),
            (M > 0, 0.0),
            (slice(1, 3), np.ones(3)),
            ((ALL, None, 1), X[:, None]),
            (Ellipsis, M * 2),
            ((1, 2), 3.0),
            ((MASK, 1), 0.0),
            (np.ix_([0, 2], [1, 2]), 0.0),
            ((ALL, [2, 0]), X[:, None]),
            (slice(None, None, -1), M),
            ((Run(1), ALL), M[0]),
            (0, [1.0, 2.0, 3.0]),
            (MASK, ROW),
        )
    ),
    (K, 0, 2.7),
    (K, ALL, np.array([1.9, -1.9, 0.0, 3.0])),
    (K, slice(0, 2), 9),
    (MASK, 1, True),
    (BIG, BIG > 0, 0.0),
    (BIG, slice(1, None, 3), 1.0),
    (T, (ALL, 1), M[:4]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", WRITES, ids=str)
def test_writing(case: tuple[np.ndarray, Any, Any], mode: str) -> None:
    array, index, value = case
    want = array.copy()
    want[concrete(index)] = plain(value)

    def write(stage: Stage, target: Any, index: Any, value: Any) -> Any:
        assign.setitem(stage, target, index, value)
        return target

    assert_same(evaluate(write, (array, index, value), {}, mode), want)


UPDATES: list[tuple[np.ndarray, Any, Any]] = [
    *(
        (X, i, v)
        for i, v in (
            (0, 1.5),
            (slice(1, 3), 2.0),
            (MASK, 3.0),
            (K, np.arange(1.0, 5)),
            (ALL, X),
            (Run(3), 0.5),
            (slice(1, None), X[:-1]),
            (slice(None, None, -1), X),
            ([1, 1], 2.0),
        )
    ),
    *(
        (M, i, v)
        for i, v in (
            ((ALL, 1), 2.0),
            (np.diag_indices(3), 1.5),
            ((0, 0), 2.0),
            (slice(0, 2), ROW),
            (M > 0, 4.0),
            ((K, 1), K + 0.5),
        )
    ),
    (BIG, slice(1, None), BIG[:-1]),
    (K, 0, 5),
    (K, slice(1, 3), 5),
]
IN_PLACE = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "**": operator.ipow,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("op", IN_PLACE)
@pytest.mark.parametrize("case", UPDATES, ids=str)
def test_updating(case: tuple[np.ndarray, Any, Any], op: str, mode: str) -> None:
    array, index, value = case
    if array.dtype.kind == "i" and op in "/**":
        array, value = np.abs(array) + 1, 2
        op = "*"
    want = np.abs(array) if op == "**" else array.copy()
    start = want.copy()
    part = want[concrete(index)]
    with np.errstate(all="ignore"):
        want[concrete(index)] = IN_PLACE[op](
            part.copy() if isinstance(part, np.ndarray) else part, plain(value)
        )

    def update(stage: Stage, target: Any, index: Any, value: Any) -> Any:
        assign.augment(stage, target, index, op, value)
        return target

    assert_same(evaluate(update, (start, index, value), {}, mode), want, rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("op", IN_PLACE)
def test_whole_array_in_place(op: str, mode: str) -> None:
    want = IN_PLACE[op](np.abs(M), ROW)

    def update(stage: Stage, target: Any, value: Any) -> Any:
        view = indexing.getitem(stage, target, (ALL, 0))
        assign.inplace(stage, op, target, value)
        return (target, view)

    got = evaluate(update, (np.abs(M), ROW), {}, mode)
    assert_same(got, (want, want[:, 0]), rtol=1e-12)


def shifted_copy(stage: Stage, x: Any) -> Any:
    assign.setitem(stage, x, slice(1, None), indexing.getitem(stage, x, slice(None, -1)))
    return x


def shifted_expression(stage: Stage, x: Any) -> Any:
    earlier = indexing.getitem(stage, x, slice(None, -1))
    assign.setitem(stage, x, slice(1, None), elementwise.binary(stage, "*", 2.0, earlier))
    return x


def shifted_sum(stage: Stage, x: Any) -> Any:
    assign.augment(stage, x, slice(1, None), "+", indexing.getitem(stage, x, slice(None, -1)))
    return x


def reversed_expression(stage: Stage, x: Any) -> Any:
    backwards = indexing.getitem(stage, x, slice(None, None, -1))
    assign.setitem(stage, x, ALL, elementwise.binary(stage, "+", x, backwards))
    return x


def reversed_in_place(stage: Stage, x: Any) -> Any:
    return assign.inplace(stage, "+", x, indexing.getitem(stage, x, slice(None, None, -1)))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("x", [X, BIG], ids=["5", "40"])
def test_values_that_read_the_target(x: np.ndarray, mode: str) -> None:
    copy = x.copy()
    copy[1:] = x[:-1]
    assert_same(evaluate(shifted_copy, (x,), {}, mode), copy)
    double = x.copy()
    double[1:] = 2 * x[:-1]
    assert_same(evaluate(shifted_expression, (x,), {}, mode), double)
    total = x.copy()
    total[1:] += x[:-1]
    assert_same(evaluate(shifted_sum, (x,), {}, mode), total)
    assert_same(evaluate(reversed_expression, (x,), {}, mode), x + x[::-1])
    assert_same(evaluate(reversed_in_place, (x,), {}, mode), x + x[::-1])


@pytest.mark.parametrize("mode", MODES)
def test_views_write_through(mode: str) -> None:
    def write(stage: Stage, x: Any) -> Any:
        column = indexing.getitem(stage, x, (ALL, 1))
        corner = indexing.getitem(stage, column, slice(0, 2))
        assign.setitem(stage, corner, ALL, 9.0)
        assign.inplace(stage, "*", column, 2.0)
        return (x, column, corner)

    want = M.copy()
    want[:2, 1] = 9.0
    want[:, 1] *= 2.0
    assert_same(evaluate(write, (M,), {}, mode), (want, want[:, 1], want[:2, 1]))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "maximum"])
def test_ufunc_at(name: str, mode: str) -> None:
    def update(stage: Stage, x: Any, index: Any, value: Any) -> Any:
        assign.ufunc_at(stage, name, x, index, value)
        return x

    for array, index, value in ((X, K, K + 0.5), (M, K, 2.0), (M, (K, K % 3), K * 1.0), (BIG, K, 1.5)):
        want = array.copy()
        getattr(np, name).at(want, index, value)
        assert_same(evaluate(update, (array, index, value), {}, mode), want)


@pytest.mark.parametrize("mode", MODES)
def test_inputs_stay_as_they_are(mode: str) -> None:
    given = M.copy()

    def write(stage: Stage, x: Any) -> Any:
        assign.setitem(stage, x, ALL, 0.0)
        return x

    evaluate(write, (given,), {}, mode)
    assert np.array_equal(given, M)


def test_broadcast_checks_sizes() -> None:
    def add(stage: Stage, x: Any, y: Any) -> Any:
        return core.force(stage, elementwise.binary(stage, "+", x, y))

    with pytest.raises(ValueError, match="broadcast together: sizes 5 and 4"):
        evaluate(add, (X, X[:4].copy()), {}, "run")
