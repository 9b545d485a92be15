"""Calls and attributes: functions of the user's, of the libraries, and methods of values."""

from __future__ import annotations

import ast
import enum
import itertools
import math
from collections.abc import Callable, Mapping
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from adfun.diagnostics.errors import ArgumentError, CompileError
from adfun.frontend import bindtime, complexes, frames, sparse, written
from adfun.frontend.arrays import core
from adfun.frontend.budget import ITEMS, afford, afford_items, fits, weigh
from adfun.frontend.classes import (
    ClassValue,
    Make,
    Replace,
    Super,
    class_attribute,
    construct,
    instance_attribute,
    replaced,
    super_attribute,
)
from adfun.frontend.containers import DICT_METHODS, LIST_METHODS, SET_METHODS, set_method
from adfun.frontend.functions import FunctionValue, from_python, lift
from adfun.frontend.keys import FRAME
from adfun.frontend.machine import NEXT, RAISED, Env, Machine, Raised
from adfun.frontend.operators import from_python_value, new_list, with_recipe
from adfun.frontend.purity import IN_PLACE, is_plain, is_pure
from adfun.frontend.pyclasses import class_of, enum_attribute, enum_member, instance_of, owner_of
from adfun.frontend.recipes import Apply, Known
from adfun.frontend.refs import NOTHING, Ref, exists, held, member, target, uncached, user_classes
from adfun.frontend.sequences import drained, unpack
from adfun.frontend.stage import Frame, recipe_of
from adfun.frontend.tables.entry import misfit
from adfun.frontend.values import (
    Array,
    Computed,
    Cursor,
    DictValue,
    Foreign,
    Frozen,
    Instance,
    ListValue,
    Method,
    Partial,
    RunList,
    Scalar,
    Spread,
    Undefined,
    Value,
    Vectorized,
    as_python,
)
from adfun.ir.types import F64
from adfun.records import dataclass

Handler = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Tables:
    """What the evaluator knows of the libraries."""

    builtins: Mapping[str, Handler]
    """Dotted name -> handler(machine, *args, **kwargs): functions that take functions, containers ..."""
    functions: Mapping[str, Handler]
    """Dotted name -> handler(stage, *args, **kwargs)."""
    methods: Mapping[str, Handler]
    attributes: Mapping[str, Handler]
    library: Mapping[str, Any]
    """Dotted name -> Python function written in the language itself."""
    distributions: Mapping[str, Mapping[str, Any]]
    library_path: str
    """Where the source of the library is."""


CONSTRUCTORS = frozenset(
    f"numpy.{name}"
    for name in "zeros ones empty full eye identity zeros_like ones_like full_like empty_like".split()
)
"""Made as run-time arrays even when all arguments are known: they are there to be filled."""

USE_ITERATORS = frozenset(["builtins.iter", "builtins.next", "builtins.zip", "builtins.enumerate"])
"""What takes the items of an iterator itself; all other functions are given those that it has left."""

MAKERS = frozenset(["numpy.poly1d"]) | frozenset(
    f"scipy.interpolate.{name}"
    for name in "interp1d CubicSpline CubicHermiteSpline PchipInterpolator BSpline make_interp_spline".split()
)
"""What they make of known values is called later: a function in the language, not an object of SciPy's."""


WRITING = ("put", "place", "copyto", "putmask", "fill_diagonal", "put_along_axis", "at")
"""Last parts of the names of functions that change their first argument."""


def call(m: Machine, function: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """function(*args, **kwargs)"""
    if isinstance(function, FunctionValue):
        return invoke(m, function, args, kwargs)
    if isinstance(function, Ref):
        return call_ref(m, function, args, kwargs)
    if isinstance(function, Method):
        return call_method(m, function, args, kwargs)
    if isinstance(function, ClassValue):
        return _constructed(m, function, args, kwargs)
    if isinstance(function, enum.EnumMeta):
        return enum_member(m, function, args)
    if isinstance(function, type) and user_classes(function):
        return _constructed(m, class_of(m, function), args, kwargs)
    if not isinstance(function, Instance) and (made := instance_of(m, function)) is not None:
        function = made
    if isinstance(function, Instance) and "__call__" in function.cls.members:
        return call(m, instance_attribute(m, function, "__call__"), args, kwargs)
    if isinstance(function, Partial) and isinstance(function.function, Make):
        cls = function.function.cls
        return construct(m, cls, unpack(m, args[0], len(cls.fields), None), kwargs)
    if isinstance(function, Partial) and isinstance(function.function, Replace):
        return replaced(m, function.function.owner, kwargs)
    if isinstance(function, Partial):
        return call(m, function.function, [*function.args, *args], {**function.kwargs, **kwargs})
    if isinstance(function, Vectorized):
        return vectorized(m, function, args, kwargs)
    function = uncached(function)
    if isinstance(function, FunctionType):
        return invoke(m, python_function(m, function), args, kwargs)
    if isinstance(function, MethodType) and isinstance(function.__func__, FunctionType):
        return call(m, function.__func__, [owner_of(m, function.__self__), *args], kwargs)
    if isinstance(function, Undefined):
        m.undefined(function)
    if bindtime.is_foreign(function):
        function = Foreign(Known(function), function)
    if isinstance(function, Foreign):
        return bindtime.method(m, function, "__call__", args, kwargs)
    m.stage.fail(
        "this cannot be called in an objective",
        f"it is {core.describe(function)}",
        reason="only functions written in Python, and those of NumPy, SciPy and math, can be compiled",
    )


def python_function(m: Machine, function: FunctionType) -> FunctionValue:
    """A function object of the user's, with its source."""
    try:
        return from_python(m, function)
    except ArgumentError as error:
        m.stage.fail("the source of this function cannot be found", "here", reason=str(error))


# -- functions with source --------------------------------------------------------------------


def invoke(m: Machine, function: FunctionValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Run a function that has source: its statements are evaluated in place."""
    m.stage.spend(len(args))
    names = bind(m, function, args, kwargs)
    if isinstance(function.owner, ClassValue):
        names["__class__"] = function.owner
    env = Env(names, function.closure, function.node)
    with m.within(env, function.source):
        if isinstance(function.node, ast.Lambda):
            return m.settle(m.eval(function.node.body))
        flow = m.exec_block(function.node.body)
    if flow.code == RAISED and len(m.stage.builder.scopes) == m.level:
        raise Raised(None, m.raised_at or m.stage.span)
    return None if isinstance(flow.code, int) and flow.code == NEXT else flow.value


def bind(
    m: Machine, function: FunctionValue, args: list[Value], kwargs: dict[str, Value]
) -> dict[str, Value]:
    """The parameters of a function with what this call gives them."""
    spec = function.node.args
    positional = [p.arg for p in (*spec.posonlyargs, *spec.args)]
    args = _spread(m, args, positional, len(function.defaults), kwargs, spec.vararg is not None)
    names: dict[str, Value] = {}
    for name, value in zip(positional, args, strict=False):
        names[name] = m.settle(value)
    if len(args) > len(positional):
        if spec.vararg is None:
            label = f"it takes {len(positional)}"
            m.stage.fail(f"{function.name}() got too many arguments", label, remedy=_taken(spec))
        names[spec.vararg.arg] = tuple(m.settle(v) for v in args[len(positional) :])
    elif spec.vararg is not None:
        names[spec.vararg.arg] = ()
    by_position = {p.arg for p in spec.posonlyargs}
    accepted = {*positional, *(p.arg for p in spec.kwonlyargs)}
    extra: dict[str, Value] = {}
    for name, value in kwargs.items():
        if name in by_position and spec.kwarg is None:
            title = f"{function.name}() takes {name!r} by position only"
            m.stage.fail(title, "it is given by name", remedy=f"give the value without `{name}=`")
        if name in names and name in accepted - by_position:
            title = f"{function.name}() got {name!r} twice"
            m.stage.fail(title, "by position and by name", remedy=_taken(spec))
        if name in accepted and name not in by_position:
            names[name] = m.settle(value)
        elif spec.kwarg is not None:
            extra[name] = m.settle(value)
        else:
            m.stage.fail(f"{function.name}() has no parameter {name!r}", "here", remedy=_taken(spec))
    if spec.kwarg is not None:
        names[spec.kwarg.arg] = DictValue(extra)
        m.stage.born(names[spec.kwarg.arg])
    first = len(positional) - len(function.defaults)
    for name, value in zip(positional[first:], function.defaults, strict=True):
        names.setdefault(name, value)
    for name, value in function.kw_defaults.items():
        names.setdefault(name, value)
    missing = [name for name in (*positional, *(p.arg for p in spec.kwonlyargs)) if name not in names]
    if missing:
        title = f"{function.name}() misses {', '.join(map(repr, missing))}"
        m.stage.fail(title, "in this call", remedy=_taken(spec))
    return names


def _taken(spec: ast.arguments) -> str:
    names = [p.arg for p in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
    return f"give the arguments that it takes: {', '.join(names)}" if names else "call it without arguments"


def _constructed(m: Machine, cls: ClassValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Name(*args, **kwargs)"""
    if "__init__" not in cls.members:
        taken = [f for f in cls.fields if f not in cls.internal]
        optional = sum(f in cls.defaults or f in cls.factories for f in taken)
        args = _spread(m, args, taken, optional, kwargs, False)
    return construct(m, cls, args, kwargs)


def _spread(
    m: Machine,
    args: list[Value],
    positional: list[str],
    defaults: int,
    kwargs: dict[str, Value],
    variadic: bool,
) -> list[Value]:
    """Replace `*array` by as many of its elements as there are parameters left."""
    spread = [k for k, v in enumerate(args) if isinstance(v, Spread)]
    if not spread:
        return args
    if len(spread) > 1:
        m.stage.fail("only one argument of run-time length can be spread with `*`", "in this call")
    given = [name for name in positional if name in kwargs]
    count = len(positional) - (len(args) - 1) - len(given)
    required = count - defaults
    k = spread[0]
    value = args[k].value
    example = m.stage.example_length(value)
    if variadic:
        if example is None:
            m.stage.fail("`*` of a run-time length cannot fill `*args`", "in this call")
        return [*args[:k], *unpack(m, value, example, None), *args[k + 1 :]]
    number = example if example is not None and required <= example <= count else max(required, 0)
    return [*args[:k], *unpack(m, value, number, None), *args[k + 1 :]]


# -- functions of the libraries ---------------------------------------------------------------


def call_ref(m: Machine, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Call a function of a library."""
    tables: Tables = m.tables
    args = [x for v in args for x in (_all_of(m, v) if isinstance(v, Spread) else [v])]
    weigh(m.stage, *args, *kwargs.values())
    handler = tables.builtins.get(ref.name)
    if handler is None and any(isinstance(v, Cursor) for v in args) and ref.name != "numpy.fromiter":
        m.stage.fail(
            f"{ref.name} does not take an iterator", "in this call", remedy="make a list of it: list(...)"
        )
    if ref.name not in USE_ITERATORS:
        args = [drained(m, v) for v in args]
    if handler is not None:
        return _fitting(m, ref.name.removeprefix("builtins."), handler, args, kwargs)
    parts = ref.name.split(".")
    if parts[:2] == ["scipy", "stats"] and len(parts) > 2 and parts[2] in tables.distributions:
        return _distribution(m, parts[2:], args, kwargs)
    at_once = is_pure(ref) and ref.name not in CONSTRUCTORS and ref.name not in MAKERS
    if at_once and all(is_plain(v) for v in (*args, *kwargs.values())):
        return apply_now(m, ref, args, kwargs)
    of_complex = complexes.called(m, ref, args, kwargs)
    if of_complex is not None:
        return of_complex[0]
    if any(bindtime.holds_foreign(v) for v in (*args, *kwargs.values())):
        return at_bind_time(m, ref, args, kwargs)
    found = tables.functions.get(ref.name)
    if found is not None:
        if parts[-1] in WRITING and args and isinstance(args[0], np.ndarray):
            written.write(m, args[0])
        return _or_bound(m, ref, args, kwargs, lambda: _handled(m, ref, found, args, kwargs))
    if ref.name in tables.library:
        return _or_bound(m, ref, args, kwargs, lambda: call(m, tables.library[ref.name], args, dict(kwargs)))
    return at_bind_time(m, ref, args, kwargs)


def _or_bound(
    m: Machine, ref: Ref, args: list[Value], kwargs: dict[str, Value], attempt: Callable[[], Value]
) -> Value:
    """What our own rule gives; what it refuses of data alone, NumPy computes when data are bound."""
    try:
        return attempt()
    except CompileError:
        if "out" in kwargs or not is_pure(ref):
            raise
        try:
            made = bindtime.applied(m, f"call:{ref.name}", ref.name, tuple(args), kwargs)
        except CompileError:
            made = None
        if made is None or made[0] is None:  # None: it changes its arguments, which a recipe cannot
            raise
        return made[0]


def _fitting(m: Machine, name: str, handler: Handler, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Call a handler of the evaluator; wrong arguments are the user's error."""
    try:
        return handler(m, *args, **kwargs)
    except TypeError:
        problem = misfit(handler, m, args, kwargs)
        if problem is None:
            raise
    m.stage.fail(f"{name}() cannot be called like this", "in this call", reason=problem)


def _handled(m: Machine, ref: Ref, handler: Handler, args: list[Value], kwargs: dict[str, Value]) -> Value:
    result = handler(m.stage, *args, **kwargs)
    if isinstance(result, list):
        result = new_list(m, result)
    if isinstance(result, (Scalar, Array)) and result.recipe is None:
        recipes = recipe_of(tuple(args)), recipe_of(tuple(kwargs.values()))
        if None not in recipes:
            named = tuple(zip(kwargs, bindtime.recipe_parts(recipes[1]), strict=True))
            result.recipe = Apply(f"call:{ref.name}", bindtime.recipe_parts(recipes[0]), named)
    return result


def _all_of(m: Machine, value: Spread) -> list[Value]:
    length = m.stage.example_length(value.value)
    if length is None:
        m.stage.fail("`*` of a run-time length cannot be given to this function", "in this call")
    return unpack(m, value.value, length, None)


def apply_now(m: Machine, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Apply a library function to known values while compiling."""
    values = [as_python(v) for v in args]
    try:
        with np.errstate(all="ignore"):
            function = target(ref)
            options = {k: as_python(v) for k, v in kwargs.items()}
            afford_items(m.stage, ref.name.removeprefix("builtins."), values)
            afford(m.stage, function, values, options)
            result = function(*values, **options)
    except (AttributeError, ImportError):
        return _unknown(m, ref)
    except (RecursionError, CompileError):
        raise
    except Exception as error:
        m.stage.fail(f"{type(error).__name__} in {ref.name}", "here", reason=str(error))
    if hasattr(result, "__next__"):
        result = list(itertools.islice(result, ITEMS + 1))
        fits(m.stage, len(result))
    return from_python_value(m, result)


def _unknown(m: Machine, ref: Ref) -> Value:
    if not exists(ref):
        m.stage.fail(f"there is no {ref.name}", "here", remedy="check the name and the installed version")
    if ref.name.startswith("numpy.random."):
        m.stage.fail(
            f"{ref.name} is not supported",
            "here",
            reason="an objective must give the same value whenever it is called",
            remedy="draw the random numbers beforehand and pass them as data",
        )
    if not is_pure(ref):
        m.stage.fail(
            f"{ref.name} is not supported",
            "here",
            reason="it does more than to compute a value from its arguments, or is not known to do only that",
            remedy="call it outside the objective, and pass what it gives as data",
        )
    m.stage.fail(
        f"{ref.name} is not supported on parameters",
        "it is applied to values that depend on parameters, or on the course of the computation",
        reason="no derivative of it is known to adfun",
        remedy="write what it computes with supported functions, or apply it to data alone",
    )


def at_bind_time(m: Machine, ref: Ref, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A function without a rule, applied to data alone: NumPy computes it when data are bound."""
    if not is_pure(ref) or not exists(ref):
        return _unknown(m, ref)
    if any(isinstance(v, FunctionValue) for v in (*args, *kwargs.values())):
        m.stage.fail(
            f"{ref.name} cannot call a function of yours",
            "in this call",
            reason="what it does with the values of the function has no derivative that is known to adfun",
            remedy="write the iteration as a loop, such as Newton's method until the step is small",
        )
    made = bindtime.applied(m, f"call:{ref.name}", ref.name, tuple(args), kwargs)
    if made is not None:
        return made[0]
    if any(bindtime.holds_foreign(v) for v in (*args, *kwargs.values())):
        bindtime.refuse(m, (*args, *kwargs.values()))
    return _unknown(m, ref)


def _distribution(m: Machine, parts: list[str], args: list[Value], kwargs: dict[str, Value]) -> Value:
    """`norm.logpdf(x, ...)`, or `norm(...)`, a frozen one."""
    tables: Tables = m.tables
    if len(parts) == 1:
        return Frozen(parts[0], tuple(args), kwargs)
    methods = tables.distributions[parts[0]]
    if parts[1] not in methods:
        return at_bind_time(m, Ref(f"scipy.stats.{parts[0]}.{parts[1]}"), args, kwargs)
    return call(m, methods[parts[1]], args, kwargs)


FEW_CALLS = 4
"""Elements whose calls are written out one by one: such a function often has loops, and is long."""


def vectorized(m: Machine, function: Vectorized, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Apply a scalar function to every element of the broadcast arguments."""
    stage = m.stage
    if all(core.is_number(v) for v in args):
        return call(m, function.function, args, kwargs)
    arrays = [core.force(stage, core.as_array(stage, v)) for v in args]
    shape = core.broadcast_shape(stage, [x.shape for x in arrays])
    parts = [core.broadcast_to(stage, x, shape) for x in arrays]

    def element(index: tuple[Any, ...]) -> Any:
        values = [core.wrap(core.at(stage, p, index)) for p in parts]
        return stage.convert(core.operand(stage, call(m, function.function, values, kwargs)), F64)

    with stage.region(Frame(loop=True, level=len(stage.builder.scopes))) as frame:
        array = Array(F64, shape, Computed(element, cost=50))
        sizes = array.sizes()
        if sizes is not None and math.prod(sizes) <= FEW_CALLS:
            made = core.force(stage, array)
        else:
            made = core.stored(stage, stage.builder.build(F64, shape, element))
    if frame.changed:
        stage.fail(
            "a vectorized function changes something outside itself",
            "here",
            reason="its calls have no order",
            remedy="write a loop over the elements",
        )
    return made


# -- attributes and methods -------------------------------------------------------------------


def attribute(m: Machine, owner: Value, name: str) -> Value:
    """owner.name"""
    tables: Tables = m.tables
    if isinstance(owner, Ref):
        return _checked_member(m, owner, name)
    if isinstance(owner, Instance):
        return instance_attribute(m, owner, name)
    if isinstance(owner, Super):
        return super_attribute(m, owner, name)
    if isinstance(owner, ClassValue):
        return class_attribute(m, owner, name)
    if (found := enum_attribute(owner, name)) is not NOTHING:
        return found
    if isinstance(owner, type) and user_classes(owner):
        return class_attribute(m, class_of(m, owner), name)
    if isinstance(owner, tuple) or held(owner, name) is NOTHING:
        made = instance_of(m, owner)
        if made is not None and (name in made.items or name in made.cls.members):
            return instance_attribute(m, made, name)
    if isinstance(owner, Array) and name == "values":  # of a column of a data frame
        return owner
    if isinstance(owner, (Array, Scalar)):
        if name in tables.attributes:
            array = core.as_array(m.stage, owner)
            return with_recipe(m, tables.attributes[name](m.stage, array), f"attr:{name}", owner)
        if name in tables.methods:
            return Method(owner, name)
    elif isinstance(owner, DictValue) and owner.factory == FRAME and frames.has(owner, name):
        return frames.attribute(m, owner, name)
    elif (
        (isinstance(owner, (ListValue, RunList)) and name in LIST_METHODS)
        or (isinstance(owner, DictValue) and name in DICT_METHODS)
        or isinstance(owner, Frozen)
        or (isinstance(owner, (set, frozenset)) and name in SET_METHODS)
    ):
        return Method(owner, name)
    elif name.startswith("__") and name not in tables.methods:
        pass
    elif _is_plain_object(owner) and hasattr(owner, name):
        found = getattr(owner, name)
        return Method(owner, name) if callable(found) else from_python_value(m, found)
    elif isinstance(owner, np.dtype) and hasattr(owner, name):
        return from_python_value(m, getattr(owner, name))
    elif isinstance(owner, Partial) and name == "func":
        return owner.function
    elif isinstance(owner, Foreign):
        return bindtime.attribute(m, owner, name)
    else:
        constant = held(owner, name)
        if constant is not NOTHING:
            return lift(constant)
    m.stage.fail(
        f"attribute {name!r} is not supported here",
        f"the value is {core.describe(owner)}",
        remedy="see the table of what is supported",
    )


def _is_plain_object(owner: Value) -> bool:
    """Whether the attributes of a known value are those of the Python object."""
    return isinstance(owner, (str, tuple, int, float, np.ndarray, np.generic)) or bindtime.is_foreign(owner)


def _checked_member(m: Machine, owner: Ref, name: str) -> Value:
    found = member(owner, name)
    if isinstance(found, Ref) and owner.name.startswith("numpy") and owner.is_module:
        try:
            value = target(found)
        except (AttributeError, ImportError):
            return _unknown(m, found)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
    return found


def call_method(m: Machine, method: Method, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """owner.name(*args, **kwargs)"""
    tables: Tables = m.tables
    owner, name = method.owner, method.name
    if isinstance(owner, Frozen):
        return _frozen(m, owner, name, args, kwargs)
    if isinstance(owner, Foreign):
        found = sparse.multiplied(m, "@", owner, args[0]) if name == "dot" and args else None
        return found[0] if found is not None else bindtime.method(m, owner, name, args, kwargs)
    if isinstance(owner, (ListValue, RunList)):
        return _fitting(m, f".{name}", LIST_METHODS[name], [owner, *args], kwargs)
    if isinstance(owner, (set, frozenset)):
        return set_method(m, owner, name, args)
    if isinstance(owner, DictValue):
        return _fitting(m, f".{name}", DICT_METHODS[name], [owner, *args], kwargs)
    if isinstance(owner, np.ndarray) and name in IN_PLACE and name in tables.methods:
        written.write(m, owner)
    now = not isinstance(owner, (Array, Scalar)) and name not in IN_PLACE
    if now and all(is_plain(v) for v in (owner, *args, *kwargs.values())):
        return _known_method(m, owner, name, args, kwargs)
    if name not in tables.methods:
        m.stage.fail(f"method {name!r} is not supported here", f"the value is {core.describe(owner)}")
    array = core.as_array(m.stage, owner)
    result = tables.methods[name](m.stage, array, *args, **kwargs)
    recipes = recipe_of((owner, *args)), recipe_of(tuple(kwargs.values()))
    if isinstance(result, (Scalar, Array)) and result.recipe is None and None not in recipes:
        named = tuple(zip(kwargs, bindtime.recipe_parts(recipes[1]), strict=True))
        result.recipe = Apply(f"method:{name}", bindtime.recipe_parts(recipes[0]), named)
    return result


def _known_method(m: Machine, owner: Any, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    plain_kwargs = {k: as_python(v) for k, v in kwargs.items()}
    try:
        with np.errstate(all="ignore"):
            result = getattr(owner, name)(*(as_python(v) for v in args), **plain_kwargs)
    except RecursionError:
        raise
    except Exception as error:
        m.stage.fail(f"{type(error).__name__} in .{name}()", "here", reason=str(error))
    return from_python_value(m, result)


def _frozen(m: Machine, owner: Frozen, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """A method of a frozen distribution: its parameters follow the arguments."""
    tables: Tables = m.tables
    methods = tables.distributions[owner.distribution]
    if name not in methods:
        m.stage.fail(f"{owner.distribution}.{name} is not supported", "here")
    if not args and kwargs:
        args = [kwargs.pop(next(iter(kwargs)))]
    return call(m, methods[name], [*args, *owner.args], {**owner.kwargs, **kwargs})
