"""Objectives with exact expected values, kept beside the project: where they are, and how to read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

SHARED = Path(__file__).resolve().parents[3] / "shared"


def cases(pattern: str) -> list[Path]:
    """The folders of all cases; none where they are not there."""
    return sorted(path.parent for path in SHARED.glob(pattern))


def load(path: Path) -> dict[str, Any]:
    """Arguments by name: a JSON list is an array, a number a Python scalar."""
    found = json.loads(path.read_text())
    return {name: np.array(v) if isinstance(v, list) else v for name, v in found.items()}


def as_params(found: dict[str, Any]) -> dict[str, Any]:
    """The same with every number as float64."""
    return {
        name: np.asarray(v, float) if isinstance(v, np.ndarray) else float(v) for name, v in found.items()
    }
