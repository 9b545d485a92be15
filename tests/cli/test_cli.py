"""The command line: what it prints, for people and for scripts, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adfun
from adfun.cli import main
from adfun.native import store

SOURCE = """
from numpy import float64

def misfit(a: float64, b: float64, x: float64[n], y: float64[n]):
    return ((y - a - b * x) ** 2).sum()
"""
EXAMPLE = {"data": {"x": [0.0, 1.0, 2.0], "y": [1.0, 3.0, 5.0]}, "params": {"a": 0.0, "b": 0.5}}


class Command:
    """Runs commands in this process; `text` and `errors` are what the last one printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.text = self.errors = ""

    def __call__(self, *arguments: str | Path, status: int = 0) -> Any:
        found = main([str(a) for a in arguments])
        self.text, self.errors = self._capsys.readouterr()
        assert found == status, self.errors
        return json.loads(self.text) if "--json" in arguments else None


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    monkeypatch.setenv("ADFUN_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "misfits.py").write_text(SOURCE)
    (tmp_path / "example.json").write_text(json.dumps(EXAMPLE))
    return Command(capsys)


def test_precompile(command: Command, tmp_path: Path) -> None:
    (made,) = command(
        "precompile", "misfits.py", "--params", "a,b", "--out", "built", "--target", "generic",
        "--orders", "gr", "--json",
    )  # fmt: skip
    assert made["objective"] == "misfit" and made["orders"] == ["gr"] and made["target"] == "generic"
    assert "[1/1] misfit gr generic: " in command.errors
    obj = adfun.load("built")({"x": np.arange(3.0), "y": np.ones(3)}, EXAMPLE["params"])
    assert obj.fn() == 1.0 + 0.25
    command(
        "precompile", "misfits.py", "--data", "example.json", "--out", "built", "--orders", "gr", "--quiet"
    )
    assert command.errors == "" and Path(command.text.strip()).is_dir()
    listed = [
        {"source": "misfits.py", "signature": "a, b; x: float64[n], y: int64[n]"},
        {"source": "misfits.py", "entry": "misfit", **EXAMPLE},
    ]
    (tmp_path / "all.json").write_text(json.dumps(listed))
    assert len(command("precompile", "all.json", "--out", "more", "--orders", "gr", "--quiet", "--json")) == 2


def test_run_and_show(command: Command) -> None:
    given = ("misfits.py", "--data", "example.json")
    found = command("run", *given, "--json")
    assert found["names"] == ["a", "b"] and found["fn"] == 1 + 6.25 + 16.0
    np.testing.assert_allclose(found["gr"], [-2 * (1 + 2.5 + 4), -2 * (2.5 + 8)])
    found = command("run", *given, "--minimize", "--order", "fn", "--json")
    np.testing.assert_allclose(found["x"], [1.0, 2.0], atol=1e-6)
    command("run", *given, "--order", "gr")
    assert command.text.startswith("gr\n    a ")
    command("show", *given)
    assert command.text.startswith("fn(param a: f64")
    command("show", *given, "--stage", "cpp")
    assert "adfun_call_gr" in command.text


def test_explain_cache(command: Command, tmp_path: Path) -> None:
    (tmp_path / "misfits.py").write_text(SOURCE.replace("** 2", "** 6"))  # in no other test's memory
    given = ("misfits.py", "--data", "example.json")
    assert command("explain-cache", *given, "--json")["modules"]["gr"] == "not in the cache"
    command("run", *given)
    found = command("explain-cache", *given, "--json")
    assert len(found["modules"]["gr"]) == 64 and found["modules"]["he"] == "not in the cache"
    assert found["toolchain"]["compiler"] and found["signature"].startswith("params (a: float64")
    command("run", *given, "--order", "he")
    assert len(command("explain-cache", *given, "--json")["modules"]["he"]) == 64


def test_cache(command: Command, tmp_path: Path) -> None:
    (tmp_path / "misfits.py").write_text(SOURCE.replace("** 2", "** 4"))  # in no other test's memory
    command("run", "misfits.py", "--data", "example.json")
    found = command("cache", "info", "--json")
    assert found["root"] == str(tmp_path / "cache") and found["module"] == found["record"] == 1
    listed = command("cache", "list", "--json")
    assert sum(entry["bytes"] for entry in listed) == found["bytes"] > 5000
    assert command("cache", "verify", "--json") == {"damaged": [], "removed": 0}
    (module,) = (entry for entry in listed if entry["kind"] == "module")
    (Path(module["path"]) / "module.so").write_bytes(b"")
    assert command("cache", "verify", "--json", status=1)["damaged"][0]["key"] == module["key"]
    assert command("cache", "verify", "--remove", "--json")["removed"] == 1
    assert command("cache", "prune", "--age", "1d", "--json") == {"removed": 0, "bytes": 0}
    command("cache", "prune", status=1)
    command("cache", "prune", "--age", "3x", status=1)
    assert "'3x' is no quantity" in command.errors
    assert command("cache", "clear", "--json")["removed"] == 1
    command("cache", "list")
    assert command.text == "the cache is empty\n"


def test_cache_key(command: Command) -> None:
    key = command("cache", "key", "--json")["key"]
    assert key.startswith("adfun-") and command("cache", "key", "--json")["key"] == key
    assert command("cache", "key", "--target", "generic", "--json")["key"] != key


def test_doctor(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    found = command("doctor", "--json")
    assert found["test"]["result"] == "good" and found["cache"]["root"] == str(store.shared().root)
    assert found["versions"]["adfun"] == adfun.__version__ and "native" in found["processor"]["targets"]
    monkeypatch.setenv("ADFUN_CXX", "/nowhere/c++")
    found = command("doctor", "--json", status=1)
    assert "which is not there" in found["compiler"]["problem"] == found["test"]["problem"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["precompile", "misfits.py", "--out", "b"], "of what types are its arguments"),
        (["precompile", "misfits", "--params", "a", "--out", "b"], "'misfits' is no source"),
        (["precompile", "nowhere:f", "--params", "a", "--out", "b"], "cannot be imported"),
        (["precompile", "none.py", "--params", "a", "--out", "b"], "cannot be read"),
        (["precompile", "example.json", "--out", "b"], "a list of objects"),
        (["run", "misfits.py"], "--data FILE"),
        (["run", "misfits.py", "--data", "misfits.py"], "no JSON file"),
    ],
)
def test_what_is_refused(command: Command, arguments: list[str], message: str) -> None:
    command(*arguments, status=1)
    assert command.errors.startswith("adfun: ") and message in command.errors


def test_module_and_script() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "adfun", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout == f"adfun {adfun.__version__}\n"
    assert main([]) == 2
