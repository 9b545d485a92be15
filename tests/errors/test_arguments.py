"""What is said about arguments that do not fit: names, data, parameters and x."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import adfun
from adfun import ArgumentError

SOURCE = "def objective(a, y):\n    return a * a * y\n"
IGNORES = "import numpy as np\ndef objective(a, y):\n    return a * a * np.sum(y)\n"


def _of(data: Any, params: Any, **options: Any) -> Callable[[], Any]:
    return lambda: adfun.make_ad_fun(SOURCE, data, params, **options)


REFUSED: list[tuple[str, Callable[[], Any], str]] = [
    ("missing", _of({}, {"a": 1.0}), "objective() misses 'y'; instead: give them in data or params"),
    ("unknown", _of({"y": 1.0, "z": 1}, {"a": 1.0}), "objective() has no argument 'z'; it has: a, y"),
    ("doubled", _of({"y": 1.0, "a": 1}, {"a": 1.0}), "given as data and as parameters: a"),
    ("integer name", _of({"y": 1.0, 3: 1}, {"a": 1.0}), "objective() has no argument 3"),
    ("data a list", _of([1.0], {"a": 1.0}), "data: a list has no names; instead: give a dict"),
    ("params None", _of({"y": 1.0}, None), "params: a NoneType has no names; instead: give a dict"),
    ("complex", _of({"y": 1.0}, {"a": 1j}), "argument a"),
    ("text as parameter", _of({"y": 1.0}, {"a": "1"}), "argument a"),
    ("None as parameter", _of({"y": 1.0}, {"a": None}), "argument a"),
    ("complex array", _of({"y": 1.0}, {"a": np.ones(2) * 1j}), "argument a"),
    ("7 axes", _of({"y": 1.0}, {"a": np.ones((1,) * 7)}), "argument a"),
    ("threads", _of({"y": 1.0}, {"a": 1.0}, threads=0), "threads: 0 is no positive number"),
    ("target", _of({"y": 1.0}, {"a": 1.0}, target="arm"), "target: 'arm' is unknown; instead: 'native'"),
    ("show", _of({"y": 1.0}, {"a": 1.0}, show="asm"), "show: 'asm' is no stage; instead: 'ir'"),
    (
        "entry",
        _of({"y": 1.0}, {"a": 1.0}, entry="f"),
        "entry: <source> has no function 'f'; there are: objective",
    ),
    (
        "no file",
        lambda: adfun.make_ad_fun("no_such.py", {}, {}),
        "source: the file 'no_such.py' cannot be read",
    ),
    ("a number", lambda: adfun.make_ad_fun(3, {}, {}), "source: a int cannot be compiled; instead: give"),
]


@pytest.mark.parametrize(("call", "message"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_argument_error(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert message in str(caught.value)


BAD_DATA: list[tuple[str, Any]] = [
    ("objects", np.array([1.0, None], dtype=object)),
    ("sparse with one axis", scipy.sparse.coo_array(np.ones(3))),
    ("masked", np.ma.masked_array([1.0, 2.0], [False, True])),
    ("complex", np.ones(2) * 1j),
    ("7 axes", np.ones((1,) * 7)),
    ("text array", np.array(["a", "b"])),
    ("dates", np.array(["2020-01-01"], dtype="datetime64[D]")),
    ("a function", len),
    ("huge integer", 10**30),
    ("an object", object()),
]


@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in BAD_DATA])
def test_bad_data(value: Any) -> None:
    """Data that cannot be compiled are refused where they are used, with the argument's name."""
    with pytest.raises((ArgumentError, adfun.CompileError)) as caught:
        adfun.make_ad_fun(IGNORES, {"y": value}, {"a": 1.0})
    text = str(caught.value)
    assert "argument y" in text or "--> <source>:3" in text
    assert "instead: " in text


@pytest.fixture(scope="module")
def obj() -> adfun.ADFun:
    source = "import numpy as np\ndef objective(v):\n    return np.sum(v * v)\n"
    return adfun.make_ad_fun(source, {}, {"v": np.ones(3)})


BAD_X: list[tuple[str, Any, str]] = [
    ("too short", np.ones(2), "x has shape (2,), expected (3,): v[0], v[1], v[2]"),
    ("2-D", np.ones((1, 3)), "x has shape (1, 3), expected (3,)"),
    ("a number", 1.0, "x has shape (), expected (3,)"),
    ("complex", np.ones(3) * 1j, "x must hold real numbers, not complex128"),
    ("text", ["a", "b", "c"], "x must hold real numbers"),
    ("objects", [1.0, None, 2.0], "x must hold real numbers, not objects such as"),
    ("ragged", [1.0, [2.0, 3.0], 4.0], "x is no vector: its parts have different lengths"),
    ("dict", {"v": np.ones(3)}, "x is a dict; instead: pass obj.flatten(x)"),
]


@pytest.mark.parametrize(("x", "message"), [pytest.param(*row[1:], id=row[0]) for row in BAD_X])
@pytest.mark.parametrize("function", ["fn", "gr", "fn_gr"])
def test_bad_x(obj: adfun.ADFun, function: str, x: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        getattr(obj, function)(x)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "x", [[1, 2, 3], np.array([1, 2, 3], np.float32), np.arange(6.0)[::2], (True, 2, 3.5)]
)
def test_x_of_other_kinds(obj: adfun.ADFun, x: Any) -> None:
    assert obj.fn(x) == pytest.approx(float(np.sum(np.asarray(x, np.float64) ** 2)))


def test_data_may_be_changed_inside() -> None:
    """An objective that writes to its data works on a copy: the data and later calls do not see it."""
    source = "def objective(a, y):\n    y[0] += 1.0\n    return a * y[0]\n"
    y = np.zeros(2)
    made = adfun.make_ad_fun(source, {"y": y}, {"a": 2.0})
    assert [made.fn(), made.fn()] == [2.0, 2.0]
    assert y[0] == 0.0
