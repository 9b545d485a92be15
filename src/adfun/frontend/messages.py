"""The texts of errors that an objective raises: run-time numbers in them become arguments of the check."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Sequence

from adfun.frontend.machine import Machine, attempt
from adfun.frontend.values import Scalar, Value, as_python, is_known
from adfun.ir.nodes import Operand

MOST = 4
"""So many numbers fit into a report; what is beyond is left out."""
LEFT_OUT = "..."
_CONVERSIONS: dict[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}
_PERCENT = re.compile(r"%(?P<flags>[-+ 0]*)(?P<width>\d*)(?P<digits>\.\d+)?(?P<kind>[diouxXeEfFgGrs%])")


class Message:
    """A text under construction; `{0}` stands for the first argument."""

    def __init__(self, m: Machine) -> None:
        self.m = m
        self.text = ""
        self.args: list[Operand] = []

    def plain(self, text: str) -> None:
        self.text += text.replace("{", "{{").replace("}", "}}")

    def value(self, value: Value, spec: str = "", conversion: str = "") -> None:
        """Add what format() makes of a value."""
        if isinstance(value, Scalar) and len(self.args) < MOST:
            self.text += f"{{{len(self.args)}{conversion and '!' + conversion}{spec and ':' + spec}}}"
            self.args.append(value.operand)
        elif isinstance(value, Scalar) or not is_known(value):
            self.text += LEFT_OUT
        else:
            known = as_python(value)
            try:
                self.plain(format(_CONVERSIONS[conversion](known) if conversion else known, spec))
            except (TypeError, ValueError):
                self.plain(str(known))

    def part(self, node: ast.expr, spec: str = "", conversion: str = "") -> None:
        value, refused = attempt(lambda: self.m.eval(node))
        if refused:
            self.text += LEFT_OUT
        else:
            self.value(value, spec, conversion)

    def add(self, node: ast.expr) -> None:
        """Add the text that an expression stands for."""
        match node:
            case ast.JoinedStr():
                self.joined(node)
            case ast.BinOp(left=left, op=ast.Add(), right=right) if _is_text(left) or _is_text(right):
                self.add(left)
                self.add(right)
            case ast.BinOp(left=ast.Constant(value=str(pattern)), op=ast.Mod(), right=right):
                self.percent(pattern, right.elts if isinstance(right, ast.Tuple) else [right])
            case ast.Call(func=ast.Name(id="str" | "repr" as kind), args=[inner]):
                self.part(inner, conversion=kind[0])
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(pattern)), attr="format")):
                self.braces(pattern, node)
            case _:
                self.part(node)

    def joined(self, node: ast.JoinedStr) -> None:
        for part in node.values:
            if isinstance(part, ast.Constant):
                self.plain(str(part.value))
            elif isinstance(part, ast.FormattedValue):
                conversion = chr(part.conversion) if part.conversion > 0 else ""
                self.part(part.value, self.spec(part.format_spec), conversion)

    def spec(self, node: ast.expr | None) -> str:
        """A format specification, where it is known; none otherwise."""
        if node is None:
            return ""
        inner = Message(self.m)
        inner.add(node)
        return "" if inner.args or LEFT_OUT in inner.text else inner.text

    def percent(self, pattern: str, values: Sequence[ast.expr]) -> None:
        """pattern % values"""
        end, rest = 0, iter(values)
        for found in _PERCENT.finditer(pattern):
            self.plain(pattern[end : found.start()])
            end = found.end()
            if found["kind"] == "%":
                self.plain("%")
                continue
            node = next(rest, None)
            if node is not None:
                self.part(node, _as_spec(found), "r" if found["kind"] == "r" else "")
        self.plain(pattern[end:])

    def braces(self, pattern: str, call: ast.Call) -> None:
        """pattern.format(...)"""
        named = {k.arg: k.value for k in call.keywords}
        count = 0
        for text, name, spec, conversion in string.Formatter().parse(pattern):
            self.plain(text)
            if name is None:
                continue
            if not name:
                name, count = str(count), count + 1
            node = named.get(name)
            if name.isdigit() and int(name) < len(call.args):
                node = call.args[int(name)]
            if node is None:
                self.text += LEFT_OUT
            else:
                self.part(node, spec or "", conversion or "")


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr() | ast.Constant(value=str()):
            return True
        case ast.Call(func=ast.Name(id="str" | "repr")) | ast.Call(func=ast.Attribute(attr="format")):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(left) or _is_text(right)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _is_text(left)
        case _:
            return False


def _as_spec(found: re.Match[str]) -> str:
    """A conversion of `%` as a format specification."""
    flags, kind = found["flags"], found["kind"]
    align = "<" if "-" in flags else ">" if kind in "rs" and found["width"] else ""
    sign = "+" if "+" in flags else " " if " " in flags else ""
    zero = "0" if "0" in flags and "-" not in flags else ""
    if kind in "diu":
        return f"{align}{sign}{zero}{found['width']}.0f"
    return f"{align}{sign}{zero}{found['width']}{found['digits'] or ''}{'' if kind in 'rs' else kind}"


def message(m: Machine, node: ast.expr | None) -> tuple[str, list[Operand]]:
    """The text of an error, and the run-time numbers in it."""
    made = Message(m)
    if node is not None:
        made.add(node)
    return made.text, made.args
