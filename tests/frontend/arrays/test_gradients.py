"""Gradients of library functions: adjoints of the IR against differences of NumPy's own values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.frontend.arrays.cases import (
    BIG,
    IDX,
    MASK,
    POS,
    ROW,
    SPD,
    SPD2,
    SPD3,
    SQ,
    SQ2,
    SQ3,
    WIDE,
    Call,
    K,
    M,
    N,
    T,
    X,
    Y,
)
from tests.frontend.arrays.harness import Bench
from tests.frontend.arrays.test_functions import reference

from adfun.frontend.arrays import core, elementwise, reduce
from adfun.frontend.tables import FUNCTIONS
from adfun.frontend.values import Array, ListValue, Scalar
from adfun.ir.check import check
from adfun.ir.interpret import run
from adfun.ir.nodes import Function, Input
from adfun.ir.types import F64
from adfun.passes.adjoint import adjoint
from adfun.passes.expand import expand
from adfun.passes.fuse import fuse
from adfun.passes.inline import inline
from adfun.passes.lower import lower
from adfun.passes.simplify import simplify

TABLE = np.sort(BIG[:12])
SPD6 = SPD[:6, :6].copy()
SMALL_T = T[:2, :3].copy()

CASES = [
    *(
        Call(f"numpy.{f}", POS)
        for f in "exp log sqrt sin tanh arctan log1p expm1 square reciprocal cbrt".split()
    ),
    *(
        Call(f"numpy.{f}", POS, POS[::-1].copy())
        for f in "power hypot logaddexp arctan2 divide maximum fmin".split()
    ),
    *(Call(f"numpy.{f}", POS, Y) for f in "multiply subtract fmod remainder copysign logaddexp2".split()),
    *(
        Call(f"numpy.{f}", x, **axis)
        for f in "sum prod mean var std max min ptp cumsum cumprod".split()
        for x in (X, M, BIG[:20].copy())
        for axis in ({}, {"axis": 0})
    ),
    *(Call(f"numpy.{f}", M, axis=1) for f in "prod std max cumsum cumprod median sort".split()),
    Call("numpy.where", MASK, X, Y),
    Call("numpy.where", X > 0, np.sqrt(POS), X),
    Call("numpy.clip", X, -0.5, 0.5),
    Call("numpy.select", [MASK, ~MASK], [X, Y]),
    Call("numpy.nan_to_num", X),
    Call("numpy.average", M, 0, weights=POS),
    Call("numpy.sinc", X),
    Call("numpy.matmul", M, N),
    Call("numpy.matmul", M, N[:, 0].copy()),
    Call("numpy.matmul", X, M),
    Call("numpy.matmul", WIDE[:, :18].copy(), WIDE[:18].copy()),
    Call("numpy.dot", X, Y),
    Call("numpy.matmul", SMALL_T, N),
    Call("numpy.einsum", "ij,jk,kl->il", M, N, N.T.copy()),
    Call("numpy.einsum", "ki,ij,kj->k", M, SQ3, M),
    Call("numpy.einsum", "ii->", SQ3),
    Call("numpy.einsum", "...j,j->...", SMALL_T, M[0].copy()),
    Call("numpy.outer", X, Y),
    Call("numpy.tensordot", M, N, 1),
    Call("numpy.inner", M, M),
    Call("numpy.trace", SQ),
    Call("numpy.trace", T, axis1=1, axis2=2),
    Call("numpy.cross", M, Y[:3].copy()),
    Call("numpy.kron", SQ2, SQ2) if "numpy.kron" in FUNCTIONS else Call("numpy.vdot", X, Y),
    Call("numpy.reshape", M, (3, 5)),
    Call("numpy.transpose", SMALL_T, (1, 2, 0)),
    Call("numpy.roll", X, 2),
    Call("numpy.flip", M),
    Call("numpy.diag", X),
    Call("numpy.diag", BIG[:20].copy(), 1),
    Call("numpy.diagonal", SQ),
    Call("numpy.concatenate", [X, BIG, Y]),
    Call("numpy.stack", [X, Y], 1),
    Call("numpy.hstack", [M, M]),
    Call("numpy.column_stack", [X, M]),
    Call("numpy.append", X, 1.5),
    Call("numpy.tile", X, (2, 3)),
    Call("numpy.repeat", BIG, IDX[np.arange(40) % 5]),
    Call("numpy.repeat", M, 2, axis=1),
    Call("numpy.pad", X, 2, mode="reflect"),
    Call("numpy.split", M, [2, 3]),
    Call("numpy.meshgrid", X, Y),
    Call("numpy.diff", BIG, 2),
    Call("numpy.tril", SQ),
    Call("numpy.insert", X, 2, 0.5),
    Call("numpy.delete", X, 1),
    Call("numpy.broadcast_to", ROW, (4, 3)),
    Call("numpy.sort", BIG),
    Call("numpy.sort", X[:4].copy()),
    Call("numpy.median", BIG),
    Call("numpy.quantile", BIG, 0.3),
    Call("numpy.take", X, K),
    Call("numpy.take", M, K % 3, axis=1),
    Call("numpy.bincount", IDX, weights=X),
    Call("numpy.take_along_axis", M, np.argsort(M, axis=0), 0),
    Call("numpy.linspace", X, Y, 5),
    Call("numpy.nanmean", M, 1),
    Call("numpy.vander", X, 4),
    Call("numpy.full", (2, 5), X),
    *(
        Call(f"scipy.special.{f}", x, axis=axis)
        for f in ("logsumexp", "softmax", "log_softmax")
        for x in (M, X[:2].copy())
        for axis in (None, -1)
    ),
    Call("scipy.special.logsumexp", M, axis=1, b=POS[:3].copy()),
    Call("scipy.special.logsumexp", WIDE, axis=0),
    *(
        Call(f"scipy.special.{f}", POS / 3)
        for f in "expit logit gammaln digamma erf ndtr log_ndtr entr".split()
    ),
    Call("scipy.special.xlogy", POS, POS),
    *(
        Call(f"numpy.linalg.{f}", x)
        for f in ("cholesky", "inv", "det", "slogdet")
        for x in (SPD2, SPD3, SPD6)
    ),
    *(Call(f"numpy.linalg.{f}", x) for f in ("inv", "det", "slogdet") for x in (SQ2, SQ3, SQ)),
    *(
        Call("numpy.linalg.solve", x, b)
        for x, b in ((SQ, SQ[0].copy()), (SQ2, X[:2].copy()), (SQ3, M[:3].copy()))
    ),
    Call("numpy.linalg.inv", np.stack([SPD2, SQ2])),
    Call("numpy.linalg.eigvalsh", SPD6 / 10),
    Call("numpy.linalg.matrix_power", SQ3, 3),
    Call("numpy.linalg.norm", X),
    Call("numpy.linalg.norm", M, axis=1),
    Call("numpy.linalg.norm", X, 3),
    Call("numpy.linalg.norm", M, 2),
    Call("numpy.linalg.lstsq", M, X),
    Call("scipy.linalg.cholesky", SPD6),
    Call("scipy.linalg.solve_triangular", SQ + 3 * np.eye(6), X.repeat(2)[:6], lower=True),
    Call("scipy.linalg.solve_triangular", SQ3, M[:3].copy(), trans=1),
    Call("scipy.linalg.expm", SQ3),
    Call("scipy.linalg.cho_solve", (np.linalg.cholesky(SPD6), True), SQ[0].copy()),
]


def varied(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def leaves(value: Any) -> list[np.ndarray]:
    if isinstance(value, (tuple, list)):
        return [x for v in value for x in leaves(v)]
    return [value] if varied(value) else []


def replaced(value: Any, new: list[np.ndarray]) -> Any:
    """The argument with its float arrays taken from a list."""
    if isinstance(value, (tuple, list)):
        return type(value)(replaced(v, new) for v in value)
    return new.pop(0) if varied(value) else value


def parts(result: Any, lstsq: bool = False) -> list[Any]:
    found = list(result) if isinstance(result, (tuple, list, ListValue)) else [result]
    return found[:1] if lstsq else found


def weight(k: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.asarray(np.cos(1.0 + k + np.arange(float(np.prod(shape))).reshape(shape)))


def numpy_value(case: Call, args: list[np.ndarray]) -> float:
    moved = Call(
        case.name,
        *replaced(case.args, rest := list(args)),
        **{k: replaced(v, rest) for k, v in case.kwargs.items()},
    )
    total = 0.0
    for k, part in enumerate(parts(reference(moved), case.name.endswith("lstsq"))):
        total += float(np.sum(weight(k, np.shape(part)) * part))
    return total


def slope(case: Call, args: list[np.ndarray], direction: list[np.ndarray]) -> float:
    """The derivative along a direction, by differences of fourth order."""
    h = 1e-3

    def at(t: float) -> float:
        return numpy_value(case, [x + t * d for x, d in zip(args, direction, strict=True)])

    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def staged_gradient(case: Call, mode: str) -> list[np.ndarray]:
    bench = Bench(mode)
    args = [_value(bench, a) for a in case.args]
    kwargs = {k: _value(bench, v) for k, v in case.kwargs.items()}
    result = FUNCTIONS[case.name](bench.stage, *args, **kwargs)
    if isinstance(result, ListValue):
        result = list(result.items)
    shapes = [np.shape(v) for v in parts(reference(case), case.name.endswith("lstsq"))]
    total: Any = 0.0
    for k, (part, shape) in enumerate(zip(parts(result, case.name.endswith("lstsq")), shapes, strict=True)):
        part = core.force(bench.stage, part) if isinstance(part, Array) else part
        term = elementwise.binary(bench.stage, "*", weight(k, shape), part)
        total = elementwise.binary(bench.stage, "+", total, reduce.sum(bench.stage, term))
    assert isinstance(total, Scalar) and total.type is F64
    hidden = [entry for _, entry in bench.stage.hidden]
    for recipe, entry in bench.stage.hidden:
        bench.given[entry.name] = recipe.value  # type: ignore[union-attr]
    function = Function("fn", (*bench.inputs, *hidden), bench.stage.builder.finish(total.operand))
    for step in (check, simplify, inline, lower, fuse, check, adjoint, check, expand, simplify, check):
        function = step(function)
    buffers = run(function, bench.given).buffers
    names = [x.name for x in bench.inputs if x.role == "param"]
    gradients = [x for x in function.inputs if x.role == "gradient"]
    assert len(names) == len(gradients)
    return [buffers[x.name] for x in gradients]


def _value(bench: Bench, given: Any) -> Any:
    """As `Bench.value`, float arrays being parameters."""
    if varied(given):
        made = bench.array(given)
        count = given.size if bench.mode == "small" and given.size <= core.SMALL else 1
        for k in range(1, count + 1):
            old = bench.inputs[-k]
            bench.inputs[-k] = Input(old.name, "param", old.item)
        return made
    if isinstance(given, tuple):
        return tuple(_value(bench, g) for g in given)
    if isinstance(given, list):
        return ListValue([_value(bench, g) for g in given])
    return bench.value(given)


@pytest.mark.parametrize("mode", ["run", "examples", "small"])
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_gradient(case: Call, mode: str) -> None:
    args = leaves(list(case.args)) + leaves(list(case.kwargs.values()))
    direction = [np.sin(2.0 + np.arange(float(x.size))).reshape(x.shape) for x in args]
    if case.name.endswith(("cholesky", "eigvalsh")) and "linalg" in case.name:
        direction = [d + d.T for d in direction]
    gradient = np.concatenate([np.ravel(g) for g in staged_gradient(case, mode)])
    want = slope(case, args, direction)
    got = float(gradient @ np.concatenate([d.ravel() for d in direction]))
    scale = max(1.0, abs(want), float(np.abs(gradient).max()))
    assert abs(got - want) <= 1e-7 * scale, (got, want)
