"""Worker processes that survive what they check: a program that kills one is reported, not lost."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from tests.fuzz.verify import Outcome

Task = Callable[[int], tuple[Outcome, str]]
"""From a seed to how its check ended, and the text of the shrunk program if it failed."""


def _serve(task: Task, pipe: Connection) -> None:
    while True:
        seed = pipe.recv()
        pipe.send(task(seed))


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    seed: int = -1
    since: float = 0.0

    @staticmethod
    def start(task: Task) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(task, theirs), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def give(self, seed: int) -> None:
        self.seed, self.since = seed, time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # a dead worker is noticed when it is asked for its answer
            self.pipe.send(seed)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def run(task: Task, seeds: Iterable[int], jobs: int, seconds: float) -> Iterator[tuple[int, Outcome, str]]:
    """Outcomes as they come; a worker that dies or takes longer than `seconds` is replaced."""
    todo = iter(seeds)
    workers: list[_Worker] = []
    try:
        for _, seed in zip(range(jobs), todo, strict=False):
            workers.append(_Worker.start(task))
            workers[-1].give(seed)
        while workers:
            wait([w.pipe for w in workers], timeout=1.0)
            for worker in list(workers):
                yield from _look(worker, workers, task, todo, seconds)
    finally:
        for worker in workers:
            worker.stop()


def _look(
    worker: _Worker, workers: list[_Worker], task: Task, todo: Iterator[int], seconds: float
) -> Iterator[tuple[int, Outcome, str]]:
    """What a worker has to say, and its next seed."""
    if worker.pipe.poll():
        try:
            outcome, text = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            worker.process.join()
            outcome, text = Outcome("crash", f"exit code {worker.process.exitcode}"), ""
    elif time.monotonic() - worker.since > seconds:
        outcome, text = Outcome("hung", f"no answer in {seconds:.0f} s"), ""
    else:
        return
    seed = worker.seed
    if outcome.status in ("crash", "hung"):
        worker.stop()
        workers.remove(worker)
        worker = _Worker.start(task)
        workers.append(worker)
    following = next(todo, None)
    if following is None:
        worker.stop()
        workers.remove(worker)
    else:
        worker.give(following)
    yield seed, outcome, text
