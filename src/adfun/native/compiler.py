"""The compiler as a child process: with limits, and never heard of by the user."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from adfun.native import child
from adfun.native.child import Ended
from adfun.native.toolchain import REMEDIES, Toolchain, ToolchainError, environment
from adfun.records import dataclass

SECONDS = 120.0
"""How long the compiler may take, unless ADFUN_COMPILE_TIMEOUT says otherwise."""

_NO_ROOM = ("No space left on device", "Disk quota exceeded", "Read-only file system", "File too large")
_NOT_OUR_FAULT = (
    "internal compiler error",
    "Killed signal",
    "out of memory",
    "virtual memory exhausted",
    "cannot execute",
    "error trying to exec",
    "cannot find -l",
    "unable to execute command",
)
_POINTS_AT_THE_TEXT = re.compile(r"^.*:\d+:\d+: (fatal )?error: |undefined reference|undefined symbol", re.M)
"""What a compiler says only when it has understood what it was asked for, and refuses the text."""


class Rejected(Exception):
    """The compiler refused the text; its words are the argument."""


class NoRoom(ToolchainError):
    """There is no room for what the compiler writes: it may work in another place."""


def seconds() -> float:
    """How long the compiler may take.  Raises ToolchainError when ADFUN_COMPILE_TIMEOUT is no number."""
    chosen = os.environ.get("ADFUN_COMPILE_TIMEOUT", "").strip()
    try:
        limit = float(chosen) if chosen else SECONDS
    except ValueError:
        limit = 0.0
    if not 0.0 < limit <= 1e6:
        raise ToolchainError(
            f"ADFUN_COMPILE_TIMEOUT is {chosen!r}\n"
            "instead: the seconds that the compiler may take, such as 120"
        )
    return limit


@dataclass(frozen=True, slots=True)
class Job:
    """What is compiled, and how.

    parts      into how many pieces `module.cpp` divides itself, by ADFUN_ONLY
    compiling  options from text to machine code
    linking    options from machine code to module
    """

    parts: int
    compiling: list[str]
    linking: list[str]


def compile_module(
    toolchain: Toolchain, job: Job, directory: Path, extra_environment: dict[str, str]
) -> bytes:
    """Compile `module.cpp` in `directory`; returns the bytes of the shared object.

    Raises Rejected when the text is not accepted, ToolchainError when the compiler fails.
    """
    text, result = ["-x", "c++", "module.cpp"], ["-o", "module.so"]
    if job.parts < 2:
        commands = [[*text, *result, *job.compiling, *job.linking]]
    else:
        objects = [f"part{k}.o" for k in range(1, job.parts + 1)]
        _run_all(
            toolchain,
            [[*text, f"-DADFUN_ONLY={k}", "-c", "-o", o, *job.compiling] for k, o in enumerate(objects, 1)],
            directory,
            extra_environment,
        )
        if not all((directory / o).exists() for o in objects):
            raise _failed(toolchain, "wrote no machine code")
        commands = [[*objects, *result, *job.linking]]
    _run_all(toolchain, commands, directory, extra_environment)
    try:
        return (directory / "module.so").read_bytes()
    except OSError:
        raise _failed(toolchain, "wrote no module") from None


def _run_all(
    toolchain: Toolchain,
    commands: Sequence[Sequence[str]],
    directory: Path,
    extra_environment: dict[str, str],
) -> None:
    """Run the compiler several times at once; all end well, or one is to blame."""
    limit = seconds()
    try:
        child.run(
            [[*toolchain.command, *words] for words in commands],
            {**environment(str(directory)), **extra_environment},
            limit,
            lambda ended: _judge(toolchain, ended, limit),
            directory,
        )
    except (OSError, ValueError) as error:
        raise ToolchainError(
            f"the C++ compiler {toolchain.command[0]} cannot be run: {error}\n{REMEDIES}"
        ) from None


def _judge(toolchain: Toolchain, ended: Ended, limit: float) -> None:
    if ended.late:
        raise ToolchainError(
            f"the C++ compiler {toolchain.command[0]} did not finish in {limit:g} s\n{REMEDIES}\n"
            "    set ADFUN_COMPILE_TIMEOUT to more seconds"
        )
    room = next((mark for mark in _NO_ROOM if ended.code != 0 and mark in ended.output), None)
    if room is not None:
        raise NoRoom(
            f"the C++ compiler {toolchain.command[0]} failed: {room}\n"
            "instead: set ADFUN_CACHE or TMPDIR to a directory with room"
        )
    if ended.code < 0:
        raise _failed(toolchain, f"was killed by signal {-ended.code}")
    if ended.code != 0:
        reason = next((mark for mark in _NOT_OUR_FAULT if mark in ended.output), None)
        if reason is None and _POINTS_AT_THE_TEXT.search(ended.output):
            raise Rejected(ended.output)
        raise _failed(toolchain, f"failed: {reason or f'status {ended.code}'}")


def _failed(toolchain: Toolchain, how: str) -> ToolchainError:
    return ToolchainError(f"the C++ compiler {toolchain.command[0]} {how}\n{REMEDIES}")
