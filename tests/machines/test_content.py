"""What an objective refers to, written down and read again, compiles to the same program."""

from __future__ import annotations

import json
import linecache
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun
from adfun.binding import describe, describe_param
from adfun.diagnostics.errors import ArgumentError
from adfun.frontend.content import content_of, objective_of
from adfun.frontend.entry import NUMBERS, build
from adfun.frontend.origin import Content, Objective, read
from adfun.frontend.rebuild import rebuilt
from adfun.ir.printer import show
from tests.language import programs_classes
from tests.machines import models

CLASSES = [pytest.param(*entry, id=entry[0]) for entry in programs_classes.PROGRAMS]


def _again(function: Any) -> Objective:
    """The objective of what is left of a function when it has been written down."""
    content = content_of(read(function))
    assert content.missing == ""
    return objective_of(Content.of(json.loads(json.dumps(content.text)), content.arrays))


def _ir(objective: Objective, data: dict[str, Any], params: dict[str, Any]) -> str:
    described = {name: describe(name, value) for name, value in data.items()}
    start = {name: describe_param(name, value) for name, value in params.items()}
    return show(build(objective, described, start, NUMBERS).function)


def _as_function(name: str, source: str) -> FunctionType:
    """The objective of a text as a function object, as a notebook would make it."""
    file = f"<cell {name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), names)
    found: FunctionType = names["objective"]
    return found


@pytest.mark.parametrize(("name", "source", "data", "params"), CLASSES)
def test_programs(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    function = _as_function(name, source)
    try:
        expected = _ir(read(function), data, params)
    except Exception as error:  # some are accepted as text only: then both refuse with the same words
        with pytest.raises(type(error)) as caught:
            _ir(_again(function), data, params)
        assert str(caught.value) == str(error)
        return
    assert _ir(_again(function), data, params) == expected


def test_all_kinds_of_references() -> None:
    function = models.made(np.array([0.5, 1.0, 1.5]))
    data, params = {"y": np.arange(3.0)}, {"a": 0.4, "log_s": 0.2}
    again = _again(function)
    assert _ir(again, data, params) == _ir(read(function), data, params)
    assert content_of(again).digest == content_of(read(function)).digest
    assert make_ad_fun(function, data, params).fn() == pytest.approx(function(**data, **params), rel=1e-14)


class Model:
    """A method, or an object that can be called, may be the objective."""

    def __init__(self, power: int) -> None:
        self.power = power
        self.inner = models.BASE.apply

    def value(self, x: Any) -> Any:
        return self.scaled(x) ** self.power + self.inner(x)

    @classmethod
    def scaled(cls, x: Any) -> Any:
        return 3 * x

    __call__ = value


@pytest.mark.parametrize("given", [Model(2).value, Model(3), Model.scaled], ids=["method", "object", "class"])
def test_methods(given: Any) -> None:
    again = _again(given)
    assert _ir(again, {}, {"x": 2.0}) == _ir(read(given), {}, {"x": 2.0})
    assert content_of(read(Model(2).value)).digest != content_of(read(Model(3).value)).digest


def test_nothing_of_the_users_can_run() -> None:
    function = rebuilt(_again(models.made(np.ones(3)))).origin
    assert isinstance(function, FunctionType)
    names = function.__globals__
    assert names["BASE"].apply(3.0) == () and names["passed_on"](None, None) == ()
    assert vars(names["BASE"]) == {"weight": 1.25, "log": open}


LINES = """
import numpy as np

def outer(k):
    def objective(x):
        text = '''
left of the def'''
        return k * x ** len(text.split())
    return objective

first, second = (lambda x: x * 2), (lambda x: x *
    3)
objective = outer(2.0)
"""


def test_pieces_of_text() -> None:
    function = _as_function("lines", LINES)
    named = _as_function("lines", LINES.replace("objective = outer(2.0)", "objective = second"))
    for given in (function, named):
        assert _ir(_again(given), {}, {"x": 2.0}) == _ir(read(given), {}, {"x": 2.0})
    assert "3.0" in _ir(_again(named), {}, {"x": 2.0})


def test_errors_show_the_same_place() -> None:
    lines = ["import numpy as np", "def objective(x):", "    f = [abs, lambda v: np.linalg.eigvals(v)]"]
    source = "\n".join([*lines, "    return f[1](x)\n"])
    function = _as_function("wrong", source)
    words = []
    for objective in (read(function), _again(function)):
        with pytest.raises(Exception, match="eigvals") as caught:
            _ir(objective, {}, {"x": np.ones(3)})
        words.append(str(caught.value))
    assert words[0] == words[1] and "<cell wrong>:3" in words[0]


def _changing(change: Callable[[], None]) -> bool:
    """Whether a change of what the objective refers to is seen."""
    before = content_of(read(models.made(np.ones(3)))).digest
    change()
    return content_of(read(models.made(np.ones(3)))).digest != before


def test_what_helpers_read_of_objects_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """An object that the objective hands on to a helper: only the helper names its attributes."""
    monkeypatch.setattr(models.SETTINGS, "power", 2)
    assert _changing(lambda: setattr(models.SETTINGS, "power", 3))
    assert _changing(lambda: models.SCALE.__setitem__(0, 1.5))
    models.SCALE[0] = 1.0

    holder = SimpleNamespace(c=2.0)

    def objective(x: Any) -> Any:
        return x * getattr(holder, "c")  # noqa: B009

    assert make_ad_fun(objective, {}, {"x": 1.0}).fn() == 2.0
    holder.c = 5.0
    assert make_ad_fun(objective, {}, {"x": 1.0}).fn() == 5.0


def test_what_has_no_plain_form_is_named() -> None:
    series = [1.0, object()]

    def objective(x: Any) -> Any:
        return x * len(series)

    assert "of type object" in content_of(read(objective)).missing


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"source": {"root": {"object": 3}, "objects": []}}',
                                  '{"source": {"root": {"float": "0x1p0"}, "objects": []}}',
                                  '{"source": {"file": "a", "text": "def (", "entry": "f"}}',
                                  '{"source": {"root": {"ref": "os.system"}, "objects": []}}'])  # fmt: skip
def test_damaged_content(text: str) -> None:
    with pytest.raises(ArgumentError, match="cannot be read here"):
        rebuilt(Objective("objective", Content.of(text), (), frozenset()))
