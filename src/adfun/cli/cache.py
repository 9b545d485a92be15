"""Commands about the cache on disk: info, list, verify, clear, prune, key."""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from adfun.cli.inputs import show
from adfun.compiled import cache_key
from adfun.diagnostics.errors import ArgumentError
from adfun.native import store, upkeep
from adfun.native.upkeep import Kept

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
TIMES = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def info(given: argparse.Namespace) -> int:
    """`adfun cache info`"""
    found = about()
    show(given, found, "\n".join(f"{name:10}{value}" for name, value in found.items()))
    return 0


def about() -> dict[str, Any]:
    """Where the cache is, and how large."""
    used = store.shared()
    kept = list(upkeep.listed(used))
    kinds = Counter(k.kind for k in kept)
    return {"root": str(used.root), "module": 0, "record": 0, **kinds, "bytes": sum(k.size for k in kept)}


def entries(given: argparse.Namespace) -> int:
    """`adfun cache list`"""
    kept = sorted(upkeep.listed(store.shared()), key=lambda k: -k.used)
    now = time.time()
    text = "\n".join(f"{k.kind:8}{k.key[:16]} {k.size:10} bytes, {_age(now - k.used)}" for k in kept)
    show(given, [_plain(k) for k in kept], text or "the cache is empty")
    return 0


def verify(given: argparse.Namespace) -> int:
    """`adfun cache verify`"""
    used = store.shared()
    bad = upkeep.damaged(used)
    removed = upkeep.remove(used, bad) if given.remove else []
    text = "\n".join(f"damaged: {k.path}" for k in bad) or "all entries are sound"
    show(given, {"damaged": [_plain(k) for k in bad], "removed": len(removed)}, text)
    return 1 if len(removed) < len(bad) else 0


def clear(given: argparse.Namespace) -> int:
    """`adfun cache clear`"""
    return _removed(given, upkeep.clear(store.shared()))


def prune(given: argparse.Namespace) -> int:
    """`adfun cache prune`"""
    if given.size is None and given.age is None:
        raise ArgumentError("prune: how much may stay? Give --size, as in 500M, or --age, as in 30d")
    largest = None if given.size is None else int(_quantity("size", given.size.upper(), UNITS))
    oldest = None if given.age is None else _quantity("age", given.age.lower(), TIMES)
    return _removed(given, upkeep.prune(store.shared(), largest=largest, oldest=oldest))


def key(given: argparse.Namespace) -> int:
    """`adfun cache key`"""
    found = cache_key(given.target)
    show(given, {"key": found}, found)
    return 0


def _removed(given: argparse.Namespace, kept: Iterable[Kept]) -> int:
    gone = list(kept)
    size = sum(k.size for k in gone)
    show(given, {"removed": len(gone), "bytes": size}, f"removed {len(gone)} entries, {size} bytes")
    return 0


def _quantity(what: str, text: str, units: dict[str, int]) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]?)B?", text)
    if not found or found[2] not in units:
        raise ArgumentError(
            f"{what}: {text!r} is no quantity; instead: a number and one of {', '.join(units)}"
        )
    return float(found[1]) * units[found[2]]


def _plain(kept: Kept) -> dict[str, Any]:
    return {"kind": kept.kind, "key": kept.key, "bytes": kept.size, "used": kept.used, "path": str(kept.path)}


def _age(seconds: float) -> str:
    unit = next((u for u in "wdhm" if seconds >= TIMES[u]), "s")
    return f"{seconds / TIMES[unit]:.0f} {unit} ago"
