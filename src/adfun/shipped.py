"""Precompiled objectives in use: `adfun.load`."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import adfun.artifact as artifact
from adfun.artifact import Artifact
from adfun.binding import Described, Signature, check_names, describe, describe_param
from adfun.diagnostics.errors import ArgumentError, ArtifactError, NotCompiledError
from adfun.ir.types import Shapes
from adfun.objective import ADFun
from adfun.pickling import arguments, plain_arguments
from adfun.program import Order, Part
from adfun.recorded import Recalled, recall
from adfun.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class ShippedProgram:
    """A precompiled objective without data (`adfun.program.Program`)."""

    artifacts: tuple[Artifact, ...]
    """All that there are of this objective for this signature; the first is in use."""

    @property
    def name(self) -> str:
        return self.artifacts[0].name

    @property
    def signature(self) -> Signature:
        return self.artifacts[0].signature

    @property
    def digest(self) -> str:
        """Of the modules."""
        binaries = sorted((order, b.sha256) for order, b in self.artifacts[0].binaries.items())
        return hashlib.sha256(json.dumps(binaries).encode()).hexdigest()

    def part(self, order: Order, shapes: Shapes | None = None) -> Part:
        """The module of an order; NotCompiledError when it was not precompiled."""
        used = self.artifacts[0]
        if order not in used.binaries:
            raise NotCompiledError(
                f"{used.path} holds no {order!r} of {used.name}(), only: {', '.join(used.binaries)}\n"
                f"  instead: precompile it with --orders {','.join((*used.binaries, order))}"
            )
        return part_of(used, order)

    def describe_data(self, data: Mapping[str, Any]) -> dict[str, Described]:
        """Other data of this objective, in the order of its arguments."""
        names = [name for name, _ in json.loads(self.signature.text)[0]]
        check_names("data", data, dict.fromkeys(names))
        return {name: describe(name, data[name]) for name in names}

    def fits(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> bool:
        """Whether what was taken for granted when compiling holds for these arguments."""
        return fits(self.artifacts[0], data, params)

    def anew(self, data: Mapping[str, Described], params: Mapping[str, Described]) -> ShippedProgram:
        """The one that was precompiled for other arguments of this signature."""
        for other in self.artifacts:
            if fits(other, data, params):
                others = (a for a in self.artifacts if a is not other)
                return ShippedProgram((other, *others))
        raise NotCompiledError(_assumed_otherwise(self.artifacts))

    def export(self, out: Path, parts: Mapping[Order, Part]) -> Path:
        """Copy the artefact, as far as these modules go, into a new directory inside `out`."""
        used = self.artifacts[0]
        images = {order: used.image(order) for order in parts}
        kept = {order: used.binaries[order] for order in parts}
        return artifact.write(replace(used, path=out.absolute(), binaries=kept), images)

    def pickled(
        self, data: Mapping[str, Described], params: Mapping[str, Described], threads: int
    ) -> tuple[Callable[..., ADFun], tuple[Any, ...]]:
        """By the places of the artefacts: they are read, and verified, where the object is made again."""
        paths = [str(a.path) for a in self.artifacts]
        return restore, (paths, plain_arguments(data), plain_arguments(params), threads)


def restore(paths: list[str], data: Any, params: Any, threads: int) -> ADFun:
    """The object of precompiled modules that was pickled; ArtifactError where they are missing or damaged."""
    described, start = arguments(data), arguments(params)
    program = ShippedProgram(tuple(found for path in paths for found in artifact.read(path)))
    if program.signature.unordered() != Signature.of(described, start).unordered():
        raise ArtifactError(f"{paths[0]} is no longer what it was when an object of it was pickled")
    return ADFun(program, described, start, threads=threads)


def part_of(used: Artifact, order: Order) -> Part:
    """The loaded module of an order that an artefact has."""
    library = used.library(order)
    return _recalled(used, order).precompiled(library)


def fits(used: Artifact, data: Mapping[str, Described], params: Mapping[str, Described]) -> bool:
    """Whether all modules of an artefact serve these arguments, whose signature is the right one."""
    return all(_recalled(used, order).fits(data, params) for order in used.binaries)


def _recalled(used: Artifact, order: Order) -> Recalled:
    recalled = recall(used.binaries[order].record)
    if recalled is None:
        raise ArtifactError(f"{used.path}: its data need a function that this NumPy or SciPy does not have")
    return recalled


def best_first(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """Those that this machine can run; first what uses most of its instructions."""
    usable = [a for a in artifacts if not a.unfit()]
    return sorted(usable, key=lambda a: (-len(a.needs), a.target, str(a.path)))


@dataclass(frozen=True, slots=True, repr=False)
class Shipped:
    """A precompiled objective: call it with data and parameters for an `ADFun`.

    artifacts  what there is of it: signatures, targets
    """

    artifacts: tuple[Artifact, ...]

    @property
    def name(self) -> str:
        return self.artifacts[0].name

    def __call__(self, data: Mapping[str, Any], params: Mapping[str, Any], *, threads: int = 1) -> ADFun:
        """Bind data and start values, as for `make_ad_fun`; nothing is compiled.

        Raises ArgumentError for arguments of no kind that was precompiled, ArtifactError for damaged files
        and where this processor lacks instructions.
        """
        described = {name: describe(name, value) for name, value in _named("data", data).items()}
        start = {name: describe_param(name, value) for name, value in _named("params", params).items()}
        signature = Signature.of(described, start)
        found = self._matching(signature)
        usable = best_first(found)
        if not usable:
            reasons = "\n".join(f"    {a.path}: {a.unfit()}" for a in found)
            raise ArtifactError(
                f"{self.name}() was precompiled for other machines only:\n{reasons}\n"
                "  instead: precompile for another target, such as 'x86-64-v2' or 'generic'"
            )
        fitting = [a for a in usable if fits(a, described, start)]
        if not fitting:
            raise NotCompiledError(_assumed_otherwise(found))
        if len({(a.source, a.digest) for a in fitting}) > 1:
            paths = "\n".join(f"    {a.path}" for a in fitting)
            raise ArtifactError(
                f"several objectives {self.name}() fit:\n{paths}\n  instead: load one of these"
            )
        others = (a for a in usable if a is not fitting[0])
        return ADFun(ShippedProgram((fitting[0], *others)), described, start, threads=threads)

    def _matching(self, signature: Signature) -> list[Artifact]:
        """The artefacts for arguments of this kind."""
        wanted = signature.unordered()
        found = [a for a in self.artifacts if a.signature.unordered() == wanted]
        if not found:
            differences = (a.signature.unordered().difference(wanted) for a in self.artifacts)
            listed = "\n".join(f"    {words}" for words in dict.fromkeys(differences))
            raise ArgumentError(f"{self.name}() was not precompiled for such arguments:\n{listed}")
        return found

    def __repr__(self) -> str:
        return "\n".join(f"<precompiled {a}>" for a in self.artifacts)


def _named(what: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ArgumentError(f"{what}: a {type(given).__name__} has no names; instead: give a dict")
    return given


def _assumed_otherwise(artifacts: Iterable[Artifact]) -> str:
    listed = "\n".join(f"    {a.path}" for a in artifacts)
    return (
        "what was precompiled takes other values or sizes of the data for granted:\n"
        f"{listed}\n  instead: precompile it with these data as the example"
    )


def load(path: str | os.PathLike[str], entry: str | None = None) -> Shipped:
    """A precompiled objective, without its source and without a compiler: `load(path)(data, params)`.

    path   a directory that `adfun precompile` wrote to, or one artefact in it
    entry  the name of the objective, where there are several

    Raises ArtifactError, which names the file, for whatever is missing or damaged.
    """
    found = artifact.read(path)
    names = sorted({a.name for a in found})
    if entry is None and len(names) > 1:
        raise ArgumentError(
            f"{path} holds several objectives; instead: give entry=, one of {', '.join(names)}"
        )
    chosen = tuple(a for a in found if entry in (None, a.name))
    if not chosen:
        raise ArtifactError(f"{path} holds no objective {entry!r}, but {', '.join(names)}")
    return Shipped(chosen)
