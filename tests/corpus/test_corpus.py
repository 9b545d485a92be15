"""Objectives as people write them: value and gradient against 50-digit arithmetic, at two points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import adfun
from tests.corpus.cases import CORPUS, case, folders

FOLDERS = folders(CORPUS, "*/*")
pytestmark = pytest.mark.skipif(
    not FOLDERS, reason="the collection of objectives is not beside the repository"
)


def test_the_collection_is_whole() -> None:
    assert len(FOLDERS) >= 93


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_objective(folder: Path) -> None:
    found = case(folder)
    obj = adfun.make_ad_fun(found.model, found.data, found.points[0])
    for point, suffix in zip(found.points, ("", "2"), strict=True):
        x = obj.flatten(point)
        value, gradient = found.expected[f"fn{suffix}"], np.array(found.expected[f"gr{suffix}"])
        assert abs(obj.fn(x) - value) <= 1e-10 * abs(value)
        assert np.max(np.abs(obj.gr(x) - gradient)) <= 1e-9 * np.max(np.abs(gradient))
