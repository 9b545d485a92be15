"""Data frames as data: what pandas says of them, the compiled objective says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import adfun

FRAME = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.5]})


def sizes(b: float, df: Any) -> float:
    return b * np.sum(df["y"]) / len(df) + df.shape[0] * 10 + df.shape[1]


def columns_by_attribute(b: float, df: Any) -> float:
    return np.sum((df.y.values - b * df["x"].to_numpy()) ** 2)


def columns_by_name(b: float, df: Any) -> float:
    total = b
    for name in df.columns:
        total = total + df[name].mean()
    return total + ("x" in df) + ("z" in df)


def matrix(b: float, df: Any) -> float:
    return np.sum(df[["y", "x"]].to_numpy() @ np.array([b, 1.0])) + np.sum(df.values) + len(df[["x"]])


@pytest.mark.parametrize("objective", [sizes, columns_by_attribute, columns_by_name, matrix])
def test_as_pandas(objective: Any) -> None:
    made = adfun.make_ad_fun(objective, {"df": FRAME}, {"b": 1.5})
    assert made.fn() == pytest.approx(float(objective(1.5, FRAME)), rel=1e-12)


def test_frame_is_not_the_dict_of_its_columns() -> None:
    made = adfun.make_ad_fun(sizes, {"df": FRAME}, {"b": 1.5})
    with pytest.raises(adfun.ArgumentError, match=r"compiled for a data frame of .*got a dict of"):
        made.with_data({"df": dict(FRAME)})


def test_missing_column() -> None:
    with pytest.raises(adfun.CompileError, match=r"there is no key 'z'"):
        adfun.make_ad_fun(lambda b, df: b * df["z"].sum(), {"df": FRAME}, {"b": 1.5})
