"""Bad programs, from tables and templates; the same for the same seed."""

from __future__ import annotations

import random

from tests.hostile.judge import Case
from tests.hostile.programs import (
    bombs,
    calls,
    grammar,
    limits,
    literals,
    names,
    nesting,
    syntax,
    texts,
    tricks,
)

FAMILIES = {
    "syntax": syntax.cases,
    "grammar": grammar.cases,
    "limits": limits.cases,
    "names": names.cases,
    "literals": literals.cases,
    "nesting": nesting.cases,
    "texts": texts.cases,
    "tricks": tricks.cases,
    "bombs": bombs.cases,
    "operators": calls.operators,
    "subscripts": calls.subscripts,
    "functions": calls.functions,
    "methods": calls.methods,
}


def programs(families: list[str], seed: int, most: int) -> list[Case]:
    """The cases of these families; of each at most so many, picked at random."""
    found: list[Case] = []
    for family in families:
        made = list({case.name: case for case in FAMILIES[family]()}.values())
        draw = random.Random(f"{seed} {family}")
        found += made if len(made) <= most else draw.sample(made, most)
    return found
