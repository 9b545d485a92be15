"""The instruction sets of this machine, by the names that the kernel gives them."""

from __future__ import annotations

import functools
import os
import platform
import sys
from pathlib import Path

_V2 = frozenset({"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"})
_V3 = _V2 | {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"}
_V4 = _V3 | {"avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"}

_LEVELS = {"generic": frozenset[str](), "x86-64-v2": _V2, "x86-64-v3": _V3, "x86-64-v4": _V4}
TARGETS = ("native", *_LEVELS)

_PREFIXES = ("amx", "avx", "bmi", "fma", "sha", "sse", "vaes", "vpclmul")
_OTHERS = frozenset(
    """abm adx aes asimd asimddp asimdhp atomics cldemote clflushopt clwb cx16 enqcmd f16c fp fphp fsgsbase
    gfni invpcid lahf_lm lzcnt mmx movbe movdir64b movdiri pclmulqdq pku pni popcnt prefetchw ptwrite rdpid
    rdrand rdseed rtm serialize ssse3 sve sve2 tbm tsxldtrk waitpkg wbnoinvd xop xsave xsavec xsaveopt
    xsaves""".split()
)
"""What a compiler may emit for `-march=native`; the kernel's list has much else (power management ...)."""


@functools.cache
def features() -> frozenset[str]:
    """The instruction sets that a compiler may use on this machine; empty where they cannot be told."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(f for f in value.split() if f in _OTHERS or f.startswith(_PREFIXES))
    return frozenset()


def required(target: str) -> frozenset[str]:
    """What a machine must have to run code compiled for a target."""
    return features() if target == "native" else _LEVELS[target]


def runs_here(needed: frozenset[str]) -> bool:
    """Whether this machine has all that is needed."""
    return needed <= features()


def lacks(target: str) -> frozenset[str]:
    """What this machine has not of what a target needs; empty where that cannot be told."""
    return required(target) - features() if features() else frozenset()


def architecture() -> str:
    """The name of the instruction set architecture, such as x86_64."""
    return platform.machine()


def libc() -> str:
    """The C library of this machine and its version."""
    name = "CS_GNU_LIBC_VERSION"
    return (os.confstr(name) if name in os.confstr_names else None) or sys.platform
