"""Workers: one that dies or hangs is replaced, and what it had is scanned again; what kills workers alone is lost."""

from __future__ import annotations

import errno
import math
import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.shards import Deadly, OnlyHere, Words, build, found, words
from repositories import Repo
from scans import cli, engine, scan, token
from scans import found as by_secret
from stanch import pool
from stanch.model import Chunk, Fault, Origin, Shard
from stanch.pool import process, workers
from stanch.sources.files import FileShard
from stanch.sources.git import Repository
from stanch.sources.git.objects import GitShard
from stanch.sources.names import Names
from stanch.sources.text import StdinShard, TextShard


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any work worth a second process."""
    monkeypatch.setattr(pool, "WORTH", 1)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give a list that grows by one for each worker that is started."""
    started: list[int] = []
    start = workers._Worker.__init__

    def noted(*arguments: Any) -> None:
        started.append(1)
        start(*arguments)

    monkeypatch.setattr(workers._Worker, "__init__", noted)
    return started


def died(word: bytes, how: str) -> Fault:
    """Return the fault for a word that ended its worker."""
    return Fault("t", "worker-died", f"{word.decode()}: the worker ended with {how}")


MISHAPS = [
    # word, how the worker ends
    (b"exit", "exit status 7"),
    (b"crash", "SIGSEGV"),
    (b"killed", "SIGKILL"),
]


@pytest.mark.parametrize(("word", "how"), MISHAPS, ids=[word.decode() for word, _ in MISHAPS])
@pytest.mark.parametrize("jobs", [2, 3])
def test_only_what_kills_a_worker_is_lost(word: bytes, how: str, jobs: int, started: list[int]) -> None:
    """Of a hundred contents one ends its worker: it is named, the others are scanned, all in their order."""
    all_of_them = words(100, word)
    shards = [Words((b"before",)), Words(all_of_them), Words((b"after",))]
    expected = [died(word, how) if each == word else each for each in (b"before", *all_of_them, b"after")]
    assert found(pool.run(shards, build, jobs)) == expected
    assert len(started) <= jobs + 1 + math.ceil(math.log2(len(all_of_them)))


def test_several_in_one_shard(started: list[int]) -> None:
    """Each content that kills costs itself, and so many tries as it takes to find it."""
    all_of_them = words(64, *(word for word, _ in MISHAPS))
    result = found(pool.run([Words(all_of_them)], build, 2))
    assert [item for item in result if isinstance(item, Fault)] == [died(word, how) for word, how in MISHAPS]
    assert [item for item in result if isinstance(item, bytes)] == list(words(64))
    assert len(started) <= 2 + 3 * 8


@pytest.mark.parametrize("size", [1, 9])
def test_a_death_that_does_not_come_again(size: int, tmp_path: Path) -> None:
    """A worker that was killed for want of memory, not for what it read, costs nothing, be it one content or many."""
    all_of_them = words(size - 1, b"killed")
    assert found(pool.run([Words(all_of_them, once=tmp_path / "done")], build, 2)) == list(all_of_them)


def test_a_worker_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does not answer is given up as a dead one is."""
    monkeypatch.setattr(workers, "SLOW", (0.5, 0.0))
    result = found(pool.run([Words(words(2, b"hang")), Words((b"after",))], build, 2))
    assert result == [b"000", Fault("t", "worker-hung", "hang: the worker gave no answer any more"), b"001", b"after"]


def test_signals_are_the_parents(started: list[int]) -> None:
    """A signal to the whole group does not end workers: their parent does."""
    assert found(pool.run([Words(words(8, b"group"))], build, 2)) == list(words(8, b"group"))
    assert len(started) == 2


def test_no_end_of_deaths(monkeypatch: pytest.MonkeyPatch, started: list[int]) -> None:
    """Where everything kills workers there is an end of tries, and every shard is told of."""
    monkeypatch.setattr(workers, "DEATHS", 5)
    shards = [Words((b"exit",) * 50) for _ in range(6)]
    result = found(pool.run(shards, build, 2))
    assert len(started) < 30
    assert all(isinstance(item, Fault) and item.kind == "worker-died" for item in result)
    assert any(isinstance(item, Fault) and item.detail.startswith("exit and 49 more: ") for item in result)


def test_workers_that_do_not_start(monkeypatch: pytest.MonkeyPatch, started: list[int]) -> None:
    """Where workers die before they are ready there are no more of them, and all is scanned in this process."""
    monkeypatch.setattr(process, "FORKS", False)
    monkeypatch.setattr(process, "CONTEXT", multiprocessing.get_context("spawn"))
    shards = [Words((b"%d" % number,)) for number in range(20)]
    assert found(pool.run(shards, OnlyHere(), 2)) == [b"%d" % number for number in range(20)]
    assert len(started) <= 2 + workers.FALSE_STARTS


def test_no_more_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no process, all is scanned in this one."""

    def refused(_: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(process.CONTEXT.Process, "start", refused)
    assert found(pool.run([Words((b"one", b"two")), Words((b"three",))], build, 4)) == [b"one", b"two", b"three"]


def test_what_cannot_be_listed_comes_first() -> None:
    """However many faults the listing begins with, what follows them is scanned."""
    faults = [Fault("t", "unreadable", f"{number}") for number in range(300)]
    assert found(pool.run([Words((b"one",)), *faults, Words((b"two",))], build, 2)) == [b"one", *faults, b"two"]
    assert found(pool.run([*faults, Words((b"one",), weight=1 << 20)], build, 2)) == [*faults, b"one"]


def test_standard_input_beside_much_else(tmp_path: Path) -> None:
    """Standard input is read by the process that has it, also when workers do the rest."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(30 << 20)
    done = cli("scan", "-", str(tmp_path), "--jobs", "2", stdin=b"key = " + token(1) + b"\n")
    assert done.returncode == 1
    assert b"github-pat-classic" in done.stdout


@pytest.mark.parametrize("history", [True, False], ids=["object", "file"])
def test_in_a_scan(repo: Repo, monkeypatch: pytest.MonkeyPatch, history: bool) -> None:
    """In a real scan too: the fault names the file or the object, and what is beside it is found."""
    repo.commit({f"{number}.txt": b"key = " + token(number) + b"\n" for number in range(12)})
    if history:
        repo.commit({f"{number}.txt": None for number in range(12)})
    name = repo.oid(b"key = " + token(5) + b"\n") if history else "5.txt"
    monkeypatch.setattr("stanch.engines.Build.__call__", lambda *_: Deadly(engine(), token(5)))
    result = scan(repo.path, jobs=2, history=history)
    assert [(fault.kind, fault.detail.partition(":")[0]) for fault in result.faults] == [("worker-died", name)]
    assert set(by_secret(result)) == {token(number) for number in range(12) if number != 5}


SPLIT: list[tuple[Shard, int]] = [
    # shard, number of its items
    (Words(words(9)), 9),
    (FileShard("t", "/", tuple("abcdefg"), 700), 7),
    (TextShard(tuple(Chunk(Origin("env:", name), b"x") for name in "abcde")), 5),
    (Names("t", tuple((name, None) for name in "abc")), 3),
    (GitShard(Repository("t", Path("/"), None), tuple("abcdef"), 6), 6),
]


@pytest.mark.parametrize(("shard", "number"), SPLIT, ids=lambda value: type(value).__name__)
def test_halves(shard: Shard, number: int) -> None:
    """Halves hold the same items in the same order, down to single ones, which have no halves."""

    def leaves(shard: Shard) -> Iterator[Origin]:
        parts = shard.split()
        if parts:
            for part in parts:
                yield from leaves(part)
        else:
            assert len(shard.origins()) == 1
            yield from shard.origins()

    assert list(leaves(shard)) == list(shard.origins())
    assert len(shard.origins()) == number


def test_standard_input_has_no_halves() -> None:
    """What was read from standard input cannot be read again."""
    shard = StdinShard()
    assert (shard.split(), shard.local, len(shard.origins())) == ((), True, 1)
