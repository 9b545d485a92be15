"""The command line: `adfun precompile | run | show | explain-cache | cache | doctor`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adfun.cli import cache, doctor, objectives
from adfun.diagnostics.errors import AdfunError
from adfun.native.cpu import TARGETS
from adfun.version import __version__

CMAKE = Path(__file__).resolve().parents[1] / "cmake"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 1 for what adfun refuses (2 for a wrong command)."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.cmakedir:
        print(CMAKE)
        return 0
    if given.command is None:
        parser.print_help()
        return 2
    try:
        status: int = given.command(given)
        return status
    except AdfunError as error:
        print(f"adfun: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("adfun", description="NumPy objectives compiled to exact derivatives")
    parser.set_defaults(command=None)
    parser.add_argument("--version", action="version", version=f"adfun {__version__}")
    parser.add_argument("--cmakedir", action="store_true", help="print where adfunConfig.cmake is")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _precompile(commands)
    _run(commands)
    _show(commands)
    _explain(commands)
    _cache(commands)
    made = commands.add_parser("doctor", help="look at compilers, processor, cache; compile and run a test")
    _json(made)
    made.set_defaults(command=doctor.doctor)
    return parser


Commands = Any
"""What `add_subparsers` gives; its type has no public name."""


def _precompile(commands: Commands) -> None:
    made = commands.add_parser(
        "precompile",
        help="compile objectives ahead of time",
        description="Compile objectives to artefacts that load without compiler and source.",
        epilog="SOURCE is a .py file, package.module:function, or a .json file: a list of objects with the "
        "keys source, entry, and signature or data and params.",
    )
    made.add_argument("sources", nargs="+", metavar="SOURCE")
    _arguments(made)
    made.add_argument("--out", required=True, metavar="DIR", help="where artefacts are written to")
    made.add_argument("--target", action="append", choices=TARGETS, help="the processor; may be repeated")
    made.add_argument("--orders", default="", metavar="gr,hvp,he,report", help="which modules; else all")
    made.add_argument("--jobs", type=int, metavar="N", help="how many compilers run at a time")
    made.add_argument("--extension", metavar="NAME", help="write a package to import: it needs numpy alone")
    made.add_argument("--quiet", action="store_true", help="no progress")
    _json(made)
    made.set_defaults(command=objectives.precompile)


def _run(commands: Commands) -> None:
    made = commands.add_parser("run", help="evaluate an objective, or minimise it")
    made.add_argument("sources", nargs=1, metavar="SOURCE", help="a .py file, or package.module:function")
    _arguments(made)
    made.add_argument("--order", action="append", choices=("fn", "gr", "he", "report"), help="what to print")
    made.add_argument("--minimize", action="store_true", help="minimise first; prints standard errors too")
    made.add_argument("--artifacts", metavar="DIR", help="where precompiled objectives are")
    made.add_argument("--target", default="native", choices=TARGETS)
    _json(made)
    made.set_defaults(command=objectives.run)


def _show(commands: Commands) -> None:
    made = commands.add_parser("show", help="print a stage of the compiler")
    made.add_argument("sources", nargs=1, metavar="SOURCE", help="a .py file, or package.module:function")
    _arguments(made)
    made.add_argument("--stage", default="ir", choices=("ir", "adjoint", "cpp"))
    made.set_defaults(command=objectives.show)


def _explain(commands: Commands) -> None:
    made = commands.add_parser("explain-cache", help="what decides the key of an objective, and is it there?")
    made.add_argument("sources", nargs=1, metavar="SOURCE", help="a .py file, or package.module:function")
    _arguments(made)
    made.add_argument("--target", default="native", choices=TARGETS)
    _json(made)
    made.set_defaults(command=objectives.explain)


def _arguments(made: argparse.ArgumentParser) -> None:
    """What an objective's arguments are."""
    made.add_argument("--entry", metavar="NAME", help="the function of the file")
    made.add_argument(
        "--signature", action="append", default=[], metavar="TYPES",
        help="'beta: float64[k]; y: float64[n]': parameters before the semicolon; may be repeated",
    )  # fmt: skip
    made.add_argument("--params", metavar="NAMES", help="the parameters, where annotations tell the types")
    made.add_argument(
        "--data", action="append", default=[], metavar="FILE",
        help="example data: JSON, {'data': {...}, 'params': {...}}; may be repeated",
    )  # fmt: skip


def _cache(commands: Commands) -> None:
    made = commands.add_parser("cache", help="look after the cache on disk")
    inner = made.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command, words in (
        ("info", cache.info, "where it is and how large"),
        ("list", cache.entries, "its entries, the last used first"),
        ("verify", cache.verify, "compare every file with its hash; exit status 1 if one is damaged"),
        ("clear", cache.clear, "remove all entries"),
        ("prune", cache.prune, "remove the entries that were not used for longest"),
        ("key", cache.key, "a key for a CI cache: changes when nothing in the cache would be found"),
    ):
        one = inner.add_parser(name, help=words)
        _json(one)
        one.set_defaults(command=command)
        if name == "verify":
            one.add_argument("--remove", action="store_true", help="remove what is damaged")
        if name == "prune":
            one.add_argument("--size", metavar="BYTES", help="leave at most so much, such as 500M or 2G")
            one.add_argument("--age", metavar="TIME", help="remove what was not used for so long: 30d, 12h")
        if name == "key":
            one.add_argument("--target", default="native", choices=TARGETS)


def _json(made: argparse.ArgumentParser) -> None:
    made.add_argument("--json", action="store_true", help="print JSON")
