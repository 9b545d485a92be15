"""Objectives that calculate with complex numbers, and with spectra of what depends on parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

RNG = np.random.default_rng(11)
W = np.linspace(0.1, 3.0, 6)
Y = RNG.normal(size=15)

PROGRAMS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = []


def program(name: str, source: str, data: dict[str, Any], params: dict[str, Any]) -> None:
    """Add an objective."""
    PROGRAMS.append((name, "import numpy as np\nimport cmath\n" + source, data, params))


program(
    "functions_of_complex_arrays",
    """
def objective(a, b, w, y):
    z = a + 1j * w
    u = np.exp(z) / (1 + b[0] * z ** 2) - np.conj(z) * 2j
    s = np.sqrt(z) + np.log(z) + z ** -1 + z ** 1.5 + z ** a + 2 ** z + np.tanh(z) + np.tan(z)
    s += np.sin(z) * np.cos(z) + np.sinh(z) - np.cosh(z) + np.expm1(z) + np.log10(z) + np.square(z)
    t = abs(u).sum() + np.angle(s) @ y + s.real.sum() + (u * s.conj()).imag.mean() + np.abs(np.sum(u)) ** 2
    return t + np.abs(np.prod(z)) + np.linalg.norm(u) + np.where(w > 1, z, 2).imag.sum() + np.cumsum(z)[-1].real
""",
    {"w": W, "y": Y[:6]},
    {"a": 0.3, "b": np.array([0.5, -0.2])},
)
program(
    "complex_arrays_that_are_filled",
    """
def objective(a, b, w):
    v = np.zeros(4, dtype=complex)
    view = v[2:]
    v[1] = np.exp(1j * a)
    v[2:] = b * 1j
    v += 1
    v[0] *= a
    view[0] = view[0] + 2j * b[1]
    known = np.array([1 + 1j, 2.0])
    known[1] = a + b[0] * 1j
    total = 0
    for k, x in enumerate(w):
        total += (x + v[k % 4]) * 1j ** k
    m = np.eye(2, dtype=np.complex128)
    for x in w:
        m = m @ np.array([[np.cos(a * x), 1j * np.sin(x) / b[0]], [1j * b[1], x]])
    f = np.full(2, a * 1j)
    return np.real(v @ v) + np.vdot(v, v).real + abs(total) + abs(known).sum() + np.abs(m).sum() + f.imag.sum()
""",
    {"w": W},
    {"a": 0.3, "b": np.array([0.5, -0.2])},
)
program(
    "complex_numbers_in_loops",
    """
def objective(a, b, n):
    z, c = 0, complex(a, b)
    for k in range(n):
        z = z ** 2 + c
    w = 1
    for k in range(n):
        w *= c - k
    acc = 0j
    for k in range(n):
        acc += cmath.exp(1j * k * a) * b
    r = cmath.sqrt(b ** 2 - 4 * a)
    x = (-b + r) / (2 * a)
    if x.imag > 0:
        x = x * 2
    else:
        x = 1j
    kept = []
    for k in range(n):
        kept.append(c ** k)
    return abs(z) ** 2 + w.real + acc.imag + abs(x) + sum(kept).real + cmath.phase(c) + np.array(kept).imag.sum()
""",
    {"n": 5},
    {"a": 0.3, "b": 0.4},
)
program(
    "complex_linear_algebra",
    """
def objective(a, b, w):
    c = a + 1j * b
    m = np.array([[1, c], [c.conjugate(), 2j]])
    s = np.linalg.solve(m, np.array([1j, 2.0])) + np.linalg.inv(m) @ np.array([1, a])
    p = np.einsum("ij,jk,k->i", m, m.T, s) + np.dot(m, s) + np.kron(s, np.array([1, 0])) [:2]
    o = np.outer(s, s.conj())
    return np.abs(p).sum() + np.trace(o).real + np.polyval([1, c, 2j], c).real + np.convolve(s, w)[0].imag
""",
    {"w": W},
    {"a": 0.3, "b": 0.4},
)
program(
    "characteristic_function",
    """
def cf(u, kappa, sigma, rho, v, t):
    d = np.sqrt((rho * sigma * u * 1j - kappa) ** 2 + sigma ** 2 * (1j * u + u ** 2))
    g = (kappa - rho * sigma * 1j * u - d) / (kappa - rho * sigma * 1j * u + d)
    e = np.exp(-d * t)
    return np.exp((kappa - rho * sigma * 1j * u - d) / sigma ** 2 * (1 - e) / (1 - g * e) * v)

def objective(kappa, sigma, rho, v, strikes, prices):
    u = np.linspace(1e-4, 60, 200)
    loss = 0
    for k, price in zip(strikes, prices):
        f = np.real(np.exp(-1j * u * np.log(k)) * cf(u - 1j, kappa, sigma, rho, v, 0.5) / (1j * u))
        loss += (np.trapezoid(f, u) / np.pi + 0.5 - price) ** 2
    return loss
""",
    {"strikes": np.array([0.9, 1.0, 1.1]), "prices": np.array([0.7, 0.5, 0.3])},
    {"kappa": 1.5, "sigma": 0.3, "rho": -0.5, "v": 0.04},
)
program(
    "impedance_and_spectral_density",
    """
def objective(r, q, n, phi, w, y):
    z = r[0] + r[1] / (1 + r[1] * q * (1j * w) ** n)
    residual = z - (y + 1j * y ** 2)
    periodogram = np.abs(np.fft.fft(y)) ** 2
    transfer = 1 - sum(p * np.exp(-1j * w * (k + 1)) for k, p in enumerate(phi))
    density = 1 / np.abs(transfer) ** 2
    return np.sum(residual.real ** 2 + residual.imag ** 2) + np.sum(np.log(density) + periodogram / density)
""",
    {"w": W, "y": Y[:6]},
    {"r": np.array([1.0, 5.0]), "q": 0.01, "n": 0.9, "phi": np.array([0.5, -0.2])},
)
program(
    "fourier_transforms",
    """
import scipy.fft
from numpy.fft import rfft, irfft

def objective(x, k, m, y):
    kernel = np.zeros(15)
    kernel[:3] = k
    r = y - np.real(np.fft.ifft(np.fft.fft(x) * np.fft.fft(kernel)))
    full = irfft(rfft(x, 17) * rfft(k, n=17), 17)
    p = np.abs(np.fft.fft2(m)) ** 2
    s = np.fft.fftshift(np.fft.fft(x, norm="ortho"))
    c = np.fft.ifft(np.fft.fft(m, axis=0), axis=1)
    d = irfft(rfft(y[:14] * x[:14]))
    e = scipy.fft.fft(x[:7] * 1j * x[1:8])
    total = r @ r + full @ full * full[2] + (p * np.arange(1, 13).reshape(3, 4)).sum() + s.real @ y + c.imag.sum()
    return total + d @ d * d[0] + np.abs(e[1:3]).sum() + np.fft.ifftshift(x) @ y
""",
    {"y": Y},
    {"x": RNG.normal(size=15), "k": np.array([0.5, 0.3, 0.1]), "m": RNG.normal(size=(3, 4))},
)
program(
    "line_shapes",
    """
from scipy.special import wofz, voigt_profile, j1, ellipk, hyp2f1

def objective(centre, sigma, gamma, w, y):
    profile = wofz((w - centre + 1j * gamma) / (sigma * np.sqrt(2))).real / (sigma * np.sqrt(2 * np.pi))
    other = voigt_profile(w - centre, sigma, gamma)
    airy = (2 * j1(w * centre) / (w * centre)) ** 2
    below = wofz(centre - 0.3j).imag + wofz(sigma).imag
    return np.sum((y - profile) ** 2) + np.sum(other * airy) + ellipk(gamma) * hyp2f1(1, sigma, 2.5, gamma) + below
""",
    {"w": W, "y": Y[:6]},
    {"centre": 1.3, "sigma": 0.4, "gamma": 0.2},
)
