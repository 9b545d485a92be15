"""Which adjoints may be zero because the program went another way.

    y = where(x > 0, x * log(x), 0)

At x = 0 the adjoint of the product is zero, the partial by x is infinite, and their product must
be zero.  `mul0` sees to that; it costs a comparison, so it is used only where an adjoint comes
through a selection, out of a region that may not run, or from an element that may not be read.
Elements that a loop over the same range reads afterwards are as what is done with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from adfun.ir.nodes import Accum, Block, Carried, Const, For, If, Let, Load, Operand, Store, Var, While
from adfun.ir.rows import Primitive
from adfun.passes.activity import Items, smooth_arguments
from adfun.passes.dependence import Access, Accesses, Path
from adfun.primitives import arithmetic as a

Accumulated = Callable[[For | While], frozenset[Carried]]

GATES: frozenset[Primitive] = frozenset({a.select, a.minimum, a.maximum, a.mul0})
"""Primitives that may make a zero adjoint of any other."""


class Guards:
    """`guarded`: the values whose adjoint may be zero while partials are infinite or NaN."""

    def __init__(self, block: Block, accesses: Accesses, active: Items, accumulated: Accumulated) -> None:
        self.guarded: set[Var] = set()
        self._accesses = accesses
        self._home = accesses.home
        self._active = active
        self._accumulated = accumulated
        self._block(block, 0)

    def _guard(self, values: Iterable[Operand]) -> None:
        self.guarded.update(x for x in values if isinstance(x, Var))

    def _pass_on(self, results: Iterable[Var], values: Iterable[Operand], depth: int) -> None:
        """Values are guarded as their results are, or if they come from outside their block."""
        for result, value in zip(results, values, strict=True):
            if result in self.guarded or self._is_outer(value, depth):
                self._guard([value])

    def _is_outer(self, value: Operand, depth: int) -> bool:
        return isinstance(value, Var) and len(self._home.get(value, ())) < depth

    def _block(self, block: Block, depth: int) -> None:
        for stmt in reversed(block.stmts):
            match stmt:
                case Let():
                    gate = stmt.op in GATES or stmt.var in self.guarded
                    arguments = smooth_arguments(stmt)
                    self._guard(x for x in arguments if gate or self._is_outer(x, depth))
                case Store():
                    if not self._is_read(stmt):
                        self._guard([stmt.value])
                case Accum():
                    self._guard([stmt.value])
                case For() | While():
                    self._loop(stmt, depth)
                case If():
                    for arm in (stmt.then, stmt.orelse):
                        self._pass_on(stmt.results, arm.yields, depth + 1)
                        self._block(arm, depth + 1)
                case _:
                    pass

    def _loop(self, stmt: For | While, depth: int) -> None:
        sums = self._accumulated(stmt)
        results = [c.result for c in stmt.carried]
        # The adjoint of a sum is that of the loop's result in every iteration.
        moving = [c.result if c in sums else c.param for c in stmt.carried]
        self._pass_on(results, stmt.body.yields, depth + 1)
        known = -1
        while known != len(self.guarded):
            known = len(self.guarded)
            self._pass_on(moving, stmt.body.yields, depth + 1)
            self._block(stmt.body, depth + 1)
        inits = [c.init for c in stmt.carried]
        self._pass_on(results, inits, 0)
        self._pass_on(moving, inits, 0)

    def _is_read(self, store: Store) -> bool:
        """Whether all elements that a loop stores are read by a later one, and used without a guard."""
        every = self._accesses.of[store.buffer]
        (own,) = self._accesses.at[store]
        ranges = _ranges(own)
        if ranges is None or any(isinstance(x.stmt, Store | Accum) for x in every if x is not own):
            return False
        return any(
            isinstance(x.stmt, Load)
            and x.order > own.order
            and x.stmt.var in self._active
            and x.stmt.var not in self.guarded
            and _ranges(x) == ranges
            for x in every
        )


def _ranges(access: Access) -> tuple[Path, list[tuple[object, object]]] | None:
    """Where the loops stand whose indices an access has, if these are all of it, and their ranges by axis."""
    index = access.index or ()
    count = len(index)
    around, nest = access.path[: len(access.path) - count], access.path[len(access.path) - count :]
    loops = {stmt.index: stmt for stmt, _ in nest if isinstance(stmt, For)}
    if not count or len(loops) != count or set(index) != set(loops):
        return None
    return around, [(_end(loops[x].start), _end(loops[x].stop)) for x in index if isinstance(x, Var)]


def _end(operand: Operand) -> object:
    return operand.value if isinstance(operand, Const) else operand
