"""A sweeper that is killed at any moment, and one that shares the store with others."""

from __future__ import annotations

import multiprocessing
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from stanch.errors import UsageError
from stanch.sweep import store
from sweep.store import writer
from sweep.store.conftest import PASSWORD, Server
from sweep.store.samples import listed, swept

KILLS, SWEEPS = 20, 3
FORK = multiprocessing.get_context("fork")


def disturbed(url: str, steps: int, seconds: float) -> bool:
    """Run a sweeper and kill it so long after that many steps; return whether it had not come to its end."""
    hearing, telling = FORK.Pipe(duplex=False)
    process = FORK.Process(target=writer.main, args=(url, SWEEPS, lambda: telling.send_bytes(b".")))
    process.start()
    telling.close()
    with suppress(EOFError):
        for _ in range(steps):
            hearing.recv_bytes()
    time.sleep(seconds)
    process.kill()
    process.join()
    hearing.close()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def held(url: str) -> list[Any]:
    """Return all that the store tells of findings; keys and times differ from store to store."""
    with store.open(url, create=False) as kept:
        with kept.database.reading() as connection:
            dates = dict(map(tuple, connection.exec_driver_sql("SELECT began, id FROM runs").all()))
        return sorted(
            (
                row.finding.rule, row.finding.masked, row.state.value, dates[row.first_seen], dates[row.last_seen],
                [(said.state.value, said.reason) for said in kept.history(row.key)],
                [
                    (place.location, dates[place.first_seen], dates[place.last_seen], place.gone and dates[place.gone])
                    for place in row.places
                ],
            )
            for row in kept.rows()
        )  # fmt: skip


HOLDER = """
import sys
from stanch.sweep import store
kept = store.open(sys.argv[1])
kept.begin("s", ["t"])
print(1, flush=True)
input()
"""


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Nothing is lost and nothing doubled: resumed, the store is that of a sweeper which nobody disturbed."""
    calm, killed = str(tmp_path / "calm.db"), str(tmp_path / "killed.db")
    writer.main(calm, SWEEPS)
    draw = random.Random(8)
    kills = sum(disturbed(killed, draw.randrange(5), draw.uniform(0, 0.02)) for _ in range(KILLS))
    assert kills > KILLS / 2
    writer.main(killed, SWEEPS)
    assert held(killed) == held(calm)
    with store.open(killed) as kept, kept.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("SELECT count(*) FROM runs").scalar() == SWEEPS
        assert connection.exec_driver_sql("SELECT count(*) FROM outcomes").scalar() == SWEEPS * len(writer.NAMES)


def test_one_sweep_at_a_time(tmp_path: Path) -> None:
    """A second sweep on a SQLite store is told at once; triage and reports go on; a dead one is in nobody's way."""
    url = str(tmp_path / "a.db")
    other = subprocess.Popen([sys.executable, "-c", HOLDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"1\n"
    with store.open(url) as kept:
        for call in (kept.begin, kept.unfinished):
            with pytest.raises(UsageError, match="another sweep"):
                call("s", ["t"])
        assert list(kept.rows()) == []
        other.kill()
        other.communicate()
        assert kept.unfinished("s", ["t"]) is not None
        with store.open(url) as second, pytest.raises(UsageError, match="another sweep"):
            second.begin("s", ["t"])
        assert kept.begin("s", ["t"]).id == 2
    with store.open(url) as kept:
        assert kept.begin("s", ["t"]).id == 3


def test_readers_see_one_state_while_somebody_writes(tmp_path: Path) -> None:
    """A reader in the middle of its rows is not disturbed, and disturbs nobody."""
    url = str(tmp_path / "a.db")
    with store.open(url) as kept, store.open(url) as reading:
        run = kept.begin("s", ["t"])
        run.list(listed("a", "b"))
        run.record(swept("a", 1, 2, 3))
        rows = reading.rows()
        first = next(rows)
        assert run.record(swept("b", 1, 2, 3, 4))
        kept.set([first.key], "false-positive", by="Ann")
        rest = list(rows)
        assert len(rest) == 2
        assert all(len(row.places) == 1 for row in (first, *rest))
        assert len(list(reading.rows())) == 4


@pytest.mark.slow
def test_writers_that_race(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """In PostgreSQL several may record in one run: each repository counts once, whoever was first."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    url = server.url(server.made())
    names = [f"r{number}" for number in range(8)]
    with store.open(url) as kept:
        run = kept.begin("s", ["t"])
        run.list(listed(*names))
    taken: list[tuple[str, bool]] = []
    errors: list[BaseException] = []

    def record(seed: int) -> None:
        try:
            with store.open(url) as mine:
                again = mine.unfinished("s", ["t"])
                assert again is not None
                order = random.Random(seed).sample(names, len(names))
                taken.extend((name, again.record(swept(name, *range(5), paths=["a", "b"]))) for name in order)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=record, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert sorted(name for name, was_first in taken if was_first) == names
    assert len(taken) == 4 * len(names)
    with store.open(url) as kept:
        assert [len(row.places) for row in kept.rows()] == [2 * len(names)] * 5
