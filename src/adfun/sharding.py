"""One objective over more rows than one machine holds: a sum over parts of the data, wherever they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

import adfun.processors as processors
from adfun.diagnostics.errors import ArgumentError
from adfun.lazy import load
from adfun.objective import ADFun, converter
from adfun.parameters import Vector


class _Parts(Protocol):
    """The objective for every part of the data."""

    def each(self, name: str, *args: Vector) -> list[Any]:
        """What a function of theirs gives, part by part."""
        ...


class _Here:
    """Parts in this process, evaluated on threads."""

    def __init__(self, objects: list[ADFun]) -> None:
        self._objects = objects
        threads = min(len(objects), processors.available())
        futures = load("concurrent.futures")
        self._map = futures.ThreadPoolExecutor(threads).map if threads > 1 else map

    def each(self, name: str, *args: Vector) -> list[Any]:
        return list(self._map(lambda obj: getattr(obj, name)(*args), self._objects))


class _There:
    """Parts on the workers of a Dask cluster: x goes there, values and derivatives come back."""

    def __init__(self, client: Any, futures: list[Any]) -> None:
        self._client = client
        self._futures = futures

    def each(self, name: str, *args: Vector) -> list[Any]:
        called = [self._client.submit(_call, part, name, args, pure=False) for part in self._futures]
        found: list[Any] = self._client.gather(called)
        return found


def _call(obj: ADFun, name: str, args: tuple[Vector, ...]) -> Any:
    return getattr(obj, name)(*args)


def _bound(obj: ADFun, data: Mapping[str, Any]) -> ADFun:
    return obj.with_data(data)


class Sharded:
    """A sum of one objective over parts of the data: made by `shard`, used like the object itself.

    par, names; fn(x), gr(x), fn_gr(x), he(x), hvp(x, v), where x is `par` when it is not given.

    The parts are added one after the other in their order, so results are the same bits wherever they are
    evaluated.  From the object with all rows they differ by rounding alone.
    """

    __slots__ = ("_convert", "_once", "_par", "_parts", "_places", "names")

    def __init__(self, obj: ADFun, parts: _Parts, once: ADFun | None) -> None:
        self.names = list(obj.names)
        self._par = obj.par
        self._convert = converter(self.names)
        self._parts = parts
        self._once = once
        self._places = _places(self.names, once)

    @property
    def par(self) -> Vector:
        """The start vector of the parameters, a fresh copy."""
        return np.array(self._par)

    def fn(self, x: ArrayLike | None = None) -> float:
        """The value at x."""
        value, point = 0.0, self._point(x)
        for part in self._parts.each("fn", point):
            value += part
        return value if self._once is None else value + self._once.fn(point[self._places])

    def gr(self, x: ArrayLike | None = None) -> Vector:
        """The gradient (n,) at x."""
        return self.fn_gr(x)[1]

    def fn_gr(self, x: ArrayLike | None = None) -> tuple[float, Vector]:
        """Value and gradient (n,) at x: from every part come n + 1 numbers."""
        value, point = 0.0, self._point(x)
        gradient = np.zeros(point.size)
        for part, slope in self._parts.each("fn_gr", point):
            value += part
            gradient += slope
        if self._once is not None:
            part, slope = self._once.fn_gr(point[self._places])
            value += part
            gradient[self._places] += slope
        return value, gradient

    def he(self, x: ArrayLike | None = None) -> NDArray[np.float64]:
        """The exact Hessian (n, n) at x."""
        point = self._point(x)
        hessian = np.zeros((point.size, point.size))
        for part in self._parts.each("he", point):
            hessian += part
        if self._once is not None:
            hessian[np.ix_(self._places, self._places)] += self._once.he(point[self._places])
        return hessian

    def hvp(self, x: ArrayLike | None, v: ArrayLike) -> Vector:
        """The exact product (n,) of the Hessian at x and a vector v (n,)."""
        point, direction = self._point(x), self._convert(v, "v")
        product = np.zeros(point.size)
        for part in self._parts.each("hvp", point, direction):
            product += part
        if self._once is not None:
            product[self._places] += self._once.hvp(point[self._places], direction[self._places])
        return product

    def _point(self, x: ArrayLike | None) -> Vector:
        return self._par if x is None else self._convert(x, "x")


def _places(names: list[str], once: ADFun | None) -> NDArray[np.intp]:
    """Where the parameters of what is added once are among all."""
    own = [] if once is None else once.names
    unknown = [name for name in own if name not in names]
    if unknown:
        listed = ", ".join(names)
        raise ArgumentError(f"once: the objective has no parameters {', '.join(unknown)}, only {listed}")
    return np.array([names.index(name) for name in own], np.intp)


def shard(obj: ADFun, parts: Iterable[Any], client: Any = None, *, once: ADFun | None = None) -> Sharded:
    """The sum of an objective over parts of the data, which together may be larger than a machine's memory.

    obj     the objective for some of the rows, such as the first part: it brings the model and the start
    parts   dicts of data, like those of `obj.with_data`; with a client, also futures of such dicts, as
            client.submit(load_part, path) makes them: those data never come here
    client  of a Dask cluster (dask.distributed.Client), where the parts stay; None: here, on threads
    once    an objective of some of the same parameters that is added once: a prior, a penalty

    The objective must be a sum over rows, so that it is the sum of what it is for disjoint parts of them.
    A term without rows (a prior on the parameters, a penalty) would be counted for every part: leave it out
    of the objective and give it as `once`.  What is no sum over rows, such as a mean or a likelihood of
    dependent rows, cannot be sharded.
    """
    parts = list(parts)
    if not parts:
        raise ArgumentError("parts: there are none; instead: give the data of each part")
    if client is None:
        made: _Parts = _Here([obj.with_data(data) for data in parts])
    else:
        model = client.scatter(obj, broadcast=True)
        placed = [part if hasattr(part, "key") else client.scatter(part, hash=False) for part in parts]
        made = _There(client, [client.submit(_bound, model, data, pure=False) for data in placed])
    return Sharded(obj, made, once)
