"""The house keeps its floors: what may import what, and how long files and functions are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "adfun"
FLOORS: tuple[tuple[str, ...], ...] = (
    ("lazy", "locks", "deep", "processors", "records", "reporting", "version"),
    ("diagnostics",),
    ("ir",),
    ("binding",),
    ("primitives", "library"),
    ("frontend",),
    ("passes",),
    ("backend",),
    ("native",),
    ("parameters",),
    ("program",),
    ("snapshot",),
    ("pickling",),
    ("objective",),
    ("artifact", "recorded", "signatures"),
    ("shipped", "extension"),
    ("standalone",),
    ("compile",),
    ("compiled",),
    ("make",),
    ("precompile",),
    ("fits", "sharding"),
    ("__init__",),
    ("cli", "cmake"),
    ("__main__",),
)
"""From the ground up; a module imports from its own floor and from lower ones."""
STRANGERS = ("frontend", "passes", "backend", "native")
"""None of these imports another."""
LONGEST_FILE, LONGEST_FUNCTION = 600, 60
MODULES = sorted(PACKAGE.rglob("*.py"))


def _floor(module: str) -> int:
    part = module.removeprefix("adfun").lstrip(".").split(".")[0] or "__init__"
    return next(k for k, names in enumerate(FLOORS) if part in names)


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(path: Path, tree: ast.Module) -> Iterator[str]:
    """The modules of adfun that a module imports when it is imported."""
    known = {_name(p) for p in MODULES}
    for node in _at_import(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "adfun")
        elif node.level:
            pytest.fail(f"{path}: a relative import")
        elif (node.module or "").split(".")[0] == "adfun":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module or ""


def _at_import(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements outside of functions and of `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            yield from _at_import(node)


GRAPH = {_name(path): set(_imports(path, _tree(path))) for path in MODULES}


def test_every_module_is_on_a_floor() -> None:
    known = {name for floor in FLOORS for name in floor}
    assert {name.split(".")[1] for name in GRAPH if "." in name} <= known
    assert known <= {p.stem for p in PACKAGE.iterdir()}


@pytest.mark.parametrize("module", sorted(GRAPH))
def test_imports_point_downwards(module: str) -> None:
    own = module.removeprefix("adfun.").split(".")[0]
    for imported in GRAPH[module]:
        if imported == "adfun._core":
            continue
        assert _floor(imported) <= _floor(module), f"{module} imports {imported} from a higher floor"
        other = imported.removeprefix("adfun.").split(".")[0]
        assert own == other or not (own in STRANGERS and other in STRANGERS), f"{module} knows {imported}"


def test_records_are_made_fast() -> None:
    """The standard library's dataclasses would double the time that importing adfun takes."""
    for path in MODULES:
        for node in _at_import(_tree(path)):
            slow = isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
            assert not slow, f"{path}:{node.lineno}: import from adfun.records instead"


def test_there_are_no_cycles() -> None:
    order: list[str] = []
    open_: list[str] = []

    def visit(module: str) -> None:
        assert module not in open_, " imports ".join([*open_[open_.index(module) :], module])
        if module in order:
            return
        open_.append(module)
        for imported in sorted(GRAPH.get(module, ())):
            visit(imported)
        order.append(open_.pop())

    for module in sorted(GRAPH):
        visit(module)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_nothing_is_imported_inside_functions(path: Path) -> None:
    for function in ast.walk(_tree(path)):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inside = [n for n in ast.walk(function) if isinstance(n, (ast.Import, ast.ImportFrom))]
            assert not inside, f"{path}:{inside[0].lineno}"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_files_and_functions_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    for node in ast.walk(_tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            length = (node.end_lineno or first) - first + 1
            assert length <= LONGEST_FUNCTION, f"{path}:{first}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(_tree(path)), f"{path} has no docstring"


def test_the_runtime_headers_know_no_python() -> None:
    for path in (PACKAGE.parents[1] / "cpp" / "include").rglob("*.h"):
        text = path.read_text(encoding="utf-8")
        assert "Python.h" not in text and "pybind11" not in text, path
