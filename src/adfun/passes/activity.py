"""Activity analysis: which values depend on the parameters, and which the result depends on.

A value is varied when it depends smoothly on a parameter, useful when the differentiated yield
depends smoothly on it, and active when it is both.  Integers and truth values are neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from adfun.diagnostics.internal import assert_never
from adfun.ir.nodes import (
    Accum,
    Alloc,
    Block,
    Buffer,
    Build,
    Check,
    For,
    Function,
    Grow,
    If,
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
from adfun.ir.types import F64, VEC
from adfun.primitives import arithmetic as a

Items = set[Var | Buffer]


def smooth_arguments(let: Let) -> tuple[Operand, ...]:
    """The arguments of a primitive application by which it has a derivative."""
    if let.op is a.select:
        return let.args[1:] if let.var.type in (F64, VEC) else ()
    partials = let.op.partials
    return tuple([x for x, rule in zip(let.args, partials, strict=False) if rule is not None])


def varied(function: Function, ignored: Iterable[Buffer] = ()) -> Items:
    """Everything that depends smoothly on an input of role `param`."""
    found: Items = {entry.item for entry in function.inputs if entry.role == "param"}
    skipped = frozenset(ignored)

    def add(target: Var | Buffer, sources: Iterable[object]) -> None:
        if target not in found and target not in skipped and any(x in found for x in sources):
            found.add(target)

    _until_stable(found, lambda: forwards(function.body, add))
    return found


def useful(function: Function, of: int) -> Items:
    """Everything on which the yield number `of` depends smoothly."""
    found: Items = set()
    root = function.body.yields[of]
    if isinstance(root, Var):
        found.add(root)

    def add(target: object, sources: Iterable[Var | Buffer]) -> None:
        if isinstance(target, Var | Buffer) and target not in found and any(x in found for x in sources):
            found.add(target)

    _until_stable(found, lambda: backwards(function.body, add))
    return found


def _until_stable(found: Items, sweep: Callable[[], None]) -> None:
    size = -1
    while len(found) != size:
        size = len(found)
        sweep()


def forwards(
    block: Block,
    add: Callable[[Var | Buffer, Iterable[object]], None],
    arguments: Callable[[Let], Iterable[object]] = smooth_arguments,
) -> None:
    """Tell what every value and buffer depends on, in the order of the statements."""
    for stmt in block.stmts:
        match stmt:
            case Let():
                add(stmt.var, arguments(stmt))
            case Load():
                if stmt.var.type in (F64, VEC):
                    add(stmt.var, (stmt.buffer,))
            case Store() | Accum():
                add(stmt.buffer, (stmt.value,))
            case Build():
                forwards(stmt.body, add, arguments)
                add(stmt.buffer, stmt.body.yields)
            case For() | While():
                for c in stmt.carried:
                    add(c.param, (c.init,))
                forwards(stmt.body, add, arguments)
                for c, after in zip(stmt.carried, stmt.body.yields, strict=True):
                    add(c.param, (after,))
                    add(c.result, (c.init, after))
                if isinstance(stmt, While):
                    forwards(stmt.cond, add, arguments)
            case If():
                forwards(stmt.then, add, arguments)
                forwards(stmt.orelse, add, arguments)
                for result, yes, no in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                    add(result, (yes, no))
            case KernelCall():
                for output in smooth_outputs(stmt):
                    add(output, stmt.inputs)
            case Alloc() | Grow() | Check() | Report():
                pass
            case _:
                assert_never(stmt)


def backwards(
    block: Block,
    add: Callable[[object, Iterable[Var | Buffer]], None],
    arguments: Callable[[Let], Iterable[object]] = smooth_arguments,
) -> None:
    """Tell what every value and buffer goes into, from the last statement to the first."""
    for stmt in reversed(block.stmts):
        match stmt:
            case Let():
                for x in arguments(stmt):
                    add(x, (stmt.var,))
            case Load():
                add(stmt.buffer, (stmt.var,))
            case Store() | Accum():
                add(stmt.value, (stmt.buffer,))
            case Build():
                add(stmt.body.yields[0], (stmt.buffer,))
                backwards(stmt.body, add, arguments)
            case For() | While():
                for c, after in zip(stmt.carried, stmt.body.yields, strict=True):
                    add(c.param, (c.result,))  # of a loop that does not run, the result is the initial value
                    add(after, (c.param,))
                    add(c.init, (c.param,))
                backwards(stmt.body, add, arguments)
            case If():
                for result, yes, no in zip(stmt.results, stmt.then.yields, stmt.orelse.yields, strict=True):
                    add(yes, (result,))
                    add(no, (result,))
                backwards(stmt.then, add, arguments)
                backwards(stmt.orelse, add, arguments)
            case KernelCall():
                outputs = smooth_outputs(stmt)
                for source in stmt.inputs:
                    add(source, outputs)
            case Alloc() | Grow() | Check() | Report():
                pass
            case _:
                assert_never(stmt)


def smooth_outputs(call: KernelCall) -> tuple[Buffer, ...]:
    """The output buffers of a kernel call that may depend smoothly on its inputs."""
    if call.kernel.tangent is None:
        return ()
    return tuple([x for x in call.outputs if isinstance(x, Buffer) and x.elem in (F64, VEC)])


def contains(block: Block, items: Items) -> bool:
    """Whether a block computes any of the items, at any depth."""
    return any(computes(stmt, items) for stmt in block.stmts)


def computes(stmt: Stmt, items: Items) -> bool:
    """Whether a statement computes any of the items, itself or inside."""
    match stmt:
        case Let() | Load():
            return stmt.var in items
        case Store() | Accum():
            return stmt.buffer in items
        case Build():
            return contains(stmt.body, items)
        case For() | While():
            return any(c.result in items for c in stmt.carried) or contains(stmt.body, items)
        case If():
            return (
                any(r in items for r in stmt.results)
                or contains(stmt.then, items)
                or contains(stmt.orelse, items)
            )
        case KernelCall():
            return any(x in items for x in stmt.outputs)
        case Alloc() | Grow() | Check() | Report():
            return False
        case _:
            assert_never(stmt)
