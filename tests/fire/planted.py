"""What another user may have planted: links, files of others, directories that everybody may write."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adfun.native import store
from tests.fire.registry import scenario
from tests.fire.world import Failed, Skipped, World, build

OTHER = 54321
"""A user without an account."""


def poison(world: World) -> Path:
    """An entry that is as it should be, but for the module: a child that loads it gives a wrong answer."""
    world.expect(world.child())
    entry = world.entry()
    image = (entry / "module.so").read_bytes()
    shutil.copytree(entry, world.root / "planted")
    (world.root / "planted" / "module.so").write_bytes(image)
    return entry


@scenario("symbolic links in place of files and directories")
def symbolic_links(world: World, number: int) -> None:
    entry = poison(world)
    target = world.rng.choice(
        [entry / "module.so", entry / "manifest.json", entry, entry.parent, entry.parents[1]]
    )
    elsewhere = world.root / "elsewhere"
    os.rename(target, elsewhere)
    target.symlink_to(elsewhere)
    inside = target in (
        entry.parent,
        entry.parents[1],
    )  # the user's own directory, moved to another disk, say
    world.expect(world.child(), hit=None if inside else False)
    if not elsewhere.exists():
        raise Failed("what a link points to was deleted")
    if inside:
        target.unlink()
    world.next_run_works()


@scenario("hard links in place of files")
def hard_links(world: World, number: int) -> None:
    entry = poison(world)
    os.link(entry / world.rng.choice(["module.so", "manifest.json"]), world.root / "link")
    world.expect(world.child(), hit=False)
    world.next_run_works()


@scenario("files and directories of another user")
def other_owner(world: World, number: int) -> None:
    need_root()
    entry = poison(world)
    target = world.rng.choice([entry, entry / "module.so", entry / "manifest.json"])
    os.chown(target, OTHER, OTHER)
    world.expect(world.child(), hit=False)
    world.next_run_works()


@scenario("files and directories that others may write")
def writable_by_others(world: World, number: int) -> None:
    entry = poison(world)
    target = world.rng.choice([entry, entry / "module.so", entry / "manifest.json"])
    target.chmod(target.stat().st_mode | world.rng.choice([0o020, 0o002]))
    world.expect(world.child(), hit=False)
    world.next_run_works()


@scenario("a cache that belongs to another user, that others may write, or that is a link")
def untrusted_cache(world: World, number: int) -> None:
    poison(world)
    before = sorted(world.cache.rglob("*"))
    match number % 3:
        case 0:
            need_root()
            os.chown(world.cache, OTHER, OTHER)
        case 1:
            world.cache.chmod(world.rng.choice([0o777, 0o1777, 0o770, 0o702]))
        case _:
            os.rename(world.cache, world.root / "real")
            world.cache.symlink_to(world.root / "real")
    world.expect(world.child(), hit=False)
    if number % 3 < 2 and sorted(world.cache.rglob("*")) != before:
        raise Failed("something was written to it")
    world.nothing_left()
    if number % 3 == 2:
        world.cache.unlink()
    else:
        os.chown(world.cache, os.getuid(), os.getgid())
        world.cache.chmod(0o700)
    world.next_run_works()


@scenario("a parent directory that everybody may write, in which another user exchanges the cache")
def exchanged_in_parent(world: World, number: int) -> None:
    need_root()
    poison(world)
    parent = world.root / "open"
    parent.mkdir()
    parent.chmod(0o777)
    cache = parent / "cache"
    world.expect(world.child(ADFUN_CACHE=str(cache)), hit=False)
    os.rename(cache, parent / "aside")
    shutil.copytree(parent / "aside", cache, symlinks=True)
    shutil.rmtree(parent / "aside")
    for path in [cache, *cache.rglob("*")]:
        os.chown(path, OTHER, OTHER)
    world.expect(world.child(ADFUN_CACHE=str(cache)), hit=False)
    shutil.rmtree(cache)
    world.next_run_works(ADFUN_CACHE=str(cache))


@scenario("a running process whose cache is exchanged by another user's")
def exchanged_while_running(world: World, number: int) -> None:
    need_root()
    world.expect(world.child())
    shutil.copytree(world.cache, world.root / "copy")

    def action() -> dict[str, Any]:
        store.shared()  # the cache has been looked at
        shutil.rmtree(world.cache)
        os.rename(world.root / "copy", world.cache)
        for path in [world.cache, *world.cache.rglob("*")]:
            os.chown(path, OTHER, OTHER)
        return build()

    world.expect(world.child(action), hit=False)
    shutil.rmtree(world.cache)
    world.next_run_works()


@scenario("things planted where entries are made")
def planted_in_work(world: World, number: int) -> None:
    world.expect(world.child())
    entry, work = world.entry(), world.cache / "work"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    place = work / f"{boot}-module-{entry.name}"
    shutil.rmtree(entry)
    match number % 5:
        case 0:
            place.symlink_to(world.root / "home")
        case 1:
            place.write_bytes(b"in the way")
        case 2:
            need_root()
            place.mkdir(mode=0o700)
            os.chown(place, OTHER, OTHER)
        case 3:
            place.mkdir()
            place.chmod(0o777)
        case _:
            place.mkdir(mode=0o700)
            (place / "module.so").symlink_to(world.root / "home" / "target")
            (place / "deep").mkdir()
            (place / "deep" / "file").write_bytes(b"left by one that died")
    world.expect(world.child(), hit=False)
    if list((world.root / "home").iterdir()):
        raise Failed("a link was followed")
    world.expect(world.child(), hit=True)
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.exists():
        place.rmdir()
    world.next_run_works()


def as_other(action: Callable[[], Any]) -> Callable[[], Any]:
    """The same as a user without an account."""

    def run() -> Any:
        os.setgroups([])
        os.setgid(OTHER)
        os.setuid(OTHER)
        return action()

    return run


def need_root() -> None:
    if os.geteuid() != 0:
        raise Skipped("only root can play another user")


@scenario("another user's run, who may look into the cache")
def looked_at_by_another(world: World, number: int) -> None:
    need_root()
    world.expect(world.child())
    for path in [world.root, world.root / "cache", *world.cache.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o055)
    (world.root / "tmp").chmod(0o1777)
    before = sorted(world.cache.rglob("*"))
    # what belongs to root may be read by everybody, and is trusted
    world.expect(world.child(as_other(build)), hit=True)
    (world.entry() / "module.so").chmod(0o600)
    world.log.touch()
    world.log.chmod(0o666)
    world.expect(world.child(as_other(build)), hit=False)
    if sorted(world.cache.rglob("*")) != before:
        raise Failed("another user wrote to it")
    world.next_run_works()
