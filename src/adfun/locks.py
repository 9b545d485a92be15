"""A lock that a forked child can use, whoever held it in its parent."""

from __future__ import annotations

import os
import threading
import weakref


class Lock:
    """A mutual exclusion of threads, for `with`.

    Threads do not survive a fork, and what they held would stay locked in the child: there it is open, unless
    it is the forking thread that holds it.
    """

    __slots__ = ("__weakref__", "_inner", "_owner")

    def __init__(self) -> None:
        self._inner = threading.Lock()
        self._owner = 0
        _all.add(self)

    def __enter__(self) -> None:
        self._inner.acquire()
        self._owner = threading.get_ident()

    def __exit__(self, *_: object) -> None:
        self._owner = 0
        self._inner.release()

    def renew(self) -> None:
        """Open it, in a forked child."""
        if self._owner != threading.get_ident():
            self._inner, self._owner = threading.Lock(), 0


_all: weakref.WeakSet[Lock] = weakref.WeakSet()


def _forked() -> None:
    for lock in list(_all):
        lock.renew()


os.register_at_fork(after_in_child=_forked)
