"""Which C++ compiler is used, and how it is told from another one."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Literal

from adfun.diagnostics.errors import AdfunError
from adfun.native import child
from adfun.native.child import Ended
from adfun.records import dataclass

Kind = Literal["gcc", "clang", "zig"]

REMEDIES = """instead, one of:
    install a C++ compiler, such as g++ or clang++ (apt install g++, dnf install gcc-c++, conda install gxx)
    pip install 'adfun[zig]'           a compiler as a Python package, needs no administrator
    set ADFUN_CXX to the command of a C++ compiler"""

SECONDS = 30.0
"""How long a compiler may take to say who it is."""
HEAD = 64 << 10
"""So much of a compiler is hashed: all of a script, and the build id of a binary."""


class ToolchainError(AdfunError):
    """There is no C++ compiler, or the one there is does not work."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A C++ compiler.

    command   how it is called
    kind      whose options it understands
    identity  its path, version and target: part of the key of what it compiles
    stamp     tells its file from another one of the same name: part of the key, too
    """

    command: tuple[str, ...]
    kind: Kind
    identity: str
    stamp: str


def find() -> Toolchain:
    """The compiler that ADFUN_CXX names, else g++, clang++ or zig, the first that is there.

    Raises ToolchainError, which names the remedies.
    """
    return _find(os.environ.get("ADFUN_CXX", ""), os.environ.get("PATH", ""))


@functools.cache
def _find(wanted: str, path: str) -> Toolchain:
    if wanted.strip():
        try:
            command = shlex.split(wanted)
        except ValueError as error:
            raise ToolchainError(f"ADFUN_CXX is {wanted!r}: {error}\n{REMEDIES}") from None
        found = shutil.which(command[0], path=path)
        if found is None:
            raise ToolchainError(f"ADFUN_CXX names {command[0]!r}, which is not there\n{REMEDIES}")
        return identify((found, *command[1:]))
    for name in ("g++", "clang++"):
        found = shutil.which(name, path=path)
        if found is not None:
            return identify((found,))
    zig = _zig()
    if zig is not None:
        return identify((zig, "c++"))
    raise ToolchainError(f"adfun needs a C++ compiler, and there is none on PATH\n{REMEDIES}")


def _zig() -> str | None:
    """The compiler of the package ziglang, without importing it."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / ("zig.exe" if sys.platform == "win32" else "zig")
    return str(binary) if binary.exists() else None


def identify(command: tuple[str, ...]) -> Toolchain:
    """Ask a compiler who it is.  Raises ToolchainError when it does not say."""
    said: list[Ended] = []
    try:
        stamp = _stamp(command)
        child.run([[*command, "-v"]], environment(), SECONDS, said.append)
    except (OSError, ValueError) as error:
        raise ToolchainError(f"the C++ compiler {command[0]} cannot be run: {error}\n{REMEDIES}") from None
    (ended,) = said
    if ended.late:
        raise ToolchainError(
            f"the C++ compiler {command[0]} did not say who it is in {SECONDS:g} s\n{REMEDIES}"
        )
    if ended.code != 0:
        raise ToolchainError(f"the C++ compiler {command[0]} does not work: {ended.output[:200]}\n{REMEDIES}")
    identity = f"{shlex.join(command)}\n{ended.output}"
    return Toolchain(command, _kind(command, ended.output), identity, stamp)


def _stamp(command: tuple[str, ...]) -> str:
    binary = Path(command[0]).resolve()
    with open(binary, "rb") as file:
        head = file.read(HEAD)
        size = os.fstat(file.fileno()).st_size
    return f"{binary} {size} {hashlib.sha256(head).hexdigest()}"


def is_still(tools: Toolchain) -> bool:
    """Whether a compiler is the one that was asked who it is; if not, it is asked again next time."""
    try:
        same = _stamp(tools.command) == tools.stamp
    except OSError:
        same = False
    if not same:
        _find.cache_clear()
    return same


def _kind(command: tuple[str, ...], version: str) -> Kind:
    if command[-1] == "c++" and "zig" in Path(command[0]).name:
        return "zig"
    return "clang" if "clang version" in version else "gcc"


KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SDKROOT", "DEVELOPER_DIR", "SYSTEMROOT")
"""What a compiler needs to find its own parts; all else (CPATH, LIBRARY_PATH ...) could change the code."""


def environment(temporary: str = "") -> dict[str, str]:
    """The environment of a compiler: the same whatever the user's is."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    if temporary:
        kept["TMPDIR"] = temporary
    return {**kept, "LC_ALL": "C"}
