"""The kernels of `adfun/kernels.h` against their references."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.backend.native import Module, Workspace, entry

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Function, Input, Operand, Var, b1, i64
from adfun.ir.types import F64, I64
from adfun.native import lapack
from adfun.primitives import arithmetic as a
from adfun.primitives import kernels
from adfun.primitives.fourier import fourier

SIZES = [1, 2, 3, 5, 8, 17, 33, 48, 70, 130, 267]


def routines() -> Any:
    """SciPy's routines as an array of pointers."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    name = ctypes.pythonapi.PyCapsule_GetName
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    found = [get(capsule, name(capsule)) for capsule in lapack.routines()]
    return (ctypes.c_void_p * len(found))(*found)


ROUTINES = routines()


class Calls:
    """A module whose outputs are the reports of one kernel's outputs."""

    def __init__(self, kernel: Any, ranks: Sequence[int | bool], outputs: Sequence[Any]) -> None:
        b, inputs, given = Builder(), [], []
        self.names: list[str] = []
        for k, rank in enumerate(ranks):
            if isinstance(rank, bool):
                given.append(b1(rank))
                continue
            elem = (
                I64 if kernel.name in ("lu_solve", "stack_lu_solve", "inv", "logabsdet") and k == 2 else F64
            )
            buffer = Buffer(elem, tuple(Var(I64) for _ in range(rank)), "input")
            self.names.append(f"x{k}")
            inputs.append(Input(f"x{k}", "data", buffer))
            given.append(buffer)
        shapes = [o if not callable(o) else (F64, o(given)) for o in outputs]
        made = b.call(kernel, given, shapes)
        for k, value in enumerate(made):
            b.report(f"y{k}", value)
        self.kernel, self.count = kernel, len(made)
        self.flags = [x for x in ranks if isinstance(x, bool)]
        self.module = Module(entry(Function("fn", tuple(inputs), b.finish())))

    def __call__(self, *arrays: Any, own: bool = True) -> list[Any]:
        workspace = Workspace(1 << 20, lapack=None if own else ctypes.addressof(ROUTINES))
        outcome = self.module.call("fn", dict(zip(self.names, arrays, strict=True)), workspace=workspace)
        assert outcome.status == 0
        return [outcome.reports[f"y{k}"] for k in range(self.count)]

    def compare(self, *arrays: Any, tol: float = 1e-9) -> None:
        given = list(arrays) + self.flags
        for mine, theirs in zip(self(*arrays), self.kernel.reference(*given), strict=True):
            np.testing.assert_allclose(
                mine, theirs, rtol=tol, atol=tol * (1 + np.max(np.abs(theirs), initial=0))
            )


def square(x: Buffer) -> tuple[Operand, ...]:
    return (x.shape[0], x.shape[0])


def matrix(n: int, m: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed + n).normal(size=(n, m))


@pytest.mark.parametrize("trans_a", [False, True])
@pytest.mark.parametrize("trans_b", [False, True])
def test_gemm(trans_a: bool, trans_b: bool) -> None:
    call = Calls(
        kernels.gemm, (2, 2, trans_a, trans_b),
        [lambda g: (g[0].shape[1 if trans_a else 0], g[1].shape[0 if trans_b else 1])],
    )  # fmt: skip
    for m, n, k in [(1, 1, 1), (4, 16, 3), (5, 23, 7), (9, 8, 40), (64, 70, 66), (0, 3, 2), (3, 2, 0)]:
        x = matrix(k, m) if trans_a else matrix(m, k)
        y = matrix(n, k, 1) if trans_b else matrix(k, n, 1)
        call.compare(x, y)


@pytest.mark.parametrize("trans_a", [False, True])
def test_matrix_times_vector(trans_a: bool) -> None:
    call = Calls(kernels.gemm, (2, 1, trans_a, False), [lambda g: (g[0].shape[1 if trans_a else 0],)])
    for m, k in [(1, 1), (3, 20), (37, 5), (2, 0)]:
        call.compare(matrix(k, m) if trans_a else matrix(m, k), matrix(k, 1)[:, 0])


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("flags", [(lo, tr, un) for lo in (0, 1) for tr in (0, 1) for un in (0, 1)])
def test_triangular_solve(flags: tuple[int, int, int], rank: int) -> None:
    call = Calls(kernels.trsolve, (2, rank, *map(bool, flags)), [lambda g: g[1].shape])
    for n in SIZES:
        t = matrix(n, n) / n + 2 * np.eye(n)
        y = matrix(n, 9, 3) if rank == 2 else matrix(n, 1, 3)[:, 0]
        call.compare(t, y)
    if not flags[2]:
        t[1, 1] = 0.0
        assert np.all(np.isnan(call(t, y)[0]))


def test_cholesky() -> None:
    call = Calls(kernels.cholesky, (2,), [lambda g: square(g[0]), I64])
    for n in SIZES:
        x = matrix(n, n)
        x = x @ x.T + np.eye(n)
        call.compare(x)
        lower = np.tril(x) + np.triu(np.full((n, n), np.nan), 1)  # the upper triangle is not read
        assert np.array_equal(call(lower)[0], call(x)[0])
        for bad in (-1.0, np.nan, np.inf):
            x[n // 2, n // 2] = bad
            factor, info = call(x)
            assert info != 0
            assert np.all(np.isnan(factor))


def test_cholesky_adjoint() -> None:
    call = Calls(kernels.cholesky_adjoint, (2, 2), [lambda g: square(g[0])])
    for n in [*SIZES, 97, 130]:  # three blocks, the last one of one row or more
        factor = np.linalg.cholesky(matrix(n, n) @ matrix(n, n).T + n * np.eye(n))
        given = matrix(n, n, 2)
        call.compare(factor, given)
        unread = np.tril(given) + np.triu(np.full((n, n), np.nan), 1)
        assert np.array_equal(call(factor, unread)[0], call(factor, given)[0])


def test_lu_and_what_uses_it() -> None:
    solve = {
        (rank, trans): Calls(kernels.lu_solve, (2, 2, 1, rank, trans), [lambda g: g[3].shape])
        for rank in (1, 2)
        for trans in (False, True)
    }
    invert = Calls(kernels.inv, (2, 2, 1), [lambda g: square(g[0])])
    logdet = Calls(kernels.logabsdet, (2, 2, 1), [lambda g: (), lambda g: ()])
    for n in SIZES:
        x = matrix(n, n)
        factors, pivots, info = kernels.lu.reference(x)
        assert info == 0
        for (rank, _), call in solve.items():
            call.compare(x, factors, pivots, matrix(n, 7, 5) if rank == 2 else matrix(n, 1)[:, 0])
        invert.compare(x, factors, pivots)
        logdet.compare(x, factors, pivots)


def test_lu() -> None:
    b = Builder()
    n = Var(I64)
    x = Buffer(F64, (n, n), "input")
    factors, pivots, info = b.call(kernels.lu, (x,), [(F64, (n, n)), (I64, (n,)), I64])
    for name, value in (("factors", factors), ("pivots", pivots), ("info", info)):
        b.report(name, value)
    module = Module(entry(Function("fn", (Input("x", "data", x),), b.finish())))
    for size in SIZES:
        given = matrix(size, size)
        found = module.call("fn", {"x": given}, workspace=Workspace(1 << 20)).reports
        expected = kernels.lu.reference(given)
        np.testing.assert_allclose(found["factors"], expected[0], rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(found["pivots"], expected[1])
        assert found["info"] == 0
        singular = np.ones((size, size))
        found = module.call("fn", {"x": singular}, workspace=Workspace(1 << 20)).reports
        assert found["info"] == (0 if size == 1 else 2)


@pytest.mark.parametrize("own", [True, False])
def test_eigh(own: bool) -> None:
    call = Calls(kernels.eigh, (2,), [lambda g: (g[0].shape[0],), lambda g: square(g[0]), I64])
    for n in SIZES:
        x = matrix(n, n)
        x = x + x.T
        values, vectors, info = call(x, own=own)
        assert info == 0
        np.testing.assert_allclose(values, np.linalg.eigvalsh(x), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(x @ vectors, vectors * values, atol=1e-9 * n)
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(n), atol=1e-9)
        if not own:
            np.testing.assert_allclose(vectors, np.linalg.eigh(x)[1], atol=1e-7)  # with the same signs
        x[0, 0] = np.nan
        assert call(x, own=own)[2] != 0


def test_expm() -> None:
    call = Calls(kernels.expm, (2,), [lambda g: square(g[0])])
    for n in SIZES:
        for scale in (0.01, 1.0, 30.0):
            call.compare(matrix(n, n) * scale / n)


def test_fourier() -> None:
    for back in (False, True):
        call = Calls(fourier, (3, back), [lambda g: g[0].shape])
        for n in (1, 2, 3, 4, 6, 7, 12, 16, 30, 49, 101, 128):
            for rows in (1, 3):
                call.compare(matrix(2, rows * n).reshape(2, rows, n))


def test_row_operand_is_an_index() -> None:
    """Kernels take sizes from buffers whose extents are computed."""
    n = Var(I64, "n")
    x = Buffer(F64, (n,), "input")
    b = Builder()
    twice = b.op(a.imul, n, i64(2))
    made = b.build(F64, (twice, n), lambda ij: b.load(x, [ij[1]]))
    (product,) = b.call(kernels.gemm, (made, x, b1(False), b1(False)), [(F64, (twice,))])
    assert isinstance(product, Buffer)
    fn = Function("fn", (Input("x", "data", x),), b.finish(b.load(product, [i64(1)])))
    value = Module(entry(fn)).call("fn", {"x": np.arange(5.0)}).values[0]
    assert value == np.sum(np.arange(5.0) ** 2)
