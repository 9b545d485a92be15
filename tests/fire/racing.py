"""Many processes and threads that want the same at once; clocks and file systems that are unreliable."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.fire.registry import CleanError, scenario
from tests.fire.world import Failed, World, build


def at_once(world: World, count: int, action: Any = build) -> None:
    """Children that begin at the same moment; all get the answer."""
    begin = time.time() + 0.01 * count

    def together() -> Any:
        time.sleep(max(0.0, begin - time.time()))
        return action()

    for child in [world.start(together) for _ in range(count)]:
        world.expect(child.answer())


@scenario("32 processes on a cold key")
def cold_key(world: World, number: int) -> None:
    world.compiler("sleep 0.05")
    at_once(world, 32)
    if world.compilations() != 1:
        raise Failed(f"{world.compilations()} compilations")
    world.next_run_works()
    if world.compilations() != 1:
        raise Failed("compiled again")


def in_threads() -> dict[str, Any]:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: build(), range(8)))
    if any(r["value"] != results[0]["value"] for r in results):
        raise AssertionError(results)
    return results[0]


@scenario("8 threads in each of 4 processes on a cold key")
def threads_on_a_cold_key(world: World, number: int) -> None:
    world.compiler("sleep 0.05")
    at_once(world, 4, in_threads)
    if world.compilations() != 1:
        raise Failed(f"{world.compilations()} compilations")
    world.next_run_works()


@scenario("8 processes whose compiler fails")
def failing_together(world: World, number: int) -> None:
    world.compiler("exit 1")
    for child in [world.start() for _ in range(8)]:
        world.expect_error(child.answer(), "status 1")
    world.nothing_left()
    world.compiler()
    world.next_run_works()


@scenario("file times in the past and in the future, clocks that jump")
def clock_moved(world: World, number: int) -> None:
    world.expect(world.child())
    for path in [world.cache, *world.cache.rglob("*")]:
        moment = world.rng.choice([0, 1, 10**9, 4 * 10**9]) + world.rng.random()
        os.utime(path, (moment, moment))

    def jumping() -> dict[str, Any]:
        time.time = lambda: random.uniform(-1e9, 1e10)
        return build()

    world.expect(world.child(jumping), hit=True)
    world.expect(world.child(jumping, ADFUN_CACHE=str(world.root / "cache2")), hit=False)
    world.next_run_works()


def without_locks(code: int) -> Any:
    def action() -> dict[str, Any]:
        def flock(handle: Any, operation: int) -> None:
            raise OSError(code, os.strerror(code))

        fcntl.flock = flock
        return build()

    return action


@scenario("no flock: ENOLCK, ENOSYS, EOPNOTSUPP")
def no_flock(world: World, number: int) -> None:
    code = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)[number % 3]
    at_once(world, 3, without_locks(code))
    world.nothing_left()
    world.expect(world.child(without_locks(code)), hit=True)
    world.next_run_works()


UNRELIABLE = "open mkdir rename listdir stat lstat rmdir unlink scandir fstat".split()


def place(path: Any, *_: Any, dir_fd: int | None = None, **__: Any) -> str:
    """Where the operation takes place, as far as can be told."""
    base = dir_fd if dir_fd is not None else path if isinstance(path, int) else None
    return str(path) if base is None else os.readlink(f"/proc/self/fd/{base}")


def unreliable(code: int, chance: float, seed: str, where: str) -> Any:
    """Build on a file system whose every operation may fail, as those of NFS do with ESTALE."""

    def action() -> dict[str, Any]:
        rng = random.Random(seed)
        for name in UNRELIABLE:
            setattr(os, name, failing(getattr(os, name), rng))
        return build()

    def failing(function: Any, rng: random.Random) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            if args and where in place(*args, **options) and rng.random() < chance:
                raise OSError(code, os.strerror(code), str(args[0]))
            return function(*args, **options)

        return call

    return action


@scenario("ESTALE and EIO at random operations, as on NFS")
def stale(world: World, number: int) -> None:
    clean = 0
    for k in range(4):
        code = world.rng.choice([errno.ESTALE, errno.EIO, errno.EACCES, errno.EINTR])
        chance = world.rng.choice([0.05, 0.2, 0.5])
        action = unreliable(code, chance, f"{world.rng.random()} {k}", str(world.cache))
        clean += not world.right(world.child(action))
    world.expect(world.child())
    world.compiler(
        "true # another one"
    )  # so that there is something to write, and what could not be removed goes
    world.next_run_works()
    if clean:
        raise CleanError
