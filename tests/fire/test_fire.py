"""Every scenario once; `python -m tests.fire --repeat 50 --seed 1 --write` runs the whole round."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import adfun
from tests.fire import compilers, damage, killing, places, planted, pruning, racing  # noqa: F401  (they enter themselves)
from tests.fire.registry import SCENARIOS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How the scenarios ended, in a process of their own: it forks."""
    results = tmp_path_factory.mktemp("fire") / "results.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.fire", "--repeat", "1", "--seed", "7", "--json", results],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{Path(adfun.__file__).parents[1]}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert results.exists(), done.stderr
    found: dict[str, Any] = json.loads(results.read_text())
    return found


@pytest.mark.parametrize("title", SCENARIOS)
def test_scenario(counts: dict[str, Any], title: str) -> None:
    count = counts[title]
    if count["skipped"]:
        pytest.skip(count["skipped"])
    assert not count["failures"]
    assert count["right"] + count["clean"] == 1
