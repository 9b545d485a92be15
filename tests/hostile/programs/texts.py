"""Sources that are odd as text: encodings, control characters, and strings that try to end up in the C++."""

from __future__ import annotations

import itertools

from tests.hostile.judge import Case

PLAIN = "def objective(a):\n    return a\n"
BREAKOUTS = (
    "*/", "*/ #error */", "//", "/*", "\\\n#error\n", "\\", "\\\\", "\"", "\\\"", "'", "\"; #error", "\n#error x\n", "\r#error\r", "??/", "??/\n", "??=error", ")\"", ")delim\"", "R\"(", "\0", "a\0b",
    "%s%n%d", "{0}{1}{x}", "{", "}", "{0.__class__}", "${HOME}", "$(touch canary)", "`touch canary`", "; touch canary", "\u202e", "\u2066x\u2069", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\ud800", "é",
    "\U0001f600", "x" * 10_000, "__FILE__", "#include </etc/passwd>", "<script>", "\t", "\x1a", "%%", "@", "\u200b", "a\u0301",
)  # fmt: skip
ROLES = {
    "assert": "def objective(a):\n    assert a < 0, {0}\n    return a\n",
    "passed assert": "def objective(a):\n    assert a > 0, {0}\n    return a\n",
    "raise": "def objective(a):\n    if a > 0:\n        raise ValueError({0})\n    return a\n",
    "key": "def objective(a):\n    d = {{{0}: a}}\n    return d[{0}]\n",
    "missing key": "def objective(a):\n    d = {{'k': a}}\n    return d[{0}]\n",
    "default": "def objective(a, s={0}):\n    return a * len(s)\n",
    "comparison": "def objective(a, s='x'):\n    return a if s == {0} else -a\n",
    "docstring": "def objective(a):\n    {0}\n    return a\n",
    "attribute": "def objective(a):\n    return getattr(a, {0})\n",
    "format": "def objective(a):\n    return a * len(f'{{3:{{{0}}}}}')\n",
    "percent": "def objective(a):\n    return a * len({0} % (3,))\n",
    "report": "import adfun\ndef objective(a):\n    adfun.report(**{{{0}: a}})\n    return a\n",
    "einsum": "import numpy as np\ndef objective(a):\n    return np.einsum({0}, np.ones(2)) * a\n",
    "dtype": "import numpy as np\ndef objective(a):\n    return np.sum(np.zeros(2, {0})) + a\n",
    "returned": "def objective(a):\n    return {0}\n",
    "called": "def objective(a):\n    return {0}(a)\n",
}  # fmt: skip

RAW: dict[str, bytes] = {
    "byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(), "two byte order marks": b"\xef\xbb\xbf" * 2 + PLAIN.encode(), "UTF-16": PLAIN.encode("utf-16"), "UTF-32": PLAIN.encode("utf-32"), "UTF-7": b"# coding: utf-7\n" + PLAIN.encode(),
    "latin-1 cookie": b"# coding: latin-1\ndef objective(a):\n    \xe9 = a\n    return \xe9\n", "latin-1 without cookie": b"def objective(a):\n    \xe9 = a\n    return \xe9\n", "unknown cookie": b"# coding: nonsense\n" + PLAIN.encode(),
    "utf-8 cookie": b"# -*- coding: utf-8 -*-\n" + PLAIN.encode(), "rot13 cookie": b"# coding: rot13\n" + PLAIN.encode(), "NUL": PLAIN.encode() + b"\0", "NUL inside": b"def objective(a):\n    return \0a\n", "only NUL": b"\0" * 100, "empty": b"",
    "overlong UTF-8": b"def objective(a):\n    return a  # \xc0\xaf\n", "surrogate in UTF-8": b"def objective(a):\n    return a  # \xed\xa0\x80\n", "cut UTF-8": PLAIN.encode() + b"# \xe2\x82", "CR only": PLAIN.replace("\n", "\r").encode(),
    "CRLF": PLAIN.replace("\n", "\r\n").encode(), "mixed ends": b"def objective(a):\r    b = a\r\n    return b\n", "no end": PLAIN.rstrip().encode(), "Ctrl-Z": PLAIN.encode() + b"\x1a", "ELF": b"\x7fELF\x02\x01\x01" + bytes(50), "gzip": b"\x1f\x8b\x08" + bytes(50),
    "pyc": b"\xa7\r\r\n" + bytes(50), "a .so's beginning": b"\x7fELF" + bytes(range(256)), "all bytes": bytes(range(256)), "shebang": b"#!/bin/rm -rf\n" + PLAIN.encode(), "HTML": b"<html></html>", "JSON": b'{"a": 1}', "C++": b"int main() { return 0; }",
}  # fmt: skip

TEXTS: dict[str, str] = {
    "tabs": "def objective(a):\n\treturn a\n", "tabs and blanks": "def objective(a):\n\tb = a\n        return b\n", "wrong indentation": "def objective(a):\n  b = a\n   c = b\n  return c\n", "form feed": "\f\ndef objective(a):\n\f    return a\n",
    "form feed before an error": "def objective(a):\n    x = 1 #\f here\n    return zz\n", "line separator before an error": "def objective(a):\n    x = 'a\u2028b'\n    y = '\x85\x1c'\n    return zz\n", "vertical tab": "def objective(a):\n    x = '\x0b\x0b'\n    return zz\n",
    "escape in an error": "def objective(a):\n    return zz  # \x1b[31m\n", "bidi in an error": "def objective(a):\n    return zz  # \u202e\u2066\n", "wide letters before an error": "def objective(a):\n    变量 = '变量变量'; return 变量 + zz\n", "combining before an error": "def objective(a):\n    ñ = 'e\u0301'; return zz\n",
    "no break space": "def objective(a):\n\u00a0   return a\n", "ideographic space": "def objective(a):\n    return\u3000a\n", "soft hyphen": "def objective(a):\n    return a\u00ad\n", "line continuation": "def objective(a):\n    return a \\\n        + \\\n a\n", "continuation at the end": "def objective(a):\n    return a \\",
    "unclosed text": "def objective(a):\n    return 'a\n", "unclosed bracket": "def objective(a):\n    return (a\n", "unclosed docstring": 'def objective(a):\n    """x\n    return a\n', "only a name": "objective", "only blanks": "   \n  \n", "only a semicolon": ";", "dedent to nowhere": "def objective(a):\n        b = a\n    return b\n",
    "print statement": "def objective(a):\n    print a\n", "a colon missing": "def objective(a)\n    return a\n", "an = too few": "def objective(a):\n    if a = 1: return a\n", "Python 2": "def objective(a):\n    exec 'x'\n    return `a`\n", "walrus at the top": "(objective := lambda a: a)\n", "type comment": "def objective(a):  # type: (int) -> int\n    return a\n",
    "future barry": "from __future__ import barry_as_FLUFL\ndef objective(a):\n    return a if a <> 1 else 0\n", "star assignment": "*objective, = [1]\n", "semicolons": "def objective(a): b = a; c = b; return c\n", "keyword as a name": "def objective(a):\n    for = a\n    return a\n", "soft keywords": "def objective(a):\n    match = a; case = a; type = a; _ = a\n    return match + case + type + _\n",
}  # fmt: skip


def cases() -> list[Case]:
    made = []
    for (role, form), (k, text) in itertools.product(ROLES.items(), enumerate(BREAKOUTS)):
        made.append(Case("texts", f"{role} {k}", form.format(ascii(text)), native=k % 8 == 0))
        if "\n" not in text and "\0" not in text and role in ("assert", "key", "docstring", "returned"):
            source = form.format(f'"""{text}"""')
            raises = "AssertionError" if role == "assert" else ""
            name = f"{role} {k} as it is"
            made.append(Case("texts", name, source, native=False, python=False, raises=raises))
    made += [
        Case(
            "texts",
            f"comment {k}",
            f"def objective(a):\n    # {text}\n    return zz\n",
            native=False,
            python=False,
        )
        for k, text in enumerate(BREAKOUTS)
    ]
    made += [Case("texts", f"file: {name}", raw, native=False, python=False) for name, raw in RAW.items()]
    return made + [Case("texts", name, text, native=False) for name, text in TEXTS.items()]
