"""`adfun doctor`: what this machine offers, and whether an objective compiles and runs here."""

from __future__ import annotations

import argparse
import os
import platform
import re
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import adfun.cli.cache as cache
import adfun.processors as processors
from adfun.cli.inputs import show
from adfun.diagnostics.errors import AdfunError
from adfun.make import make_ad_fun
from adfun.native import cpu, flags, modules, toolchain
from adfun.version import __version__

TEST = "import numpy as np\n\ndef objective(a, y):\n    return np.sum((y - np.exp(a)) ** 2)\n"


def doctor(given: argparse.Namespace) -> int:
    """Exit status 0 when the test objective compiles and gives the right numbers."""
    sections: dict[str, Callable[[], dict[str, Any]]] = {
        "versions": _versions,
        "compiler": _compiler,
        "processor": _processor,
        "cache": cache.about,
        "test": _test,
    }
    found = {name: _attempted(section) for name, section in sections.items()}
    lines = []
    for name, section in found.items():
        lines += [name, *(f"    {key:14}{_words(value)}" for key, value in section.items())]
    show(given, found, "\n".join(lines))
    return 0 if found["test"].get("result") == "good" else 1


def _attempted(section: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return section()
    except (AdfunError, OSError) as error:
        return {"problem": str(error)}


def _versions() -> dict[str, Any]:
    found = {"adfun": __version__, "python": platform.python_version(), "system": platform.platform()}
    for package in ("numpy", "scipy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return {**found, "libc": cpu.libc()}


def _compiler() -> dict[str, Any]:
    tools = toolchain.find()
    return {
        "command": " ".join(tools.command),
        "kind": tools.kind,
        "version": next((x for x in tools.identity.splitlines() if re.search("(gcc|clang) version", x)), ""),
        "flags": flags.arguments(tools.kind, "native"),
        "ADFUN_CXX": os.environ.get("ADFUN_CXX", ""),
        "ADFUN_OFFLINE": "set: nothing is compiled" if modules.offline() else "",
    }


def _processor() -> dict[str, Any]:
    usable = [name for name in cpu.TARGETS if cpu.runs_here(cpu.required(name))]
    return {
        "architecture": cpu.architecture(),
        "targets": usable,
        "features": sorted(cpu.features()),
        "count": processors.available(),
    }


def _test() -> dict[str, Any]:
    start = time.perf_counter()
    obj = make_ad_fun(TEST, {"y": np.array([1.0, 2.0])}, {"a": 0.0}, cache=False)
    good = obj.fn() == 1.0 and obj.gr()[0] == -2.0 and obj.he()[0, 0] == 2.0
    return {
        "result": "good" if good else f"wrong: {obj.fn()}, {obj.gr()}, {obj.he()}",
        "seconds": round(time.perf_counter() - start, 3),
    }


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value).replace("\n", "\n" + 18 * " ")
