"""The kernels of `adfun/stacks.h` against their references."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.backend.test_kernels import Calls, matrix

from adfun.primitives import kernels, stacks

SIZES = [1, 2, 5, 8, 17, 33, 50, 75, 130]
COUNTS = [1, 3, 9]


def stack(count: int, *shape: int) -> Any:
    return np.random.default_rng(count + shape[0]).normal(size=(count, *shape))


def spoilt(x: Any) -> Any:
    """The lower triangles, with NaN where nothing may be read."""
    return np.tril(x) + np.triu(np.full_like(x, np.nan), 1)


@pytest.mark.parametrize("trans_x", [False, True])
@pytest.mark.parametrize("trans_y", [False, True])
def test_products(trans_x: bool, trans_y: bool) -> None:
    rows, columns = (-1 if trans_x else -2), (-2 if trans_y else -1)
    shape = [lambda g: ((g[0] if g[0].rank == 3 else g[1]).shape[0], g[0].shape[rows], g[1].shape[columns])]
    calls = [Calls(stacks.stack_gemm, (*ranks, trans_x, trans_y), shape) for ranks in ((3, 2), (2, 3))]
    vector = Calls(stacks.stack_gemm, (3, 1, trans_x, False), [lambda g: (g[0].shape[0], g[0].shape[rows])])
    for m, n, k in [(1, 1, 1), (5, 9, 3), (9, 2, 17), (50, 41, 45)]:
        x, y = (k, m) if trans_x else (m, k), (n, k) if trans_y else (k, n)
        for count in COUNTS:
            calls[0].compare(stack(count, *x), matrix(*y))
            calls[1].compare(matrix(*x), stack(count, *y))
            vector.compare(stack(count, *x), matrix(k, 1)[:, 0])


@pytest.mark.parametrize("flags", [(lo, tr, un) for lo in (0, 1) for tr in (0, 1) for un in (0, 1)])
def test_triangular_systems(flags: tuple[int, int, int]) -> None:
    given = tuple(map(bool, flags))
    solve = Calls(stacks.stack_trsolve, (2, 3, *given), [lambda g: g[1].shape])
    tangent = Calls(stacks.trsolve_tangent, (2, 3, 1, 2, *given), [lambda g: g[3].shape])
    for n in SIZES:
        t = matrix(n, n) / n + 2 * np.eye(n)
        for count in COUNTS:
            solve.compare(t, stack(count, n, 6))
            tangent.compare(t, stack(count, n, n), matrix(n, 1)[:, 0], matrix(count, n))


@pytest.mark.parametrize("trans", [False, True])
def test_systems(trans: bool) -> None:
    call = Calls(stacks.stack_lu_solve, (2, 2, 1, 3, trans), [lambda g: g[3].shape])
    for n in SIZES:
        x = matrix(n, n)
        factors, pivots, _ = kernels.lu.reference(x)
        for count in COUNTS:
            call.compare(x, factors, pivots, stack(count, n, 4))


def test_cholesky() -> None:
    tangent = Calls(stacks.cholesky_tangent, (2, 3), [lambda g: g[1].shape])
    adjoint = Calls(stacks.cholesky_adjoint_tangent, (2, 2, 2, 3, 3), [lambda g: g[3].shape])
    for n in SIZES:
        factor = np.linalg.cholesky(matrix(n, n) @ matrix(n, n).T + n * np.eye(n))
        g = matrix(n, n, 2)
        (d,) = kernels.cholesky_adjoint.reference(factor, g)
        for count in COUNTS:
            along, other = stack(count, n, n), stack(count + 20, n, n)[:count]
            tangent.compare(factor, along)
            adjoint.compare(factor, g, d, along, other)
            assert np.all(np.isfinite(tangent(factor, spoilt(along))[0]))
            unread = [factor, spoilt(g), d, spoilt(along), spoilt(other)]
            assert np.all(np.isfinite(adjoint(*unread)[0]))


def test_cholesky_along_one_direction() -> None:
    tangent = Calls(stacks.cholesky_tangent, (2, 2), [lambda g: g[1].shape])
    adjoint = Calls(stacks.cholesky_adjoint_tangent, (2, 2, 2, 2, 2), [lambda g: g[3].shape])
    for n in [*SIZES, 410]:
        factor = np.linalg.cholesky(matrix(n, n) @ matrix(n, n).T + n * np.eye(n))
        g, along, other = (matrix(n, n, seed) for seed in (2, 3, 4))
        tangent.compare(factor, along)
        (d,) = kernels.cholesky_adjoint.reference(factor, g)
        adjoint.compare(factor, g, d, along, other)


def test_tangents_of_cholesky_are_differences() -> None:
    tangent = Calls(stacks.cholesky_tangent, (2, 3), [lambda g: g[1].shape])
    adjoint = Calls(stacks.cholesky_adjoint_tangent, (2, 2, 2, 3, 3), [lambda g: g[3].shape])
    for n in (4, 45):
        x = matrix(n, n) @ matrix(n, n).T + n * np.eye(n)
        dx, g, dg = stack(3, n, n), matrix(n, n, 2), stack(4, n, n)[:3]
        dx = dx + dx.swapaxes(1, 2)
        factor, (d,) = np.linalg.cholesky(x), kernels.cholesky_adjoint.reference(np.linalg.cholesky(x), g)
        (along,) = tangent(factor, dx)
        (second,) = adjoint(factor, g, d, along, dg)
        for k in range(3):
            steps = [1e-5, -1e-5]
            up, down = (np.linalg.cholesky(x + h * dx[k]) for h in steps)
            np.testing.assert_allclose(along[k], (up - down) / 2e-5, atol=1e-8)
            ends = [
                kernels.cholesky_adjoint.reference(f, g + h * dg[k])[0]
                for f, h in zip((up, down), steps, strict=True)
            ]
            np.testing.assert_allclose(second[k], (ends[0] - ends[1]) / 2e-5, atol=1e-7)
