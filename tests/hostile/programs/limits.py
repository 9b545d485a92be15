"""Numbers, shapes, axes and types at and beyond their limits."""

from __future__ import annotations

from tests.hostile.judge import Case
from tests.hostile.programs.calls import DATA, HEAD, PARAMS

INTEGERS = (
    "k * 2**62", "k * 2**61 * 3", "k + 2**63 - 4", "k - 2**63", "-(k - 2**63 - 3)", "k ** 40", "k ** 39", "k ** k ** k", "k << 61", "k << 62", "k << 63", "k << 64", "k << -1", "k >> 64", "k >> -1", "k >> 10**9", "(-k) >> 64", "~(k - 2**63)",
    "abs(k - 2**63 - 3)", "k // -1 - 2**63", "(k - 3 - 2**63) // -1", "(k - 3 - 2**63) % -1", "divmod(k - 3 - 2**63, -1)[0]", "k // 0", "k % 0", "k // 0.0", "k % 0.0", "divmod(k, 0)[0]", "k ** -1", "(k - 3) ** -1", "0 ** -k", "(-k) ** 0.5", "k ** 0.5", "(k - 3) ** 0", "pow(k, -1, 7)", "pow(k, 2, 0)", "pow(k, 2, 7)", "pow(k, 2.0, 7)",
    "int(1e19) + k", "int(a * 1e19)", "int(np.inf)", "int(np.nan)", "int(a * np.inf)", "int(a * np.nan)", "int(-a * 1e300)", "round(a * 1e300)", "math.floor(a * 1e300)", "math.ceil(a * np.inf)", "math.trunc(a * np.nan)", "int('9' * 30) % k", "int(str(k) * 10)", "float(10**308 * 10) * k", "float('1e999') * k", "k * 10**400", "k / 10**400", "10**400 / k",
    "10**400 // 10**399 * k", "math.factorial(k * 10)", "math.factorial(k * 5)", "math.factorial(-k)", "math.factorial(a)", "math.comb(k * 30, 45)", "math.comb(k, -1)", "math.gcd(k, 2**70)", "math.lcm(k, 2**62 - 1)", "math.isqrt(-k)", "math.isqrt(k * 10**30)", "sum([k * 2**62, k * 2**62])", "sum(range(k * 10**9))", "sum(i * (2**62) for i in range(k))", "max(k, 2**70)", "min(k, -2**70)",
    "np.int64(2**62) * k * 4", "np.int32(2**31 - 1) + np.int32(k)", "np.int8(k) + 200", "np.int8(300)", "np.uint8(k) - 4", "np.uint64(2**64 - 1) + k", "np.abs(np.int64(-(2**63)))", "np.sum(i * 2**62)", "np.prod(np.array([k] * 50))", "np.cumprod(np.array([k] * 45))[-1]", "np.array([2**63 - 1])[0] + k", "np.array([2**64])[0] * a", "np.array([2**63])[0] * a", "np.array([10**400]) * a", "np.power(k, 50)", "np.power(k, -1)", "np.power(i, -1)", "np.left_shift(k, 70)", "i << 70", "i << -1", "i >> -1", "i ** -1", "i ** 70", "i // 0", "i % 0", "np.arange(2**62, 2**62 + 3)[1] * k",
    "len(range(k * 2**62))", "len(range(-(2**63), 2**63 - 1))", "range(2**63)[-1] * k", "range(k, 10**20, 10**19)[1]", "list(range(k * 2**61, k * 2**61 + 2))[1] * k", "[2**62, 2**62][k - 3] * k", "'x' * k * 2**62", "[a] * (k * 2**62)", "(a,) * -k", "[a] * (k - 10)", "k.bit_length()", "(k * 2**62).bit_length()", "k.to_bytes(1, 'big')[0]", "int.from_bytes(b'\\xff' * 9, 'big') * k", "hash(2**61 - 1) + k", "True << 63", "True + True + k", "-True ** k", "~True + k",
)  # fmt: skip

FLOATS = (
    "a * 1e308 * 10", "a / 1e308 / 1e308", "a / 0", "a / 0.0", "a // 0", "a % 0", "a // 0.0", "0.0 / (a - 2)", "1 / (a - 2)", "a ** 10000", "a ** -10000", "(-a) ** 0.5", "(-a) ** 1.5", "(a - 2) ** -1", "(a - 2) ** -0.5", "0.0 ** (a - 3)", "a ** np.inf", "np.nan ** 0 * a", "1 ** (a * np.nan)", "a % np.inf", "-a % np.inf", "a // np.inf", "-a // np.inf", "np.inf % a", "np.inf // a", "divmod(a, np.inf)[0]", "divmod(-a, 0.0)[0]",
    "math.sqrt(a - 3)", "math.log(a - 2)", "math.log(-a)", "math.log(a, 1)", "math.log(a, 0)", "math.exp(a * 1000)", "math.exp(-a * 1000)", "math.sin(a * np.inf)", "math.acos(a)", "math.atanh(a / 2)", "math.gamma(-k)", "math.gamma(a * 200)", "math.lgamma(-k)", "math.pow(a, 5000)", "math.pow(-a, 0.5)", "math.pow(a - 2, -1)", "math.fmod(a, 0)", "math.fmod(a * np.inf, 1)", "math.ldexp(a, 5000)", "math.ldexp(a, 10**20)", "math.frexp(a * np.inf)[1]", "math.hypot(a * 1e308, 1e308)", "math.cosh(a * 1000)", "math.expm1(a * 1000)", "math.nextafter(a, np.inf)", "math.ulp(a)", "math.remainder(a, 0)", "math.dist([a], [1, 2])", "math.fsum([a * 1e308, 1e308, -1e308])", "math.prod([a] * 2000)", "math.isclose(a, np.nan, rel_tol=-1)", "math.copysign(a, -0.0)", "math.modf(a * np.inf)[0]",
    "round(a, 400)", "round(a, -400)", "round(a, k)", "round(a * np.nan)", "float('nan') * a", "float('1_0') * a", "float(' 1 ') * a", "float('') * a", "float('0x10') * a", "float('1e') * a", "a.is_integer()", "a.hex()", "a.as_integer_ratio()[0]", "float.fromhex('0x1p1023') * a * 4", "complex(a)", "a + 1j", "abs(a + 1j)", "np.sqrt(a - 3)", "np.log(a - 2)", "np.arccos(a)", "np.float32(a) * 1e39", "np.float16(a) * 70000", "np.float64(a) / 0", "np.divide(a, 0)", "np.reciprocal(k)", "np.reciprocal(k - 3)", "np.spacing(a)", "np.ldexp(a, k * 1000)", "np.nextafter(a, 3)", "np.sign(a * np.nan)",
)  # fmt: skip

SHAPES = (
    "np.zeros((0,))", "np.zeros((0, 3))", "np.zeros((3, 0))", "np.zeros(())", "np.zeros([])", "np.zeros((1,) * 64)", "np.zeros((1,) * 65)", "np.zeros(-1)", "np.zeros((2, -1))", "np.zeros(1.5)", "np.zeros('3')", "np.zeros(None)", "np.zeros(True)", "np.zeros((k, k - 3))", "np.zeros(k - 4)", "np.zeros(a)", "np.zeros((a, 2))", "np.zeros([k, [k]])", "np.zeros(np.array([2, 3]))", "np.zeros(np.array([2.0, 3.0]))", "np.zeros(2**63)", "np.zeros((2**31, 2**31))", "np.zeros((2**62, 0))", "np.zeros(k * 2**61)",
    "np.reshape(v, (3, -1))", "np.reshape(v, (-1, -1))", "np.reshape(v, (-1, 0))", "np.reshape(v, (2, -1))", "np.reshape(v, -1)", "np.reshape(v, (3,) + (1,) * 70)", "np.reshape(v, (k - 2, 3))", "np.reshape(v, k + 1)", "np.reshape(v, (-3,))", "np.reshape(v, 'C')", "np.reshape(e, (0, -1))", "np.reshape(e, (-1, 0))", "v.reshape(3, 1, order='F')", "v.reshape(3, 1, order='Q')", "v.reshape()", "v.reshape(3.0)", "np.resize(v, 0)", "np.resize(e, 3)", "np.resize(v, -1)", "v.T.T.T", "np.transpose(v, (0, 0))", "np.transpose(m, (0, 0))", "np.transpose(m, (1,))", "np.transpose(m, (1, 2))", "np.transpose(m, (-1, -2))", "np.transpose(m, (-3, 0))", "m.transpose(1, 0, 2)", "np.swapaxes(m, 0, 2)", "np.swapaxes(m, -1, -3)", "np.moveaxis(m, 0, 5)", "np.moveaxis(m, (0, 0), (1, 0))", "np.rollaxis(m, 3)",
    "np.sum(v, axis=1)", "np.sum(v, axis=-2)", "np.sum(m, axis=2)", "np.sum(m, axis=-3)", "np.sum(m, axis=10**20)", "np.sum(m, axis=-(10**20))", "np.sum(m, axis=(0, 2))", "np.sum(m, axis=(0, -2))", "np.sum(m, axis=(1, 1))", "np.sum(m, axis=())", "np.sum(m, axis=[0])", "np.sum(m, axis=0.0)", "np.sum(m, axis=True)", "np.sum(m, axis=False)", "np.sum(m, axis=k - 3)", "np.sum(m, axis=k)", "np.sum(a, axis=0)", "np.sum(a, axis=-1)", "np.sum(a, axis=())", "np.mean(e)", "np.max(e)", "np.min(v[:0])", "np.argmax(e)", "np.argmin(v[:0])", "np.median(e)", "np.var(e)", "np.std(v, ddof=3)", "np.std(v, ddof=4)", "np.prod(e) * a", "np.ptp(e)", "np.percentile(v, 101)", "np.percentile(v, -1)", "np.percentile(e, 50)", "np.quantile(v, [0.5, 1.5])", "np.quantile(v, a)", "np.cumsum(v, axis=1)", "np.diff(v, n=-1)", "np.diff(v, n=10)", "np.diff(a)", "np.gradient(v[:1])", "np.trapezoid(v, e)",
    "np.concatenate([])", "np.concatenate([v, m])", "np.concatenate([v, a])", "np.concatenate([v, v], axis=1)", "np.concatenate((m, m), axis=-3)", "np.concatenate(v)", "np.concatenate([e, v])", "np.concatenate([v, ['x']])", "np.stack([])", "np.stack([v, v[:2]])", "np.stack([v, v], axis=2)", "np.stack([v, v], axis=3)", "np.stack([v, v], axis=-3)", "np.vstack([v, m[:, :2]])", "np.hstack([m, v])", "np.dstack([v, m])", "np.column_stack([v, m, a])", "np.split(v, 2)", "np.split(v, 0)", "np.split(v, [5, 1])", "np.split(m, 3, axis=2)", "np.array_split(v, 0)", "np.array_split(v, 10)[9]", "np.tile(v, 0)", "np.tile(v, -1)", "np.repeat(v, -1)", "np.repeat(v, [1, 2])", "np.repeat(v, 1.5)", "np.repeat(v, k - 4)", "np.roll(v, 10**20)", "np.roll(v, 1.5)", "np.roll(v, 1, axis=1)", "np.flip(v, 1)", "np.rot90(v)", "np.broadcast_to(v, (2,))", "np.broadcast_to(v, (3, 2))", "np.broadcast_to(v, ())", "np.expand_dims(v, 3)", "np.expand_dims(v, (0, 0))", "np.squeeze(v, 0)", "np.squeeze(m[:1], axis=1)",
    "v + np.zeros(4)", "v + np.zeros((2, 2))", "v + np.zeros(0)", "v[:0] + np.zeros(1)", "m + np.zeros((3, 2))", "m @ np.zeros(4)", "v @ m @ v @ m", "v @ a", "a @ a", "e @ e", "m[:, :0] @ m[:0]", "np.dot(v, np.zeros(2))", "np.dot(m, np.zeros((2, 3)))", "np.inner(v, m[:, :2])", "np.outer(e, v)", "np.cross(v, v[:2])", "np.cross(v, np.zeros(4))", "np.einsum('i,i', v, v[:2])", "np.einsum('ij,kl', m)", "np.einsum('ii', v)", "np.einsum('i->ii', v)", "np.einsum('i->j', v)", "np.einsum('', a)", "np.einsum('i,', v, a)", "np.einsum('...i', v)", "np.einsum(v, [0])", "np.einsum('i' * 70, v)", "np.tensordot(m, m, 3)", "np.tensordot(m, m, ([0], [2]))", "np.kron(v, a)", "np.linalg.inv(m[:2])", "np.linalg.inv(v)", "np.linalg.inv(m * 0)", "np.linalg.det(m[:0, :0])", "np.linalg.solve(m, v[:2])", "np.linalg.cholesky(-m)", "np.linalg.cholesky(v)", "np.linalg.eigh(m[:2])[0]", "np.linalg.norm(v, 'x')", "np.linalg.norm(m, 3)", "np.linalg.matrix_power(m, -1)", "np.linalg.matrix_power(m, 1.5)", "np.trace(v)", "np.diag(np.zeros((2, 2, 2)))", "np.diag(v, 10**20)", "np.tril(v)", "np.eye(-1)", "np.eye(2, k=10**20)", "np.vander(v, -1)",
    "v[3]", "v[-4]", "v[k]", "v[-k - 1]", "v[10**20]", "v[a]", "v[1.0]", "v['x']", "v[None, None]", "v[..., ...]", "v[0, 0]", "v[()]", "v[[]]", "v[[3]]", "v[[0, -4]]", "v[[1.0]]", "v[q[:2]]", "v[m > 1]", "v[np.array([True])]", "v[[[0], [1]]]", "v[i, i]", "m[i, q]", "m[[0, 1], [0, 1, 2]]", "m[..., 3]", "m[3, :]", "m[:, -4]", "m[k - 3:k - 5:-1]", "v[::0]", "v[::k - 3]", "v[a:]", "v[:'x']", "v[10**20:]", "v[-(10**20):10**20:10**20]", "v[2:0]", "v[i[0] + 3]", "v[{0}]", "v[lambda: 0]", "v[np.uint8(255)]", "v[np.int64(-3)]", "np.take(v, 3)", "np.take(v, [0, 5], mode='clip')", "np.take(v, 0, axis=1)", "np.choose(i, [v, v])", "np.select([v > 1], [v, v])", "np.where(v > 1)[0]", "np.where(v > 1, v)", "np.where(v > 1, v, y[:2])", "np.compress(q, m, axis=2)", "np.delete(v, 5)", "np.insert(v, 5, a)", "np.searchsorted(v, 'x')", "np.digitize(v, [1, 3, 2])", "np.interp(a, y, y[:2])", "np.interp(a, e, e)", "np.clip(v, 3, 1)", "np.clip(v, None, None)", "np.bincount(-i)", "np.bincount(v)", "np.unique(v)", "np.sort(v, axis=1)", "np.argsort(a)", "np.histogram(v, 0)[0]", "np.convolve(v, e)", "np.polyval([], a)", "np.polyfit(y, y, 10**3)[0]", "np.roots([])", "np.meshgrid()", "np.ix_(v, v)[0]", "np.unravel_index(10, (2, 2))[0]", "np.ravel_multi_index((3, 3), (2, 2))",
)  # fmt: skip

TYPES = (
    "float32", "float16", "int64", "int8", "uint8", "uint64", "bool", "complex128", "object", "'f8'", "'<f4'", "'>f8'", "'U5'", "'M8[s]'", "'V8'", "float", "int", "complex", "str", "bytes", "None", "'nonsense'", "3", "list", "[('x', float)]", "np.float64(1)", "a", "np.longdouble", "np.generic", "np.number"
)  # fmt: skip
TYPED = ("np.zeros(3, dtype={0}) + v", "np.array([a, 2], dtype={0})", "np.array([1, 2, 300], {0}) * a", "v.astype({0})", "y.astype({0})", "np.asarray(v, dtype={0})", "np.sum(v, dtype={0})", "np.full(2, a, dtype={0})", "np.arange(3, dtype={0}) * a", "np.ones_like(v, dtype={0})", "np.mean(y, dtype={0}) * a", "np.cumsum(i, dtype={0}) * a")  # fmt: skip


def cases() -> list[Case]:
    made = []
    for k, text in enumerate((*INTEGERS, *FLOATS, *SHAPES)):
        made.append(_case(text, f"return total({text})", native=k % 3 == 0))
    for text in INTEGERS:  # the integer counted up in a loop instead of given
        counted = f"j = 0\nfor t in range(k):\n    j += 1\nreturn total({text.replace('k', 'j')}) + a"
        made.append(_case(f"counted: {text}", counted))
    made += [
        _case(form.format(_type(t)), f"return total({form.format(_type(t))})")
        for form in TYPED
        for t in TYPES
    ]
    return made


def _type(text: str) -> str:
    return f"np.{text}" if text[-1].isdigit() and text[0] in "fiucb" and text != "3" else text


def _case(name: str, body: str, *, native: bool = False) -> Case:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    head = f"{HEAD}\ndef objective({', '.join((*PARAMS, *DATA))}):\n"
    return Case("limits", name, head + lines, DATA, PARAMS, native=native)
