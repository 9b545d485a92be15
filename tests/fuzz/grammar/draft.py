"""A program that is being written: its lines, the names in scope, and the sizes of axes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

Dim = tuple[str, int]
"""A symbol and an offset: ("n", -1) is n - 1; ("", 3) is 3."""
N: Dim = ("n", 0)
M: Dim = ("m", 0)
K: Dim = ("k", 0)
FEWER: Dim = ("n", -1)
GRID: Dim = ("", 4)
Elem = Literal["f", "i", "b"]


@dataclass(frozen=True)
class Kind:
    """What a name holds; `bound`: integers lie in range(bound)."""

    elem: Elem
    dims: tuple[Dim, ...] = ()
    bound: Dim | None = None


F, I, B = Kind("f"), Kind("i"), Kind("b")  # noqa: E741


@dataclass(frozen=True)
class Name:
    """A name in scope.

    owned  an array made here, which may be changed in place
    fixed  may not be assigned: an argument, or a loop variable
    """

    name: str
    kind: Kind
    owned: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Helper:
    """A function that has been written: its arguments, of which the last `optional` have defaults."""

    name: str
    args: tuple[tuple[str, Kind], ...]
    result: Kind
    optional: int = 0


DATA: dict[str, Kind] = {
    "x": Kind("f", (N,)),
    "y": Kind("f", (N,)),
    "g": Kind("i", (N,), K),
    "h": Kind("i", (N,), M),
    "counts": Kind("i", (N,)),
    "mask": Kind("b", (N,)),
    "X": Kind("f", (N, M)),
    "Z": Kind("f", (K, N)),
    "c": F,
    "grid": Kind("f", (GRID,)),
}
PARAMS: dict[str, Kind] = {
    "a": F,
    "s": F,
    "b": Kind("f", (K,)),
    "w": Kind("f", (M,)),
    "u": Kind("f", (N,)),
    "A": Kind("f", (M, M)),
    "C": Kind("f", (K, M)),
}


class Choices:
    """Weighted ways to write something; a way that does not fit returns None."""

    def __init__(self) -> None:
        self.ways: list[Callable[..., str | None]] = []
        self.weights: list[float] = []

    def way(self, weight: float = 1.0) -> Callable[[Callable[..., str | None]], Callable[..., str | None]]:
        def add(function: Callable[..., str | None]) -> Callable[..., str | None]:
            self.ways.append(function)
            self.weights.append(weight)
            return function

        return add

    def write(self, d: Draft, *args: object) -> str | None:
        """What the first way gives that fits, tried in random order."""
        for _ in range(8):
            text = d.random.choices(self.ways, self.weights)[0](d, *args)
            if text is not None:
                return text
        return None


NUMBERS, CONDITIONS, DATA_CONDITIONS = Choices(), Choices(), Choices()
VECTORS, MATRICES, MASKS = Choices(), Choices(), Choices()
STATEMENTS = Choices()
"""Filled by the modules beside this one."""


@dataclass
class Draft:
    """The state of a generator."""

    seed: int
    random: random.Random = field(init=False)
    lines: list[str] = field(default_factory=list)
    helpers: list[Helper] = field(default_factory=list)
    indent: int = 1
    count: int = 0
    loops: int = 0
    scopes: list[dict[str, Name]] = field(default_factory=lambda: [{}])

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    # -- lines ------------------------------------------------------------------------------

    def line(self, text: str) -> str:
        self.lines.append("    " * self.indent + text)
        return text

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """An indented block with a scope of its own."""
        self.line(header)
        self.indent += 1
        self.scopes.append({})
        mark = len(self.lines)
        yield
        if len(self.lines) == mark:
            self.line("pass")
        self.scopes.pop()
        self.indent -= 1

    @contextmanager
    def loop(self, header: str) -> Iterator[None]:
        self.loops += 1
        with self.block(header):
            yield
        self.loops -= 1

    @contextmanager
    def module_function(self, header: str) -> Iterator[None]:
        """A function beside the objective, which sees its own arguments only."""
        kept = self.scopes, self.lines, self.indent, self.loops
        self.scopes, self.lines, self.indent, self.loops = [], [], 0, 0
        with self.block(header):
            yield
        made = self.lines
        self.scopes, self.lines, self.indent, self.loops = kept
        self.lines[:0] = [*made, "", ""]

    # -- choosing ---------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, options: Sequence[str]) -> str:
        return self.random.choice(options)

    def fresh(self, prefix: str = "t") -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def literal(self) -> str:
        return self.pick(("0.5", "1.5", "0.3", "2.0", "-0.7", "0.9", "1.1", "-1.3", "0.25", "3.0", "1", "2"))

    # -- names ------------------------------------------------------------------------------

    def declare(self, name: str, kind: Kind, *, owned: bool = False, fixed: bool = False) -> str:
        self.scopes[-1][name] = Name(name, kind, owned, fixed)
        return name

    def names(self, wanted: Callable[[Name], bool]) -> list[Name]:
        seen: dict[str, Name] = {}
        for scope in self.scopes:
            seen.update(scope)
        return [n for n in seen.values() if wanted(n)]

    def sees(self, name: str) -> bool:
        return any(name in scope for scope in self.scopes)

    def one(self, wanted: Callable[[Name], bool]) -> Name | None:
        """One name of those; later ones are likelier."""
        found = self.names(wanted)
        if not found:
            return None
        return found[-1] if self.chance(0.3) else self.random.choice(found)

    def name_of(self, kind: Kind) -> str | None:
        found = self.one(
            lambda n: (
                n.kind.elem == kind.elem
                and n.kind.dims == kind.dims
                and (kind.bound is None or n.kind.bound == kind.bound)
            )
        )
        return found.name if found else None

    def assignable(self, rank: int = 0, *, owned: bool = False) -> Name | None:
        """A float that may be given a new value."""
        return self.one(
            lambda n: (
                n.kind.elem == "f" and len(n.kind.dims) == rank and not n.fixed and (n.owned or not owned)
            )
        )

    # -- sizes ------------------------------------------------------------------------------

    def dim(self) -> Dim | None:
        """A run-time size that can be written here."""
        found = {dim for n in self.names(lambda n: bool(n.kind.dims)) for dim in n.kind.dims if dim[0]}
        return self.random.choice([*sorted(found), N, N] if N in found else sorted(found)) if found else None

    def size(self, dim: Dim) -> str:
        """An expression for the length of an axis that some name in scope has."""
        symbol, offset = dim
        if not symbol:
            return str(offset)
        if self.sees(symbol) and self.chance(0.6):
            text = symbol
        else:
            arrays = self.names(lambda n: (symbol, 0) in n.kind.dims)
            if not arrays:
                exact = self.random.choice(self.names(lambda n: dim in n.kind.dims))
                return f"{exact.name}.shape[{exact.kind.dims.index(dim)}]"
            array = self.random.choice(arrays)
            axis = array.kind.dims.index((symbol, 0))
            text = f"len({array.name})" if axis == 0 and self.chance(0.7) else f"{array.name}.shape[{axis}]"
        return f"{text} {'-' if offset < 0 else '+'} {abs(offset)}" if offset else text

    # -- expressions ------------------------------------------------------------------------

    def number(self, depth: int) -> str:
        """A float expression."""
        if depth <= 0 or self.chance(0.12):
            return self.leaf()
        return NUMBERS.write(self, depth - 1) or self.leaf()

    def leaf(self) -> str:
        name = self.name_of(F)
        return name if name is not None and self.chance(0.85) else self.literal()

    def tame(self, text: str) -> str:
        """Of moderate size, whatever it was; numbers and arrays."""
        return self.pick((f"np.tanh({text})", f"np.sin({text})", f"0.5 * np.arctan({text})"))

    def condition(self, depth: int) -> str:
        return CONDITIONS.write(self, depth) or f"{self.leaf()} > 0.1"

    def data_condition(self, depth: int) -> str:
        """A condition on data or on positions in loops, if there are any."""
        return DATA_CONDITIONS.write(self, depth) or self.condition(depth)

    def vector(self, dim: Dim, depth: int) -> str:
        """A one-dimensional array of floats."""
        if depth <= 0 or self.chance(0.12):
            return self.vector_leaf(dim)
        return VECTORS.write(self, dim, depth - 1) or self.vector_leaf(dim)

    def vector_leaf(self, dim: Dim) -> str:
        name = self.name_of(Kind("f", (dim,)))
        if name is not None and self.chance(0.93):
            return name
        size = self.size(dim)
        return self.pick(
            (
                f"np.full({size}, {self.leaf()})",
                f"{self.leaf()} * np.ones({size})",
                f"np.arange({size}) * 0.3",
            )
        )

    def matrix(self, rows: Dim, columns: Dim, depth: int) -> str:
        """A two-dimensional array of floats."""
        if depth <= 0 or self.chance(0.12):
            return self.matrix_leaf(rows, columns)
        return MATRICES.write(self, rows, columns, depth - 1) or self.matrix_leaf(rows, columns)

    def matrix_leaf(self, rows: Dim, columns: Dim) -> str:
        name = self.name_of(Kind("f", (rows, columns)))
        if name is not None:
            return name
        other = self.name_of(Kind("f", (columns, rows)))
        if other is not None and self.chance(0.7):
            return f"{other}.T"
        return f"np.outer({self.vector_leaf(rows)}, {self.vector_leaf(columns)})"

    def mask(self, dim: Dim, depth: int) -> str:
        """A one-dimensional array of bools."""
        return MASKS.write(self, dim, depth) or f"{self.vector_leaf(dim)} > 0.2"

    def whole(self) -> str:
        """An integer expression, not negative."""
        found = self.one(lambda n: n.kind.elem == "i" and not n.kind.dims)
        if found is not None and self.chance(0.8):
            return found.name
        dim = self.dim()
        return self.size(dim) if dim is not None and self.chance(0.5) else self.pick(("1", "2", "3"))

    def index(self, dim: Dim) -> str:
        """A valid index of an axis."""
        fitting = self.one(lambda n: n.kind.elem == "i" and not n.kind.dims and n.kind.bound == dim)
        if fitting is not None and self.chance(0.75):
            return fitting.name
        keys = self.one(lambda n: n.kind.elem == "i" and len(n.kind.dims) == 1 and n.kind.bound == dim)
        if keys is not None and self.chance(0.3):
            return f"{keys.name}[{self.index(keys.kind.dims[0])}]"
        size = self.size(dim)
        modulo = f"{self.whole()} % {bracketed(size)}"
        return self.pick(
            (
                "0",
                "1",
                "-1",
                "-2",
                f"{size} - 1",
                modulo,
                modulo,
                f"int({self.whole()} / 2) % {bracketed(size)}",
            )
        )


def bracketed(text: str) -> str:
    """An operand in brackets, unless it needs none."""
    plain = text.replace(".", "").replace("_", "").isalnum()
    closed = text.endswith(")") and text.startswith(("np.", "math.", "special.")) and " " not in text
    return text if plain or closed else f"({text})"
