"""Small classes, dataclasses and named tuples: attributes by name, methods as functions."""

from __future__ import annotations

import ast
from typing import Any

from adfun.frontend import specs
from adfun.frontend.functions import FunctionValue, define
from adfun.frontend.machine import Env, Machine
from adfun.frontend.refs import Ref, target
from adfun.frontend.values import DictValue, Instance, ListValue, Partial, Value, as_python
from adfun.records import dataclass, field

ENUMS = (Ref("enum.Enum"), Ref("enum.IntEnum"))
PLAIN = ("builtins.object", "abc.ABC", "typing.Protocol")
"""Base classes that add nothing."""
HARMLESS = tuple(
    map(Ref, ("abc.abstractmethod", "functools.lru_cache", "functools.cache", "typing.override"))
)
"""Decorators of methods that change nothing."""
CACHED = "cached"
"""The kind of a property that is kept when it has been computed."""
RECORDS = ("dataclasses.dataclass", "typing.NamedTuple", "collections.namedtuple")


@dataclass(eq=False, slots=True)
class ClassValue:
    """A class under evaluation.

    fields    the parameters of the constructor that a dataclass or named tuple has, in order
    defaults  their defaults
    members   methods and class attributes, those of base classes included
    """

    name: str
    members: dict[str, Value] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    defaults: dict[str, Value] = field(default_factory=dict)
    factories: dict[str, Value] = field(default_factory=dict)
    """Functions that make the defaults of fields."""
    internal: set[str] = field(default_factory=set)
    """Fields that the constructor does not take."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Of members that are decorated: property, staticmethod or classmethod."""
    bases: list[ClassValue] = field(default_factory=list)
    frozen: bool = False
    """Whether the fields of its objects stay as they are."""

    def is_a(self, other: ClassValue) -> bool:
        """Whether it is a class or one of those it inherits from."""
        return self is other or any(base.is_a(other) for base in self.bases)


def class_definition(m: Machine, node: ast.ClassDef) -> None:
    """class Name(bases): constants, annotated fields and methods"""
    if len(node.bases) == 1 and m.eval(node.bases[0]) in ENUMS:
        m.assign(node.name, _enumeration(m, node))
        return
    made = ClassValue(node.name)
    record = _is_record(m, node, made)
    env = Env(made.members, m.env, m.env.function)
    for stmt in node.body:
        match stmt:
            case ast.FunctionDef():
                _method(m, made, stmt)
            case ast.AnnAssign(target=ast.Name(id=name)) if record:
                made.fields.append(name)
                if stmt.value is not None:
                    _default(m, made, name, stmt.value, bool(node.decorator_list))
            case ast.Assign() | ast.AnnAssign():
                with m.within(env, m.source):
                    m.exec(stmt)
            case ast.Expr() | ast.Pass():
                pass
            case _:
                m.stage.fail("only methods and attributes can stand in a class", "here")
    m.assign(node.name, made)


def _enumeration(m: Machine, node: ast.ClassDef) -> Value:
    """class Name(Enum), whose members are known: the class as Python makes it."""
    env = Env({}, m.env, m.env.function)
    with m.within(env, m.source):
        for stmt in node.body:
            if isinstance(stmt, ast.Assign):
                _member(m, stmt, env.names)
            elif not isinstance(stmt, (ast.Expr, ast.Pass)):
                m.stage.fail("only members can stand in an enum", "here", remedy="use a class")
    if not all(isinstance(v, (int, float, str)) for v in env.names.values()):
        m.stage.fail("the members of an enum must be known numbers or texts", "here")
    base: Any = target(m.eval(node.bases[0]))
    return base(node.name, list(env.names.items()))


def _member(m: Machine, stmt: ast.Assign, members: dict[str, Value]) -> None:
    """A member of an enum; `auto()` is one more than the member before."""
    match stmt:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function, args=[])):
            if m.eval(function) == Ref("enum.auto"):
                m.assign(name, 1 + max((v for v in members.values() if isinstance(v, int)), default=0))
                return
    m.exec(stmt)


def _default(m: Machine, made: ClassValue, name: str, node: ast.expr, shared: bool) -> None:
    """The default of a field, or the function that makes one for every object."""
    function = m.eval(node.func) if isinstance(node, ast.Call) else None
    if not isinstance(function, Ref) or function.name != "dataclasses.field":
        value = made.defaults[name] = m.settle(m.eval(node))
        if shared and isinstance(value, (ListValue, DictValue)) and not isinstance(value, Instance):
            m.stage.fail(
                f"the default of {name!r} would be one for all objects",
                "here",
                reason="a dataclass refuses a list or dict as a default",
                remedy="write field(default_factory=...)",
            )
        return
    assert isinstance(node, ast.Call)
    given = {k.arg: k.value for k in node.keywords}
    if "default" in given:
        made.defaults[name] = m.settle(m.eval(given["default"]))
    elif "default_factory" in given:
        made.factories[name] = m.eval(given["default_factory"])
    if isinstance(flag := given.get("init"), ast.Constant) and flag.value is False:
        made.internal.add(name)


def _is_record(m: Machine, node: ast.ClassDef, made: ClassValue) -> bool:
    record = False
    for base in reversed(node.bases):
        found = m.eval(base)
        if isinstance(found, ClassValue):
            made.bases.insert(0, found)
            made.members.update(found.members)
            made.fields += found.fields
            made.defaults.update(found.defaults)
            made.factories.update(found.factories)
            made.internal |= found.internal
            made.kinds.update(found.kinds)
            made.frozen = made.frozen or found.frozen
        elif isinstance(found, Ref) and (found.name in RECORDS or found.name in PLAIN):
            record = record or found.name in RECORDS
            made.frozen = made.frozen or found.name in RECORDS[1:]
        else:
            m.stage.fail("this base class is not supported", f"{ast.unparse(base)}", remedy="use functions")
    for decorator in node.decorator_list:
        found = m.eval(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if not (isinstance(found, Ref) and found.name in RECORDS):
            m.stage.fail("this class decorator is not supported", "here", remedy="remove it")
        record = True
        keywords = decorator.keywords if isinstance(decorator, ast.Call) else ()
        made.frozen = any(
            k.arg == "frozen" and isinstance(k.value, ast.Constant) and bool(k.value.value) for k in keywords
        )
    return record


def setter_of(name: str) -> str:
    """The member under which the setter of a property is kept."""
    return f"{name}.setter"


def _method(m: Machine, made: ClassValue, node: ast.FunctionDef) -> None:
    setters = [d for d in node.decorator_list if isinstance(d, ast.Attribute) and d.attr == "setter"]
    if setters:
        whose = setters[0].value
        if isinstance(whose, ast.Name) and made.kinds.get(whose.id) != "property":
            with m.stage.at(m.source, whose):
                m.stage.fail(
                    f"no property {whose.id!r} was defined in this class before",
                    "here",
                    remedy="define what reads it first, with @property",
                )
        setter = define(m, node)
        setter.owner = made
        made.members[setter_of(node.name)] = setter
        return
    made.kinds.pop(node.name, None)
    for decorator in node.decorator_list:
        name = decorator.id if isinstance(decorator, ast.Name) else ""
        if name not in ("property", "staticmethod", "classmethod"):
            found = m.eval(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if found in HARMLESS:
                continue
            if found != Ref("functools.cached_property"):
                m.stage.fail("this decorator of a method is not supported", "here", remedy="remove it")
            name = CACHED
        made.kinds[node.name] = name
    function = define(m, node)
    function.owner = made
    made.members[node.name] = function


def named_tuple(m: Machine, name: Value, fields: Value, *, defaults: Value = ()) -> Value:
    """collections.namedtuple(name, fields)"""
    listed = as_python(fields)
    names = listed.replace(",", " ").split() if isinstance(listed, str) else list(listed)
    given = list(as_python(defaults))
    given_last = dict(zip(names[len(names) - len(given) :], given, strict=True))
    return ClassValue(str(name), {}, names, given_last, frozen=True)


def construct(m: Machine, cls: ClassValue, args: list[Value], kwargs: dict[str, Value]) -> Value:
    """Name(*args, **kwargs)"""
    made = Instance({}, cls)
    m.stage.born(made)
    if isinstance(cls.members.get("__init__"), FunctionValue):
        m.call(cls.members["__init__"], [made, *args], kwargs)
        return made
    taken = [f for f in cls.fields if f not in cls.internal]
    if len(args) > len(taken):
        m.stage.fail(f"{cls.name}() got too many arguments", f"it takes {len(taken)}")
    given = {**dict(zip(taken, args, strict=False)), **kwargs}
    unknown = [k for k in given if k not in taken]
    made_now = {k: m.call(f, [], {}) for k, f in cls.factories.items() if k not in given}
    given = {**cls.defaults, **made_now, **given}
    missing = [f for f in taken if f not in given]
    if missing or unknown:
        m.stage.fail(
            f"{cls.name}() {'misses' if missing else 'has no'} {', '.join(missing or unknown)}", "here"
        )
    made.items = {name: m.settle(given[name]) for name in cls.fields if name in given}
    if isinstance(cls.members.get("__post_init__"), FunctionValue):
        m.call(cls.members["__post_init__"], [made], {})
    return made


def instance_attribute(m: Machine, owner: Instance, name: str) -> Value:
    """owner.name"""
    if name in owner.items:
        return owner.items[name]
    cls: Any = owner.cls
    if name == "_replace":
        return Partial(Replace(owner), (), {})
    if name == "_asdict" and name not in cls.members and cls.fields:
        return Partial(Ref("builtins.dict"), (), dict(owner.items))
    return class_attribute(m, cls, name, owner)


@dataclass(frozen=True, slots=True, eq=False)
class Replace:
    """`record._replace`."""

    owner: Instance


@dataclass(frozen=True, slots=True, eq=False)
class Make:
    """`Record._make`."""

    cls: ClassValue


def replaced(m: Machine, owner: Instance, changes: dict[str, Value]) -> Value:
    """owner._replace(**changes)"""
    made = Instance({**owner.items, **{k: m.settle(v) for k, v in changes.items()}}, owner.cls)
    m.stage.born(made)
    return made


def overloaded(m: Machine, owner: Value, name: str, *args: Value) -> tuple[Value] | None:
    """What `owner.__name__(*args)` gives, where the user's class defines it."""
    if not isinstance(owner, Instance) or f"__{name}__" not in owner.cls.members:
        return None
    return (m.settle(m.call(class_attribute(m, owner.cls, f"__{name}__", owner), list(args))),)


def namespace(m: Machine, **values: Value) -> Value:
    """types.SimpleNamespace(**values)"""
    made = Instance({k: m.settle(v) for k, v in values.items()}, ClassValue("SimpleNamespace"))
    m.stage.born(made)
    return made


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """`super()` in a method of `cls`."""

    cls: ClassValue
    owner: Value


def super_attribute(m: Machine, found: Super, name: str) -> Value:
    """super().name"""
    owner = found.owner if isinstance(found.owner, Instance) else None
    for base in found.cls.bases:
        if name in base.members:
            return class_attribute(m, base, name, owner)
    if name in ("__init__", "__post_init__"):
        return Ref("builtins.object.__init__")
    m.stage.fail(f"no base class of {found.cls.name} has an attribute {name!r}", "here")


def class_attribute(m: Machine, cls: ClassValue, name: str, owner: Instance | None = None) -> Value:
    """A member of a class, bound to an instance where there is one."""
    if name == "_fields" and cls.fields:
        return tuple(cls.fields)
    if name == "_make" and cls.fields:
        return Partial(Make(cls), (), {})
    if name not in cls.members:
        m.stage.fail(f"{cls.name} has no attribute {name!r}", "here", remedy="assign it in __init__")
    found = cls.members[name]
    kind = cls.kinds.get(name)
    if not isinstance(found, FunctionValue) or kind == "staticmethod":
        return found
    if kind == "classmethod":
        return Partial(found, (cls,), {})
    if owner is None:
        return found
    if kind == CACHED:
        value = m.settle(m.call(found, [owner], {}))
        m.stage.change(owner, specs.state_of(owner))
        owner.items = {**owner.items, name: value}
        return value
    return m.call(found, [owner], {}) if kind == "property" else Partial(found, (owner,), {})


def assign_attribute(m: Machine, owner: Value, name: str, value: Value) -> None:
    """owner.name = value"""
    if not isinstance(owner, Instance):
        m.stage.fail(
            "attributes of this cannot be assigned",
            "here",
            reason="an objective must not change anything outside itself",
            remedy="use a plain name",
        )
    if owner.cls.frozen:
        m.stage.fail(
            f"{name!r} of a {owner.cls.name} cannot be assigned",
            "here",
            reason="it is a named tuple or a frozen dataclass",
            remedy="make a new one, with `dataclasses.replace` or `_replace`",
        )
    if owner.cls.kinds.get(name) == "property":
        setter = owner.cls.members.get(setter_of(name))
        if setter is None:
            m.stage.fail(f"property {name!r} of a {owner.cls.name} has no setter", "here")
        m.call(setter, [owner, value])
        return
    m.stage.change(owner, specs.state_of(owner))
    owner.items = {**owner.items, name: m.settle(value)}
