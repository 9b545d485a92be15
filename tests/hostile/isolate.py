"""Work done in forked children of a warm parent, many pieces in each: who kills or stalls one is found out."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeVar

T = TypeVar("T")

BATCH = 100
"""Pieces of work for one child."""


@dataclass(frozen=True)
class Lost:
    """What is known of a piece of work that gave no answer.

    status  "crash", "slow" or "escaped" (an exception that the task let through)
    """

    status: str
    detail: str


def run(
    task: Callable[[T], Any], work: Sequence[T], *, seconds: float, memory: int
) -> Iterator[tuple[T, Any]]:
    """Each piece of work with what the task makes of it, or `Lost`.

    seconds  for one piece of work
    memory   bytes of address space that a child may have beyond its parent's
    """
    first = 0
    while first < len(work):
        batch = work[first : first + BATCH]
        for piece, answer in _batch(task, batch, seconds, memory):
            first += 1
            yield piece, answer


def _batch(
    task: Callable[[T], Any], batch: Sequence[T], seconds: float, memory: int
) -> Iterator[tuple[T, Any]]:
    """Answers until the child is done or lost; the piece that lost it is the last one."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        ours.close()
        _serve(task, batch, theirs, memory)
    theirs.close()
    try:
        for piece in batch:
            try:
                answer = ours.recv() if ours.poll(seconds) else Lost("slow", f"no answer in {seconds:.0f} s")
            except (EOFError, ConnectionResetError):
                _, status = os.waitpid(child, 0)
                child = 0
                answer = Lost("crash", _ended(status))
            yield piece, answer
            if isinstance(answer, Lost) and answer.status != "escaped":
                return
    finally:
        ours.close()
        if child:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return f"exit code {os.WEXITSTATUS(status)}"


def _serve(task: Callable[[T], Any], batch: Sequence[T], pipe: Connection, memory: int) -> None:
    """The child: it never returns."""
    try:
        with tempfile.TemporaryDirectory(prefix="adfun-hostile-") as place:
            os.chdir(place)
            _limit(memory)
            for piece in batch:
                try:
                    answer = task(piece)
                except BaseException:
                    answer = Lost("escaped", traceback.format_exc()[-2000:])
                pipe.send(answer)
    finally:
        os._exit(0)


def _limit(memory: int) -> None:
    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (now + memory, now + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
