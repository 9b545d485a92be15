"""Sparse matrices as data: products with parameters, of every format, and other matrices later."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import adfun

R = np.random.default_rng(4)
DENSE = R.normal(size=(7, 4)) * (R.random((7, 4)) < 0.5)
B, C, Y = np.array([0.1, 0.2, 0.3, -0.1]), 0.3, np.arange(7.0)


def objective(b: Any, c: Any, design: Any, y: Any) -> Any:
    eta = design @ b
    rest = y - design.dot(b) * c
    both = design @ np.outer(b, b[:2] * c)
    back = (np.stack([y, y * c]) @ design).sum() + (design.T @ design @ b)[1]
    return (
        np.exp(eta).sum() + np.sum(design.T @ rest) + rest @ design @ b + both.sum() + back * design.shape[0]
    )


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil"])
@pytest.mark.parametrize("kind", ["matrix", "array"])
def test_products(form: str, kind: str) -> None:
    make = getattr(sp, f"{form}_{kind}")
    data = {"design": make(DENSE), "y": Y}
    obj = adfun.make_ad_fun(objective, data, {"b": B, "c": C})
    dense = adfun.make_ad_fun(objective, {"design": DENSE, "y": Y}, {"b": B, "c": C})
    assert obj.fn() == pytest.approx(float(objective(B, C, **data)), rel=1e-12)
    np.testing.assert_allclose(obj.gr(), dense.gr(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(obj.he(), dense.he(), rtol=1e-11, atol=1e-11)
    assert pickle.loads(pickle.dumps(obj)).fn() == obj.fn()
    taller = np.vstack([DENSE, 2 * DENSE])
    other = obj.with_data({"design": make(taller), "y": np.arange(14.0)})
    assert other.fn() == pytest.approx(float(objective(B, C, taller, np.arange(14.0))), rel=1e-12)


def test_made_of_the_data() -> None:
    def fitted(b: Any, rows: Any, columns: Any, values: Any) -> Any:
        made = sp.coo_matrix((values, (rows, columns)), shape=(3, 2)).tocsr()
        return np.sum((made * b) ** 2)

    data = {"rows": np.array([0, 1, 2]), "columns": np.array([0, 1, 1]), "values": np.array([1.0, 2.0, 3.0])}
    obj = adfun.make_ad_fun(fitted, data, {"b": np.array([1.0, -1.0])})
    assert obj.fn() == 14.0
    np.testing.assert_allclose(obj.gr(), [2.0, -26.0])


def test_sizes_and_indices_are_checked() -> None:
    def fitted(b: Any, design: Any) -> Any:
        return np.sum(design @ b)

    with pytest.raises(ValueError, match="the sparse matrix has 4 columns, the array 3 rows"):
        adfun.make_ad_fun(fitted, {"design": sp.csr_matrix(DENSE)}, {"b": B[:3]}).fn()
    broken = sp.csr_matrix(DENSE)
    broken.indices[2] = 1_000_000_000
    with pytest.raises((ValueError, IndexError)):
        adfun.make_ad_fun(fitted, {"design": broken}, {"b": B}).fn()


def test_sparse_matrices_of_parameters_are_refused() -> None:
    def scaled(b: Any, design: Any) -> Any:
        return np.sum((b[0] * design) @ b)

    with pytest.raises(adfun.CompileError, match=r"multiply vectors and matrices by it"):
        adfun.make_ad_fun(scaled, {"design": sp.csr_matrix(DENSE)}, {"b": B})
    with pytest.raises(adfun.ArgumentError, match="argument b: a sparse matrix is no parameter"):
        adfun.make_ad_fun(scaled, {"design": DENSE}, {"b": sp.csr_matrix(DENSE)})
