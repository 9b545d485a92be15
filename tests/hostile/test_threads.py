"""Arrays that another thread resizes and frees while an objective reads them: x is copied before anything runs."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

import adfun
from adfun import ArgumentError
from tests.hostile import isolate

LENGTH, CALLS = 20_000, 300


def _calls(_: Any) -> int:
    source = "import numpy as np\ndef objective(v, y):\n    return np.sum(np.sqrt(v * v + y * y))\n"
    y = np.ones(LENGTH)
    obj = adfun.make_ad_fun(source, {"y": y}, {"v": np.ones(LENGTH)})
    x = np.ones(LENGTH)
    stop = threading.Event()

    def disturb() -> None:
        while not stop.is_set():
            for size in (1, LENGTH * 3, LENGTH):
                x.resize(size, refcheck=False)
                y.resize(size, refcheck=False)
            x.fill(1.0)

    thread = threading.Thread(target=disturb)
    thread.start()
    done = 0
    for _k in range(CALLS):
        try:
            value, gradient = obj.fn_gr(x)
            obj.fn(x), obj.gr(x), obj.hvp(x, x)
            assert np.isfinite(value)
            assert gradient.shape == (LENGTH,)
            done += 1
        except ArgumentError:
            continue
    stop.set()
    thread.join()
    return done


def test_arrays_that_are_resized_meanwhile() -> None:
    ((_, done),) = isolate.run(_calls, [0], seconds=120, memory=4 << 30)
    assert isinstance(done, int), done
