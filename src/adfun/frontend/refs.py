"""Names of the libraries an objective may use: what `np.exp` or `stats.norm` refers to.

A library object is a `Ref`, its dotted public name.  Nothing is imported to resolve one: SciPy takes longer
to import than an objective takes to compile.  The object is fetched only to be applied to known values.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from functools import cached_property, lru_cache
from types import FunctionType, MemberDescriptorType, ModuleType
from typing import Any

import numpy as np

from adfun.lazy import LazyModule
from adfun.records import dataclass

MODULES = (
    "numpy",
    "numpy.linalg",
    "numpy.lib",
    "numpy.lib.stride_tricks",
    "numpy.random",
    "numpy.fft",
    "scipy.fft",
    "math",
    "cmath",
    "scipy",
    "scipy.special",
    "scipy.stats",
    "scipy.linalg",
    "scipy.linalg.lapack",
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.signal",
    "scipy.spatial",
    "scipy.spatial.distance",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.constants",
    "functools",
    "itertools",
    "operator",
    "collections",
    "typing",
    "numbers",
    "types",
    "warnings",
    "builtins",
    "adfun",
    "adfun.density",
    "__future__",
    "abc",
    "copy",
    "logging",
    "sys",
    "dataclasses",
    "enum",
    "collections.abc",
    "numpy.typing",
)
"""Modules whose members can be named in an objective."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A module, function, class or object of a library, by its dotted name."""

    name: str

    def member(self, attribute: str) -> Ref:
        return Ref(f"{self.name}.{attribute}")

    @property
    def is_module(self) -> bool:
        return self.name in MODULES


def target(ref: Ref) -> Any:
    """The object itself; AttributeError or ImportError when there is none."""
    parts = ref.name.split(".")
    for cut in range(len(parts), 0, -1):
        name = ".".join(parts[:cut])
        if name in MODULES or name in sys.modules:
            found: Any = importlib.import_module(name)
            for part in parts[cut:]:
                found = getattr(found, part)
            return found
    raise ImportError(ref.name)


@lru_cache(maxsize=1)
def _names(loaded: frozenset[str]) -> dict[int, str]:
    names: dict[int, str] = {}
    for module_name in MODULES:
        if module_name not in loaded:
            continue
        module = sys.modules[module_name]
        standard = module_name.partition(".")[0] in sys.stdlib_module_names
        for key, value in vars(module).items():
            if key.startswith("_") or isinstance(value, (ModuleType, int, float, str, bool, type(None))):
                continue
            if standard and getattr(value, "__module__", None) == module_name:
                names[id(value)] = f"{module_name}.{key}"  # others import it, as scipy does `partial`
            names.setdefault(id(value), f"{module_name}.{key}")
    return names


def ref_of(value: Any) -> Ref | None:
    """The `Ref` of an object that belongs to a library; None for anything else."""
    if isinstance(value, LazyModule):
        return Ref(value.module_name)
    if isinstance(value, ModuleType):
        return Ref(value.__name__) if value.__name__ in MODULES else None
    if type(value).__module__ == "logging":
        return Ref(f"logging.{type(value).__name__}")
    loaded = frozenset(m for m in MODULES if m in sys.modules)
    name = _names(loaded).get(id(value))
    if name is not None:
        return Ref(name)
    owner = getattr(value, "__self__", None)
    if owner is not None and not isinstance(owner, (ModuleType, type)):
        method = getattr(value, "__name__", None)
        owner_ref = ref_of(owner)
        if owner_ref is not None and method is not None:
            return owner_ref.member(method)
    return None


CONSTANTS: dict[str, Any] = {
    "numpy.pi": np.pi,
    "numpy.e": np.e,
    "numpy.inf": np.inf,
    "numpy.nan": np.nan,
    "numpy.newaxis": None,
    "numpy.euler_gamma": np.euler_gamma,
    "math.pi": np.pi,
    "math.e": np.e,
    "math.tau": 2 * np.pi,
    "math.inf": np.inf,
    "math.nan": np.nan,
}


def member(ref: Ref, attribute: str) -> Any:
    """What an attribute of a library object stands for: a plain value when it is one, else a `Ref`."""
    found = ref.member(attribute)
    if found.name in CONSTANTS:
        return CONSTANTS[found.name]
    if found.name.startswith(("scipy.constants.", "numpy.inf", "sys.float_info", "sys.maxsize")):
        return target(found)
    return found


def public_names(module: Ref) -> list[str]:
    """What `from module import *` binds (imports it)."""
    found = target(module)
    listed = getattr(found, "__all__", None)
    return [n for n in vars(found) if not n.startswith("_")] if listed is None else list(listed)


NOTHING = object()


CACHED = type(lru_cache(lambda: None))


def uncached(value: Any) -> Any:
    """The function of the user's in one that remembers its results; any other value as it is."""
    wrapped = getattr(value, "__wrapped__", None) if isinstance(value, CACHED) else None
    return wrapped if isinstance(wrapped, FunctionType) else value


def held(owner: Any, name: str) -> Any:
    """What a module, class or object of the user's holds under a name, or NOTHING; runs no code of theirs."""
    if not hasattr(owner, "__dict__"):
        return NOTHING
    found = inspect.getattr_static(owner, name, NOTHING)
    if isinstance(found, staticmethod):
        return found.__func__
    bound = hasattr(type(found), "__get__") and not isinstance(owner, ModuleType)  # a method, a property ...
    return NOTHING if bound else found


def user_classes(cls: type) -> list[type]:
    """A class and its bases as far as they are the user's, in the order in which names are looked up."""
    return [c for c in cls.__mro__ if _in_the_language(c.__module__ or "")]


def _in_the_language(module: str) -> bool:
    """Whether the classes of a module are evaluated: the user's, and those of our own library."""
    return module.split(".")[0] not in _NOT_THE_USERS or module.startswith("adfun.library.")


_NOT_THE_USERS = sys.stdlib_module_names - {"__main__"} | {"numpy", "scipy", "adfun", "pandas"}


def attributes_of(value: Any) -> Iterator[tuple[str, Any]]:
    """The attributes of an object of the user's, without those of its class."""
    if isinstance(value, tuple):
        yield from zip(getattr(value, "_fields", ()), value, strict=False)
        return
    yield from getattr(value, "__dict__", {}).items()
    for owner in user_classes(type(value)):
        for name, slot in vars(owner).items():
            if isinstance(slot, MemberDescriptorType) and hasattr(value, name):
                yield name, getattr(value, name)


def methods_of(value: Any) -> tuple[str, FunctionType | None]:
    """The function that an entry of a class holds, and how it is bound; None when it is no method."""
    match value:
        case FunctionType():
            return "", value
        case staticmethod() | classmethod():
            inner = value.__func__
            return type(value).__name__, inner if isinstance(inner, FunctionType) else None
        case cached_property():
            return "cached", value.func if isinstance(value.func, FunctionType) else None
        case property():
            return "property", value.fget if isinstance(value.fget, FunctionType) else None
        case _:
            return "", None


def is_users(function: FunctionType) -> bool:
    """Whether somebody wrote a method, rather than `dataclass`, `NamedTuple` or `Enum`."""
    library = str(function.__globals__.get("__name__")).split(".")[0] in _NOT_THE_USERS
    return not library and not function.__code__.co_filename.startswith("<string")


def exists(ref: Ref) -> bool:
    """Whether the library has such a member (imports it)."""
    try:
        target(ref)
    except (AttributeError, ImportError):
        return False
    return True
