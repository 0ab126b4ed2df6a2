"""Kills `fix --apply` and `--rollback` at each of their steps, and looks each time where the secrets are.

A program of its own, since it forks: `python -m remediate.killing URL FOLDER KILLS SEED`. It prints how often a process
was killed, how many steps there are, and what was found wrong.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from remediate.projects import contents, planned, written
from remediate.servers import address
from scans import token
from stanch.remediate.apply import Applying
from stanch.remediate.journal import Journal
from stanch.remediate.stores import Held, Store, opened
from stanch.remediate.worktree import Worktree

STRIPE, SLACK, GITHUB = token(2, "stripe-secret-key-live"), token(4, "slack-bot-token"), token(1)
FILES = {
    "a.py": b"stripe_key = '%b'\nslack_token = '%b'\n" % (STRIPE, SLACK),
    "web/.env": b"STRIPE_KEY=%b\nGITHUB_PAT=%b\n" % (STRIPE, GITHUB),
}
OUTSIDE = 5
"""One process of so many is killed from outside, at no step in particular."""
LONGEST = 0.6
"""Seconds within which a process is killed from outside."""


class Steps:
    """Counts the steps of a process and ends it at one of them, as the kernel would."""

    def __init__(self, last: int) -> None:
        self.taken = 0
        self.last = last

    def step(self) -> bool:
        """Take a step; true when it is the last."""
        self.taken += 1
        return self.taken == self.last

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with a step before and one after it."""

        def stepping(*arguments: Any, **named: Any) -> Any:
            if self.step():
                end()
            result = function(*arguments, **named)
            if self.step():
                end()
            return result

        return stepping

    def writing(self, function: Callable[[int, bytes], int]) -> Callable[[int, bytes], int]:
        """Return `os.write` with a step in its midst too."""

        def halved(descriptor: int, data: bytes) -> int:
            if self.step():
                function(descriptor, data[: len(data) // 2])
                end()
            return function(descriptor, data)

        return self.around(halved)


def end() -> None:
    """End this process at once: nothing is flushed, no handler runs."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class Stores:
    """The store, opened for this process and, since that takes long, for those that it forks."""

    def __init__(self, url: str) -> None:
        self.at = address(url)
        self.ours, self.theirs = opened(self.at), opened(self.at)


class Watched:
    """A store each use of which is a step before it and one after."""

    def __init__(self, store: Store, steps: Steps) -> None:
        self.get: Callable[..., Held | None] = steps.around(store.get)
        self.put: Callable[..., None] = steps.around(store.put)


class Run:
    """One folder, its secrets' names in the store, and processes that work on it until they are killed."""

    def __init__(self, stores: Stores, folder: Path, app: str) -> None:
        self.folder = written(folder / app, FILES)
        self.app = app
        self.stores = stores
        moves = planned(self.folder, store="ssm", applied=True, app=app).moves
        self.names = {move.reference.name: move.value for move in moves if move.reference}
        self.legal: dict[str, set[bytes]] = {path: {content} for path, content in FILES.items()}
        for change in (change for move in moves for change in move.changes):
            self.legal[change.path].add(change.after)
        self.final = {change.path: change.after for move in moves for change in move.changes}

    def fork(self, *, undo: bool, last: int = 0, after: float | None = None) -> tuple[bool, int]:
        """Have a process apply or undo; kill it at a step, or from outside after some seconds.

        Return whether it came to its end, and then how many steps it took.
        """
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.write(writing, b"%d" % self._work(Steps(last), undo))
                os._exit(0)
            finally:
                os._exit(1)
        os.close(writing)
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        with open(reading, "rb") as pipe:
            taken = pipe.read()
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise AssertionError("the process failed by itself")
        return bool(taken), int(taken or 0)

    def _work(self, steps: Steps, undo: bool) -> int:
        os.write, write = steps.writing(os.write), os.write
        os.replace, os.fsync = steps.around(os.replace), steps.around(os.fsync)
        watched = Watched(self.stores.theirs, steps)
        worktree = Worktree(self.folder)
        applying = Applying(worktree, Journal(worktree.journal), lambda _: watched)
        if undo:
            done = list(applying.undo())
        else:
            done = list(applying.resume())
            moves = planned(self.folder, store="ssm", applied=True, app=self.app).moves
            done += applying.run(moves, lambda _: self.stores.at, overwrite=False)
        os.write = write
        if any(outcome.why for outcome in done):
            sys.stderr.write(f"{[outcome.why for outcome in done]}\n")
            return -1
        return steps.taken

    def wrong(self) -> Iterator[str]:
        """Yield what must never be, whenever a process was killed."""
        held = {name: self.stores.ours.get(name) for name in self.names}
        now = {path: text for path, text in contents(self.folder).items() if not path.endswith(".partial")}
        for path, legal in self.legal.items():
            if now.get(path) not in legal:
                yield f"{path} is neither as it was nor as it is to be"
        for name, value in self.names.items():
            found = held[name]
            in_files = [path for path, text in FILES.items() if value in text]
            if (found is None or found.value != value) and not all(value in now[path] for path in in_files):
                yield f"{name} is neither in its files nor in the store"
        journal = Worktree(self.folder).journal
        if journal.exists() and any(value in journal.read_bytes() for value in self.names.values()):
            yield "the journal holds a secret"


@contextmanager
def said(problems: list[str], what: str) -> Iterator[None]:
    """Note which run a problem is of."""
    before = len(problems)
    yield
    problems[before:] = [f"{what}: {problem}" for problem in problems[before:]]


def one(run: Run, random: Random, kill: dict[str, Any], *, undo: bool) -> tuple[int, list[str]]:
    """Kill as `kill` says, then up to twice more at a step of what is to be finished; return kills and problems."""
    problems: list[str] = []
    if undo:
        run.fork(undo=False)
    ended, killed = run.fork(undo=undo, **kill)[0], 0
    while not ended:
        killed += 1
        problems += run.wrong()
        ended, _ = run.fork(undo=undo, last=random.randrange(1, 60) if killed < 3 else 0)
    now = contents(run.folder)
    if now != (FILES if undo else {**FILES, **run.final}):
        problems.append(f"in the end the files are not what they should be: {sorted(now)}")
    problems += run.wrong()
    return killed, problems


def main(url: str, folder: str, kills: int, seed: int) -> None:
    """Kill so many processes, each at another step as long as there are any, and print what became of them."""
    random = Random(seed)
    problems: list[str] = []
    killed = 0
    stores = Stores(url)
    count = Run(stores, Path(folder), "count")
    steps = {False: count.fork(undo=False)[1], True: count.fork(undo=True)[1]}
    places: list[tuple[bool, dict[str, Any]]] = [
        (undo, {"last": last}) for undo, all_ in steps.items() for last in range(1, all_ + 1)
    ]
    random.shuffle(places)
    number = 0
    while killed < kills:
        number += 1
        inside = places and number % OUTSIDE
        undo, kill = places.pop() if inside else (bool(random.randrange(2)), {"after": random.uniform(0, LONGEST)})
        with said(problems, f"{'undo' if undo else 'apply'} {kill}"):
            run = Run(stores, Path(folder), f"app{number}")
            more, wrong = one(run, random, kill, undo=undo)
            killed += more
            problems += wrong
    print(json.dumps({"killed": killed, "steps": sum(steps.values()), "problems": problems}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
