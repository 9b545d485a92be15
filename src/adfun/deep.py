"""Room for deep recursion: what outgrows Python's stack is run again in a thread with a larger one.

The compiler follows the nesting of a program, and the calls of its functions, with calls of its own: many
Python frames for each.  Where the default limit is enough, nothing of this is used.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from adfun.locks import Lock

T = TypeVar("T")

STACKS = (512 << 20, 128 << 20, 32 << 20)
"""Sizes of the stack to try, in bytes; memory is used only as far as the recursion goes."""
FRAME = 8 << 10
"""Bytes of stack for every frame that the recursion limit allows, with room to spare."""
PATIENCE = 10.0
"""Seconds that a thread gets to end."""

_LOCK = Lock()
_HERE = threading.local()


def roomy() -> bool:
    """Whether this thread has the larger stack, so that its end is the end."""
    return getattr(_HERE, "roomy", False)


def run(action: Callable[[], T]) -> T:
    """The result of an action without side effects, however deep it recurses within reason."""
    if roomy():
        return action()
    try:
        return action()
    except RecursionError:
        pass  # the second run must not start from inside the handler: it would keep the first one's frames
    return _in_thread(action)


def _in_thread(action: Callable[[], T]) -> T:
    outcome: list[Any] = []
    gate, running = threading.Lock(), threading.Lock()
    gate.acquire()
    running.acquire()

    def work() -> None:
        gate.acquire()
        _HERE.roomy = True
        try:
            outcome.extend((True, action()))
        except BaseException as error:
            outcome.extend((False, error))
        finally:
            running.release()

    with _LOCK:  # the recursion limit belongs to all threads
        thread, size = _started(work)
        limit = sys.getrecursionlimit()
        try:
            sys.setrecursionlimit(max(limit, size // FRAME))
            gate.release()
            # not `join`: interrupted, it takes the thread for finished; Ctrl-C just before is seen in time
            while not running.acquire(timeout=1.0):
                pass
        except BaseException:  # Ctrl-C; with the usual limit, a thread that is deeper would end the process
            _stop(thread, gate, running)
            raise
        finally:
            sys.setrecursionlimit(limit)
    finished, result = outcome
    if not finished:
        raise result
    return result  # type: ignore[no-any-return]


def _stop(thread: threading.Thread, gate: threading.Lock, running: threading.Lock) -> None:
    """End the thread, since nobody waits for its result any more."""
    if gate.locked():
        gate.release()
    ended = False
    while thread.is_alive() and not ended:  # again only after long: past its action, it must not be disturbed
        number = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(SystemExit))
        with contextlib.suppress(BaseException):  # whoever is impatient has to wait as well
            ended = running.acquire(timeout=PATIENCE)


def _started(work: Callable[[], None]) -> tuple[threading.Thread, int]:
    """A thread with as large a stack as can be had."""
    before = threading.stack_size()
    for size in STACKS:
        thread = threading.Thread(target=work, name="adfun-deep", daemon=True)
        try:
            threading.stack_size(size)
            thread.start()
        except (ValueError, RuntimeError):
            continue
        finally:
            threading.stack_size(before)
        return thread, size
    raise RecursionError("no thread with a large stack can be started")
