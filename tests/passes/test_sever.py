"""What a recurrence of short arrays does not wait for runs before it, in lanes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from adfun import make_ad_fun

HEAD = """
import numpy as np

def objective(logits, mu, y):
    p = np.exp(logits)
    p = p / np.sum(p, axis=1)[:, None]
    a = np.ones({states}) / {states}
    total = 0.0
    for t in range(len(y)):
"""
AS_ARRAYS = """
        a = (a @ p) * np.exp(-0.5 * (y[t] - mu) ** 2)
        total = total + np.log(np.sum(a))
        a = a / np.sum(a)
    return -total
"""
AS_LOOPS = """
        b = np.zeros({states})
        for k in range({states}):
            density = np.exp(-0.5 * (y[t] - mu[k]) ** 2)
            if mu[k] < 0.0:
                density = 2.0 * density
            for j in range({states}):
                b[k] += a[j] * p[j, k] * density
        total = total + np.log(np.sum(b))
        a = b / np.sum(b)
    return -total
"""
LATE = """
        a = (a @ p) * np.exp(-0.5 * (y[t] - mu - a) ** 2)
        total = total + np.log(np.sum(a))
        a = a / np.sum(a)
    return -total
"""
FORMS = {"arrays": AS_ARRAYS, "loops": AS_LOOPS, "late": LATE}


def example(form: str, states: int, n: int = 23) -> tuple[str, dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(states + n)
    text = (HEAD + FORMS[form]).format(states=states)
    return text, {"y": rng.normal(size=n)}, {
        "logits": rng.normal(size=(states, states)),
        "mu": np.linspace(-1.1, 1.0, states),
    }  # fmt: skip


@pytest.mark.parametrize(("form", "states"), [(f, k) for f in FORMS for k in (2, 3, 9)])
def test_values_and_gradients(form: str, states: int) -> None:
    text, data, params = example(form, states)
    obj = make_ad_fun(text, data, params)
    space: dict[str, Any] = {}
    exec(text, space)
    np.testing.assert_allclose(obj.fn(), space["objective"](**params, **data), rtol=1e-12)
    at = np.concatenate([np.ravel(x) for x in params.values()])
    for k, slope in enumerate(obj.gr(at)):
        step = 1e-6 * np.eye(len(at))[k]
        difference = (obj.fn(at + step) - obj.fn(at - step)) / 2e-6
        np.testing.assert_allclose(slope, difference, rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize(("form", "there"), [("arrays", False), ("late", True)])
def test_what_stays_in_the_recurrence(form: str, there: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Scalar exponentials: three where they wait for the state; the others run in lanes."""
    make_ad_fun(*example(form, 3), show="cpp")
    text = capsys.readouterr().out
    call = text.partition("adfun_call_fn(")[2].partition("\n}")[0]
    assert len(re.findall(r"= exp\(", call)) == (3 if there else 0)
