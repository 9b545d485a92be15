"""How operands of a lane loop are spelled: scalars, vectors, and positions in memory."""

from __future__ import annotations

from collections.abc import Sequence

from adfun.backend.lanes.fused import Fused
from adfun.backend.lanes.legal import Plan
from adfun.backend.lanes.shapes import UNIFORM, Shape, Stride, Varying
from adfun.backend.terms import VALUE_TYPE, bare
from adfun.backend.unit import Unit
from adfun.ir.nodes import Buffer, Index, Operand, Var
from adfun.ir.types import B1, F64, I64, Type

GROUPS = {2: "lanepairs", 4: "lanequads"}
"""The headers of what runs several vectors at a time."""
MEMBERS = {1: ("",), 2: (".a", ".b"), 4: (".a.a", ".a.b", ".b.a", ".b.b")}
SCALAR_CAST = {F64: "", I64: "(adfun_i64)", B1: "(bool)"}
HOMES = {
    **dict.fromkeys(("tile", "rows_dot", "add_rows"), "lanes_tiles"),
    **dict.fromkeys(("gather", "strided", "scatter", "scatter_add"), "lanes_indexed"),
    **dict.fromkeys(("own", "own_store", "own_add"), "lanes_private"),
}
"""The headers of functions that are not in lanes.h: reading one takes the compiler some milliseconds."""


class Spelling:
    """The names of vector types and functions: of one vector, or of two at a time.

    headers  is told the files that have the functions
    """

    def __init__(self, vectors: int, headers: set[str]) -> None:
        self.headers = headers
        self.vectors = vectors
        self.suffix = str(vectors) if vectors > 1 else ""
        self.width = f"ADFUN_W{self.suffix}"
        self.types = {F64: f"adfun_v{self.suffix}", I64: f"adfun_l{self.suffix}", B1: f"adfun_m{self.suffix}"}

    def splat(self, text: str, type: Type) -> str:
        """A vector with the same scalar in all lanes."""
        return f"adfun_splat{self.suffix}({SCALAR_CAST[type]}{text})"

    def call(self, function: str, *args: str) -> str:
        """A function whose arguments do not tell the number of lanes."""
        self.headers.add(GROUPS.get(self.vectors) or HOMES.get(function, "lanes"))
        return f"adfun_{function}{self.suffix}({', '.join(a for a in args if a)})"


class Values:
    """The spelling of operands, given how each differs between lanes."""

    def __init__(self, unit: Unit, plan: Plan) -> None:
        self.unit = unit
        self.spelling = Spelling(plan.form.vectors, unit.module.headers)
        self.members = MEMBERS[plan.form.vectors]
        """What names each of the vectors that run at a time."""
        self.shapes = plan.shapes
        self.in_memory: dict[Operand, str] = {}
        """Vectors of integers that were just loaded, and from where."""

    def shape(self, operand: Operand) -> Shape:
        return self.shapes.shape(operand)

    def uniform(self, operand: Operand) -> bool:
        return self.shapes.shape(operand) == UNIFORM

    def vector(self, operand: Operand) -> str:
        """An operand as a vector."""
        shape = self.shape(operand)
        text = self.unit.term(operand)
        if isinstance(shape, Varying):
            return text
        if shape == UNIFORM:
            return self.spelling.splat(text, operand.type)
        return self.spelling.call("iota", text, self.stride(shape))

    def each(self, operand: Operand) -> list[str]:
        """An operand as the vectors that run at a time."""
        shape, text = self.shape(operand), self.unit.term(operand)
        if isinstance(shape, Varying):
            return [f"{text}{member}" for member in self.members]
        if shape == UNIFORM:
            return [f"adfun_splat({SCALAR_CAST[operand.type]}{text})"] * len(self.members)
        stride = self.stride(shape)
        later = [f" + {'' if k == 1 else f'{k} * '}ADFUN_W * ({stride})" for k in range(1, len(self.members))]
        return [f"adfun_iota({text}{offset}, {stride})" for offset in ("", *later)]

    def together(self, vectors: Sequence[str]) -> str:
        """The vectors that run at a time as one value."""
        if len(vectors) == 1:
            return vectors[0]
        half = len(vectors) // 2
        return f"{{{self.together(vectors[:half])}, {self.together(vectors[half:])}}}"

    def fused(self, fused: Fused, term: str, mask: str = "") -> str:
        """A sum of a term and the product it takes in; the term alone outside the mask."""
        first, second = (self.vector(x) for x in fused.factors)
        if mask:
            first = f"adfun_select({mask}, {first}, {self.spelling.types[F64]}{{}})"
        return f"adfun_{fused.op}_mul0({term}, {first}, {second})"

    def largest(self, operand: Operand, mask: str) -> str:
        """The largest of an integer over the lanes that take part; 0 if it is negative in all."""
        text = self.vector(operand)
        active = f"adfun_select({mask}, {text}, {self.spelling.types[I64]}{{}})" if mask else text
        return f"adfun_lanes_imax({active})"

    def mixed(self, operand: Operand) -> str:
        """An operand for an operator whose other side is a vector."""
        return self.unit.term(operand) if self.uniform(operand) else self.vector(operand)

    def local_type(self, var: Var) -> str:
        """The type of a mutable local."""
        return VALUE_TYPE[var.type] if self.uniform(var) else self.spelling.types[var.type]

    def assigned(self, target: Var, operand: Operand) -> str:
        """An operand as the target holds it."""
        return bare(self.unit.term(operand)) if self.uniform(target) else self.vector(operand)

    def stride(self, stride: Stride) -> str:
        """The distance from lane to lane."""
        terms = []
        for variables, factor in stride.items():
            names = sorted(self.unit.name(v) for v in variables)  # (their order is that of addresses)
            terms.append(" * ".join([*([str(factor)] if factor != 1 or not names else []), *names]))
        return " + ".join(terms)

    def positions(self, buffer: Buffer, index: Index) -> str:
        """The positions of all lanes as an integer vector, or where such a vector stands in memory."""
        if len(index) == 1 and index[0] in self.in_memory:
            return self.in_memory[index[0]]
        text = self.vector(index[0])
        if len(index) == buffer.rank:
            for size, part in zip(buffer.shape[1:], index[1:], strict=True):
                text = f"({text} * {self.unit.term(size)} + {self.mixed(part)})"
        return bare(text)
