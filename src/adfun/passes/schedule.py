"""Decides which loops and branches of a block become one, and the order of its statements then.

Statements form a graph: one follows another when it uses what the other made, when the two touch a
buffer and their order matters, or when it is guarded by the other's checks.  Two loops become one
node when no path between them passes through a third statement, and when whatever one loop does to a
buffer concerns the other in the same iteration only.  Branches on the same condition need only the former.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adfun.ir.nodes import Buffer, Const, For, If, Index, Operand, Stmt, Var
from adfun.ir.walk import defined, length
from adfun.passes.cost import cost
from adfun.passes.effects import Effects, Facts, accesses
from adfun.passes.sequential import CHEAP_BODY, in_step, is_sequential

LONGEST = 1000
"""Statements of a loop, before it shares any: compilers take more than linear time for what loops become."""


Item = Var | Buffer
Same = Mapping[Item, Operand]


def schedule(stmts: Sequence[Stmt], facts: Facts, same: Same | None = None) -> list[list[Stmt]] | None:
    """The statements of a block in groups, in order: a group of several is to be one loop, or one branch.

    None when nothing can be merged.  `same` says what some values are other names of, in a block that is
    made of several: only branches are merged then.
    """
    kind = For | If if same is None else If
    alike: dict[tuple[Operand, ...], int] = {}
    for stmt in stmts:
        if isinstance(stmt, kind):
            key = _likeness(stmt, same or {})
            alike[key] = alike.get(key, 0) + 1
    if all(count == 1 for count in alike.values()):
        return None
    graph = _Graph(stmts, facts, kind, same or {})
    return graph.ordered() if graph.merged else None


def _likeness(stmt: For | If, same: Same) -> tuple[Operand, ...]:
    """What loops, or branches, must have in common to become one."""
    if isinstance(stmt, For):
        return stmt.start, stmt.stop
    return (stmt.cond if isinstance(stmt.cond, Const) else same.get(stmt.cond, stmt.cond),)


class _Cluster:
    """Loops, or branches, that are to be one."""

    __slots__ = ("effects", "length", "mask", "members", "places", "results", "sequential")

    def __init__(self, number: int, stmt: For | If, facts: Facts) -> None:
        effects = facts.of[stmt]
        self.members: list[For | If] = [stmt]
        self.mask = 1 << number
        self.effects = Effects()
        self.effects.include(effects)
        self.results = set(defined(stmt))
        self.length = length((stmt,)) if isinstance(stmt, For) else 0
        self.sequential = isinstance(stmt, For) and is_sequential(stmt, facts.lets)
        self.places: dict[Buffer, list[tuple[Var, Index | None]]] | None = None

    def places_of(self, buffer: Buffer) -> list[tuple[Var, Index | None]]:
        """Where the loops touch a buffer, each place with the index of its loop."""
        if self.places is None:
            self.places = {}
            for loop in self.loops():
                for b, found in accesses(loop.body.stmts).items():
                    self.places.setdefault(b, []).extend((loop.index, place) for place in found)
        return self.places.get(buffer, [])

    def loops(self) -> list[For]:
        return [stmt for stmt in self.members if isinstance(stmt, For)]

    def only_checks(self) -> bool:
        """Whether the loops are there for their checks: they would keep guarded loops apart."""
        effects = self.effects
        return effects.checks and not (self.results or effects.stores or effects.accums)

    def take(self, other: _Cluster) -> None:
        self.members += other.members
        self.mask |= other.mask
        self.effects.include(other.effects)
        self.results |= other.results
        self.length += other.length
        self.sequential |= other.sequential
        self.places = None


class _Traffic:
    """Who touched one buffer last: the latest statements of one kind, and those just before them."""

    __slots__ = ("before", "kind", "latest")

    def __init__(self) -> None:
        self.kind = ""
        self.latest = 0
        self.before = 0

    def touch(self, kind: str, bit: int) -> int:
        """Note a statement; returns the statements it has to follow."""
        if kind == "store" or kind != self.kind:
            self.before, self.latest, self.kind = self.latest, 0, kind
        self.latest |= bit
        return self.before


class _Graph:
    """The statements of a block, numbered; sets of statements are bit masks."""

    def __init__(self, stmts: Sequence[Stmt], facts: Facts, kind: Any, same: Same) -> None:
        self.stmts = stmts
        self.facts = facts
        self.kind = kind
        """Of the statements that are merged."""
        self.same = same
        self.merged = False
        self.direct: list[int] = []
        self.before: list[int] = []
        """All that must come before a statement; for a merged loop, before all of its members."""
        self.cluster: dict[int, _Cluster] = {}
        self.maker: dict[Var | Buffer, int] = {}
        self.traffic: dict[Buffer, _Traffic] = {}
        self.checks = 0
        self.alike: dict[tuple[Operand, ...], list[_Cluster]] = {}
        for number, stmt in enumerate(stmts):
            self.add(number, stmt)

    # -- building ---------------------------------------------------------------------------------

    def add(self, number: int, stmt: Stmt) -> None:
        effects = self.facts.of[stmt]
        direct = self.follows(number, effects)
        self.direct.append(direct)
        self.before.append(self.closure(direct))
        for item in defined(stmt):
            self.maker[item] = number
        if effects.checks:
            self.checks |= 1 << number
        if isinstance(stmt, self.kind):
            self.place(number, stmt)

    def follows(self, number: int, effects: Effects) -> int:
        """The statements that this one must come after, for a reason of its own."""
        found, same = self.checks if effects.guarded else 0, self.same
        for item in effects.uses:
            for name in (item, same[item]) if item in same else (item,):
                maker = None if isinstance(name, Const) else self.maker.get(name)
                if maker is not None:
                    found |= 1 << maker
        bit = 1 << number
        for kind, buffers in (("read", effects.reads), ("accum", effects.accums), ("store", effects.stores)):
            for buffer in buffers:
                if buffer.storage != "input":
                    found |= self.traffic.setdefault(buffer, _Traffic()).touch(kind, bit)
        return found & ~bit

    def closure(self, direct: int) -> int:
        """Statements with all that comes before them."""
        found, todo = 0, direct
        while todo:
            number = todo.bit_length() - 1
            found |= self.whole(number) | self.before[number]
            todo &= ~found
        return found

    def whole(self, number: int) -> int:
        cluster = self.cluster.get(number)
        return 1 << number if cluster is None else cluster.mask

    # -- merging ----------------------------------------------------------------------------------

    def place(self, number: int, stmt: For | If) -> None:
        """Merge a statement into an earlier one, or keep it for later ones."""
        new = _Cluster(number, stmt, self.facts)
        earlier = self.alike.setdefault(_likeness(stmt, self.same), [])
        for old in reversed(earlier):
            if self.apart(old, number) and (isinstance(stmt, If) or self.compatible(old, new)):
                self.join(old, new, number)
                return
        self.cluster[number] = new
        earlier.append(new)

    def apart(self, old: _Cluster, number: int) -> bool:
        """Whether no path leads from the old loops to the new one through another statement."""
        between = self.direct[number] & ~old.mask
        return not any(self.before[n] & old.mask for n in _bits(between))

    def compatible(self, old: _Cluster, new: _Cluster) -> bool:
        if old.length + new.length > LONGEST:
            return False
        if not old.results.isdisjoint(new.effects.uses) or (old.effects.checks and new.effects.guarded):
            return False
        if old.only_checks() != new.only_checks():
            return False
        if not any(isinstance(x, Buffer) for x in old.effects.uses & new.effects.uses):
            return False
        if old.sequential != new.sequential:
            parallel = new if old.sequential else old
            if sum(cost(loop.body.stmts) for loop in parallel.loops()) > CHEAP_BODY:
                return False
        return all(self.in_step(old, new, buffer) for buffer in old.effects.conflicts(new.effects))

    def in_step(self, old: _Cluster, new: _Cluster, buffer: Buffer) -> bool:
        """Whether the loops meet in a buffer's element only in the same iteration."""
        return in_step(self.facts.lets, buffer, old.places_of(buffer) + new.places_of(buffer))

    def join(self, old: _Cluster, new: _Cluster, number: int) -> None:
        old.take(new)
        self.cluster[number] = old
        self.merged = True
        before = self.before[number]
        for n in _bits(old.mask):
            before |= self.before[n]
        before &= ~old.mask
        for n in range(number + 1):
            if old.mask >> n & 1:
                self.before[n] = before
            elif self.before[n] & old.mask:
                self.before[n] |= before | old.mask

    # -- the new order ----------------------------------------------------------------------------

    def ordered(self) -> list[list[Stmt]]:
        """Groups in an order as close to the old one as the graph allows."""
        groups: list[list[Stmt]] = []
        done = 0

        def visit(number: int) -> None:
            nonlocal done
            mask = self.whole(number)
            for n in _bits(self.before[number] & ~done & ~mask):
                if not done >> n & 1:
                    visit(n)
            done |= mask
            cluster = self.cluster.get(number)
            groups.append([self.stmts[number]] if cluster is None else [*cluster.members])

        for number in range(len(self.stmts)):
            if not done >> number & 1:
                visit(number)
        return groups


def _bits(mask: int) -> Iterator[int]:
    """The numbers in a mask, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
