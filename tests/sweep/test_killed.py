"""A sweep that is killed at any point and resumed ends with the store of one that nobody disturbed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from random import Random

import pytest

import scans
import stanch.cli.sweeping  # noqa: F401  # what a forked process then need not import
from sweep.swept import fork, held, made

KILLS = 50


def organisation(root: Path) -> None:
    """Make five repositories, two of them forks."""
    first = made(root / "shop", 1)
    made(root / "till", 2)
    made(root / "yard", 3)
    fork(first, root / "shop-fork-1", 1)
    fork(first, root / "shop-fork-2", 2)


def forked(root: Path, store: Path) -> int:
    """Begin to sweep, or go on, in a forked process, which has nothing to load; return its id."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            done = scans.called(
                "sweep", str(root), "--store", str(store), "--resume", "-j", "2", "--engine", "aho-corasick"
            )
            os._exit(done.returncode)
        finally:
            os._exit(99)
    return child


def ended(child: int) -> int:
    """Wait for a process, and return its status; below 0 for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.slow
def test_killed_and_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """50 kills at random points: nothing is lost, nothing is doubled, and every sweep comes to its end."""
    organisation(tmp_path / "org")
    scans.scan(tmp_path / "org" / "shop")  # as above
    began = time.monotonic()
    assert ended(forked(tmp_path / "org", tmp_path / "whole.db")) == 1
    takes = time.monotonic() - began
    expected = held(tmp_path / "whole.db")
    assert expected["findings"] == 3
    random, kills, sweeps = Random(8), 0, 0
    while kills < KILLS:
        store = tmp_path / f"{sweeps}.db"
        monkeypatch.setenv("STANCH_CACHE", str(_cache(tmp_path, sweeps)))
        sweeps += 1
        for _ in range(10):
            child = forked(tmp_path / "org", store)
            if kills < KILLS:
                time.sleep(random.uniform(0, takes * 0.8))
                os.kill(child, signal.SIGKILL)
            status = ended(child)
            kills += status == -signal.SIGKILL
            if status != -signal.SIGKILL:
                break
        else:
            status = ended(forked(tmp_path / "org", store))
        assert status == 1
        assert held(store) == expected


def _cache(tmp_path: Path, number: int) -> Path:
    """Make a cache where nothing has been read, with what was compiled."""
    cache = tmp_path / f"cache-{number}"
    cache.mkdir(mode=0o700)
    for kept in Path(os.environ["STANCH_CACHE"]).glob("*.cache"):
        os.link(kept, cache / kept.name)
    return cache
