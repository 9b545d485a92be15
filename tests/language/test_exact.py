"""Small expressions whose value, or error, must be exactly that of Python: integers, NaN, rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import adfun
from tests.language.outcome import agree, by_python, compiled

EXPRESSIONS = """
d // 3 + p
d // -3 + p
-d // 4 + p
d % 3 + p
d % -3 + p
d // (d - 5) + d % (d - 5) + p
divmod(d, 4)[0] * 10 + divmod(d, 4)[1] + p
divmod(p, 0.4)[0] * 10 + divmod(p, 0.4)[1]
divmod(-p, 0.4)[1]
p // 0.3 + p % 0.3 - (-p) // 0.3
p // -0.3 + p % -0.3
np.fmod(-p, 0.4) + math.fmod(-p, 0.4)
(k // -3).sum() * p + (k % -4)[1]
k[0] // 4 * p + k[1] % 4
round(p * 10) + p
round(2.5) + round(3.5) + round(-2.5) + p
round(p, 2) + round(1234.567, -2)
round(d * 0.5) + round(x[1]) + p
int(-p * 7) + int(p * 7) + p
math.floor(-p) + math.ceil(-p) + math.trunc(-p)
(p > 0) + (p > 1) + p
(p > 0) * 3 + True - (p > 1)
~d + p
np.sum(b) * p + b[0] + np.sum(x > 0)
(d and p) + 0.0
(d or p) + 0.0
(p and 3.0) + (0.0 or p)
(d > 1 and p > 1 and 5.0) + 0.0
(p > 1 or d) * 1.0
p if not d else -p
1 < p < 2
p * (0 < d < 3) + 1.0 * (0 < d <= 2 < 5)
p if d in (1, 2, 3) else -p
p if 3 in k and d not in [2, 4] else -p
p if d is not None else 0.0
(p > 0) is True
p if (d == 2) is not False else -p
max(p, d, 1) + min(p, d, 1)
max([p, 2.0, d]) - min((p, 0.1))
max(np.nan, p)
max(p, np.nan)
min(p, np.nan) + min(d, p)
np.maximum(p, np.nan)
np.fmax(p, np.nan) + np.nanmax(np.array([np.nan, p]))
np.argmax(np.array([p, np.nan, 3.0])) + np.argmin(x * p) + p
np.sort(np.append(x * p, -np.inf))[1] + np.argsort(x * p)[0]
np.inf * p
np.sum(x[5:]) + np.prod(x[5:]) + p
np.any(x[5:] > 0) + 2 * np.all(x[5:] > 0) + p
sum([]) + max([], default=p)
v @ v + v.T @ v + np.dot(v, v.T)
(v[:, None].T @ v)[0] + v[None] @ v[:, None]
2 ** d + p
(-2) ** d * p
p ** d + p ** -d
d ** 2 + (-d) ** 3 + 5 / 2 + 5 // 2 + p
bool(d) + bool(p) + bool([]) + bool([0]) + p
np.sign(-p) + np.sign(0.0) + math.copysign(1, -p)
(d << 2) + (d >> 1) + (d & 3) + (d | 8) + (d ^ 5) + p
[p, 2.0, 5.0][d - 2]
x[d] * p
x[-d] * p
np.clip(d, 1, 3) * p + np.clip(p, None, 1)
np.rint(2.5) + np.round(3.5) + np.trunc(-p) + np.fix(-p)
p if np.nan == np.nan else -p
p if not (np.log(-1.0 - d * d) > p) else -p
sum(s * t for s, t in zip(v, x)) + p
sum(s * t for s, t in zip(v, x, strict=True)) + p
sum(i * p for i in range(d, -3, -2))
""".strip().splitlines()
GROUP = 14
DATA = {"x": np.array([1.5, -0.5, 2.0, -3.0]), "k": np.array([3, -7, 5, 0, -2]), "b": np.array([True, False])}
V = np.array([0.3, 1.1, -0.7])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("first", range(0, len(EXPRESSIONS), GROUP))
def test_expressions(first: int) -> None:
    group = EXPRESSIONS[first : first + GROUP]
    source = "import numpy as np\nimport math\ndef objective(p, v, d, x, k, b, which):\n"
    source += "".join(f"    if which == {n}:\n        return {e}\n" for n, e in enumerate(group))
    source += "    return p\n"
    names: dict[str, Any] = {}
    exec(source, names)
    objective = adfun.make_ad_fun(source, {"d": 2, **DATA, "which": -1}, {"p": 1.3, "v": V})
    for which, expression in enumerate(group):
        for p in (1.3, 0.4, -0.8):
            for d in (2, 0, 5, -3):
                data = {"d": d, **DATA, "which": which}
                expected = by_python(names["objective"], {"p": p, "v": V, **data})
                for found in compiled(objective, data, {"p": p, "v": V}):
                    assert agree(expected, found), (expression, p, d, expected, found)


@pytest.mark.parametrize(
    "message",
    [
        "f'p is {p:.2f} and {d}'",
        "f'{d:>5}|{p!r}|{p:8.3e}|{{}}'",
        "'p is %.3f, %d of %s' % (p, d, d)",
        "'p {} {:>5}'.format(p, d)",
        "'p {1} {0:+.1f}'.format(p, d)",
        "'bad ' + str(p) + '!'",
        "'100% bad {}'",
    ],
)
def test_message_of_an_error(message: str) -> None:
    source = f"def objective(p, d):\n    if p > 1:\n        raise ValueError({message})\n    return p\n"
    names: dict[str, Any] = {}
    exec(source, names)
    objective = adfun.make_ad_fun(source, {"d": 2}, {"p": 0.5})
    with pytest.raises(ValueError) as expected:
        names["objective"](1.25, 2)
    with pytest.raises(ValueError) as found:
        objective.fn([1.25])
    assert str(found.value) == str(expected.value)
