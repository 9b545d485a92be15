"""Modules that are imported only when something needs them, so that `import adfun` stays fast."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def load(name: str) -> Any:
    """The module of this name."""
    return importlib.import_module(name)


def function(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is imported when the function is first called."""

    def late(*args: Any) -> Any:
        return getattr(load(module), name)(*args)

    return late


class LazyModule:
    """Stands for a module: imported when one of its members is first asked for."""

    def __init__(self, name: str) -> None:
        self.module_name = name

    def __getattr__(self, member: str) -> Any:
        if member.startswith("__"):
            raise AttributeError(member)
        return getattr(load(self.module_name), member)

    def __repr__(self) -> str:
        return f"<lazy module {self.module_name!r}>"


class LateMapping(Mapping[str, T]):
    """A mapping whose values are made when they are first asked for."""

    def __init__(self, keys: Iterable[str], make: Callable[[str], T]) -> None:
        self._values: dict[str, T | None] = dict.fromkeys(keys)
        self._make = make

    def __getitem__(self, key: str) -> T:
        value = self._values[key]
        if value is None:
            value = self._values[key] = self._make(key)
        return value

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
