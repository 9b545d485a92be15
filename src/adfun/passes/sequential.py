"""Tells loops whose iterations need each other from those that may run in any order, sums apart."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from adfun.ir.nodes import Accum, Block, Buffer, For, If, Index, Let, Load, Operand, Store, Var
from adfun.ir.walk import blocks, defined, operands, walk
from adfun.passes.effects import accesses, moves_with
from adfun.primitives.arithmetic import add, sub

CHEAP_BODY = 12
"""Cycles up to which parallel work may join a sequential loop; beyond, it had better run in lanes."""


def outermost(block: Block) -> Iterator[For]:
    """The loops that are in no other, branches looked into."""
    for stmt in block.stmts:
        if isinstance(stmt, For):
            yield stmt
        elif isinstance(stmt, If):
            yield from outermost(stmt.then)
            yield from outermost(stmt.orelse)


def is_sequential(loop: For, lets: Mapping[Operand, Let]) -> bool:
    """Whether an iteration needs more of the ones before than a sum to add to."""
    return not _only_sums(loop) or _passes_memory_on(loop, lets)


def in_step(lets: Mapping[Operand, Let], buffer: Buffer, places: Iterable[tuple[Var, Index | None]]) -> bool:
    """Whether all uses of a buffer, each with the index of its loop, meet in one iteration only.

    The loops have the same range.
    """
    return common_axis(lets, buffer, places) is not None


def common_axis(
    lets: Mapping[Operand, Let],
    buffer: Buffer,
    places: Iterable[tuple[Var, Index | None]],
    taken: Container[int] = (),
) -> int | None:
    """The axis of a buffer that is the iteration, in the same way wherever it is used."""
    found: list[tuple[Var, Index]] = []
    for var, index in places:
        if index is None or len(index) != buffer.rank:
            return None
        found.append((var, index))
    for axis in range(buffer.rank):
        ways = {moves_with(lets, index[axis], var) for var, index in found}
        if axis not in taken and len(ways) == 1 and None not in ways:
            return axis
    return None


# -- memory ---------------------------------------------------------------------------------------


def _passes_memory_on(loop: For, lets: Mapping[Operand, Let]) -> bool:
    """Whether an iteration may load what another one stored."""
    made: set[Var | Buffer] = set()
    changed: set[Buffer] = set()
    loaded: set[Buffer] = set()
    for stmt in walk(loop.body.stmts):
        if isinstance(stmt, Store | Accum):
            changed.add(stmt.buffer)
        elif isinstance(stmt, Load):
            loaded.add(stmt.buffer)
        else:
            made.update(defined(stmt))
    shared = (changed & loaded) - made
    if not shared:
        return False
    places = accesses(loop.body.stmts)
    return not all(in_step(lets, b, ((loop.index, index) for index in places[b])) for b in shared)


# -- sums -----------------------------------------------------------------------------------------


def _only_sums(loop: For) -> bool:
    """Whether every carried value is one that terms are added to, and nothing else uses the sums so far."""
    return len(sums(loop)) == len(loop.carried)


def sums(loop: For) -> dict[Var, list[Var]]:
    """The carried values that only have terms added to them, each with the sums from term to term.

    An inner loop may add them.
    """
    totals = {c.param for c in loop.carried}
    before: dict[Operand, Operand] = {}
    for stmt in loop.body.stmts if totals else ():
        if isinstance(stmt, For):
            going_on = [c for c in stmt.carried if c.init in totals or c.init in before]
            added = sums(stmt) if going_on else {}
            before.update({c.result: c.init for c in going_on if c.param in added})
        elif isinstance(stmt, Let) and stmt.op in (add, sub):
            for part in stmt.args if stmt.op is add else stmt.args[:1]:
                if part in totals or part in before:
                    before[stmt.var] = part
    found: dict[Var, list[Var]] = {}
    uses: dict[Var, int] = {}
    for c, total in zip(loop.carried, loop.body.yields, strict=True):
        chain: list[Var] = []
        while isinstance(total, Var) and total is not c.param and total in before:
            chain.append(total)
            total = before[total]
        if total is c.param and chain:
            found[c.param] = chain
            uses.update(dict.fromkeys([c.param, *chain], 0))
    _count(loop.body, uses)
    return {param: chain for param, chain in found.items() if all(uses[x] == 1 for x in [param, *chain])}


def _count(block: Block, uses: dict[Var, int]) -> None:
    """How often values are used in a block, at any depth, and by what it yields."""
    for operand in named(block):
        if isinstance(operand, Var) and operand in uses:
            uses[operand] += 1


def named(block: Block) -> Iterator[Operand]:
    """Every operand of a block, at any depth, and what it yields, as often as it is named."""
    yield from block.yields
    for stmt in walk(block.stmts):
        yield from operands(stmt)
        for inside in blocks(stmt):
            yield from inside.yields
