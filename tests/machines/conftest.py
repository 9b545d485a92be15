"""A compiler that counts, and a cache of its own for every test that asks for them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

COMPILER = """#!/bin/sh
for word in "$@"; do
    if [ "$word" = -shared ]; then echo compiled >> "{log}"; fi
done
exec {real} "$@"
"""


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many modules were compiled since the test began, here and in processes started from here."""
    real = os.environ.get("ADFUN_CXX") or shutil.which("g++") or shutil.which("clang++")
    if real is None or os.sep not in real:
        pytest.skip("no compiler to wrap")
    log, wrapped = tmp_path / "log", tmp_path / "g++"
    wrapped.write_text(COMPILER.format(log=log, real=real))
    wrapped.chmod(0o755)
    monkeypatch.setenv("ADFUN_CXX", str(wrapped))
    monkeypatch.setenv("ADFUN_CACHE", str(tmp_path / "cache"))
    return lambda: len(log.read_text().splitlines()) if log.exists() else 0
