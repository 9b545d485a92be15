"""The evaluator's state and its dispatch over syntax: which environment, which source, which handler."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np

from adfun import deep
from adfun.diagnostics.errors import TOO_DEEP, AdfunError, CompileError
from adfun.diagnostics.spans import NOWHERE, Source, Span
from adfun.frontend import liveness
from adfun.frontend.arrays import core
from adfun.frontend.refs import Ref, exists
from adfun.frontend.remembered import Remembered
from adfun.frontend.stage import Stage
from adfun.frontend.values import (
    LARGEST,
    MOST_AXES,
    Array,
    Cursor,
    DictValue,
    Instance,
    ListValue,
    Maybe,
    RunList,
    Scalar,
    TooLarge,
    TooManyAxes,
    Undefined,
    Value,
)
from adfun.ir.nodes import Operand, b1, i64
from adfun.ir.types import B1, F64, I64
from adfun.primitives import arithmetic as a
from adfun.records import dataclass, field

MOST_CALLS = 1000
"""So many calls inside each other, as in Python."""

NEXT, BREAK, CONTINUE, RETURN, RAISED, VALUE = range(6)
"""How a statement ends: control goes on after it, or leaves; an expression ends with its value."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How a piece of code ended: one of the codes above, or an operand that will hold one."""

    code: int | Operand = NEXT
    value: Value = None
    """What is returned, where the code is or may be RETURN; the value of an expression."""


GO_ON = Flow()


class Raised(Exception):
    """The statement under evaluation raises an error whenever it is run.

    unbound  the name that has no value; None when the error has been emitted
    """

    def __init__(self, unbound: str | None, span: Span) -> None:
        super().__init__(unbound)
        self.unbound = unbound
        self.span = span


@dataclass(slots=True, eq=False)
class Env:
    """The names of one function call, and where to look for others."""

    names: dict[str, Value]
    parent: Env | None = None
    function: ast.AST | None = None
    """The function whose call this is: tells what is still read later."""
    nonlocals: set[str] = field(default_factory=set)
    lookup: Callable[[str], Value] | None = None
    """For the outermost environment: globals and built-in names; raises KeyError."""


Handler = Callable[["Machine", Any], Any]

UNEXPECTED = (
    TypeError, ValueError, LookupError, AttributeError, ArithmeticError, AssertionError, MemoryError
)  # fmt: skip
"""What Python raises in a handler that met values it was not written for."""


class Machine:
    """Evaluates syntax in stages.  The handlers come from the modules that know each kind of node."""

    def __init__(
        self,
        stage: Stage,
        expressions: dict[type, Handler],
        statements: dict[type, Handler],
        call: Callable[[Machine, Value, list[Value], dict[str, Value]], Value],
        block: Callable[[Machine, Sequence[ast.stmt]], Flow],
        tables: Any,
    ) -> None:
        self.stage = stage
        self.expressions = expressions
        self.statements = statements
        self._call = call
        self._block = block
        self.tables = tables
        """What is known of the libraries: see `calls.Tables`."""
        self.env = Env({})
        self.stack: list[Env] = []
        """The environments of all open calls."""
        self.source = Source("<none>", "")
        self.depth = 0
        self.remembered = Remembered()
        """What is known of loops from the evaluation before of the loop around them."""
        self.raised_at: Span | None = None
        """The `raise` that was evaluated last."""
        self.caught: set[ast.Raise] = set()
        """The `raise` statements whose errors a `try` around them catches."""
        self.functions: dict[Any, Any] = {}
        """Functions from outside the objective, in the evaluator's form."""
        self.globals: dict[int, Callable[[str], Value]] = {}
        """What looks up the names of a module from outside, by the id of its dictionary."""
        self.classes: dict[type, Any] = {}
        """Classes from outside the objective, in the evaluator's form."""
        self.instances: dict[int, tuple[Any, Any]] = {}
        """Objects of such classes, by id, with the object itself."""
        self.cursors: dict[int, tuple[Any, Cursor]] = {}
        """The iterators on lists that generators became, by id, with the list."""
        self.tested_inside: dict[ast.While, ast.While] = {}
        """Loops whose condition does something, with the test in the body."""
        self.shared: dict[ast.FunctionDef, ast.FunctionDef] = {}
        """Functions, with names that several of them change as items of dicts."""
        self.statement: ast.stmt | None = None
        """The simple statement that was begun last."""
        self.level = -1
        """The number of open blocks where the statement under evaluation stands."""
        self._live: dict[ast.AST, liveness.Liveness] = {}

    def eval(self, node: ast.expr, *, none: bool = False) -> Value:
        """The value of an expression; the emitted IR carries its span.

        Where it may be None: a `Maybe` if asked for, else it is checked.
        """
        with self.stage.at(self.source, node):
            self.stage.spend(1)
            handler = self.expressions.get(type(node)) or self.refuse(node)
            try:
                value = handler(self, node)
                if isinstance(value, Undefined) and not none:
                    self.undefined(value)
                return value if none or not isinstance(value, Maybe) else self.there(value, node)
            except RecursionError:  # raised again while it is told, it is told a level further out
                if not deep.roomy():
                    raise
                self.too_deep()
            except UNEXPECTED as error:
                self.unexpected(error)

    def there(self, value: Maybe, node: ast.expr | None = None) -> Value:
        """The value itself, which is checked not to be None."""
        if not self.stage.given(value.bound):
            text = "" if node is None else ast.unparse(node)
            what = f"'{text}'" if text and len(text) < 40 and not set("{}'") & set(text) else "this"
            self.stage.check(value.bound, "TypeError", f"{what} is None here")
        return value.value

    def exec(self, node: ast.stmt) -> Flow:
        """Run one statement that is not an `if` (blocks see to those)."""
        with self.stage.at(self.source, node):
            self.stage.spend(1)
            handler = self.statements.get(type(node)) or self.refuse(node)
            try:
                flow = handler(self, node)
            except UNEXPECTED as error:
                self.unexpected(error)
            return GO_ON if flow is None else flow

    def in_library(self) -> bool:
        """Whether the code under evaluation is adfun's own library."""
        return self.source.name.startswith(self.tables.library_path)

    def exec_block(self, stmts: Sequence[ast.stmt]) -> Flow:
        """Run statements one after the other, until one leaves."""
        return self._block(self, stmts)

    def truth(self, value: Value) -> Operand:
        """The truth value of anything, as a b1 operand."""
        if isinstance(value, Maybe):
            return self.stage.op(a.band, value.bound, self.truth(value.value))
        if isinstance(value, Instance):
            return self._truth_of_object(value)
        if isinstance(value, (ListValue, DictValue)):
            return b1(bool(value.items))
        if isinstance(value, RunList):
            return self.stage.op(a.ilt, i64(0), value.count)
        if isinstance(value, np.ndarray):
            value = core.as_array(self.stage, value)
        if isinstance(value, Ref) and not value.is_module and not exists(value):
            self.stage.fail(f"there is no {value.name}", "here", remedy="check the name")
        if isinstance(value, (Array, Scalar)):
            return self.stage.convert(core.operand(self.stage, value, core.CONDITION), B1)
        return b1(bool(value))

    def _truth_of_object(self, value: Instance) -> Operand:
        """What its `__bool__` says, else whether its `__len__` is not 0; else it is true."""
        members = value.cls.members
        if "__bool__" in members:
            found = self.call(members["__bool__"], [value])
            if isinstance(found, Scalar) and found.type is B1:
                return found.operand
            if not isinstance(found, (bool, np.bool_)):
                self.stage.fail(
                    "__bool__ must return a truth value", "of this object", remedy="use bool(...)"
                )
            return b1(bool(found))
        if "__len__" in members:
            length = self.length_of_object(self.call(members["__len__"], [value]))
            return self.stage.op(a.bnot, self.stage.op(a.ieq, core.operand(self.stage, length), i64(0)))
        return b1(True)

    def length_of_object(self, found: Value) -> Value:
        """What an object's `__len__` gave, which must be a length."""
        is_int = isinstance(found, (int, np.integer)) and -1 < found < 2**63
        if not (is_int or (isinstance(found, Scalar) and found.type is not F64)):
            self.stage.fail(
                "__len__ must return a length", "of this object", reason="0 or a positive integer"
            )
        if isinstance(found, Scalar) and found.type is I64:
            message = "__len__() should return >= 0"
            self.stage.check(self.stage.op(a.ile, i64(0), found.operand), "ValueError", message)
        return found

    def live_after(self, node: ast.AST) -> frozenset[str] | None:
        """Names that the function may still read after an `if` or loop of it; None when not known."""
        function = self.env.function
        if function is None:
            return None
        found = self._live.get(function)
        if found is None:
            found = self._live[function] = liveness.of(function)
        live = found.after(node)
        return None if live is None else live | self.env.nonlocals

    def refuse(self, node: ast.AST) -> NoReturn:
        """Refuse a construct outside the language."""
        title, reason, remedy = REFUSALS.get(type(node), (_plain_name(node), "", ""))
        self.stage.fail(
            f"{title} is not supported",
            "here",
            reason=reason or "an objective is compiled to native code, which has no such construct",
            remedy=remedy or "write it with functions, loops, conditions and arrays",
        )

    def refuse_in_try(self, node: ast.AST) -> NoReturn:
        """Refuse what would raise an error that a `try` around it catches."""
        with self.stage.at(self.source, node):
            self.stage.fail(
                "raising an error to catch it in the same `try` is not supported",
                "here",
                reason="an error ends the evaluation",
                remedy="use `if` and `else`",
            )

    def call(self, function: Value, args: list[Value], kwargs: dict[str, Value] | None = None) -> Value:
        return self._call(self, function, args, kwargs or {})

    # -- names ----------------------------------------------------------------------------

    def read(self, name: str, *, none: bool = False) -> Value:
        """What a name stands for; where it may be None, a `Maybe` if asked for, else it is checked."""
        env: Env | None = self.env
        while env is not None:
            if name in env.names:
                value = env.names[name]
                if isinstance(value, Undefined):
                    self.undefined(value)
                if isinstance(value, Maybe):
                    if self.stage.given(value.bound):
                        return value.value
                    if value.none and none:
                        return value
                    if value.none:
                        return self.there(value, ast.Name(name))
                    self.check_bound(name, value.bound)
                    return value.value
                return value
            if env.lookup is not None:
                try:
                    return env.lookup(name)
                except KeyError:
                    if isinstance(star := env.names.get("*"), Undefined):
                        self.undefined(star)
                    break
            env = env.parent
        if hasattr(builtins, name):
            self.stage.fail(
                f"the built-in name {name!r} is not supported",
                "here",
                reason="it is not among the built-in functions that have a meaning in compiled code",
                remedy="compute what it gives beforehand and pass it as data",
            )
        remedy = "define or import it before the objective"
        self.stage.fail(f"name {name!r} is not defined", "here", remedy=remedy)

    def read_global(self, name: str) -> Value:
        """What a name stands for at the top of the module."""
        env = self.env
        while env.parent is not None:
            env = env.parent
        inside, self.env = self.env, env
        try:
            return self.read(name)
        finally:
            self.env = inside

    def unexpected(self, error: Exception) -> NoReturn:
        """Refuse what no handler was prepared for: odd values end here, not in a traceback of ours."""
        if isinstance(error, AdfunError):
            raise error
        if isinstance(error, OverflowError):
            self.stage.fail("a number is too large", "here", reason=str(error), remedy="use a float")
        if isinstance(error, TooManyAxes):
            self.stage.fail(
                f"an array has at most {MOST_AXES} axes",
                "this would have more",
                reason="NumPy's arrays have no more",
                remedy="check the nesting of the brackets, or the shape",
            )
        if isinstance(error, TooLarge):
            self.stage.fail(
                "this array is too large",
                f"it would have {error} elements",
                reason=f"no memory holds more than {LARGEST}, and a loop over them would not end",
                remedy="give it a smaller shape",
            )
        if isinstance(error, MemoryError):
            self.stage.fail("this needs more memory than there is", "here", remedy="make it smaller")
        self.stage.fail(
            "this has no meaning in an objective",
            "here",
            reason=f"values of these kinds do not go together ({type(error).__name__}: {error})",
            remedy="check the kinds of values, or write it with numbers and arrays",
        )

    def too_deep(self) -> NoReturn:
        if self.depth <= MOST_CALLS // 10:
            self.stage.fail(TOO_DEEP, "here", remedy="split it into several statements")
        self.stage.fail(
            "recursion is too deep",
            "this call does not come to an end",
            reason="a recursion must end on values that are known when the objective is compiled",
            remedy="write it as a loop",
        )

    def check_bound(self, name: str, bound: Operand) -> None:
        """Fail as Python does where a name has no value."""
        message = f"cannot access local variable '{name}' where it is not associated with a value"
        self.stage.check(bound, "UnboundLocalError", message)

    def undefined(self, value: Undefined) -> NoReturn:
        if value.pending:
            raise Raised(value.name, self.stage.span)
        if value.cause is not None:
            cause = value.cause
            if self.stage.span is NOWHERE and cause.span is not NOWHERE:
                raise CompileError(cause)
            label = "here" if cause.span is NOWHERE else f"{value.name!r} comes from line {cause.span.line}"
            self.stage.fail(cause.title, label, reason=cause.reason, remedy=cause.remedy)
        if value.what:
            title, remedy = CLASHES[value.what]
            name = "this value" if " " in value.name or not value.name else repr(value.name)
            self.stage.fail(title.format(name), "here", reason=value.reason, remedy=remedy)
        self.stage.fail(
            f"{value.name!r} may not have a value here",
            "it is assigned on some paths only, or with values that differ in kind",
            reason=value.reason,
            remedy=f"assign {value.name!r} before the branch or loop, with the same kind of value",
        )

    def assign(self, name: str, value: Value) -> None:
        """Bind a name; a temporary array is put in place first."""
        env = self.env
        while name in env.nonlocals and env.parent is not None:
            env = env.parent
        env.names[name] = self.settle(value)

    def settle(self, value: Value) -> Value:
        """The value as a name, a container or a caller may hold it."""
        if isinstance(value, Array):
            return core.force(self.stage, value)
        return value

    @contextmanager
    def within(self, env: Env, source: Source) -> Iterator[None]:
        """Run the inside of a function."""
        before = self.env, self.source
        self.env, self.source = env, source
        self.depth += 1
        self.stack.append(env)
        span = self.stage.span
        try:
            with self.stage.called():
                if self.depth > MOST_CALLS:
                    self.too_deep()
                yield
        finally:
            self.env, self.source = before
            self.depth -= 1
            self.stack.pop()
            self.stage.builder.span = span

    # -- state ----------------------------------------------------------------------------

    def names(self) -> list[tuple[Env, dict[str, Value]]]:
        """A copy of what all reachable names stand for."""
        found = []
        env: Env | None = self.env
        while env is not None:
            if env.lookup is None:
                found.append((env, dict(env.names)))
            env = env.parent
        return found

    @staticmethod
    def restore(saved: list[tuple[Env, dict[str, Value]]]) -> None:
        """Put back a copy made by `names`."""
        for env, names in saved:
            env.names.clear()
            env.names.update(names)


CLASHES = {
    "text": (
        "this text is not known",
        "compare numbers, or pass the text as data; messages of errors can hold it",
    ),
    "kind": (
        "{} is not the same kind of value on every path",
        "leave the same kind of value, of the same length, on every path and in every iteration",
    ),
    "shape": (
        "{} does not have the same shape on every path",
        "leave arrays of one shape on every path: make one of the largest shape and fill a part of it",
    ),
    "size": (
        "the size of {} is not known here",
        "use it where it is made, or give it a size that is known before the branch or loop",
    ),
}
"""In which respect the values of a name clash: what to say of it, and what to write instead."""

REFUSALS: dict[type, tuple[str, str, str]] = {
    ast.Yield: ("a generator that is spoken to, or that never ends,", "", "return a list"),
    ast.YieldFrom: ("a generator that is spoken to, or that never ends,", "", "return a list"),
    ast.Await: ("asynchronous code", "", ""),
    ast.AsyncFor: ("asynchronous code", "", ""),
    ast.AsyncWith: ("asynchronous code", "", ""),
    ast.AsyncFunctionDef: ("asynchronous code", "", ""),
}


def _plain_name(node: ast.AST) -> str:
    return f"`{type(node).__name__}`"


def attempt(action: Callable[[], Value]) -> tuple[Value, CompileError | None]:
    """Run an evaluation that may be refused; the refusal instead of raising it."""
    try:
        return action(), None
    except CompileError as error:
        return None, error
