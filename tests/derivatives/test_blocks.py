"""Hessians of more parameters than one block has directions, against products with unit vectors."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adfun
from adfun.compile import compile

RNG = np.random.default_rng(5)
X, Z, Y = RNG.normal(size=(23, 30)), RNG.normal(size=(23, 5)), RNG.normal(size=23)
GROUP = RNG.integers(0, 30, 23)

OBJECTIVES = {
    "vector": "np.sum(np.exp(X @ b) - Y * (X @ b))",
    "scaled vector": "np.sum(np.log1p(np.exp(X @ (b * np.exp(s)) + s)))",
    "two vectors": "np.sum((Y - X @ (b * c) - X @ np.sin(c)) ** 4)",
    "reversed vector": "np.sum(np.exp(0.1 * (X @ b[::-1])))",
    "every second": "np.sum(np.exp(0.2 * (X[:, ::2] @ b[::2])) * np.cos(X[:, 1::2] @ b[1::2]))",
    "slices": "np.sum(np.tanh(X[:, :12] @ b[3:15]) * np.exp(0.1 * (X[:, 12:] @ b[12:])))",
    "matrix": "np.sum(np.tanh(Z @ m) ** 2)",
    "transposed matrix": "np.sum(np.exp(0.2 * (Z @ m)) @ m.T)",
    "reshaped": "np.sum(np.tanh(Z @ b.reshape(5, 6)) ** 2)",
    "reshaped slice": "np.sum(np.tanh(Z @ b[2:22].reshape(5, 4)) ** 2) + b[0] ** 3 * b[29]",
    "gathered": "np.sum(np.exp(b[group]) * Y ** 2) + s * np.sum(b ** 3)",
    "differences": "np.sum(np.diff(b) ** 4) * np.exp(s)",
    "running": "np.sum(np.exp(0.1 * np.cumsum(b)) * b)",
    "outer": "np.sum(np.exp(0.3 * b[:, None] * c[None, :]))",
    "softmax": "np.log(np.sum(np.exp(b))) * np.sum(np.exp(X @ b / 9))",
    "scalars": "np.sum(np.exp(0.1 * (X @ b)) * s) + np.sin(s * t) * np.sum(b * c)",
}
PARAMS = {
    "s": 0.3,
    "b": 0.3 * RNG.normal(size=30),
    "t": -0.2,
    "c": 0.5 * RNG.normal(size=30),
    "m": 0.5 * RNG.normal(size=(5, 7)),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_hessian_is_that_of_products(name: str) -> None:
    expression = OBJECTIVES[name]
    source = f"import numpy as np\n\ndef objective(X, Z, Y, group, s, b, t, c, m):\n    return {expression}\n"
    data = {"X": X, "Z": Z, "Y": Y, "group": GROUP}
    obj = adfun.make_ad_fun(source, data, PARAMS)
    rng = np.random.default_rng(1)
    for x in (obj.par, obj.par + 0.1 * rng.normal(size=obj.par.size)):
        hessian = obj.he(x)
        expected = np.array([obj.hvp(x, unit) for unit in np.eye(x.size)])
        scale = np.abs(expected).max()
        assert scale > 1e-3
        np.testing.assert_allclose(hessian, expected, rtol=1e-9, atol=1e-11 * scale)
        np.testing.assert_array_equal(hessian, hessian.T)


def test_a_check_that_fails_once_for_all_blocks() -> None:
    source = """import numpy as np

def objective(X, b):
    if b[0] > 1:
        raise ValueError("too large")
    return np.sum(np.exp(X @ b))
"""
    obj = adfun.make_ad_fun(source, {"X": X}, {"b": np.zeros(30)})
    expected = X.T @ X
    for _ in range(2):
        with pytest.raises(ValueError, match="too large"):
            obj.he(np.full(30, 2.0))
        np.testing.assert_allclose(obj.he(), expected, rtol=1e-12, atol=1e-12)


NETWORK = """    n = Z.shape[1] * units
    hidden = np.tanh(Z @ b[:n].reshape(Z.shape[1], units))
    out = hidden @ b[n : n + units * 2].reshape(units, 2)
    return np.sum(np.exp(out) * b[n + units * 2 :])
"""


@pytest.mark.parametrize(
    ("body", "data", "function"),
    [
        ("    return np.sum(np.exp(X @ b))\n", {"X": X}, "exp"),
        (NETWORK, {"Z": Z, "units": 4}, "tanh"),  # a matrix of how many units? of no more than parameters
    ],
    ids=["exponentials", "hidden units"],
)
def test_what_blocks_share_is_done_before_them(body: str, data: dict[str, Any], function: str) -> None:
    """Functions are taken once, not in every block."""
    source = f"import numpy as np\n\ndef objective({', '.join(data)}, b):\n{body}"
    obj = adfun.make_ad_fun(source, data, {"b": np.full(30, 0.1)})
    text = compile("he", obj._parts.program.built().function).text
    call, point = re.sub("^#.*", "", text, flags=re.MULTILINE).split("adfun_point_he(const")
    assert function in point and not re.search("exp|tanh|gemm", call)
    assert "seed" not in point and "block" not in point
    np.testing.assert_allclose(obj.he(), [obj.hvp(None, v) for v in np.eye(30)], rtol=1e-9, atol=1e-9)


MEMORY = """
import resource
import numpy as np
import adfun

def objective(x, b):
    h = np.tanh(x * b[0] + b[1])
    return np.sum((np.cumsum(h) * np.cumsum(h[::-1])) ** 2) + np.sum(np.exp(b))

obj = adfun.make_ad_fun(objective, {"x": np.linspace(-1, 1, 50_000)}, {"b": np.zeros(400)})
obj.hvp(None, obj.par)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
obj.he()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_blocks_take_the_same_memory_one_after_the_other(tmp_path: Path) -> None:
    script = tmp_path / "memory.py"
    script.write_text(MEMORY)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100_000, f"{done.stdout} kB for fifty blocks"
