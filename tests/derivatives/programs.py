"""Programs built by hand, each with the same computation written for mpmath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mpmath import mp

from adfun.ir.builder import Builder
from adfun.ir.nodes import Buffer, Const, Function, Input, Operand, Var, f64, i64
from adfun.ir.types import B1, F64, I64, Type
from adfun.primitives import arithmetic as a
from adfun.primitives import elementary as e

Values = dict[str, Any]


@dataclass(frozen=True)
class Program:
    """`emit` returns the value given the inputs by name; `reference` computes it with mpmath."""

    emit: Callable[[Kit], Operand]
    reference: Callable[[Values, Values], Any]
    params: Values
    data: Values = field(default_factory=dict)

    def function(self) -> Function:
        kit = Kit()
        for role, values in (("param", self.params), ("data", self.data)):
            for name, value in values.items():
                kit.input(name, role, value)
        value = self.emit(kit)
        return Function("fn", tuple(kit.inputs), kit.b.finish(value))


class Kit:
    """A builder with Python operators' names and the inputs of the program."""

    def __init__(self) -> None:
        self.b = Builder()
        self.inputs: list[Input] = []
        self.by_name: dict[str, Any] = {}
        self.sizes: dict[str, Var] = {}

    def input(self, name: str, role: Any, value: Any) -> None:
        item: Var | Buffer
        if isinstance(value, int | float):
            item = Var(_type_of(value), name)
        else:
            shape, inner = [], value
            while isinstance(inner, list):
                shape.append(self.sizes.setdefault(f"n{len(inner)}", Var(I64, f"n{len(inner)}")))
                inner = inner[0]
            item = Buffer(_type_of(inner), tuple(shape), "input", name)
        self.by_name[name] = item
        self.inputs.append(Input(name, role, item))

    def __getitem__(self, name: str) -> Any:
        return self.by_name[name]

    def size(self, name: str, axis: int = 0) -> Operand:
        return self.by_name[name].shape[axis]

    # -- scalars
    def add(self, x: Operand, *rest: Operand) -> Operand:
        for y in rest:
            x = self.b.op(a.add, x, y)
        return x

    def sub(self, x: Operand, y: Operand) -> Operand:
        return self.b.op(a.sub, x, y)

    def mul(self, x: Operand, *rest: Operand) -> Operand:
        for y in rest:
            x = self.b.op(a.mul, x, y)
        return x

    def div(self, x: Operand, y: Operand) -> Operand:
        return self.b.op(a.div, x, y)

    def f(self, name: str, *args: Operand) -> Operand:
        return self.b.op(getattr(a, name, None) or getattr(e, name), *args)

    def iadd(self, x: Operand, by: int | Operand) -> Operand:
        return self.b.op(a.iadd, x, i64(by) if isinstance(by, int) else by)

    # -- memory and loops
    def at(self, name: str | Buffer, *index: Operand | int) -> Operand:
        buffer = self.by_name[name] if isinstance(name, str) else name
        return self.b.load(buffer, _index(index))

    def put(self, buffer: Buffer, index: Sequence[Operand | int], value: Operand) -> None:
        self.b.store(buffer, _index(index), value)

    def alloc(self, *shape: Operand | int, zero: bool = False, hint: str = "w") -> Buffer:
        return self.b.alloc(F64, _index(shape), zero=zero, hint=hint)

    def loop(
        self,
        stop: Operand | int,
        inits: Sequence[Operand],
        body: Callable[..., Any],
        start: Operand | int = 0,
    ) -> tuple[Var, ...]:
        """`body(index, *carried)` returns the next carried values: a sequence, one operand, or None."""
        low, high = _index((start, stop))
        return self.b.for_loop(low, high, inits, lambda i, c: _tuple(body(i, *c)))

    def total(self, stop: Operand | int, term: Callable[[Var], Operand], start: Operand | int = 0) -> Operand:
        return self.loop(stop, [f64(0.0)], lambda i, s: self.add(s, term(i)), start)[0]

    def fill(self, buffer: Buffer, element: Callable[[Var], Operand]) -> None:
        self.loop(buffer.shape[0], [], lambda i: self.put(buffer, [i], element(i)))


def _index(parts: Sequence[Operand | int]) -> tuple[Operand, ...]:
    return tuple(i64(x) if isinstance(x, int) else x for x in parts)


def _tuple(values: Any) -> tuple[Operand, ...]:
    if values is None:
        return ()
    return (values,) if isinstance(values, Var | Const) else tuple(values)


def _type_of(value: Any) -> Type:
    return B1 if isinstance(value, bool) else I64 if isinstance(value, int) else F64


PROGRAMS: dict[str, Program] = {}


def program(params: Values, data: Values | None = None) -> Callable[[Any], Any]:
    """Registers a pair: a class with `emit` and `reference`."""

    def register(pair: Any) -> Any:
        PROGRAMS[pair.__name__] = Program(pair.emit, pair.reference, params, data or {})
        return pair

    return register


Y = [0.3, -1.2, 2.5, 0.7, -0.4]
Z = [1.1, 0.2, -0.6, 0.9, 1.7]


@program({"x": 0.7, "y": -1.3})
class scalars:
    def emit(k: Kit) -> Operand:
        x, y = k["x"], k["y"]
        return k.add(k.mul(x, k.f("exp", y)), k.f("sin", k.div(x, y)), k.f("pow", x, f64(3.0)))

    def reference(p: Values, d: Values) -> Any:
        return p["x"] * mp.exp(p["y"]) + mp.sin(p["x"] / p["y"]) + p["x"] ** 3


@program({"mu": 0.2, "sigma": 1.4}, {"y": Y})
class normal:
    """A loop that only accumulates, with scalar parameters."""

    def emit(k: Kit) -> Operand:
        def term(i: Var) -> Operand:
            z = k.div(k.sub(k.at("y", i), k["mu"]), k["sigma"])
            return k.add(k.mul(z, z), k.f("log", k["sigma"]))

        return k.total(k.size("y"), term)

    def reference(p: Values, d: Values) -> Any:
        return sum(((y - p["mu"]) / p["sigma"]) ** 2 + mp.log(p["sigma"]) for y in d["y"])


@program({"beta": [0.4, -0.3, 0.8]}, {"x": [[1.0, 0.5, -1.0], [1.0, -0.2, 0.3]], "y": [1.0, 0.0]})
class logistic:
    """Nested sums: the inner one is used nonlinearly."""

    def emit(k: Kit) -> Operand:
        def term(i: Var) -> Operand:
            eta = k.total(k.size("beta"), lambda j: k.mul(k.at("x", i, j), k.at("beta", j)))
            return k.sub(k.mul(k.at("y", i), eta), k.f("logaddexp", f64(0.0), eta))

        return k.total(k.size("y"), term)

    def reference(p: Values, d: Values) -> Any:
        total = mp.mpf(0)
        for row, y in zip(d["x"], d["y"], strict=True):
            eta = sum(x * b for x, b in zip(row, p["beta"], strict=True))
            total += y * eta - mp.log(1 + mp.exp(eta))
        return total


@program({"x": [0.3, 0.9, -0.5], "s": 0.4})
class double_sum:
    """Nested loops that hand one accumulator through."""

    def emit(k: Kit) -> Operand:
        n = k.size("x")

        def outer(i: Var, total: Var) -> Operand:
            return k.loop(
                n, [total], lambda j, t: k.sub(t, k.f("exp", k.mul(k.at("x", i), k.at("x", j), k["s"])))
            )[0]

        return k.loop(n, [f64(0.0)], outer)[0]

    def reference(p: Values, d: Values) -> Any:
        return -sum(mp.exp(u * v * p["s"]) for u in p["x"] for v in p["x"])


@program({"phi": 0.6, "c": 0.3}, {"y": Y})
class recurrence:
    """A sequential loop and an accumulator in it."""

    def emit(k: Kit) -> Operand:
        def step(t: Var, h: Var, total: Var) -> Any:
            after = k.f("tanh", k.add(k.mul(k["phi"], h), k.mul(k["c"], k.at("y", t))))
            return after, k.add(total, k.mul(after, after, h))

        h, total = k.loop(k.size("y"), [k["c"], f64(0.0)], step)
        return k.add(total, h)

    def reference(p: Values, d: Values) -> Any:
        h, total = p["c"], mp.mpf(0)
        for y in d["y"]:
            after = mp.tanh(p["phi"] * h + p["c"] * y)
            h, total = after, total + after * after * h
        return total + h


@program({"x": [0.5, 1.5, -0.7]})
class shift_register:
    """Carried values that change places."""

    def emit(k: Kit) -> Operand:
        def step(t: Var, one: Var, two: Var, three: Var) -> Any:
            return two, three, k.f("sin", k.add(one, k.mul(two, three)))

        r = k.loop(4, [k.at("x", 0), k.at("x", 1), k.at("x", 2)], step)
        return k.add(k.mul(r[0], r[1]), r[2])

    def reference(p: Values, d: Values) -> Any:
        one, two, three = p["x"]
        for _ in range(4):
            one, two, three = two, three, mp.sin(one + two * three)
        return one * two + three


@program({"w": 0.1, "al": 0.15, "be": 0.7}, {"y": Y})
class garch:
    """An array filled from its own earlier elements, then read in a second loop."""

    def emit(k: Kit) -> Operand:
        n = k.size("y")
        s = k.alloc(n)
        k.put(s, [0], k.div(k["w"], k.sub(f64(1.0), k["be"])))

        def step(t: Var) -> None:
            before = k.iadd(t, -1)
            e2 = k.f("square", k.at("y", before))
            k.put(
                s,
                [t],
                k.add(k["w"], k.mul(k["al"], e2), k.mul(k["be"], k.f("pow", k.at(s, before), f64(1.25)))),
            )

        k.loop(n, [], step, start=1)
        return k.total(n, lambda t: k.add(k.f("log", k.at(s, t)), k.div(k.at("y", t), k.at(s, t))))

    def reference(p: Values, d: Values) -> Any:
        s = [p["w"] / (1 - p["be"])]
        for t in range(1, len(d["y"])):
            s.append(p["w"] + p["al"] * d["y"][t - 1] ** 2 + p["be"] * s[t - 1] ** mp.mpf(1.25))
        return sum(mp.log(v) + y / v for v, y in zip(s, d["y"], strict=True))


@program({"x": [0.2, -0.7, 1.1]})
class overwritten:
    """Elements used nonlinearly and then overwritten in place, twice."""

    def emit(k: Kit) -> Operand:
        n = k.size("x")
        w = k.alloc(n)
        k.fill(w, lambda i: k.at("x", i))
        for _ in range(2):

            def step(i: Var) -> None:
                k.put(w, [i], k.mul(k.at(w, i), k.f("sin", k.at(w, i))))

            k.loop(n, [], step)
        return k.total(n, lambda i: k.f("exp", k.at(w, i)))

    def reference(p: Values, d: Values) -> Any:
        total = mp.mpf(0)
        for x in p["x"]:
            for _ in range(2):
                x = x * mp.sin(x)
            total += mp.exp(x)
        return total


@program({"x": [0.2, -0.7, 1.1]})
class read_flat:
    """A matrix that is read by the place of an element in all of it, and overwritten, again and again."""

    def emit(k: Kit) -> Operand:
        n = k.size("x")
        w = k.alloc(n, 2)

        def each(put: Callable[[Var, Var], None]) -> None:
            k.loop(n, [], lambda i: k.loop(2, [], lambda j: put(i, j)) and None)

        def place(i: Var, j: Var) -> Operand:
            return k.iadd(k.b.op(a.imul, i, i64(2)), j)

        def step(t: Var) -> None:
            new = k.alloc(n, 2)
            each(lambda i, j: k.put(new, [i, j], k.f("sin", k.mul(k.at(w, place(i, j)), f64(1.7)))))
            each(lambda i, j: k.put(w, [i, j], k.add(k.at(new, i, j), k.at("x", i))))

        each(lambda i, j: k.put(w, [i, j], k.mul(k.at("x", i), k.f("i2f", k.iadd(j, 1)))))
        k.loop(3, [], step)
        return k.total(n, lambda i: k.mul(k.at(w, i, 0), k.f("square", k.at(w, i, 1))))

    def reference(p: Values, d: Values) -> Any:
        total = mp.mpf(0)
        for x in p["x"]:
            w = [x, 2 * x]
            for _ in range(3):
                w = [mp.sin(v * mp.mpf(1.7)) + x for v in w]
            total += w[0] * w[1] ** 2
        return total


@program({"x": [0.2, -0.7, 1.1, 0.4]})
class prefix:
    """x[i] += f(x[i-1]): accumulation onto elements that later iterations read."""

    def emit(k: Kit) -> Operand:
        n = k.size("x")
        w = k.alloc(n)
        k.fill(w, lambda i: k.at("x", i))
        k.loop(n, [], lambda i: k.b.accum(w, [i], k.f("sin", k.at(w, k.iadd(i, -1)))), start=1)
        return k.total(n, lambda i: k.f("square", k.at(w, i)))

    def reference(p: Values, d: Values) -> Any:
        w = list(p["x"])
        for i in range(1, len(w)):
            w[i] += mp.sin(w[i - 1])
        return sum(v * v for v in w)


@program({"x": [0.2, -0.7, 0.5], "f": [[0.3, 0.5, 0.1], [-0.4, 0.2, 0.6], [0.7, 0.1, -0.2]]})
class state_space:
    """x = tanh(F x), through a second array that is copied back."""

    def emit(k: Kit) -> Operand:
        n = k.size("x")
        x, new = k.alloc(n, hint="state"), k.alloc(n, hint="new")
        k.fill(x, lambda i: k.at("x", i))

        def step(t: Var, total: Var) -> Operand:
            def row(i: Var) -> None:
                k.put(new, [i], k.f("tanh", k.total(n, lambda j: k.mul(k.at("f", i, j), k.at(x, j)))))

            k.loop(n, [], row)
            k.loop(n, [], lambda i: k.put(x, [i], k.at(new, i)))
            return k.add(total, k.mul(k.at(x, 0), k.at(x, 1)))

        return k.loop(4, [f64(0.0)], step)[0]

    def reference(p: Values, d: Values) -> Any:
        x, total = p["x"], mp.mpf(0)
        for _ in range(4):
            x = [mp.tanh(sum(f * v for f, v in zip(row, x, strict=True))) for row in p["f"]]
            total += x[0] * x[1]
        return total


@program({"x": 2.0, "c": 0.3})
class newton_while:
    """A while loop with a carried float, an integer and an accumulator."""

    def emit(k: Kit) -> Operand:
        def body(v: tuple[Var, ...]) -> Sequence[Operand]:
            y, n, total = v
            after = k.mul(f64(0.5), k.add(y, k.div(k["x"], y)))
            return after, k.iadd(n, 2), k.add(total, k.mul(after, k.f("i2f", n), k["c"]))

        def cond(v: tuple[Var, ...]) -> Operand:
            return k.f("lt", f64(1e-2), k.f("fabs", k.sub(k.f("square", v[0]), k["x"])))

        y, _, total = k.b.while_loop([k["c"], i64(1), f64(0.0)], cond, body)
        return k.add(k.f("exp", y), total)

    def reference(p: Values, d: Values) -> Any:
        y, n, total = p["c"], 1, mp.mpf(0)
        while abs(y * y - p["x"]) > mp.mpf(1e-2):
            y = (y + p["x"] / y) / 2
            total += y * n * p["c"]
            n += 2
        return mp.exp(y) + total


@program({"x": 0.4, "r": 1.3}, {"y": Y})
class while_in_for:
    """A while loop whose trip count depends on the iteration around it."""

    def emit(k: Kit) -> Operand:
        def term(i: Var, h: Var) -> Operand:
            def body(v: tuple[Var, ...]) -> Sequence[Operand]:
                return (k.f("sin", k.mul(k["r"], v[0], k.f("exp", h))), k.iadd(v[1], 1))

            s, _ = k.b.while_loop([k.at("y", i), i64(0)], lambda v: k.b.op(a.ilt, v[1], k.iadd(i, 1)), body)
            return k.mul(f64(0.7), k.add(s, h))

        return k.loop(k.size("y"), [k["x"]], term)[0]

    def reference(p: Values, d: Values) -> Any:
        h = p["x"]
        for i, y in enumerate(d["y"]):
            s = y
            for _ in range(i + 1):
                s = mp.sin(p["r"] * s * mp.exp(h))
            h = mp.mpf(0.7) * (s + h)
        return h


@program({"x": 0.4, "c": -0.8}, {"y": Y})
class branches:
    """An `If` with carried values, a loop inside an arm, and values from outside used in one arm."""

    def emit(k: Kit) -> Operand:
        out = k.f("exp", k["c"])

        def step(i: Var, h: Var, total: Var) -> Any:
            y = k.at("y", i)

            def positive() -> Sequence[Operand]:
                inner = k.loop(3, [h], lambda j, v: k.f("sin", k.mul(v, out)))[0]
                return k.mul(inner, y), k.add(total, k.f("square", inner))

            def negative() -> Sequence[Operand]:
                return k.add(h, k.mul(k["c"], y)), total

            return k.b.if_else(k.f("lt", f64(0.0), y), positive, negative)

        h, total = k.loop(k.size("y"), [k["x"], f64(0.0)], step)
        return k.add(k.mul(h, k["c"]), total)

    def reference(p: Values, d: Values) -> Any:
        h, total, out = p["x"], mp.mpf(0), mp.exp(p["c"])
        for y in d["y"]:
            if y > 0:
                inner = h
                for _ in range(3):
                    inner = mp.sin(inner * out)
                h, total = inner * y, total + inner**2
            else:
                h = h + p["c"] * y
        return h * p["c"] + total


@program({"x": 0.4, "c": -0.8}, {"y": Y})
class branch_sum:
    """An accumulator through an `If`: still a loop that only accumulates."""

    def emit(k: Kit) -> Operand:
        def step(i: Var, total: Var) -> Any:
            y = k.at("y", i)
            return k.b.if_else(
                k.f("lt", f64(0.0), y),
                lambda: [k.sub(total, k.f("exp", k.mul(y, k["x"])))],
                lambda: [total],
            )

        return k.mul(k.loop(k.size("y"), [k["c"]], step)[0], k["c"])

    def reference(p: Values, d: Values) -> Any:
        return (p["c"] - sum(mp.exp(y * p["x"]) for y in d["y"] if y > 0)) * p["c"]


@program({"u": [0.2, -0.7, 1.1], "s": 0.5}, {"y": Y, "g": [0, 2, 2, 1, 0]})
class gather_scatter:
    """Elements found through data, accumulated through data."""

    def emit(k: Kit) -> Operand:
        sums = k.alloc(k.size("u"), zero=True)

        def step(i: Var) -> None:
            g = k.at("g", i)
            k.b.accum(sums, [g], k.f("exp", k.mul(k.at("u", g), k.at("y", i), k["s"])))

        k.loop(k.size("y"), [], step)
        return k.total(k.size("u"), lambda j: k.f("log", k.add(k.at(sums, j), f64(1.0))))

    def reference(p: Values, d: Values) -> Any:
        sums = [mp.mpf(1)] * 3
        for y, g in zip(d["y"], d["g"], strict=True):
            sums[g] += mp.exp(p["u"][g] * y * p["s"])
        return sum(mp.log(s) for s in sums)


@program({"a": [[1.5, 0.0, 0.0], [0.3, 1.2, 0.0], [-0.4, 0.6, 0.9]], "b": [0.3, 1.0, -0.5]})
class forward_substitution:
    """Triangular loops: a loop whose range depends on the loop around it."""

    def emit(k: Kit) -> Operand:
        n = k.size("b")
        x = k.alloc(n)

        def row(i: Var) -> None:
            s = k.loop(i, [k.at("b", i)], lambda j, t: k.sub(t, k.mul(k.at("a", i, j), k.at(x, j))))[0]
            k.put(x, [i], k.div(s, k.at("a", i, i)))

        k.loop(n, [], row)
        return k.total(n, lambda i: k.f("square", k.at(x, i)))

    def reference(p: Values, d: Values) -> Any:
        x: list[Any] = []
        for i, b in enumerate(p["b"]):
            x.append((b - sum(p["a"][i][j] * x[j] for j in range(i))) / p["a"][i][i])
        return sum(v * v for v in x)


@program({"x": [0.9, 0.2, 0.4, 1.3]})
class in_place_triangle:
    """Overwritten elements in a triangle: kept on a tape that is counted, not indexed."""

    def emit(k: Kit) -> Operand:
        n = k.size("x")
        w = k.alloc(n)
        k.fill(w, lambda i: k.at("x", i))

        def row(i: Var) -> None:
            def cell(j: Var) -> None:
                def change() -> Sequence[Operand]:
                    k.put(w, [j], k.mul(k.at(w, j), k.f("cos", k.at(w, i))))
                    return ()

                k.b.if_else(k.f("lt", k.at(w, j), f64(0.8)), change, tuple)

            k.loop(i, [], cell)

        k.loop(n, [], row)
        return k.total(n, lambda i: k.f("exp", k.at(w, i)))

    def reference(p: Values, d: Values) -> Any:
        w = list(p["x"])
        for i in range(len(w)):
            for j in range(i):
                if w[j] < mp.mpf(0.8):
                    w[j] = w[j] * mp.cos(w[i])
        return sum(mp.exp(v) for v in w)


@program({"x": [0.9, 0.2], "c": 0.5}, {"y": Y})
class work_array:
    """An array made in every iteration, filled by a sequential loop inside."""

    def emit(k: Kit) -> Operand:
        def term(i: Var, total: Var) -> Operand:
            w = k.alloc(4)
            k.put(w, [0], k.mul(k.at("x", 0), k.at("y", i)))
            k.loop(4, [], lambda j: k.put(w, [j], k.f("sin", k.add(k.at(w, k.iadd(j, -1)), k["c"]))), start=1)
            return k.add(total, k.mul(k.at(w, 3), k.at(w, 1), k.at("x", 1)))

        return k.loop(k.size("y"), [f64(0.0)], term)[0]

    def reference(p: Values, d: Values) -> Any:
        total = mp.mpf(0)
        for y in d["y"]:
            w = [p["x"][0] * y]
            for _ in range(3):
                w.append(mp.sin(w[-1] + p["c"]))
            total += w[3] * w[1] * p["x"][1]
        return total


@program({"x": [0.9, 0.2, -0.3], "c": 0.5})
class reused_array:
    """A work array outside the loop, refilled in every iteration; and a ring of values."""

    def emit(k: Kit) -> Operand:
        w, n = k.alloc(3), k.size("x")

        def term(i: Var, h: Var) -> Operand:
            k.loop(3, [], lambda j: k.put(w, [j], k.f("sin", k.mul(k.at("x", j), h))))
            k.put(w, [1], k.mul(k.at(w, 1), k.at(w, 0)))
            return k.add(k.total(3, lambda j: k.f("exp", k.at(w, j))), k.at(w, i))

        return k.loop(n, [k["c"]], term)[0]

    def reference(p: Values, d: Values) -> Any:
        h = p["c"]
        for i in range(3):
            w = [mp.sin(x * h) for x in p["x"]]
            w[1] = w[1] * w[0]
            h = sum(mp.exp(v) for v in w) + w[i]
        return h


@program({"x": [0.0, 0.8, 0.0, 2.0]})
class masked:
    """Unchosen arms of selections are singular where they are not chosen."""

    def emit(k: Kit) -> Operand:
        def term(i: Var) -> Operand:
            x = k.at("x", i)
            positive = k.f("lt", f64(0.0), x)
            root = k.f("select", positive, k.f("sqrt", x), k.mul(x, f64(3.0)))
            return k.add(root, k.f("select", positive, k.div(k.f("log", x), x), k.f("square", x)))

        return k.total(k.size("x"), term)

    def reference(p: Values, d: Values) -> Any:
        centres = (0, mp.mpf(0.8), 0, 2)  # the branch taken at the point, not beside it
        total = mp.mpf(0)
        for x, centre in zip(p["x"], centres, strict=True):
            total += mp.sqrt(x) + mp.log(x) / x if centre > 0 else 3 * x + x * x
        return total


@program({"x": [0.3, 0.5], "c": 0.2}, {"n": 0, "y": Y, "k": -1})
class empty_loops:
    """Loops that do not run, reading elements that do not exist."""

    def emit(k: Kit) -> Operand:
        one = k.total(k["n"], lambda i: k.f("exp", k.at("x", k["k"])))
        two = k.loop(k["k"], [k["c"]], lambda i, h: k.f("sin", k.mul(h, k.at("x", i))))[0]

        def term(i: Var, total: Var) -> Any:
            return k.b.if_else(
                k.b.op(a.ilt, i64(0), k["k"]),
                lambda: [k.add(total, k.at("x", k["k"]))],
                lambda: [k.add(total, k.at("x", 1))],
            )

        three = k.loop(k.size("y"), [f64(0.0)], term)[0]
        return k.add(k.f("exp", one), k.f("sin", two), k.f("square", three))

    def reference(p: Values, d: Values) -> Any:
        return 1 + mp.sin(p["c"]) + (len(d["y"]) * p["x"][1]) ** 2


@program({"x": [0.3, 0.5, 0.9]})
class growing:
    """A while loop that overwrites an element, with the test reading it."""

    def emit(k: Kit) -> Operand:
        w = k.alloc(1)

        def outer(i: Var, total: Var) -> Operand:
            k.put(w, [0], k.at("x", i))

            def body(v: tuple[Var, ...]) -> Sequence[Operand]:
                k.put(w, [0], k.add(k.at(w, 0), k.f("square", k.at(w, 0))))
                return ()

            k.b.while_loop([], lambda v: k.f("lt", k.at(w, 0), f64(2.0)), body)
            return k.add(total, k.f("log", k.at(w, 0)))

        return k.loop(3, [f64(0.0)], outer)[0]

    def reference(p: Values, d: Values) -> Any:
        total = mp.mpf(0)
        for w in p["x"]:
            while w < 2:
                w += w * w
            total += mp.log(w)
        return total


@program({"x": [0.0, 0.8, 2.0], "s": 0.0})
class masked_products:
    """Products with infinite factors in arms that are not chosen."""

    def emit(k: Kit) -> Operand:
        inverse = k.div(f64(1.0), k["s"])

        def term(i: Var) -> Operand:
            x = k.at("x", i)
            chosen = k.f("select", k.f("lt", f64(0.0), x), k.mul(x, k.f("log", x)), k.mul(f64(2.0), x))
            return k.b.if_else(
                k.f("lt", k["s"], f64(0.0)),
                lambda: [k.mul(inverse, k.f("exp", k.mul(inverse, x)), x)],
                lambda: [k.mul(chosen, k.add(k["s"], f64(1.0)))],
            )[0]

        return k.total(k.size("x"), term)

    def reference(p: Values, d: Values) -> Any:
        x = p["x"]
        return (2 * x[0] + x[1] * mp.log(x[1]) + x[2] * mp.log(x[2])) * (p["s"] + 1)
