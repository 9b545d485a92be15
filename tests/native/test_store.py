"""Entries on disk: whatever is wrong with one, it is a miss, and the next build repairs it."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adfun.native import claims, store
from adfun.native.store import Store
from tests.native.toy import BUILD, TEXT, outcome, run

KEY = "ab" * 32
FILES = {"one": b"first file", "two": bytes(range(256)) * 64}


@pytest.fixture
def entries(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    assert made.publish("module", KEY, FILES)
    return made


def test_what_is_published_is_read_back(entries: Store) -> None:
    assert entries.read("module", KEY) == FILES
    assert entries.read("module", KEY, ("two",)) == {"two": FILES["two"]}
    assert entries.read("module", KEY, ("three",)) is None
    assert entries.read("module", "cd" * 32) is None
    assert entries.read("record", KEY) is None


def test_nothing_is_left_beside_the_entries(entries: Store) -> None:
    with entries.claim("module", KEY, time.monotonic() + 9) as claim:
        assert claim is not None and claim.publish(FILES)
        with entries.claim("module", KEY, 0.0) as other:
            assert other is not None and other.directory == claim.directory
    assert sorted(p.name for p in entries.root.iterdir()) == ["module", "work"]
    assert not list((entries.root / "work").iterdir())
    assert [p.name for p in (entries.root / "module" / "ab").iterdir()] == [KEY]


def test_everything_is_private(entries: Store) -> None:
    for path in [entries.root / "module", *(entries.root / "module").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0


def spoil(name: str) -> Callable[[Path], None]:
    def apply(entry: Path) -> None:
        file, manifest = entry / "two", entry / "manifest.json"
        plain = json.loads(manifest.read_text())
        match name:
            case "truncated":
                os.truncate(file, 100)
            case "empty":
                os.truncate(file, 0)
            case "longer":
                file.write_bytes(file.read_bytes() + b"x")
            case "zero tail":
                file.write_bytes(file.read_bytes()[:5000] + bytes(len(FILES["two"]) - 5000))
            case "missing":
                file.unlink()
            case "directory":
                file.unlink()
                file.mkdir()
            case "fifo":
                file.unlink()
                os.mkfifo(file)
            case "symlink":
                file.rename(entry.parent / "elsewhere")
                file.symlink_to(entry.parent / "elsewhere")
            case "hard link":
                os.link(file, entry.parent / "other")
            case "world writable":
                file.chmod(0o666)
            case "world writable entry":
                entry.chmod(0o777)
            case "no manifest":
                manifest.unlink()
            case "bad manifest":
                manifest.write_text("{")
            case "manifest is a list":
                manifest.write_text("[]")
            case "manifest is deep":
                manifest.write_text("[" * 200_000)
            case "huge manifest":
                manifest.write_text(" " * (2 << 20))
            case "future format":
                manifest.write_text(json.dumps({**plain, "format": store.FORMAT + 1}))
            case "other key":
                manifest.write_text(json.dumps({**plain, "key": "ef" * 32}))
            case "infinite size":
                manifest.write_text(json.dumps({**plain, "files": {"two": [float("inf"), "00"]}}))
            case "nul in a name":
                manifest.write_text(json.dumps({**plain, "files": {"\0": [1, "00"]}}))
            case "surrogate in a name":
                manifest.write_text(json.dumps({**plain, "files": {"\ud800": [1, "00"]}}))
            case "needs are dicts":
                manifest.write_text(json.dumps({**plain, "needs": [{}]}))
            case "self-test is text":
                manifest.write_text(json.dumps({**plain, "selftest": ["x"]}))
            case "climbing name":
                manifest.write_text(json.dumps({**plain, "files": {"../two": plain["files"]["two"]}}))
            case "swapped":
                (entry / "one").rename(entry / "three")
                file.rename(entry / "one")
                (entry / "three").rename(file)

    return apply


DEFECTS = [
    "truncated", "empty", "longer", "zero tail", "missing", "directory", "fifo", "symlink", "hard link",
    "world writable", "world writable entry", "no manifest", "bad manifest", "manifest is a list",
    "manifest is deep", "huge manifest", "future format", "other key", "infinite size",
    "nul in a name", "surrogate in a name", "needs are dicts", "self-test is text", "climbing name",
    "swapped",
]  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_a_miss_and_is_replaced(entries: Store, defect: str) -> None:
    entry = entries.path("module", KEY)
    spoil(defect)(entry)
    assert entries.read("module", KEY) is None
    assert entries.publish("module", KEY, FILES)
    assert entries.read("module", KEY) == FILES
    assert not list((entries.root / "work").iterdir())


def test_an_entry_that_is_a_link_or_a_file_is_a_miss_and_is_replaced(entries: Store) -> None:
    entry = entries.path("module", KEY)
    entry.rename(entries.root / "moved")
    entry.symlink_to(entries.root / "moved")
    assert entries.read("module", KEY) is None
    assert entries.publish("module", KEY, FILES)
    assert entries.read("module", KEY) == FILES and not entry.is_symlink()
    assert (entries.root / "moved" / "one").exists(), "what a link points to is not ours to delete"


def test_every_single_bit_flip_is_noticed(entries: Store) -> None:
    entry, rng = entries.path("module", KEY), random.Random(1)
    for name in ("one", "two", "manifest.json"):
        original = (entry / name).read_bytes()
        for _ in range(60):
            spoiled = bytearray(original)
            spoiled[rng.randrange(len(spoiled))] ^= 1 << rng.randrange(8)
            (entry / name).write_bytes(spoiled)
            found = entries.read("module", KEY)
            assert found is None or found == FILES
            assert name == "manifest.json" or found is None
        (entry / name).write_bytes(original)
    assert entries.read("module", KEY) == FILES


def test_damaged_modules_never_reach_the_loader(tmp_path: Path) -> None:
    """Truncations and bit flips of a real module: every process gives the right answer."""
    assert outcome(run(BUILD, tmp_path)) == "False 19.0"
    assert outcome(run(BUILD, tmp_path)) == "True 19.0"
    (image,) = tmp_path.glob("module/*/*/module.so")
    original, rng = image.read_bytes(), random.Random(2)
    for trial in range(4):  # tests.fire has many more
        spoiled = bytearray(original)
        if trial % 2:
            spoiled[rng.randrange(len(spoiled))] ^= 1 << rng.randrange(8)
        else:
            del spoiled[rng.randrange(len(spoiled)) :]
        image.write_bytes(spoiled)
        assert outcome(run(BUILD, tmp_path)) == "False 19.0"
        assert image.read_bytes() == original, "rebuilt, and to the same bytes"


def counting_compiler(tmp_path: Path) -> tuple[str, Path]:
    """A compiler that notes each compilation in a file."""
    log, script = tmp_path / "log", tmp_path / "counting g++"
    script.write_text(f'#!/bin/sh\ncase "$*" in *module.cpp*) echo x >> "{log}";; esac\nexec g++ "$@"\n')
    script.chmod(0o755)
    return f"'{script}'", log


def test_many_processes_on_a_cold_key_compile_once(tmp_path: Path) -> None:
    compiler, log = counting_compiler(tmp_path)
    cache = tmp_path / "cache"
    running = [run(BUILD, cache, ADFUN_CXX=compiler) for _ in range(8)]
    results = [outcome(process) for process in running]
    assert sorted(results) == ["False 19.0"] + ["True 19.0"] * 7
    assert log.read_text() == "x\n"


def test_many_threads_on_a_cold_key_compile_once(tmp_path: Path) -> None:
    compiler, log = counting_compiler(tmp_path)
    code = """
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    built = list(pool.map(lambda _: modules.build(TEXT), range(8)))
print(sum(m.hit for m in built), {id(m.library) for m in built} == {id(built[0].library)})"""
    assert outcome(run(code, tmp_path / "cache", ADFUN_CXX=compiler)) == "7 True"
    assert log.read_text() == "x\n"


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text('#!/bin/sh\ncase "$*" in *module.cpp*) sleep 60;; esac\nexec g++ "$@"\n')
    slow.chmod(0o755)
    cache = tmp_path / "cache"
    victim = run(BUILD, cache, ADFUN_CXX=str(slow))
    while not list(cache.glob("work/*/module.cpp")):
        assert victim.poll() is None
    victim.kill()
    victim.communicate()
    assert outcome(run(BUILD, cache)) == "False 19.0"
    assert outcome(run(BUILD, cache)) == "True 19.0"


@pytest.mark.parametrize("place", ["a file", "a link", "shared"])
def test_a_cache_that_cannot_be_trusted_is_not_used(tmp_path: Path, place: str) -> None:
    cache = tmp_path / "cache"
    match place:
        case "a file":
            cache.write_text("")
        case "a link":
            (tmp_path / "other").mkdir(mode=0o700)
            cache.symlink_to(tmp_path / "other")
        case _:
            cache.mkdir()
            cache.chmod(0o777)
    before = sorted(tmp_path.rglob("*"))
    assert outcome(run(BUILD, cache)) == "False 19.0"
    assert sorted(tmp_path.rglob("*")) == before


def test_a_cache_that_cannot_be_written_is_read_or_done_without(tmp_path: Path) -> None:
    assert outcome(run(BUILD, Path("/proc/nowhere"))) == "False 19.0"
    assert outcome(run(BUILD, Path("/dev/full"))) == "False 19.0"


@pytest.mark.parametrize("name", ["with blanks", "quote'\"$x", "ümlaut-名前", "not UTF-8 \udcff", "x" * 250])
def test_odd_names_of_the_cache_directory(tmp_path: Path, name: str) -> None:
    cache = tmp_path / name
    assert outcome(run(BUILD, cache)) == "False 19.0"
    assert outcome(run(BUILD, cache)) == "True 19.0"


def test_a_cache_that_can_only_be_read_is_read(
    entries: Store, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(root: Path) -> None:
        if root == entries.root:
            raise PermissionError(root)

    before, other = sorted(entries.root.rglob("*")), "cd" * 32
    monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp("spill")))
    monkeypatch.setattr(store, "_make_root", refuse)
    store.private.cache_clear()
    reader = Store(entries.root, spills=True)
    assert reader.read("module", KEY) == FILES
    assert reader.read("module", other) is None
    assert reader.publish("module", other, FILES)
    assert reader.read("module", other) == FILES
    assert sorted(entries.root.rglob("*")) == before
    store.private.cache_clear()


def test_a_full_disk_means_compiling_elsewhere(tmp_path: Path) -> None:
    code = f"""
from adfun.native import claims, store
def full(path, content): raise OSError(28, "No space left on device")
store._write = full
{BUILD}"""
    assert outcome(run(code, tmp_path)) == "False 19.0"
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_records_are_kept_like_modules(tmp_path: Path) -> None:
    code = f"""
key = "{KEY}"
print(modules.recall(key), end=" ")
modules.remember(key, b"hello")
print(modules.recall(key), modules.recall(key, cache=False))"""
    assert outcome(run(code, tmp_path)) == "None b'hello' None"
    (record,) = tmp_path.glob("record/*/*/record.json")
    record.write_bytes(b"HELLO")
    assert outcome(run(f"print(modules.recall({KEY!r}))", tmp_path)) == "None"


def test_without_the_cache_nothing_is_written(tmp_path: Path) -> None:
    code = "m = modules.build(TEXT, cache=False); print(m.hit, value(m.library))"
    assert outcome(run(code, tmp_path / "cache")) == "False 19.0"
    assert not list((tmp_path / "cache").glob("module*"))


def test_the_text_of_a_module_can_be_read_back(tmp_path: Path) -> None:
    code = "m = modules.build(TEXT); print(modules.source(m.key) == TEXT, modules.source('00' * 32))"
    assert outcome(run(code, tmp_path)) == "True None"
    assert TEXT.startswith("#include")


def test_a_module_that_gives_other_numbers_than_where_it_was_made_is_compiled_again(tmp_path: Path) -> None:
    assert outcome(run(BUILD, tmp_path)) == "False 19.0"
    (manifest,) = tmp_path.glob("module/*/*/manifest.json")
    plain = json.loads(manifest.read_text())
    first = float.fromhex(plain["selftest"][0])
    last_digit = {**plain, "selftest": [(first * (1 + 1e-15)).hex(), *plain["selftest"][1:]]}
    manifest.write_text(json.dumps(last_digit))
    assert outcome(run(BUILD, tmp_path)) == "True 19.0"
    manifest.write_text(
        json.dumps({**plain, "selftest": [(first * (1 + 1e-9)).hex(), *plain["selftest"][1:]]})
    )
    assert outcome(run(BUILD, tmp_path)) == "False 19.0"
    assert outcome(run(BUILD, tmp_path)) == "True 19.0"


def test_a_directory_whose_holder_died_is_removed_by_the_next_writer(entries: Store) -> None:
    work = entries.root / "work"
    (work / f"{claims.kernel()}-module-{KEY}").mkdir()
    (work / f"{claims.kernel()}-module-{KEY}" / "module.cpp").write_text("left")
    (work / f"elsewher-module-{KEY}").mkdir()
    assert entries.publish("record", KEY, FILES)
    assert [p.name for p in work.iterdir()] == [f"elsewher-module-{KEY}"], "but not another machine's"


def test_a_process_that_only_reads_removes_what_a_killed_writer_left(tmp_path: Path) -> None:
    assert outcome(run(BUILD, tmp_path)) == "False 19.0"
    left = tmp_path / "work" / f"{claims.kernel()}-module-{KEY}"
    left.mkdir()
    assert outcome(run(BUILD, tmp_path)) == "True 19.0"
    assert not left.exists()


def test_nothing_is_written_to_the_temporary_directory(tmp_path: Path) -> None:
    """Not even to find out whether it could be: a process that is killed would leave that."""
    (tmp_path / "tmp").mkdir()
    code = f"""
import sys
sys.addaudithook(lambda event, args: print(event, args) if "{tmp_path}/tmp" in str(args[:1]) else None)
{BUILD}"""
    assert outcome(run(code, tmp_path / "cache", TMPDIR=str(tmp_path / "tmp"))) == "False 19.0"
