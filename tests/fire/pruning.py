"""Removing entries while others load and write them."""

from __future__ import annotations

import time
from typing import Any

from adfun.native import store, upkeep
from tests.fire.killing import dying
from tests.fire.registry import scenario
from tests.fire.world import World, build


def pruning(until: float, world: World) -> Any:
    """Prune, clear and verify again and again."""

    def action() -> dict[str, Any]:
        while time.monotonic() < until:
            cache = store.shared()
            match world.rng.randrange(4):
                case 0:
                    upkeep.clear(cache)
                case 1:
                    upkeep.prune(cache, largest=world.rng.randrange(40_000))
                case 2:
                    upkeep.prune(cache, oldest=world.rng.random() / 10)
                case _:
                    upkeep.remove(cache, upkeep.damaged(cache))
            time.sleep(world.rng.random() / 100)
        return build()

    return action


@scenario("pruning, clearing and verifying while others load and compile")
def prune_during_loads(world: World, number: int) -> None:
    until = time.monotonic() + 0.8
    world.compiler()

    def loading() -> dict[str, Any]:
        made = build()
        while time.monotonic() < until:
            again = build()
            assert again["value"] == made["value"]
        return made

    running = [world.start(pruning(until, world)), *(world.start(loading) for _ in range(3))]
    for child in running:
        world.expect(child.answer())
    world.nothing_left()
    world.next_run_works()


@scenario("kill -9 while entries are removed")
def killed_in_pruning(world: World, number: int) -> None:
    def clearing() -> dict[str, Any]:
        upkeep.clear(store.shared())
        return {}

    for _ in range(3):
        world.child()
        world.child(dying(world.rng.randrange(1, 30), str(world.root), clearing))
    world.expect(world.child(pruned))  # which removes what a killed process has left
    world.nothing_left()
    world.next_run_works()


def pruned() -> dict[str, Any]:
    upkeep.prune(store.shared())
    return build()
