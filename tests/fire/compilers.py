"""Compilers that are absent, fail, hang, talk, die or change; processors that lack instructions."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from adfun.native import cpu, toolchain
from tests.fire.registry import CleanError, scenario
from tests.fire.world import Failed, World, build


@scenario("no compiler")
def absent(world: World, number: int) -> None:
    def action() -> dict[str, Any]:
        toolchain._zig = lambda: None
        return build()

    match number % 4:
        case 0:
            answer = world.child(action, ADFUN_CXX="unset", PATH=str(world.root / "tmp"))
        case 1:
            answer = world.child(ADFUN_CXX="no-such-compiler --option")
        case 2:
            answer = world.child(ADFUN_CXX="'unbalanced")
        case _:
            (world.root / "cxx").write_bytes(
                world.rng.choice([b"", b"\x7fELF garbage", b"#!/nonexistent/shell\n"])
            )
            (world.root / "cxx").chmod(0o755)
            answer = world.child()
    world.expect_error(answer, "ADFUN_CXX", "apt install g++")
    (world.root / "cxx").unlink(missing_ok=True)
    world.next_run_works()
    raise CleanError


FAILURES = [
    ("exit 1", "status 1"),
    ("exit 77", "status 77"),
    ("echo 'No space left on device'; exit 1", "No space left"),
    ("echo 'internal compiler error: in foo'; exit 1", "internal compiler error"),
    ("echo 'collect2: fatal error: ld terminated with signal 7 [Bus error]'; exit 1", "status 1"),
    ("exit 0", "wrote no module"),
    (': > "$out"; exit 0', "not complete"),
    ('mkdir "$out"; exit 0', "wrote no module"),
    ('cp /bin/true "$out"; exit 0', ""),
    ('head -c 3000 /dev/urandom > "$out"; exit 0', "not complete"),
    ('ulimit -f 0; cp /bin/true "$out"; exit 1', ""),
]


@scenario("a compiler that fails, or writes something else than a module")
def failing(world: World, number: int) -> None:
    body, words = FAILURES[number % len(FAILURES)]
    world.compiler(body)
    world.expect_error(world.child(), words)
    world.nothing_left()
    world.compiler()
    world.next_run_works()
    raise CleanError


@scenario("a compiler that writes half a module and says that all is well")
def half_written(world: World, number: int) -> None:
    assert world.prebuilt is not None
    size = world.rng.randrange(world.prebuilt.image.stat().st_size)
    world.compiler(f"head -c {size} '{world.prebuilt.image}' > \"$out\"; exit 0")
    world.expect_error(world.child(), "")
    world.nothing_left()
    world.compiler()
    world.next_run_works()
    raise CleanError


@scenario("a compiler that hangs, with children of its own")
def hanging(world: World, number: int) -> None:
    child = world.root / "child"
    world.compiler(
        f"sleep 100 & echo $! > '{child}'; {('sleep 100', 'while :; do :; done', 'wait')[number % 3]}"
    )
    answer = world.child(ADFUN_COMPILE_TIMEOUT="0.4")
    world.expect_error(answer, "did not finish in 0.4 s", "ADFUN_COMPILE_TIMEOUT")
    if answer.seconds > 10:
        raise Failed(f"took {answer.seconds:.1f} s")
    must_be_gone(int(child.read_text()))
    world.nothing_left()
    world.compiler()
    world.next_run_works()
    raise CleanError


@scenario("eight processes whose compiler hangs")
def hanging_together(world: World, number: int) -> None:
    world.compiler("sleep 100")
    for child in [world.start(ADFUN_COMPILE_TIMEOUT="0.4") for _ in range(8)]:
        world.expect_error(child.answer(), "did not finish")
    world.nothing_left()
    world.compiler()
    world.next_run_works()
    raise CleanError


@scenario("a compiler that hangs when it is asked who it is")
def hanging_at_once(world: World, number: int) -> None:
    script = world.root / "cxx"
    script.write_text(f"#!/bin/sh\nsleep 100 & echo $! > '{world.root}/child'; sleep 100\n")
    script.chmod(0o755)

    def action() -> dict[str, Any]:
        toolchain.SECONDS = 0.3
        return build()

    world.expect_error(world.child(action), "did not say who it is")
    must_be_gone(int((world.root / "child").read_text()))
    script.unlink()
    world.next_run_works()
    raise CleanError


@scenario("a compiler whose child holds its output open for ever")
def holding_the_pipe(world: World, number: int) -> None:
    world.compiler(f"sleep 100 & echo $! > '{world.root}/child'")
    answer = world.child()
    world.expect(answer, hit=False)
    if answer.seconds > 20:
        raise Failed(f"took {answer.seconds:.1f} s")
    must_be_gone(int((world.root / "child").read_text()))
    world.next_run_works()


@scenario("a compiler that is killed")
def killed(world: World, number: int) -> None:
    name = world.rng.choice(["KILL", "TERM", "SEGV", "ABRT", "XCPU"])
    world.compiler(f"kill -{name} $$; sleep 9")
    world.expect_error(world.child(), f"killed by signal {int(getattr(signal, 'SIG' + name))}")
    world.nothing_left()
    world.compiler()
    world.next_run_works()
    raise CleanError


@scenario("a compiler that is replaced between two runs")
def replaced(world: World, number: int) -> None:
    world.compiler("true # one")
    world.expect(world.child(), hit=False)
    script = world.root / "cxx"
    times = script.stat()
    world.compiler("true # two")  # of the same size, in the same place
    os.utime(script, ns=(times.st_atime_ns, times.st_mtime_ns))
    world.expect(world.child(), hit=False)
    world.next_run_works()


@scenario("a compiler that is replaced while a process knows the old one")
def replaced_while_running(world: World, number: int) -> None:
    old, new = "true # one", "true # two"
    world.compiler(old)

    def action() -> dict[str, Any]:
        toolchain.find()
        world.compiler(new)
        return build()

    world.expect(world.child(action), hit=False)
    world.compiler(old)
    world.expect(world.child(), hit=False)  # what the new one made is not taken for the old one's
    world.next_run_works()


@scenario("a compiler that prints 50 MB")
def talking(world: World, number: int) -> None:
    world.compiler("yes a warning of the compiler | head -c 50000000" + (" >&2" if number % 2 else ""))
    world.expect(world.child(), hit=False)
    world.next_run_works()


@scenario("a processor without the instructions that an entry needs")
def masked(world: World, number: int) -> None:
    world.expect(world.child())
    hidden = world.rng.sample(sorted(cpu.features()), 5)

    def less(action: Any) -> Any:
        def run() -> Any:
            have = cpu.features() - set(hidden)
            cpu.features = lambda: have
            return action()

        return run

    world.expect(world.child(less(build)), hit=False)
    world.expect(world.child(less(build)), hit=True)
    world.expect(world.child(), hit=True)


@scenario("a target that the processor cannot run")
def too_high(world: World, number: int) -> None:
    def action() -> dict[str, Any]:
        cpu.features = lambda: frozenset({"sse", "sse2"})
        return build(target=("x86-64-v2", "x86-64-v3", "x86-64-v4")[number % 3])

    world.expect_error(world.child(action), "this processor cannot run", "target")
    world.next_run_works()
    raise CleanError


@scenario("an entry that needs an instruction that this processor has not, under the same key")
def needs_more(world: World, number: int) -> None:
    world.expect(world.child())
    path = world.entry() / "manifest.json"
    path.write_text(path.read_text().replace('"needs": [', '"needs": [\n  "avx1024",'))
    world.expect(world.child(), hit=False)
    world.next_run_works()


def must_be_gone(pid: int) -> None:
    """Whether a process has ended (it may still be waiting for its parent)."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.02)
    raise Failed("a child of the compiler lives on")
