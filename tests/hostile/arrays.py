"""Arrays of every type, shape and layout, and things that are taken for arrays; by name, from tables."""

from __future__ import annotations

import datetime
import decimal
import fractions
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse

Make = Callable[[], Any]

DTYPES = (
    "f8 f4 f2 g i8 i4 i2 i1 u8 u4 u2 u1 ? >f8 >f4 >i8 >i2 >u8 c16 c8 O U3 S3 M8[D] m8[s] V8 f8,i4 3f8 "
).split()
SHAPES: tuple[tuple[int, ...], ...] = (
    (), (0,), (1,), (3,), (2, 3), (1, 3), (3, 1), (0, 3), (2, 0, 2), (2, 1, 2), (1, 2, 1, 2), (2, 1, 1, 2, 1),
    (1, 1, 2, 1, 1, 2), (1,) * 7, (2,) * 8,
)  # fmt: skip
LAYOUTS = "C F strided reversed broadcast unaligned readonly transposed window subclass offset".split()


class Sub(np.ndarray):
    """A subclass of arrays that changes nothing."""


def array(dtype: str, shape: tuple[int, ...], layout: str) -> Any:
    """Small numbers in an array of this kind."""
    count = int(np.prod(shape))
    if dtype == "O":
        plain = np.array([float(k % 5) for k in range(count)], dtype=object).reshape(shape)
    elif np.dtype(dtype).kind in "USMmV":
        plain = np.zeros(shape, dtype)
    else:
        plain = (np.arange(count) % 5).reshape(shape).astype(dtype)
    return laid_out(plain, layout)


def laid_out(plain: Any, layout: str) -> Any:
    """The same elements, lying otherwise in memory."""
    if layout == "broadcast":
        return np.broadcast_to(plain.reshape(-1)[:1].reshape(()), plain.shape) if plain.size else plain
    if layout == "F":
        return np.asfortranarray(plain)
    if layout == "readonly":
        plain.setflags(write=False)
        return plain
    if layout == "subclass":
        return plain.view(Sub)
    if layout == "transposed":
        return np.ascontiguousarray(plain.T).T
    if layout in ("strided", "reversed", "window", "offset") and plain.ndim:
        step = {"strided": slice(None, None, 2), "reversed": slice(None, None, -1)}.get(layout, slice(1, -1))
        wide = tuple(
            2 * n if layout == "strided" else n + (0 if layout == "reversed" else 2) for n in plain.shape
        )
        room = np.zeros(wide, plain.dtype)
        room[(step,) * plain.ndim] = plain
        return room[(step,) * plain.ndim]
    if layout == "unaligned" and plain.dtype.kind != "O":
        room = np.zeros(plain.nbytes + 1, np.uint8)
        made = room[1:].view(plain.dtype) if plain.dtype.itemsize else plain
        made = made.reshape(plain.shape)
        made[...] = plain
        return made
    return plain


def numeric() -> list[tuple[str, Make]]:
    """All combinations; a name and what makes the array."""
    return [
        (f"{dtype} {shape} {layout}", lambda d=dtype, s=shape, k=layout: array(d, s, k))  # type: ignore[misc]
        for dtype, shape, layout in itertools.product(DTYPES, SHAPES, LAYOUTS)
    ]


# -- things that are no arrays ----------------------------------------------------------------


class Raises:
    """Every protocol raises."""

    def _fail(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("hostile")

    __array__ = __float__ = __len__ = __iter__ = __getitem__ = __index__ = __int__ = __bool__ = _fail


class Gives:
    """An array interface that gives what it is told to."""

    def __init__(self, given: Any) -> None:
        self.given = given

    def __array__(self, *_: Any, **__: Any) -> Any:
        return self.given


class FloatLike:
    def __init__(self, given: Any) -> None:
        self.given = given

    def __float__(self) -> Any:
        return self.given


class Long:
    def __len__(self) -> int:
        return 2**62

    def __getitem__(self, k: int) -> float:
        return 1.0


class Exits:
    def __array__(self, *_: Any, **__: Any) -> Any:
        raise SystemError("hostile")


class StrangeFloat(float):
    def __float__(self) -> float:
        raise RuntimeError("hostile")

    def __add__(self, other: Any) -> float:
        return 7.0


class StrangeInt(int):
    def __index__(self) -> int:
        return 99


class StrangeArray(np.ndarray):
    def __array_finalize__(self, obj: Any) -> None:
        if getattr(self, "ready", False):
            raise RuntimeError("hostile")

    def __len__(self) -> int:
        return -1

    @property
    def shape(self) -> Any:
        return (10**9,)

    def __array_function__(self, *_: Any) -> Any:
        raise RuntimeError("hostile")

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("hostile")


class StrangeDict(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        return [("x", 1.0), ("x", 2.0)]

    def __getitem__(self, key: Any) -> Any:
        raise KeyError(key)


class StrangeList(list):  # type: ignore[type-arg]
    def __len__(self) -> int:
        return 10**6

    def __iter__(self) -> Any:
        raise RuntimeError("hostile")


class StrangeStr(str):
    def __str__(self) -> str:
        raise RuntimeError("hostile")

    def __repr__(self) -> str:
        raise RuntimeError("hostile")


def _cyclic_list() -> Any:
    made: list[Any] = [1.0]
    made.append(made)
    return made


def _cyclic_dict() -> Any:
    made: dict[str, Any] = {"x": 1.0}
    made["d"] = [made]
    return made


def _deep(levels: int) -> Any:
    made: Any = 1.0
    for _ in range(levels):
        made = [made]
    return made


def _cyclic_object_array() -> Any:
    made = np.empty(1, object)
    made[0] = made
    return made


def _masked(*mask: bool) -> Any:
    return np.ma.masked_array([1.0, 2.0, 3.0], mask)


NAMES = {"datetime": datetime, "decimal": decimal, "fractions": fractions, "pd": pd, "scipy": scipy}

ODD: list[tuple[str, Make]] = [
    (text, lambda t=text: eval(t, {**globals(), **NAMES}))  # type: ignore[misc]
    for text in (
        "None", "True", "np.True_", "3", "-0.0", "2**63", "2**64", "-2**63", "-2**63-1", "10**400", "1e400", "float('nan')", "1j", "'x'",
        "''", "b'x'", "bytearray(b'x')", "memoryview(b'12345678')", "memoryview(np.ones(3))", "...", "NotImplemented", "object()", "object",
        "len", "np", "np.sum", "lambda: 0", "(k for k in range(3))", "iter([1.0])", "range(3)", "range(0)", "range(10**30)", "range(-3, 3, 2)",
        "slice(3)", "{1.0, 2.0}", "frozenset()", "set()", "[]", "()", "{}", "[[]]", "[()]", "[[], []]", "[1.0, [2.0]]", "[[1.0], [2.0, 3.0]]",
        "[1.0, None]", "[1.0, 'x']", "['x', 'y']", "[None]", "[True, False]", "[True, 2]", "[1, 2.5]", "[10**30]", "[1.0, 10**400]", "[1j, 2.0]",
        "(1.0, (2.0, (3.0,)))", "[np.ones(2), np.ones(3)]", "[np.ones(2), 1.0]", "[np.float32(1), np.int8(2)]", "[np.array(1.0), np.array(2.0)]",
        "{'a': {'b': {'c': 1.0}}}", "{'a': np.ones(2), 'b': [1.0, 'x']}", "{1: 2.0}", "{1.5: 2.0}", "{None: 1.0}", "{(1, 2): 3.0}",
        "{float('nan'): 1.0}", "{b'x': 1.0}", "{object(): 1.0}", "{True: 1.0, 'True': 2.0}", "{'': 1.0}", "{'*/': 1.0}", "{np.int64(3): 1.0}",
        "_cyclic_list()", "_cyclic_dict()", "_deep(50)", "_deep(5000)", "_deep(100000)", "_cyclic_object_array()", "Raises()", "[Raises()]",
        "{'x': Raises()}", "Exits()", "Gives(None)", "Gives('x')", "Gives(np.ones(3))", "Gives([1.0, 2.0, 3.0])", "Gives(np.ones((1,) * 7))",
        "Gives(np.ones(3) * 1j)", "Gives(np.float64(2.0))", "Gives(3)", "FloatLike(2.0)", "FloatLike('x')", "FloatLike(None)", "[FloatLike(2.0)]",
        "Long()", "StrangeFloat(2.0)", "StrangeInt(2)", "np.ones(3).view(StrangeArray)", "StrangeDict(x=1.0)", "StrangeList([1.0, 2.0, 3.0])",
        "StrangeStr('x')", "{StrangeStr('x'): 1.0}", "[StrangeFloat(2.0), 1.0]", "decimal.Decimal('1.5')", "fractions.Fraction(3, 2)",
        "[decimal.Decimal(1), decimal.Decimal(2)]", "datetime.datetime(2020, 1, 1)", "datetime.date(2020, 1, 1)", "datetime.timedelta(1)",
        "np.datetime64('2020')", "np.timedelta64(3, 's')", "np.datetime64('NaT')", "np.longdouble(1.5)", "np.float16(1.5)", "np.complex64(1)",
        "np.uint64(2**64 - 1)", "np.array([2**64 - 1], 'u8')", "np.array([2**63], 'u8')", "np.int64(-2**63)", "np.array([np.nan, np.inf])",
        "np.array([-0.0])", "np.array([5e-324])", "np.longdouble('1e4000')", "np.array(['1e4000'], 'g')", "np.str_('x')", "np.bytes_(b'x')", "np.void(b'x')",
        "np.matrix([[1.0, 2.0]])", "np.rec.array([(1.0, 2)], dtype=[('x', 'f8'), ('y', 'i4')])", "np.chararray((2,))", "np.array({'x': 1})",
        "np.array(None)", "np.array([None, 1.0])", "np.array([[1.0], [2.0, 3.0]], dtype=object)", "np.ones(3).flat", "np.nditer(np.ones(3))",
        "_masked(False, True, False)", "_masked(False, False, False)", "_masked(True, True, True)", "np.ma.masked", "np.ma.masked_array(1.0)",
        "scipy.sparse.eye(3)", "scipy.sparse.eye(3).tocsr()", "scipy.sparse.coo_matrix((2, 3))", "scipy.sparse.dok_array((3, 3))", "scipy.sparse.csr_array(np.eye(3))",
        "pd.Series([1.0, 2.0, 3.0])", "pd.Series([1, 2, 3])", "pd.Series([True, False])", "pd.Series(['x', 'y'])", "pd.Series([], dtype=float)",
        "pd.Series([1, None])", "pd.Series([1, None], dtype='Int64')", "pd.Series([1, 2], dtype='Int64')", "pd.Series([1.5, None], dtype='Float64')",
        "pd.Series([1.5, 2.5], dtype='Float64')", "pd.Series([True, None], dtype='boolean')", "pd.Series([True, False], dtype='boolean')",
        "pd.Series(['x', None], dtype='string')", "pd.Series(['x', 'y'], dtype='category')", "pd.Series([1, 2], dtype='category')",
        "pd.Series(pd.to_datetime(['2020', None]))", "pd.Series(pd.to_timedelta([1, 2]))", "pd.Series([1.0, 2.0], index=[5, 5])",
        "pd.Series(pd.arrays.SparseArray([0.0, 1.0]))", "pd.Series(pd.interval_range(0, 2))", "pd.Series([1j])", "pd.NA", "pd.NaT", "pd.Timestamp('2020')",
        "pd.Interval(0, 1)", "pd.Index([1.0, 2.0])", "pd.RangeIndex(3)", "pd.MultiIndex.from_tuples([(1, 2)])", "pd.Categorical([1, 2])", "pd.DataFrame()",
        "pd.DataFrame({'x': [1.0, 2.0]})", "pd.DataFrame({'x': [1.0], 'y': ['z']})", "pd.DataFrame([[1.0, 2.0]])", "pd.DataFrame({'x': [1, None]}, dtype='Int64')",
        "pd.DataFrame([[1.0, 2.0]], columns=['x', 'x'])", "pd.DataFrame({('a', 'b'): [1.0]})", "pd.DataFrame({'x': [1.0]}).groupby('x')", "pd.array([1, None])", "pd.array([1.0, 2.0])",
        "np.lib.stride_tricks.as_strided(np.ones(1), (3,), (0,))", "np.broadcast_to(1.0, (2, 3))", "np.broadcast_to(1.0, (10**12,))", "np.zeros((0, 10**9))", "np.zeros((10**9, 0, 10**9))", "np.frombuffer(bytes(16))", "np.frombuffer(b'12345678', 'f8')",
        "np.arange(3.0)[::-1]", "np.asfortranarray(np.ones((2, 3)))", "np.ones(3, '>f8')", "np.ones(3).astype('>i4')", "np.dtype('f8')", "np.float64", "np.finfo(float)", "np.random.default_rng(0)",
        "Exception('x')", "type", "int", "super", "property()", "[...]", "{'x': ...}", "[range(3)]", "[range(3), range(2)]", "{'x': range(3)}", "[{'x': 1.0}, {'x': 2.0}]", "[[1.0, 2.0], [3.0, 4.0]]", "[(1.0, 2.0), [3.0, 4.0]]", "((1, 2), (3, 4))", "[[[1.0]]]", "[1.0] * 1000", "tuple(range(2000))", "['x'] * 300", "{str(k): 1.0 for k in range(300)}",
    )
]  # fmt: skip
