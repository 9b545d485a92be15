"""Bytes of a shared object to a library in memory: once for all who want the same one."""

from __future__ import annotations

import os
import weakref

import adfun._core as _core
from adfun.locks import Lock
from adfun.native import claims

_loaded: weakref.WeakValueDictionary[str, _core.Library] = weakref.WeakValueDictionary()
_loading = Lock()


def loaded(key: str) -> _core.Library | None:
    """The library with this key, if it is in memory."""
    return _loaded.get(key)


def load(key: str, image: bytes, directory: str = "") -> _core.Library:
    """Load the very bytes that were verified; RuntimeError when the system's loader refuses them.

    directory  where a copy may be put if there are no files in memory; else a temporary directory
    """
    with _loading:
        library = _loaded.get(key)
        if library is None:
            places = [os.environ.get("XDG_RUNTIME_DIR", ""), *map(str, claims.places()), directory]
            library = _core.load(image, [os.fsencode(place) for place in places if place])
            _loaded[key] = library
        return library
