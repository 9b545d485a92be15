"""Library functions on staged arrays against NumPy and SciPy themselves, however sizes are known."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
from tests.frontend.arrays.cases import (
    BIG,
    EMPTY,
    IDX,
    MASK,
    NAN,
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
from tests.frontend.arrays.harness import MODES, Run, assert_same, evaluate

from adfun.frontend.tables import FUNCTIONS

np_ = "numpy."


def reference(case: Call) -> Any:
    """What the library itself gives."""
    module, _, name = case.name.partition(".")
    found: Any = importlib.import_module(module)
    if module == "scipy":
        sub, _, name = name.partition(".")
        found = importlib.import_module(f"scipy.{sub}")
    if name.startswith("polynomial."):
        found = importlib.import_module(f"numpy.{name.rpartition('.')[0]}")
        name = name.rpartition(".")[2]
    for part in name.split("."):
        found = getattr(found, part)
    with np.errstate(all="ignore"):
        return found(*plain(case.args), **{k: plain(v) for k, v in case.kwargs.items()})


def plain(value: Any) -> Any:
    if isinstance(value, Run):
        return value.value
    if isinstance(value, tuple):
        return tuple(plain(v) for v in value)
    return [plain(v) for v in value] if isinstance(value, list) else value


UNARY = """
    absolute negative positive sign square sqrt exp exp2 expm1 log log2 log10 log1p cbrt sin cos tan arctan
    sinh cosh tanh arcsinh floor ceil rint trunc fix isnan isinf isfinite signbit reciprocal deg2rad rad2deg
    logical_not sinc fabs conjugate""".split()
BINARY = """
    add subtract multiply divide floor_divide remainder fmod power maximum minimum fmax fmin hypot arctan2
    logaddexp logaddexp2 copysign heaviside less less_equal greater greater_equal equal not_equal logical_and
    logical_or logical_xor float_power""".split()

ELEMENTWISE = [
    *(Call(f"numpy.{f}", POS.reshape(5, 1)) for f in UNARY),
    *(
        Call(f"numpy.{f}", X)
        for f in "absolute sign floor ceil trunc square isnan signbit exp rint fix".split()
    ),
    *(
        Call(f"numpy.{f}", K)
        for f in "absolute sign floor negative square sqrt exp logical_not isnan".split()
    ),
    *(Call(f"numpy.{f}", POS, POS[::-1].reshape(5, 1)) for f in BINARY),
    *(
        Call(f"numpy.{f}", X, 1.5)
        for f in "fmod remainder floor_divide copysign heaviside maximum fmin".split()
    ),
    *(Call(f"numpy.{f}", K, 3) for f in "fmod remainder floor_divide maximum minimum add multiply".split()),
    *(Call(f"numpy.{f}", K, 3) for f in "bitwise_and bitwise_or bitwise_xor less equal divide".split()),
    *(
        Call(f"numpy.{f}", MASK, ~MASK)
        for f in "add multiply bitwise_and logical_or maximum equal less".split()
    ),
    Call("numpy.where", MASK, X, 0),
    Call("numpy.where", X > 0, X, Y.reshape(5, 1)),
    Call("numpy.where", MASK),
    Call("numpy.where", M > 0),
    Call("numpy.where", Run(True), X, 1.0),
    Call("numpy.select", [X > 1, X > 0], [X, X**2], -1.0),
    Call("numpy.clip", X, -0.5, 0.5),
    Call("numpy.clip", X, None, 0.5),
    Call("numpy.clip", K, 0, 2),
    Call("numpy.clip", X, -0.5, POS),
    Call("numpy.round", X),
    Call("numpy.round", X, 2),
    Call("numpy.around", 1234.5 * X, -2),
    Call("numpy.nan_to_num", NAN),
    Call("numpy.nan_to_num", NAN, nan=7.0),
    Call("numpy.nan_to_num", np.array([np.inf, -np.inf, 1.0])),
    Call("numpy.isclose", X, X + 1e-9),
    Call("numpy.allclose", X, Y),
    Call("numpy.array_equal", K, K),
    Call("numpy.divmod", X, 0.3),
    Call("numpy.modf", X),
    Call("numpy.real", X),
    Call("numpy.invert", K),
    Call("numpy.invert", MASK),
    Call("numpy.left_shift", np.abs(K), 2),
    Call("numpy.right_shift", K, 1),
    Call("numpy.ldexp", X, np.arange(5)),
    Call("numpy.subtract.outer", X, K),
    Call("numpy.multiply.outer", M, X),
    Call("numpy.logaddexp.reduce", M),
    Call("numpy.add.reduce", M, axis=1),
    Call("numpy.maximum.accumulate", BIG),
    Call("numpy.add.accumulate", M),
    Call("numpy.logaddexp.accumulate", X),
    Call("numpy.minimum.reduce", M, 0),
    Call("numpy.isposinf", X),
]

REDUCTIONS = [
    *(
        Call(f"numpy.{f}", x, **({} if axis == "-" else {"axis": axis}), **keep)
        for f in "sum prod mean var std max min any all ptp".split()
        for x in (X, M, T, K, MASK, NAN, ROW, WIDE)
        for axis in ("-", 0, -1)
        for keep in ({}, {"keepdims": True})
        if not (f == "ptp" and x is MASK) and not (f in ("var", "std") and x is MASK)
    ),
    *(
        Call(f"numpy.{f}", x, axis=axis)
        for f in ("argmax", "argmin")
        for x in (X, M, T, K)
        for axis in (None, 0, -1)
    ),
    *(
        Call(f"numpy.{f}", NAN, axis=axis)
        for f in "nansum nanprod nanmean nanvar nanstd nanmax nanmin nanmedian nancumsum".split()
        for axis in (None, 0, 1)
    ),
    Call("numpy.nanargmax", X),
    Call("numpy.sum", T, axis=(0, 2)),
    Call("numpy.sum", T, (0, 2), keepdims=True),
    Call("numpy.sum", M, dtype=float),
    Call("numpy.sum", X, where=MASK),
    Call("numpy.sum", X, initial=3.0),
    Call("numpy.sum", EMPTY),
    Call("numpy.sum", 3.0),
    Call("numpy.prod", EMPTY),
    Call("numpy.max", X, initial=100.0),
    Call("numpy.max", EMPTY, initial=1.0),
    Call("numpy.min", M, 1, initial=-1.0, where=M > 0),
    Call("numpy.mean", M, axis=0, where=M > 0),
    Call("numpy.var", M, axis=1, ddof=1),
    Call("numpy.std", X, ddof=1),
    Call("numpy.average", X, weights=POS),
    Call("numpy.average", M, axis=0),
    Call("numpy.average", M, 0, weights=POS),
    Call("numpy.cumsum", X),
    Call("numpy.cumsum", M),
    Call("numpy.cumsum", M, axis=0),
    Call("numpy.cumsum", T, axis=1),
    Call("numpy.cumsum", K),
    Call("numpy.cumsum", MASK),
    Call("numpy.cumprod", BIG),
    Call("numpy.cumprod", M, axis=1),
    Call("numpy.count_nonzero", K),
    Call("numpy.count_nonzero", M > 0, axis=0),
    *(
        Call(f"scipy.special.{f}", x, axis=axis)
        for f in ("logsumexp", "softmax", "log_softmax")
        for x in (X, M, T)
        for axis in (None, 0, -1)
    ),
    Call("scipy.special.logsumexp", M, axis=1, keepdims=True),
    Call("scipy.special.logsumexp", M, axis=1, b=np.arange(3.0)),
    Call("scipy.special.logsumexp", np.array([-np.inf, -np.inf])),
    Call("scipy.special.logsumexp", np.array([-np.inf, 1.0, 800.0])),
    Call("numpy.median", X),
    Call("numpy.median", M, axis=0),
    Call("numpy.median", T, axis=(0, 1)),
    Call("numpy.median", NAN, axis=1),
    Call("numpy.median", BIG),
    Call("numpy.quantile", X, 0.3),
    Call("numpy.quantile", BIG, [0.1, 0.5, 0.95]),
    Call("numpy.quantile", M, np.array([0.25, 0.5]), axis=0),
    Call("numpy.percentile", BIG, 30, method="lower"),
    Call("numpy.percentile", BIG, Run(62.0)),
    Call("numpy.quantile", BIG, 0.31, method="midpoint"),
    Call("numpy.quantile", BIG, 0.31, method="nearest"),
    Call("numpy.quantile", BIG, 0.31, method="higher"),
    Call("numpy.quantile", NAN, 0.31, axis=0),
    Call("numpy.nanquantile", NAN, 0.31, axis=0),
    Call("numpy.nanpercentile", NAN, [20, 70], axis=1, keepdims=True),
]

CONTRACTIONS = [
    *(
        Call(f"numpy.{f}", x, y)
        for f in ("matmul", "dot")
        for x, y in (
            (X, Y),
            (M, N[:, 0].copy()),
            (X, M),
            (M, N),
            (T, N),
            (T, N[:, 0].copy()),
            (K, K),
            (WIDE, WIDE.T.copy()),
            (WIDE, WIDE[0].copy()),
            (ROW, N),
        )
    ),
    Call("numpy.matmul", T, RNG_ := np.arange(24.0).reshape(4, 3, 2)),
    Call("numpy.dot", X, 2.0),
    Call("numpy.vdot", M, M),
    Call("numpy.inner", M, T),
    Call("numpy.inner", X, Y),
    Call("numpy.outer", X, K),
    Call("numpy.outer", M, X),
    Call("numpy.tensordot", T, M, ((1, 2), (0, 1))),
    Call("numpy.tensordot", M, N, 1),
    Call("numpy.tensordot", X, Y, 0),
    *(
        Call("numpy.einsum", *args)
        for args in (
            ("ij,kj->ik", M, M),
            ("ij,ij", M, M),
            ("ij->ji", M),
            ("ij->j", M),
            ("ii", SQ),
            ("ii->i", SQ),
            ("ij,jk,kl->il", M, N, N.T.copy()),
            ("i,ij,j", X, M, M[0].copy()),
            ("...j,j->...", T, M[0].copy()),
            ("ij,i->j", M, X),
            ("bij,bjk->bik", T, RNG_),
            ("ki,ij,kj->k", M, SQ3, M),
            ("i,j->ij", X, K),
            ("ij,jk", M, N),
            ("ba", M),
            ("i->", X),
            ("a...,a...->...", M, M),
        )
    ),
    Call("numpy.trace", SQ),
    Call("numpy.trace", SQ, 1),
    Call("numpy.trace", T),
    Call("numpy.trace", T, offset=1, axis1=1, axis2=2),
    Call("numpy.trace", T, axis1=-1, axis2=0),
    Call("numpy.cross", X[:3].copy(), Y[:3].copy()),
    Call("numpy.cross", M, Y[:3].copy()),
    Call("numpy.vecdot", M, M),
]

SHAPES = [
    *(
        Call("numpy.reshape", x, s)
        for x, s in (
            (M, (3, 5)),
            (M, -1),
            (M, (-1, 1)),
            (X, (1, 5)),
            (T, (20, -1)),
            (T, (4, -1)),
            (T, (2, 2, 15)),
            (X, (5, 1, 1)),
            (np.arange(6.0), (2, 3)),
            (T, (4, 5, 3)),
            (M[:3].copy(), 9),
        )
    ),
    Call("numpy.reshape", M, (3, 5), order="F"),
    Call("numpy.ravel", T),
    Call("numpy.ravel", M, order="F"),
    Call("numpy.transpose", T),
    Call("numpy.transpose", T, (1, 0, 2)),
    Call("numpy.swapaxes", T, 0, 2),
    Call("numpy.moveaxis", T, 0, -1),
    Call("numpy.moveaxis", T, [0, 1], [-1, 0]),
    Call("numpy.rollaxis", T, 2),
    Call("numpy.squeeze", ROW),
    Call("numpy.squeeze", ROW, 0),
    Call("numpy.expand_dims", M, 1),
    Call("numpy.expand_dims", M, (0, -1)),
    Call("numpy.atleast_1d", 2.0),
    Call("numpy.atleast_2d", X),
    Call("numpy.atleast_3d", X),
    Call("numpy.atleast_3d", M),
    Call("numpy.broadcast_to", X, (3, 5)),
    Call("numpy.broadcast_arrays", X, X.reshape(5, 1)),
    Call("numpy.flip", M),
    Call("numpy.flip", M, 1),
    Call("numpy.fliplr", M),
    Call("numpy.flipud", X),
    *(Call("numpy.rot90", M, k) for k in range(4)),
    Call("numpy.roll", X, 2),
    Call("numpy.roll", X, Run(-1)),
    Call("numpy.roll", M, 1, axis=0),
    Call("numpy.roll", M, 1),
    Call("numpy.diag", X),
    Call("numpy.diag", X, 1),
    Call("numpy.diag", X, -2),
    Call("numpy.diag", SQ),
    Call("numpy.diag", SQ, -1),
    Call("numpy.diag", BIG),
    Call("numpy.diagonal", M),
    Call("numpy.diagonal", T, 0, 1, 2),
    Call("numpy.diagflat", M[:2].copy()),
    Call("numpy.concatenate", [X, Y]),
    Call("numpy.concatenate", (X, K, BIG)),
    Call("numpy.concatenate", [M, ROW]),
    Call("numpy.concatenate", [M, M], axis=1),
    Call("numpy.concatenate", [M, M], axis=None),
    Call("numpy.stack", [X, Y]),
    Call("numpy.stack", [X, Y], axis=-1),
    Call("numpy.stack", [M, M, M], 1),
    Call("numpy.vstack", [X, Y]),
    Call("numpy.vstack", [M, ROW]),
    Call("numpy.hstack", [X, BIG]),
    Call("numpy.hstack", [M, M]),
    Call("numpy.hstack", [Run(1.0), X]),
    Call("numpy.column_stack", [X, Y]),
    Call("numpy.column_stack", [np.ones(5), M]),
    Call("numpy.dstack", [M, M]),
    Call("numpy.block", [[SQ2, SQ2], [SQ2, SQ2]]),
    Call("numpy.append", X, 1.5),
    Call("numpy.append", X, Y),
    Call("numpy.append", M, ROW, axis=0),
    Call("numpy.split", np.arange(6.0), 3),
    Call("numpy.split", X, [1, 3]),
    Call("numpy.array_split", X, 3),
    Call("numpy.hsplit", M, 3),
    Call("numpy.tile", X, 3),
    Call("numpy.tile", X, (2, 3)),
    Call("numpy.tile", M, 2),
    Call("numpy.tile", ROW, (4, 1)),
    Call("numpy.repeat", X, 3),
    Call("numpy.repeat", M, 2, axis=1),
    Call("numpy.repeat", M, 2),
    Call("numpy.repeat", X, np.array([2, 0, 1, 3, 1])),
    Call("numpy.repeat", M, np.array([2, 0, 1, 3, 1]), axis=0),
    Call("numpy.repeat", BIG, np.arange(40) % 3),
    Call("numpy.repeat", 2.5, 3),
    Call("numpy.repeat", ROW, 3, axis=0),
    Call("numpy.pad", X, 2),
    Call("numpy.pad", X, (1, 2), constant_values=7.0),
    Call("numpy.pad", M, ((1, 0), (0, 2)), constant_values=((1.5, 2), (3, 4))),
    Call("numpy.pad", M, 2, constant_values=(1.5, -1)),
    Call("numpy.pad", M, ((1, 0), (0, 2))),
    Call("numpy.pad", X, (2, 1), mode="edge"),
    Call("numpy.pad", X, (2, 1), mode="reflect"),
    Call("numpy.pad", X, (2, 1), mode="symmetric"),
    Call("numpy.pad", X, (2, 1), mode="wrap"),
    Call("numpy.insert", X, 0, 1.5),
    Call("numpy.insert", X, 2, 0),
    Call("numpy.delete", X, 2),
    Call("numpy.delete", M, 1, axis=0),
    Call("numpy.delete", M, -1, axis=1),
    Call("numpy.meshgrid", X, BIG),
    Call("numpy.meshgrid", X, K, indexing="ij"),
    Call("numpy.meshgrid", X, K, sparse=True),
    Call("numpy.indices", (2, 3)),
    Call("numpy.ix_", np.array([0, 2]), np.array([1, 0, 2])),
    Call("numpy.diff", X),
    Call("numpy.diff", X, 2),
    Call("numpy.diff", M, axis=0),
    Call("numpy.diff", K),
    Call("numpy.diff", X, prepend=0.0),
    Call("numpy.diff", BIG, append=BIG[:1].copy()),
    Call("numpy.ediff1d", X),
    Call("numpy.tril", SQ),
    Call("numpy.tril", SQ, -1),
    Call("numpy.triu", M, 1),
]

CONSTRUCTORS = [
    Call("numpy.zeros", Run(4)),
    Call("numpy.ones", (Run(4), 2)),
    Call("numpy.full", (2, Run(3)), Run(1.5)),
    Call("numpy.full", 3, Run(2)),
    Call("numpy.full", (4, 3), N[:, 0].copy()),
    Call("numpy.zeros_like", M),
    Call("numpy.ones_like", K),
    Call("numpy.zeros_like", K, dtype=float),
    Call("numpy.full_like", X, 2.0),
    Call("numpy.arange", Run(6)),
    Call("numpy.arange", Run(2), Run(9), 3),
    Call("numpy.arange", Run(9), Run(2), -2),
    Call("numpy.arange", Run(5), 2),
    Call("numpy.arange", 0.0, Run(1.05), 0.25),
    Call("numpy.arange", Run(3), dtype=float),
    Call("numpy.linspace", 0.0, Run(2.0), 7),
    Call("numpy.linspace", Run(-1.0), Run(2.0), Run(31)),
    Call("numpy.linspace", 0, Run(1.0), 5, endpoint=False),
    Call("numpy.linspace", Run(1.0), 2.0, 1),
    Call("numpy.linspace", X, Y, 4),
    Call("numpy.linspace", Run(0.0), 1.0, 5, retstep=True),
    Call("numpy.logspace", Run(0.0), 2.0, 5),
    Call("numpy.geomspace", Run(1.0), 1000.0, 4),
    Call("numpy.eye", Run(4)),
    Call("numpy.eye", 3, Run(5), 1),
    Call("numpy.identity", Run(3)),
    Call("numpy.tri", Run(4)),
    Call("numpy.array", [Run(1.0), 2, Run(3)]),
    Call("numpy.array", [[Run(1.0), 2.0], [3.0, Run(4.0)]]),
    Call("numpy.array", [X, Y]),
    Call("numpy.array", X, ndmin=2),
    Call("numpy.array", K, dtype=float),
    Call("numpy.asarray", M),
    Call("numpy.copy", M),
    Call("numpy.vander", X, 3),
    Call("numpy.vander", X, 3, increasing=True),
]

PLACES = [
    Call("numpy.sort", BIG),
    Call("numpy.sort", X[:3].copy()),
    Call("numpy.sort", M, axis=0),
    Call("numpy.sort", M),
    Call("numpy.sort", K),
    Call("numpy.sort", NAN, axis=0),
    Call("numpy.argsort", BIG),
    Call("numpy.argsort", K, kind="stable"),
    Call("numpy.argsort", M, axis=0),
    Call("numpy.searchsorted", np.sort(BIG), X),
    Call("numpy.searchsorted", np.array([1, 2, 2, 3]), np.array([0, 2, 5, 3]), side="right"),
    Call("numpy.searchsorted", np.sort(BIG), Run(0.3)),
    Call("numpy.nonzero", M > 0),
    Call("numpy.flatnonzero", X > 0),
    Call("numpy.argwhere", M > 0),
    Call("numpy.bincount", IDX),
    Call("numpy.bincount", IDX, weights=X),
    Call("numpy.bincount", IDX, minlength=7),
    Call("numpy.take", X, K),
    Call("numpy.take", M, K, axis=0),
    Call("numpy.take", X, np.array([9, -7]), mode="clip"),
    Call("numpy.take", X, np.array([9, -7]), mode="wrap"),
    Call("numpy.take_along_axis", M, np.argsort(M, axis=0), 0),
    Call("numpy.take_along_axis", M, (IDX % 3).reshape(5, 1), 1),
    Call("numpy.compress", MASK, X),
    Call("numpy.extract", MASK, X),
    Call("numpy.choose", np.array([0, 1, 0, 1, 1]), [X, Y]),
    Call("numpy.diag_indices", Run(3)),
    Call("numpy.diag_indices_from", SQ),
    Call("numpy.tril_indices", Run(4)),
    Call("numpy.tril_indices", Run(6), -1),
    Call("numpy.triu_indices", Run(4), 1),
    Call("numpy.tril_indices_from", SQ3),
    Call("numpy.isin", K, np.array([0, 3])),
    Call("numpy.unravel_index", IDX, (2, 3)),
    Call("numpy.ravel_multi_index", (IDX % 2, IDX % 3), (2, 3)),
]

LINALG = [
    *(
        Call(f"numpy.linalg.{f}", x)
        for f in "cholesky inv det slogdet".split()
        for x in (SPD, SPD2, SPD3, SPD[:1, :1].copy(), SPD[:7, :7].copy())
    ),
    *(Call(f"numpy.linalg.{f}", x) for f in "inv det slogdet".split() for x in (SQ, SQ2, SQ3)),
    *(
        Call("numpy.linalg.solve", x, b)
        for x, b in ((SQ, SQ[0]), (SQ2, X[:2].copy()), (SQ3, M[:3].copy()), (SQ, SQ))
    ),
    Call("numpy.linalg.inv", np.stack([SPD2, SQ2])),
    Call("numpy.linalg.cholesky", np.stack([SPD2, SPD2 + 1])),
    Call("numpy.linalg.det", np.stack([SQ, SQ.T])),
    Call("numpy.linalg.slogdet", np.stack([SQ, SQ.T])),
    Call("numpy.linalg.solve", np.stack([SQ, SQ.T]), np.stack([SQ, SQ])),
    Call("numpy.linalg.eigvalsh", SPD),
    Call("numpy.linalg.matrix_power", SQ, 3),
    Call("numpy.linalg.matrix_power", SQ3, -2),
    Call("numpy.linalg.multi_dot", [M, N, N.T.copy()]),
    *(Call("numpy.linalg.norm", x) for x in (X, M, T, BIG)),
    *(Call("numpy.linalg.norm", X, o) for o in (1, 2, 3, 0.5, np.inf, -np.inf, 0)),
    *(Call("numpy.linalg.norm", M, o) for o in (1, np.inf, "fro", 2, -1)),
    Call("numpy.linalg.norm", M, axis=1),
    Call("numpy.linalg.norm", M, axis=0, keepdims=True),
    Call("numpy.linalg.norm", M, ord=1, axis=1),
    Call("scipy.linalg.cholesky", SPD),
    Call("scipy.linalg.cholesky", SPD2, lower=True),
    Call("scipy.linalg.cho_solve", (np.linalg.cholesky(SPD), True), WIDE[:, 0].copy()),
    Call("scipy.linalg.cho_solve", (np.linalg.cholesky(SPD).T.copy(), False), WIDE),
    *(
        Call("scipy.linalg.solve_triangular", x, b, trans=trans, lower=lower, unit_diagonal=unit)
        for x, b in ((np.tril(SQ) + np.triu(SQ), SQ[0].copy()), (SQ3, M[:3].copy()))
        for trans in (0, 1, "T")
        for lower in (True, False)
        for unit in (True, False)
    ),
    Call("scipy.linalg.solve", SPD, WIDE[:, 0].copy(), assume_a="pos"),
    Call("scipy.linalg.solve", SQ, SQ[0].copy()),
    Call("scipy.linalg.expm", SQ3),
    Call("scipy.linalg.solve_sylvester", SQ3, SQ2, X[:3].reshape(3, 1) * np.ones(2)),
    Call("scipy.linalg.solve_continuous_lyapunov", SQ3, SPD3),
    Call("scipy.linalg.solve_discrete_lyapunov", SQ3 / 4, SPD3),
    Call("scipy.linalg.solve_toeplitz", np.array([4.0, 1.0, 0.5, 0.1, 0.0]), X),
    Call("scipy.linalg.solve_banded", (1, 2), M[:4, :1] + SQ[:4, :5] + 4 * np.eye(4, 5), X),
    Call("scipy.linalg.eigvalsh", SPD3),
]

POLYNOMIALS = [
    *(
        Call(f"numpy.polynomial.{f}", X, M[:, 0].copy())
        for f in (
            "polynomial.polyval",
            "chebyshev.chebval",
            "legendre.legval",
            "hermite.hermval",
            "hermite_e.hermeval",
            "laguerre.lagval",
        )
    ),
    *(
        Call(f"scipy.special.eval_{f}", n, X / 3)
        for f in ("chebyt", "chebyu", "legendre", "hermite", "hermitenorm", "laguerre")
        for n in (0, 1, 4, Run(3))
    ),
]

SPECIAL = [
    *(
        Call(f"scipy.special.{f}", POS / 3)
        for f in """expit logit log_expit gammaln gamma digamma erf erfc ndtr log_ndtr ndtri i0 i1 i0e i1e
        expm1 log1p entr""".split()
    ),
    Call("scipy.special.polygamma", 1, POS),
    Call("scipy.special.xlogy", np.array([0.0, 1.0, 0.0]), np.array([0.0, 2.0, np.nan])),
    Call("scipy.special.xlog1py", X, POS),
    Call("scipy.special.gammaln", K + 5),
]

LOOSE = (
    "numpy.linalg",
    "numpy.polynomial",
    "scipy.linalg",
    "numpy.matmul",
    "numpy.dot",
    "scipy.special",
    "numpy.einsum",
    "numpy.var",
)


def check(case: Call, mode: str) -> None:
    want = reference(case)
    got = evaluate(FUNCTIONS[case.name], case.args, case.kwargs, mode)
    assert_same(got, want, rtol=1e-9 if case.name.startswith(LOOSE) else 1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "case",
    [
        *ELEMENTWISE,
        *REDUCTIONS,
        *CONTRACTIONS,
        *SHAPES,
        *CONSTRUCTORS,
        *PLACES,
        *LINALG,
        *SPECIAL,
        *POLYNOMIALS,
    ],
    ids=repr,
)
def test_function(case: Call, mode: str) -> None:
    check(case, mode)
