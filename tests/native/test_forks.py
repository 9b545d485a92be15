"""Forks of a process in which other threads compile, hold locks, or start children."""

from __future__ import annotations

from pathlib import Path

from tests.native.toy import outcome, run

FORK = """
import os, threading, time
def in_child(action):
    pid = os.fork()
    if pid == 0:
        action()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
held, go = threading.Event(), threading.Event()
def hold(lock):
    with lock:
        held.set()
        go.wait()
"""


def test_a_lock_that_another_thread_holds_is_open_in_the_child(tmp_path: Path) -> None:
    code = """
from adfun.locks import Lock
lock = Lock()
thread = threading.Thread(target=hold, args=(lock,))
thread.start()
held.wait()
print(in_child(lock.__enter__), end=" ")
go.set()
thread.join()
with lock:
    print(in_child(lambda: None))"""
    assert outcome(run(FORK + code, tmp_path)) == "0 0"


def test_a_fork_waits_until_a_compiler_has_been_started(tmp_path: Path) -> None:
    code = """
from adfun.native import child
thread = threading.Thread(target=hold, args=(child._starting,))
thread.start()
held.wait()
threading.Timer(0.3, go.set).start()
print(in_child(lambda: os._exit(0 if go.is_set() else 1)))"""
    assert outcome(run(FORK + code, tmp_path)) == "0"


def test_a_child_neither_keeps_nor_removes_what_its_parent_works_in(tmp_path: Path) -> None:
    code = """
from adfun.native import claims, store
entries = store.shared()
with entries.claim("module", "ab" * 32, time.monotonic() + 9) as claim:
    print(in_child(claims._leave), claim.directory.is_dir(), end=" ")
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
with entries.claim("module", "ab" * 32, time.monotonic() + 9) as claim:  # the child lives on
    print(claim is not None)
os.kill(pid, 9)"""
    assert outcome(run(FORK + code, tmp_path)) == "0 True True"
