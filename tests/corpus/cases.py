"""Objectives with exact expected values, kept beside the repository: cases are skipped where they are not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SHARED = Path(__file__).resolve().parents[3] / "shared"
CORPUS = SHARED / "corpus"
TMB = SHARED / "tmb"


@dataclass(frozen=True)
class Case:
    """One objective: `points` are its start and a second point; `expected` the whole of expected.json."""

    path: Path
    data: dict[str, Any]
    points: tuple[dict[str, Any], ...]
    expected: dict[str, Any]

    @property
    def model(self) -> Path:
        return self.path / "model.py"


def folders(root: Path, pattern: str) -> list[Path]:
    """Cases by name; none when there is no such folder."""
    return sorted(path.parent for path in root.glob(f"{pattern}/model.py"))


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def from_json(value: Any) -> Any:
    """Lists are arrays, also inside of dicts; numbers stay Python's."""
    if isinstance(value, dict):
        return {key: from_json(part) for key, part in value.items()}
    return np.array(value) if isinstance(value, list) else value


def parameters(values: dict[str, Any]) -> dict[str, Any]:
    return {name: np.array(v, float) if isinstance(v, list) else float(v) for name, v in values.items()}


def case(path: Path) -> Case:
    expected = read(path / "expected.json")
    start = parameters(read(path / "params.json"))
    second = parameters({name: expected["params2"][name] for name in start})
    return Case(path, from_json(read(path / "data.json")), (start, second), expected)


def flat(params: dict[str, Any]) -> np.ndarray:
    """All parameters in one vector, in their order, each in C order."""
    return np.concatenate([np.ravel(v) for v in params.values()]).astype(float)
