"""Programs that were once compiled wrongly, made small: one file each, with a line on what went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.kept import FOLDER, load
from tests.fuzz.layers import layered
from tests.fuzz.verify import Outcome, verify


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda p: p.stem)
def test_regression(path: Path) -> None:
    program = load(path)
    assert layered(program) == Outcome("ok")
    assert verify(program) == Outcome("ok")
