"""From C++ text to a loaded module: found in memory, in the cache, or compiled."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import adfun._core as _core
from adfun.diagnostics.errors import NotCompiledError
from adfun.diagnostics.internal import InternalError
from adfun.native import compiler, cpu, flags, loading, store, toolchain
from adfun.native.store import Claim, Store
from adfun.records import dataclass

SOURCE, OBJECT, RECORD = "module.cpp", "module.so", "record.json"

PATIENCE = 1.5
"""How long another process's compiler is waited for: so many times what a compiler may take."""

PART = "\n#if ADFUN_PART("
"""Begins what a part of a text has to itself; the parts are numbered from 1."""


@dataclass(frozen=True, slots=True)
class Module:
    """A loaded module.

    key      sha256 of all that the binary depends on
    hit      whether it was found rather than compiled
    seconds  how long the compiler took; 0 for a hit
    """

    key: str
    library: _core.Library
    hit: bool
    seconds: float


def build(text: str, *, target: str = "native", cache: bool = True) -> Module:
    """The module of a C++ text; compiled unless it is found.

    Raises ToolchainError when there is no working compiler, NotCompiledError where ADFUN_OFFLINE forbids to
    look for one, InternalError when the text is not C++.
    """
    try:
        tools = toolchain.find()
    except toolchain.ToolchainError:
        if offline():
            raise _not_compiled() from None
        raise
    key = module_key(text, tools, target)
    deadline = time.monotonic() + PATIENCE * compiler.seconds()
    entries = _store(cache)
    while True:
        found = find(key, cache=cache)
        if found is not None:
            return found
        if offline():
            raise _not_compiled()
        with _claim(entries, key, deadline) as claim:
            if claim is not None:
                return find(key, cache=cache) or _made(claim, text, key, tools, target)


def _made(claim: Claim, text: str, key: str, tools: toolchain.Toolchain, target: str) -> Module:
    """Compile, see that it works, and keep it."""
    start = time.perf_counter()
    image = _compile(claim.directory, text, key, tools, target)
    seconds = time.perf_counter() - start
    try:
        library = loading.load(key, image, str(claim.final.parents[2]))
    except RuntimeError as error:
        raise toolchain.ToolchainError(
            f"what the C++ compiler {tools.command[0]} wrote does not work: {error}\n{toolchain.REMEDIES}"
        ) from None
    if toolchain.is_still(tools):  # if not, this is not what the key says
        selftest = () if cpu.lacks(target) else library.selftest()
        claim.publish({SOURCE: text.encode(), OBJECT: image}, cpu.required(target), selftest)
    return Module(key, library, False, seconds)


def offline() -> bool:
    """Whether ADFUN_OFFLINE says that nothing may be compiled."""
    return os.environ.get("ADFUN_OFFLINE", "").strip().lower() not in ("", "0", "no", "false", "off")


def _not_compiled() -> NotCompiledError:
    return NotCompiledError("ADFUN_OFFLINE is set, and this module is not in the cache")


def find(key: str, *, cache: bool = True) -> Module | None:
    """The module with this key, if it is loaded already or in the cache."""
    library = loading.loaded(key)
    if library is None:
        entry = _store(cache).entry("module", key, (OBJECT,))
        if entry is None or not cpu.runs_here(entry.needs):
            return None
        try:
            library = loading.load(key, entry.files[OBJECT], str(_store(cache).root))
        except RuntimeError:
            return None
        if not _agree(library.selftest(), entry.selftest):
            return None
    return Module(key, library, True, 0.0)


def binary(key: str, *, cache: bool = True) -> bytes | None:
    """The shared object of a module in the cache."""
    files = _store(cache).read("module", key, (OBJECT,))
    return None if files is None else files[OBJECT]


def _agree(now: Sequence[float], then: Sequence[float]) -> bool:
    """Whether processor and libm give a module the numbers that it had where it was compiled."""
    return len(now) == len(then) and all(abs(a - b) <= 1e-13 * abs(b) for a, b in zip(now, then, strict=True))


def source(key: str, *, cache: bool = True) -> str | None:
    """The C++ text of a module in the cache."""
    files = _store(cache).read("module", key, (SOURCE,))
    return None if files is None else files[SOURCE].decode()


def recall(key: str, *, cache: bool = True) -> bytes | None:
    """What was remembered under a key."""
    files = _store(cache).read("record", key, (RECORD,))
    return None if files is None else files[RECORD]


def remember(key: str, content: bytes, *, cache: bool = True) -> None:
    """Keep bytes under a key: what leads from a source and a signature to its module, say."""
    _store(cache).publish("record", key, {RECORD: content})


def fingerprint(target: str = "native") -> str:
    """All that decides what a C++ text is compiled to: part of the key of every module."""
    return _fingerprint(toolchain.find(), target)


@functools.cache
def _fingerprint(tools: toolchain.Toolchain, target: str) -> str:
    return hashlib.sha256(json.dumps(ingredients(tools, target)).encode()).hexdigest()


def ingredients(tools: toolchain.Toolchain, target: str) -> dict[str, Any]:
    """What a module's key is made of besides its text."""
    return {
        "format": store.FORMAT,
        "headers": headers_digest(),
        "arguments": flags.arguments(tools.kind, target),
        "compiler": [tools.identity, tools.stamp],
        "cpu": sorted(cpu.required(target)),
        "architecture": cpu.architecture(),
        "libc": cpu.libc(),
    }


def module_key(text: str, tools: toolchain.Toolchain, target: str) -> str:
    """sha256 of all that the binary of a text depends on."""
    return hashlib.sha256(f"{_fingerprint(tools, target)}\n{text}".encode()).hexdigest()


# -- headers ----------------------------------------------------------------------------------


@functools.cache
def include_directory() -> Path:
    """Where `adfun/abi.h` is: inside the installed package, or in the source tree."""
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / "include", package.parents[1] / "cpp" / "include"):
        if (candidate / "adfun" / "abi.h").is_file():
            return candidate
    raise InternalError("the C++ headers of adfun are not installed")


@functools.cache
def headers_digest() -> str:
    """sha256 of the names and contents of all headers."""
    digest = hashlib.sha256()
    for path in sorted((include_directory() / "adfun").rglob("*.h")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(include_directory())} {len(content)}\n".encode() + content)
    return digest.hexdigest()


# -- compiling and loading --------------------------------------------------------------------


def _store(cache: bool) -> Store:
    try:
        return store.shared() if cache else store.private()
    except OSError as error:
        raise _no_room(error) from None


@contextlib.contextmanager
def _claim(entries: Store, key: str, deadline: float) -> Iterator[Claim | None]:
    with contextlib.ExitStack() as stack:
        try:
            yield stack.enter_context(entries.claim("module", key, deadline))
        except OSError as error:
            raise _no_room(error) from None


def _no_room(error: OSError) -> toolchain.ToolchainError:
    return toolchain.ToolchainError(
        f"there is no room for the compiler's files: {error}\n"
        "instead: set ADFUN_CACHE or TMPDIR to a directory with room"
    )


def _compile(directory: Path, text: str, key: str, tools: toolchain.Toolchain, target: str) -> bytes:
    """Compile in a directory, or in a temporary one if that is full."""
    try:
        return _compile_in(directory, text, key, tools, target)
    except (OSError, compiler.NoRoom):
        with _claim(_store(cache=False), key, 0.0) as claim:
            if claim is None:
                raise
            return _compile_in(claim.directory, text, key, tools, target)


def _compile_in(directory: Path, text: str, key: str, tools: toolchain.Toolchain, target: str) -> bytes:
    extra = {}
    if tools.kind == "zig":
        place = str(store.shared().root / "zig")
        extra = {"ZIG_GLOBAL_CACHE_DIR": place, "ZIG_LOCAL_CACHE_DIR": place}
    (directory / SOURCE).write_text(text, encoding="utf-8")
    try:
        return compiler.compile_module(tools, _job(text, tools.kind, target), directory, extra)
    except compiler.Rejected as error:
        saved = store.shared().publish(
            "refused", key, {SOURCE: text.encode(), "compiler.txt": str(error).encode()}
        )
        raise InternalError(f"the C++ compiler refuses what adfun wrote; both are in {saved}") from None


def _job(text: str, kind: toolchain.Kind, target: str) -> compiler.Job:
    compiling = [*flags.compiling(kind, target), "-I", str(include_directory())]
    return compiler.Job(text.count(PART), compiling, flags.linking())
