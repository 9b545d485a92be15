"""What every trial stands on: a cache of its own, a compiler of its own, children that are watched."""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

import adfun
from adfun.diagnostics.errors import AdfunError
from adfun.native import loading, toolchain

LIMIT = 60.0
"""No child may take longer, whatever happens to it."""

SOURCE = "import numpy as np\ndef objective(y, a, b):\n    return np.sum((y - a) ** 2 / np.exp(b)) + b\n"
DATA = {"y": np.arange(5.0)}
START = {"a": 0.3, "b": 0.1}


class Failed(Exception):
    """A trial went wrong: neither the right answer nor a clean error, or something was left behind."""


@dataclass(frozen=True)
class Answer:
    """What a child said.

    value  function value and gradient, if it got that far
    hit    whether the module was found
    error  kind and text of the exception otherwise
    code   how the process ended
    """

    value: list[float] | None = None
    hit: bool = False
    error: tuple[str, str, bool] | None = None
    code: int = 0
    seconds: float = 0.0


def build(**options: Any) -> dict[str, Any]:
    """Make the objective and call it."""
    made = adfun.make_ad_fun(SOURCE, DATA, START, **options)
    return {"value": [made.fn(), *made.gr().tolist()], "hit": "found in the cache" in repr(made)}


@dataclass
class Prebuilt:
    """The module that the quick compiler hands out, and the answer that it must lead to."""

    image: Path
    value: list[float]

    @staticmethod
    def make(place: Path) -> Prebuilt:
        """In this very process: what is imported late is imported before the forks."""
        os.environ.update(World.in_place(place, None, Random(0)).environment(ADFUN_CXX=""))
        made = Answer(**build())
        build()
        gc.collect()
        (image,) = (place / "cache").glob("module/*/*/module.so")
        if made.value is None or loading.loaded(image.parent.name) is not None:
            raise RuntimeError(f"no place to start from: {made}")
        copy = place / "module.so"
        shutil.copy(image, copy)
        copy.chmod(0o644)
        place.chmod(0o755)
        return Prebuilt(copy, made.value)


@dataclass
class World:
    """One trial's directories, and how its children are run."""

    root: Path
    prebuilt: Prebuilt | None
    rng: Random
    cache: Path
    log: Path
    mounts: list[Path] = field(default_factory=list)

    @staticmethod
    def in_place(root: Path, prebuilt: Prebuilt | None, rng: Random) -> World:
        for name in ("cache", "tmp", "home"):
            (root / name).mkdir(mode=0o700)
        (root / "cache").rmdir()
        return World(root, prebuilt, rng, root / "cache", root / "log")

    @staticmethod
    @contextlib.contextmanager
    def new(prebuilt: Prebuilt, rng: Random) -> Iterator[World]:
        root = Path(tempfile.mkdtemp(prefix="fire-"))
        world = World.in_place(root, prebuilt, rng)
        try:
            yield world
        finally:
            for mount in reversed(world.mounts):
                subprocess.run(["umount", "-l", mount], check=False)
            shutil.rmtree(root, ignore_errors=True)

    # -- compilers --------------------------------------------------------------------------

    def compiler(self, body: str = "", name: str = "cxx") -> str:
        """A compiler that, told to link a module, logs that, does `body`, and copies the prebuilt one."""
        assert self.prebuilt is not None
        script = self.root / name
        script.write_text(
            f"""#!/bin/sh
if [ "$*" = -v ]; then echo "quick gcc version 12"; exit 0; fi
for word; do
    if [ "$before" = -o ]; then out=$word; fi
    if [ "$word" = -shared ]; then link=yes; fi
    before=$word
done
if [ "$link" != yes ]; then : > "$out"; exit 0; fi
echo $$ >> '{self.log}'
{body}
cp '{self.prebuilt.image}' "$out"
"""
        )
        script.chmod(0o755)
        return f"'{script}'"

    def compilations(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    # -- children ---------------------------------------------------------------------------

    def environment(self, **changes: str) -> dict[str, str]:
        settings = {
            "ADFUN_CACHE": str(self.cache),
            "TMPDIR": str(self.root / "tmp"),
            "HOME": str(self.root / "home"),
            "ADFUN_CXX": f"'{self.root / 'cxx'}'",
            **changes,
        }
        if "ADFUN_CXX" not in changes and not (self.root / "cxx").exists():
            self.compiler()
        kept = {k: v for k, v in os.environ.items() if k not in ("XDG_CACHE_HOME", "XDG_RUNTIME_DIR")}
        return {k: v for k, v in {**kept, **settings}.items() if v != "unset"}

    def start(self, action: Callable[[], Any] = build, **environment: str) -> Child:
        """Fork a child that does something in this world."""
        settings = self.environment(**environment)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _live(action, settings, writer)
        os.close(writer)
        return Child(pid, reader, time.monotonic())

    def child(self, action: Callable[[], Any] = build, **environment: str) -> Answer:
        return self.start(action, **environment).answer()

    def interpreter(self, code: str, **environment: str) -> subprocess.Popen[str]:
        """Start a Python of its own."""
        root, home = Path(__file__).parents[2], Path(adfun.__file__).parents[1]
        settings = {**self.environment(**environment), "PYTHONPATH": f"{home}:{root}"}
        return subprocess.Popen(
            [sys.executable, "-c", f"from tests.fire.world import *\n{code}"],
            cwd=root,
            env=settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    # -- verdicts ---------------------------------------------------------------------------

    def right(self, answer: Answer) -> bool:
        """Whether an answer is right (True) or a clean error (False); Failed for anything else."""
        assert self.prebuilt is not None
        if answer.error is not None:
            kind, text, clean = answer.error
            if not clean or "instead" not in text:
                raise Failed(f"no clean error: {kind}: {text}")
            return False
        if answer.value is None:
            raise Failed(f"no answer, status {answer.code}, after {answer.seconds:.1f} s")
        if not np.allclose(answer.value, self.prebuilt.value, rtol=1e-12, atol=0):
            raise Failed(f"wrong answer {answer.value}, not {self.prebuilt.value}")
        return True

    def expect(self, answer: Answer, *, hit: bool | None = None) -> None:
        """The right answer, and nothing else."""
        if not self.right(answer):
            raise Failed(f"an error instead of an answer: {answer.error}")
        if hit is not None and answer.hit != hit:
            raise Failed("compiled again" if hit else "took what it must not take")

    def expect_error(self, answer: Answer, *words: str) -> None:
        """A clean error that says this."""
        if self.right(answer) or answer.error is None or not all(w in answer.error[1] for w in words):
            raise Failed(f"no error that says {words}: {answer}")

    def next_run_works(self, **environment: str) -> None:
        """One more run gives the answer, another one finds it kept, and nothing is left over."""
        self.expect(self.child(**environment))
        self.expect(self.child(**environment), hit=True)
        self.nothing_left()

    def nothing_left(self) -> None:
        left = [
            *self.root.glob("tmp/*"),
            *self.root.glob("cache*/work/*"),
            *self.root.glob("home/.c*/*/work/*"),
        ]
        if left:
            raise Failed(f"left over: {', '.join(str(p.relative_to(self.root)) for p in left)}")

    def entry(self, kind: str = "module") -> Path:
        (path,) = self.cache.glob(f"{kind}/*/*")
        return path

    def mount(self, path: Path, options: str) -> None:
        """A file system of its own."""
        path.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() != 0 or shutil.which("mount") is None:
            raise Skipped("only root can mount file systems")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"mode=0700,{options}", "none", path],
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise Skipped("file systems cannot be mounted here")
        self.mounts.append(path)


class Skipped(Exception):
    """A trial cannot be made here."""


@dataclass(frozen=True)
class Child:
    """A forked child."""

    pid: int
    pipe: int
    began: float

    def answer(self) -> Answer:
        """Wait for it, and hear what it said; one that takes too long is killed."""
        said = bytearray()
        while True:
            left = self.began + LIMIT - time.monotonic()
            ready, _, _ = select.select([self.pipe], [], [], max(0.0, left))
            if not ready:
                os.kill(self.pid, signal.SIGKILL)
                break
            chunk = os.read(self.pipe, 65536)
            if not chunk:
                break
            said += chunk
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        plain = json.loads(said) if said else {}
        return Answer(
            plain.get("value"),
            plain.get("hit", False),
            tuple(plain["error"]) if "error" in plain else None,
            os.waitstatus_to_exitcode(status),
            time.monotonic() - self.began,
        )

    def killed(self) -> None:
        """Wait for it, not for what it may have said."""
        os.close(self.pipe)
        os.waitpid(self.pid, 0)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.killed()


def _live(action: Callable[[], Any], settings: dict[str, str], writer: int) -> None:
    """The life of a forked child; ends like an interpreter, without going back to what it was forked from."""
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(settings)
        toolchain._find.cache_clear()
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.write(writer, json.dumps(said(action)).encode())
    finally:
        atexit._run_exitfuncs()
        os._exit(0)


def said(action: Callable[[], Any]) -> dict[str, Any]:
    """The result of an action, or its error, as JSON values."""
    try:
        return dict(action() or {})
    except BaseException as error:
        return {"error": [type(error).__name__, str(error), isinstance(error, AdfunError)]}
