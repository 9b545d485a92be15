"""What the compiler is told."""

from __future__ import annotations

from adfun.native.cpu import architecture
from adfun.native.toolchain import Kind

_COMMON = (
    "-std=c++17 -O2 -fPIC -shared -fno-math-errno -fno-trapping-math -fno-exceptions -fno-rtti"
    " -fno-asynchronous-unwind-tables -fvisibility=hidden -nostdlib -w"
).split()
_LINK = "-Wl,--hash-style=gnu -Wl,-z,now -Wl,--build-id=none -Wl,--as-needed".split()
_LIBRARIES = "-lm -lc".split()

_BY_KIND: dict[Kind, list[str]] = {
    "gcc": ["-pipe", "-ftree-vectorize", "-fopenmp-simd"],
    "clang": ["-pipe", "-fopenmp-simd"],
    "zig": ["-fopenmp-simd", "-fno-sanitize=all"],
}


def arguments(kind: Kind, target: str) -> list[str]:
    """Options for one module, without the places of input, output and headers."""
    mvec = kind == "gcc" and architecture() == "x86_64"  # libmvec: exp, log, sin ... of whole vectors
    return [
        *_COMMON,
        *_BY_KIND[kind],
        *_march(target),
        *(["-DADFUN_LIBMVEC"] if mvec else []),
        *_LINK,
        *(["-lmvec"] if mvec else []),
        *_LIBRARIES,
    ]


def _march(target: str) -> list[str]:
    if target == "generic":
        return []
    if target == "native" and architecture() in ("aarch64", "arm64"):
        return ["-mcpu=native"]
    return [f"-march={target}"]
