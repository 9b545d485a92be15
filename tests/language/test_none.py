"""Names that are None on some paths: `is None` tells at run time; using None raises what Python raises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adfun
from tests.language.outcome import agree, by_python, compiled

PROGRAMS = {
    "found": """
        found = None
        for v in x:
            if v > a:
                found = v * a
                break
        if found is None:
            return -a
        return found
    """,
    "last": """
        last = None
        for v in x:
            if v > a - 1:
                last = v * a
        return last if last is not None else 0.5
    """,
    "best": """
        best, place = None, None
        for i, v in enumerate(x):
            d = (v - a) ** 2
            if d < 4 and (best is None or d < best):
                best, place = d, i
        if best is None:
            return a * 3
        return best + place
    """,
    "previous": """
        previous = None
        s = 0.0
        for v in x:
            if v > a - 2:
                if previous is not None:
                    s += (v - previous) * a
                previous = v
        return s
    """,
    "array": """
        if a > 1:
            w = None
        else:
            w = x * a
        if w is not None:
            return w.sum()
        return a
    """,
    "while": """
        step, k = None, 0
        while k < n:
            if x[k] < a:
                step = x[k] if step is None else step * x[k]
            k += 1
        return a if step == None else step
    """,
    "back_to_none": """
        kept, s = None, 0.0
        for v in x:
            if v > a - 2:
                if kept is None:
                    kept = v
                else:
                    kept = None
            if kept is not None:
                s += kept
        return s
    """,
    "used": """
        best = None
        for v in x:
            if v > a:
                best = v * a
        return best * 2
    """,
    "none_or_nothing": """
        if a > 0:
            y = None
        if n > 3:
            y = a * 2
        return y * 2 if n > 3 else a
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_none_or_a_value(name: str) -> None:
    source = f"import numpy as np\ndef objective(a, n, x):{PROGRAMS[name]}"
    names: dict[str, Any] = {}
    exec(source, names)
    x = np.array([0.3, -1.0, 2.5, 1.5, -0.5, 2.0])
    objective = adfun.make_ad_fun(source, {"n": 6, "x": x}, {"a": 1.0})
    for n in (6, 3, 2):
        for a in (1.0, -1.5, 7.0):
            expected = by_python(names["objective"], {"a": a, "n": n, "x": x[:n]})
            found = compiled(objective, {"n": n, "x": x[:n]}, {"a": a})
            assert all(agree(expected, f) for f in found), (n, a, expected, found)


def test_a_name_that_may_be_none_or_have_no_value() -> None:
    source = """
def objective(a):
    if a > 0:
        y = None
    elif a > -1:
        y = a
    if a < 0:
        return y
    return a
"""
    with pytest.raises(adfun.CompileError, match="may not have a value here"):
        adfun.make_ad_fun(source, {}, {"a": 1.0})
