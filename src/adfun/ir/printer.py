"""Prints IR for people and golden files: names are made here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adfun.diagnostics.internal import assert_never
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Carried,
    Check,
    Const,
    For,
    Function,
    Grow,
    If,
    Index,
    Input,
    KernelCall,
    Let,
    Load,
    Operand,
    Report,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.types import B1

INDENT = "  "


def show(function: Function) -> str:
    """A function as text; two functions of the same structure and hints print alike."""
    names = Names()
    for entry in function.inputs:
        names.of(entry.item, entry.name)
    lines = [f"{function.name}({', '.join(_input(names, x) for x in function.inputs)}):"]
    lines += _indented(_block(names, function.body, "return"))
    return "\n".join(lines) + "\n"


def show_stmt(stmt: Stmt) -> str:
    """One statement, with what is inside it; variables are named as if it stood alone."""
    return "\n".join(_stmt(Names(), stmt))


class Names:
    """Gives every variable and buffer a name: its hint, numbered from the second one on."""

    def __init__(self) -> None:
        self._given: dict[Var | Buffer, str] = {}
        self._used: dict[str, int] = {}

    def of(self, item: Operand | Buffer, hint: str = "") -> str:
        if isinstance(item, Const):
            return _literal(item)
        name = self._given.get(item)
        if name is None:
            default = "b" if isinstance(item, Buffer) else ""
            name = self._given[item] = self._make(hint or item.hint or default)
        return name

    def _make(self, hint: str) -> str:
        count = self._used[hint] = self._used.get(hint, 0) + 1
        if not hint:
            return f"%{count}"
        return hint if count == 1 else f"{hint}.{count}"

    def list(self, items: Sequence[Operand | Buffer]) -> str:
        return ", ".join(self.of(x) for x in items)

    def element(self, buffer: Buffer, index: Index) -> str:
        return f"{self.of(buffer)}[{self.list(index)}]"

    def shaped(self, buffer: Buffer) -> str:
        """A buffer with its element type and shape."""
        return f"{self.of(buffer)}: {buffer.elem.value}[{self.list(buffer.shape)}]"


def _literal(const: Const) -> str:
    if const.type is B1:
        return "true" if const.value else "false"
    return repr(const.value)


def _input(names: Names, entry: Input) -> str:
    item = entry.item
    if isinstance(item, Buffer):
        return f"{entry.role} {names.shaped(item)}"
    return f"{entry.role} {names.of(item)}: {item.type.value}"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (INDENT + line for line in lines)


def _block(names: Names, block: Block, ending: str) -> Iterator[str]:
    for stmt in block.stmts:
        yield from _stmt(names, stmt)
    if block.yields:
        yield f"{ending} {names.list(block.yields)}"
    elif not block.stmts:
        yield "pass"


def _carried(names: Names, carried: Sequence[Carried]) -> str:
    pairs = ", ".join(f"{names.of(c.param)} = {names.of(c.init)}" for c in carried)
    return f" with {pairs}" if pairs else ""


def _results(names: Names, results: Sequence[Var]) -> str:
    return f"{names.list(results)} = " if results else ""


def _stmt(names: Names, stmt: Stmt) -> Iterator[str]:
    match stmt:
        case For():
            yield from _for(names, stmt)
        case While():
            yield from _while(names, stmt)
        case If():
            yield from _if(names, stmt)
        case Build():
            shape = names.list(stmt.buffer.shape)
            name = names.of(stmt.buffer)
            yield f"{name}[{names.list(stmt.indices)}]: {stmt.buffer.elem.value}[{shape}] = build:"
            yield from _indented(_block(names, stmt.body, "yield"))
        case _:
            yield _simple(names, stmt)


def _simple(
    names: Names, stmt: Let | Load | Alloc | Store | Accum | Grow | Check | KernelCall | Report
) -> str:
    match stmt:
        case Let():
            args = names.list(stmt.args)
            return f"{names.of(stmt.var)} = {stmt.op.name}({args})"
        case Load():
            element = names.element(stmt.buffer, stmt.index)
            return f"{names.of(stmt.var)} = {element}"
        case Alloc():
            kind = "" if stmt.buffer.storage == "alloc" else f"{stmt.buffer.storage} "
            return f"alloc {kind}{names.shaped(stmt.buffer)}{' = 0' if stmt.zero else ''}"
        case Store():
            return f"{names.element(stmt.buffer, stmt.index)} = {names.of(stmt.value)}"
        case Accum():
            return f"{names.element(stmt.buffer, stmt.index)} += {names.of(stmt.value)}"
        case Grow():
            return f"grow {names.of(stmt.buffer)} to {names.of(stmt.size)}"
        case Check():
            args = f" ({names.list(stmt.args)})" if stmt.args else ""
            return f"check {names.of(stmt.cond)} else {stmt.error.kind} {stmt.error.message!r}{args}"
        case KernelCall():
            inputs = names.list(stmt.inputs)
            outputs = (names.shaped(x) if isinstance(x, Buffer) else names.of(x) for x in stmt.outputs)
            return f"{', '.join(outputs)} = call {stmt.kernel.name}({inputs})"
        case Report():
            return f"report {stmt.name!r} {names.of(stmt.value)}"
        case _:
            assert_never(stmt)


def _for(names: Names, stmt: For) -> Iterator[str]:
    bounds = f"{names.of(stmt.start)}..{names.of(stmt.stop)}"
    header = f"for {names.of(stmt.index)} in {bounds}{_carried(names, stmt.carried)}:"
    body = list(_indented(_block(names, stmt.body, "next")))
    yield _results(names, [c.result for c in stmt.carried]) + header
    yield from body


def _while(names: Names, stmt: While) -> Iterator[str]:
    header = f"while{_carried(names, stmt.carried)}:"
    cond = list(_indented(_block(names, stmt.cond, "test")))
    body = list(_indented(_block(names, stmt.body, "next")))
    yield _results(names, [c.result for c in stmt.carried]) + header
    yield from cond
    yield "do:"
    yield from body


def _if(names: Names, stmt: If) -> Iterator[str]:
    cond = names.of(stmt.cond)
    then = list(_indented(_block(names, stmt.then, "yield")))
    orelse = list(_indented(_block(names, stmt.orelse, "yield")))
    yield f"{_results(names, stmt.results)}if {cond}:"
    yield from then
    if stmt.orelse.stmts or stmt.orelse.yields:
        yield "else:"
        yield from orelse
