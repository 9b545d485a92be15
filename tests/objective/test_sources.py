"""What a function's surroundings mean: helper modules, objects that hold constants, files that change."""

from __future__ import annotations

import importlib
import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from adfun import ArgumentError, CompileError, make_ad_fun

Write = Callable[[str, str], ModuleType]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a module and imports it, anew when it was there before."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("ADFUN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(name: str, text: str) -> ModuleType:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, name, raising=False)
        importlib.invalidate_caches()
        linecache.checkcache()
        return importlib.import_module(name)

    return write


def test_what_a_helper_module_holds_is_part_of_the_source(write: Write) -> None:
    text = (
        "import shelf\ndef inner(v): return v * shelf.b\ndef f(v): return shelf.twice(inner(v)) + shelf.a\n"
    )
    for b in (3.0, 5.0):
        write("shelf", f"a = 1.0\nb = {b}\ndef twice(x): return 2 * x\n")
        assert make_ad_fun(write("user", text).f, {}, {"v": 1.0}).fn() == 2 * b + 1


def test_a_changed_helper_is_compiled_anew(write: Write) -> None:
    text = "import shelf\ndef f(v): return shelf.power(v)\n"
    for n in (2, 3):
        write("shelf", f"def power(x): return x**{n}\n")
        assert make_ad_fun(write("user", text).f, {}, {"v": 1.0}).gr() == n


class Settings:
    kind = "square"

    def __init__(self, factor: float) -> None:
        self.factor = factor

    @staticmethod
    def square(x: Any) -> Any:
        return x**2

    @property
    def forbidden(self) -> float:
        raise AssertionError("compiling runs no code of the user's")


def test_objects_hold_constants() -> None:
    def make(settings: Any) -> Callable[[Any], Any]:
        def f(v: Any) -> Any:
            return settings.factor * (Settings.square(v) if settings.kind == "square" else v)

        return f

    for factor in (2.0, 7.0):
        assert make_ad_fun(make(Settings(factor)), {}, {"v": 3.0}).gr() == 6 * factor
    assert make_ad_fun(make(SimpleNamespace(factor=2.0, kind="other")), {}, {"v": 3.0}).gr() == 2.0


def test_properties_are_not_run() -> None:
    """Their source is compiled, as that of functions is."""
    settings = Settings(1.0)

    def f(v: Any) -> Any:
        return v * settings.forbidden

    with pytest.raises(CompileError, match="raises an error whatever") as caught:
        make_ad_fun(f, {}, {"v": 1.0})
    assert "compiling runs no code" in str(caught.value)  # the line that raises it


def test_a_file_that_changes_does_not_change_an_object(write: Write, tmp_path: Path) -> None:
    """Modules compiled later, such as that of `he`, are those of the source the object was made with."""
    cubed = "def f(v): return v**3\n"
    make_ad_fun(write("curve", cubed).f, {}, {"v": 1.0})
    obj = make_ad_fun(write("curve", cubed).f, {}, {"v": 1.0})  # found on disk: the source has not been read
    (tmp_path / "curve.py").write_text("def f(v): return v**4\n", encoding="utf-8")
    linecache.checkcache()
    with pytest.raises(ArgumentError, match="has changed since"):
        obj.he()
    assert make_ad_fun(write("curve", cubed).f, {}, {"v": 1.0}).he() == 6.0


def test_functions_without_a_module_name() -> None:
    code = "def f(v):\n    return v * 3\n"
    linecache.cache["typed"] = (len(code), None, code.splitlines(keepends=True), "typed")
    names: dict[str, Any] = {}
    exec(compile(code, "typed", "exec"), names)
    assert make_ad_fun(names["f"], {}, {"v": 2.0}).fn() == 6.0


def test_the_start_vector_is_a_copy() -> None:
    def f(v: Any) -> Any:
        return np.sum(v**2)

    obj = make_ad_fun(f, {}, {"v": np.ones(2)})
    x = obj.par
    x -= 1.0
    assert obj.fn() == 2.0


def test_returning_an_array_shows_the_line() -> None:
    def f(x: Any, v: Any) -> Any:
        y = x * v
        return y

    with pytest.raises(CompileError, match=r"must be a number") as caught:
        make_ad_fun(f, {"x": np.ones(3)}, {"v": 1.0})
    assert "return y" in str(caught.value) and "np.sum" in str(caught.value)


@pytest.mark.parametrize("target", ["itanium", ""])
def test_unknown_target(target: str) -> None:
    with pytest.raises(ArgumentError, match="'native', 'generic'"):
        make_ad_fun("def f(v): return v", {}, {"v": 1.0}, target=target)
