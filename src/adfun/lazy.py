"""Modules that are imported only when something needs them, so that `import adfun` stays fast."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any


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
