"""Precompiled objectives as a package of their own, which needs neither adfun nor SciPy: `--extension`.

    <name>/__init__.py        fn, gr, he ... (`adfun.standalone`)
          /objectives/...     the artefacts
          /_runtime/...       what loads and calls them: modules of adfun, and its core

The modules are found by following imports; in the copies these are relative, so that several extensions, and
adfun itself, live side by side in one process.
"""

from __future__ import annotations

import ast
import keyword
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import adfun._core as _core
from adfun.diagnostics.errors import ArgumentError
from adfun.version import __version__

PACKAGE = Path(__file__).resolve().parent
FACE = "standalone"
FUNCTIONS = ("bind", "fn", "gr", "fn_gr", "he", "hvp", "report")

_IMPORT = re.compile(r"^from adfun(?:\.([\w.]+))? import |^import adfun\.(\w+) as (\w+)$", re.MULTILINE)


@contextmanager
def package(name: str, out: Path) -> Iterator[Path]:
    """Make an extension in `out`: yields the directory that artefacts are to be written to.

    Raises ArgumentError for a name that cannot be imported, and where nothing can be written.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ArgumentError(f"extension: {name!r} cannot be imported; instead: a name such as 'mymodel'")
    made, final = out / f".{secrets.token_hex(8)}", out / name
    if final.exists() and not (final / "_runtime").is_dir():
        raise ArgumentError(f"extension: {final} is there, and is no extension; instead: choose another name")
    try:
        (made / "objectives").mkdir(parents=True)
        yield made / "objectives"
        _write_runtime(made / "_runtime")
        (made / "__init__.py").write_text(_face(made / "objectives"), encoding="utf-8")
        if final.exists():
            os.rename(final, made / "old")
        os.rename(made, final)
        shutil.rmtree(final / "old", ignore_errors=True)
    except OSError as error:
        raise ArgumentError(f"extension: {out} cannot be written: {error}") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _face(objectives: Path) -> str:
    """The package's `__init__`: one objective's functions are its own."""
    names = sorted({path.name.rpartition("-")[0] for path in objectives.iterdir()})
    lines = [
        f'"""{", ".join(names)}: compiled by adfun {__version__}; functions of parameters and data."""',
        "",
        "from pathlib import Path as _Path",
        "",
        f"from ._runtime.{FACE} import extensions as _extensions",
        "",
        '_found = _extensions(_Path(__file__).parent / "objectives")',
        "globals().update(_found)",
    ]
    if len(names) == 1:
        lines += ["(_only,) = _found.values()", *(f"{f} = _only.{f}" for f in FUNCTIONS)]
    return "\n".join([*lines, ""])


def _write_runtime(directory: Path) -> None:
    for module in sorted(modules(FACE)):
        target = directory / _file(module).relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = _file(module).read_text(encoding="utf-8")
        target.write_text(_relative(text, module.count(".")), encoding="utf-8")
    folders = {directory, *(path.parent for path in directory.rglob("*.py"))}
    for folder in folders:
        text = '"""A part of adfun (MIT licence), for the objectives beside it."""\n'
        (folder / "__init__.py").write_text(text, encoding="utf-8")
    core = Path(str(_core.__file__))
    shutil.copyfile(core, directory / core.name)


def modules(first: str) -> set[str]:
    """The modules of adfun that importing one of them imports, by their names in the package."""
    found: set[str] = set()
    open_ = [first]
    while open_:
        module = open_.pop()
        if module not in found:
            found.add(module)
            open_ += _imported(ast.parse(_file(module).read_text(encoding="utf-8")))
    return found


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            named = (alias.name.partition(".") for alias in node.names)
            yield from (inside for top, _, inside in named if top == "adfun" and _file(inside).is_file())
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "adfun":
            inside = (node.module or "").partition(".")[2]
            for alias in node.names:
                deeper = f"{inside}.{alias.name}".lstrip(".")
                yield deeper if _file(deeper).is_file() else inside


def _file(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")).with_suffix(".py")


def _relative(text: str, depth: int) -> str:
    """A module's text with relative imports; it is so many folders below the package."""
    dots = "." * (depth + 1)

    def replaced(found: re.Match[str]) -> str:
        if found[2]:
            return f"from {dots} import {found[2]} as {found[3]}"
        return f"from {dots}{found[1] or ''} import "

    return _IMPORT.sub(replaced, text)
