"""The example of a package that ships its objective precompiled, built as a wheel and used offline."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import adfun

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "packaged"
USE = """
import numpy as np, sys, growthcurve
t = np.arange(6.0)
found = growthcurve.fit(t, 4.0 - 3.0 * np.exp(-0.4 * t))
np.testing.assert_allclose(found["level"], [4.0, -3.0], rtol=1e-6)
np.testing.assert_allclose(found["log_rate"], np.log(0.4), rtol=1e-6)
assert "adfun.compile" not in sys.modules
"""


@pytest.mark.skipif(
    not shutil.which("cmake") or not (shutil.which("ninja") or shutil.which("make")), reason="no CMake"
)
def test_a_wheel_brings_its_objective(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(adfun.__file__).parents[1]))
    monkeypatch.setenv("ADFUN_CACHE", str(tmp_path / "cache"))
    source = shutil.copytree(EXAMPLE, tmp_path / "source")
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps"]
    built = subprocess.run(
        [*wheel, "--wheel-dir", str(tmp_path), str(source)], capture_output=True, text=True, timeout=300
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (archive,) = tmp_path.glob("growthcurve-*.whl")
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        opened.extractall(tmp_path / "site")
    assert sum(name.endswith("manifest.json") for name in names) == 2
    assert sum(name.endswith(".so") for name in names) == 4
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'site'}:{Path(adfun.__file__).parents[1]}")
    monkeypatch.setenv("ADFUN_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("ADFUN_OFFLINE", "1")
    monkeypatch.setenv("PATH", str(tmp_path))
    used = subprocess.run([sys.executable, "-c", USE], capture_output=True, text=True, timeout=120)
    assert used.returncode == 0, used.stderr
