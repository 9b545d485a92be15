"""Commands about objectives: precompile, run, show, explain-cache."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import numpy as np

import adfun.cli.inputs as inputs
from adfun.compiled import Options
from adfun.diagnostics.errors import ArgumentError
from adfun.lazy import load
from adfun.make import make_ad_fun
from adfun.objective import ADFun
from adfun.precompile import precompile as compile_ahead
from adfun.program import ORDERS


def precompile(given: argparse.Namespace) -> int:
    """`adfun precompile`"""

    def progress(done: int, total: int, words: str) -> None:
        print(f"[{done}/{total}] {words}", file=sys.stderr, flush=True)

    orders: Any = [o for o in given.orders.split(",") if o] or ORDERS
    made = compile_ahead(
        inputs.models(given),
        given.out,
        target=given.target or "native",
        orders=orders,
        jobs=given.jobs,
        progress=None if given.quiet else progress,
        extension=given.extension,
    )
    if given.extension:
        inputs.show(given, {"extension": str(made[0])}, str(made[0]))
        return 0
    manifests = [json.loads((path / "manifest.json").read_text(encoding="utf-8")) for path in made]
    kept = ("objective", "source", "target", "needs", "digest")
    listed = [
        {"path": str(path), **{name: m[name] for name in kept}, "orders": list(m["orders"])}
        for path, m in zip(made, manifests, strict=True)
    ]
    inputs.show(given, listed, "\n".join(map(str, made)))
    return 0


def run(given: argparse.Namespace) -> int:
    """`adfun run`"""
    if len(given.data) != 1:
        raise ArgumentError("run: give one file of data and parameters, --data FILE")
    model = inputs.example(inputs.named_source(given.sources[0]), given.data[0], given.entry)
    obj = make_ad_fun(
        model.source,
        model.data or {},
        dict(model.params or {}),  # type: ignore[arg-type]  # an example's parameters are a dict
        entry=model.entry,
        target=given.target,
        artifacts=given.artifacts,
    )
    result: dict[str, Any] = {}
    x = obj.par
    if given.minimize:
        x = _minimum(obj, result)
    for order in given.order or ["fn", "gr"]:
        result[order] = getattr(obj, order)(x)
    inputs.show(given, {"names": obj.names, **result}, _table(obj, result))
    return 0


def _minimum(obj: ADFun, result: dict[str, Any]) -> Any:
    fit = load("scipy.optimize").minimize(obj.fn, obj.par, jac=obj.gr, hess=obj.he, method="trust-exact")
    result["x"], result["success"] = fit.x, bool(fit.success)
    with np.errstate(invalid="ignore"):
        try:
            result["standard errors"] = np.sqrt(np.diag(np.linalg.inv(obj.he(fit.x))))
        except np.linalg.LinAlgError:
            result["standard errors"] = np.full(len(fit.x), np.nan)
    return fit.x


def _table(obj: ADFun, result: dict[str, Any]) -> str:
    """Vectors by the names of the parameters, all else as it is."""
    lines = []
    for what, value in result.items():
        if isinstance(value, np.ndarray) and value.shape == (len(obj.names),):
            lines += [what, *(f"    {name:20} {v:.10g}" for name, v in zip(obj.names, value, strict=True))]
        else:
            lines.append(f"{what} {value}" if np.ndim(value) == 0 else f"{what}\n{value}")
    return "\n".join(lines)


def show(given: argparse.Namespace) -> int:
    """`adfun show`"""
    (model,) = _one(given)
    program = model.program()
    compiler = load("adfun.compile")
    if given.stage == "cpp":
        print(compiler.compile("gr", program.built().function).text)
    else:
        print(compiler.shown(program.built().function, given.stage))
    return 0


def explain(given: argparse.Namespace) -> int:
    """`adfun explain-cache`"""
    (model,) = _one(given)
    program = model.program()
    program.options = Options(given.target)
    found = program.explain()
    lines = [f"{name:12}{value}" for name, value in found.items() if not isinstance(value, dict)]
    for name, value in found.items():
        if isinstance(value, dict):
            lines += [f"{name}:", *(f"    {inner:14}{_short(v)}" for inner, v in value.items())]
    inputs.show(given, found, "\n".join(lines))
    return 0


def _one(given: argparse.Namespace) -> list[Any]:
    found = inputs.models(given)
    if len(found) != 1:
        raise ArgumentError("give one description of the arguments: --data, --signature or --params")
    return found


def _short(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else str(value)
    return text.partition("\n")[0][:160]
