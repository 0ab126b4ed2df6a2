"""A sweep's hands on other machines: the workers of a Dask cluster (`stanch[cluster]`), which run the same task.

A worker does one repository at a time, whatever its threads: a scan has the whole process. Its token is that of the
worker's own environment, and none is sent.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from stanch import stopping
from stanch.errors import UsageError
from stanch.sweep.crews import CrewError
from stanch.sweep.seen import Folder
from stanch.sweep.task import Job, Outcome, Sweeper, Task
from stanch.sweep.workplace import workplace
from stanch.values import replace

try:
    import dask
    import distributed
    from distributed.diagnostics.plugin import WorkerPlugin
except ImportError as error:
    raise UsageError("--scheduler and --cluster need Dask: pip install 'stanch[cluster]'") from error

_dask: Any = distributed  # half of it has types

_SETTINGS = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-saturation": 1.0,  # a task beside the one that ends its worker would be blamed too
    "distributed.admin.low-level-log-length": 0,
    "distributed.worker.profile.enabled": False,  # looks at the scan's thread a hundred times a second
}
"""Of a cluster that is started here."""
PATIENCE = 30.0
"""Seconds in which a scheduler must answer, and a first worker come."""


class Cluster:
    """The workers of a scheduler, or of one that is started here."""

    shares = False

    def __init__(self, job: Job, scheduler: str | None, jobs: int) -> None:
        """Without a scheduler there will be `jobs` workers on this machine. Raises UsageError where there is none."""
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # lost workers are our business
        self._cluster: Any = None
        self._fixed = None if scheduler else jobs
        # Here we count ourselves; a scheduler that is there already gives a task up after three lost workers or so.
        self.tries = 2 if scheduler else 3
        dask.config.set(_SETTINGS)
        try:
            if scheduler is None:
                self._cluster = _dask.LocalCluster(
                    n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0,
                    silence_logs=logging.CRITICAL, local_directory=str(job.work),
                )  # fmt: skip
            self._client: Any = _dask.Client(scheduler or self._cluster, timeout=PATIENCE, set_as_default=False)
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, ValueError, TimeoutError) as error:
            raise UsageError(f"--scheduler {scheduler}: no cluster answers there: {type(error).__name__}") from error
        known = tuple(bytes(view) for view in Folder(job.seen).known()) if job.seen else ()
        work = None if scheduler else job.work
        self._plugin = _Plugin(replace(job, seen=None, known=known), work)
        self._client.register_plugin(self._plugin, name=self._plugin.name)
        self._done: Any = _dask.as_completed(loop=self._client.loop)
        self._tasks: dict[Any, Task] = {}
        self._numbers = itertools.count()

    @property
    def size(self) -> int:
        """One for each worker; where workers may come and go, some more, so that there is a reason to come."""
        if self._fixed is not None:
            return self._fixed + 1  # one waits at the scheduler, so that no worker does
        return 2 * len(self._client.nthreads()) + 2

    def give(self, task: Task) -> None:
        """Submit a task."""
        name = f"{self._plugin.name}-{next(self._numbers)}"
        future = self._client.submit(_do, self._plugin.name, task, key=name, pure=False)
        self._tasks[future] = task
        self._done.add(future)

    def wait(self) -> Iterator[tuple[Task, Outcome | str]]:
        """Wait for the next answers. Raises CrewError where the scheduler is gone, and Stopped."""
        try:
            first = stopping.interruptibly(next, self._done)
        except StopIteration:
            raise CrewError("the cluster has forgotten what it was to do; --resume goes on") from None
        for future in [first, *self._done.next_batch(block=False)]:
            task = self._tasks.pop(future)
            try:
                outcome: Outcome | str = future.result(timeout=PATIENCE)
            except _dask.KilledWorker:
                outcome = "ended, or lost its connection"
            except (_dask.client.FutureCancelledError, OSError, TimeoutError) as error:
                raise CrewError("the scheduler is gone; --resume goes on when there is one") from error
            future.release()
            yield task, outcome

    def close(self) -> None:
        """Cancel what is under way: workers leave it at the next occasion."""
        with suppress(Exception):  # whatever is wrong with a cluster that we leave
            self._client.cancel(list(self._tasks), force=True)
            self._client.unregister_worker_plugin(self._plugin.name)
        with suppress(Exception):
            self._client.close(timeout=5)
        if self._cluster is not None:
            with suppress(Exception):
                self._cluster.close(timeout=5)


class _Plugin(WorkerPlugin):
    """What each worker of a cluster is given once: the job, and the objects that were read before."""

    def __init__(self, job: Job, work: Path | None) -> None:
        import secrets

        self.name = f"stanch-sweep-{secrets.token_hex(4)}"
        self._job, self._work = job, work
        self._ended = False

    def setup(self, worker: Any) -> None:
        """Prepare a worker."""
        self._turn = threading.Lock()
        self._opened = ExitStack()
        self._sweeper: Sweeper | None = None
        self._local = Path(worker.local_directory)

    def teardown(self, worker: Any) -> None:
        """Have the worker leave what it does."""
        self._ended = True
        with self._turn:
            self._opened.close()

    def do(self, task: Task) -> Outcome:
        """Do a task, once no other one runs in this process."""
        with self._turn:
            if self._sweeper is None:
                work = self._opened.enter_context(workplace(self._work or self._local))
                self._sweeper = Sweeper(replace(self._job, work=work), lambda: self._ended)
            return self._sweeper(task)


def _do(name: str, task: Task) -> Outcome:
    """Do a task on the worker that this runs on."""
    plugin: _Plugin = _dask.get_worker().plugins[name]
    return plugin.do(task)
