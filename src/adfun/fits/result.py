"""The outcomes of many fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adfun.lazy import load
from adfun.records import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """The outcome of one fit; `par` is empty when it ended in an error."""

    index: int
    par: list[float]
    value: float
    converged: bool
    message: str
    seconds: float


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Fits:
    """The outcomes of m fits of a model with n parameters, in the order of the datasets.

    names      a name for every parameter
    par        where each fit ended, (m, n); NaN where it ended in an error
    value      the objective there, (m,)
    converged  (m,); what the optimiser said
    message    the optimiser's words, or those of the error, (m,)
    seconds    how long each took, (m,)
    index      which dataset each row is of, (m,)
    seed       the entropy from which the random generators were made; None when there were none
    """

    names: list[str]
    par: NDArray[np.float64]
    value: NDArray[np.float64]
    converged: NDArray[np.bool_]
    message: NDArray[np.object_]
    seconds: NDArray[np.float64]
    index: NDArray[np.int64]
    seed: int | None = None

    @staticmethod
    def of(names: Sequence[str], rows: Sequence[Row], seed: int | None) -> Fits:
        """The rows as columns."""
        rows = sorted(rows, key=lambda row: row.index)
        par = np.full((len(rows), len(names)), np.nan)
        for place, row in zip(par, rows, strict=True):
            if row.par:
                place[:] = row.par
        return Fits(
            list(names),
            par,
            np.array([row.value for row in rows], np.float64),
            np.array([row.converged for row in rows], np.bool_),
            np.array([row.message for row in rows], np.object_),
            np.array([row.seconds for row in rows], np.float64),
            np.array([row.index for row in rows], np.int64),
            seed,
        )

    def rng(self, index: int) -> np.random.Generator:
        """The generator from which dataset `index` was drawn, as it was at its start."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(index,)))

    def to_frame(self) -> Any:
        """A pandas data frame: a row for every fit, a column for every parameter (needs pandas)."""
        columns = dict(zip(self.names, self.par.T, strict=True))
        columns |= {name: getattr(self, name) for name in ("value", "converged", "message", "seconds")}
        pandas = load("pandas")
        return pandas.DataFrame(columns, index=pandas.Index(self.index, name="index"))

    def __len__(self) -> int:
        return len(self.index)

    def __repr__(self) -> str:
        count = int(np.sum(self.converged))
        words = f"<{len(self)} fits of {len(self.names)} parameters: {count} converged"
        if count < len(self):
            first = int(np.argmin(self.converged))
            words += f"; the first that did not, {self.index[first]}: {self.message[first]}"
        return words + ">"
