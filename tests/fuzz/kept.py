"""Programs on file: source text, with the arguments in comments above it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.grammar.program import Program

FOLDER = Path(__file__).parent / "regressions"


def save(program: Program, path: Path, note: str) -> None:
    """Write a program that once failed; `note` says how."""
    lines = [f"# {line}" for line in note.splitlines()]
    lines += [
        f"# {what} = {_json(values)}" for what, values in (("data", program.data), ("params", program.params))
    ]
    if program.other is not None:
        lines += [
            f"# other {what} = {_json(v)}" for what, v in zip(("data", "params"), program.other, strict=True)
        ]
    path.write_text("\n".join(lines) + "\n" + program.text)


def load(path: Path) -> Program:
    """Read one back."""
    text = path.read_text()
    found = {}
    for line in text.splitlines():
        name, _, values = line.removeprefix("# ").partition(" = ")
        if line.startswith("# ") and name in ("data", "params", "other data", "other params"):
            found[name] = _arguments(json.loads(values))
    other = (found["other data"], found["other params"]) if "other data" in found else None
    return Program(text, found["data"], found["params"], other)


def _json(values: dict[str, Any]) -> str:
    return json.dumps({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in values.items()})


def _arguments(values: dict[str, Any]) -> dict[str, Any]:
    return {k: np.array(v) if isinstance(v, list) else v for k, v in values.items()}
