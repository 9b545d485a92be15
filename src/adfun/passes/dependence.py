"""Dependence test: may two accesses touch the same element of a buffer, one after the other?

Indices are affine forms over loop indices and values that do not change; everything else is
unknown, and what is unknown may coincide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from adfun.ir.nodes import (
    Accum,
    Block,
    Buffer,
    Const,
    For,
    Function,
    If,
    Index,
    KernelCall,
    Let,
    Load,
    Operand,
    Stmt,
    Store,
    Var,
    While,
)
from adfun.ir.types import I64
from adfun.ir.walk import blocks, defined, inner_vars
from adfun.primitives import arithmetic as a
from adfun.records import dataclass

Region = tuple[Stmt, int]
"""One block inside a statement."""
Path = tuple[Region, ...]
Affine = tuple[dict[Var, int], int]
"""Coefficients of variables, and a constant."""


@dataclass(frozen=True, eq=False, slots=True)
class Access:
    """A statement that reads or changes (an element of) a buffer; no index means the whole buffer."""

    stmt: Load | Store | Accum | KernelCall
    buffer: Buffer
    index: Index | None
    path: Path
    order: int


class Accesses:
    """All accesses to mutable buffers of a function, and where everything is defined."""

    def __init__(self, function: Function) -> None:
        self.of: dict[Buffer, list[Access]] = {}
        self.at: dict[Stmt, list[Access]] = {}
        self._writes: dict[Buffer, dict[object, list[Access]]] = {}
        self.home: dict[Var | Buffer, Path] = {}
        self.loops: dict[Var, For] = {}
        self._lets: dict[Var, Let] = {}
        self._affine: dict[Operand, Affine] = {}
        self._order = 0
        self._block(function.body, ())

    def _block(self, block: Block, path: Path) -> None:
        for stmt in block.stmts:
            self._order += 1
            self._stmt(stmt, path)
            for k, inner in enumerate(blocks(stmt)):
                region = (*path, (stmt, k))
                for var in inner_vars(stmt):
                    self.home[var] = region
                self._block(inner, region)
            for item in defined(stmt):
                self.home[item] = path

    def _stmt(self, stmt: Stmt, path: Path) -> None:
        match stmt:
            case Let():
                if stmt.var.type is I64:
                    self._lets[stmt.var] = stmt
            case Load() | Store() | Accum():
                self._add(Access(stmt, stmt.buffer, stmt.index, path, self._order))
            case KernelCall():
                for x in stmt.inputs:
                    if isinstance(x, Buffer):
                        self._add(Access(stmt, x, None, path, self._order))
            case For():
                self.loops[stmt.index] = stmt
            case _:
                pass

    def _add(self, access: Access) -> None:
        self.at.setdefault(access.stmt, []).append(access)
        if access.buffer.storage == "input":
            return
        self.of.setdefault(access.buffer, []).append(access)
        if isinstance(access.stmt, Store | Accum):
            writes = self._writes.setdefault(access.buffer, {})
            writes.setdefault(_literal(access.index), []).append(access)

    def writes(self, like: Access) -> Iterator[Access]:
        """The stores and accumulations to a buffer, without those to other literal indices."""
        writes = self._writes.get(like.buffer, {})
        place = _literal(like.index)
        if place is None:
            for entries in writes.values():
                yield from entries
            return
        yield from writes.get(place, ())
        yield from writes.get(None, ())

    # -- tests ---------------------------------------------------------------------------------

    def may_follow(self, first: Access, second: Access) -> bool:
        """Whether `second` may touch an element after `first` has, while the buffer lives."""
        common = _common(first.path, second.path)
        after = second.order > first.order and not _exclusive(first.path, second.path, len(common))
        if after and self._may_coincide(first, second, common, None):
            return True
        home = len(self.home.get(first.buffer, ()))
        return any(
            self._may_coincide(first, second, common, level)
            for level in range(home, len(common))
            if isinstance(common[level][0], For | While)
        )

    def across(self, loop: For | While, first: Access, second: Access) -> bool:
        """Whether the accesses may touch one element in different iterations of a loop."""
        common = _common(first.path, second.path)
        level = next(k for k, region in enumerate(common) if region[0] is loop)
        return self._may_coincide(first, second, common, level) or self._may_coincide(
            second, first, common, level
        )

    def _may_coincide(self, first: Access, second: Access, common: Path, level: int | None) -> bool:
        """level: `second` runs in a later iteration of that common loop, else in the same of all."""
        if first.index is None or second.index is None or len(first.index) != len(second.index):
            return True
        pairs = zip(first.index, second.index, strict=True)
        return not any(self._differ(x, y, common, level) for x, y in pairs)

    def _differ(self, x: Operand, y: Operand, common: Path, level: int | None) -> bool:
        return any(
            _Difference(self, common, level, low).excludes_zero(self.affine(x), self.affine(y))
            for low in (True, False)
        )

    # -- affine forms --------------------------------------------------------------------------

    def affine(self, operand: Operand) -> Affine:
        """An i64 operand as an affine form."""
        if isinstance(operand, Const):
            return {}, int(operand.value)
        form = self._affine.get(operand)
        if form is None:
            form = self._affine[operand] = self._form(operand)
        return form

    def _form(self, var: Var) -> Affine:
        let = self._lets.get(var)
        if let is not None:
            args = let.args
            if let.op is a.iadd:
                return combined(self.affine(args[0]), 1, self.affine(args[1]))
            if let.op is a.isub:
                return combined(self.affine(args[0]), -1, self.affine(args[1]))
            if let.op is a.ineg:
                return combined(({}, 0), -1, self.affine(args[0]))
            if let.op is a.imul:
                for x, y in (args, args[::-1]):
                    if isinstance(x, Const):
                        return combined(({}, 0), int(x.value), self.affine(y))
        return {var: 1}, 0


def _literal(index: Index | None) -> object:
    """An index of literals only, else None."""
    return index if index is not None and all(isinstance(x, Const) for x in index) else None


def combined(x: Affine, factor: int, y: Affine) -> Affine:
    """x + factor * y"""
    terms = dict(x[0])
    for var, coefficient in y[0].items():
        total = terms.get(var, 0) + factor * coefficient
        if total:
            terms[var] = total
        else:
            terms.pop(var, None)
    return terms, x[1] + factor * y[1]


class _Difference:
    """The range of `second - first`, indices of loops that run apart replaced by a bound."""

    def __init__(self, accesses: Accesses, common: Path, level: int | None, low: bool) -> None:
        self.accesses = accesses
        self.fixed = len(common) if level is None else level
        """Regions of `common` up to here are the same execution for both accesses."""
        self.common = common
        self.later = common[level][0] if level is not None else None
        self.low = low
        self.earlier = Var(I64, "earlier")
        """The index of the loop of `later` in the earlier of the two iterations."""
        self.lo, self.hi = 0.0, 0.0

    def excludes_zero(self, first: Affine, second: Affine) -> bool:
        same: Affine = ({}, 0)
        for form, sign in ((second, 1), (first, -1)):
            rest = self._settle(form, sign)
            if rest is None:
                return False
            same = combined(same, sign, rest)
        if same[0]:
            return False
        return self.lo + same[1] > 0 or self.hi + same[1] < 0

    def _settle(self, form: Affine, sign: int) -> Affine | None:
        """The part of a form that means the same for both accesses; None: cannot be bounded."""
        for _ in range(16):
            apart = [v for v in form[0] if not self._shared(v)]
            if not apart:
                return form
            loop = self.accesses.loops.get(apart[0])
            if loop is None:
                return None
            form = self._bounded(form, apart[0], loop, sign)
        return None

    def _bounded(self, form: Affine, index: Var, loop: For, sign: int) -> Affine:
        coefficient = form[0][index]
        form = combined(form, -coefficient, ({index: 1}, 0))
        if loop is self.later:
            if sign > 0:  # the later iteration: the earlier one's index plus at least one
                self._range(coefficient, 1)
            return combined(form, coefficient, ({self.earlier: 1}, 0))
        if self.low:
            self._range(sign * coefficient, 0)
            return combined(form, coefficient, self.accesses.affine(loop.start))
        self._range(-sign * coefficient, 0)
        return combined(form, coefficient, combined(self.accesses.affine(loop.stop), 1, ({}, -1)))

    def _range(self, coefficient: int, least: int) -> None:
        """Add coefficient * k for k >= least."""
        if coefficient > 0:
            self.lo, self.hi = self.lo + coefficient * least, math.inf
        elif coefficient < 0:
            self.lo, self.hi = -math.inf, self.hi + coefficient * least

    def _shared(self, var: Var) -> bool:
        """Whether a variable has the same value for both accesses."""
        if var is self.earlier:
            return True
        home = self.accesses.home.get(var, ())
        return len(home) <= self.fixed and home == self.common[: len(home)]


def _common(x: Path, y: Path) -> Path:
    count = 0
    for one, other in zip(x, y, strict=False):
        if one[0] is not other[0] or one[1] != other[1]:
            break
        count += 1
    return x[:count]


def _exclusive(x: Path, y: Path, common: int) -> bool:
    """Whether the paths part in the two arms of one `If`."""
    if len(x) <= common or len(y) <= common:
        return False
    return isinstance(x[common][0], If) and x[common][0] is y[common][0]
