"""A worker process: it lives on from one piece of work to the next, and tells how it ended when it does."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from stanch import stopping

FORKS = sys.platform == "linux"
CONTEXT: Any = multiprocessing.get_context("fork" if FORKS else "spawn")

Work = Callable[[Any], Any]
"""What a worker does with each thing that it is sent; its answer is sent back, and is not None."""


class Process:
    """A process and the pipe to it."""

    def __init__(self, make: Callable[[], Work], made: Work, others: Sequence[Process]) -> None:
        """Start it beside `others`. A forked one inherits `made`; a spawned one calls `make`, which must be picklable.

        Raises OSError where the system has no room for a process more.
        """
        self.pipe: Connection[Any, Any]
        self.pipe, theirs = CONTEXT.Pipe()
        # A forked worker also inherits our ends of all pipes.
        inherited = (made, [self.pipe, *(other.pipe for other in others)]) if FORKS else (None, [])
        self.process = CONTEXT.Process(target=_serve, args=(theirs, make, *inherited), daemon=True)
        try:
            self.process.start()
        except OSError:
            self.pipe.close()
            raise
        finally:
            theirs.close()
        self.ready = False
        self.lost = False

    def send(self, work: Any) -> None:
        """Send something to do."""
        try:
            self.pipe.send(work)
        except OSError:
            self.lost, self.ready = True, False  # it died at rest: what it was sent is not to blame

    def answer(self) -> Any:
        """Return what a worker that has something to say sends; None when it is no answer, or an end."""
        try:
            message = self.pipe.recv()
        except (EOFError, OSError):
            self.lost = True
            return None
        self.ready = True
        return message

    def dismiss(self) -> None:
        """Tell it to put away what it has, and end."""
        with suppress(OSError):  # it died a moment ago
            self.pipe.send(None)

    def end(self, patience: float) -> str:
        """Return how the process ended; it is killed when it has not within so many seconds."""
        self.process.join(patience)
        self.pipe.close()
        self.process.kill()
        self.process.join()
        code = self.process.exitcode
        return signal.Signals(-code).name if code < 0 else f"exit status {code}"


def _serve(
    pipe: Connection[Any, Any], make: Callable[[], Work], made: Work | None, others: list[Connection[Any, Any]]
) -> None:
    """Do what comes from the pipe until it closes."""
    stopping.leave_to_parent()
    for other in others:
        other.close()  # else the pipes would stay open when the parent is killed, and we with them
    _let_readers_fill()
    gc.freeze()  # what was inherited stays; looking through it again and again costs a tenth of the time
    try:
        work = made or make()
        pipe.send(None)
        while (wanted := pipe.recv()) is not None:
            pipe.send(work(wanted))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone
    except Exception:
        sys.exit(1)  # the parent says so; the error's text could quote what was scanned


def _let_readers_fill() -> None:
    """Run without preempting others on wake-up: git then fills the pipe, and we read a megabyte rather than a file."""
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
