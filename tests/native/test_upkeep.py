"""Listing, verifying and pruning a store, also while others read it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from adfun.native import upkeep
from adfun.native.store import Store

KEYS = [f"{k:02x}" * 32 for k in range(8)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Entries of 1000 bytes and a manifest, each used a day after the one before."""
    made = Store(tmp_path)
    for age, key in enumerate(reversed(KEYS)):
        assert made.publish("module", key, {"file": bytes(1000)})
        then = time.time() - age * 86400
        os.utime(made.path("module", key) / "manifest.json", (then, then))
    return made


def test_all_entries_are_listed(store: Store) -> None:
    kept = list(upkeep.listed(store))
    assert [k.key for k in kept] == KEYS
    assert all(k.kind == "module" and 1000 < k.size < 1500 for k in kept)


def test_damage_is_found(store: Store) -> None:
    assert upkeep.damaged(store) == []
    (store.path("module", KEYS[3]) / "file").write_bytes(b"x" * 1000)
    (bad,) = upkeep.damaged(store)
    assert bad.key == KEYS[3]
    assert upkeep.remove(store, [bad]) == [bad]
    assert store.read("module", KEYS[3]) is None and store.read("module", KEYS[4]) is not None


def test_pruning_by_age_and_size(store: Store) -> None:
    gone = upkeep.prune(store, oldest=5.5 * 86400)
    assert sorted(k.key for k in gone) == KEYS[:2]
    size = next(upkeep.listed(store)).size
    gone = upkeep.prune(store, largest=2 * size)
    assert sorted(k.key for k in gone) == KEYS[2:6]
    assert [k.key for k in upkeep.listed(store)] == KEYS[6:]
    assert upkeep.prune(store, largest=10**9, oldest=10**9) == []


def test_clearing_leaves_nothing(store: Store) -> None:
    assert len(upkeep.clear(store)) == len(KEYS)
    assert [p for p in store.root.rglob("*") if p.is_file()] == []


def test_readers_see_a_whole_entry_or_none(store: Store) -> None:
    content = {"file": os.urandom(100_000)}
    stop = threading.Event()

    def prune() -> None:
        while not stop.is_set():
            upkeep.prune(store, largest=0)

    pruner = threading.Thread(target=prune)
    pruner.start()
    found = []
    for _ in range(200):
        store.publish("module", KEYS[0], content)
        found.append(store.read("module", KEYS[0]))
    stop.set()
    pruner.join()
    assert all(files is None or files == content for files in found)
    assert store.publish("module", KEYS[0], content) and store.read("module", KEYS[0]) == content
