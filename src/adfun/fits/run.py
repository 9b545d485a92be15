"""`map_fits`: tasks to an executor, rows back."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Union

import numpy as np

import adfun.processors as processors
from adfun.diagnostics.errors import ArgumentError
from adfun.fits.checkpoint import Checkpoint
from adfun.fits.progress import Progress
from adfun.fits.result import Fits, Row
from adfun.fits.tasks import Fit, Job, Make, Task, as_item, run_pickled
from adfun.lazy import load
from adfun.objective import ADFun

Datasets = Union[Iterable[Any], Make]
Keyed = tuple[Task, str]

IN_FLIGHT = 4
"""So many chunks for every worker are handed over ahead of what is done."""
LARGEST_CHUNK = 32


def map_fits(
    obj: ADFun,
    datasets: Datasets,
    executor: Any = None,
    *,
    count: int | None = None,
    seed: int | None = None,
    fit: Fit | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = False,
    chunk: int | None = None,
    **options: Any,
) -> Fits:
    """Fit one model to many datasets, or from many starts.

    datasets    what to fit: dicts of data, or pairs (data, start), of which either may be None (those of
                `obj`); a start is a vector (n,) or a dict of parameters.  Or make(rng, i), which draws the
                i-th of `count` datasets where it is fitted, with a generator of its own
    executor    where to run: any concurrent.futures executor, of threads or processes, joblib's loky or
                Dask's `client.get_executor()`; None: here, one after the other
    count       how many datasets `make` is to draw
    seed        from which their generators come, by SeedSequence: fresh entropy when it is not given
    fit         fit(obj, start, **options) -> what scipy.optimize.minimize returns, or a dict with x, fun,
                success and message; else `minimize` with the derivatives that its method uses
    checkpoint  a file of finished fits; a run that was stopped goes on from it
    progress    whether to show how far it is (by tqdm where that is installed)
    chunk       how many fits are handed over at a time
    options     for `minimize`: method ("L-BFGS-B" unless given), bounds, tol, options ...

    The model is compiled once; results do not depend on the executor.  A fit that fails is a row that did
    not converge, with the error as its message; so is one that could not be run because a worker died,
    which a resumed run tries again.  Raises ArgumentError for arguments that do not fit.
    """
    if callable(datasets) and (count is None or count < 0):
        raise ArgumentError("count: how many datasets are to be drawn?")
    if callable(datasets) and seed is None:
        seed = np.random.SeedSequence().entropy  # type: ignore[assignment]
    job = Job(datasets if callable(datasets) else None, fit, options)
    kept = Checkpoint(checkpoint, _model(obj, job), obj.names)
    total = count if callable(datasets) else len(datasets) if isinstance(datasets, Sequence) else None
    rows: list[Row] = []
    with Progress(total, progress) as shown:
        tasks = _unfinished(_tasks(datasets, count, seed), kept, rows)
        chunks = _chunks(tasks, chunk or _chunk_size(total, executor))
        for done, final in _run(obj, job, chunks, executor):
            if final:
                kept.add(done)
            rows += [row for _, row in done]
            shown.add(len(done), sum(not row.converged for _, row in done))
    return Fits.of(obj.names, rows, seed if callable(datasets) else None)


def _model(obj: ADFun, job: Job) -> str:
    how = [getattr(job.fit, "__qualname__", ""), getattr(job.make, "__qualname__", ""), repr(job.options)]
    return hashlib.sha256("\n".join([obj.digest(), *how]).encode()).hexdigest()


def _tasks(datasets: Datasets, count: int | None, seed: int | None) -> Iterator[Task]:
    if callable(datasets):
        assert count is not None and seed is not None
        yield from (Task(index, seed=(seed, index)) for index in range(count))
    else:
        yield from (Task(index, as_item(given)) for index, given in enumerate(datasets))


def _unfinished(tasks: Iterable[Task], kept: Checkpoint, rows: list[Row]) -> Iterator[Keyed]:
    """The tasks whose rows are not known yet, with their keys; known rows are added to `rows`."""
    for task in tasks:
        key = task.key()
        row = kept.find(task.index, key)
        if row is None:
            yield task, key
        else:
            rows.append(row)


def _chunks(tasks: Iterator[Keyed], size: int) -> Iterator[list[Keyed]]:
    return iter(lambda: list(itertools.islice(tasks, size)), [])


def _chunk_size(total: int | None, executor: Any) -> int:
    """Some chunks for every worker, so that all end at about the same time."""
    if total is None or executor is None:
        return 1
    return max(1, min(math.ceil(total / (8 * _workers(executor))), LARGEST_CHUNK))


def _workers(executor: Any) -> int:
    return int(getattr(executor, "_max_workers", None) or processors.available())


# -- running ----------------------------------------------------------------------------------

Done = tuple[list[tuple[str, Row]], bool]
"""Rows with their keys, and whether the fits were run: else another try may end otherwise."""


def _run(obj: ADFun, job: Job, chunks: Iterator[list[Keyed]], executor: Any) -> Iterator[Done]:
    if executor is None:
        for chunk in chunks:
            yield _done(chunk, job.run(obj, [task for task, _ in chunk]))
        return
    futures = load("concurrent.futures")
    submit = _submitter(obj, job, executor, futures)
    pending: dict[Any, list[Keyed]] = {}
    anything = False
    try:
        while True:
            for chunk in itertools.islice(chunks, IN_FLIGHT * _workers(executor) - len(pending)):
                pending[submit([task for task, _ in chunk])] = chunk
            if not pending:
                return
            done = futures.wait(pending, return_when=futures.FIRST_COMPLETED).done
            for future in sorted(done, key=lambda future: future.exception() is not None):
                made = _gathered(pending.pop(future), future, anything)
                anything = anything or made[1]
                yield made
    finally:
        for future in pending:
            future.cancel()


def _submitter(obj: ADFun, job: Job, executor: Any, futures: Any) -> Callable[[list[Task]], Any]:
    """How tasks are handed over: threads share the object, processes get what makes it again."""
    if isinstance(executor, futures.ThreadPoolExecutor):
        return lambda tasks: executor.submit(job.run, obj, tasks)
    try:
        dumps = load("cloudpickle").dumps  # knows functions that other processes cannot import
    except ImportError:
        dumps = pickle.dumps
    state = dumps((obj, job), protocol=5)
    return lambda tasks: executor.submit(run_pickled, state, tasks)


def _gathered(chunk: list[Keyed], future: Any, anything: bool) -> Done:
    """The rows of a chunk; those of fits that were never run say why.  The first error of all is raised."""
    error = future.exception()
    if error is None:
        return _done(chunk, future.result())
    if not anything:
        raise error
    words = f"not run: {type(error).__name__}: {error}"
    rows = [Row(task.index, [], math.nan, False, words, 0.0) for task, _ in chunk]
    return [(key, row) for (_, key), row in zip(chunk, rows, strict=True)], False


def _done(chunk: list[Keyed], rows: list[Row]) -> Done:
    return [(key, row) for (_, key), row in zip(chunk, rows, strict=True)], True
