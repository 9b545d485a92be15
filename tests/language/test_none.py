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
    "conditional": """
        s = 0.0
        for v in x:
            kept = v * a if v > 0 else None
            if kept is None:
                continue
            s += kept
        root = np.sqrt(a) if a > 0 else None
        return s + (root or 2.0) + (0.0 if not root else root)
    """,
    "returned": """
        def root(b):
            if b < 0:
                return None
            return np.sqrt(b) * a
        def parts(b):
            return (b, None) if b > a else (None, b)
        s = 0.0
        for v in x:
            r = root(v)
            s += v if r is None else r
            high, low = parts(v)
            if high is not None:
                s += high * a
            if low:
                s -= 3 * low
        return s + root(a)
    """,
    "items": """
        best = [None, None]
        for k in range(2):
            best[k] = a * x[k] if x[k] > 0 else None
        named = {"a": a if x[0] > a else None, "b": 2.0}
        states = [None] * 3
        for v in x:
            if states[1] is None:
                states[1] = v * a
            else:
                states[1] = states[1] * a + v
        s = sum(2 * b if b is not None else a for b in best)
        return s + states[1] + (1.0 if named["a"] is None else named["a"])
    """,
    "argument": """
        def scaled(v, by=None):
            if by is None:
                by = 3.0
            return v * by
        by = a if x[0] > a else None
        return scaled(a, by) + scaled(a, by=None) + by * 2
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
