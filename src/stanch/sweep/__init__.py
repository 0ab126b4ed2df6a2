"""Sweeps: many repositories, each distinct object of theirs once, on one machine or on many.

What drives a sweep: it lists, hands out tasks in an order that spares work, and records each answer once.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from stanch import cache, stopping
from stanch.model import Fault
from stanch.stopping import Stopped
from stanch.sweep.crews import Crew, CrewError
from stanch.sweep.model import Listed, Swept
from stanch.sweep.order import Budget, Order
from stanch.sweep.seen import Folder
from stanch.sweep.task import Job, Outcome, Task
from stanch.values import dataclass, field

if TYPE_CHECKING:
    from stanch.sweep.store import Run

TOGETHER = 100
"""So many unchanged repositories are recorded at a time."""
LARGEST_SENT = 32 << 20
"""Bytes of ids that are sent along with each fork, at most: four million objects."""


@dataclass
class Count:
    """How far a sweep is, and what it found."""

    repositories: int = 0
    """How many there are."""
    bytes: int = 0
    """Of all of them, as the forge says; 0 where it does not."""
    scanned: int = 0
    unchanged: int = 0
    incomplete: int = 0
    """Scanned, but not all of it."""
    failed: int = 0
    read: int = 0
    """Bytes of content that were read."""
    transferred: int = 0
    findings: int = 0
    """In the repositories that were scanned; one that stands in two of them counts twice."""
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """How many repositories are recorded."""
        return self.scanned + self.unchanged + self.incomplete + self.failed


Watch = Callable[[Count, Listed | None, Swept | None], None]
"""Told how far a sweep is: once it is listed, and with each repository that is recorded."""


@dataclass
class Sweep:
    """A sweep with `job`, recorded in `run`."""

    job: Job
    run: Run
    crew: Crew
    full: bool = False
    """Scan what is unchanged too."""
    budget: int | None = None
    """Bytes that all clones may take at a time."""
    apart: bool = False
    """Has each worker a disk of its own, and one clone on it? Then the budget is each one's."""
    watch: Watch = lambda *_: None
    count: Count = field(default_factory=Count)
    faults: list[Fault] = field(default_factory=list)
    """What went wrong with the sweep itself; with one of these it is not finished."""
    _states: dict[str, str] = field(default_factory=dict, repr=False)
    """What those that wait were like at their last complete scan."""
    _unchanged: list[tuple[Listed, Swept]] = field(default_factory=list)
    """Those that are yet to be recorded."""
    _deaths: dict[str, int] = field(default_factory=dict)
    _networks: dict[str, bytes] = field(default_factory=dict, repr=False)

    def sweep(self) -> None:
        """Do all repositories of the run that have not been done. What is recorded stays, whatever happens.

        A signal ends it: then `faults` says so, and the run is unfinished. Raises what the store raises.
        """
        began = time.monotonic()
        pending = self.run.pending()
        self._states = {} if self.full else self.run.states()
        order = Order(pending)
        budget = Budget(self.budget, 1 if self.apart else self.crew.size)
        self.count.repositories, self.count.bytes = len(pending), sum(one.size or 0 for one in pending)
        del pending
        seen = self._kept()
        try:
            with stopping.phase():
                self.watch(self.count, None, None)
                self._drive(order, budget, seen)
        except CrewError as error:
            self.faults.append(Fault("sweep", "interrupted", str(error)))
        except Stopped:
            number = stopping.received()
            name = signal.Signals(number).name if number else "a time limit"
            self.faults.append(Fault("sweep", "interrupted", f"stopped by {name}"))
        finally:
            try:
                stopping.wholly(self._flush)
            finally:
                stopping.wholly(self.crew.close)
                if seen:
                    seen.close()
                self.count.seconds = round(time.monotonic() - began, 3)

    def _kept(self) -> Folder | None:
        """Return the folder that what is read is added to; None where another sweep does so, or nobody can."""
        if self.job.seen is None:
            return None
        folder = Folder(self.job.seen)
        try:
            return folder if folder.own() else None
        except OSError as error:
            cache.note("warning", "%s: what is read cannot be kept: %s", folder.path, error)
            return None

    def _drive(self, order: Order, budget: Budget, seen: Folder | None) -> None:
        under_way = 0
        while True:
            while under_way < self.crew.size and (listed := order.first()):
                if under_way and not self.apart and not budget.fits(listed):
                    break
                self._give(order.take(), order, budget)
                under_way += 1
            if not under_way:
                return
            for task, outcome in self.crew.wait():
                under_way -= 1
                budget.give_back(task.listed)
                stopping.wholly(self._take, task, outcome, order, budget, seen)

    def _give(self, listed: Listed, order: Order, budget: Budget) -> None:
        before = self._states.pop(listed.name, None)
        network = order.network(listed)
        known = b"" if self.crew.shares or network is None else self._networks.get(network, b"")
        self.crew.give(Task(listed, before, budget.take(listed), known))

    def _take(self, task: Task, outcome: Outcome | str, order: Order, budget: Budget, seen: Folder | None) -> None:
        """Record what became of a repository, or have it done once more."""
        listed = task.listed
        if isinstance(outcome, str):
            died = self._deaths[listed.name] = self._deaths.get(listed.name, 0) + 1
            if died < self.crew.tries:
                order.again(listed)
                return
            fault = Fault(listed.name, "worker-died", f"the worker {outcome}, {died} times")
            outcome = Outcome(Swept(listed.name, "", None, faults=(fault,)))
        swept = outcome.swept
        if any(fault.kind == "disk-budget" for fault in swept.faults) and budget.widen(listed):
            order.again(listed)
            return
        self._deaths.pop(listed.name, None)
        self._remember(order.network(listed), outcome, seen)
        order.done(listed)
        if swept.unchanged:
            self._unchanged.append((listed, swept))
            if len(self._unchanged) >= TOGETHER:
                self._flush()
        elif self.run.record(swept):
            self._tell(listed, swept)

    def _flush(self) -> None:
        """Record those that are unchanged: one by one, each would cost a write to the disk."""
        waiting, self._unchanged = self._unchanged, []
        recorded = self.run.record_unchanged([swept for _, swept in waiting]) if waiting else set()
        for listed, swept in waiting:
            if listed.name in recorded:
                self._tell(listed, swept)

    def _tell(self, listed: Listed, swept: Swept) -> None:
        self._tally(swept)
        self.watch(self.count, listed, swept)

    def _remember(self, network: str | None, outcome: Outcome, seen: Folder | None) -> None:
        """Let later tasks know what was read. What cannot be kept is read again, and that is all."""
        if seen and outcome.read:
            from array import array

            ids = array("Q")
            ids.frombytes(outcome.read)
            try:
                seen.add(ids)
            except OSError as error:
                cache.note("warning", "%s: what was read cannot be kept: %s", seen.path, error)
        if network and not self.crew.shares and network not in self._networks:
            self._networks[network] = outcome.read if len(outcome.read) <= LARGEST_SENT else b""
            while sum(map(len, self._networks.values())) > 2 * LARGEST_SENT:
                del self._networks[next(iter(self._networks))]

    def _tally(self, swept: Swept) -> None:
        count, result = self.count, swept.result
        count.read += swept.bytes
        count.transferred += swept.transferred
        if swept.unchanged:
            count.unchanged += 1
        elif result is None:
            count.failed += 1
        else:
            count.findings += sum(finding.dropped is None for finding in result.findings)
            if swept.faults or not result.complete:
                count.incomplete += 1
            else:
                count.scanned += 1
