"""Looking after a store: what is in it, what is damaged, and removing what is old or too much.

All of it may run while other processes read and write: an entry goes away by one rename, and whoever was
about to read it finds nothing and compiles.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from adfun.native import claims
from adfun.native.store import MANIFEST, WORK, Store
from adfun.records import dataclass

LEFT_SECONDS = 86400.0
"""After so long, an entry in the making is taken for forgotten, whichever machine it was made on."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry on disk, sound or not.

    size  of its files, in bytes
    used  when it was last read, as far as the file system tells (within a day), else written
    """

    kind: str
    key: str
    path: Path
    size: int
    used: float


def listed(store: Store) -> Iterator[Kept]:
    """All entries of a store; what goes away meanwhile is left out."""
    for kind in _inside(store.root):
        for shelf in _inside(kind):
            for path in _inside(shelf):
                if re.fullmatch("[0-9a-f]{64}", path.name) and path.name.startswith(shelf.name):
                    with contextlib.suppress(OSError):
                        yield _kept(kind.name, path)


def _kept(kind: str, path: Path) -> Kept:
    with os.scandir(path) as found:
        states = {file.name: file.stat(follow_symlinks=False) for file in found}
    shown = states.get(MANIFEST) or path.stat()
    return Kept(
        kind, path.name, path, sum(s.st_size for s in states.values()), max(shown.st_atime, shown.st_mtime)
    )


def _inside(directory: Path) -> list[Path]:
    try:
        with os.scandir(directory) as found:
            return sorted(Path(e.path) for e in found if e.is_dir(follow_symlinks=False))
    except OSError:
        return []


def damaged(store: Store) -> list[Kept]:
    """The entries that would not be used: every file of every entry is read and compared with its hash."""
    return [kept for kept in listed(store) if store.read(kept.kind, kept.key) is None and kept.path.exists()]


def remove(store: Store, entries: Iterable[Kept]) -> list[Kept]:
    """Remove entries; returns those that are gone now."""
    return [kept for kept in entries if _move_away(store, kept.path)]


def prune(store: Store, *, largest: int | None = None, oldest: float | None = None) -> list[Kept]:
    """Remove what was not used for `oldest` seconds, then what was not used for longest until `largest` bytes
    are left; returns what was removed."""
    sweep(store)
    now = time.time()
    entries = sorted(listed(store), key=lambda kept: kept.used)
    total = sum(kept.size for kept in entries)
    chosen = []
    for kept in entries:
        if (oldest is not None and now - kept.used > oldest) or (largest is not None and total > largest):
            chosen.append(kept)
            total -= kept.size
    return remove(store, chosen)


def clear(store: Store) -> list[Kept]:
    """Remove all entries; returns them."""
    sweep(store)
    return remove(store, list(listed(store)))


def sweep(store: Store) -> None:
    """Remove what writers have left that were killed, or whose machine was."""
    work = store.root / WORK
    claims.sweep(work)
    for path in _inside(work):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_ctime > LEFT_SECONDS:
                claims.remove(path)


def _move_away(store: Store, path: Path) -> bool:
    """Into a locked directory: if this process is killed now, the next writer removes it."""
    try:
        with claims.claimed(store.root / WORK, f"gone-{secrets.token_hex(8)}", 0.0) as place:
            if place is not None:
                os.rename(path, place / path.name)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return not path.exists()
