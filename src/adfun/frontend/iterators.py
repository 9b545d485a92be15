"""`itertools` and `operator`, sorting by a key, and sets: functions that take or give sequences."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.frontend.arrays import core, extent
from adfun.frontend.budget import ITEMS, fits
from adfun.frontend.builtins import to_list
from adfun.frontend.containers import subscript
from adfun.frontend.machine import Env, Machine
from adfun.frontend.operators import binary, compare, from_python_value, new_list, unary
from adfun.frontend.refs import Ref
from adfun.frontend.sequences import ENDLESS, countable, iteration, known_count
from adfun.frontend.values import Partial, RangeValue, Sequence, Value, as_python, is_known
from adfun.ir.nodes import Operand, i64
from adfun.primitives import arithmetic as a

Handler = Callable[..., Value]


def items_of(m: Machine, value: Value, what: str) -> list[Value]:
    """The items of an iterable whose number has to be known."""
    items = countable(m, value)
    if isinstance(items, Sequence):
        m.stage.fail(f"{what} needs a known number of items", "here", remedy="write it as a loop")
    return [m.settle(v) for v in items]


# -- itertools --------------------------------------------------------------------------------


def accumulate(m: Machine, values: Value, func: Value = None, *, initial: Value = None) -> Value:
    items = iteration(m, values)
    if isinstance(items, Sequence) and func is None and initial is None:
        return m.call(Ref("numpy.cumsum"), [to_list(m, values)])
    if isinstance(items, Sequence) and known_count(items) is None:
        return _accumulated(m, items, Ref("operator.add") if func is None else func, initial)
    results: list[Value] = [] if initial is None else [initial]
    for item in items_of(m, values, "itertools.accumulate"):
        if not results:
            results.append(item)
        elif func is None:
            results.append(m.settle(binary(m, ast.Add, results[-1], item)))
        else:
            results.append(m.settle(m.call(func, [results[-1], item])))
    return tuple(results)


SCAN = ast.parse("for item in values:\n    total = function(total, item)\n    results.append(total)")


def _accumulated(m: Machine, items: Sequence, function: Value, initial: Value) -> Value:
    """itertools.accumulate over a run-time sequence, as a loop."""
    if initial is None:
        present = m.stage.op(a.ilt, items.start, items.stop)
        m.stage.check(present, "ValueError", "itertools.accumulate of no items, without an initial value")
        initial = items.item(items.start)
        items = Sequence(m.stage.iadd(items.start, i64(1)), items.stop, items.item)
    first = m.settle(initial)
    names = {"values": items, "function": function, "total": first, "results": new_list(m, [first])}
    env = Env(names, m.env, None, set())
    with m.within(env, m.source):
        m.exec_block(SCAN.body)
    return env.names["results"]


def chain(m: Machine, *values: Value) -> Value:
    parts = [countable(m, value) for value in values]
    if not any(isinstance(part, Sequence) for part in parts):
        return tuple(item for part in parts if isinstance(part, list) for item in part)
    made: Value = new_list(m, [])
    for value, part in zip(values, parts, strict=True):
        more = to_list(m, value) if isinstance(part, Sequence) else new_list(m, part)
        made = binary(m, ast.Add, made, more)
    return made


def chained(m: Machine, values: Value) -> Value:
    return chain(m, *items_of(m, values, "itertools.chain"))


def pairwise(m: Machine, values: Value) -> Value:
    items = iteration(m, values)
    if not isinstance(items, Sequence):
        return tuple(itertools.pairwise(items))
    last = m.stage.isub(items.stop, i64(1))
    return Sequence(items.start, last, lambda k: (items.item(k), items.item(m.stage.iadd(k, i64(1)))))


def _selected(name: str) -> Handler:
    """combinations, permutations: of positions, whatever the items are."""

    def handler(m: Machine, values: Value, *numbers: Value, **options: Value) -> Value:
        if name == "combinations" and (*numbers, *options.values()) == (2,):
            items = countable(m, values)
            if isinstance(items, Sequence):
                return _pairs(m, items)
        items = items_of(m, values, f"itertools.{name}")
        known = {k: as_python(v) for k, v in options.items()}
        chosen = getattr(itertools, name)(range(len(items)), *(as_python(v) for v in numbers), **known)
        places = list(itertools.islice(chosen, ITEMS + 1))
        fits(m.stage, len(places))
        return tuple(tuple(items[k] for k in place) for place in places)

    return handler


def _pairs(m: Machine, items: Sequence) -> Sequence:
    """Every item with every later one."""
    count = extent.range_length(m.stage, RangeValue(items.start, items.stop, 1))
    places = m.call(Ref("numpy.triu_indices"), [core.wrap(count), 1])
    first, second = (core.as_array(m.stage, place) for place in places)

    def item(k: Operand) -> Value:
        positions = (core.at(m.stage, place, (k,)) for place in (first, second))
        return tuple(items.item(m.stage.iadd(items.start, position)) for position in positions)

    return Sequence(i64(0), first.shape[0], item)


def product(m: Machine, *values: Value, repeat: Value = 1) -> Value:
    """All combinations, the last factor running fastest."""
    times = int(m.stage.known_value(repeat, "the number of repetitions"))
    factors = [countable(m, v) for v in values]
    if not any(isinstance(f, Sequence) for f in factors):
        listed = [items_of(m, v, "itertools.product") for v in values]
        fits(m.stage, math.prod(map(len, listed)) ** min(times, 64))
        return tuple(itertools.product(*listed, repeat=times))
    spread = [f if isinstance(f, Sequence) else _positions(m, f) for f in factors] * times
    sizes = tuple(extent.range_length(m.stage, RangeValue(f.start, f.stop, 1)) for f in spread)
    total: Operand = i64(1)
    for size in sizes:
        total = m.stage.imul(total, size)

    def item(k: Operand) -> Value:
        places = core.unravel(m.stage, k, sizes)
        return tuple(f.item(m.stage.iadd(f.start, i)) for f, i in zip(spread, places, strict=True))

    return Sequence(i64(0), total, item)


def _positions(m: Machine, items: list[Value]) -> Sequence:
    """Known items, to be looked up by a position that is not."""
    listed = new_list(m, [m.settle(v) for v in items])
    return Sequence(i64(0), i64(len(items)), lambda k: subscript(m, listed, core.wrap(k)))


def zip_longest(m: Machine, *values: Value, fillvalue: Value = None) -> Value:
    columns = [items_of(m, v, "itertools.zip_longest") for v in values]
    return tuple(itertools.zip_longest(*columns, fillvalue=fillvalue))


def repeat(m: Machine, value: Value, times: Value = None) -> Value:
    if times is None:
        return Sequence(i64(0), ENDLESS, lambda k: value)
    number = int(m.stage.known_value(times, "the number of repetitions"))
    fits(m.stage, number)
    return (value,) * number


def count(m: Machine, start: Value = 0, step: Value = 1) -> Value:
    def item(k: Operand) -> Value:
        return binary(m, ast.Add, start, binary(m, ast.Mult, step, core.wrap(k)))

    return Sequence(i64(0), ENDLESS, item)


def cycle(m: Machine, values: Value) -> Value:
    items = items_of(m, values, "itertools.cycle")
    listed = new_list(m, items)

    def item(k: Operand) -> Value:
        place = binary(m, ast.Mod, core.wrap(k), len(items))
        return subscript(m, listed, place)

    return Sequence(i64(0), ENDLESS, item)


# -- indices of arrays ------------------------------------------------------------------------


def ndindex(m: Machine, *shape: Value) -> Value:
    """All indices of an array of this shape, the last one running fastest."""
    sizes = items_of(m, shape[0], "np.ndindex") if len(shape) == 1 and not core.is_number(shape[0]) else shape
    if is_known(tuple(sizes)):
        known = [as_python(n) for n in sizes]
        fits(m.stage, math.prod(known))
        return tuple(np.ndindex(*known))
    extents = [core.operand(m.stage, n, "a size") for n in sizes]
    total: Operand = i64(1)
    for size in extents:
        total = m.stage.imul(total, size)

    def item(k: Operand) -> Value:
        return tuple(core.wrap(i) for i in core.unravel(m.stage, k, tuple(extents)))

    return Sequence(i64(0), total, item)


def ndenumerate(m: Machine, values: Value) -> Value:
    """Every index of an array with its element."""
    array = core.as_array(m.stage, values)
    places = countable(m, ndindex(m, tuple(core.wrap(m.stage.size(n)) for n in array.shape)))
    if isinstance(places, list):
        return tuple((i, subscript(m, array, i)) for i in places)

    def item(k: Operand) -> Value:
        index = places.item(k)
        return index, subscript(m, array, index)

    return Sequence(places.start, places.stop, item)


def starmap(m: Machine, function: Value, values: Value) -> Value:
    rows = items_of(m, values, "itertools.starmap")
    return tuple(m.settle(m.call(function, items_of(m, row, "itertools.starmap"))) for row in rows)


def islice(m: Machine, values: Value, *bounds: Value) -> Value:
    items = items_of(m, values, "itertools.islice")
    return tuple(itertools.islice(items, *(as_python(b) for b in bounds)))


def groupby(m: Machine, values: Value, key: Value = None) -> Value:
    items = items_of(m, values, "itertools.groupby")
    what = "itertools.groupby"
    keys = [as_python(v) for v in items] if key is None else keys_of(m, items, key, what)
    if key is None and not all(is_known(v) for v in items):
        m.stage.fail("itertools.groupby needs known keys", "here", remedy="compute them beforehand")
    runs = itertools.groupby(range(len(items)), key=keys.__getitem__)
    return tuple((name, tuple(items[k] for k in places)) for name, places in runs)


# -- operator ---------------------------------------------------------------------------------


def _binary(op: type) -> Handler:
    return lambda m, x, y: binary(m, op, x, y)


def _compare(op: type) -> Handler:
    return lambda m, x, y: compare(m, op, x, y)


def itemgetter(m: Machine, *places: Value) -> Value:
    return Partial(Ref("operator.itemgetter()"), places, {})


def _picked(m: Machine, *args: Value) -> Value:
    *places, owner = args
    found = tuple(subscript(m, owner, place) for place in places)
    return found[0] if len(found) == 1 else found


# -- sorting ----------------------------------------------------------------------------------


def keys_of(m: Machine, items: list[Value], key: Value, what: str) -> list[Any]:
    """The keys by which items are ordered; they have to be known."""
    keys = items if key is None else [m.settle(m.call(key, [v])) for v in items]
    if not all(is_known(k) for k in keys):
        m.stage.fail(
            f"{what} needs keys that are known when the objective is compiled",
            "these depend on parameters, or are only known at run time",
            remedy="use np.argsort, np.argmin or np.argmax",
        )
    return [as_python(k) for k in keys]


def sorted_(m: Machine, values: Value, *, key: Value = None, reverse: Value = False) -> Value:
    if key is None and is_known(values):
        return from_python_value(m, sorted(as_python(values), reverse=bool(reverse)))
    if key is None:
        result = m.call(Ref("numpy.sort"), [to_list(m, values)])
        return m.call(Ref("numpy.flip"), [result]) if reverse else result
    items = items_of(m, values, "sorted() with a key")
    keys = [m.settle(m.call(key, [v])) for v in items]
    if not all(is_known(k) for k in keys):
        return _sorted_at_run_time(m, items, keys, bool(reverse))
    plain = [as_python(k) for k in keys]
    order = sorted(range(len(items)), key=plain.__getitem__, reverse=bool(reverse))
    return new_list(m, [items[k] for k in order])


def _sorted_at_run_time(m: Machine, items: list[Value], keys: list[Value], reverse: bool) -> Value:
    """The items at places that the keys decide; of equal keys the first item comes first, reversed or not."""
    column = m.call(Ref("numpy.asarray"), [new_list(m, keys)])
    if reverse:
        column = unary(m, ast.USub, column)
    places = m.call(Ref("numpy.argsort"), [column], {"kind": "stable"})
    listed = new_list(m, items)
    return new_list(m, [m.settle(subscript(m, listed, subscript(m, places, k))) for k in range(len(items))])


ITERATORS: dict[str, Handler] = {
    "builtins.sorted": sorted_,
    "itertools.accumulate": accumulate,
    "itertools.chain": chain,
    "itertools.chain.from_iterable": chained,
    "itertools.pairwise": pairwise,
    "itertools.product": product,
    "itertools.zip_longest": zip_longest,
    "itertools.repeat": repeat,
    "itertools.count": count,
    "itertools.cycle": cycle,
    "itertools.groupby": groupby,
    "numpy.nditer": lambda m, x: m.call(Ref("numpy.ravel"), [x]),
    "numpy.ndindex": ndindex,
    "numpy.ndenumerate": ndenumerate,
    "itertools.starmap": starmap,
    "itertools.islice": islice,
    **{
        f"itertools.{name}": _selected(name)
        for name in ("combinations", "permutations", "combinations_with_replacement")
    },
    **{
        f"operator.{name}": _binary(op)
        for name, op in {
            "add": ast.Add,
            "sub": ast.Sub,
            "mul": ast.Mult,
            "truediv": ast.Div,
            "floordiv": ast.FloorDiv,
            "mod": ast.Mod,
            "pow": ast.Pow,
            "matmul": ast.MatMult,
        }.items()
    },
    **{
        f"operator.{name}": _compare(op)
        for name, op in {
            "eq": ast.Eq, "ne": ast.NotEq, "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE,
        }.items()
    },
    "operator.getitem": subscript,
    "operator.neg": lambda m, x: unary(m, ast.USub, x),
    "operator.itemgetter": itemgetter,
    "operator.itemgetter()": _picked,
}  # fmt: skip
