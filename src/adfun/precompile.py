"""Compile objectives ahead of time into artefacts: `adfun.precompile`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import adfun.processors as processors
import adfun.signatures as signatures
from adfun.binding import Described, describe, describe_param
from adfun.compiled import Compiled, Options
from adfun.diagnostics.errors import ArgumentError, CompileError
from adfun.extension import package
from adfun.frontend import origin
from adfun.frontend.origin import Objective
from adfun.lazy import load
from adfun.make import check_arguments, check_target
from adfun.program import ORDERS, Order, Part
from adfun.records import dataclass, replace

Progress = Callable[[int, int, str], None]
"""Called with how many modules are made, how many there will be, and which one was made last."""


@dataclass(frozen=True, slots=True)
class Model:
    """One objective to precompile, and for which arguments.

    source     a function, the path of a .py file, or source text
    data       example data, as for `make_ad_fun`
    params     example parameters; or the names of the parameters, where annotations tell the types
    signature  types instead of examples: "beta: float64[k]; y: float64[n]", parameters before the semicolon
    entry      which function of a file or text
    """

    source: Any
    data: Mapping[str, Any] | None = None
    params: Mapping[str, Any] | Sequence[str] | None = None
    signature: str | None = None
    entry: str | None = None

    def program(self) -> Compiled:
        """The objective without data; ArgumentError when its arguments are not told."""
        objective = origin.read(self.source, self.entry)
        data, params = self._described(objective)
        check_arguments(objective, data, params)
        return Compiled.of(objective, data, params, Options())

    def _described(self, objective: Objective) -> tuple[dict[str, Described], dict[str, Described]]:
        if self.signature is not None:
            if self.data is not None or self.params is not None:
                raise ArgumentError("give either a signature or example data and parameters")
            return signatures.parse(self.signature)
        if isinstance(self.params, Mapping):
            data = {} if self.data is None else self.data
            return (
                {name: describe(name, value) for name, value in data.items()},
                {name: describe_param(name, value) for name, value in self.params.items()},
            )
        if self.params is None or isinstance(self.params, str) or self.data is not None:
            raise ArgumentError(
                f"{objective.name}(): of what types are its arguments? Give a signature, example data and "
                "parameters, or annotations and the names of the parameters"
            )
        return signatures.annotated(objective, self.params)


def precompile(
    source: Any,
    out: str | os.PathLike[str],
    *,
    data: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | Sequence[str] | None = None,
    signature: str | Iterable[str] | None = None,
    entry: str | None = None,
    target: str | Iterable[str] = "native",
    orders: Iterable[Order] = ORDERS,
    jobs: int | None = None,
    progress: Progress | None = None,
    extension: str | None = None,
) -> list[Path]:
    """Compile objectives to artefacts, which `adfun.load` and `make_ad_fun(..., artifacts=out)` take.

    source     a function, the path of a .py file, source text; or a list of `Model`s, each with its arguments
    out        the directory to write to; an artefact in it is replaced by a newer one
    data, params, signature, entry     as in `Model`; several signatures make several artefacts
    target     one or several of "native", "generic", "x86-64-v2" to "x86-64-v4"
    orders     which modules: "gr" (value and gradient), "hvp", "he", "report"
    jobs       how many are compiled at a time; else as many as there are processors
    progress   called after each module
    extension  write them as a package of this name, to be imported: it needs neither adfun nor SciPy

    Returns the artefacts' directories, or the extension's.  Raises what `make_ad_fun` raises.
    """
    if isinstance(source, (list, tuple)):
        models = list(source)
    elif signature is None or isinstance(signature, str):
        models = [Model(source, data, params, signature, entry)]
    else:
        models = [Model(source, data, params, text, entry) for text in signature]
    targets = [target] if isinstance(target, str) else list(target)
    for name in targets:
        check_target(name)
    wanted = _chosen(orders)
    programs = [
        replace(program, options=replace(program.options, target=name))
        for program in (model.program() for model in models)
        for name in targets
    ]
    try:
        parts = _compile_all([(p, order) for p in programs for order in wanted], jobs, progress)
    except CompileError as error:
        raise error.with_traceback(None) from None
    step = len(wanted)
    made = [parts[k : k + step] for k in range(0, len(parts), step)]
    by_order = (dict(zip(wanted, m, strict=True)) for m in made)
    ready = list(zip(programs, by_order, strict=True))
    if extension is None:
        return [program.export(Path(out), found) for program, found in ready]
    with package(extension, Path(out)) as inside:
        for program, found in ready:
            program.export(inside, found)
    return [Path(out) / extension]


def _chosen(orders: Iterable[Order]) -> list[Order]:
    given = list(orders)
    unknown = [order for order in given if order not in ORDERS]
    if unknown or not given:
        raise ArgumentError(
            f"orders: {', '.join(map(repr, unknown)) or 'none'}; there are {', '.join(ORDERS)}"
        )
    return [order for order in ORDERS if order in given or order == "gr"]


def _compile_all(
    tasks: list[tuple[Compiled, Order]], jobs: int | None, progress: Progress | None
) -> list[Part]:
    """All modules, in order; the first error stops what has not begun."""
    lock, done = threading.Lock(), 0

    def make(program: Compiled, order: Order) -> Part:
        nonlocal done
        part = replace(program).part(order)
        with lock:
            done += 1
            if progress is not None:
                how = "found" if part.hit else f"{part.seconds:.2f} s"
                progress(done, len(tasks), f"{program.name} {order} {program.options.target}: {how}")
        return part

    with load("concurrent.futures").ThreadPoolExecutor(jobs or processors.available()) as pool:
        futures = [pool.submit(make, *task) for task in tasks]
        try:
            return [future.result() for future in futures]
        finally:
            pool.shutdown(cancel_futures=True)
