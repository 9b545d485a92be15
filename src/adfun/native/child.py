"""Child processes on their own: a group and limits for each, and nothing left of one however it ends."""

from __future__ import annotations

import atexit
import contextlib
import os
import resource
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from adfun.records import dataclass

MEMORY = 8 << 30
OUTPUT = 64 * 1024
"""How much of what a child prints is kept."""
TICK = 0.02
"""How often is looked whether a child has ended, where the kernel cannot tell."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended.

    code    its status; negative: the signal that killed it
    output  the beginning of what it printed
    late    whether it was ended because its time was over
    """

    code: int
    output: str
    late: bool


def run(
    commands: Sequence[Sequence[str]],
    environment: Mapping[str, str],
    seconds: float,
    judge: Callable[[Ended], None],
    directory: Path | None = None,
) -> None:
    """Run several commands at once; `judge` hears how each ended, and what it raises ends the others.

    Raises OSError or ValueError when one cannot be started.
    """
    with contextlib.ExitStack() as stack:
        deadline = time.monotonic() + seconds
        children = []
        for command in commands:
            child = _start(command, directory, environment)
            stack.callback(_end, child)
            _limit(child.pid, seconds)
            children.append(child)
        for child in children:
            judge(_outcome(child, deadline))


def _start(
    command: Sequence[str], directory: Path | None, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    with _starting:
        child = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C does not reach it, and killing the group reaches all of it
        )
    _running[child.pid] = child
    return child


def _limit(pid: int, seconds: float) -> None:
    """Bound memory and processor time of the child and of the children it is about to start."""
    limits = ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, int(seconds) + 1))
    for what, limit in limits if hasattr(resource, "prlimit") else ():
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.prlimit(pid, what)
            limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
            resource.prlimit(pid, what, (limit, limit))


def _outcome(child: subprocess.Popen[bytes], deadline: float) -> Ended:
    output, late = _read(child, deadline)
    _kill(child)  # what it started and left behind
    child.wait()
    if child.pid in _abandoned:
        threading.Event().wait()  # in a daemon thread, which the end of the interpreter is about to end
    return Ended(child.returncode, output.decode("utf-8", "replace"), late)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Nothing of it is left, however it went."""
    if child.returncode is None:
        _kill(child)
        child.wait()
    _running.pop(child.pid, None)
    if child.stdout is not None:
        child.stdout.close()


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End its whole group; it must not have been waited for, so that the number is still its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _read(child: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bool]:
    """What the child prints until it ends, as much as is kept, and whether it took too long.

    The end of its output is not waited for: something that it started may hold the pipe open.
    """
    assert child.stdout is not None
    pipe, kept = child.stdout.fileno(), bytearray()
    os.set_blocking(pipe, False)
    with _End(child.pid) as end:
        poll = select.poll()
        poll.register(pipe, select.POLLIN | select.POLLHUP)
        end.register(poll)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return bytes(kept), True
            poll.poll(1000 * (min(left, TICK) if end.handle is None else left))
            over = end.reached()
            if not _drain(pipe, kept, everything=over):
                poll.unregister(pipe)
                pipe = -1
            if over:
                return bytes(kept), False


def _drain(pipe: int, kept: bytearray, *, everything: bool) -> bool:
    """Take what is in a pipe; False at its end."""
    while pipe >= 0:
        try:
            chunk = os.read(pipe, 65536)
        except BlockingIOError:
            return True
        if not chunk:
            return False
        kept += chunk[: OUTPUT - len(kept)]
        if not everything or len(kept) >= OUTPUT:
            return True
    return True


class _End:
    """Tells that a child has ended, without waiting for it: until then its number stays its own."""

    __slots__ = ("handle", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.handle: int | None = None

    def __enter__(self) -> _End:
        with contextlib.suppress(OSError, AttributeError):
            self.handle = os.pidfd_open(self.pid)
        return self

    def __exit__(self, *_: object) -> None:
        if self.handle is not None:
            os.close(self.handle)

    def register(self, poll: select.poll) -> None:
        if self.handle is not None:
            poll.register(self.handle, select.POLLIN)

    def reached(self) -> bool:
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # somebody else has waited for it
            return True


# -- forks, and the end of the interpreter ----------------------------------------------------

_starting = threading.Lock()
"""Held while a child is started.  A fork waits for it: its child would keep open the pipe by which the start
is told, and may wait itself for what is being compiled."""

_running: dict[int, subprocess.Popen[bytes]] = {}
_abandoned: set[int] = set()


def abandon() -> None:
    """Children that a daemon thread is waiting for end with the interpreter."""
    for pid, child in list(_running.items()):
        if child.returncode is None:
            _abandoned.add(pid)
            _kill(child)


def _forked() -> None:
    _starting.release()
    _running.clear()


atexit.register(abandon)
os.register_at_fork(before=_starting.acquire, after_in_parent=_starting.release, after_in_child=_forked)
