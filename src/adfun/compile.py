"""The whole compiler: the only module that knows every stage, one line a stage."""

from __future__ import annotations

import hashlib
import inspect
import json
import linecache
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Literal

import numpy as np

from adfun import backend
from adfun.backend import Emitted, Entry
from adfun.binding import Described, LeafValue, Signature, describe, describe_param
from adfun.diagnostics.errors import ArgumentError, CompileError
from adfun.frontend import entry as frontend
from adfun.frontend import recipes
from adfun.ir.nodes import Buffer, Const, Function, Input
from adfun.ir.printer import show as show_ir
from adfun.ir.types import Type
from adfun.native import cpu, modules
from adfun.objective import ADFun
from adfun.passes.adjoint import adjoint
from adfun.passes.forward import forward_gradient, prefers_forward
from adfun.passes.checks import hoist_checks
from adfun.passes.expand import expand
from adfun.passes.fuse import fuse
from adfun.passes.inline import inline
from adfun.passes.lower import lower
from adfun.passes.simplify import simplify
from adfun.passes.stage import stage
from adfun.passes.tangent import tangent
from adfun.program import Failure, Order, Part, Program, Record

VERSION = "0.1.0"
"""Of the generated code: part of every key in the cache."""

Show = Literal["ir", "adjoint", "cpp"]

# -- the stages -------------------------------------------------------------------------------


def loops(function: Function) -> Function:
    """The objective as fused loops: what all orders start from."""
    function = simplify(function)
    function = inline(function)
    function = lower(function)
    function = hoist_checks(function)
    return fuse(function)


def finish(name: str, function: Function, *, drop_reports: bool = True) -> Entry:
    """A function of a module, split into what runs at bind time and in every call."""
    function = expand(function)
    function = simplify(function, drop_reports=drop_reports)
    function = fuse(function)
    staged = stage(function)
    slots = tuple(backend.Slot(s.name, s.source, s.target) for s in staged.slots)
    return Entry(name, staged.prepare, staged.call, slots)


def entries(order: Order, function: Function) -> list[Entry]:
    """The functions of the module of one order."""
    primal = loops(function)
    if order == "report":
        return [finish("report", primal, drop_reports=False)]
    if order == "gr":
        gradient = forward_gradient(primal) if prefers_forward(primal) else adjoint(primal)
        return [finish("fn", primal), finish("gr", gradient)]
    gradient = simplify(adjoint(primal), drop_reports=True)
    return [finish(order, tangent(gradient, lanes=order == "he"))]


# -- programs ---------------------------------------------------------------------------------


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

    objective: frontend.Objective
    signature: Signature
    data: Mapping[str, Described]
    params: Mapping[str, Described]
    digest: str
    options: Options
    _built: frontend.Built | None = None
    _assumed: list[tuple[Any, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.objective.name

    def built(self) -> frontend.Built:
        """The objective's IR; evaluated when it is first needed."""
        if self._built is None:
            self._built = frontend.build(self.objective, self.data, self.params)
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
        emitted = backend.emit(entries(order, built.function))
        module = modules.build(emitted.text, target=self.options.target, cache=self.options.cache)
        failures = tuple(_failure(check) for check in emitted.checks)
        hidden = tuple(HiddenInput(entry.name, recipe, *_form(entry)) for recipe, entry in built.hidden)
        lapack = "kernels.h" in " ".join(emitted.headers)
        self._remember(key, module.key, emitted, failures, hidden, lapack)
        seconds = time.perf_counter() - start
        return Part(
            emitted.layout, failures, module.library, lambda: emitted.text, hidden, module.hit, seconds, lapack
        )

    def describe_data(self, data: Mapping[str, Any]) -> dict[str, Described]:
        """Other data of this objective, in the order of its arguments."""
        _check_names("data", data, self.data)
        return {name: describe(name, data[name]) for name in self.data}

    def adapt(self, data: Mapping[str, Described]) -> Program:
        """Itself, unless what was assumed about the data does not hold for these."""
        leaves = {leaf: value for d in data.values() for leaf, value in d.values.items()}
        if _holds(self._assumed, leaves):
            return self
        return Compiled(self.objective, self.signature, data, self.params, self.digest, self.options)

    # -- on disk ----------------------------------------------------------------------------

    def _key(self, order: Order) -> str:
        parts = [VERSION, self.digest, self.signature.text, order, modules.fingerprint(self.options.target)]
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
            hidden = tuple(HiddenInput(n, recipe, Type(t), tuple(shape)) for n, recipe, t, shape in extra["hidden"])
            assumed = [(recipe, value) for recipe, value in extra["assumed"]]
        except (ValueError, KeyError, TypeError, AttributeError, ImportError):
            return None
        leaves = {leaf: value for d in self.data.values() for leaf, value in d.values.items()}
        if not _holds(assumed, leaves):
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


# -- the user's call --------------------------------------------------------------------------


def make_ad_fun(
    source: Any,
    data: Mapping[str, Any],
    params: Mapping[str, Any],
    *,
    entry: str | None = None,
    cache: bool = True,
    target: str = "native",
    threads: int = 1,
    show: Show | None = None,
) -> ADFun:
    """Compile an objective, or find it compiled, and bind it to data.

    source   a function, the path of a .py file, or source text
    data     values of the arguments that stay fixed, by name
    params   start values of the arguments to differentiate by, by name: numbers or arrays
    entry    which function of a file or text; else `objective`, or the only one that no other calls
    cache    whether compiled modules are kept on disk and found again
    target   "native", or an x86-64 level such as "x86-64-v3"
    threads  number of threads of one evaluation
    show     print one stage: "ir", "adjoint" or "cpp"

    Raises CompileError (with the line in question) for what cannot be compiled, ArgumentError for
    arguments that do not fit.
    """
    if show not in (None, "ir", "adjoint", "cpp"):
        raise ArgumentError(f"show: {show!r} is no stage; instead: 'ir', 'adjoint' or 'cpp'")
    if not isinstance(threads, int) or threads < 1:
        raise ArgumentError(f"threads: {threads!r} is no positive number")
    if target not in cpu.TARGETS:
        raise ArgumentError(f"target: {target!r} is unknown; instead: {', '.join(map(repr, cpu.TARGETS))}")
    objective = frontend.read(source, entry)
    data, params = _argument("data", data), _argument("params", params)
    _check_arguments(objective, data, params)
    described = {name: describe(name, value) for name, value in data.items()}
    start = {name: describe_param(name, value) for name, value in params.items()}
    signature = Signature.of(described, start)
    digest = _digest(objective)
    program = Compiled(objective, signature, described, start, digest, Options(target, cache and digest != ""))
    try:
        made = ADFun(program, described, start)
    except CompileError as error:
        raise error.with_traceback(None) from None  # it shows the user's line; ours would only hide it
    if show is not None:
        print(_shown(program, made, show))
    return made


def _argument(what: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise ArgumentError(
            f"{what}: a {type(given).__name__} has no names; instead: give a dict from argument name to value"
        )
    return dict(given)


def _check_arguments(
    objective: frontend.Objective, data: Mapping[str, Any], params: Mapping[str, Any]
) -> None:
    both = [name for name in data if name in params]
    if both:
        raise ArgumentError(f"given as data and as parameters: {', '.join(both)}; instead: give each once")
    unknown = [name for name in (*data, *params) if name not in objective.parameters]
    if unknown:
        raise ArgumentError(
            f"{objective.name}() has no argument {', '.join(map(repr, unknown))}; "
            f"it has: {', '.join(objective.parameters) or 'none'}"
        )
    missing = [n for n in objective.parameters if n not in data and n not in params and n not in objective.defaults]
    if missing:
        raise ArgumentError(
            f"{objective.name}() misses {', '.join(map(repr, missing))}; instead: give them in data or params"
        )


def _check_names(what: str, given: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    missing = [name for name in wanted if name not in given]
    unknown = [name for name in given if name not in wanted]
    if missing or unknown:
        raise ArgumentError(
            f"{what}: "
            + "; ".join(
                f"{word} {', '.join(map(repr, names))}" for word, names in (("missing", missing), ("unknown", unknown)) if names
            )
            + f"; the names are {', '.join(wanted)}"
        )


def _shown(program: Compiled, made: ADFun, show: Show) -> str:
    if show == "cpp":
        return made.cpp
    function = program.built().function
    return show_ir(function if show == "ir" else simplify(expand(adjoint(loops(function)))))


# -- what was compiled ------------------------------------------------------------------------


def _digest(objective: frontend.Objective) -> str:
    """sha256 of everything in the source that decides the IR; empty when it cannot be told."""
    if isinstance(objective.origin, FunctionType):
        return _function_digest(objective.origin)
    text = objective.origin
    return hashlib.sha256(json.dumps([text.source.name, text.source.text, text.entry]).encode()).hexdigest()


def _function_digest(function: FunctionType) -> str:
    """Over the function and all functions and constants it refers to."""
    seen: dict[int, int] = {}
    parts: list[Any] = []
    try:
        _describe_object(function, seen, parts)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    except (ValueError, OSError, TypeError):
        return ""


def _describe_object(value: Any, seen: dict[int, int], parts: list[Any]) -> None:
    if isinstance(value, FunctionType):
        if id(value) in seen:
            parts.append(["again", seen[id(value)]])
            return
        seen[id(value)] = len(seen)
        if value.__module__.split(".")[0] in ("numpy", "scipy"):
            parts.append(["library", value.__module__, value.__qualname__])
            return
        code = value.__code__
        lines = linecache.getlines(code.co_filename)
        if not lines:
            raise OSError(code.co_filename)
        block = inspect.getblock(lines[code.co_firstlineno - 1 :])
        parts.append([code.co_filename, code.co_firstlineno, block])
        for default in (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).items()):
            _describe_object(default, seen, parts)
        for name, cell in zip(code.co_freevars, value.__closure__ or (), strict=True):
            parts.append(name)
            _describe_object(cell.cell_contents, seen, parts)
        for name in sorted(_names(code)):
            if name in value.__globals__:
                parts.append(name)
                _describe_object(value.__globals__[name], seen, parts)
        return
    if isinstance(value, (list, tuple)) and any(callable(v) for v in value):
        for item in value:
            _describe_object(item, seen, parts)
        return
    parts.append(recipes.encode(value))


def _names(code: Any) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            names |= _names(constant)
    return names


