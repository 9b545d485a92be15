"""What the user holds: a compiled objective with its data."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import adfun._core as _core
import adfun.processors as processors
from adfun.binding import Described, Signature, describe_param, digest_of
from adfun.diagnostics.errors import ArgumentError
from adfun.locks import Lock
from adfun.parameters import Parameters, Vector
from adfun.program import ORDERS, Order, Part, Parts, Program
from adfun.records import dataclass
from adfun.snapshot import Snapshot, inputs_of


class ADFun:
    """An objective of the parameters, with exact derivatives.

    par    the start vector of the parameters (n,); where functions are evaluated when no x is given
    names  a name for every element of it
    fn     fn(x=None) -> float
    gr     gr(x=None) -> gradient, a fresh array (n,)
    fn_gr  fn_gr(x=None) -> (float, array (n,)), as `minimize(..., jac=True)` wants it
    he     he(x=None) -> the exact Hessian, a fresh array (n, n), symmetric
    hvp    hvp(x, v) -> the exact product (n,) of the Hessian at x and a vector v (n,)

    What he, hvp and report need is compiled when they are first called.
    Data are copied when the object is made.  All functions may be called from many threads at once.
    """

    __slots__ = (
        "__weakref__", "_data", "_origin", "_par", "_parameters", "_parts", "_reported", "_threads",
        "fn", "fn_gr", "gr", "he", "hvp", "names",
    )  # fmt: skip

    fn: _core.Value
    gr: _core.Gradient
    fn_gr: _core.Pair
    he: _core.Hessian
    hvp: _core.Product

    def __init__(
        self,
        program: Program,
        data: Mapping[str, Described],
        params: Mapping[str, Described],
        parts: Parts | None = None,
        threads: int = 1,
    ) -> None:
        self._parts = Parts(program) if parts is None else parts
        self._parameters = Parameters.of(params)
        self._data = Snapshot({leaf: value for d in data.values() for leaf, value in d.values.items()})
        self._threads = threads
        self._par = self._parameters.pack(params)
        self.names: list[str] = self._parameters.names()
        part = self._parts.get("gr")
        inputs = inputs_of(part, self._parameters, self._data)
        self._data.replace_in(data)
        self._origin = _Origin(self._parts.program, data, self._parameters, self._par, threads)
        value, gradient = (_bound(part, name, inputs, threads) for name in ("fn", "gr"))
        common = (self._par, converter(self.names), self._origin.member)
        self.fn, self.gr, self.fn_gr = _core.first_order(value, gradient, *common)
        later = _Later(self._parts, self._parameters, self._data, threads, Lock())
        self.he = _core.hessian(partial(later.load, "he"), *common)
        self.hvp = _core.product(partial(later.load, "hvp"), *common)
        self._reported = _core.report(partial(later.load, "report"), *common)

    def report(self, x: ArrayLike | None = None) -> dict[str, Any]:
        """What `adfun.report(name=value)` inside the objective named, at x; of equal names the last."""
        found = self._reported(x)
        names = self._parts.get("report").layout.reports
        return {names[number]: array[()] for number, array in found}

    def flatten(self, params: Mapping[str, Any]) -> Vector:
        """The vector (n,) of a dict of parameters like the one the objective was made with."""
        return self._parameters.flatten(params)

    def unflatten(self, x: ArrayLike | None = None) -> dict[str, Any]:
        """The dict of parameters that a vector (n,) stands for."""
        return self._parameters.unflatten(self.par if x is None else converter(self.names)(x, "x"))

    def with_data(self, data: Mapping[str, Any], params: Mapping[str, Any] | None = None) -> ADFun:
        """The same compiled objective with other data (and other start values): sizes may differ.

        Raises ArgumentError when names, types, ranks or axes of length 1 are not those compiled for.
        """
        program = self._parts.program
        described = program.describe_data(data)
        start = self.unflatten() if params is None else params
        if list(start) != list(self._parameters.trees):
            raise ArgumentError(f"parameters are {list(self._parameters.trees)}, got {list(start)}")
        described_start = {name: describe_param(name, value) for name, value in start.items()}
        given = Signature.of(described, described_start).unordered()
        difference = program.signature.unordered().difference(given)
        if difference:
            remedy = "instead: call make_ad_fun with these data"
            raise ArgumentError(f"other kind of data: {difference}\n  {remedy}")
        parts = self._parts.fitting(described, described_start)
        return ADFun(parts.program, described, described_start, parts, self._threads)

    def export(self, path: str | os.PathLike[str], orders: Iterable[Order] = ORDERS) -> Path:
        """Write the compiled objective, without data, for `adfun.load`: a new directory inside `path`.

        orders  which modules: "gr" (value and gradient, always), "hvp", "he", "report"
        """
        wanted = dict.fromkeys(("gr", *orders))
        parts: dict[Order, Part] = {order: self._parts.get(order) for order in wanted}
        return self._parts.program.export(Path(path), parts)

    @property
    def par(self) -> Vector:
        """The start vector of the parameters, a fresh copy."""
        return np.array(self._par)

    @property
    def cpp(self) -> str:
        """The C++ text of all modules compiled so far."""
        return "\n".join(part.text() for part in self._parts.made())

    def digest(self) -> str:
        """sha256 of source, signature, data and start values: what decides all results."""
        data, start = self._origin.arguments()
        parts = [self._parts.program.digest, digest_of(data), digest_of(start)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def __copy__(self) -> ADFun:
        return ADFun(self._parts.program, *self._origin.arguments(), self._parts, self._threads)

    def __deepcopy__(self, memo: dict[int, Any]) -> ADFun:
        return self.__copy__()

    def __reduce__(self) -> tuple[Callable[..., ADFun], tuple[Any, ...]]:
        return self._origin.pickled()

    def __repr__(self) -> str:
        part = self._parts.get("gr")
        how = part.found if part.hit else f"compiled in {part.seconds:.2f} s"
        sizes = [f"{name} {self._data.shape(name)}" for name in part.layout.data if name in self._data.values]
        count = len(self.names)
        about = f"{count} parameter{'' if count == 1 else 's'}: {_some(self.names)}"
        return f"<adfun {self._parts.program.name}: {about}; data: {_some(sizes) or 'scalars'}; {how}>"


@dataclass(frozen=True, slots=True, eq=False)
class _Later:
    """What compiles and binds he, hvp and report; it does not hold the object, which holds it."""

    parts: Parts
    parameters: Parameters
    data: Snapshot
    threads: int
    lock: Lock

    def load(self, order: Order) -> tuple[_core.Bound, list[int]]:
        """The function, and where its directions stand in the flat vector, if it has them of its own."""
        with self.lock:
            part = self.parts.get(order, self.parameters.few() if order == "he" else None)
            inputs = inputs_of(part, self.parameters, self.data)
            bound = _bound(part, order, inputs, self.threads)
        unit = any(function.unit for function in part.layout.functions)
        return bound, self.parameters.places(part.layout.params) if unit else []


@dataclass(frozen=True, slots=True, eq=False)
class _Origin:
    """What an object, or one of its functions, is made of: for copies and for pickle."""

    program: Program
    data: Mapping[str, Described]
    parameters: Parameters
    par: Vector
    threads: int

    def arguments(self) -> tuple[dict[str, Described], dict[str, Described]]:
        """Data and start values, described anew."""
        data = {name: Described(d.tree, dict(d.values)) for name, d in self.data.items()}
        start = self.parameters.unflatten(self.par)
        return data, {name: describe_param(name, value) for name, value in start.items()}

    def pickled(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """What `pickle` makes the object from."""
        return self.program.pickled(*self.arguments(), self.threads)

    def member(self, name: str) -> tuple[Any, ...]:
        """What `pickle` makes the object's function of this name from."""
        restore, state = self.pickled()
        return _member, (restore, state, name)


def _member(restore: Callable[..., Any], state: tuple[Any, ...], name: str) -> Any:
    return getattr(restore(*state), name)


def _bound(part: Part, name: str, inputs: _core.Inputs, threads: int) -> _core.Bound:
    layout = part.function(name)
    return _core.Bound(
        part.library,
        name,
        inputs,
        values=sum(layout.values),
        gradients=sum(layout.gradients),
        last=layout.gradients[-1] if layout.gradients else 0,
        slots=layout.slots,
        growable=layout.growable,
        fail=part.fail,
        threads=threads if threads == 1 else min(threads, processors.available()),
    )


def converter(names: list[str]) -> Callable[[Any, str], Vector]:
    """What makes a vector of whatever a user passes for x, when it is not one already."""
    size = len(names)

    def convert(value: Any, argument: str) -> Vector:
        if isinstance(value, Mapping):
            raise ArgumentError(f"{argument} is a dict; instead: pass obj.flatten({argument})")
        try:
            array = np.asarray(value)
        except ValueError:
            raise ArgumentError(f"{argument} is no vector: its parts have different lengths") from None
        except Exception as error:  # of a class of the user's, that is asked for its numbers
            raise ArgumentError(f"{argument} cannot be read: {type(error).__name__}: {error}") from error
        if array.dtype.kind not in "fiub":
            raise ArgumentError(f"{argument} must hold real numbers, not {_what(value, array)}")
        if array.shape != (size,) and not (size == 1 and array.ndim == 0):
            message = f"{argument} has shape {array.shape}, expected ({size},): {_some(names)}"
            raise ArgumentError(message)
        return np.require(array.reshape(size), np.float64, ["C", "A"])

    return convert


def _what(value: Any, array: NDArray[Any]) -> str:
    if array.dtype.kind == "O":
        return f"objects such as {_shown(array.flat[0])}" if array.size else "objects"
    return f"{array.dtype}" if array.ndim else _shown(value)


def _shown(value: Any) -> str:
    try:
        return f"{value!r:.40}"
    except Exception:  # a class of the user's
        return f"a {type(value).__name__}"


def _some(names: list[str]) -> str:
    return ", ".join(names if len(names) <= 8 else [*names[:6], "...", names[-1]])
