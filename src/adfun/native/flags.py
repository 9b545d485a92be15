"""What the compiler is told."""

from __future__ import annotations

import sys

from adfun.native.cpu import architecture
from adfun.native.toolchain import Kind

_COMMON = (
    "-std=c++17 -fPIC -fwrapv -fno-math-errno -fno-trapping-math -fno-exceptions -fno-rtti"
    " -fno-asynchronous-unwind-tables -fvisibility=hidden -w"
).split()
_LINK = "-shared -nostdlib -Wl,--hash-style=gnu -Wl,-z,now -Wl,--build-id=none -Wl,--as-needed -lm".split()
# On Linux libc is found when a module is loaded, being in every process: looking into it takes ld 10 ms.
_LIBC = [] if sys.platform == "linux" else ["-lc"]

# Loops come vectorised: with g++, -O1 and these make code as fast as -O2 does, in three quarters of the time.
# Without expensive-optimizations there is no vzeroupper, and what is scalar after a vector crawls.
_LIKE_O2 = (
    "-fexpensive-optimizations -fstrict-aliasing -fschedule-insns2 -fcaller-saves -fipa-ra -ftree-pre".split()
)
_BY_KIND: dict[Kind, list[str]] = {
    "gcc": ["-O1", *_LIKE_O2, "-pipe"],
    "clang": ["-O2", "-pipe"],
    "zig": ["-O2", "-fno-sanitize=all"],
}


def arguments(kind: Kind, target: str) -> list[str]:
    """Options for a module, without the places of input, output and headers."""
    return [*compiling(kind, target), *linking()]


def compiling(kind: Kind, target: str) -> list[str]:
    """Options from text to machine code."""
    return [*_COMMON, *_BY_KIND[kind], *_march(target)]


def linking() -> list[str]:
    """Options from machine code to module; they follow the inputs."""
    return [*_LINK, *_LIBC]


def _march(target: str) -> list[str]:
    if target == "generic":
        return []
    if target == "native" and architecture() in ("aarch64", "arm64"):
        return ["-mcpu=native"]
    return [f"-march={target}"]
