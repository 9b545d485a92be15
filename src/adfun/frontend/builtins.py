"""Built-in functions, and those of other modules that take functions or containers."""

from __future__ import annotations

import ast
from collections.abc import Callable
from collections.abc import Sequence as Sequence_
from functools import partial
from typing import Any

import numpy as np

from adfun.frontend import bindtime, rows
from adfun.frontend.arrays import core, elementwise, extent, overflow
from adfun.frontend.branches import branch
from adfun.frontend.calls import attribute
from adfun.frontend.classes import ClassValue, Super, named_tuple, namespace, overloaded
from adfun.frontend.comprehensions import folded, listed, put_back
from adfun.frontend.containers import subscript
from adfun.frontend.cursors import iter_, next_
from adfun.frontend.functions import FunctionValue
from adfun.frontend.keys import FRAME
from adfun.frontend.machine import VALUE, Flow, Machine
from adfun.frontend.operators import binary, compare, known, new_list, with_recipe
from adfun.frontend.parse import PART
from adfun.frontend.pyclasses import class_of, is_instance
from adfun.frontend.recipes import Apply
from adfun.frontend.refs import Ref, target, user_classes
from adfun.frontend.sequences import ENDLESS, countable, iteration, row, unpack
from adfun.frontend.stage import Frame, recipe_of
from adfun.frontend.values import (
    Array,
    Computed,
    Cursor,
    DictValue,
    Foreign,
    Instance,
    ListValue,
    Partial,
    RangeValue,
    RunList,
    Scalar,
    Sequence,
    Value,
    Vectorized,
    as_python,
    is_known,
)
from adfun.ir.nodes import Const, Operand, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a


def length(m: Machine, value: Value) -> Value:
    made = overloaded(m, value, "len")
    if made is not None:
        return m.length_of_object(made[0])
    if isinstance(value, (Array, np.ndarray)):
        shape = value.shape
        if not shape:
            m.stage.fail("a number has no len()", "here", remedy="give it as an array")
        size = shape[0]
        result = size if isinstance(size, int) else core.wrap(m.stage.size(size))
        return with_recipe(m, result, len, value)
    if isinstance(value, RunList):
        return with_recipe(m, core.wrap(value.count), len, value)
    if isinstance(value, DictValue) and value.factory == FRAME:
        return length(m, next(iter(value.items.values()))) if value.items else 0
    if isinstance(value, (ListValue, DictValue)):
        return len(value.items)
    if isinstance(value, RangeValue):
        return core.wrap(extent.range_length(m.stage, value))
    if isinstance(value, (tuple, str, range, dict, set, frozenset)):
        return len(value)
    if isinstance(value, Foreign):
        return bindtime.length(m, value)
    m.stage.fail("this has no len()", f"it is {core.describe(value)}")


def range_(m: Machine, *args: Value) -> Value:
    if all(is_known(v) for v in args):
        return known(m, range, *args)
    bounds = [core.operand(m.stage, v, "a bound of range()") for v in args]
    if any(b.type is not I64 for b in bounds):
        m.stage.fail("range() takes integers", "this is not an integer", remedy="convert it with int()")
    start, stop = (i64(0), bounds[0]) if len(bounds) == 1 else bounds[:2]
    step = 1
    if len(args) == 3:
        step = args[2] if isinstance(args[2], int) else m.stage.known_value(args[2], "the step of range()")
    recipes = recipe_of(tuple(args))
    recipe = None if recipes is None else Apply("call:builtins.range", bindtime.recipe_parts(recipes))
    return RangeValue(start, stop, int(step), recipe)


def _length_of(m: Machine, items: list[Value] | Sequence) -> Operand:
    if isinstance(items, list):
        return i64(len(items))
    return extent.range_length(m.stage, RangeValue(items.start, items.stop, 1))


def _getter(m: Machine, items: list[Value] | Sequence) -> Callable[[Operand], Value]:
    """item k, counted from zero, of anything that can be iterated over."""
    if isinstance(items, Sequence):
        return lambda k: items.item(m.stage.iadd(items.start, k))
    table = core.as_array(m.stage, new_list(m, items))
    return lambda k: items[int(k.value)] if isinstance(k, Const) else row(m, table, k)


_UNEVEN = "zip() arguments have different lengths"


def zip_(m: Machine, *values: Value, strict: Value = False) -> Value:
    if len({id(v) for v in values if isinstance(v, Cursor)}) < sum(isinstance(v, Cursor) for v in values):
        m.stage.fail("zip() of an iterator with itself is not supported", "here", remedy="use slices")
    parts = [iteration(m, v) for v in values]
    listed = [len(p) for p in parts if isinstance(p, list) and not all(core.is_number(v) for v in p)]
    if listed:
        parts = [p if isinstance(p, list) else _first(m, p, min(listed), strict is True) for p in parts]
    if all(isinstance(p, list) for p in parts):
        if strict is True and len({len(p) for p in parts}) > 1:  # type: ignore[arg-type]
            m.stage.fail("the arguments of zip() differ in length", "here", remedy="leave out strict=True")
        return tuple(zip(*parts, strict=False))
    shortest = _length_of(m, parts[0])
    for part in parts[1:]:
        other = _length_of(m, part)
        if strict is True:
            m.stage.check(m.stage.op(a.ieq, shortest, other), "ValueError", _UNEVEN)
        if not m.stage.same_size(shortest, other):
            shortest = m.stage.op(a.imin, shortest, other)
    getters = [_getter(m, p) for p in parts]
    known = _all_known(parts, lambda found: list(zip(*found, strict=False)))
    return Sequence(i64(0), m.stage.size(shortest), lambda k: tuple(g(k) for g in getters), known)


def _first(m: Machine, items: Sequence, count: int, strict: bool) -> list[Value]:
    """So many items of a run-time sequence: zip() takes them next to a list of that length."""
    length = m.stage.isub(items.stop, items.start)
    enough = m.stage.op(a.ieq if strict else a.ile, i64(count), length)
    m.stage.check(enough, "ValueError", _UNEVEN)
    if strict:
        m.stage.equate(length, i64(count))
    return [items.item(m.stage.iadd(items.start, i64(k))) for k in range(count)]


def _all_known(
    parts: Sequence_[list[Value] | Sequence], combine: Callable[[list[list[Value]]], list[Value]]
) -> Callable[[], list[Value]] | None:
    """All items of a sequence made of others, where all of these are known."""
    if any(isinstance(p, Sequence) and p.known is None for p in parts):
        return None

    def found() -> list[Value]:
        return combine([p if isinstance(p, list) else p.known() if p.known else [] for p in parts])

    return found


def enumerate_(m: Machine, value: Value, start: Value = 0) -> Value:
    items = iteration(m, value)
    if isinstance(items, list):
        return tuple((binary(m, ast.Add, start, k), v) for k, v in enumerate(items))
    offset = core.operand(m.stage, start)

    def item(k: Operand) -> Value:
        number = m.stage.iadd(m.stage.isub(k, items.start), offset)
        return core.wrap(number), items.item(k)

    def numbered(found: list[list[Value]]) -> list[Value]:
        return [(binary(m, ast.Add, start, k), v) for k, v in enumerate(found[0])]

    return Sequence(items.start, items.stop, item, _all_known([items], numbered))


def reversed_(m: Machine, value: Value) -> Value:
    items = iteration(m, value)
    if isinstance(items, list):
        return tuple(reversed(items))
    last = m.stage.isub(m.stage.iadd(items.start, items.stop), i64(1))
    known = _all_known([items], lambda found: found[0][::-1])
    return Sequence(items.start, items.stop, lambda k: items.item(m.stage.isub(last, k)), known)


def map_(m: Machine, function: Value, values: Value, *more: Value) -> Value:
    items = iteration(m, zip_(m, values, *more))
    if isinstance(items, list):
        return tuple(m.settle(m.call(function, list(v))) for v in items)
    return Sequence(items.start, items.stop, lambda k: m.settle(m.call(function, list(items.item(k)))))


def filter_(m: Machine, function: Value, values: Value) -> Value:
    items = countable(m, values)
    kept = []
    if isinstance(items, Sequence):
        m.stage.fail("filter() needs known items", "here", remedy="use a loop with append")
    for item in items:
        keep = m.truth(item if function is None else m.call(function, [item]))
        if not isinstance(keep, Const):
            m.stage.fail("filter() needs conditions that are known when the objective is compiled", "here")
        if keep.value:
            kept.append(item)
    return tuple(kept)


def reduce_(m: Machine, function: Value, values: Value, *initial: Value) -> Value:
    items = iteration(m, values)
    if isinstance(items, Sequence):
        return folded(m, function, items, initial)
    items = [*initial, *items]
    result = items[0]
    for item in items[1:]:
        result = m.settle(m.call(function, [result, item]))
    return result


def sum_(m: Machine, values: Value, start: Value = 0) -> Value:
    items = iteration(m, values)
    if isinstance(items, Sequence):
        if isinstance(values, (Array, RunList)):
            array = core.as_array(m.stage, values)
            total = m.call(Ref("numpy.sum"), [array], {"axis": 0})
            return total if start == 0 else binary(m, ast.Add, start, total)
        values = to_list(m, values)
        return sum_(m, values, start)
    result = start
    for item in items:
        result = m.settle(binary(m, ast.Add, result, item))
    return result


def to_list(m: Machine, value: Value = ()) -> Value:
    items = iteration(m, value)
    if isinstance(items, list):
        return new_list(m, items)
    if isinstance(value, Array):
        copy = core.force(
            m.stage, Array(value.elem, value.shape, Computed(lambda i: core.at(m.stage, value, i)))
        )
        return _run_list(m, copy, copy.shape[0])
    if isinstance(value, RunList):
        if value.form is not None:
            return rows.sliced(m.stage, value, slice(None, None, None))
        return to_list(m, core.as_array(m.stage, value))
    get = _getter(m, items)
    count = _length_of(m, items)
    if count is ENDLESS:
        m.stage.fail("this has no end", "here", remedy="take as many items as there must be by zip()")
    elem = I64 if isinstance(value, RangeValue) else F64
    column = Computed(lambda i: m.stage.convert(core.operand(m.stage, get(i[0])), elem))
    builder = m.stage.builder
    mark = len(builder.scopes[-1].stmts)
    with m.stage.region(Frame(loop=True, level=len(builder.scopes))) as frame:
        filled = core.force(m.stage, Array(elem, (count,), column))
    if not frame.changed:
        return _run_list(m, filled, count)
    put_back(m, frame)
    del builder.scopes[-1].stmts[mark:]
    m.stage.forget()
    return listed(m, items)


def _run_list(m: Machine, array: Array, count: Operand) -> RunList:
    return m.stage.run_list(array, count)


def to_tuple(m: Machine, value: Value = ()) -> Value:
    items = iteration(m, value)
    if isinstance(items, Sequence):
        return to_list(m, value)
    return tuple(m.settle(v) for v in items)


def to_dict(m: Machine, /, *values: Value, **kwargs: Value) -> Value:
    items: dict[Any, Value] = {}
    for value in values:
        if isinstance(value, DictValue):
            items.update(value.items)
        else:
            pairs = iteration(m, value)
            assert isinstance(pairs, list)
            items.update({as_python(k): v for k, v in (unpack(m, p, 2, None) for p in pairs)})
    made = DictValue({**items, **{k: m.settle(v) for k, v in kwargs.items()}})
    m.stage.born(made)
    return made


def _run_time_extreme(m: Machine, name: str, items: Sequence, values: Value, default: Value) -> Value:
    """min() or max() of a run-time number of items; of none the default, where one is given."""

    def reduced() -> Value:
        return m.call(Ref(f"numpy.{name}"), [to_list(m, values)])

    if default is None:
        return reduced()
    some = m.stage.op(a.ilt, i64(0), _length_of(m, items))
    return branch(m, some, lambda: Flow(VALUE, reduced()), lambda: Flow(VALUE, default)).value


def _extreme(name: str, op: type) -> Callable[..., Value]:
    def extreme(m: Machine, *values: Value, key: Value = None, default: Value = None) -> Value:
        items = iteration(m, values[0]) if len(values) == 1 else list(values)
        if key is not None:
            return _extreme_by_key(m, name, values[0] if len(values) == 1 else values, key, default)
        if isinstance(items, Sequence):
            return _run_time_extreme(m, name, items, values[0], default)
        if not items:
            return default
        result = items[0]
        for item in items[1:]:
            if is_known(result) and is_known(item):
                result = item if compare(m, op, item, result) else result
            else:
                result = _better(m, name, op, result, item)
        return result

    return extreme


def _better(m: Machine, name: str, op: type, x: Value, y: Value) -> Value:
    """The y that is less (or greater) than x, else x: which decides where one of them is not a number."""
    for value in (x, y):
        many = isinstance(value, (Array, np.ndarray)) and not all(
            size == 1 if isinstance(size, int) else m.stage.is_one(size) for size in value.shape
        )
        if many:
            label = f"this is {core.describe(value)}"
            m.stage.fail(f"{name}() compares numbers", label, remedy=f"use np.{name}imum, or np.{name}")
    if isinstance(x, Instance) or isinstance(y, Instance):
        better = m.truth(compare(m, op, y, x))
        return branch(m, better, lambda: Flow(VALUE, y), lambda: Flow(VALUE, x)).value
    numbers = core.is_number(x) and core.is_number(y)
    if not numbers or F64 not in (elementwise.element_type(m.stage, v) for v in (x, y)):
        return elementwise.apply(m.stage, f"{name}imum", x, y)
    return elementwise.select(m.stage, compare(m, op, y, x), y, x)


def _extreme_by_key(m: Machine, name: str, values: Value, key: Value, default: Value) -> Value:
    """The first item with the smallest or largest key."""
    items = countable(m, values)
    if isinstance(items, Sequence):
        place = m.call(Ref(f"numpy.arg{name}"), [to_list(m, mapped(m, key, items))])
        return items.item(m.stage.iadd(items.start, core.operand(m.stage, place)))
    if not items:
        return default
    keys = [m.settle(m.call(key, [v])) for v in items]
    if all(is_known(k) for k in keys):
        order = {"min": min, "max": max}[name]
        return items[order(range(len(items)), key=lambda k: as_python(keys[k]))]
    place = m.call(Ref(f"numpy.arg{name}"), [new_list(m, keys)])
    return subscript(m, new_list(m, [m.settle(v) for v in items]), place)


def mapped(m: Machine, function: Value, items: Sequence) -> Sequence:
    """A function of every item."""
    return Sequence(items.start, items.stop, lambda k: m.call(function, [items.item(k)]))


def _all_any(name: str, symbol: str) -> Callable[..., Value]:
    def reduce_truth(m: Machine, values: Value) -> Value:
        items = iteration(m, values)
        if isinstance(items, Sequence):
            return m.call(Ref(f"numpy.{name}"), [to_list(m, values)])
        result: Value = name == "all"
        for item in items:
            truth = core.wrap(m.truth(item))
            if is_known(truth) and is_known(result):
                result = (result and truth) if name == "all" else (result or truth)
            else:
                result = elementwise.binary(m.stage, symbol, result, truth)
        return result

    return reduce_truth


def _cast(type: Type, function: Callable[..., Any]) -> Callable[..., Value]:
    def cast(m: Machine, value: Value = 0, *more: Value) -> Value:
        if is_known(value):
            return known(m, function, value, *more)
        operand = m.truth(value) if type is B1 else core.operand(m.stage, value, "this")
        if type is I64 and not m.in_library():
            operand = overflow.integer(m.stage, operand)
        return with_recipe(m, core.wrap(m.stage.convert(operand, type)), function, value)

    return cast


def abs_(m: Machine, value: Value) -> Value:
    made = overloaded(m, value, "abs")
    if made is not None:
        return made[0]
    return known(m, abs, value) if is_known(value) else elementwise.apply(m.stage, "absolute", value)


def round_(m: Machine, value: Value, digits: Value = None) -> Value:
    if is_known(value):
        return known(m, round, value, digits)
    rounded = m.call(Ref("numpy.round"), [value, 0 if digits is None else digits])
    return rounded if digits is not None else _cast(I64, int)(m, rounded)


def pow_(m: Machine, x: Value, y: Value) -> Value:
    return binary(m, ast.Pow, x, y)


def divmod_(m: Machine, x: Value, y: Value) -> Value:
    return binary(m, ast.FloorDiv, x, y), binary(m, ast.Mod, x, y)


_KINDS: dict[str, Callable[[Value], bool]] = {
    "builtins.object": lambda v: True,
    "builtins.float": lambda v: isinstance(v, float) or (isinstance(v, Scalar) and v.type is F64),
    "builtins.int": lambda v: isinstance(v, int) or (isinstance(v, Scalar) and v.type is I64),
    "builtins.bool": lambda v: isinstance(v, bool) or (isinstance(v, Scalar) and v.type is B1),
    "builtins.str": lambda v: isinstance(v, str),
    "builtins.list": lambda v: isinstance(v, (ListValue, RunList)),
    "builtins.tuple": lambda v: isinstance(v, tuple),
    "builtins.dict": lambda v: isinstance(v, DictValue) and not isinstance(v, Instance),
    "numpy.ndarray": lambda v: (
        isinstance(v, (Array, np.ndarray)) and (isinstance(v, np.ndarray) or v.rank > 0)
    ),
    "numpy.floating": lambda v: isinstance(v, Scalar) and v.type is F64,
    "numpy.float64": lambda v: isinstance(v, Scalar) and v.type is F64,
    "numpy.integer": lambda v: isinstance(v, Scalar) and v.type is I64,
    "numbers.Number": lambda v: core.is_number(v),
    "numbers.Real": lambda v: core.is_number(v),
}


def isinstance_(m: Machine, value: Value, kinds: Value) -> Value:
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        name = kind.name if isinstance(kind, Ref) else ""
        if name in _KINDS and _KINDS[name](value):
            return True
        if not (isinstance(kind, (type, ClassValue)) or (name and isinstance(target(kind), type))):
            label = f"it is {core.describe(kind)}"
            m.stage.fail("isinstance() and patterns take classes", label, remedy="name a class")
        if not name and is_instance(m, value, kind):
            return True
    return False


SELF_MATCHED = frozenset("bool bytes dict float frozenset int list set str tuple".split())


def matched_part(m: Machine, value: Value, cls: Value, k: Value) -> Value:
    """What a positional part of `case cls(...)` is matched with: an attribute, or the value itself."""
    if isinstance(cls, type) and user_classes(cls):
        cls = class_of(m, cls)
    name, parts = "", 0
    if isinstance(cls, ClassValue):
        names = as_python(cls.members.get("__match_args__", tuple(cls.fields)))
        if k < len(names):
            return attribute(m, value, names[k])
        name, parts = cls.name, len(names)
    elif isinstance(cls, Ref):
        name = cls.name.split(".")[-1]
        parts = int(cls.name == f"builtins.{name}" and name in SELF_MATCHED)
        if k < parts:
            return value
    m.stage.fail(
        f"{name}() has {parts} positional parts in a pattern",
        f"this pattern has {k + 1} or more",
        remedy="name the attributes: `case Point(x=0)`",
    )


def callable_(m: Machine, value: Value) -> Value:
    return isinstance(value, (FunctionValue, Partial, Vectorized, Ref)) or callable(value)


def same(m: Machine, value: Value) -> Value:
    return value


def ignored(m: Machine, *args: Value, **kwargs: Value) -> Value:
    """print() and warnings: they do not change the value."""
    return None


def partial_(m: Machine, function: Value, *args: Value, **kwargs: Value) -> Value:
    return Partial(function, tuple(m.settle(v) for v in args), {k: m.settle(v) for k, v in kwargs.items()})


def frompyfunc(m: Machine, function: Value, nin: Value, nout: Value) -> Value:
    """numpy.frompyfunc(function, nin, 1)"""
    if nout != 1:
        m.stage.fail("np.frompyfunc gives one result here", "here", remedy="make one function per result")
    return Vectorized(function)


def vectorize(m: Machine, function: Value, *args: Value, **kwargs: Value) -> Value:
    return Vectorized(function)


def report(m: Machine, **values: Value) -> Value:
    """adfun.report(name=value): hand intermediates to the caller."""
    for name, value in values.items():
        array = core.force(m.stage, core.as_array(m.stage, value, f"the reported {name!r}"))
        if array.rank == 0:
            m.stage.builder.report(name, core.at(m.stage, array, ()))
            continue
        buffer = m.stage.builder.build(array.elem, array.shape, partial(core.at, m.stage, array))
        m.stage.builder.report(name, buffer)
    return None


def type_(m: Machine, value: Value) -> Value:
    for name, test in _KINDS.items():
        if test(value):
            return Ref(name)
    return type(value)


def super_(m: Machine, cls: Value = None, owner: Value = None) -> Value:
    """super() in a method, or super(cls, owner)."""
    function = m.env.function
    if cls is None:
        around = m.env.parent.names if m.env.parent is not None else {}
        cls = m.env.names.get("__class__", around.get("__class__"))
        if isinstance(function, ast.FunctionDef) and function.args.args:
            owner = m.read(function.args.args[0].arg)
    if isinstance(cls, type) and user_classes(cls):
        cls = class_of(m, cls)
    if not isinstance(cls, ClassValue) or owner is None:
        m.stage.fail("super() is not supported here", "here", remedy="name the base class")
    return Super(cls, owner)


BUILTINS: dict[str, Callable[..., Value]] = {
    "builtins.len": length,
    "builtins.range": range_,
    "builtins.zip": zip_,
    "builtins.enumerate": enumerate_,
    "builtins.reversed": reversed_,
    "builtins.map": map_,
    "builtins.filter": filter_,
    "builtins.sum": sum_,
    "math.fsum": sum_,
    "builtins.list": to_list,
    "builtins.tuple": to_tuple,
    "builtins.iter": iter_,
    "builtins.next": next_,
    "builtins.dict": to_dict,
    "builtins.min": _extreme("min", ast.Lt),
    "builtins.max": _extreme("max", ast.Gt),
    "builtins.all": _all_any("all", "&"),
    "builtins.any": _all_any("any", "|"),
    "builtins.int": _cast(I64, int),
    "builtins.float": _cast(F64, float),
    "builtins.bool": _cast(B1, bool),
    "numpy.float64": _cast(F64, float),
    "numpy.int64": _cast(I64, int),
    "builtins.abs": abs_,
    "builtins.round": round_,
    "builtins.pow": pow_,
    "builtins.divmod": divmod_,
    "builtins.isinstance": isinstance_,
    f"builtins.{PART}": matched_part,
    "builtins.callable": callable_,
    "builtins.print": ignored,
    "builtins.type": type_,
    "builtins.super": super_,
    "builtins.object.__init__": ignored,
    "warnings.warn": ignored,
    "warnings.simplefilter": ignored,
    "warnings.filterwarnings": ignored,
    "numpy.seterr": ignored,
    "numpy.set_printoptions": ignored,
    "functools.reduce": reduce_,
    "functools.partial": partial_,
    "numpy.frompyfunc": frompyfunc,
    "numpy.vectorize": vectorize,
    "adfun.report": report,
    "collections.namedtuple": named_tuple,
    "types.SimpleNamespace": namespace,
}
