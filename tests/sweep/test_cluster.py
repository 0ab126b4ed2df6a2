"""A sweep on a Dask cluster: the same store as here, whichever workers are lost meanwhile."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from stanch.sweep import Sweep, store
from stanch.sweep.cluster import Cluster
from stanch.sweep.model import Listed, Swept
from sweep.swept import fork, held, job, made, swept


@pytest.fixture
def listed(tmp_path: Path) -> list[Listed]:
    """Give six repositories in folders, three of them forks of the first."""
    first = made(tmp_path / "shop", 1)
    repos = [first, made(tmp_path / "till", 2), made(tmp_path / "yard", 3)]
    found = [Listed(str(repo.path), str(repo.path), "folder") for repo in repos]
    for number in range(3):
        repo = fork(first, tmp_path / f"fork-{number}", number)
        found.append(Listed(str(repo.path), str(repo.path), "folder", fork=True, parent=str(first.path)))
    return found


@pytest.mark.slow
def test_workers_may_be_lost(tmp_path: Path, listed: list[Listed]) -> None:
    """Two workers are killed in the midst of it: their tasks run again, each repository is recorded once, none lost."""
    made_job = job(tmp_path / "work", seen=tmp_path / "seen")
    with store.open(str(tmp_path / "here.db")) as opened:
        run = opened.begin("setting", ["org"])
        run.list(listed)
        for one in listed:
            assert run.record(swept(made_job, one).swept)
        run.finish()
    killed: list[int] = []
    recorded: list[str] = []
    with store.open(str(tmp_path / "there.db")) as opened:
        run = opened.begin("setting", ["org"])
        run.list(listed)
        crew = Cluster(made_job, None, 2)

        def watch(_: object, one: Listed | None, what: Swept | None) -> None:
            if one is not None and what is not None:
                recorded.append(one.name)
                assert what.result is not None
            if len(killed) < 2:
                killed.append(_kill_a_worker(crew))

        running = Sweep(made_job, run, crew, watch=watch)
        running.sweep()
        assert running.faults == []
        assert sorted(recorded) == sorted(one.name for one in listed)
        assert running.count.scanned == len(listed)
        run.finish()
    assert len(killed) == 2
    assert held(tmp_path / "there.db") == held(tmp_path / "here.db")


def _kill_a_worker(crew: Cluster) -> int:
    """Kill one of the cluster's workers, and return its process id."""
    pids: dict[str, int] = crew._client.run(os.getpid)
    pid = sorted(pids.values())[0]
    os.kill(pid, signal.SIGKILL)
    return pid
