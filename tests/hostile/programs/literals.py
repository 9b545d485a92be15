"""Giant and odd literals in every position."""

from __future__ import annotations

import itertools

from tests.hostile.judge import Case
from tests.hostile.programs.calls import DATA, HEAD, PARAMS

LITERALS = {
    **{f"2**{n}": str(2**n) for n in (31, 32, 53, 62, 63, 64, 65, 127, 128, 1024)},
    **{f"2**{n}-1": str(2**n - 1) for n in (31, 32, 53, 63, 64)},
    "minus 2**63": str(-(2**63)), "minus 2**63-1": str(-(2**63) - 1), "10**400": str(10**400), "4000 digits": "9" * 4000,
    "5000 digits": "9" * 5000, "hex": "0x" + "f" * 17, "bin": "0b" + "1" * 65, "oct": "0o7777777777777777777777", "underscores": "1_0_0",
    "1e400": "1e400", "-1e400": "-1e400", "5e-324": "5e-324", "1e-400": "1e-400", "-0.0": "-0.0", "long float": "0." + "3" * 3000,
    "17 digits": "0.10000000000000001", "max": "1.7976931348623157e308", "imaginary": "3j", "bytes": "b'x'", "empty": "''", "text": "'x'",
    "long text": repr("x" * 100_000), "long bytes": repr(b"x" * 100_000), "None": "None", "True": "True", "...": "...",
    "long tuple": "(" + "1.0," * 3000 + ")", "long list": "[" + "1.0," * 3000 + "]", "list of lists": "[" + "[1.0,2.0]," * 500 + "]",
    "long dict": "{" + ",".join(f"{k}:1.0" for k in range(1000)) + "}", "long set": "{" + ",".join(map(str, range(500))) + "}",
    "joined text": "'x' " * 2000, "f-string": "f'{a}'", "nested f-string": "f'{f\"{k:{k}}\"}'", "leading zero": "007", "no digits": "0x", "1__0": "1__0",
}  # fmt: skip

POSITIONS = {
    "sum": "a + {0}", "difference": "{0} - a", "product": "a * {0}", "quotient": "a / {0}", "floor": "a // {0}", "power": "a ** {0}", "base": "{0} ** a",
    "integer power": "k ** {0}", "integer sum": "k + {0}", "shift": "k << {0}", "index": "v[{0}]", "slice": "np.sum(v[{0}:])", "shape": "np.sum(np.zeros({0})) + a",
    "argument": "np.sum(np.abs({0})) + a", "comparison": "a if a < {0} else 0.0", "membership": "a if k in ({0},) else 0.0", "condition": "a if {0} else 0.0", "range": "a * len(range({0}))",
    "maximum": "np.maximum(a, {0})", "key": "{{{0}: a}}[{0}]", "format": "a * len(str({0}))", "axis": "np.sum(v, axis={0})", "itself": "{0}",
}  # fmt: skip


def cases() -> list[Case]:
    head = f"{HEAD}\ndef objective({', '.join((*PARAMS, *DATA))}):\n"
    return [
        Case(
            "literals",
            f"{where} {what}",
            f"{head}    return {form.format(text)}\n",
            DATA,
            PARAMS,
            native=where == "shape",  # the interpreter has no time for large arrays
        )
        for (where, form), (what, text) in itertools.product(POSITIONS.items(), LITERALS.items())
    ]
