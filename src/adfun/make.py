"""The user's call: `make_ad_fun`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import adfun.artifact as artifact
from adfun.binding import describe, describe_param
from adfun.compiled import Compiled, Options, compiler
from adfun.diagnostics.errors import ArgumentError, CompileError
from adfun.frontend.origin import Objective, read
from adfun.native import cpu
from adfun.objective import ADFun

Show = Literal["ir", "adjoint", "cpp"]


def make_ad_fun(
    source: Any,
    data: Mapping[str, Any],
    params: Mapping[str, Any],
    *,
    entry: str | None = None,
    cache: bool = True,
    target: str = "native",
    threads: int = 1,
    artifacts: str | os.PathLike[str] | None = None,
    show: Show | None = None,
) -> ADFun:
    """Compile an objective, or find it compiled, and bind it to data.

    source   a function or bound method, the path of a .py file, or source text
    data     values of the arguments that stay fixed, by name
    params   start values of the arguments to differentiate by, by name: numbers or arrays
    entry    which function of a file or text; else `objective`, or the only one that no other calls
    cache    whether compiled modules are kept on disk and found again
    target   "native", or an x86-64 level such as "x86-64-v3"
    threads  how many threads may work on one evaluation, within what affinity, cgroup and OMP_NUM_THREADS
             or SLURM_CPUS_PER_TASK grant; results do not depend on it
    artifacts  a directory that `adfun precompile` wrote to: what is there is not compiled again
    show     print one stage: "ir", "adjoint" or "cpp"

    Raises CompileError (with the line in question) for what cannot be compiled, ArgumentError for
    arguments that do not fit, ArtifactError for damaged artefacts, NotCompiledError for what is not
    there where ADFUN_OFFLINE is set.
    """
    if show not in (None, "ir", "adjoint", "cpp"):
        raise ArgumentError(f"show: {show!r} is no stage; instead: 'ir', 'adjoint' or 'cpp'")
    if not isinstance(threads, int) or threads < 1:
        raise ArgumentError(f"threads: {threads!r} is no positive number")
    check_target(target)
    _check_processor(target)
    objective = read(source, entry)
    data, params = _argument("data", data), _argument("params", params)
    check_arguments(objective, data, params)
    described = {name: describe(name, value) for name, value in data.items()}
    start = {name: describe_param(name, value) for name, value in params.items()}
    shelf = () if artifacts is None else tuple(artifact.read(artifacts))
    program = Compiled.of(objective, described, start, Options(target, cache), shelf)
    try:
        made = ADFun(program, described, start, threads=threads)
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


def check_target(target: str) -> None:
    """Refuse what is no target."""
    if target not in cpu.TARGETS:
        raise ArgumentError(f"target: {target!r} is unknown; instead: {', '.join(map(repr, cpu.TARGETS))}")


def _check_processor(target: str) -> None:
    missing = ", ".join(sorted(cpu.lacks(target)))
    if missing:
        raise ArgumentError(
            f"target: this processor cannot run {target!r}, it has no {missing}; "
            "instead: 'native', or a lower level"
        )


def check_arguments(objective: Objective, data: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Refuse arguments that the objective does not have, lacks, or gets twice."""
    both = [name for name in data if name in params]
    if both:
        raise ArgumentError(f"given as data and as parameters: {', '.join(both)}; instead: give each once")
    unknown = [name for name in (*data, *params) if name not in objective.parameters]
    if unknown:
        raise ArgumentError(
            f"{objective.name}() has no argument {', '.join(map(repr, unknown))}; "
            f"it has: {', '.join(objective.parameters) or 'none'}"
        )
    missing = [
        n for n in objective.parameters if n not in data and n not in params and n not in objective.defaults
    ]
    if missing:
        raise ArgumentError(
            f"{objective.name}() misses {', '.join(map(repr, missing))}; instead: give them in data or params"
        )


def _shown(program: Compiled, made: ADFun, show: Show) -> str:
    if show == "cpp":
        return made.cpp
    text: str = compiler().shown(program.built().function, show)
    return text
