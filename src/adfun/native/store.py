"""Entries on disk that nothing can break: whatever is wrong with one, it is not there.

    <root>/<kind>/<first two digits>/<key>/manifest.json      {"format", "key", "files", "needs"}
                                          /<file> ...

An entry is a directory made under another name and published by one rename.  The manifest holds the size and
sha256 of every file; a file is read once, and what is returned are the bytes that were hashed.  The user must
own everything, and nobody else may write it.  Writers of one key wait for each other by `flock` on the
directory of the first two digits: there are no lock files, and the kernel drops a dead process's lock.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import functools
import hashlib
import json
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adfun.native import cpu

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1 << 20
LARGEST_FILE = 1 << 30
LOCK_SECONDS = 180.0
"""How long a writer waits for another one: longer than a compiler may take."""

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class _Defect(Exception):
    """An entry, or a part of one, cannot be used."""


@dataclass(frozen=True, slots=True)
class Store:
    """A root directory of entries; where it may only be read, new ones go to `spill`."""

    root: Path
    spill: Path | None = None

    @property
    def writable(self) -> Path:
        """The root of what is written."""
        return self.spill or self.root

    def path(self, kind: str, key: str) -> Path:
        """Where an entry is written."""
        return _path(self.writable, kind, key)

    def read(self, kind: str, key: str, names: tuple[str, ...] = ()) -> dict[str, bytes] | None:
        """The verified files of an entry (all of them, or those in `names`); None for any defect."""
        found = _read(_path(self.root, kind, key), key, names)
        return found if found is not None or self.spill is None else _read(self.path(kind, key), key, names)

    def publish(
        self, kind: str, key: str, files: Mapping[str, bytes], needs: frozenset[str] = frozenset()
    ) -> bool:
        """Write an entry in place of whatever is there; False when it cannot be written."""
        final = self.path(kind, key)
        try:
            with self.scratch() as made:
                for name, content in files.items():
                    _write(made / name, content)
                _write(made / MANIFEST, _manifest_of(key, files, needs))
                _rename_over(made, final, self.writable)
        except OSError:
            return False
        return True

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A new private directory in the same file system, removed afterwards."""
        path = self.writable / f"tmp-{secrets.token_hex(8)}"
        path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def lock(self, kind: str, key: str) -> Iterator[None]:
        """Be the only writer of a key.  Where locks do not work, or after a long wait, goes on without."""
        try:
            shelf = self.path(kind, key).parent
            _make_private(shelf.parent)
            _make_private(shelf)
            handle = os.open(shelf, _DIRECTORY)
        except OSError:
            yield
            return
        try:
            _wait_for(handle)
            yield
        finally:
            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_UN)
            os.close(handle)


# -- reading ----------------------------------------------------------------------------------


def _path(root: Path, kind: str, key: str) -> Path:
    return root / kind / key[:2] / key


def _read(path: Path, key: str, names: tuple[str, ...]) -> dict[str, bytes] | None:
    try:
        directory = os.open(path, _DIRECTORY)
    except OSError:
        return None
    try:
        _check(os.fstat(directory), stat.S_ISDIR)
        sizes = _manifest(directory, key)
        return {name: _verified(directory, name, *sizes[name]) for name in names or tuple(sizes)}
    except (OSError, _Defect, KeyError):
        return None
    finally:
        os.close(directory)


def _check(status: os.stat_result, is_kind: Callable[[int], bool]) -> None:
    """Refuse what another user (but root) could have put there, or could change."""
    if not is_kind(status.st_mode) or status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022:
        raise _Defect
    if stat.S_ISREG(status.st_mode) and status.st_nlink != 1:
        raise _Defect


def _read_whole(directory: int, name: str, limit: int) -> bytes:
    handle = os.open(name, _FILE, dir_fd=directory)
    with open(handle, "rb", buffering=0) as file:
        status = os.fstat(handle)
        _check(status, stat.S_ISREG)
        if status.st_size > limit:
            raise _Defect
        content = file.read(status.st_size + 1)
        if len(content) != status.st_size:
            raise _Defect
        return content


def _manifest(directory: int, key: str) -> dict[str, tuple[int, str]]:
    """Size and hash of every file, from a manifest that is for this key and this machine."""
    try:
        manifest: Any = json.loads(_read_whole(directory, MANIFEST, LARGEST_MANIFEST))
        if manifest["format"] != FORMAT or manifest["key"] != key:
            raise _Defect
        if not cpu.runs_here(frozenset(manifest["needs"])):
            raise _Defect
        return {str(name): (int(size), str(digest)) for name, (size, digest) in manifest["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _Defect from None


def _verified(directory: int, name: str, size: int, digest: str) -> bytes:
    if os.sep in name:
        raise _Defect
    content = _read_whole(directory, name, LARGEST_FILE)
    if len(content) != size or hashlib.sha256(content).hexdigest() != digest:
        raise _Defect
    return content


# -- writing ----------------------------------------------------------------------------------


def _manifest_of(key: str, files: Mapping[str, bytes], needs: frozenset[str]) -> bytes:
    listed = {name: [len(content), hashlib.sha256(content).hexdigest()] for name, content in files.items()}
    manifest = {"format": FORMAT, "key": key, "files": listed, "needs": sorted(needs)}
    return json.dumps(manifest, indent=1).encode()


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(handle, "wb", buffering=0) as file:
        if file.write(content) != len(content):
            raise OSError(errno.ENOSPC, "short write")


def _rename_over(made: Path, final: Path, root: Path) -> None:
    """Publish; what was there before, which was defective, is moved out of the way."""
    _make_private(final.parent.parent)
    _make_private(final.parent)
    for _ in range(3):
        try:
            os.rename(made, final)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
        old = root / f"tmp-{secrets.token_hex(8)}"
        with contextlib.suppress(FileNotFoundError):
            os.rename(final, old)
            _remove(old)
    raise OSError(errno.EEXIST, "the entry cannot be replaced")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _make_private(path: Path) -> None:
    """A directory of our own; an OSError when somebody else's is there."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise OSError(errno.EPERM, f"{path} belongs to, or may be written by, somebody else")


def _wait_for(handle: int) -> None:
    deadline, pause = time.monotonic() + LOCK_SECONDS, 0.001
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                return
        except OSError:
            return
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


# -- which store ------------------------------------------------------------------------------


def shared() -> Store:
    """The user's cache: ADFUN_CACHE, else adfun in XDG_CACHE_HOME or ~/.cache.

    Where that cannot be written, or is not the user's own, a private directory of this process.
    """
    return _shared(os.environ.get("ADFUN_CACHE", ""), os.environ.get("XDG_CACHE_HOME", ""))


@functools.cache
def _shared(chosen: str, xdg: str) -> Store:
    try:
        home = Path(xdg) if os.path.isabs(xdg) else Path.home() / ".cache"
        root = Path(chosen).absolute() if chosen else home / "adfun"
    except RuntimeError:  # no home
        return private()
    try:
        root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_private(root)
        probe = root / f"tmp-{secrets.token_hex(8)}"
        probe.mkdir(mode=0o700)
        probe.rmdir()
    except OSError:
        return Store(root, private().root) if _is_trusted(root) else private()
    return Store(root)


def _is_trusted(root: Path) -> bool:
    try:
        _check(root.lstat(), stat.S_ISDIR)
    except (OSError, _Defect):
        return False
    return True


@functools.cache
def private() -> Store:
    """A store that nobody else sees and that goes away with this process."""
    path, owner = tempfile.mkdtemp(prefix="adfun-"), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # not in a forked child
            shutil.rmtree(path, ignore_errors=True)

    atexit.register(remove)
    return Store(Path(path))
