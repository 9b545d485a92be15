"""The state of writing one module and one C++ function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from adfun.backend.assembly import Chunk
from adfun.backend.chunks.legal import Split
from adfun.backend.entry import Failure
from adfun.backend.lanes.legal import Plan
from adfun.backend.lanes.tiles import Kept, Key, Tile
from adfun.backend.padding import Padding
from adfun.backend.terms import bare, literal
from adfun.backend.writer import Writer
from adfun.diagnostics.spans import Span
from adfun.ir.nodes import Buffer, Check, Const, For, Index, Operand, Var
from adfun.ir.types import B1, F64, I64, VEC
from adfun.records import dataclass, field

Names = dict[Var | Buffer, str]

STACK_BYTES = 1 << 16
"""All local arrays of a function."""

LETTER = {F64: "t", I64: "i", B1: "c", VEC: "v"}


@dataclass
class Module:
    """What the functions of a module share."""

    checks: list[Failure] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    headers: set[str] = field(default_factory=set)
    numbers: dict[Failure, int] = field(default_factory=dict)

    def check_number(self, stmt: Check) -> int:
        """The number of a check: 1, 2 ...; the same error at the same place has the same number."""
        failure = stmt.error, tuple(arg.type for arg in stmt.args), stmt.span
        number = self.numbers.get(failure)
        if number is None:
            self.checks.append(failure)
            number = self.numbers[failure] = len(self.checks)
        return number

    def report_number(self, name: str) -> int:
        """The number of a report's name, from 0."""
        if name not in self.reports:
            self.reports.append(name)
        return self.reports.index(name)


class Unit:
    """One C++ function under construction: its lines and its identifiers."""

    def __init__(
        self, module: Module, reads: Counter[Var | Buffer], escaping: frozenset[Buffer], title: str = ""
    ) -> None:
        self.module = module
        self.title = title
        self.writer = Writer()
        self.reads = reads
        self.escaping = escaping
        self.plans: Mapping[For, Plan] = {}
        """The loops that run in lanes."""
        self.ahead: dict[Tile, str] = {}
        """The tiles that were made before a loop around their lane loop."""
        self.kept: dict[Key, Kept] = {}
        """The tiles that may have been made when data were bound."""
        self.splits: Mapping[For, Split] = {}
        """The loops that are cut into chunks."""
        self.functions: list[Chunk] = []
        """Functions of their own."""
        self.exact: set[Var] = set()
        """Values that must be computed as they are written."""
        self.lone: set[Var] = set()
        """Products that must not become part of a fused multiply-add."""
        self.crowded: set[Var] = set()
        """Products that look for zeros without a branch."""
        self.reciprocals: dict[Operand, str] = {}
        """Of divisors that are known before the current loop."""
        self.targets: dict[Var, Var] = {}
        """Of values that are computed right into a carried value (see `usage.in_place`), which one."""
        self.growable: dict[Buffer, int] = {}
        self.called: frozenset[Buffer] = frozenset()
        """The buffers whose room is taken by a call, to be short."""
        self.padding = Padding()
        """The arrays that have longer rows than they need."""
        self.once = False
        """Whether it runs once per data set: a short text is worth more than speed."""
        self._stack: dict[Buffer, bool] = {}
        self._stack_bytes = 0
        self._names: Names = {}
        self._counter = 0
        self._line = 0

    # -- identifiers ------------------------------------------------------------------------

    def fresh(self, letter: str) -> str:
        """A new identifier."""
        self._counter += 1
        return f"{letter}{self._counter}"

    def name(self, var: Var) -> str:
        """The identifier of a value, made when it is defined."""
        found = self._names.get(var)
        if found is None:
            found = self._names[var] = self.fresh(LETTER[var.type])
        return found

    def rename(self, item: Var | Buffer, name: str) -> None:
        """Let an expression stand for a value or buffer."""
        self._names[item] = name

    def names_without(self, items: Iterable[Var]) -> Names:
        """The identifiers so far but those of some values, which will get new ones."""
        gone = set(items)
        return {item: name for item, name in self._names.items() if item not in gone}

    @contextmanager
    def naming(self, names: Names) -> Iterator[None]:
        """What is written inside uses, and adds to, other identifiers."""
        outer, self._names = self._names, names
        yield
        self._names = outer

    def buffer(self, buffer: Buffer) -> str:
        """The identifier of a buffer."""
        found = self._names.get(buffer)
        if found is None:
            found = self._names[buffer] = self.fresh("b")
        return found

    def term(self, operand: Operand) -> str:
        """An operand as a C++ expression that needs no parentheses around it."""
        return literal(operand) if isinstance(operand, Const) else self.name(operand)

    # -- storage ----------------------------------------------------------------------------

    def on_stack(self, buffer: Buffer, size: int | None, largest: int) -> bool:
        """Whether a buffer of so many bytes becomes a local array; decided once."""
        found = self._stack.get(buffer)
        if found is None:
            found = size is not None and size <= largest and self._stack_bytes + size <= STACK_BYTES
            self._stack[buffer] = found
            self._stack_bytes += size if found and size is not None else 0
        return found

    # -- expressions ------------------------------------------------------------------------

    def position(self, buffer: Buffer, index: Index) -> str:
        """The row-major position of an index (of the buffer's rank, or flat)."""
        if not index:
            return "0"
        if len(index) != buffer.rank:
            return bare(self.term(index[0]))
        return self.flat(buffer.shape, index)

    def flat(self, shape: Index, index: Index) -> str:
        """The row-major position of an index into an array of the given shape."""
        text = self.term(index[0])
        for size, part in zip(shape[1:], index[1:], strict=True):
            text = self.horner(text, size, part)
        return bare(text)

    def horner(self, text: str, size: Operand, part: Operand) -> str:
        """text * size + part, without the parts that change nothing."""
        head = text if isinstance(size, Const) and size.value == 1 else f"{text} * {self.term(size)}"
        if text == "0":
            return self.term(part)
        if isinstance(part, Const) and part.value == 0:
            return f"({head})" if " " in head else head
        return f"({head} + {self.term(part)})"

    def element(self, buffer: Buffer, index: Index) -> str:
        """An element as an lvalue."""
        return f"{self.buffer(buffer)}[{self.position(buffer, index)}]"

    def rounded(self, var: Var, text: str) -> str:
        """The expression of a value, kept from being fused with its use where that matters."""
        return f"adfun_rounded({bare(text)})" if var in self.lone else bare(text)

    @contextmanager
    def function(self) -> Iterator[Writer]:
        """What is written inside belongs to another C++ function, and goes to a writer of its own."""
        outer, self.writer, self._line = self.writer, Writer(), 0
        yield self.writer
        self.writer, self._line = outer, 0

    # -- lines ------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """Write one line."""
        self.writer.line(text)

    def define(self, kind: str, var: Var, text: str) -> None:
        """A value: a constant, or assigned to the carried value it becomes."""
        target = self.targets.get(var)
        self.line(f"{self.name(target)} = {text};" if target else f"const {kind} {self.name(var)} = {text};")

    def mark_line(self, span: Span) -> None:
        """A comment where the user's line changes."""
        if span.line != self._line and span.line > 0:
            self._line = span.line
            self.writer.line(f"// line {span.line}")
