"""The smallest module, for tests of how modules are compiled, kept and loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

import adfun
from adfun import _core
from adfun.native import modules

TEXT = """#include "adfun/runtime.h"
ADFUN_EXPORT adfun_prepare_fn(const adfun_inputs *, adfun_workspace *, adfun_slot *) { return 0; }
ADFUN_EXPORT adfun_call_fn(const adfun_inputs *in, adfun_workspace *, const adfun_slot *, double *value,
                           double *) {
  *value = in->x[0] * in->x[0] + 3 * in->x[1];
  return 0;
}
"""


def value(library: _core.Library) -> float:
    """f(2, 5) = 19, through the library."""
    inputs = _core.Inputs([], [], [], [0, 1, 2], [])
    sizes = {"values": 1, "gradients": 0, "last": 0, "slots": 0, "growable": 0}
    bound = _core.Bound(library, "fn", inputs, **sizes, fail=lambda number, slots: None)
    x = np.array([2.0, 5.0])
    return _core.first_order(bound, bound, x, lambda x, name: np.asarray(x), lambda name: (str, ()))[0]()


def run(code: str, cache: Path, **environment: str) -> subprocess.Popen[str]:
    """Start a Python of its own that uses this cache."""
    root, home = Path(__file__).parents[2], Path(adfun.__file__).parents[1]
    return subprocess.Popen(
        [sys.executable, "-c", f"from tests.native.toy import *\n{code}"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{home}:{root}", "ADFUN_CACHE": str(cache), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process: subprocess.Popen[str]) -> str:
    """What it printed; fails when it did not end well."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.strip()


BUILD = "m = modules.build(TEXT); print(m.hit, value(m.library))"
__all__ = ["BUILD", "TEXT", "modules", "outcome", "run", "value"]
