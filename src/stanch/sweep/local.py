"""A sweep's hands on this machine: processes that live on from repository to repository, replaced when they die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path

from stanch import stopping
from stanch.pool.process import Process
from stanch.sweep import clones
from stanch.sweep.crews import CrewError
from stanch.sweep.task import Job, Outcome, Sweeper, Task
from stanch.values import dataclass, replace

PATIENCE = 60.0
"""Seconds beyond a repository's time limit after which its process is taken to hang."""
LAST = 5.0
"""Seconds that processes have to end by themselves."""


class _Hand(Process):
    def __init__(self, making: _Making, others: list[_Hand]) -> None:
        super().__init__(making, _Lazy(making), others)
        self.task: Task | None = None
        self.until: float | None = None


class Local:
    """Processes of this machine."""

    shares = True
    """Do all see the folder of objects that were read?"""
    tries = 3
    """How often a repository may end its process before it is given up."""

    def __init__(self, job: Job, jobs: int) -> None:
        self.size = jobs
        self._job = job
        self._hands: list[_Hand] = []

    def give(self, task: Task) -> None:
        """Have a repository swept by a process at rest, of which there must be one.

        Raises CrewError where the system gives no process.
        """
        hand = next((hand for hand in self._hands if hand.task is None and not hand.lost), None)
        if hand is None:
            try:
                hand = _Hand(_Making(self._job), self._hands)
            except OSError as error:
                raise CrewError(f"no process can be started: {error.strerror}; try fewer --jobs") from error
            self._hands.append(hand)
        limit = self._job.time_limit
        hand.task, hand.until = task, None if limit is None else time.monotonic() + limit + PATIENCE
        hand.send(task)

    def wait(self) -> Iterator[tuple[Task, Outcome | str]]:
        """Wait for what happens next, and yield the tasks that are done; for one whose process died, how it ended."""
        busy = {hand.pipe: hand for hand in self._hands if hand.task}
        due = [hand.until for hand in busy.values() if hand.until is not None]
        patience = max(min(due) - time.monotonic(), 0) if due else None
        for pipe in stopping.interruptibly(wait, list(busy), patience):
            hand = busy[pipe]  # type: ignore[index]  # what went in comes out
            outcome = hand.answer()
            if outcome is not None and hand.task is not None:
                task, hand.task = hand.task, None
                yield task, outcome
        for hand in list(busy.values()):
            if hand.lost or (hand.task and hand.until is not None and time.monotonic() > hand.until):
                how = "gave no answer any more" if not hand.lost else ""
                self._hands.remove(hand)
                ended = self._end(hand, 0 if how else 1)
                if hand.task:
                    yield hand.task, how or f"ended with {ended}"

    def close(self) -> None:
        """End all processes: those at rest by themselves, the others in the midst of what they do."""
        for hand in self._hands:
            if hand.task is None:
                hand.dismiss()
        until = time.monotonic() + LAST
        for hand in self._hands:
            self._end(hand, 0 if hand.task else max(until - time.monotonic(), 0))
        self._hands.clear()

    def _end(self, hand: _Hand, patience: float) -> str:
        """Return how a process ended, and end what it has left: a clone, and a git that makes it."""
        how = hand.end(patience)
        place = self._job.work / str(hand.process.pid)
        if place.exists():
            _kill_within(place)
            clones.remove(place)
        return how


def _kill_within(place: Path) -> None:
    """Kill the processes that work in a folder. Where the system does not tell them, a git ends by itself: nobody
    reads any more what it says.
    """
    for folder in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):  # it has ended, or is somebody else's
            if Path(os.readlink(folder)).is_relative_to(place):
                os.kill(int(folder.parent.name), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes what a process does with tasks."""

    job: Job

    def __call__(self) -> Sweeper:
        place = self.job.work / str(os.getpid())
        place.mkdir(mode=0o700)
        os.environ["TMPDIR"] = str(place)  # what a process leaves behind that is killed is removed with it
        return Sweeper(replace(self.job, work=place))


class _Lazy:
    """The same in a forked process, which makes it with its first task."""

    def __init__(self, making: _Making) -> None:
        self._making = making
        self._made: Sweeper | None = None

    def __call__(self, task: Task) -> Outcome:
        if self._made is None:
            self._made = self._making()
        return self._made(task)
