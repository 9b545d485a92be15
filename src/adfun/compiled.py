"""A compiled objective without data: finds its modules on disk, or has them compiled."""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from adfun.backend.entry import Emitted
from adfun.binding import Described, LeafValue, Signature, check_names, describe
from adfun.diagnostics.errors import ArgumentError
from adfun.frontend import origin, recipes
from adfun.frontend.origin import Objective
from adfun.ir.nodes import Buffer, Const, Input
from adfun.ir.types import Type
from adfun.lazy import load
from adfun.native import modules
from adfun.program import Failure, Order, Part, Program, Record


@dataclass(frozen=True, slots=True)
class Options:
    """What decides, besides source and signature, what is compiled."""

    target: str = "native"
    cache: bool = True


@dataclass(frozen=True, slots=True)
class HiddenInput:
    """A data input that a recipe gives at bind time."""

    name: str
    recipe: Any
    elem: Type
    shape: tuple[int | None, ...]

    def evaluate(self, leaves: Mapping[str, LeafValue]) -> Any:
        return recipes.evaluate(self.recipe, leaves)


@dataclass(slots=True)
class Compiled:
    """A compiled objective without data (`adfun.program.Program`)."""

    objective: Objective
    signature: Signature
    data: Mapping[str, Described]
    params: Mapping[str, Described]
    digest: str
    options: Options
    _built: Any = None
    _assumed: list[tuple[Any, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.objective.name

    def built(self) -> Any:
        """The objective's IR; evaluated when it is first needed."""
        if self._built is None:
            if origin.digest(self.objective) != self.digest:
                raise ArgumentError(
                    f"the source of {self.name}(), or a constant in it, has changed since then; "
                    "instead: call make_ad_fun again"
                )
            self._built = compiler().evaluate(self.objective, self.data, self.params)
        return self._built

    def part(self, order: Order) -> Part:
        """The module of one order: remembered, or compiled now."""
        start = time.perf_counter()
        key = self._key(order)
        found = self._remembered(key)
        if found is not None:
            return found
        built = self.built()
        self._assumed = list(built.assumed)
        emitted = compiler().compile(order, built.function)
        module = modules.build(emitted.text, target=self.options.target, cache=self.options.cache)
        failures = tuple(_failure(check) for check in emitted.checks)
        hidden = tuple(HiddenInput(entry.name, recipe, *_form(entry)) for recipe, entry in built.hidden)
        lapack = "kernels.h" in " ".join(emitted.headers)
        self._remember(key, module.key, emitted, failures, hidden, lapack)
        seconds = time.perf_counter() - start
        return Part(
            emitted.layout,
            failures,
            module.library,
            lambda: emitted.text,
            hidden,
            module.hit,
            seconds,
            lapack,
        )

    def describe_data(self, data: Mapping[str, Any]) -> dict[str, Described]:
        """Other data of this objective, in the order of its arguments."""
        check_names("data", data, self.data)
        return {name: describe(name, data[name]) for name in self.data}

    def fits(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> bool:
        """Whether what was assumed about the arguments holds for these."""
        return _holds(self._assumed, _leaves(data, params))

    def anew(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> Program:
        """The same objective, to be compiled for other arguments."""
        return Compiled(self.objective, self.signature, data, params, self.digest, self.options)

    # -- on disk ----------------------------------------------------------------------------

    def _key(self, order: Order) -> str:
        parts = [
            generator(),
            self.digest,
            self.signature.text,
            order,
            modules.fingerprint(self.options.target),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _remembered(self, key: str) -> Part | None:
        if not self.options.cache:
            return None
        content = modules.recall(key)
        record = None if content is None else Record.decode(content)
        if record is None:
            return None
        try:
            extra = recipes.decode(record.extra)
            hidden = tuple(
                HiddenInput(n, recipe, Type(t), tuple(shape)) for n, recipe, t, shape in extra["hidden"]
            )
            assumed = [(recipe, value) for recipe, value in extra["assumed"]]
        except (ValueError, KeyError, TypeError, AttributeError, ImportError):
            return None
        if not _holds(assumed, _leaves(self.data, self.params)):
            return None
        module = modules.find(record.key)
        if module is None:
            return None
        self._assumed = assumed
        text = _text_of(record.key)
        return Part(record.layout, record.failures, module.library, text, hidden, True, 0.0, record.lapack)

    def _remember(
        self,
        key: str,
        module: str,
        emitted: Emitted,
        failures: tuple[Failure, ...],
        hidden: tuple[HiddenInput, ...],
        lapack: bool,
    ) -> None:
        if not self.options.cache:
            return
        try:
            listed = [(h.name, h.recipe, h.elem.value, h.shape) for h in hidden]
            extra = recipes.encode({"hidden": listed, "assumed": self._assumed})
        except ValueError:
            return
        record = Record(module, emitted.layout, failures, lapack, extra)
        modules.remember(key, record.encode())


def compiler() -> Any:
    """The module `adfun.compile`: imported only when something is not found on disk."""
    return load("adfun.compile")


@functools.cache
def generator() -> str:
    """sha256 of the compiler itself: what it wrote is found again by the same compiler only."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for path in sorted(package.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(package)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _text_of(key: str) -> Callable[[], str]:
    return lambda: modules.source(key) or ""


def _form(entry: Input) -> tuple[Type, tuple[int | None, ...]]:
    """The element type of an input, and its shape with None for a size that data decide."""
    if not isinstance(entry.item, Buffer):
        return entry.item.type, ()
    sizes = entry.item.shape
    return entry.item.elem, tuple(int(s.value) if isinstance(s, Const) else None for s in sizes)


def _failure(check: tuple[Any, ...]) -> Failure:
    error, types, span = check
    return Failure(error, types, span)


def _leaves(data: Mapping[str, Described], params: Mapping[str, Described]) -> dict[str, LeafValue]:
    return {leaf: value for d in (*data.values(), *params.values()) for leaf, value in d.values.items()}


def _holds(assumed: list[tuple[Any, Any]], leaves: Mapping[str, LeafValue]) -> bool:
    """Whether the data are as the compiled module takes for granted."""
    for recipe, value in assumed:
        try:
            now = recipes.evaluate(recipe, leaves)
        except Exception:
            return False
        if not np.array_equal(now, value):
            return False
    return True
