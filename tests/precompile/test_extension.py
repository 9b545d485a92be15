"""`--extension`: a package that needs NumPy alone, beside adfun or without it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import adfun
from adfun import ArgumentError, Model, extension
from tests.precompile import models

ALONE = """
import sys
sys.modules["adfun"] = sys.modules["scipy"] = None  # whoever imports them fails
import numpy as np
"""
DATA = "dict(y=np.array([1.0, 2.0, 4.0]), t=np.arange(3.0), group=np.array([0, 1, 1]))"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of one objective, and one of two."""
    out = tmp_path_factory.mktemp("extensions")
    (made,) = adfun.precompile(
        models.growth, out, params=["rate", "level"], orders=["gr", "he"], extension="growing"
    )
    assert made == out / "growing"
    several = [
        Model(models.whitened, params=["log_s"]),
        Model(models.blocks, {"y": np.ones(3), "group": np.array([3, 3, 5])}, {"mean": np.zeros(2)}),
    ]
    adfun.precompile(several, out, orders=["gr"], extension="both")
    return out


def run(built: Path, code: str, *, beside: bool = False) -> None:
    paths = [str(built), *([os.environ["PYTHONPATH"]] if beside and "PYTHONPATH" in os.environ else [])]
    environment = {"PYTHONPATH": os.pathsep.join(paths), "PATH": "/nonexistent"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_it_needs_numpy_alone(built: Path) -> None:
    data = {"y": np.array([1.0, 2.0, 4.0]), "t": np.arange(3.0), "group": np.array([0, 1, 1])}
    obj = adfun.make_ad_fun(models.growth, data, {"rate": -1.0, "level": np.array([2.0, 3.0])})
    run(
        built,
        ALONE + f"import growing\ndata = {DATA}\n"
        f"assert growing.fn([-1.0, 2.0, 3.0], **data) == {obj.fn()!r}\n"
        "named = {'rate': -1.0, 'level': np.array([2.0, 3.0])}\n"
        f"np.testing.assert_array_equal(growing.gr(named, **data), {obj.gr().tolist()!r})\n"
        # (made for any number of parameters, while the other one knows that there are three)
        f"np.testing.assert_allclose(growing.bind(named, **data).he(), {obj.he().tolist()!r}, rtol=1e-14)\n"
        "assert growing.growth.fn is not None\n",
    )


def test_its_errors_are_pythons(built: Path) -> None:
    run(
        built,
        ALONE + f"import growing\ndata = {DATA}\n"
        "data['group'] = np.array([0, 1, 5])\n"
        "def caught(kind, words, *args, **data):\n"
        "    try: growing.fn(*args, **data)\n"
        "    except kind as error: assert words in str(error) + str(getattr(error, '__notes__', '')), error\n"
        "    else: raise AssertionError(words)\n"
        "caught(IndexError, 'level[group]', [0.0, 1.0, 2.0], **data)\n"
        "caught(ValueError, 'was not precompiled for such arguments', [0.0, 1.0, 2.0], y=data['y'])\n"
        "caught(ValueError, 'x has 0 elements', [], **data)\n",
    )


def test_several_objectives_and_scipy_where_it_is_needed(built: Path) -> None:
    run(
        built,
        ALONE + "import both\n"
        "assert both.blocks.fn([0.0, 1.0], y=np.array([1.0, 3.0]), group=np.array([7, 9])) == 5.0\n"
        "try: both.whitened.fn([0.0], y=np.ones(2), K=np.eye(2))\n"
        "except ModuleNotFoundError as error: assert 'install scipy' in str(error)\n"
        "else: raise AssertionError('LAPACK without SciPy')\n",
    )
    run(
        built,
        "import numpy as np, both\n"
        "found = both.whitened.fn([0.0], y=np.ones(2), K=np.eye(2))\n"
        "assert abs(found - (0.5 + np.log(2.0))) < 1e-12, found\n",
    )


def test_beside_adfun_in_one_process(built: Path) -> None:
    run(
        built,
        f"import numpy as np, adfun, growing, both\ndata = {DATA}\n"
        "obj = adfun.load(growing.__path__[0] + '/objectives')(data, {'rate': 0.0, 'level': np.ones(2)})\n"
        "assert obj.fn() == growing.fn([0.0, 1.0, 1.0], **data)\n",
        beside=True,
    )


def test_the_runtime_is_small_and_compiles_nothing() -> None:
    found = extension.modules("standalone")
    assert {"objective", "artifact", "frontend.recipes"} <= found
    assert not {name for name in found if name.startswith(("passes", "backend.module", "compile"))}


@pytest.mark.parametrize("name", ["my-model", "class", ""])
def test_names_that_cannot_be_imported(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match="cannot be imported"):
        adfun.precompile(models.growth, tmp_path, params=["rate", "level"], orders=["gr"], extension=name)
    (tmp_path / "taken").mkdir()
    with pytest.raises(ArgumentError, match="no extension"):
        adfun.precompile(models.growth, tmp_path, params=["rate", "level"], orders=["gr"], extension="taken")
