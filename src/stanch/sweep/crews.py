"""Who does a sweep's tasks: the contract of `local` and `cluster`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from stanch.errors import StanchError
from stanch.sweep.task import Outcome, Task


class CrewError(StanchError):
    """Those who do the tasks are gone, or never came; the text says what to do."""


class Crew(Protocol):
    """Processes of this machine, or the workers of a cluster."""

    shares: bool
    """Do all see the folder of objects that were read?"""
    tries: int
    """How often a repository may end its process before it is given up."""

    @property
    def size(self) -> int:
        """How many tasks may be under way now."""

    def give(self, task: Task) -> None:
        """Have a task done. Raises CrewError where nobody can."""

    def wait(self) -> Iterator[tuple[Task, Outcome | str]]:
        """Wait for what happens next, and yield the tasks that are done; for one whose process died, how it ended.

        Raises CrewError, and Stopped.
        """

    def close(self) -> None:
        """End what is under way."""
