"""The child process that compiles: on its own, with limits, and never heard of by the user."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from adfun.native.toolchain import REMEDIES, Toolchain, ToolchainError, environment

SECONDS = 120.0
MEMORY = 8 << 30
OUTPUT = 64 * 1024
"""How much of the compiler's output is kept."""

_NOT_OUR_FAULT = (
    "internal compiler error",
    "Killed signal",
    "No space left on device",
    "out of memory",
    "virtual memory exhausted",
    "cannot execute",
    "error trying to exec",
    "cannot find -l",
    "unable to execute command",
    "Read-only file system",
    "Disk quota exceeded",
)


class Rejected(Exception):
    """The compiler refused the text; its words are the argument."""


@dataclass(frozen=True, slots=True)
class _Ended:
    code: int
    output: str
    late: bool


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
    toolchain: Toolchain, commands: list[list[str]], directory: Path, extra_environment: dict[str, str]
) -> None:
    """Run the compiler several times at once; all end well, or one is to blame."""
    with contextlib.ExitStack() as stack:
        deadline = time.monotonic() + SECONDS
        children = []
        for words in commands:
            child = _start([*toolchain.command, *words], directory, extra_environment)
            stack.callback(_end, child)
            children.append(child)
        for child in children:
            _judge(toolchain, _outcome(child, deadline))


def _judge(toolchain: Toolchain, ended: _Ended) -> None:
    if ended.late:
        raise _failed(toolchain, f"did not finish in {SECONDS:.0f} s")
    if ended.code < 0:
        raise _failed(toolchain, f"was killed by signal {-ended.code}")
    if ended.code != 0:
        reason = next((mark for mark in _NOT_OUR_FAULT if mark in ended.output), None)
        if reason is not None or not ended.output.strip():
            raise _failed(toolchain, f"failed: {reason or f'status {ended.code}'}")
        raise Rejected(ended.output)


def _failed(toolchain: Toolchain, how: str) -> ToolchainError:
    return ToolchainError(f"the C++ compiler {toolchain.command[0]} {how}\n{REMEDIES}")


def _start(command: list[str], directory: Path, extra_environment: dict[str, str]) -> subprocess.Popen[bytes]:
    try:
        child = subprocess.Popen(
            command,
            cwd=directory,
            env={**environment(str(directory)), **extra_environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C does not reach it, and killing the group reaches all of it
        )
    except OSError as error:
        raise ToolchainError(f"the C++ compiler {command[0]} cannot be run: {error}\n{REMEDIES}") from None
    _limit(child.pid)
    return child


def _outcome(child: subprocess.Popen[bytes], deadline: float) -> _Ended:
    output, late = _read(child, deadline)
    if not late:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=10)
    _end(child)
    return _Ended(child.returncode, output, late)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Nothing of it is left, however it went."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _limit(pid: int) -> None:
    """Bound the memory of the child and of the children it is about to start."""
    if hasattr(resource, "prlimit"):
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.prlimit(pid, resource.RLIMIT_AS)
            limit = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
            resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))


def _read(child: subprocess.Popen[bytes], deadline: float) -> tuple[str, bool]:
    """What the child prints, as much as is kept, and whether it took too long."""
    assert child.stdout is not None
    pipe, kept = child.stdout.fileno(), bytearray()
    poll = select.poll()
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return kept.decode("utf-8", "replace"), True
        if poll.poll(left * 1000):
            chunk = os.read(pipe, 65536)
            if not chunk:
                return kept.decode("utf-8", "replace"), False
            kept += chunk[: OUTPUT - len(kept)]
