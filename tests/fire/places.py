"""Places for the cache: full, read-only, without permission to execute, with odd names, or nowhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from adfun.native import claims
from tests.fire.planted import as_other, need_root
from tests.fire.registry import CleanError, scenario
from tests.fire.world import Failed, World, build

SIZES = [4096, 8192, 12288, 16384, 24576, 32768, 49152, 65536]


def remount(path: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", path], check=True)


@scenario("a cache on a full disk")
def full_disk(world: World, number: int) -> None:
    world.mount(
        world.cache, f"size={world.rng.choice(SIZES)},nr_inodes={world.rng.choice([2, 4, 6, 8, 100])}"
    )
    world.expect(world.child())
    world.expect(world.child())
    world.nothing_left()
    remount(world.cache, "size=16m,nr_inodes=1000")
    world.next_run_works()


@scenario("a cache on a full disk, the real compiler")
def full_disk_for_the_compiler(world: World, number: int) -> None:
    world.mount(world.cache, f"size={4096 * world.rng.randrange(2, 20)}")
    world.expect(world.child(ADFUN_CXX="unset"))
    remount(world.cache, "size=16m")
    world.next_run_works(ADFUN_CXX="unset")


@scenario("cache and temporary directory on full disks")
def everything_full(world: World, number: int) -> None:
    for name in ("cache", "tmp"):
        world.mount(world.root / name, f"size=4096,nr_inodes={world.rng.choice([1, 2, 3, 100])}")
    compiler = ("unset", f"'{world.root / 'cxx'}'")[number % 2]
    world.compiler("echo 'No space left on device'; exit 1" if number % 4 == 1 else "")
    clean = not world.right(world.child(ADFUN_CXX=compiler))
    for name in ("cache", "tmp"):
        remount(world.root / name, "size=16m,nr_inodes=1000")
    world.compiler()
    world.next_run_works()
    if clean:
        raise CleanError


@scenario("a read-only file system")
def read_only(world: World, number: int) -> None:
    world.mount(world.cache, "size=1m")
    if number % 2:
        world.expect(world.child())
    remount(world.cache, "ro")
    world.expect(world.child(), hit=bool(number % 2))
    world.nothing_left()
    remount(world.cache, "rw")
    world.next_run_works()


@scenario("a read-only cache and no temporary directory: what is there is used")
def read_only_without_temporary(world: World, number: int) -> None:
    world.mount(world.cache, "size=1m")
    world.expect(world.child())
    remount(world.cache, "ro")

    def action() -> dict[str, Any]:
        claims.places = list
        return build()

    world.expect(world.child(action), hit=True)
    world.compiler("true")  # another one: nothing is there now
    world.expect_error(world.child(action), "no room", "TMPDIR")
    remount(world.cache, "rw")
    world.next_run_works()


@scenario("a directory that the user may not write")
def forbidden(world: World, number: int) -> None:
    need_root()
    world.root.chmod(0o755)
    world.log.touch()
    world.log.chmod(0o666)
    (world.root / "tmp").chmod(0o1777)
    world.cache.mkdir()
    os.chown(world.cache, 54321, 54321)
    if number % 2:
        world.cache.chmod(0o500)
    else:
        world.cache.chmod(0o000)
    world.compiler()
    world.expect(world.child(as_other(build)), hit=False)
    world.nothing_left()
    world.cache.chmod(0o700)
    world.expect(world.child(as_other(build)), hit=False)
    world.expect(world.child(as_other(build)), hit=True)
    world.nothing_left()


@scenario("HOME unset, empty, relative, missing, or not ours; a user without an account")
def homeless(world: World, number: int) -> None:
    home = ("unset", "", "relative/home", "/nonexistent/home", "/proc", str(world.root / "tmp"))[number % 6]
    need_root()
    world.root.chmod(0o755)
    world.log.touch()
    world.log.chmod(0o666)
    (world.root / "tmp").chmod(0o1777)
    world.compiler()
    before = set(Path.cwd().iterdir())
    settings = {"ADFUN_CACHE": "unset", "HOME": home}
    world.expect(world.child(as_other(build), **settings), hit=False)
    world.expect(world.child(as_other(build), **settings))
    if set(Path.cwd().iterdir()) != before:
        raise Failed("wrote to the working directory")
    shutil.rmtree(world.root / "tmp" / ".cache", ignore_errors=True)
    world.nothing_left()
    world.next_run_works(ADFUN_CACHE="unset", XDG_CACHE_HOME=str(world.root / "xdg" / "deep"))


@scenario("cache and temporary directory where nothing may be executed")
def no_execution(world: World, number: int) -> None:
    for name in ("cache", "tmp"):
        world.mount(world.root / name, "size=4m,noexec,nosuid,nodev")
    compiler = {"ADFUN_CXX": "unset"} if number % 5 == 0 else {}
    world.expect(world.child(**compiler), hit=False)
    world.next_run_works(**compiler)


NAMES = [
    "with blanks in it",
    "quote'\"$(echo x)`y`",
    "ümlaut-名前-🔥",
    "x" * 250,
    "-rf",
    "line\nbreak\ttab",
    "per%cent & ; | > *",
    "back\\slash",
    "a/" * 40 + "deep",
    b"\xff\xfe not UTF-8".decode("utf-8", "surrogateescape"),
    ("y" * 200 + "/") * 17 + "deep",  # as long as a path can be
    ("z" * 250 + "/") * 40 + "too long",
]


@scenario("odd names of the cache directory: blanks, quotes, UTF-8, 250 bytes, longer than a path may be")
def odd_names(world: World, number: int) -> None:
    name = NAMES[number % len(NAMES)]
    cache = world.root / name
    compiler = {"ADFUN_CXX": "unset"} if number % 4 == 0 else {}
    world.expect(world.child(ADFUN_CACHE=str(cache), **compiler))
    usable = len(os.fsencode(cache)) < 3500
    world.expect(world.child(ADFUN_CACHE=str(cache), **compiler), hit=True if usable else None)
    world.nothing_left()
    if usable and list((cache / "work").iterdir()):
        raise Failed("left over")


@scenario("odd names of the temporary directory and of the compiler")
def odd_temporary_names(world: World, number: int) -> None:
    name = NAMES[number % 8]
    place = world.root / name
    place.mkdir()
    script = Path(world.compiler().strip("'"))
    script.rename(place / "c++ compiler")
    quoted = "'" + str(place / "c++ compiler").replace("'", "'\"'\"'") + "'"
    world.expect(world.child(ADFUN_CACHE="/proc/nowhere", TMPDIR=str(place), ADFUN_CXX=quoted))
    if {p.name for p in place.iterdir()} != {"c++ compiler"}:
        raise Failed("left over")
    world.next_run_works()
