"""One fit: what it is given, and what is done where it is run."""

from __future__ import annotations

import functools
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adfun.binding import describe, digest_of
from adfun.diagnostics.errors import ArgumentError
from adfun.fits.result import Row
from adfun.lazy import load
from adfun.native import lapack
from adfun.objective import ADFun
from adfun.parameters import Vector
from adfun.records import dataclass

Make = Callable[[np.random.Generator, int], Any]
Fit = Callable[..., Any]

WITH_HESSIAN = frozenset(("newton-cg", "dogleg", "trust-ncg", "trust-exact", "trust-krylov", "trust-constr"))
WITHOUT_GRADIENT = frozenset(("nelder-mead", "powell", "cobyla", "cobyqa"))


@dataclass(frozen=True, slots=True)
class Task:
    """A dataset, or the seed that it is drawn from.

    item  (data, start), either of which may be None: those of the object
    seed  entropy and spawn key
    """

    index: int
    item: tuple[Any, Any] | None = None
    seed: tuple[int, int] | None = None

    def key(self) -> str:
        """A digest of what the fit is given."""
        if self.seed is not None:
            return f"seed {self.seed[0]} {self.seed[1]}"
        assert self.item is not None
        data, start = self.item
        given = dict(data or {})
        given |= start if isinstance(start, Mapping) else {} if start is None else {"": np.asarray(start)}
        return digest_of({name: describe(name, value) for name, value in given.items()})


@dataclass(frozen=True, slots=True)
class Job:
    """What all fits of a run have in common."""

    make: Make | None
    fit: Fit | None
    options: Mapping[str, Any]

    def run(self, obj: ADFun, tasks: Sequence[Task]) -> list[Row]:
        """The rows of some fits; what goes wrong in one is in its row.

        Optimisers call BLAS: on several threads it is slower for few parameters, and not the same everywhere.
        """
        with lapack.one_thread():
            return [self._row(obj, task) for task in tasks]

    def _row(self, obj: ADFun, task: Task) -> Row:
        began = time.perf_counter()
        try:
            par, value, converged, message = self._fitted(obj, task)
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
            par, value, converged, message = [], float("nan"), False, words
        return Row(task.index, par, value, converged, message, time.perf_counter() - began)

    def _fitted(self, obj: ADFun, task: Task) -> tuple[list[float], float, bool, str]:
        own, start = _bound(obj, *self._item(task))
        found = (self.fit or minimized)(own, start, **self.options)
        par = np.asarray(found["x"], np.float64)
        if par.shape != (len(obj.names),):
            raise ArgumentError(f"the fit gave x of shape {par.shape}, expected ({len(obj.names)},)")
        return par.tolist(), float(found["fun"]), bool(found["success"]), str(found.get("message", ""))

    def _item(self, task: Task) -> tuple[Any, Any]:
        if task.item is not None:
            return task.item
        assert self.make is not None and task.seed is not None
        entropy, number = task.seed
        rng = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(number,)))
        return as_item(self.make(rng, task.index))


def as_item(given: Any) -> tuple[Any, Any]:
    """(data, start) of a dataset: a dict, or a pair of them."""
    if isinstance(given, Mapping):
        return given, None
    if isinstance(given, tuple) and len(given) == 2 and (given[0] is None or isinstance(given[0], Mapping)):
        return given
    raise ArgumentError(f"a dataset is a dict, or a pair (data, start), not a {type(given).__name__}")


def _bound(obj: ADFun, data: Any, start: Any) -> tuple[ADFun, Vector]:
    """The object with these data, and where to start."""
    if isinstance(start, Mapping):
        if data is None:
            return obj, obj.flatten(start)
        own = obj.with_data(data, start)
        return own, own.par
    own = obj if data is None else obj.with_data(data)
    return own, own.par if start is None else np.array(start, np.float64)


def minimized(obj: ADFun, start: Vector, method: str = "L-BFGS-B", **options: Any) -> Any:
    """What scipy.optimize.minimize finds, with the derivatives that the method wants."""
    minimize = load("scipy.optimize").minimize
    if method.lower() in WITHOUT_GRADIENT:
        return minimize(obj.fn, start, method=method, **options)
    if method.lower() in WITH_HESSIAN:
        options = {"hess": obj.he, **options}
    return minimize(obj.fn_gr, start, jac=True, method=method, **options)


def run_pickled(state: bytes, tasks: Sequence[Task]) -> list[Row]:
    """The same in another process, which keeps object and job for the next tasks."""
    obj, job = _unpickled(state)
    return job.run(obj, tasks)


@functools.lru_cache(maxsize=4)
def _unpickled(state: bytes) -> tuple[ADFun, Job]:
    found: tuple[ADFun, Job] = pickle.loads(state)
    return found
