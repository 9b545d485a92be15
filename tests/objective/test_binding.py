"""What data and parameters become: trees of leaves, values, signatures, and errors that say what to do."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from adfun.binding import Leaf, Signature, Unusable, describe, describe_param
from adfun.diagnostics.errors import ArgumentError
from adfun.ir.types import B1, F64, I64, Type
from adfun.parameters import Parameters


@pytest.mark.parametrize(
    ("value", "dtype", "number"),
    [
        (2.5, F64, 2.5),
        (3, I64, 3),
        (True, B1, True),
        (np.float32(1.5), F64, 1.5),
        (np.int8(-4), I64, -4),
        (np.uint64(7), I64, 7),
        (np.bool_(False), B1, False),
        (np.array(2.0), F64, 2.0),
        (np.array(5, np.uint8), I64, 5),
        (np.longdouble(0.25), F64, 0.25),
        (Fraction(1, 4), F64, 0.25),
    ],
)
def test_scalars(value: Any, dtype: Type, number: Any) -> None:
    described = describe("k", value)
    assert described.tree == Leaf("k", "scalar", dtype)
    assert described.values == {"k": number} and type(described.values["k"]) is type(number)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (np.arange(6.0).reshape(2, 3), F64),
        (np.arange(6).reshape(2, 3).T, I64),
        (np.arange(12.0).reshape(2, 6)[:, ::-2], F64),
        (np.arange(6, dtype=">i4").reshape(3, 2), I64),
        (np.arange(6, dtype=np.float16).reshape(3, 2), F64),
        (np.array([[True, False]] * 2), B1),
        (np.asfortranarray(np.ones((2, 3))), F64),
        (np.broadcast_to(1.0, (2, 2)), F64),
        (np.frombuffer(bytes(33), np.uint8)[1:].view(float).reshape(2, 2), F64),
        (np.zeros((0, 3)), F64),
    ],
)
def test_arrays_become_c_contiguous_and_keep_their_numbers(value: Any, dtype: Type) -> None:
    described = describe("x", value)
    assert described.tree == Leaf("x", "array", dtype, (False, False))
    array = described.values["x"]
    assert isinstance(array, np.ndarray) and array.flags.c_contiguous and array.flags.aligned
    assert array.dtype == {F64: np.float64, I64: np.int64, B1: np.bool_}[dtype]
    np.testing.assert_array_equal(array, value)


def test_axes_of_length_one_are_told_apart() -> None:
    leaf = describe("x", np.zeros((1, 4, 1))).tree
    assert leaf == Leaf("x", "array", F64, (True, False, True)) and leaf.rank == 3


def test_containers() -> None:
    described = describe("d", {"a": [np.ones(2), 3], "b": (1.0, "s", None), 7: {"c": np.ones(1)}})
    assert described.tree == {
        "a": [Leaf("d['a'][0]", "array", F64, (False,)), Leaf("d['a'][1]", "scalar", I64)],
        "b": (Leaf("d['b'][0]", "scalar", F64), "s", None),
        7: {"c": Leaf("d[7]['c']", "array", F64, (True,))},
    }
    assert list(described.values) == ["d['a'][0]", "d['a'][1]", "d['b'][0]", "d[7]['c']"]
    assert [leaf.name for leaf in described.leaves] == list(described.values)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ([1, 2], I64),
        ([1, 2.5], F64),
        ([True, False], B1),
        ([], F64),
        (range(3), I64),
        ([np.float64(1), 2], F64),
    ],
)
def test_a_list_of_numbers_is_one_leaf_of_any_length(value: Any, dtype: Type) -> None:
    leaf = describe("x", value).tree
    assert leaf == Leaf("x", "array", dtype, (False,), sequence=True)


def test_lists_of_other_things_are_containers() -> None:
    assert isinstance(describe("x", [[1, 2], [3]]).tree, list)
    assert isinstance(describe("x", [True, 2.0]).tree, list)
    assert describe("x", (3, 4)).tree == (Leaf("x[0]", "scalar", I64), Leaf("x[1]", "scalar", I64))


def test_pandas() -> None:
    frame = pd.DataFrame({"y": [1.0, 2.0], "k": [1, 2], "name": ["a", "b"]})
    tree = describe("d", frame).tree
    assert tree["y"] == Leaf("d['y']", "array", F64, (False,))
    assert tree["k"] == Leaf("d['k']", "array", I64, (False,))
    assert isinstance(tree["name"], Unusable) and "d['name']" in tree["name"].reason
    assert describe("y", frame["y"]).tree == Leaf("y", "array", F64, (False,))


def test_known_leaves_are_part_of_the_tree() -> None:
    described = describe("d", {"k": 3, "w": np.ones(2)}, known={"d['k']"})
    assert described.tree["k"] == 3 and "d['k']" not in described.values


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.ones(2) * 1j, "complex numbers; instead: pass real and imaginary parts"),
        (1j, "a complex cannot be compiled; instead: pass real and imaginary part"),
        (np.array([None]), r"Python objects \(dtype object\); instead: convert it"),
        (np.array(["a"]), "array of strings; instead: encode it"),
        (np.array(["2020-01-01"], "M8[D]"), "it holds dates"),
        (np.array([1], "m8[D]"), "time differences"),
        (np.zeros(2, [("a", float)]), "structured array"),
        (np.zeros((1,) * 7), "it has 7 axes; instead: reshape it to at most 6"),
        (np.ma.masked_array([1.0], [True]), "masked array"),
        (np.matrix([[1.0]]), r"np\.matrix"),
        (np.array([2**63], np.uint64), "does not fit into 64 signed bits"),
        (2**80, "Python objects|does not fit"),
        (scipy.sparse.coo_array(np.ones(3)), "it has 1 axes; instead: a sparse matrix has two"),
        (len, "functions belong to the source"),
        ({1, 2}, "a set cannot be compiled"),
        (b"bytes", "a bytes cannot be compiled"),
        (object(), "a object cannot be compiled"),
        ({frozenset(): 1}, "a key of the dict is a frozenset"),
    ],
)
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_what_cannot_be_compiled_is_refused_with_name_reason_and_remedy(value: Any, words: str) -> None:
    with pytest.raises(ArgumentError, match=f"argument the_name.*: .*{words}"):
        describe("the_name", value)
    with pytest.raises(ArgumentError, match=r"argument outer\[0\]"):
        describe("outer", (value,))


def test_inputs_are_not_modified_or_copied_without_need() -> None:
    x = np.arange(5.0)
    assert describe("x", x).values["x"] is x


def test_parameters_are_float64() -> None:
    assert describe_param("a", 3).tree == Leaf("a", "scalar", F64)
    assert describe_param("b", [1, 2]).tree == Leaf("b", "array", F64, (False,))
    assert describe_param("c", np.zeros((2, 0), int)).tree == Leaf("c", "array", F64, (False, False))
    nested = describe_param("d", {"u": 1, "v": [np.ones(2), 1]})
    assert [leaf.name for leaf in nested.leaves] == ["d['u']", "d['v'][0]", "d['v'][1]"]
    for bad, words in ((True, "boolean"), ("s", "no number"), (None, "no number"), ([True], "boolean")):
        with pytest.raises(ArgumentError, match=f"argument p.*{words}"):
            describe_param("p", bad)


def signature(data: dict[str, Any], params: dict[str, Any]) -> Signature:
    return Signature.of(
        {name: describe(name, value) for name, value in data.items()},
        {name: describe_param(name, value) for name, value in params.items()},
    )


def test_signatures_are_equal_when_a_module_can_be_shared() -> None:
    base = signature({"y": np.ones(5), "k": 2, "s": "a", "l": [1, 2]}, {"a": 1.0, "b": np.ones(3)})
    same = signature({"y": np.zeros(9), "k": 7, "s": "a", "l": [5] * 4}, {"a": 2, "b": [1.0] * 8})
    assert base == same and hash(base) == hash(same) and base.difference(same) == ""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"y": np.ones(1), "s": "a"}, "data 'y': .*an axis of length 1 broadcasts"),
        ({"y": np.ones(5, int), "s": "a"}, "data 'y': compiled for an array of float .* got an array of int"),
        ({"y": np.ones((5, 5)), "s": "a"}, r"got an array of float of shape \(:, :\)"),
        ({"y": 1.0, "s": "a"}, "got a scalar of type float"),
        ({"y": np.ones(5), "s": "b"}, "data 's': compiled for 'a', got 'b'"),
        ({"y": np.ones(5)}, r"data names: compiled for \['y', 's'\], got \['y'\]"),
        ({"y": [1.0, 2.0], "s": "a"}, "got a list of float"),
        ({"y": (1.0,), "s": "a"}, "got a tuple of 1: a scalar"),
        ({"y": {"u": 1}, "s": "a"}, "got a dict of 'u': a scalar of type int"),
    ],
)
def test_signatures_say_how_they_differ(data: dict[str, Any], words: str) -> None:
    base = signature({"y": np.ones(5), "s": "a"}, {"a": 1.0})
    other = signature(data, {"a": 1.0})
    assert base != other
    with pytest.raises(ArgumentError, match=words):
        raise ArgumentError(base.difference(other))


def test_parameters_there_and_back() -> None:
    params = {"a": 1.5, "b": np.arange(6.0).reshape(2, 3), "c": {"u": [2.0], "v": (1, 2)}, "e": np.zeros(0)}
    described = {name: describe_param(name, value) for name, value in params.items()}
    parameters = Parameters.of(described)
    x = parameters.pack(described)
    np.testing.assert_array_equal(x, [1.5, 0, 1, 2, 3, 4, 5, 2, 1, 2])
    assert parameters.names() == [
        "a",
        *(f"b[{i},{j}]" for i in range(2) for j in range(3)),
        *("c['u'][0]", "c['v'][0]", "c['v'][1]"),
    ]
    back = parameters.unflatten(x)
    assert list(back) == list(params) and back["c"]["v"] == (1.0, 2.0) and back["e"].shape == (0,)
    np.testing.assert_array_equal(parameters.flatten(back), x)
    with pytest.raises(ArgumentError, match="parameter c has another structure"):
        parameters.flatten({**params, "c": {"u": [2.0]}})
