"""Arrays known while compiling that the objective writes to: they and all their views move to memory.

x = np.arange(4.0)          x and z are NumPy arrays, known now, which share their elements
z = x[1:]
z[0] = a                    from here on x is a run-time array, and z a view of it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from adfun.frontend.arrays import core
from adfun.frontend.functions import FunctionValue
from adfun.frontend.machine import Env, Machine
from adfun.frontend.stage import Restart, Stage
from adfun.frontend.values import (
    Alias,
    Array,
    DictValue,
    ListValue,
    Maybe,
    Method,
    Partial,
    Value,
    Vectorized,
)
from adfun.ir.nodes import Index, Operand, i64

Known = np.ndarray[Any, np.dtype[Any]]


def write(m: Machine, array: Known) -> NoReturn:
    """Have the statement evaluated again, with the array in memory."""
    sharing = [v for v in held(m) if _owner(v) is _owner(array)]
    if not sharing:
        m.stage.fail(
            "this array cannot be written to",
            "no name in the objective holds it",
            remedy="copy it first, and change the copy: x = x.copy()",
        )
    raise Restart(min(sharing, key=lambda v: _birth(m.stage, v)))


def promote(m: Machine, cell: Known) -> None:
    """Put a known array, and every array that shares its elements, in memory: where it was made."""
    stage, owner = m.stage, _owner(cell)
    if stage.outside_region(cell):
        raise Restart(cell)
    flat = owner.ravel(order="K")
    if not np.shares_memory(flat, owner) and owner.size:
        stage.fail(
            "this array cannot be written to", "its elements are scattered", remedy="copy it: x.copy()"
        )
    whole = core.from_numpy(stage, owner if owner.flags.c_contiguous else flat)
    stage.born(whole)
    for view in {id(v): v for v in held(m) if _owner(v) is owner}.values():
        replace(m, view, _view(stage, whole, owner, view))
    core.mutable(stage, whole)


def _view(stage: Stage, whole: Array, owner: Known, view: Known) -> Array:
    """A view as elements of the array that is in memory."""
    same = view.dtype == owner.dtype and view.shape == owner.shape and view.strides == owner.strides
    if same and owner.flags.c_contiguous:
        return whole
    if view.dtype != owner.dtype:
        stage.fail(
            "an array that is seen as another type cannot be written to", "here", remedy="copy it: x.copy()"
        )
    first = view.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    start, *steps = (n // owner.itemsize for n in (first, *view.strides))
    size = i64(owner.size)

    def locate(index: Index) -> Index:
        position: Operand = i64(start)
        for i, step in zip(index, steps, strict=True):
            position = stage.iadd(position, stage.imul(i, i64(step)))
        stage.bound(position, size)
        return (position,)

    made = Array(whole.elem, tuple(i64(n) for n in view.shape), Alias(whole, locate))
    stage.born(made)
    return made


def _owner(array: Known) -> Known:
    """The array whose memory this is."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _birth(stage: Stage, cell: Known) -> int:
    """The number of regions (loops, branches) that contain the birth of a cell."""
    return next((k + 1 for k in range(len(stage.frames) - 1, -1, -1) if id(cell) in stage.frames[k].born), 0)


# -- what names and containers hold -----------------------------------------------------------


def environments(m: Machine) -> Iterator[Env]:
    seen: set[int] = set()
    for env in (*m.stack, m.env):
        chain: Env | None = env
        while chain is not None and id(chain) not in seen:
            seen.add(id(chain))
            yield chain
            chain = chain.parent


def held(m: Machine) -> list[Known]:
    """All known arrays that can be reached."""
    found: list[Known] = []
    seen: set[int] = set()
    todo = [value for env in environments(m) for value in env.names.values()]
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            found.append(value)
        todo += _parts(value)
    return found


def _parts(value: Value) -> list[Value]:
    match value:
        case Maybe():
            return [value.value]
        case ListValue():
            return value.items
        case DictValue():
            return list(value.items.values())
        case tuple():
            return list(value)
    return []


def outlives(m: Machine, cell: Value, result: Value) -> bool:
    """Whether what calls the function under evaluation can reach a list, dict or object: by a name, or as a
    part of the result."""
    inner = m.env
    envs = [env for env in environments(m) if env is not inner]
    seen: set[int] = set()
    todo = [result, *(value for env in envs for value in env.names.values())]
    while todo:
        value = todo.pop()
        if value is cell:
            return True
        if id(value) in seen:
            continue
        seen.add(id(value))
        todo += _parts(value)
        match value:
            case Method():
                todo.append(value.owner)
            case Partial():
                todo += [value.function, *value.args, *value.kwargs.values()]
            case Vectorized():
                todo.append(value.function)
            case FunctionValue():
                todo += [value.owner, *value.defaults, *value.kw_defaults.values()]
                env: Env | None = value.closure
                while env is not None:
                    todo += env.names.values()
                    env = env.parent
    return False


def replace(m: Machine, old: Any, new: Any) -> None:
    """Let every name and container that holds `old` hold `new`."""
    seen: set[int] = set()
    for env in environments(m):
        for name, value in env.names.items():
            env.names[name] = _replaced(value, old, new, seen)


def _replaced(value: Value, old: Any, new: Any, seen: set[int]) -> Value:
    if value is old:
        return new
    if isinstance(value, Maybe):
        return Maybe(_replaced(value.value, old, new, seen), value.bound, value.none)
    if isinstance(value, (ListValue, DictValue)):
        if id(value) in seen:
            return value
        seen.add(id(value))
    if isinstance(value, ListValue):
        value.items = [_replaced(v, old, new, seen) for v in value.items]
    elif isinstance(value, DictValue):
        value.items = {k: _replaced(v, old, new, seen) for k, v in value.items.items()}
    elif type(value) is tuple:
        parts = tuple(_replaced(v, old, new, seen) for v in value)
        return value if all(p is v for p, v in zip(parts, value, strict=True)) else parts
    return value
