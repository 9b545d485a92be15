"""What a worker process does with a seed."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

from tests.fuzz import layers, second
from tests.fuzz.grammar.program import Program, program
from tests.fuzz.kept import save
from tests.fuzz.shrink import shrink
from tests.fuzz.verify import Outcome, verify

CHECKS = {"native": verify, "layers": layers.layered, "second": second.second_order}


def examine(seed: int, *, mode: str, seconds: float) -> tuple[Outcome, str]:
    """Check one seed; the program of a failure is shrunk, by the interpreter where that shows it too."""
    warnings.simplefilter("ignore")
    made = program(seed)
    outcome = CHECKS[mode](made)
    if not outcome.failed or not seconds:
        return outcome, made.text if outcome.failed else ""
    check = CHECKS[mode]
    quick = layers.layered(made)
    if quick.failed:
        outcome, check = quick, layers.layered
    small = shrink(made, outcome, check, seconds)
    return check(small), _as_file(small, outcome)


def _as_file(small: Program, outcome: Outcome) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        save(small, path, f"seed {small.seed}: {outcome.status}, {outcome.detail}")
        return path.read_text()
