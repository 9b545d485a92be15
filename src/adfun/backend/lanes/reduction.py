"""Carried values that only accumulate: s + ..., min(s, ...): the order of the terms is free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from adfun.ir.nodes import Buffer, Const, For, If, Let, Operand, Stmt, Var
from adfun.ir.walk import walk
from adfun.records import dataclass

SUM_LIKE = {"add", "mul", "minimum", "maximum", "iadd", "imul", "imin", "imax", "band", "bor", "vadd"}
MINUS = {"sub": "add", "isub": "iadd", "vsub": "vadd"}
"""What takes away from a sum."""
IDENTITY = {
    "add": "0.0", "mul": "1.0", "minimum": "__builtin_inf()", "maximum": "-__builtin_inf()", "iadd": "0",
    "imul": "1", "imin": "ADFUN_HUGE", "imax": "-ADFUN_HUGE - 1", "band": "true", "bor": "false",
    "vadd": "adfun_vec{}",
}  # fmt: skip
"""The start of each lane's part, by primitive."""


def definitions(stmts: Iterable[Stmt]) -> dict[Var, Let | If | For]:
    """What computes each scalar, for the statements a reduction may pass through."""
    found: dict[Var, Let | If | For] = {}
    for stmt in walk(stmts):
        match stmt:
            case Let():
                found[stmt.var] = stmt
            case If():
                found.update((result, stmt) for result in stmt.results)
            case For():
                found.update((item.result, stmt) for item in stmt.carried)
            case _:
                pass
    return found


@dataclass
class _Chain:
    """The search for one carried value's chain from the iteration's end back to its start."""

    defined: Mapping[Var, Let | If | For]
    sources: set[Var]
    op: str = ""
    used: Counter[Var] | None = None

    def leads(self, operand: Operand) -> bool:
        """Whether a value is a source combined with other terms by one operation."""
        if isinstance(operand, Const):
            return False
        assert self.used is not None
        self.used[operand] += 1
        if operand in self.sources:
            return True
        stmt = self.defined.get(operand)
        found = False
        match stmt:
            case Let():
                found = self.through_let(stmt)
            case If():
                k = stmt.results.index(operand)
                found = self.leads(stmt.then.yields[k]) and self.leads(stmt.orelse.yields[k])
            case For():
                found = self.through_loop(stmt, operand)
            case None:
                pass
        if not found:
            self.used[operand] -= 1
        return found

    def through_let(self, stmt: Let) -> bool:
        op = MINUS.get(stmt.op.name, stmt.op.name)
        if op not in SUM_LIKE or self.op not in ("", op):
            return False
        before = self.op
        self.op = op
        arms = stmt.args[:1] if stmt.op.name in MINUS else stmt.args
        if any(self.leads(arg) for arg in arms):
            return True
        self.op = before
        return False

    def through_loop(self, stmt: For, result: Var) -> bool:
        k = next(k for k, item in enumerate(stmt.carried) if item.result is result)
        if not self.leads(stmt.carried[k].init):
            return False
        self.sources.add(stmt.carried[k].param)
        return self.leads(stmt.body.yields[k])


def operation(
    param: Var, value: Operand, defined: Mapping[Var, Let | If | For], reads: Counter[Var | Buffer]
) -> str:
    """The operation by which a carried value accumulates, or "" when it does something else.

    Every use of it, and of what it becomes on the way, must be part of the one chain.
    """
    chain = _Chain(defined, {param}, "", Counter())
    if not chain.leads(value) or chain.used is None:
        return ""
    touched = [v for v, n in chain.used.items() if n] + list(chain.sources)
    if any(chain.used[v] != reads[v] for v in touched):
        return ""
    return chain.op or "add"


def operations(loop: For, reads: Counter[Var | Buffer]) -> list[str]:
    """The operation of each carried value of a loop; "" where it is no reduction."""
    if not loop.carried:
        return []
    defined = definitions(loop.body.stmts)
    return [
        operation(item.param, value, defined, reads)
        for item, value in zip(loop.carried, loop.body.yields, strict=True)
    ]


def plain_sums(loop: For, reads: Counter[Var | Buffer]) -> dict[Let, tuple[Var, Operand]]:
    """The statements that only add to, or take from, a carried value of type F64, with that and the term."""
    params = {item.param: value for item, value in zip(loop.carried, loop.body.yields, strict=True)}
    found = {}
    for stmt in loop.body.stmts:
        if not isinstance(stmt, Let) or stmt.op.name not in ("add", "sub") or reads[stmt.var] != 1:
            continue
        for k in (0, 1) if stmt.op.name == "add" else (0,):
            param = stmt.args[k]
            if isinstance(param, Var) and params.get(param) is stmt.var and reads[param] == 1:
                found[stmt] = param, stmt.args[1 - k]
    return found
