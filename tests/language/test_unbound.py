"""Names that are assigned on some paths only: reading one without a value raises what Python raises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adfun
from tests.language.outcome import agree, by_python, compiled

PROGRAMS = {
    "branch": """
        if a > 0:
            y = 3.0
        return y * a
    """,
    "branches": """
        if n > 3:
            k = 2
        elif a > 1:
            k = 0
        return x[k] * a
    """,
    "last_item": """
        for i in range(n):
            last = x[i] * a
        return last
    """,
    "target": """
        s = 0.0
        for i in range(n):
            s += x[i]
        return s * a + i
    """,
    "previous_item": """
        s = 0.0
        for i in range(n):
            if i > 0:
                s += previous * x[i]
            previous = x[i] * a
        return s
    """,
    "previous_item_in_else": """
        s = 0.0
        for i in range(n):
            if i == 0:
                s += a
            else:
                s += previous * x[i]
            previous = x[i] * a
        return s
    """,
    "previous_item_too_early": """
        s = 0.0
        for i in range(n):
            if x[i] > -2 * a:
                s += previous * x[i]
            previous = x[i] * a
        return s
    """,
    "while": """
        i = 0
        while i < n:
            r = x[i] * a
            i += 1
        return r
    """,
    "while_true": """
        k = 0
        while True:
            k += 1
            if k > 1:
                s = s + previous
            else:
                s = 0.0
            previous = a * k
            if k >= n:
                break
        return s + previous
    """,
    "before_break": """
        for i in range(n):
            if x[i] > a - 1:
                found = x[i] * a
                break
        return found
    """,
    "after_continue": """
        s = 0.0
        for i in range(n):
            if x[i] < a - 2:
                continue
            last = x[i] * a
            s += last
        return s + last
    """,
    "array": """
        for i in range(n):
            v = x * a + i
        return np.sum(v)
    """,
    "parts": """
        for i in range(n):
            u, v = x[i] * a, (a, x[i])
        return u + v[0] * v[1]
    """,
    "deleted": """
        y = a * 2
        if a > 0:
            del y
        return y
    """,
    "same_condition": """
        if a > 0:
            y = a * 2
        s = 0.0
        for i in range(n):
            if a > 0:
                s += y * x[i]
        return s
    """,
    "helper_that_raises": """
        def refuse():
            raise ValueError("too large")
        if a > 5:
            y = refuse()
        else:
            y = a
        return y * 2
    """,
    "augmented": """
        if a > 0:
            s = 1.0
        for i in range(n):
            s += x[i] * a
        return a
    """,
    "function": """
        if a > 0:
            def f(t):
                return t * t
        return f(a)
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_name_without_a_value(name: str) -> None:
    source = f"import numpy as np\ndef objective(a, n, x):{PROGRAMS[name]}"
    names: dict[str, Any] = {}
    exec(source, names)
    x = np.linspace(-1.0, 1.0, 6)
    objective = adfun.make_ad_fun(source, {"n": 6, "x": x}, {"a": -1.0 if "early" in name else 1.0})
    for n in (6, 2, 1, 0):
        for a in (1.5, -1.5, 7.0):
            expected = by_python(names["objective"], {"a": a, "n": n, "x": x})
            found = compiled(objective, {"n": n, "x": x}, {"a": a})
            assert all(agree(expected, f) for f in found), (n, a, expected, found)


def test_no_check_where_the_name_always_has_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    source = f"import numpy as np\ndef objective(a, n, x):{PROGRAMS['previous_item']}"
    adfun.make_ad_fun(source, {"n": 6, "x": np.ones(6)}, {"a": 1.0}, show="ir")
    assert "UnboundLocalError" not in capsys.readouterr().out
