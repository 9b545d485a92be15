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
Q: Dim = ("", 4)
DIMS = (N, N, N, M, M, K)
Elem = Literal["f", "i", "b"]


@dataclass(frozen=True)
class Kind:
    """What a name holds; `bound`: integers lie in range(bound)."""

    elem: Elem
    dims: tuple[Dim, ...] = ()
    bound: Dim | None = None


@dataclass(frozen=True)
class Name:
    """A name in scope.

    owned   an array made here, which may be changed in place
    fixed   may not be assigned: an argument, a loop variable
    active  may depend on parameters
    """

    name: str
    kind: Kind
    owned: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Helper:
    """A function that has been written: kinds of its arguments (the last `optional` have defaults)."""

    name: str
    args: tuple[tuple[str, Kind], ...]
    result: Kind
    optional: int = 0


F = Kind("f")
I = Kind("i")  # noqa: E741
B = Kind("b")

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
    "grid": Kind("f", (Q,)),
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
ANCHORS = {"n": ("x", "y", "u", "g"), "m": ("w",), "k": ("b",)}
"""Arguments whose length a symbol is."""


@dataclass
class Draft:
    """The state of a generator; expressions come from `make`, which the modules of this package extend."""

    seed: int
    random: random.Random = field(init=False)
    lines: list[str] = field(default_factory=list)
    module_lines: list[str] = field(default_factory=list)
    helpers: list[Helper] = field(default_factory=list)
    indent: int = 1
    count: int = 0
    loops: int = 0
    in_helper: bool = False
    named_sizes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.scopes: list[dict[str, Name]] = [{}]

    # -- writing ----------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

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

    def fresh(self, prefix: str = "t") -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    # -- choosing ---------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, options: Sequence[str]) -> str:
        return self.random.choice(options)

    def number(self) -> str:
        return self.pick(("0.5", "1.5", "0.3", "2.0", "-0.7", "0.9", "1.1", "-1.3", "0.25", "3.0"))

    def dim(self) -> Dim:
        return self.random.choice(DIMS)

    # -- names ------------------------------------------------------------------------------

    def declare(
        self, name: str, kind: Kind, *, owned: bool = False, fixed: bool = False, outer: bool = False
    ) -> str:
        scope = self.scopes[-1]
        if outer:
            scope = next((s for s in reversed(self.scopes) if name in s), scope)
        scope[name] = Name(name, kind, owned, fixed)
        return name

    def names(self, wanted: Callable[[Name], bool]) -> list[Name]:
        seen: dict[str, Name] = {}
        for scope in self.scopes:
            seen.update(scope)
        return [n for n in seen.values() if wanted(n)]

    def name_of(self, kind: Kind) -> str | None:
        """A name of this kind; later ones are likelier."""
        found = [
            n.name
            for n in self.names(
                lambda n: n.kind.elem == kind.elem
                and n.kind.dims == kind.dims
                and (kind.bound is None or n.kind.bound == kind.bound)
            )
        ]
        if not found:
            return None
        return found[-1] if self.chance(0.35) else self.random.choice(found)

    def assignable(self, elem: Elem, rank: int = 0, *, owned: bool = False) -> Name | None:
        """A name that may be given a new value."""
        found = self.names(
            lambda n: not n.fixed and n.kind.elem == elem and len(n.kind.dims) == rank and (n.owned or not owned)
        )
        return self.random.choice(found) if found else None

    # -- sizes ------------------------------------------------------------------------------

    def size(self, dim: Dim) -> str:
        """An expression for the length of an axis."""
        symbol, offset = dim
        if not symbol:
            return str(offset)
        named = self.named_sizes.get(symbol)
        anchor = self.pick([a for a in ANCHORS[symbol] if a in self.scopes[0]] or [""])
        if self.in_helper or (named is not None and (not anchor or self.chance(0.7))):
            text = named or symbol
        else:
            text = self.pick((f"len({anchor})", f"{anchor}.shape[0]", f"{anchor}.size"))
        if not offset:
            return text
        return f"{text} {'-' if offset < 0 else '+'} {abs(offset)}"


Rule = Callable[[Draft, int], "str | None"]


class Choices:
    """Weighted ways to write something; a way that does not fit returns None."""

    def __init__(self) -> None:
        self.ways: list[tuple[Callable[..., str | None], float]] = []

    def way(self, weight: float = 1.0) -> Callable[[Callable[..., str | None]], Callable[..., str | None]]:
        def add(function: Callable[..., str | None]) -> Callable[..., str | None]:
            self.ways.append((function, weight))
            return function

        return add

    def write(self, d: Draft, *args: object) -> str | None:
        """The first way that fits, in random order by weight."""
        for _ in range(8):
            function = d.random.choices([w for w, _ in self.ways], [p for _, p in self.ways])[0]
            text = function(d, *args)
            if text is not None:
                return text
        return None
