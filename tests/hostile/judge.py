"""What became of a bad program, and whether that may be."""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import os
import re
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import adfun
from adfun import ArgumentError, CompileError
from adfun.diagnostics.internal import InternalError
from adfun.ir.interpret import run
from adfun.native.toolchain import ToolchainError
from tests.fuzz.layers import built

NOTHING = object()

PATIENCE = 5
"""Seconds that the interpreter of the IR may take; compiled code is much faster, but may be endless as well."""

LONGEST = 20_000
"""Characters of a message that somebody can still read."""


@dataclass(frozen=True)
class Case:
    """A program and the arguments it is called with.

    family  the table it comes from
    name    what is special about it, unique in its family
    source  text, or the bytes of a file
    native  whether it is compiled; else evaluated by the interpreter of the IR
    python  whether plain Python may run it to tell the right answer
    raises  the exception that is right where Python may not
    """

    family: str
    name: str
    source: str | bytes
    data: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=lambda: {"a": 2.0})
    native: bool = True
    python: bool = True
    raises: str = ""


@dataclass(frozen=True)
class Answer:
    """How a case ended.

    status  "value", "compile" or "argument" (our errors), "raised" (another exception),
            "endless" (it was compiled, and evaluating it took very long), or a fault: "internal", "text" (an error of ours that is no good one), "touched" (a side effect)
    kind    the name of the exception's class
    where   for "raised": whether the message carries a line of the user's
    """

    status: str
    value: float = 0.0
    kind: str = ""
    text: str = ""
    seconds: float = 0.0


def python(case: Case, number: Callable[[Any], Any] = lambda v: v) -> Answer:
    """What plain Python makes of a program."""
    names = _module()
    source = case.source if isinstance(case.source, str) else case.source.decode("utf-8-sig", "replace")
    try:
        with _quiet():
            exec(compile(source, "<source>", "exec"), names)
            functions = [v for v in names.values() if getattr(v, "__code__", None)]
            objective = names["objective"] if "objective" in names else functions[-1]
            given = {k: number(v) for k, v in {**_copies(case.data), **_copies(case.params)}.items()}
            value = float(objective(**given))
    except BaseException as error:
        return Answer("raised", kind=_kinds(error), text=_first(error))
    return Answer("value", value)


def python_of_numpy(case: Case) -> Answer:
    """The same where the numbers that are given are NumPy's: they lend lists their arithmetic."""
    return python(case, _numpys)


def python_of_arrays(case: Case) -> Answer:
    """The same where they are arrays without axes, which also lend lists that stand before them theirs."""
    return python(case, lambda v: np.asarray(v) if isinstance(v, (bool, int, float)) else v)


def _module() -> dict[str, Any]:
    """The names of a new module, which dataclasses look for among those that are imported."""
    module = sys.modules["objective"] = ModuleType("objective")
    return vars(module)


def _numpys(value: Any) -> Any:
    if isinstance(value, int) and abs(value) >= 2**64:
        return np.float64(value) if abs(value) < 10**300 else value
    return np.asarray(value)[()] if isinstance(value, (bool, int, float)) else value


def python_as_meant(case: Case) -> Answer:
    """The same where also constants are NumPy's, `zip` and the like are lists, a module's statements are done
    as far as they go, and one element is a number."""
    names = _module()
    for kind in (zip, map, filter, enumerate, reversed):
        names[kind.__name__] = lambda *args, kind=kind, **options: list(kind(*args, **options))
    names["_numpys"] = _numpys
    source = case.source if isinstance(case.source, str) else case.source.decode("utf-8-sig", "replace")
    try:
        with _quiet():
            for stmt in ast.fix_missing_locations(_NumPyConstants().visit(ast.parse(source))).body:
                with contextlib.suppress(Exception):
                    exec(compile(ast.Module([stmt], []), "<source>", "exec"), names)
            given = {k: _numpys(v) for k, v in {**_copies(case.data), **_copies(case.params)}.items()}
            value = names["objective"](**given)
            return Answer("value", float(value.item() if isinstance(value, np.ndarray) else value))
    except BaseException as error:
        return Answer("raised", kind=_kinds(error), text=_first(error))


class _NumPyConstants(ast.NodeTransformer):
    """Makes the constant operands of operators NumPy's."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        node.left, node.right = self.operand(node.left), self.operand(node.right)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        node.left, node.comparators = self.operand(node.left), [self.operand(x) for x in node.comparators]
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AugAssign:
        node.value = self.operand(node.value)
        return node

    def operand(self, node: ast.expr) -> ast.expr:
        if ast.unparse(node) in ("np.inf", "np.nan") or not any(
            isinstance(n, (ast.Name, ast.Call, ast.Lambda, ast.List, ast.Tuple, ast.Dict, ast.Set))
            for n in ast.walk(node)
        ):
            return ast.copy_location(ast.Call(ast.Name("_numpys", ast.Load()), [node], []), node)
        made: ast.expr = self.visit(node)
        return made


def adfuns(case: Case) -> Answer:
    """What adfun makes of it."""
    start = time.perf_counter()
    before = _world()
    answer = _answer(case)
    touched = [what for what, state in _world().items() if state != before[what]]
    if touched:
        answer = Answer("touched", text=f"{', '.join(touched)} after {answer}")
        with contextlib.suppress(OSError):
            for name in os.listdir():
                os.remove(name)
    return Answer(answer.status, answer.value, answer.kind, answer.text, time.perf_counter() - start)


def _answer(case: Case) -> Answer:
    try:
        with _quiet() as printed, _given(case.source) as source:
            value = _native(case, source) if case.native else _interpreted(case, source)
        if printed.getvalue():
            return Answer("touched", text=f"printed {printed.getvalue()[:100]!r}")
        return Answer("value", value)
    except CompileError as error:
        fault = fault_of(error, str(case.source))
        return Answer(
            "text" if fault else "compile", text=f"{fault}\n{error}"[:3000] if fault else _first(error)
        )
    except (ArgumentError, ToolchainError) as error:
        return Answer("argument", kind=type(error).__name__, text=_first(error))
    except _Endless:
        return Answer("endless")
    except InternalError:
        return Answer("internal", text=traceback.format_exc()[-3000:])
    except Exception as error:
        ours = not getattr(error, "__notes__", None) and not isinstance(error, MemoryError)
        text = traceback.format_exc()[-3000:] if ours else _first(error)
        return Answer("raised", kind=_kinds(error), text=text)


def _native(case: Case, source: Any) -> float:
    obj = adfun.make_ad_fun(source, case.data, case.params)
    value = obj.fn()
    obj.gr()
    return value


def _interpreted(case: Case, source: Any) -> float:
    staging = built(source, case.data, case.params)
    with _patience():
        return float(run(staging.function, staging.inputs).values[0])


class _Endless(BaseException):
    """The interpreter has taken its time."""


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    def give_up(*_: Any) -> None:
        raise _Endless

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


WORDS = r"adfun[/.]|object at 0x|Traceback|numpy\.core|<class"
"""What says nothing to a user who has not written it."""


def fault_of(error: CompileError, source: str = "") -> str:
    """What an error in the user's source lacks; empty when it is a good one."""
    text = str(error)
    if not text.startswith("error: "):
        return "no title"
    if not re.search(r"^ --> \S.*:\d+:\d+$", text, re.MULTILINE):
        return "no place"
    if not re.search(r"^ +\| .*\^", text, re.MULTILINE):
        return "no caret"
    if len(text) > LONGEST:
        return f"{len(text)} characters"
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text):
        return "control characters"
    if any(w not in source for w in re.findall(WORDS, text.split(" --> ")[0])):
        return "words of ours"
    return ""


@contextlib.contextmanager
def _given(source: str | bytes) -> Iterator[Any]:
    if isinstance(source, str):
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="adfun-hostile-") as folder:
        path = Path(folder) / "objective.py"
        path.write_bytes(source)
        yield path


@contextlib.contextmanager
def _quiet() -> Iterator[io.StringIO]:
    printed = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        warnings.simplefilter("ignore")
        yield printed


def _world() -> dict[str, Any]:
    """What a compiler must leave alone."""
    return {
        "files": sorted(os.listdir()),
        "directory": os.getcwd(),
        "environment": dict(os.environ),
        "NumPy's error state": np.geterr(),
        "NumPy's print options": {k: str(v) for k, v in np.get_printoptions().items()},
        "NumPy's buffer": np.getbufsize(),
        "random numbers": np.random.get_state()[1].tolist(),  # type: ignore[index]
        "built-in names": {
            k: id(v)
            for k, v in vars(
                __builtins__ if not isinstance(__builtins__, dict) else sys.modules["builtins"]
            ).items()
            if k != "_"
        },
        "names of NumPy": {k: id(v) for k, v in vars(np).items()},
        "limits": (sys.getrecursionlimit(), sys.gettrace()),
        "canary": getattr(sys, "canary", None),
    }


def _copies(values: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(values)


def _kinds(error: BaseException) -> str:
    """The class of an exception and its bases, but for the general ones."""
    return " ".join(c.__name__ for c in type(error).__mro__ if c not in (object, BaseException, Exception))


def _first(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:200]
