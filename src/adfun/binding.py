"""Data and parameters as the compiler sees them: a structure of leaves, and the values of the leaves.

    describe("y", np.zeros((5, 1)))        tree   Leaf("y", "array", F64, (False, True))
                                           values {"y": array}
    describe("d", {"w": 2.0, "k": "a"})    tree   {"w": Leaf("d['w']", "scalar", F64), "k": "a"}
                                           values {"d['w']": 2.0}

A tree mirrors Python's containers: dict, list and tuple with, at the ends, a `Leaf` (known when data are
bound), a `str`, `None` or other known constant (known when compiling), or `Unusable` (an error if it is
ever looked at).  Rules:

  float, int, bool and NumPy scalars, 0-d arrays     Leaf of kind "scalar"
  arrays up to rank 6, anything with `__array__`     Leaf of kind "array"
  a list of plain numbers, a range                   Leaf of kind "array" with `sequence` set: a Python list,
                                                     but its length is not part of the signature
  tuple; list of anything else; dict; data frame     a container (a data frame is a dict of its columns)
  a leaf whose name is in `known`                    its value: a Python number or an array

Whatever holds numbers becomes float64, int64 or bool, in C order.  What decides a compiled module is the
`Signature`: names, containers, dtypes, ranks, which axes have length 1, and known constants.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import numbers
import sys
from collections.abc import Container, Iterable, Mapping
from typing import Any, Literal, Union

import numpy as np

from adfun.diagnostics.errors import ArgumentError
from adfun.ir.types import B1, F64, I64, Type
from adfun.records import dataclass, field

MAX_RANK = 6
DTYPES: dict[Type, type[np.generic]] = {F64: np.float64, I64: np.int64, B1: np.bool_}

LeafValue = Union[float, int, bool, "np.ndarray[Any, np.dtype[Any]]"]
"""A scalar leaf's value is a Python number, an array leaf's a C-contiguous array of the leaf's dtype."""

Tree = Any
"""A `Leaf`, `Unusable` or known constant, or a dict, list or tuple of trees."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number or an array whose value comes when data (or parameters) are bound."""

    name: str
    """How Python would write it: `y`, `data['a'][0]`.  Unique within data and parameters together."""
    kind: Literal["scalar", "array"]
    dtype: Type
    ones: tuple[bool, ...] = ()
    """For each axis, whether its length is exactly 1 (it broadcasts); empty for a scalar."""
    sequence: bool = False
    """Whether Python sees a list of numbers here, not a NumPy array."""

    @property
    def rank(self) -> int:
        return len(self.ones)


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something that cannot be compiled; an error only if the objective looks at it."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Described:
    """One argument: its structure and, by leaf name, the values."""

    tree: Tree
    values: dict[str, LeafValue] = field(default_factory=dict)

    @property
    def leaves(self) -> list[Leaf]:
        """The leaves in order, left to right."""
        return leaves_of(self.tree)


@dataclass(frozen=True, slots=True)
class Signature:
    """What a compiled module depends on, as canonical JSON text; equal signatures share a module."""

    text: str

    @staticmethod
    def of(data: Mapping[str, Described], params: Mapping[str, Described]) -> Signature:
        """The signature of all arguments of an objective."""
        sides = [[[name, _plain(d.tree)] for name, d in side.items()] for side in (data, params)]
        return Signature(json.dumps(sides, separators=(",", ":")))

    def unordered(self) -> Signature:
        """The same for arguments given in any order; modules do not depend on that."""
        sides = [sorted(side, key=lambda arg: str(arg[0])) for side in json.loads(self.text)]
        return Signature(json.dumps(sides, separators=(",", ":")))

    def __str__(self) -> str:
        sides = zip(("params", "data"), reversed(json.loads(self.text)), strict=True)
        listed = ((side, ", ".join(f"{n}: {_short(plain)}" for n, plain in args)) for side, args in sides)
        return "; ".join(f"{side} ({args})" for side, args in listed)

    def difference(self, other: Signature) -> str:
        """The first argument in which `other` differs from this one, in words; empty if they are equal."""
        sides = zip(("data", "params"), json.loads(self.text), json.loads(other.text), strict=True)
        for side, mine, theirs in sides:
            if [name for name, _ in mine] != [name for name, _ in theirs]:
                return f"{side} names: compiled for {[n for n, _ in mine]}, got {[n for n, _ in theirs]}"
            for (name, old), (_, new) in zip(mine, theirs, strict=True):
                if old != new:
                    return f"{side} {name!r}: compiled for {_words(old)}, got {_words(new)}"
        return ""


def digest_of(side: Mapping[str, Described]) -> str:
    """sha256 of the structure and the values of arguments, whatever their order."""
    digest = hashlib.sha256()
    for name, described in sorted(side.items()):
        digest.update(json.dumps([name, _plain(described.tree)]).encode())
        for value in described.values.values():
            digest.update(repr(np.shape(value)).encode() + np.asarray(value).tobytes())
    return digest.hexdigest()


def leaves_of(tree: Tree) -> list[Leaf]:
    """All leaves of a tree, left to right."""
    if isinstance(tree, Leaf):
        return [tree]
    if isinstance(tree, (list, tuple)):
        return [leaf for part in tree for leaf in leaves_of(part)]
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves_of(part)]
    return []


def describe(name: str, value: Any, known: Container[str] = ()) -> Described:
    """The structure and leaves of one data argument.

    Raises ArgumentError, which names the argument, the reason and the remedy.
    """
    values: dict[str, LeafValue] = {}
    try:
        return Described(_tree(name, value, values, known), values)
    except RecursionError:
        raise _refuse(name, "it contains itself, or is nested too deeply", "pass it in parts") from None
    except ArgumentError:
        raise
    except Exception as error:  # of a class of the user's, that is asked for its numbers or items
        raise _refuse(name, f"it cannot be read ({_said(error)})", "pass numbers and arrays") from error


def _said(error: Exception) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def describe_param(name: str, value: Any) -> Described:
    """The structure and leaves of one parameter: every leaf is a float64 scalar or array."""
    described = describe(name, value)
    for leaf in described.leaves:
        if leaf.dtype is B1:
            raise _refuse(leaf.name, "it is boolean", "parameters are real numbers; put it into data")
        described.values[leaf.name] = _to_float(described.values[leaf.name])
    return Described(_as_param(name, described.tree), described.values)


def _as_param(name: str, tree: Tree) -> Tree:
    match tree:
        case Leaf():
            return Leaf(tree.name, tree.kind, F64, tree.ones)
        case SparseMatrix():
            raise _refuse(name, "a sparse matrix is no parameter", "pass the elements that are as an array")
        case dict():
            return type(tree)({key: _as_param(f"{name}[{key!r}]", part) for key, part in tree.items()})
        case list() | tuple():
            return type(tree)(_as_param(f"{name}[{i}]", part) for i, part in enumerate(tree))
    raise _refuse(name, f"{_shorten(tree)} is no number", "parameters are numbers; put it into data")


def _to_float(value: LeafValue) -> LeafValue:
    return value.astype(np.float64) if isinstance(value, np.ndarray) else float(value)


def check_names(what: str, given: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse arguments that are missing or unknown."""
    problems = {
        "missing": [name for name in wanted if name not in given],
        "unknown": [name for name in given if name not in wanted],
    }
    words = [f"{word} {', '.join(map(repr, names))}" for word, names in problems.items() if names]
    if words:
        raise ArgumentError(f"{what}: {'; '.join(words)}; the names are {', '.join(wanted)}")


# -- from values to trees ---------------------------------------------------------------------


def _tree(name: str, value: Any, values: dict[str, LeafValue], known: Container[str]) -> Tree:
    if value is None or isinstance(value, str):
        return str(value) if isinstance(value, str) else None
    if isinstance(value, (bool, int, float, np.generic)):
        return _scalar(name, value, values, known)
    if _is_frame(value):
        return Frame({key: _column(name, key, column, values, known) for key, column in value.items()})
    if isinstance(value, Mapping):
        return {_key(name, k): _tree(f"{name}[{k!r}]", v, values, known) for k, v in value.items()}
    if isinstance(value, range) or (isinstance(value, list) and _is_numbers(value)):
        array = np.array(value) if len(value) else np.zeros(0)
        return _array(name, array, values, known, sequence=True)
    if isinstance(value, (list, tuple)):
        parts = [_tree(f"{name}[{i}]", v, values, known) for i, v in enumerate(value)]
        return parts if isinstance(value, list) else tuple(parts)
    if hasattr(value, "tocsr") and hasattr(value, "nnz"):
        return _sparse(name, value, values)
    if hasattr(value, "__array__"):
        _refuse_lookalikes(name, value)
        array = np.asarray(value)
        if array.ndim == 0:
            return _tree(name, array[()], values, known)
        return _array(name, array, values, known)
    if isinstance(value, numbers.Real):
        return _scalar(name, float(value), values, known)
    raise _refuse(name, f"a {type(value).__name__} cannot be compiled", _remedy(value))


def _scalar(name: str, value: Any, values: dict[str, LeafValue], known: Container[str]) -> Tree:
    array = _convert(name, np.asarray(value))
    number: float | int | bool = array.item()
    if name in known:
        return number
    values[name] = number
    return Leaf(name, "scalar", _type_of(array))


def _array(
    name: str, value: Any, values: dict[str, LeafValue], known: Container[str], *, sequence: bool = False
) -> Tree:
    array = _convert(name, value)
    if array.ndim > MAX_RANK:
        raise _refuse(name, f"it has {array.ndim} axes", f"reshape it to at most {MAX_RANK} axes")
    array = np.require(array, requirements=["C", "A"])
    if name in known:
        return array.tolist() if sequence else array
    values[name] = array
    return Leaf(name, "array", _type_of(array), tuple(size == 1 for size in array.shape), sequence)


def _convert(name: str, array: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[Any]]:
    """The same numbers as float64, int64 or bool."""
    kind = array.dtype.kind
    if kind == "b":
        return array
    if kind == "i" or (kind == "u" and array.dtype.itemsize < 8):
        return array.astype(np.int64, copy=False)
    if kind == "u":
        if array.size and int(array.max()) > np.iinfo(np.int64).max:
            raise _refuse(name, "an unsigned integer does not fit into 64 signed bits", "use floats")
        return array.astype(np.int64)
    if kind == "f":
        return array.astype(np.float64, copy=False)
    raise _refuse(name, *_KINDS.get(kind, (f"dtype {array.dtype} cannot be compiled", "use numbers")))


_KINDS = {
    "c": ("it holds complex numbers", "pass real and imaginary parts as two arrays"),
    "O": ("it holds Python objects (dtype object)", "convert it: np.asarray(x, dtype=float)"),
    "U": ("it is an array of strings", "encode it as integers, as by np.unique(x, return_inverse=True)"),
    "S": ("it is an array of bytes", "encode it as integers, as by np.unique(x, return_inverse=True)"),
    "T": ("it is an array of strings", "encode it as integers, as by np.unique(x, return_inverse=True)"),
    "M": ("it holds dates", "pass numbers, such as (x - x[0]) / np.timedelta64(1, 'D')"),
    "m": ("it holds time differences", "pass numbers, such as x / np.timedelta64(1, 'D')"),
    "V": ("it is a structured array", "pass its fields, as {name: x[name] for name in x.dtype.names}"),
}


def _type_of(array: np.ndarray[Any, np.dtype[Any]]) -> Type:
    return {"b": B1, "i": I64, "f": F64}[array.dtype.kind]


def _is_numbers(items: list[Any]) -> bool:
    """Whether a list holds plain numbers only, all of them truth values or none."""
    kinds = {type(item) for item in items}
    return kinds <= {bool} or kinds <= {np.bool_} or kinds <= _NUMBER_TYPES


_NUMBER_TYPES = {int, float, *np.sctypeDict.values()} - {
    t for t in np.sctypeDict.values() if not issubclass(t, (np.integer, np.floating))
}


class Frame(dict[Any, Any]):
    """The columns of a data frame, by name."""


class SparseMatrix(dict[Any, Any]):
    """What a matrix of `scipy.sparse` is made of: arrays, numbers of rows and columns, and by which class."""


def _sparse(name: str, value: Any, values: dict[str, LeafValue]) -> Tree:
    if value.ndim != 2:
        raise _refuse(name, f"it has {value.ndim} axes", "a sparse matrix has two")
    form = value.format if value.format in ("csr", "csc") else "csr"
    compressed = value if form == value.format else value.tocsr()
    parts = {"data": compressed.data, "indices": compressed.indices, "indptr": compressed.indptr}
    return SparseMatrix(
        {
            "made by": type(compressed).__name__,
            "turned to": "" if form == value.format else f"to{value.format}",
            **{key: _array(f"{name}.{key}", part, values, ()) for key, part in parts.items()},
            "rows": _scalar(f"{name}.rows", value.shape[0], values, ()),
            "columns": _scalar(f"{name}.columns", value.shape[1], values, ()),
        }
    )


def _is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "items") and hasattr(value, "iloc")


def _column(name: str, key: Any, column: Any, values: dict[str, LeafValue], known: Container[str]) -> Tree:
    """A column of a data frame; one that holds no numbers matters only if it is used."""
    leaf = f"{name}[{_key(name, key)!r}]"
    try:
        return _tree(leaf, column, values, known)
    except ArgumentError as error:
        return Unusable(leaf, str(error))


def _key(name: str, key: Any) -> Any:
    if isinstance(key, (str, int, bool, type(None))) or (isinstance(key, float) and math.isfinite(key)):
        return key
    if isinstance(key, np.generic):
        return _key(name, key.item())
    if isinstance(key, tuple):
        return tuple(_key(name, part) for part in key)
    raise _refuse(name, f"a key of the dict is a {type(key).__name__}", "use strings or numbers as keys")


def _refuse_lookalikes(name: str, value: Any) -> None:
    """Array-likes whose meaning would change if they were taken for plain arrays."""
    masked = sys.modules.get("numpy.ma")  # which NumPy imports when it is first asked for
    if masked is not None and isinstance(value, masked.MaskedArray):
        raise _refuse(name, "it is a masked array", "pass x.data and x.mask as two arrays")
    if isinstance(value, np.matrix):
        raise _refuse(name, "it is an np.matrix", "convert it: np.asarray(x)")


def _remedy(value: Any) -> str:
    if isinstance(value, complex):
        return "pass real and imaginary part as two numbers"
    if callable(value):
        return "functions belong to the source: let the objective refer to it by name"
    return "pass numbers, strings, None, arrays, and lists, tuples or dicts of these"


def _refuse(name: str, reason: str, remedy: str) -> ArgumentError:
    return ArgumentError(f"argument {name}: {reason}; instead: {remedy}")


# -- signatures -------------------------------------------------------------------------------


def kind_of(tree: dict[Any, Any]) -> str:
    """What a dict of parts is."""
    return "frame" if isinstance(tree, Frame) else "sparse" if isinstance(tree, SparseMatrix) else "dict"


def _plain(tree: Tree) -> Any:
    """A tree as JSON values; different trees give different values."""
    match tree:
        case Leaf():
            return ["leaf", tree.kind, tree.dtype.value, [int(one) for one in tree.ones], int(tree.sequence)]
        case Unusable():
            return ["unusable"]
        case dict():
            kind = kind_of(tree)
            return [kind, [[repr(key), _plain(part)] for key, part in tree.items()]]
        case list() | tuple():
            return [type(tree).__name__, [_plain(part) for part in tree]]
        case np.ndarray():
            return ["known array", tree.dtype.str, list(tree.shape), tree.tobytes().hex()]
    return ["known", type(tree).__name__, tree.hex() if isinstance(tree, float) else tree]


def _words(plain: Any) -> str:
    """What a signature says about an argument, for an error message."""
    match plain:
        case ["leaf", "scalar", dtype, *_]:
            return f"a scalar of type {_DTYPE_WORDS[dtype]}"
        case ["leaf", _, dtype, ones, sequence]:
            what = "a list" if sequence else "an array"
            sizes = ", ".join("1" if one else ":" for one in ones)
            note = " (an axis of length 1 broadcasts, so it is part of the signature)" if any(ones) else ""
            return f"{what} of {_DTYPE_WORDS[dtype]} of shape ({sizes}){note}"
        case [("dict" | "frame") as kind, items]:
            name = "dict" if kind == "dict" else "data frame"
            return f"a {name} of " + _some(f"{key}: {_words(part)}" for key, part in items)
        case [("list" | "tuple") as kind, parts]:
            return f"a {kind} of {len(parts)}: " + _some(_words(part) for part in parts)
        case ["known", _, value]:
            return _shorten(value)
    return str(plain[0])


def _some(words: Iterable[str]) -> str:
    """The first few of a list of words."""
    first = list(itertools.islice(words, 9))
    return ", ".join(first if len(first) < 9 else [*first[:8], "..."])


def _short(plain: Any) -> str:
    """An argument of a signature, as it is written for `adfun precompile --signature`."""
    match plain:
        case ["leaf", "scalar", dtype, *_]:
            return _DTYPE_NAMES[dtype]
        case ["leaf", _, dtype, _, 1]:
            return f"list[{_DTYPE_NAMES[dtype]}]"
        case ["leaf", _, dtype, ones, _]:
            return f"{_DTYPE_NAMES[dtype]}[{', '.join('1' if one else ':' for one in ones)}]"
        case ["dict" | "frame", items]:
            return "{" + ", ".join(f"{key}: {_short(part)}" for key, part in items) + "}"
        case ["tuple", parts]:
            return "(" + "".join(f"{_short(part)}, " for part in parts) + ")"
        case ["list", parts]:
            return "[" + ", ".join(_short(part) for part in parts) + "]"
        case ["known", _, value]:
            return repr(value)
    return "..."


_DTYPE_NAMES = {"f64": "float64", "i64": "int64", "b1": "bool"}
_DTYPE_WORDS = {"f64": "float", "i64": "int", "b1": "bool"}


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
