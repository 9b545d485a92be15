"""From what is remembered of a compiled module back to a usable one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import adfun._core as _core
from adfun.binding import Described, LeafValue
from adfun.frontend import recipes
from adfun.ir.types import Type
from adfun.program import Part, Record
from adfun.records import dataclass, replace

Assumed = list[tuple[Any, Any]]
"""Recipes, with the values that a module takes for granted."""


@dataclass(frozen=True, slots=True)
class HiddenInput:
    """A data input that a recipe gives at bind time."""

    name: str
    recipe: Any
    elem: Type
    shape: tuple[int | None, ...]

    def evaluate(self, leaves: Mapping[str, LeafValue]) -> Any:
        return recipes.evaluate(self.recipe, leaves)


@dataclass(frozen=True, slots=True)
class Recalled:
    """A record with its recipes read."""

    record: Record
    hidden: tuple[HiddenInput, ...]
    assumed: Assumed

    def fits(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> bool:
        """Whether these arguments are as the module takes for granted."""
        return holds(self.assumed, data, params)

    def part(
        self, library: _core.Library, text: Callable[[], str], *, hit: bool = True, seconds: float = 0.0
    ) -> Part:
        """The module as objects use it."""
        r = self.record
        return Part(r.layout, r.failures, library, text, self.hidden, hit, seconds, r.lapack, r)

    def precompiled(self, library: _core.Library) -> Part:
        """The same of an artefact, which does not hold the C++ text."""
        return replace(self.part(library, lambda: ""), found="precompiled")


def recall(record: Record) -> Recalled | None:
    """A record with its recipes read; None when they name what is not there."""
    try:
        listed = recipes.decode(record.extra["hidden"])
        assumed = recipes.decode(record.extra["assumed"])
        hidden = tuple(HiddenInput(n, recipe, Type(t), tuple(shape)) for n, recipe, t, shape in listed)
        return Recalled(record, hidden, [(recipe, value) for recipe, value in assumed])
    except (ValueError, KeyError, TypeError, AttributeError, ImportError):
        return None


def extra(hidden: tuple[HiddenInput, ...], assumed: Assumed) -> Any:
    """What a record keeps for `recall`; None when it cannot be written down."""
    listed = [(h.name, h.recipe, h.elem.value, h.shape) for h in hidden]
    try:
        return {"hidden": recipes.encode(listed), "assumed": recipes.encode(assumed)}
    except ValueError:
        return None


def holds(assumed: Assumed, data: Mapping[str, Described], params: Mapping[str, Described]) -> bool:
    """Whether the recipes give these values for the arguments at hand."""
    leaves = {leaf: value for d in (*data.values(), *params.values()) for leaf, value in d.values.items()}
    for recipe, value in assumed:
        try:
            now = recipes.evaluate(recipe, leaves)
        except Exception:
            return False
        if not np.array_equal(now, value):
            return False
    return True
