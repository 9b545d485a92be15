"""Puts the evaluator together: syntax handlers, calls, and the tables of what the libraries offer."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from adfun import library
from adfun.frontend.builtins import BUILTINS
from adfun.frontend.calls import Tables, call
from adfun.frontend.collected import COLLECTIONS
from adfun.frontend.expressions import EXPRESSIONS
from adfun.frontend.iterators import ITERATORS
from adfun.frontend.machine import Machine
from adfun.frontend.objects import OBJECTS
from adfun.frontend.stage import Stage
from adfun.frontend.statements import STATEMENTS, exec_block
from adfun.frontend.tables import ATTRIBUTES, FUNCTIONS, METHODS
from adfun.library import DISTRIBUTIONS, LIBRARY


@lru_cache(maxsize=1)
def tables() -> Tables:
    """What the evaluator knows of the libraries, by dotted name."""
    builtins = {**BUILTINS, **ITERATORS, **COLLECTIONS, **OBJECTS}
    path = str(Path(library.__file__).parent)
    return Tables(builtins, FUNCTIONS, METHODS, ATTRIBUTES, LIBRARY, DISTRIBUTIONS, path)


def machine(stage: Stage) -> Machine:
    """A new evaluator."""
    return Machine(stage, EXPRESSIONS, STATEMENTS, call, exec_block, tables())
