"""Files of an entry that are damaged, exchanged or not what they say they are."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adfun.native import store
from tests.fire.registry import scenario
from tests.fire.world import World

FILES = (("module", "module.so"), ("record", "record.json"), ("module", "module.cpp"))


def damaged(spoil: Callable[[World, bytes], bytes]) -> Callable[[World, int], None]:
    """A trial that changes one file of an entry; a damaged text is no reason to compile."""

    def trial(world: World, number: int) -> None:
        world.expect(world.child())
        kind, name = FILES[number % 3]
        path = world.entry(kind) / name
        path.write_bytes(spoil(world, path.read_bytes()))
        world.expect(world.child(), hit=None if name == "module.so" else True)
        world.next_run_works()

    return trial


@scenario("a file cut short")
@damaged
def truncated(world: World, content: bytes) -> bytes:
    return content[: world.rng.randrange(len(content))]


@scenario("a file whose end is zeros")
@damaged
def zero_tail(world: World, content: bytes) -> bytes:
    kept = world.rng.randrange(len(content))
    return content[:kept] + bytes(len(content) - kept)


@scenario("a single bit flipped")
@damaged
def flipped(world: World, content: bytes) -> bytes:
    spoilt = bytearray(content)
    spoilt[world.rng.randrange(len(spoilt))] ^= 1 << world.rng.randrange(8)
    return bytes(spoilt)


@scenario("an empty file")
@damaged
def empty(world: World, content: bytes) -> bytes:
    return b""


@scenario("a foreign file in place of one")
@damaged
def foreign(world: World, content: bytes) -> bytes:
    choices = [
        b"#!/bin/sh\nexit 1\n",
        os.urandom(len(content)),
        Path("/bin/true").read_bytes(),
        b"{}",
        b"\x7fELF",
    ]
    return world.rng.choice(choices)


@scenario("files exchanged within and between entries")
def swapped(world: World, number: int) -> None:
    world.expect(world.child())
    paths = [p for kind in ("module", "record") for p in world.entry(kind).iterdir()]
    first, second = world.rng.sample(paths, 2)
    a, b = first.read_bytes(), second.read_bytes()
    first.write_bytes(b)
    second.write_bytes(a)
    world.expect(world.child())
    world.next_run_works()


@scenario("an entry under the key of another one")
def moved(world: World, number: int) -> None:
    world.expect(world.child())
    old = world.entry()
    new = world.rng.choice([old.with_name("0" * 64), old.parent / old.name[::-1]])
    os.rename(old, new)
    os.makedirs(old, mode=0o700)
    for file in new.iterdir():
        (old / file.name).write_bytes(file.read_bytes().replace(old.name.encode(), new.name.encode()))
    world.expect(world.child(), hit=False)
    world.next_run_works()


def manifests(plain: dict[str, Any]) -> list[bytes]:
    """Manifests that are bad in one way each."""
    changed: list[dict[str, Any]] = [
        {"format": store.FORMAT + 1},
        {"format": store.FORMAT - 1},
        {"format": str(store.FORMAT)},
        {"key": "0" * 64},
        {"key": None},
        {"files": {}},
        {"files": []},
        {"files": {name: [size, "0" * 64] for name, (size, _) in plain["files"].items()}},
        {"files": {name: [-1, digest] for name, (_, digest) in plain["files"].items()}},
        {"files": {name: [10**30, digest] for name, (_, digest) in plain["files"].items()}},
        {"files": {name: [float("inf"), digest] for name, (_, digest) in plain["files"].items()}},
        {"files": {"../" + name: pair for name, pair in plain["files"].items()}},
        {"files": {name + "\0": pair for name, pair in plain["files"].items()}},
        {"needs": ["an instruction of the future"]},
        {"needs": [{}]},
        {"needs": 7},
        {"selftest": []},
        {"selftest": ["0x1.0p+0"] * 4},
        {"selftest": ["nan"] * 4},
        {"selftest": [1, 2, 3, 4]},
    ]
    texts = [json.dumps({**plain, **change}).encode() for change in changed]
    for name in plain:
        texts.append(json.dumps({k: v for k, v in plain.items() if k != name}).encode())
    whole = json.dumps(plain).encode()
    texts += [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b"\xff\xfe",
        b"[" * 100_000,
        whole[: len(whole) // 2],
        whole + b"}",
    ]
    texts += [
        whole.replace(b'"', b"'"),
        b"\0" * len(whole),
        b" " * (2 << 20),
        b'{"format":' + b"9" * 5000 + b"}",
    ]
    return texts


@scenario("a bad manifest, or one of the future")
def bad_manifest(world: World, number: int) -> None:
    world.expect(world.child())
    path = world.entry(("module", "module", "record")[number % 3]) / "manifest.json"
    texts = manifests(json.loads(path.read_bytes()))
    path.write_bytes(texts[number % len(texts)])
    world.expect(world.child(), hit=False if path.parents[2].name == "module" else None)
    world.next_run_works()


@scenario("no manifest, or something else by its name")
def no_manifest(world: World, number: int) -> None:
    world.expect(world.child())
    path = world.entry(("module", "record")[number % 2]) / "manifest.json"
    path.unlink()
    match number // 2 % 4:
        case 1:
            path.mkdir()
        case 2:
            os.mkfifo(path)
        case 3:
            path.symlink_to("/dev/zero")
    world.expect(world.child())
    world.next_run_works()


@scenario("directories of the cache that are files, missing, or cannot be written")
def broken_directories(world: World, number: int) -> None:
    world.expect(world.child())
    entry = world.entry(("module", "record")[number % 2])
    path = world.rng.choice([entry, entry.parent, entry.parent.parent, world.cache / "work"])
    os.rename(path, world.root / "aside")
    if number % 3:
        path.write_bytes(b"in the way")
        world.expect(world.child())
        if path.is_file():
            path.unlink()
    world.next_run_works()
