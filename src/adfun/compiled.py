"""A compiled objective without data: finds its modules on disk, or has them compiled."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import adfun.artifact as artifact
import adfun.pickling as pickling
from adfun.artifact import Artifact, Binary
from adfun.binding import Described, Signature, check_names, describe
from adfun.diagnostics.errors import AdfunError, ArgumentError, ArtifactError, NotCompiledError
from adfun.diagnostics.spans import NOWHERE
from adfun.frontend.content import content_of, portable_digest
from adfun.frontend.origin import Content, Objective, file_of
from adfun.ir.nodes import Buffer, Const, Input
from adfun.ir.types import Shapes, Type
from adfun.lazy import load
from adfun.locks import Lock
from adfun.native import cpu, modules, toolchain
from adfun.native.toolchain import ToolchainError
from adfun.objective import ADFun
from adfun.parameters import Parameters
from adfun.pickling import State
from adfun.program import ORDERS, Failure, Order, Part, Parts, Program, Record
from adfun.recorded import Assumed, HiddenInput, Recalled, extra, holds, recall
from adfun.records import asdict, dataclass, field, replace
from adfun.shipped import best_first
from adfun.version import __version__


@dataclass(frozen=True, slots=True)
class Options:
    """What decides, besides source and signature, what is compiled."""

    target: str = "native"
    cache: bool = True


@dataclass(slots=True)
class Evaluated:
    """The IR of an objective, shared by programs for several targets."""

    built: Any = None
    lock: Lock = field(default_factory=Lock)


@dataclass(slots=True)
class Compiled:
    """A compiled objective without data (`adfun.program.Program`).

    shelf  precompiled objectives, where modules are looked for first
    """

    objective: Objective
    signature: Signature
    data: Mapping[str, Described]
    params: Mapping[str, Described]
    content: Content
    options: Options
    shelf: tuple[Artifact, ...] = ()
    _evaluated: Evaluated = field(default_factory=Evaluated)
    _assumed: Assumed = field(default_factory=list)
    """What its modules, all together, take for granted."""

    @staticmethod
    def of(
        objective: Objective,
        data: Mapping[str, Described],
        params: Mapping[str, Described],
        options: Options,
        shelf: tuple[Artifact, ...] = (),
    ) -> Compiled:
        """For arguments of this kind; modules do not depend on the order in which they are given."""
        data, params = ({n: side[n] for n in objective.parameters if n in side} for side in (data, params))
        content = content_of(objective)
        return Compiled(objective, Signature.of(data, params), data, params, content, options, shelf)

    @property
    def name(self) -> str:
        return self.objective.name

    @property
    def digest(self) -> str:
        """Of the source, the signature and the target."""
        parts = [self.content.digest, self.signature.unordered().text, self.options.target]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def built(self, shapes: Shapes | None = None) -> Any:
        """The objective's IR, evaluated when first needed; for parameters of these shapes, each time."""
        with self._evaluated.lock:
            if self._evaluated.built is not None and shapes is None:
                return self._evaluated.built
            if content_of(self.objective).digest != self.content.digest:
                raise ArgumentError(
                    f"the source of {self.name}(), or a constant in it, has changed since then; "
                    "instead: call make_ad_fun again"
                )
            built = compiler().evaluate(self.objective, self.data, self.params, shapes)
            if shapes is None:
                self._evaluated.built = built
            return built

    def part(self, order: Order, shapes: Shapes | None = None) -> Part:
        """The module of one order: precompiled, remembered or compiled, perhaps for these shapes only."""
        start = time.perf_counter()
        found = self._shipped(order) or self._remembered(order, shapes)
        if found is not None:
            return found
        built = self.built(shapes)
        assumed = list(built.assumed)
        self._assumed += assumed
        emitted = compiler().compile(order, built.function, shapes)
        failures = tuple(Failure(*check) for check in emitted.checks)
        hidden = tuple(HiddenInput(entry.name, recipe, *_form(entry)) for recipe, entry in built.hidden)
        lapack = "eigen.h" in emitted.headers
        module = self._module(order, emitted.text)
        kept = extra(hidden, assumed)
        record = Record(module.key, emitted.layout, failures, lapack, kept)
        if kept is not None:
            self._remember(order, shapes, record)
        made = Recalled(record, hidden, assumed)
        return made.part(
            module.library, lambda: emitted.text, hit=module.hit, seconds=time.perf_counter() - start
        )

    def _module(self, order: Order, text: str) -> modules.Module:
        """The module of a text: precompiled, in the cache, or compiled now."""
        wanted = hashlib.sha256(text.encode()).hexdigest()
        for shipped in self._usable():
            binary = shipped.binaries.get(order)
            if binary is not None and binary.text == wanted:
                return modules.Module(binary.sha256, shipped.library(order), True, 0.0)
        try:
            return modules.build(text, target=self.options.target, cache=self.options.cache)
        except NotCompiledError:
            why = "ADFUN_OFFLINE is set, and this is neither precompiled nor in the cache"
            raise NotCompiledError(f"{why}:\n{self._missing(order)}") from None
        except ToolchainError as error:
            if not self.shelf:
                raise
            raise ToolchainError(f"{error}\nThis is not precompiled:\n{self._missing(order)}") from None

    def describe_data(self, data: Mapping[str, Any]) -> dict[str, Described]:
        """Other data of this objective, in the order of its arguments."""
        check_names("data", data, self.data)
        return {name: describe(name, data[name]) for name in self.data}

    def fits(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> bool:
        """Whether what was assumed about the arguments holds for these."""
        return holds(self._assumed, data, params)

    def anew(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> Program:
        """The same objective, to be compiled for other arguments."""
        return Compiled(self.objective, self.signature, data, params, self.content, self.options, self.shelf)

    def pickled(
        self, data: Mapping[str, Described], params: Mapping[str, Described], threads: int
    ) -> tuple[Callable[[Any], ADFun], tuple[Any]]:
        """By content: the source and all it refers to, the signature, the options, the data."""
        if self.content.missing:
            raise ArgumentError(
                f"{self.name}() cannot be pickled: it refers to {self.content.missing}, of which there is no "
                "plain form; instead: pass numbers and arrays as data, or the source as a .py file or text"
            )
        options = {**asdict(self.options), "artifacts": [str(a.path) for a in self.shelf]}
        state = State(self.objective, self.content, options, dict(data), dict(params), threads)
        return restore, (state.plain(),)

    def explain(self) -> dict[str, Any]:
        """What decides the keys, and what of it is in the cache."""
        target = self.options.target
        shapes = {order: Parameters.of(self.params).few() if order == "he" else None for order in ORDERS}
        found = {order: self._remembered(order, shapes[order]) for order in ORDERS}
        return {
            "objective": f"{self.name}() of {file_of(self.objective)}",
            "source": self.content.digest or "cannot be told: nothing is kept",
            "signature": str(self.signature),
            "adfun": generator(),
            "toolchain": modules.ingredients(toolchain.find(), target),
            "records": {order: self._key(order, shapes[order]) for order in ORDERS},
            "modules": {
                order: "not in the cache" if part is None or part.record is None else part.record.key
                for order, part in found.items()
            },
        }

    # -- precompiled ------------------------------------------------------------------------

    def _usable(self) -> list[Artifact]:
        """What is on the shelf for this target and runs on this machine."""
        wanted = self.options.target
        return best_first(a for a in self.shelf if wanted in ("native", a.target))

    def _shipped(self, order: Order) -> Part | None:
        """A precompiled module of this very source and signature."""
        usable = [a for a in self._usable() if order in a.binaries and a.digest]
        if not usable:
            return None
        digest, signature = portable_digest(self.content), self.signature.unordered()
        for shipped in usable:
            if shipped.digest == digest and shipped.signature.unordered() == signature:
                recalled = recall(shipped.binaries[order].record)
                if recalled is not None and recalled.fits(self.data, self.params):
                    self._assumed += recalled.assumed
                    return recalled.precompiled(shipped.library(order))
        return None

    def _missing(self, order: Order) -> str:
        """What would have to be compiled, and what there is."""
        target, needs = self.options.target, sorted(cpu.required(self.options.target))
        lines = [
            f"    objective  {self.name}() of {file_of(self.objective)}",
            f"    signature  {self.signature}",
            f"    order      {order}",
            f"    target     {target} ({cpu.architecture()}: {' '.join(needs) or 'no special instructions'})",
        ]
        for shipped in self.shelf:
            lines += [f"  {shipped.path} holds", f"    {shipped}"]
            lines += [f"    but {why}" for why in self._differences(shipped)]
        remedy = "instead: precompile it (adfun precompile), or unset ADFUN_OFFLINE where there is a compiler"
        return "\n".join([*lines, f"  {remedy}"])

    def _differences(self, shipped: Artifact) -> list[str]:
        """Why an artefact is not what is wanted."""
        digest = portable_digest(self.content)
        mine, theirs = self.signature.unordered(), shipped.signature.unordered()
        return [
            why
            for why in (
                shipped.unfit(),
                "" if shipped.digest == digest else "of another source",
                "" if self.options.target in ("native", shipped.target) else "for another target",
                theirs.difference(mine),
            )
            if why
        ]

    def export(self, out: Path, parts: Mapping[Order, Part]) -> Path:
        """Write modules of this objective as an artefact; returns its directory."""
        target = self.options.target
        images, binaries = {}, {}
        for order, part in parts.items():
            images[order], binaries[order] = self._binary(order, part)
        made = Artifact(
            out.absolute(),
            self.name,
            file_of(self.objective),
            portable_digest(self.content),
            self.signature,
            target,
            cpu.architecture(),
            cpu.required(target),
            cpu.libc(),
            __version__,
            binaries,
        )
        return artifact.write(made, images)

    def _binary(self, order: Order, part: Part) -> tuple[bytes, Binary]:
        record = part.record
        if record is None or record.extra is None:
            raise AdfunError(
                f"{self.name}() cannot be precompiled: its data hold what cannot be written down"
            )
        for shipped in self.shelf:
            if order in shipped.binaries and shipped.binaries[order].sha256 == record.key:
                return shipped.image(order), shipped.binaries[order]
        image, text = modules.binary(record.key, cache=self.options.cache), part.text()
        if image is None or not text:
            raise AdfunError(f"the {order!r} of {self.name}() is no longer in the cache; instead: try again")
        sha256 = hashlib.sha256(image).hexdigest()
        named = replace(record, key=sha256, failures=tuple(map(_portable, record.failures)))
        return image, Binary(sha256, len(image), hashlib.sha256(text.encode()).hexdigest(), named)

    # -- on disk ----------------------------------------------------------------------------

    def _key(self, order: Order, shapes: Shapes | None = None) -> str | None:
        """Of the record; None where there can be none.

        That is where not all of the source can be told, or no compiler is there and none is needed.
        """
        if self.content.missing:
            return None
        try:
            fingerprint = modules.fingerprint(self.options.target)
        except ToolchainError:
            if self.shelf or modules.offline():
                return None
            raise
        parts = [generator(), self.content.digest, self.signature.text, order, shapes, fingerprint]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def _remembered(self, order: Order, shapes: Shapes | None = None) -> Part | None:
        key = self._key(order, shapes)
        if not self.options.cache or key is None:
            return None
        content = modules.recall(key)
        record = None if content is None else Record.decode(content)
        recalled = None if record is None else recall(record)
        if recalled is None or not recalled.fits(self.data, self.params):
            return None
        module = modules.find(recalled.record.key)
        if module is None:
            return None
        self._assumed += recalled.assumed
        return recalled.part(module.library, _text_of(module.key))

    def _remember(self, order: Order, shapes: Shapes | None, record: Record) -> None:
        key = self._key(order, shapes)
        if self.options.cache and key is not None:
            modules.remember(key, record.encode())


_restored: weakref.WeakValueDictionary[tuple[str, ...], Parts] = weakref.WeakValueDictionary()
"""The modules of objects that were unpickled in this process."""


def restore(plain: Any) -> ADFun:
    """The object that a pickled state stands for: its modules are found, or compiled from the source in it.

    Raises ArgumentError for a state that is damaged or was written by another version.
    """
    state = pickling.read(plain)
    try:
        paths = state.options.pop("artifacts")
        options = Options(**state.options)
        key = state.content.digest, state.signature, options.target, str(options.cache), *paths
    except (KeyError, TypeError):
        raise pickling.damaged() from None
    if options.target not in cpu.TARGETS:
        raise pickling.damaged()
    parts = _restored.get(key)
    if parts is None:
        shelf = tuple(found for path in paths for found in _shelf(path))
        program = Compiled.of(state.objective, state.data, state.params, options, shelf)
        parts = _restored[key] = Parts(program)
    else:
        parts = parts.fitting(state.data, state.params)
    return ADFun(parts.program, state.data, state.params, parts, state.threads)


def _shelf(path: str) -> list[Artifact]:
    """What was precompiled there; nothing where another machine does not have it."""
    try:
        return artifact.read(path)
    except ArtifactError:
        return []


def compiler() -> Any:
    """The module `adfun.compile`: imported only when something is not found on disk."""
    return load("adfun.compile")


def cache_key(target: str) -> str:
    """For a CI cache: another one when nothing that is in the cache now would be found."""
    parts = [generator(), modules.fingerprint(target)]
    return f"adfun-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]}"


@functools.cache
def generator() -> str:
    """sha256 of the compiler itself: what it wrote is found again by the same compiler only."""
    digest = hashlib.sha256()
    package = os.path.dirname(__file__)
    for path in _sources(package):
        with open(path, "rb", buffering=0) as file:
            content = file.read()
        digest.update(f"{path[len(package) :]} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(folder: str) -> Iterator[str]:
    """The paths of a folder's Python files, in a fixed order; `pathlib` takes twice as long for it."""
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if entry.name.endswith(".py"):
            yield entry.path
        elif entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry.path)


def _portable(failure: Failure) -> Failure:
    """Without the path of the machine that compiled it."""
    span = failure.span
    if span is NOWHERE:
        return failure
    source = replace(span.source, name=os.path.basename(span.source.name))
    return replace(failure, span=replace(span, source=source))


def _text_of(key: str) -> Callable[[], str]:
    return lambda: modules.source(key) or ""


def _form(entry: Input) -> tuple[Type, tuple[int | None, ...]]:
    """The element type of an input, and its shape with None for a size that data decide."""
    if not isinstance(entry.item, Buffer):
        return entry.item.type, ()
    sizes = entry.item.shape
    return entry.item.elem, tuple(int(s.value) if isinstance(s, Const) else None for s in sizes)
