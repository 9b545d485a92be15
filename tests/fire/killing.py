"""Processes that end at any moment: killed, interrupted, left by their interpreter, forked."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from typing import Any

import adfun
from tests.fire.registry import scenario
from tests.fire.world import DATA, SOURCE, START, Failed, World, build

EVENTS = {
    "open",
    "os.mkdir",
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.listdir",
    "os.scandir",
    "shutil.rmtree",
}


def dying(number: int, where: str, then: Any = build) -> Any:
    """Build, or something else, but be killed at the n-th operation on files below `where`."""

    def action() -> dict[str, Any]:
        left = [number]

        def audit(event: str, arguments: tuple[Any, ...]) -> None:
            if event in EVENTS and any(
                isinstance(a, (str, os.PathLike)) and where in str(a) for a in arguments
            ):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(audit)
        return dict(then())

    return action


@scenario("kill -9 at the n-th operation on files, n random")
def killed_at_operation(world: World, number: int) -> None:
    for _ in range(3):  # one after the other, in what the one before has left
        world.child(dying(world.rng.randrange(1, 60), str(world.root)))
    world.next_run_works()


@scenario("kill -9 at a random moment of a compilation")
def killed_in_compilation(world: World, number: int) -> None:
    world.compiler("sleep 0.1; echo x > module.s; sleep 0.1")
    victim = world.start()
    time.sleep(world.rng.uniform(0, 0.4))
    victim.kill()
    world.next_run_works()


@scenario("kill -9 at a random moment, the real compiler")
def killed_in_real_compilation(world: World, number: int) -> None:
    victim = world.start(ADFUN_CXX="unset")
    time.sleep(world.rng.uniform(0, 1.5))
    victim.kill()
    world.next_run_works(ADFUN_CXX="unset")


@scenario("kill -9 of one of four that want the same module")
def killed_among_others(world: World, number: int) -> None:
    world.compiler("sleep 0.15")
    running = [world.start() for _ in range(4)]
    time.sleep(world.rng.uniform(0, 0.4))
    running.pop(0).kill()
    for child in running:
        world.expect(child.answer())
    world.next_run_works()


@scenario("Ctrl-C at a random moment of a compilation")
def interrupted(world: World, number: int) -> None:
    world.compiler("sleep 0.3")

    def action() -> dict[str, Any]:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=interrupt, daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            build()
        return build()  # in the same process

    wait = world.rng.uniform(0, 0.5)

    def interrupt() -> None:
        time.sleep(wait)
        os.kill(os.getpid(), signal.SIGINT)

    answer = world.child(action)
    if answer.error is None or answer.error[0] != "KeyboardInterrupt":  # it may come late, in the second call
        world.expect(answer)
    world.next_run_works()


LEAVE = """
import threading, time, sys
threading.Thread(target=build, daemon=True).start()
time.sleep({wait})
sys.exit(0)
"""


@scenario("the interpreter ends while a thread compiles")
def left_by_the_interpreter(world: World, number: int) -> None:
    world.compiler("sleep 20 & sleep 20")
    leaver = world.interpreter(LEAVE.format(wait=world.rng.uniform(0.2, 1.0)))
    _, problem = leaver.communicate(timeout=60)
    if leaver.returncode != 0:
        raise Failed(f"status {leaver.returncode}: {problem}")
    world.nothing_left()
    world.compiler()
    world.next_run_works()


@scenario("a fork while another thread compiles")
def forked_in_compilation(world: World, number: int) -> None:
    world.compiler("sleep 0.2")

    def action() -> dict[str, Any]:
        thread = threading.Thread(target=build)
        thread.start()
        time.sleep(wait)
        result = in_fork(build)
        thread.join()
        return result

    wait = world.rng.uniform(0, 0.4)
    world.expect(world.child(action))
    world.next_run_works()


@scenario("a fork while another thread compiles; the parent is killed, the child lives on")
def orphaned(world: World, number: int) -> None:
    hang = world.root / "hang"
    hang.touch()
    world.compiler(f"if [ -e '{hang}' ]; then sleep 20; fi")

    def action() -> dict[str, Any]:
        threading.Thread(target=build, daemon=True).start()
        time.sleep(wait)
        child = os.fork()
        if child == 0:
            time.sleep(30)
            os._exit(0)
        (world.root / "orphan").write_text(str(child))
        os.kill(os.getpid(), signal.SIGKILL)
        return {}

    wait = world.rng.uniform(0.05, 0.4)
    world.start(action).killed()
    hang.unlink()
    began = time.monotonic()
    try:
        world.next_run_works()
    finally:
        os.kill(int((world.root / "orphan").read_text()), signal.SIGKILL)
    if time.monotonic() - began > 15:
        raise Failed("waited for a lock that nobody needs")


@scenario("a fork after loading: the child calls what the parent has made")
def forked_after_loading(world: World, number: int) -> None:
    def action() -> dict[str, Any]:
        made = adfun.make_ad_fun(SOURCE, DATA, START)

        def call() -> dict[str, Any]:
            made.hvp(made.par, made.par)
            return {"value": [made.fn(), *made.gr().tolist()]}

        compiling = threading.Thread(target=made.hvp, args=(made.par, made.par))  # holds the object's locks
        compiling.start()
        time.sleep(wait)
        result = in_fork(call)
        compiling.join()
        return result

    wait = world.rng.uniform(0, 0.6)
    world.expect(world.child(action, ADFUN_CXX="unset"))
    world.next_run_works(ADFUN_CXX="unset")


def in_fork(action: Any) -> dict[str, Any]:
    """What an action gives in a forked child."""
    child = World.start(_Here(), action)  # type: ignore[arg-type]
    answer = child.answer()
    if answer.value is None:
        raise RuntimeError(f"the fork gave no answer: {answer}")
    return {"value": answer.value, "hit": answer.hit}


class _Here:
    """The world of this process, handed on."""

    def environment(self) -> dict[str, str]:
        return dict(os.environ)


SPAWN = """
import multiprocessing
if __name__ == "__main__":
    made = build()
    with multiprocessing.get_context("{method}").Pool(2) as pool:
        print([made, *pool.starmap(build, [(), ()])] == [made, *[dict(made, hit=True)] * 2])
"""


@scenario("spawned and forkserver processes of one that has compiled")
def spawned(world: World, number: int) -> None:
    script = world.root / "script.py"
    method = ("spawn", "forkserver")[number % 2]
    script.write_text("from tests.fire.world import build\n" + SPAWN.format(method=method))
    parent = world.interpreter(f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')")
    out, problem = parent.communicate(timeout=60)
    if parent.returncode != 0 or out.strip() != "True":
        raise Failed(f"status {parent.returncode}: {out} {problem}")
    if world.compilations() != 1:
        raise Failed(f"{world.compilations()} compilations")
    world.next_run_works()
