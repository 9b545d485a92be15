"""What a run-time condition chose between two arrays, lists or dicts, both still used, is not changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adfun
from adfun.diagnostics.errors import CompileError


def conditional_array(a: Any) -> Any:
    k, m = np.zeros(2), np.ones(2)
    z = k if a > 0 else m
    z[0] = 5 * a
    return k[0] + m[0]


def array_of_a_branch(a: Any) -> Any:
    k, m = np.zeros(2), np.ones(2)
    z = m
    if a > 0:
        z = k
    k[0] = 5 * a
    return z[0] + m[0]


def conditional_list(a: Any) -> Any:
    k, m = [0.0, 1.0], [2.0, 3.0]
    z = k if a > 0 else m
    z[0] = 5 * a
    return k[0] + m[0]


def conditional_dict(a: Any) -> Any:
    k, m = {"x": 1.0}, {"x": 2.0}
    z = k if a > 0 else m
    z["x"] = 5 * a
    return k["x"] + m["x"]


def array_that_is_new_on_one_path(a: Any) -> Any:
    k = np.zeros(2)
    z = k
    if a > 0:
        z = z * 2.0
    z[0] += a
    return k[0] + z[0]


@pytest.mark.parametrize(
    "objective",
    [
        conditional_array,
        array_of_a_branch,
        conditional_list,
        conditional_dict,
        array_that_is_new_on_one_path,
    ],
)
def test_changes_that_another_name_may_see_are_refused(objective: Callable[..., Any]) -> None:
    with pytest.raises(CompileError, match="only known at run time") as caught:
        adfun.make_ad_fun(objective, {}, {"a": 1.5})
    assert "copy()" in str(caught.value)


def own_name(a: Any) -> Any:
    m = np.zeros(3)
    for i in range(4):
        m = m + a if a > i else m
        m[0] += 1.0
    return m.sum()


def only_read(a: Any) -> Any:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    best = x if a > 0 else y
    return best.sum() * a + x[0] + y[1]


def not_used_again(a: Any) -> Any:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    z = x if a > 0 else y
    z[0] = a
    return z.sum()


def copied(a: Any) -> Any:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    z = (x if a > 0 else y).copy()
    z[0] = a
    return z.sum() + x.sum() + y.sum()


def best_so_far(a: Any) -> Any:
    now = np.zeros(3)
    best, least = now, np.inf
    for i in range(4):
        now = now + a * i
        f = np.sum((now - 1) ** 2)
        if f < least:
            least, best = f, now
        now = now * 0.5
    return best.sum() + least


@pytest.mark.parametrize("a", [1.5, -1.5])
@pytest.mark.parametrize("objective", [own_name, only_read, not_used_again, copied, best_so_far])
def test_what_no_other_name_can_see_is_changed(objective: Callable[..., Any], a: float) -> None:
    np.testing.assert_allclose(adfun.make_ad_fun(objective, {}, {"a": a}).fn(), objective(a), rtol=1e-13)
