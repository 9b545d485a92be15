"""Compilers that are absent, fail, hang or talk too much: one clear error, and the next run works."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

import adfun
from adfun.backend import assembly
from adfun.diagnostics.internal import InternalError
from adfun.native import compiler, cpu, flags, lapack, modules, toolchain
from adfun.native.toolchain import ToolchainError
from adfun.records import replace
from tests.native.toy import TEXT, value


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADFUN_CACHE", str(tmp_path / "cache"))


def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> None:
    """A compiler that says who it is, and does `body` when it is to compile."""
    script = tmp_path / "compiler"
    script.write_text(f'#!/bin/sh\ncase "$*" in *module.cpp*) {body};; esac\nexec g++ "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("ADFUN_CXX", str(script))


def test_no_compiler_names_the_remedies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchain, "_zig", lambda: None)
    with pytest.raises(ToolchainError, match="there is none on PATH") as caught:
        modules.build(TEXT)
    for remedy in ("apt install g++", r"adfun[zig]", "ADFUN_CXX"):
        assert remedy in str(caught.value)


def test_a_compiler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADFUN_CXX", "no-such-compiler -x")
    with pytest.raises(ToolchainError, match="ADFUN_CXX names 'no-such-compiler', which is not there"):
        modules.build(TEXT)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("exit 3", "failed: status 3"),
        ("echo 'No space left on device'; exit 1", "failed: No space left on device"),
        ("kill -9 $$", "was killed by signal 9"),
        ("exit 0", "wrote no module"),
        ("echo internal compiler error; exit 1", "internal compiler error"),
    ],
)
def test_a_compiler_that_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, words: str
) -> None:
    use(monkeypatch, tmp_path, body)
    with pytest.raises(ToolchainError, match=words):
        modules.build(TEXT)
    monkeypatch.delenv("ADFUN_CXX")
    assert value(modules.build(TEXT).library) == 19.0


def test_a_compiler_that_hangs_is_killed_with_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(monkeypatch, tmp_path, f"sleep 60 & echo $! > {tmp_path}/child; sleep 60")
    monkeypatch.setattr(compiler, "SECONDS", 1.0)
    start = time.monotonic()
    with pytest.raises(ToolchainError, match="did not finish"):
        modules.build(TEXT)
    assert time.monotonic() - start < 10
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if _gone(child):
            break
        time.sleep(0.05)
    assert _gone(child)


@pytest.mark.parametrize("chosen", ["soon", "-1", "nan", "0"])
def test_a_limit_that_is_no_time(monkeypatch: pytest.MonkeyPatch, chosen: str) -> None:
    monkeypatch.setenv("ADFUN_COMPILE_TIMEOUT", chosen)
    with pytest.raises(ToolchainError, match=f"ADFUN_COMPILE_TIMEOUT is '{chosen}'\ninstead: the seconds"):
        modules.build(TEXT)


def _gone(pid: int) -> bool:
    """Whether a process has ended (it may still be waiting for its parent)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_compiler_that_prints_a_lot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use(monkeypatch, tmp_path, "yes warning | head -c 50000000")
    start = time.monotonic()
    assert value(modules.build(TEXT).library) == 19.0
    assert time.monotonic() - start < 20


def test_text_that_is_not_cpp_is_our_fault_and_is_kept() -> None:
    with pytest.raises(InternalError, match="refuses what adfun wrote; both are in") as caught:
        modules.build("int main() { return x; }")
    assert "error" not in str(caught.value).replace("internal error", "")
    saved = Path(str(caught.value).split("both are in ")[1].split("\n")[0])
    assert (saved / "module.cpp").read_text() == "int main() { return x; }"
    assert "not declared" in (saved / "compiler.txt").read_text()


HEAD, PREPARE, CALL = TEXT.partition("ADFUN_EXPORT")[0], *TEXT.split("ADFUN_EXPORT")[1:]
PARTS = (
    f"{HEAD}\n#if ADFUN_PART(1)\nADFUN_EXPORT{PREPARE}#endif\n\n#if ADFUN_PART(2)\nADFUN_EXPORT{CALL}#endif\n"
)


@pytest.mark.parametrize("name", ["g++", "clang++"])
def test_a_text_in_parts_is_compiled_side_by_side_and_joined(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"no {name}")
    log = tmp_path / "log"
    script = tmp_path / "compiler"
    script.write_text(f'#!/bin/sh\necho "$*" >> "{log}"\nexec {name} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("ADFUN_CXX", str(script))
    assert value(modules.build(PARTS).library) == 19.0
    calls = [line for line in log.read_text().splitlines() if line != "-v"]
    assert sum("-DADFUN_ONLY=1 -c" in c for c in calls) == sum("-DADFUN_ONLY=2 -c" in c for c in calls) == 1
    assert "part1.o part2.o" in calls[-1] and "-shared" in calls[-1] and len(calls) == 3


def test_the_chunks_of_a_long_function_are_in_another_part(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"    b = np.sin(b) * np.exp(a - {k})\n" for k in range(60))
    source = f"import numpy as np\ndef f(x, a, b):\n    s = np.sum(np.exp(a * x))\n{lines}    return s + b\n"
    texts: list[str] = []
    results = []
    build = modules.build
    monkeypatch.setattr(
        modules, "build", lambda text, **options: texts.append(text) or build(text, **options)
    )
    for long in (10**9, 0):
        monkeypatch.setattr(assembly, "LONG", long)
        made = adfun.make_ad_fun(source, {"x": np.arange(5.0)}, {"a": 0.1, "b": 0.2}, cache=False)
        results.append(made.fn_gr())
    own = "\nadfun_i32 adfun_gr_chunk1("
    assert f"static {own.strip()}" in texts[0] and own not in texts[0]
    assert [part.count(own) for part in texts[1].split(modules.PART)] in ([1, 1, 0], [1, 0, 1])
    part = [own in part for part in texts[1].split(modules.PART)].index(True, 1)
    assert "adfun_call_gr(" not in texts[1].split(modules.PART)[part]
    (value, gradient), (same, alike) = results
    assert value == same and np.array_equal(gradient, alike)


def test_a_part_that_is_not_cpp_is_our_fault() -> None:
    with pytest.raises(InternalError, match="refuses what adfun wrote"):
        modules.build(PARTS.replace("3 *", "3 * nothing"))


@pytest.mark.parametrize(
    ("body", "words"), [("exit 0", "wrote no machine code"), ("kill -9 $$", "was killed by signal 9")]
)
def test_a_compiler_that_fails_on_a_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, words: str
) -> None:
    use(monkeypatch, tmp_path, body)
    with pytest.raises(ToolchainError, match=words):
        modules.build(PARTS)
    monkeypatch.delenv("ADFUN_CXX")
    assert value(modules.build(PARTS).library) == 19.0


def test_the_environment_does_not_reach_the_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    trap = tmp_path / "trap" / "adfun"
    trap.mkdir(parents=True)
    (trap / "runtime.h").write_text("#error trapped")
    for name in ("CPATH", "CPLUS_INCLUDE_PATH", "GCC_EXEC_PREFIX", "LIBRARY_PATH", "CXXFLAGS"):
        monkeypatch.setenv(name, str(tmp_path / "trap"))
    assert value(modules.build(TEXT).library) == 19.0


def test_the_key_depends_on_all_that_decides_the_binary(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tools = toolchain.find()
    newer = replace(tools, identity=tools.identity + "1")
    keys = {
        modules.module_key(TEXT, tools, "native"),
        modules.module_key(TEXT + "\n", tools, "native"),
        modules.module_key(TEXT, tools, "x86-64-v2"),
        modules.module_key(TEXT, newer, "native"),
        modules.module_key(TEXT, replace(tools, stamp="another file"), "native"),
    }
    assert len(keys) == 5
    use(monkeypatch, tmp_path, "true")
    assert modules.fingerprint() != modules._fingerprint(tools, "native")


@pytest.mark.parametrize("target", cpu.TARGETS)
def test_every_target_compiles(target: str) -> None:
    if not cpu.runs_here(cpu.required(target)):
        pytest.skip(f"this machine cannot run {target}")
    assert value(modules.build(TEXT, target=target).library) == 19.0


@pytest.mark.parametrize("name", ["g++", "clang++"])
def test_every_compiler_on_the_path_works(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("ADFUN_CXX", name)
    try:
        tools = toolchain.find()
    except ToolchainError:
        pytest.skip(f"no {name}")
    assert tools.kind == {"g++": "gcc", "clang++": "clang"}[name]
    assert value(modules.build(TEXT).library) == 19.0


def test_no_flag_allows_the_compiler_to_change_results() -> None:
    for kind in ("gcc", "clang", "zig"):
        words = " ".join(flags.arguments(kind, "native"))  # type: ignore[arg-type]
        assert "-ffast-math" not in words and "-fassociative-math" not in words and "-Ofast" not in words


def test_modules_are_loaded_from_memory_under_names_of_their_own(tmp_path: Path) -> None:
    """Many modules, loaded and dropped in turn, are never taken for one another."""
    for k in range(20):
        library = modules.build(TEXT.replace("3 *", f"{k} *")).library
        assert value(library) == 4.0 + 5 * k
    assert not [p for p in os.listdir(f"/proc/{os.getpid()}/fd") if "memfd:adfun" in _target(p)]


def _target(descriptor: str) -> str:
    try:
        return os.readlink(f"/proc/{os.getpid()}/fd/{descriptor}")
    except OSError:
        return ""


def test_scipys_routines_have_the_signatures_we_call() -> None:
    assert len(lapack.routines()) == len(lapack.ORDER)
