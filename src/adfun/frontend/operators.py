"""Python's operators on known and on run-time values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adfun.frontend import bindtime, complexes, rows, sparse, written
from adfun.frontend.arrays import assign, core, elementwise, overflow
from adfun.frontend.budget import afford, fits, weigh
from adfun.frontend.classes import overloaded
from adfun.frontend.functions import FunctionValue
from adfun.frontend.machine import Machine
from adfun.frontend.recipes import Apply, step_of
from adfun.frontend.refs import Ref
from adfun.frontend.stage import recipe_of
from adfun.frontend.values import (
    Array,
    Computed,
    DictValue,
    Instance,
    ListValue,
    RangeValue,
    RunList,
    Scalar,
    Value,
    as_python,
    is_known,
)
from adfun.ir.nodes import Index, Operand, f64, i64
from adfun.ir.types import B1, F64, I64
from adfun.primitives import arithmetic as a

BINARY: dict[type, tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Mod: ("%", operator.mod),
    ast.Pow: ("**", operator.pow),
    ast.MatMult: ("@", operator.matmul),
    ast.BitAnd: ("&", operator.and_),
    ast.BitOr: ("|", operator.or_),
    ast.BitXor: ("^", operator.xor),
    ast.LShift: ("<<", operator.lshift),
    ast.RShift: (">>", operator.rshift),
}

COMPARE: dict[type, tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}

UNARY: dict[type, tuple[str, Callable[[Any], Any]]] = {
    ast.USub: ("-", operator.neg),
    ast.UAdd: ("+", operator.pos),
    ast.Invert: ("~", operator.invert),
}


def with_recipe(m: Machine, result: Value, function: Callable[..., Any] | str, *args: Value) -> Value:
    """Note on a result how NumPy computes it, where that takes the data alone."""
    if isinstance(result, (Scalar, Array)) and result.recipe is None:
        recipes = recipe_of(tuple(args))
        if isinstance(recipes, tuple):
            result.recipe = Apply(function if isinstance(function, str) else step_of(function), recipes)
            if isinstance(result, Scalar) and result.type is I64:
                m.stage.origins.setdefault(result.operand, result.recipe)  # it may become a size
    return result


def _of_instances(m: Machine, op: type, x: Value, y: Value) -> tuple[Value] | None:
    """x op y by a method of the user's, of x or of y."""
    name = BINARY[op][1].__name__.strip("_")
    found = overloaded(m, x, name, y)
    if found is not None or (isinstance(x, Array) and not complexes.is_complex(y)):
        return found
    return overloaded(m, y, f"r{name}", x)


def binary(m: Machine, op: type, x: Value, y: Value) -> Value:
    """x op y"""
    symbol, function = BINARY[op]
    weigh(m.stage, x, y)
    x, y = complexes.meet(m, x, y) or (x, y)
    if isinstance(x, Instance) or isinstance(y, Instance):
        made = _of_instances(m, op, x, y)
        if made is not None:
            return made[0]
    special = _containers(m, symbol, x, y)
    if special is not None:
        return special
    if is_known(x) and is_known(y):
        return known(m, function, x, y)
    if _python_sequence(x) and _python_sequence(y) and not m.in_library():
        label = f"these are {core.describe(x)} and {core.describe(y)}"
        m.stage.fail(f"`{symbol}` has no meaning for these", label, remedy="make arrays of them by np.array")
    foreign = sparse.multiplied(m, symbol, x, y) or bindtime.operated(m, function, x, y)
    if foreign is not None:
        return foreign[0]
    if symbol == "/" and isinstance(y, Scalar) and m.stage.guard("ZeroDivisionError") is not None:
        y = _caught_division(m, x, y)
    if symbol in overflow.MAY and isinstance(x, (Scalar, int)) and isinstance(y, (Scalar, int)):
        overflow.check(m.stage, symbol, core.operand(m.stage, x), core.operand(m.stage, y))
    if symbol in ("//", "%") and isinstance(x, (Scalar, int)) and isinstance(y, (Scalar, int)):
        overflow.check_divisor(m.stage, symbol, core.operand(m.stage, x), core.operand(m.stage, y))
    return with_recipe(m, elementwise.binary(m.stage, symbol, x, y), function, x, y)


def _caught_division(m: Machine, x: Value, y: Scalar) -> Value:
    """The divisor of numbers where a `try` catches that it is zero, and then another one."""
    if not core.is_number(x):
        return y
    divisor = m.stage.convert(y.operand, F64)
    ok = m.stage.op(a.ne, divisor, f64(0.0))
    m.stage.caught(ok, "ZeroDivisionError")
    return core.wrap(m.stage.op(a.select, ok, divisor, f64(1.0)))


def _python_sequence(value: Value) -> bool:
    """Whether a value is a sequence that has no arithmetic of its own; numbers of NumPy's lend it theirs."""
    return isinstance(value, (tuple, ListValue, RunList, RangeValue, range, str, bytes, DictValue))


def _containers(m: Machine, symbol: str, x: Value, y: Value) -> Value | None:
    """Concatenation and repetition of lists and tuples."""
    if symbol == "+":
        if isinstance(x, ListValue) and isinstance(y, ListValue):
            fits(m.stage, len(x.items) + len(y.items))
            return new_list(m, [*x.items, *y.items])
        if type(x) is tuple and type(y) is tuple:
            fits(m.stage, len(x) + len(y))
            return x + y
        if isinstance(x, (ListValue, RunList)) and isinstance(y, (ListValue, RunList)):
            return _added(m, x, y)
    if symbol == "|" and isinstance(x, DictValue) and isinstance(y, DictValue):
        made = DictValue({**x.items, **y.items}, x.factory)
        m.stage.born(made)
        return made
    if symbol == "*":
        for one, other in ((x, y), (y, x)):
            if isinstance(one, (ListValue, tuple)) and isinstance(other, (int, np.integer)):
                fits(m.stage, len(one.items if isinstance(one, ListValue) else one) * int(other))
            if isinstance(one, ListValue) and isinstance(other, (int, np.integer)):
                return new_list(m, one.items * int(other))
            if isinstance(one, ListValue) and isinstance(other, Scalar) and other.type is I64:
                return _repeat(m, one, other)
            if isinstance(one, RunList) and core.is_number(other):
                count = core.operand(m.stage, other)
                if count.type is not F64:
                    return _repeated(m, one, m.stage.convert(count, I64))
            if type(one) is tuple and isinstance(other, int) and not isinstance(other, bool):
                return one * other
            if type(one) is tuple and isinstance(other, Scalar) and other.type is I64:
                return one * int(m.stage.known_value(other, "the number of repetitions"))
    return None


def _added(m: Machine, x: ListValue | RunList, y: ListValue | RunList) -> Value:
    """Two lists, one of them of run-time length, one after the other."""
    stage = m.stage
    if any(isinstance(v, RunList) and v.form is not None for v in (x, y)):
        return rows.added(stage, x, y)
    full = [core.as_array(stage, v) for v in (x, y) if isinstance(v, RunList) or v.items]
    if full[0].rank != full[-1].rank:
        stage.fail("the items of these lists differ in kind", "here", remedy="keep one list for each kind")
    table = full[0] if len(full) == 1 else m.call(Ref("numpy.concatenate"), [tuple(full)])
    made = core.force(
        stage, Array(table.elem, table.shape, Computed(lambda index: core.at(stage, table, index)))
    )
    return stage.run_list(made, made.shape[0])


def _repeat(m: Machine, items: ListValue, count: Scalar) -> Value:
    """`[0.0] * n` with a run-time n."""
    if len(items.items) != 1:
        m.stage.fail("a list of several items cannot be repeated a run-time number of times", "here")
    first = core.as_array(m.stage, items.items[0])
    length = m.stage.op(a.imax, count.operand, i64(0))
    row = core.broadcast_to(m.stage, first, (length, *first.shape))
    array = core.force(m.stage, Array(row.elem, row.shape, Computed(lambda i: core.at(m.stage, row, i))))
    return m.stage.run_list(array, length)


def _repeated(m: Machine, items: RunList, count: Operand) -> Value:
    """A list of run-time length, one after the other so many times."""
    if items.form is not None:
        m.stage.fail("this list cannot be repeated", "here", remedy="keep one list per component")
    stage, table = m.stage, core.as_array(m.stage, items)
    length = stage.imul(table.shape[0], stage.op(a.imax, count, i64(0)))

    def at(index: Index) -> Operand:
        return core.at(stage, table, (stage.op(a.imod, index[0], table.shape[0]), *index[1:]))

    made = core.force(stage, Array(table.elem, (length, *table.shape[1:]), Computed(at)))
    return stage.run_list(made, length)


def new_list(m: Machine, items: list[Value]) -> ListValue:
    """A new list object."""
    made = ListValue([m.settle(v) for v in items])
    m.stage.born(made)
    return made


def known(m: Machine, function: Callable[..., Any], *args: Value) -> Value:
    """Apply a Python function to known values now."""
    plain = [as_python(v) for v in args]
    afford(m.stage, function, plain)
    try:
        with np.errstate(all="ignore"):
            result = function(*plain)
    except ZeroDivisionError:
        m.stage.fail("division by zero", "the divisor is always zero", remedy="divide by something else")
    except RecursionError:
        raise
    except Exception as error:
        m.stage.fail(f"{type(error).__name__} in a constant expression", "here", reason=str(error))
    return from_python_value(m, result)


def refuse_masked(m: Machine, value: Any) -> None:
    """Fail for a masked array: its mask would be lost."""
    if isinstance(value, np.ndarray) and type(value).__module__.startswith("numpy.ma"):
        m.stage.fail(
            "masked arrays are not supported",
            "here",
            reason="an array is compiled without a mask",
            remedy="use np.where(mask, ...), np.nansum ..., or an index array of what is there",
        )


def from_python_value(m: Machine, value: Any) -> Value:
    """The result of real Python or NumPy code as a value of the evaluator."""
    refuse_masked(m, value)
    if isinstance(value, np.generic):
        return value.item() if value.dtype.kind in "biuf" else value
    if isinstance(value, list):
        return new_list(m, [from_python_value(m, v) for v in value])
    if type(value) is tuple:
        return tuple(from_python_value(m, v) for v in value)
    if isinstance(value, np.ndarray):
        m.stage.born(value)
    return value


def augmented(m: Machine, op: type, x: Value, y: Value) -> Value:
    """x op= y: in place for arrays and lists, a new value for everything else."""
    made = overloaded(m, x, "i" + BINARY[op][1].__name__.strip("_"), y)
    if made is not None:
        return made[0]
    if isinstance(x, np.ndarray) and x.ndim:
        x = complexes.filled(m, x)
        if complexes.is_complex(x):
            return augmented(m, op, x, y)
        written.write(m, x)
    if isinstance(x, Array) and x.rank:
        return assign.inplace(m.stage, BINARY[op][0], x, y)
    return binary(m, op, x, y)


REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
"""What is asked of the right operand where the left one has no such method."""


def compare(m: Machine, op: type, x: Value, y: Value) -> Value:
    """x op y for one comparison."""
    if op in (ast.Is, ast.IsNot):
        same = _identical(m, x, y)
        return same if op is ast.Is else unary(m, ast.Not, same)
    if op in (ast.In, ast.NotIn):
        found = _contained(m, x, y)
        return found if op is ast.In else unary(m, ast.Not, found)
    symbol, function = COMPARE[op]
    name = function.__name__.strip("_")
    made = overloaded(m, x, name, y) or overloaded(m, y, REFLECTED[name], x)
    if made is not None:
        return made[0]
    if is_known(x) and is_known(y):
        return known(m, function, x, y)
    foreign = bindtime.operated(m, function, x, y)
    if foreign is not None:
        return foreign[0]
    if op in (ast.Eq, ast.NotEq) and isinstance(x, (tuple, ListValue)) and isinstance(y, (tuple, ListValue)):
        same = _same_items(m, x, y)
        return same if op is ast.Eq else unary(m, ast.Not, same)
    if _python_sequence(x) and _python_sequence(y) and not m.in_library():
        return _compared_lists(m, op, x, y)
    numeric = isinstance(x, Scalar) and x.type is I64 and type(y) is int
    if op is ast.Eq and numeric and y == 1 and m.in_library():
        return _not_one(m, x)
    if _never_equal(x, y):
        if symbol in ("==", "!="):
            return _never_equal_items(m, x if isinstance(x, Array) else y, symbol == "!=")
        m.stage.fail("these values cannot be compared", f"{core.describe(x)} and {core.describe(y)}")
    return with_recipe(m, elementwise.binary(m.stage, symbol, x, y), function, x, y)


def _compared_lists(m: Machine, op: type, x: Value, y: Value) -> Value:
    """Sequences whose items are not all known: equal, or not equal, as wholes."""
    if op not in (ast.Eq, ast.NotEq):
        label = f"these are {core.describe(x)} and {core.describe(y)}"
        m.stage.fail("only == and != compare these", label, remedy="compare numbers or arrays")
    lists = all(isinstance(v, (ListValue, RunList)) for v in (x, y))
    same = m.call(Ref("numpy.array_equal"), [x, y]) if lists else False
    return same if op is ast.Eq else unary(m, ast.Not, same)


def _same_items(m: Machine, x: tuple[Value, ...] | ListValue, y: tuple[Value, ...] | ListValue) -> Value:
    """Whether two tuples, or two lists, hold equal items."""
    left, right = (v.items if isinstance(v, ListValue) else list(v) for v in (x, y))
    if isinstance(x, tuple) is not isinstance(y, tuple) or len(left) != len(right):
        return False
    same: Value = True
    for u, v in zip(left, right, strict=True):
        same = elementwise.binary(m.stage, "&", same, compare(m, ast.Eq, u, v))
    return same


def _not_one(m: Machine, size: Scalar) -> Value:
    """A size that is not known to be one is taken not to be, where library code asks: lengths of one are
    part of what a module is compiled for, and such code treats them apart."""
    stage = m.stage
    stage.check(
        stage.op(a.bnot, stage.op(a.ieq, size.operand, i64(1))),
        "ValueError",
        "a length of 1 must be known when the objective is compiled",
    )
    return False


def _never_equal(x: Value, y: Value) -> bool:
    plain = (str, bytes, type(None))
    return isinstance(x, plain) or isinstance(y, plain)


def _never_equal_items(m: Machine, value: Value, differs: bool) -> Value:
    """What an array, or anything else, gives when it is compared with a text or None."""
    if not isinstance(value, Array) or not value.rank:
        return differs
    less = elementwise.binary(m.stage, "<", value, value)
    return elementwise.binary(m.stage, "!=", less, True) if differs else less


def _identical(m: Machine, x: Value, y: Value) -> Value:
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Scalar) and one.type is B1 and isinstance(other, bool):
            return one if other else unary(m, ast.Not, one)
    if isinstance(x, (bool, type(None), str)) or isinstance(y, (bool, type(None), str)):
        return x is y or (type(x) is type(y) and bool(x == y))
    return x is y or (is_known(x) and is_known(y) and type(x) is type(y) and x == y is True)


def _contained(m: Machine, x: Value, items: Value) -> Value:
    made = overloaded(m, items, "contains", x)
    if made is not None:
        return core.wrap(m.truth(made[0]))
    if is_known(x) and is_known(items):
        return known(m, lambda: bool(as_python(x) in as_python(items)))
    plain = isinstance(items, Instance) and not items.cls.fields
    if plain or core.is_number(items) or isinstance(items, (FunctionValue, type(None))):
        m.stage.fail("nothing can be in this", f"it is {core.describe(items)}", remedy="use a list or array")
    if isinstance(items, Instance):
        items = tuple(items.items.values())
    if isinstance(items, (DictValue, set, frozenset)):
        if isinstance(x, (Array, np.ndarray, ListValue, RunList, DictValue)):
            m.stage.fail("this cannot be a key", f"it is {core.describe(x)}", remedy="use a number or a text")
        items = tuple(items.items if isinstance(items, DictValue) else items)
    if isinstance(items, (tuple, ListValue)):
        parts = items if isinstance(items, tuple) else items.items
        found: Value = False
        for part in parts:
            found = elementwise.binary(m.stage, "|", found, compare(m, ast.Eq, x, part))
        return found
    return m.call(Ref("numpy.any"), [elementwise.binary(m.stage, "==", core.as_array(m.stage, items), x)])


def unary(m: Machine, op: type, x: Value) -> Value:
    """op x"""
    if op is ast.Not:
        if is_known(x):
            return not as_python(x)
        return core.wrap(m.stage.op(a.bnot, m.truth(x)))
    symbol, function = UNARY[op]
    made = overloaded(m, x, function.__name__.strip("_"))
    if made is not None:
        return made[0]
    if is_known(x):
        return known(m, function, x)
    foreign = bindtime.operated(m, function, x)
    if foreign is not None:
        return foreign[0]
    return with_recipe(m, elementwise.unary(m.stage, symbol, x), function, x)
