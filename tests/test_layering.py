"""The floors of the house: who may import whom, and how large a room may be."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "adfun"
FILES = sorted(SOURCE.rglob("*.py"))
FLOORS = (
    ("diagnostics", "lazy"),
    ("ir",),
    ("binding", "primitives"),
    ("library",),
    ("frontend", "passes", "backend", "native"),
    ("program", "parameters", "snapshot"),
    ("compile", "compiled", "objective"),
    ("make", "reporting", "__init__"),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
STRANGERS = FLOORS[4]


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path) -> set[str]:
    """Modules of the package that a module imports when it is loaded."""
    found: set[str] = set()
    todo: list[ast.AST] = list(ast.parse(path.read_text()).body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            stem = node.module or ""
            inside = {f"{stem}.{a.name}" for a in node.names}
            found |= {m for m in inside if module_exists(m)} or {stem}
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            todo += [*node.body, *node.orelse]
        elif isinstance(node, (ast.Try, ast.With)):
            todo += node.body
    return {m for m in found if m.split(".")[0] == "adfun" and m != "adfun._core"}


def module_exists(module: str) -> bool:
    if not module.startswith("adfun"):
        return False
    path = SOURCE.parent / Path(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_every_room_has_a_floor() -> None:
    assert {room_of(name_of(p)) for p in FILES} <= set(FLOOR)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_upward_import(path: Path) -> None:
    room = room_of(name_of(path))
    for module in imports(path):
        other = room_of(module)
        assert FLOOR[other] <= FLOOR[room], f"{module} is above"
        if room in STRANGERS and other in STRANGERS:
            assert room == other, f"{room} and {other} are strangers"


def test_no_cycles() -> None:
    graph = {name_of(p): imports(p) for p in FILES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module not in done:
            for other in graph.get(module, ()):
                visit(other, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_size_and_shape(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 600
    assert not text.strip() or ast.get_docstring(tree), "no module docstring"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is too long"
            inner = [n for n in ast.walk(node) if isinstance(n, (ast.Import, ast.ImportFrom))]
            assert not inner, f"import inside {node.name}"
