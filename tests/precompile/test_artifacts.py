"""Precompiled objectives: written, verified, loaded without a compiler, refused when something is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adfun
from adfun import ArgumentError, ArtifactError, CompileError, Model, NotCompiledError
from adfun.native import cpu, loading
from tests.precompile import models

PARAMS = {"level": np.array([2.0, 3.0]), "rate": -1.0}
DATA = {
    "y": np.array([1.0, 2.0, 4.0, 8.0]),
    "group": np.array([0, 1, 1, 0]),
    "t": np.arange(4.0),
}
MODELS = Path(models.__file__)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`growth` for two targets, from its annotations alone."""
    out = tmp_path_factory.mktemp("artifacts")
    targets = ["native", "generic"]
    made = adfun.precompile(
        models.growth, out, params=["rate", "level"], target=targets, orders=["gr", "he", "report"]
    )
    assert len(made) == 2
    return out


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """One artefact, to be spoiled."""
    (generic,) = (p for p in built.iterdir() if manifest(p)["target"] == "generic")
    return Path(shutil.copytree(generic, tmp_path / "copy"))


def manifest(artifact: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((artifact / "manifest.json").read_text())
    return found


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No compiler, an empty cache, and no permission to compile."""
    monkeypatch.setenv("ADFUN_OFFLINE", "1")
    monkeypatch.setenv("ADFUN_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("ADFUN_CXX", "")


def agrees(obj: adfun.ADFun) -> None:
    assert np.isclose(obj.fn(), models.growth(**DATA, **PARAMS), rtol=1e-13)
    expected = adfun.make_ad_fun(models.growth, DATA, PARAMS)
    assert obj.names == expected.names == ["level[0]", "level[1]", "rate"]
    np.testing.assert_allclose(obj.gr(), expected.gr(), rtol=1e-12)
    np.testing.assert_allclose(obj.he(), expected.he(), rtol=1e-12)


# -- loading ----------------------------------------------------------------------------------


def test_load_needs_neither_source_nor_compiler(
    built: Path, offline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = adfun.load(built)
    obj = shipped(DATA, PARAMS)
    more = {"y": np.ones(2), "t": np.zeros(2), "group": np.zeros(2, int)}
    assert obj.with_data(more).fn() == pytest.approx(1.0)
    assert obj.report() == {} and "precompiled" in repr(obj)
    monkeypatch.undo()
    agrees(obj)


def test_a_fresh_process_loads_it_without_the_compiler_of_adfun(built: Path, tmp_path: Path) -> None:
    code = (
        "import sys, adfun, numpy as np\n"
        f"obj = adfun.load({str(built)!r})("
        "dict(y=np.ones(2), t=np.zeros(2), group=np.zeros(2, int)), dict(rate=0.0, level=np.ones(2) * 3))\n"
        "assert obj.fn() == 4.0, obj.fn()\n"
        "assert not {'adfun.compile', 'scipy'} & set(sys.modules)\n"
    )
    clean = {"PATH": str(tmp_path), "ADFUN_OFFLINE": "1", "HOME": str(tmp_path)}
    inherited = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    subprocess.run([sys.executable, "-c", code], env={**clean, **inherited}, check=True, timeout=60)


def test_make_ad_fun_takes_it_from_there(built: Path, offline: None) -> None:
    for source in (models.growth, MODELS):
        obj = adfun.make_ad_fun(source, DATA, PARAMS, entry="growth", artifacts=built)
        assert np.isclose(obj.fn(), models.growth(**DATA, **PARAMS), rtol=1e-13)
    agreed = adfun.make_ad_fun(models.growth, DATA, PARAMS, artifacts=built, target="generic")
    assert agreed.fn() == adfun.load(built)(DATA, PARAMS).fn()


def test_another_source_is_not_taken(built: Path, offline: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "SCALE", 1.0)
    with pytest.raises(NotCompiledError, match=r"of another source") as caught:
        adfun.make_ad_fun(models.growth, DATA, PARAMS, artifacts=built)
    message = str(caught.value)
    for part in ("growth() of models.py", "order      gr", "target     native", "rate: float64", str(built)):
        assert part in message


def test_offline_says_what_is_missing(built: Path, offline: None) -> None:
    integers = {**DATA, "y": DATA["y"].astype(int)}
    with pytest.raises(NotCompiledError, match=r"compiled for an array of float .*, got an array of int"):
        adfun.make_ad_fun(models.growth, integers, PARAMS, artifacts=built)
    with pytest.raises(ArgumentError, match="not precompiled for such arguments"):
        adfun.load(built)(integers, PARAMS)
    with pytest.raises(NotCompiledError, match="ADFUN_OFFLINE is set"):
        adfun.make_ad_fun(models.growth, DATA, PARAMS)
    with pytest.raises(NotCompiledError, match=r"holds no 'hvp' of growth\(\), only: gr, he, report"):
        adfun.load(built)(DATA, PARAMS).hvp(None, np.ones(3))
    with pytest.raises(NotCompiledError, match="order      hvp"):
        adfun.make_ad_fun(models.growth, DATA, PARAMS, artifacts=built).hvp(None, np.ones(3))


def test_errors_keep_the_users_line(built: Path, offline: None) -> None:
    with pytest.raises(IndexError) as caught:
        adfun.load(built)({**DATA, "group": np.array([0, 1, 1, 7])}, PARAMS).fn()
    (note,) = caught.value.__notes__
    assert "models.py:13" in note and "level[group]" in note and str(MODELS.parent) not in note


# -- what is wrong with it --------------------------------------------------------------------


def so(artifact: Path) -> Path:
    return artifact / f"{manifest(artifact)['orders']['gr']['sha256']}.so"


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 4
    path.write_bytes(content)


DEFECTS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], object]]] = {
    "module truncated": (so, lambda p: os.truncate(p, 4000)),
    "module bit": (so, lambda p: flip(p, 5000)),
    "module longer": (so, lambda p: p.write_bytes(p.read_bytes() + b"x")),
    "module missing": (so, lambda p: p.unlink()),
    "manifest bit": (lambda a: a / "manifest.json", lambda p: flip(p, 300)),
    "manifest truncated": (lambda a: a / "manifest.json", lambda p: os.truncate(p, 1000)),
    "manifest of another kind": (lambda a: a / "manifest.json", lambda p: p.write_text("[1, 2]")),
    "manifest from the future": (
        lambda a: a / "manifest.json",
        lambda p: p.write_text(json.dumps({**json.loads(p.read_text()), "format": 99})),
    ),
    "manifest edited": (
        lambda a: a / "manifest.json",
        lambda p: p.write_text(p.read_text().replace('"generic"', '"native"')),
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_defects_are_named(copy: Path, defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A module that an earlier test left in memory would be taken from there.
    monkeypatch.setattr(loading, "_loaded", weakref.WeakValueDictionary())
    choose, spoil = DEFECTS[defect]
    path = choose(copy)
    spoil(path)
    with pytest.raises(ArtifactError, match="cannot be used") as caught:
        adfun.load(copy)(DATA, PARAMS)
    assert str(path) in str(caught.value)
    with pytest.raises(ArtifactError):
        adfun.make_ad_fun(models.growth, DATA, PARAMS, artifacts=copy)


def test_nothing_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="cannot be read"):
        adfun.load(tmp_path / "nowhere")
    with pytest.raises(ArtifactError, match="no precompiled objective"):
        adfun.load(tmp_path)


def test_a_weaker_processor_compiles_or_says_what_it_lacks(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (native,) = (p for p in built.iterdir() if manifest(p)["target"] == "native")
    assert manifest(native)["needs"] == sorted(cpu.features())
    weaker = cpu.features() - {"sse4_2"}
    monkeypatch.setattr(cpu, "features", lambda: weaker)
    with pytest.raises(ArtifactError, match="lacks sse4_2"):
        adfun.load(native)(DATA, PARAMS)
    assert adfun.load(built)(DATA, PARAMS).fn() > 0  # the generic one
    agrees(adfun.make_ad_fun(models.growth, DATA, PARAMS, artifacts=native, target="generic"))


def test_types_alone_may_not_be_enough(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match=r"numpy.unique gives depends on what group holds") as caught:
        adfun.precompile(
            models.blocks, tmp_path, signature="mean: float64[k]; y: float64[n], group: int64[n]"
        )
    assert "precompile with example data" in str(caught.value)
    with pytest.raises(CompileError, match="depends on what n holds"):
        adfun.precompile(models.power, tmp_path, params=["a"])


# -- what is written --------------------------------------------------------------------------


def test_several_at_once_with_progress(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    wanted = [
        Model(models.power, {"n": 2}, {"a": 1.0}),
        Model(models.power, {"n": 3}, {"a": 1.0}),
        Model(MODELS, {"y": np.ones(3), "group": np.array([3, 3, 5])}, {"mean": np.zeros(2)}, entry="blocks"),
    ]
    adfun.precompile(wanted, tmp_path, orders=["gr"], progress=lambda *step: seen.append(step))
    assert sorted(k for k, _, _ in seen) == [1, 2, 3] and {n for _, n, _ in seen} == {3}
    with pytest.raises(ArgumentError, match="several objectives"):
        adfun.load(tmp_path)
    power = adfun.load(tmp_path, "power")
    two, three = power({"n": 2}, {"a": 1.5}), power({"n": 3}, {"a": 1.5})
    assert two.fn() == 9 * 1.5**2 and three.fn() == 27 * 1.5**2
    assert two.with_data({"n": 3}).fn() == three.fn()
    with pytest.raises(NotCompiledError, match="takes other values"):
        power({"n": 4}, {"a": 1.5})
    blocks = adfun.load(tmp_path, "blocks")
    data = {"group": np.array([4, 4, 9]), "y": np.array([1.0, 3.0, 5.0])}
    assert blocks(data, {"mean": np.zeros(2)}).fn() == 10.0


def test_the_same_again_replaces_it(tmp_path: Path) -> None:
    example = {"n": 2}, {"a": 1.0}
    first = adfun.precompile(models.power, tmp_path, data=example[0], params=example[1], orders=["gr"])
    kept = (first[0] / "manifest.json").read_bytes()
    assert adfun.precompile([Model(models.power, *example)], tmp_path, orders=["gr"]) == first
    assert (first[0] / "manifest.json").read_bytes() == kept
    assert [p.name for p in tmp_path.iterdir()] == [first[0].name]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"signature": "a: float64"}, "no semicolon"),
        ({"signature": "a: floot; n: int64"}, "'?floot'? is no type for a"),
        ({"signature": "a: float64[2.5]; n: int64"}, "is no type for a"),
        ({"signature": "a b; n"}, "no list of"),
        ({"signature": "a; m: int64"}, "no argument 'm'"),
        ({}, "of what types"),
        ({"params": ["b"]}, "no argument 'b'"),
        ({"params": ["a"], "orders": ["grad"]}, "orders: 'grad'"),
        ({"params": ["a"], "target": "x86"}, "target: 'x86' is unknown"),
    ],
)
def test_what_cannot_be_precompiled_is_refused(tmp_path: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        adfun.precompile(models.power, tmp_path, **given)
    assert not list(tmp_path.iterdir())


def test_objects_export_themselves(tmp_path: Path) -> None:
    obj = adfun.make_ad_fun(models.growth, DATA, PARAMS)
    path = obj.export(tmp_path / "first", ["he"])
    agrees(adfun.load(path)(DATA, PARAMS))
    again = adfun.load(path)(DATA, PARAMS).export(tmp_path / "second", ["gr"])
    assert adfun.load(again).artifacts[0].binaries.keys() == {"gr"}
    third = adfun.make_ad_fun(models.growth, DATA, PARAMS, artifacts=path).export(tmp_path / "third", ["he"])
    assert (third / "manifest.json").read_bytes() == (path / "manifest.json").read_bytes()
