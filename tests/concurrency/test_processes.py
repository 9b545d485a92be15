"""Several processes that want the same module at once: one compiles it, all get the same numbers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import adfun

PROCESSES = 5
CODE = """
import json, sys, time
import numpy as np
import adfun
source = "import numpy as np\\ndef objective(y, a, b):\\n    return np.sum((y - a) ** 2 / np.exp(b)) + b\\n"
while time.time() < float(sys.argv[1]):
    time.sleep(0.001)
obj = adfun.make_ad_fun(source, {"y": np.arange(5.0)}, {"a": 0.3, "b": 0.1})
print(json.dumps([obj.fn(), *obj.gr().tolist()]))
"""
COMPILER = """#!/bin/sh
for word in "$@"; do
    if [ "$word" = -shared ]; then echo compiled >> "{log}"; sleep 0.3; fi
done
exec {real} "$@"
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An empty cache, and a compiler that writes down when it compiles a module."""
    real = os.environ.get("ADFUN_CXX") or shutil.which("g++") or shutil.which("clang++")
    if real is None or os.sep not in real:
        pytest.skip("no compiler to wrap")
    wrapped = tmp_path / "g++"
    wrapped.write_text(COMPILER.format(log=tmp_path / "log", real=real))
    wrapped.chmod(0o755)
    path = str(Path(adfun.__file__).parents[1])
    cache = str(tmp_path / "cache")
    return {**os.environ, "ADFUN_CXX": str(wrapped), "ADFUN_CACHE": cache, "PYTHONPATH": path}


def _run(environment: dict[str, str], count: int) -> list[Any]:
    """What processes print that ask for the module at the same moment."""
    command = [sys.executable, "-c", CODE, str(time.time() + 3.0)]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    results = []
    for process in started:
        out, problem = process.communicate(timeout=300)
        assert process.returncode == 0, problem
        results.append(json.loads(out))
    return results


def test_a_cold_key_is_compiled_once(environment: dict[str, str], tmp_path: Path) -> None:
    results = _run(environment, PROCESSES)
    assert all(result == results[0] for result in results)
    assert (tmp_path / "log").read_text().splitlines() == ["compiled"]
    assert _run(environment, 1) == results[:1]
    assert (tmp_path / "log").read_text().splitlines() == ["compiled"]


def test_nothing_is_left_behind(environment: dict[str, str], tmp_path: Path) -> None:
    _run(environment, 2)
    assert not list((tmp_path / "cache").glob("work/*"))
