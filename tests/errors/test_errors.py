"""One program for every kind of error a user can make, and the text that it must give.

`programs/<kind>.py` holds the program, `programs/<kind>.err` the message; `--update-golden` writes the
latter.  An objective takes whatever it needs of DATA and PARAMS, by name.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.conftest import Golden

import adfun

PROGRAMS = Path(__file__).parent / "programs"
KINDS = sorted(path.stem for path in PROGRAMS.glob("*.py"))
COMPILING = [kind for kind in KINDS if not kind.startswith("run_")]
RUNNING = [kind for kind in KINDS if kind.startswith("run_")]

DATA: dict[str, Any] = {"y": np.arange(5.0), "k": 7}
PARAMS: dict[str, Any] = {"a": 1.0, "v": np.ones(3)}


def _arguments(path: Path) -> list[str]:
    """The arguments of the objective in a file; all of them when it cannot be parsed."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError:
        return ["a"]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [f for f in tree.body if isinstance(f, functions) and f.name == "objective"]
    return [argument.arg for argument in found[0].args.args]


def _make(kind: str) -> adfun.ADFun:
    path = PROGRAMS / f"{kind}.py"
    names = _arguments(path)
    data = {name: value for name, value in DATA.items() if name in names}
    params = {name: value for name, value in PARAMS.items() if name in names}
    return adfun.make_ad_fun(path, data, params)


def _text(error: BaseException) -> str:
    """The message and its notes, with bare file names."""
    lines = "\n".join([str(error), *getattr(error, "__notes__", [])])
    return lines.replace(f"{PROGRAMS}/", "") + "\n"


@pytest.mark.parametrize("kind", COMPILING)
def test_compile_error(kind: str, golden: Golden) -> None:
    with pytest.raises(adfun.CompileError) as caught:
        _make(kind)
    text = _text(caught.value)
    assert text.startswith("error: ")
    assert f" --> {kind}.py:" in text
    assert "^" in text
    assert "  reason: " in text or "  instead: " in text
    golden(PROGRAMS / f"{kind}.err", text)


@pytest.mark.parametrize("kind", RUNNING)
def test_runtime_error(kind: str, golden: Golden) -> None:
    with pytest.raises(Exception) as caught:
        _make(kind).gr()
    text = f"{type(caught.value).__name__}: {_text(caught.value)}"
    assert f" --> {kind}.py:" in text
    golden(PROGRAMS / f"{kind}.err", text)


def test_every_text_has_a_program() -> None:
    assert {path.stem for path in PROGRAMS.glob("*.err")} == set(KINDS)
