"""Entries on disk that nothing can break: whatever is wrong with one, it is not there.

    <root>/<kind>/<first two digits>/<key>/manifest.json      {"format", "key", "files", "needs", "selftest"}
                                          /<file> ...
    <root>/work/...                                           entries in the making (`claims.py`)

An entry is a directory that is made in `work` and published by one rename.  The manifest holds the size and
sha256 of every file; a file is read once, and what is returned are the bytes that were hashed.  The user (or
root) must own everything, and nobody else may write it.  Who makes an entry has locked its key; others wait.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import os
import pwd
import secrets
import stat
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from adfun.native import claims
from adfun.records import dataclass

FORMAT = 2
MANIFEST = "manifest.json"
WORK = "work"
LARGEST_MANIFEST = 1 << 20
LARGEST_FILE = 1 << 30

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class _Defect(Exception):
    """An entry, or a part of one, cannot be used."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that is what its manifest says.

    files     their bytes, by name
    needs     what a processor must have to run its module
    selftest  what the module's self-test gave where it was made
    """

    files: Mapping[str, bytes]
    needs: frozenset[str]
    selftest: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write an entry, and the directory in which it is made."""

    key: str
    final: Path
    directory: Path

    def publish(
        self, files: Mapping[str, bytes], needs: frozenset[str] = frozenset(), selftest: Sequence[float] = ()
    ) -> bool:
        """Put these files in place of whatever is there; False when they cannot be written."""
        try:
            for name in os.listdir(self.directory):
                claims.remove(self.directory / name)
            for name, content in files.items():
                _write(self.directory / name, content)
            _write(self.directory / MANIFEST, _manifest_of(self.key, files, needs, selftest))
            _rename_over(self.directory, self.final)
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Store:
    """A root directory of entries.

    spills  whether what cannot be written there is kept as long as this process lives
    """

    root: Path
    spills: bool = False

    def path(self, kind: str, key: str) -> Path:
        """Where an entry is."""
        return self.root / kind / key[:2] / key

    def read(self, kind: str, key: str, names: tuple[str, ...] = ()) -> dict[str, bytes] | None:
        """The verified files of an entry (all of them, or those in `names`); None for any defect."""
        entry = self.entry(kind, key, names)
        return None if entry is None else dict(entry.files)

    def entry(self, kind: str, key: str, names: tuple[str, ...] = ()) -> Entry | None:
        """The same, with what else the manifest says."""
        found = _read(self.path(kind, key), key, names)
        if found is None and self.spills and private.cache_info().currsize:
            return private().entry(kind, key, names)
        return found

    @contextlib.contextmanager
    def claim(self, kind: str, key: str, deadline: float) -> Iterator[Claim | None]:
        """Be the only writer of an entry on this machine.

        While another one writes it, waits; None when that one has ended: look whether the entry is there now.
        After the deadline (of `time.monotonic`), or where there are no locks, does without.  Raises OSError
        when nothing can be written, here or, if it spills, elsewhere.
        """
        with contextlib.ExitStack() as stack:
            try:
                _make_root(self.root)
                made = stack.enter_context(claims.claimed(self.root / WORK, f"{kind}-{key}", deadline))
                final = self.path(kind, key)
            except OSError:
                if not self.spills:
                    raise
                other = private()
                made = stack.enter_context(claims.claimed(other.root / WORK, f"{kind}-{key}", deadline))
                final = other.path(kind, key)
            yield None if made is None else Claim(key, final, made)

    def publish(self, kind: str, key: str, files: Mapping[str, bytes]) -> Path | None:
        """Write an entry in place of whatever is there; where it is, or None when it cannot be written."""
        try:
            with self.claim(kind, key, time.monotonic()) as claim:
                return claim.final if claim is not None and claim.publish(files) else None
        except OSError:
            return None


# -- reading ----------------------------------------------------------------------------------


def _read(path: Path, key: str, names: tuple[str, ...]) -> Entry | None:
    try:
        directory = os.open(path, claims.DIRECTORY)
    except OSError:
        return None
    try:
        _check(os.fstat(directory), stat.S_ISDIR)
        manifest = _manifest(directory, key)
        listed = manifest["files"]
        files = {name: _verified(directory, name, *listed[name]) for name in names or tuple(listed)}
        selftest = tuple(float.fromhex(number) for number in manifest["selftest"])
        return Entry(files, frozenset(manifest["needs"]), selftest)
    except Exception:  # whatever a manifest may hold, and a disk may do
        return None
    finally:
        with contextlib.suppress(OSError):
            os.close(directory)


def _check(status: os.stat_result, is_kind: Callable[[int], bool]) -> None:
    """Refuse what another user (but root) could have put there, or could change."""
    if not is_kind(status.st_mode) or status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022:
        raise _Defect
    if stat.S_ISREG(status.st_mode) and status.st_nlink != 1:
        raise _Defect


def _read_whole(directory: int, name: str, limit: int) -> bytes:
    handle = os.open(name, _FILE, dir_fd=directory)
    try:
        status = os.fstat(handle)
        _check(status, stat.S_ISREG)
        if status.st_size > limit:
            raise _Defect
        with open(handle, "rb", buffering=0, closefd=False) as file:
            content = file.read(status.st_size + 1)
    finally:
        os.close(handle)
    if len(content) != status.st_size:
        raise _Defect
    return content


def _manifest(directory: int, key: str) -> Any:
    manifest: Any = json.loads(_read_whole(directory, MANIFEST, LARGEST_MANIFEST))
    if manifest["format"] != FORMAT or manifest["key"] != key:
        raise _Defect
    return manifest


def _verified(directory: int, name: str, size: int, digest: str) -> bytes:
    if os.sep in name:
        raise _Defect
    content = _read_whole(directory, name, min(size, LARGEST_FILE))
    if len(content) != size or hashlib.sha256(content).hexdigest() != digest:
        raise _Defect
    return content


# -- writing ----------------------------------------------------------------------------------


def _manifest_of(
    key: str, files: Mapping[str, bytes], needs: frozenset[str], selftest: Sequence[float]
) -> bytes:
    listed = {name: [len(content), hashlib.sha256(content).hexdigest()] for name, content in files.items()}
    manifest = {
        "format": FORMAT,
        "key": key,
        "files": listed,
        "needs": sorted(needs),
        "selftest": [number.hex() for number in selftest],
    }
    return json.dumps(manifest, indent=1).encode()


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(handle, "wb", buffering=0) as file:
        if file.write(content) != len(content):
            raise OSError(errno.ENOSPC, "short write")


def _rename_over(made: Path, final: Path) -> None:
    """Publish; what was there before, which was defective, is moved out of the way."""
    claims.make_private(final.parent.parent)
    claims.make_private(final.parent)
    for _ in range(3):
        try:
            os.rename(made, final)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
        old = made.with_name(f"{made.name}-{secrets.token_hex(8)}")
        with contextlib.suppress(FileNotFoundError):
            os.rename(final, old)
            claims.remove(old)
    raise OSError(errno.EEXIST, "the entry cannot be replaced")


# -- which store ------------------------------------------------------------------------------


def shared() -> Store:
    """The user's cache: ADFUN_CACHE, else adfun in XDG_CACHE_HOME or ~/.cache.

    Where that is not the user's own, a directory of this process; so is what cannot be written to it.
    """
    return _shared(*(os.environ.get(name, "") for name in ("ADFUN_CACHE", "XDG_CACHE_HOME", "HOME")))


@functools.cache
def _shared(chosen: str, xdg: str, home: str) -> Store:
    root = Path(chosen).absolute() if chosen else _default(xdg, home)
    if root is None:
        return private()
    try:
        _check(root.lstat(), stat.S_ISDIR)
    except FileNotFoundError:
        pass  # it is made when something is written
    except (OSError, _Defect):
        warnings.warn(
            f"adfun keeps nothing in {root}: it is no directory that is yours and that only you may write",
            RuntimeWarning,
            stacklevel=2,
        )
        return private()
    claims.sweep(root / WORK)  # as a rule there is nothing
    return Store(root, spills=True)


def _default(xdg: str, home: str) -> Path | None:
    if os.path.isabs(xdg):
        return Path(xdg) / "adfun"
    if not os.path.isabs(home):
        try:
            home = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:  # a user without an account
            return None
    return Path(home) / ".cache" / "adfun"


def _make_root(root: Path) -> None:
    if not root.exists():
        root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    claims.make_private(root)


@functools.cache
def private() -> Store:
    """A store that nobody else sees and that goes away with this process.  OSError when there is no room."""
    return Store(claims.temporary())


def _forked() -> None:
    """The parent's private store goes away with the parent."""
    private.cache_clear()
    _shared.cache_clear()


os.register_at_fork(after_in_child=_forked)
