"""What the tables of scalar primitives and array kernels hold: one row each.

The rows themselves stand in `adfun.primitives`; the IR refers to a row, never to a name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from adfun.ir.types import Type
from adfun.records import dataclass

if TYPE_CHECKING:
    from adfun.ir.builder import Builder
    from adfun.ir.nodes import Buffer, KernelCall, Operand

Partial = Callable[["Builder", tuple["Operand", ...], "Operand"], "Operand"]
"""(builder, arguments, result) -> the partial derivative by one argument, as IR."""

Simplify = Callable[["Builder", tuple["Operand", ...]], "Operand | None"]
"""An algebraic identity: the operand that this application equals, or None to emit it."""


Expand = Callable[["Builder", tuple["Operand", ...]], "Operand | None"]
"""(builder, arguments) -> the same value in smaller primitives; None where there are none."""


@dataclass(frozen=True, eq=False)
class Primitive:
    """A pure scalar function.  It never traps: where mathematics fails it returns NaN or infinity.

    name       also the name of the C++ function in `adfun/<header>.h` when `cpp` is None
    args       types of the arguments; `result` the type of the result
    reference  the same function on NumPy arrays; gives constants, the interpreter and the tests
    partials   one rule per argument, None where the derivative is zero almost everywhere
    cost       rough cycles per element, 1 for an addition: steers recompute-or-store and inlining
    singular   a partial may be infinite at finite arguments (log, sqrt, division, pow): a zero
               adjoint must then stay zero, which `mul0` sees to
    """

    name: str
    args: tuple[Type, ...]
    result: Type
    reference: Callable[..., Any]
    partials: tuple[Partial | None, ...] = ()
    cpp: str | None = None
    """C++ expression with {0}, {1} ... for the arguments; None means a call of `name`."""
    header: str | None = None
    cost: int = 1
    commutative: bool = False
    singular: bool = False
    simplify: Simplify | None = None
    vector: bool = True
    """Whether an `omp simd` loop around it vectorises (libmvec or plain arithmetic)."""
    expand: Expand | None = None
    """The same value in smaller primitives, put in place after differentiation so that parts are
    shared (`expit` and `logaddexp` of one argument share one exponential)."""

    def __repr__(self) -> str:
        return self.name


KernelTangent = Callable[["Builder", "KernelCall", tuple["Buffer | None", ...]], tuple["Buffer | None", ...]]
"""(builder, call, tangents of the inputs) -> tangents of the outputs; None is zero."""

KernelAdjoint = Callable[
    ["Builder", "KernelCall", tuple["Buffer | None", ...], tuple["Buffer | None", ...]], None
]
"""(builder, call, adjoints of the outputs, adjoints of the inputs to accumulate into)."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """A true array kernel: an opaque call on whole row-major buffers.

    reference  (inputs as arrays or scalars) -> tuple of outputs; gives the interpreter
    tangent, adjoint   rules in IR; None when no output depends smoothly on an input
    agreeing   (inputs) -> pairs of sizes that must agree for a call to stay in bounds; where they do
               so whatever the data are, the call may move; None: it never moves
    Outputs are fresh immutable buffers, or i64 scalars (such as `info`).
    """

    name: str
    reference: Callable[..., tuple[Any, ...]]
    tangent: KernelTangent | None = None
    adjoint: KernelAdjoint | None = None
    header: str = "kernels"
    agreeing: Callable[[tuple[Buffer | Operand, ...]], tuple[tuple[Operand, Operand], ...]] | None = None

    def __repr__(self) -> str:
        return self.name
