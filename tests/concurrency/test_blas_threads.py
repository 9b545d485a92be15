"""Compiled objectives use one thread of BLAS and leave the user's setting alone."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

TEXT = textwrap.dedent('''
    import ctypes, threading
    import numpy as np
    import adfun

    source = """
    import numpy as np

    def objective(x, scale):
        K = np.exp(-((x[:, None] - x[None, :]) / scale) ** 2) + 0.1 * np.eye(len(x))
        w, V = np.linalg.eigh(K)
        return np.sum((V.T @ x) ** 2 / w) + np.sum(np.log(w))
    """
    obj = adfun.make_ad_fun(source, {"x": np.linspace(0, 9, 300)}, {"scale": 1.3})
    obj.fn()
    paths = {line.split()[-1] for line in open("/proc/self/maps") if "openblas" in line}
    library = next((p for p in paths if "scipy.libs" in p), None)
    threads = ctypes.CDLL(library).scipy_openblas_get_num_threads if library else lambda: 0
    before = threads()
    workers = [threading.Thread(target=lambda k=k: obj.gr(obj.par + 0.1 * k)) for k in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(before, threads(), obj.fn().hex(), *(g.hex() for g in obj.gr()))
''')


def run(threads: int) -> list[str]:
    path = os.pathsep.join(p for p in sys.path if p)
    environment = os.environ | {"OPENBLAS_NUM_THREADS": str(threads), "PYTHONPATH": path}
    command = [sys.executable, "-c", TEXT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="looks for BLAS in /proc")
def test_one_thread_of_blas() -> None:
    """The same bits whatever the setting, which is the same afterwards."""
    one, two = run(1), run(2)
    assert one[0] == one[1] and two[0] == two[1]
    assert one[2:] == two[2:] and len(one) > 3
