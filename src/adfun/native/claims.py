"""Private directories, each locked by its holder; nothing of a holder that died stays.

An entry of the cache is made in such a directory: publishing renames it, giving up removes it.  So the lock
is no file that could be left over: the kernel drops the `flock` of a process that dies, and the next one that
starts or writes removes its directory.  Locks of directories are seen on the same kernel only, also where the
disk is shared: names begin with the kernel's, and the directories of other kernels are let alone.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import functools
import os
import platform
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from adfun.native import child
from adfun.records import dataclass

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, eq=False)
class _Hold:
    """A directory of this process, and the descriptor that locks it, where the file system has locks."""

    path: Path
    lock: int | None


_holds: set[_Hold] = set()


@contextlib.contextmanager
def claimed(place: Path, name: str, deadline: float) -> Iterator[Path | None]:
    """An empty directory in `place` that nobody else has under this name; removed afterwards, if still there.

    While somebody else has it, waits; None when that one has ended.  After the deadline of `time.monotonic`,
    or where there are no locks, does without: the directory has a name of its own.  Raises OSError when there
    can be none.
    """
    make_private(place)
    sweep(place)
    path, hold = place / f"{kernel()}-{name}", None
    try:
        try:
            hold = _take(path, deadline)
        except OSError:
            hold = _make(path.with_name(f"{path.name}-{secrets.token_hex(8)}"))
        if hold is not None:
            _empty(hold.path)
        yield None if hold is None else hold.path
    finally:
        if hold is not None:
            _let_go(hold)


def temporary() -> Path:
    """A directory in a place for temporary ones, removed when the process ends; or OSError."""
    failure = OSError(errno.ENOENT, "there is no directory for temporary files")
    for place in places():
        path = place / f"adfun-{kernel()}-{secrets.token_hex(8)}"
        try:
            sweep(place, f"adfun-{kernel()}-")
            return _make(path).path
        except OSError as error:
            failure = error
    raise failure


def places() -> list[Path]:
    """Where temporary files may be; `tempfile` would write one to find out, which could be left over."""
    chosen = (os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP"))
    return [Path(place) for place in (*chosen, "/tmp", "/var/tmp") if os.path.isabs(place)]


def sweep(place: Path, prefix: str = "") -> None:
    """Remove the directories of holders on this kernel that died."""
    ours = {hold.path for hold in list(_holds)}
    for name in _names(place):
        if name.startswith(prefix or f"{kernel()}-") and place / name not in ours:
            with contextlib.suppress(OSError):
                handle = _locked(place / name, 0.0)
                if handle is not None:
                    remove(place / name)
                    os.close(handle)


def _names(place: Path) -> list[str]:
    try:
        return os.listdir(place)
    except OSError:
        return []


@functools.cache
def kernel() -> str:
    """Eight letters for the running kernel: who shares it sees the same locks."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")[:8]
    except (OSError, ValueError):
        return platform.node()[:8].ljust(8, "-")


def make_private(path: Path) -> None:
    """A directory of our own; an OSError when somebody else's is there."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    _check(path.lstat(), path)


def remove(path: Path) -> None:
    """Whatever is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _check(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise OSError(errno.EPERM, f"{path} belongs to, or may be written by, somebody else")


# -- taking and letting go --------------------------------------------------------------------


def _make(path: Path) -> _Hold:
    """A directory under a name that nobody else uses; locked if there are locks, so that it is not swept."""
    for _ in range(100):
        path.mkdir(mode=0o700)
        try:
            lock = _locked(path, 0.0)
        except OSError:
            return _hold(path, None)
        if lock is not None:
            return _hold(path, lock)
    raise OSError(errno.EBUSY, f"{path} is removed again and again")


def _take(path: Path, deadline: float) -> _Hold | None:
    """Make a directory, lock it and hold it; None when another holder has just ended."""
    made = False
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        made = True
    try:
        handle = _locked(path, deadline)
    except OSError:
        if made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise
    return None if handle is None else _hold(path, handle)


def _hold(path: Path, lock: int | None) -> _Hold:
    hold = _Hold(path, lock)
    _holds.add(hold)
    return hold


def _locked(path: Path, deadline: float) -> int | None:
    """A descriptor that locks a directory; None when its holder removed or renamed it.

    Raises BlockingIOError when it is in use until the deadline, OSError when it is not ours or cannot be
    locked.
    """
    try:
        handle = os.open(path, DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        _check(os.fstat(handle), path)
        _lock(handle, deadline)
        if _is_at(path, handle):
            return handle
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _lock(handle: int, deadline: float) -> None:
    pause = 0.001
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def _is_at(path: Path, handle: int) -> bool:
    """Whether the directory of a descriptor has (still) this name."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _empty(path: Path) -> None:
    """Remove what a holder that died has left."""
    for name in os.listdir(path):
        remove(path / name)


def _let_go(hold: _Hold) -> None:
    """Remove a directory, unless it has been published, and drop its lock."""
    if hold not in _holds:  # but in a forked child: it is the parent's
        return
    with contextlib.suppress(OSError):
        if hold.lock is None or _is_at(hold.path, hold.lock):
            remove(hold.path)
    _holds.discard(hold)
    if hold.lock is not None:
        os.close(hold.lock)


# -- the ends of processes --------------------------------------------------------------------


def _leave() -> None:
    """Remove what daemon threads work in, once their compilers are gone."""
    child.abandon()
    for hold in list(_holds):
        _let_go(hold)


def _forked() -> None:
    """A child holds nothing: it must neither keep its parent's locks nor remove its directories."""
    for hold in _holds:
        if hold.lock is not None:
            os.close(hold.lock)
    _holds.clear()


atexit.register(_leave)
os.register_at_fork(after_in_child=_forked)
