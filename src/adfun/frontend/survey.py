"""All that is refused in an objective, once it is certain that something is.

Every statement of the objective's body is evaluated on its own.  What a refused one would have bound has no
value afterwards, and errors that only follow from that are not told.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from adfun.binding import Described
from adfun.diagnostics.errors import CompileError, Diagnostic
from adfun.frontend.calls import bind
from adfun.frontend.entry import NUMBERS, begin, bound_names
from adfun.frontend.machine import Env, Machine, Raised
from adfun.frontend.origin import Objective
from adfun.frontend.values import Undefined

MOST = 8
"""So many errors are shown at once."""


def refusals(
    objective: Objective, data: Mapping[str, Described], params: Mapping[str, Described], known: int
) -> list[Diagnostic]:
    """What is refused in the statements of an objective, each cause once, in their order.

    Only what stays refused when sizes and numbers are known counts: the rest would have compiled.
    """
    found = _survey(objective, data, params, known)
    certain = {d.span for d in _survey(objective, data, params, NUMBERS)}
    return [d for d in found if d.span in certain][:MOST]


def _survey(
    objective: Objective, data: Mapping[str, Described], params: Mapping[str, Described], known: int
) -> list[Diagnostic]:
    start = begin(objective, data, params, known)
    m, function = start.machine, start.function
    if isinstance(function.node, ast.Lambda):
        return []
    found: dict[tuple[str, str], Diagnostic] = {}
    env = Env(bind(m, function, start.owner, start.args), function.closure, function.node)
    with m.within(env, function.source):
        for stmt in function.node.body:
            refused = _refusal(m, stmt)
            if refused is not None:
                found.setdefault((refused.title, refused.reason), refused)
                for name in _touched(stmt):
                    env.names[name] = Undefined(name, refused.title, refused)
    return list(found.values())


def _refusal(m: Machine, stmt: ast.stmt) -> Diagnostic | None:
    """What is wrong with one statement; nothing of a refused one is left open in the evaluator."""
    stage, env, source = m.stage, m.env, m.source
    scopes, frames, depth = len(stage.builder.scopes), len(stage.frames), m.depth
    try:
        m.exec_block([stmt])
    except CompileError as error:
        del stage.builder.scopes[scopes:], stage.frames[frames:], m.stack[depth:]
        m.env, m.source, m.depth = env, source, depth
        return error.diagnostics[0]
    except Raised:
        return None
    return None


def _touched(stmt: ast.stmt) -> set[str]:
    """Names that a statement binds, or whose objects it may change."""
    owners = {
        node.func.value.id
        for node in ast.walk(stmt)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    }
    stored = {
        node.value.id
        for node in ast.walk(stmt)
        if isinstance(node, ast.Subscript | ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
    }
    return {*bound_names(stmt), *owners, *stored}
