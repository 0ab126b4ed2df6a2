"""The pool: any number of processes gives the same outcomes in the same order, and a death is reported."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import stanch.sources.files
import stanch.sources.git.history  # noqa: F401
from repositories import Repo
from scans import scan, token
from stanch import pool, sources
from stanch.model import Batch, Chunk, Detection, Fault, Location, Origin
from stanch.pool import workers


@dataclass(frozen=True)
class Words:
    """A shard of one chunk for each word; the word `die` ends the process."""

    words: tuple[bytes, ...]
    weight: int = 10
    pause: float = 0.0
    local = False

    def origins(self) -> list[Origin]:
        """Return a place for each word."""
        return [Origin("t", word.decode()) for word in self.words]

    def split(self) -> tuple[Words, ...]:
        """Return the halves."""
        return tuple(replace(self, words=half) for half in sources.halves(self.words))

    def chunks(self) -> Iterator[Chunk | Fault]:
        """Yield the words."""
        time.sleep(self.pause)
        for word in self.words:
            if word == b"die":
                os._exit(7)
            yield Fault("t", "unreadable", "word") if word == b"bad" else Chunk(Origin("t"), word)


class Echo:
    """A scanner that finds the content itself."""

    def scan(self, chunk: Chunk) -> list[Detection | Fault]:
        """Return the chunk's content."""
        return [Detection("r", chunk.data, 1.0, Location("t", None, 1, 1, 1, len(chunk.data)))]

    def scan_batch(self, batch: Batch) -> list[Detection | Fault]:
        """Return each content of a batch."""
        return [item for part in range(len(batch.starts)) for chunk in batch.open(part) for item in self.scan(chunk)]


def build(_weight: int) -> pool.Scanner:
    """Make the scanner."""
    return Echo()


def secrets(outcomes: Iterator[pool.Outcome]) -> list[list[bytes | str]]:
    """Return what was found, by shard."""
    return [[item.kind if isinstance(item, Fault) else item.secret for item in done.found] for done in outcomes]


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make any work worth a second process, and shards small."""
    monkeypatch.setattr(pool, "WORTH", 1)
    for module in (sources.files, sources.git.history):
        monkeypatch.setattr(module, "SHARD", 300)


SHARDS = [
    Words((b"one", b"two"), pause=0.1),
    Words((b"bad", b"three")),
    Fault("t", "git-failed", "listing"),
    Words(()),
    *(Words((str(number).encode(),)) for number in range(40)),
]


@pytest.mark.parametrize("jobs", [2, 3])
@pytest.mark.usefixtures("eager")
def test_jobs_change_nothing(jobs: int) -> None:
    """Outcomes come in the shards' order, whichever worker is done first."""
    assert list(pool.run(SHARDS, build, jobs)) == list(pool.run(SHARDS, build, 1))


@pytest.mark.usefixtures("eager")
def test_a_dead_worker_is_reported() -> None:
    """What kills a worker is a fault in its place; all else is scanned."""
    shards = [Words((b"one",)), Words((b"kept", b"die")), Words((b"two",)), Words((b"die",)), Words((b"three",))]
    assert secrets(pool.run(shards, build, 2)) == [
        [b"one"], [b"kept"], ["worker-died"], [b"two"], ["worker-died"], [b"three"]
    ]  # fmt: skip


@pytest.mark.usefixtures("eager")
def test_workers_that_nobody_waits_for(tmp_path: Path) -> None:
    """A caller that stops early leaves no process behind."""
    running = pool.run((Words((b"x",), pause=0.01) for _ in range(1_000)), build, 2)
    next(running)
    running.close()  # type: ignore[attr-defined]  # a generator
    import multiprocessing

    assert multiprocessing.active_children() == []


def test_little_work_starts_no_process() -> None:
    """Below what a process costs, everything is done here."""
    here: list[int] = []

    class Here(Echo):
        def scan(self, chunk: Chunk) -> list[Detection | Fault]:
            here.append(os.getpid())
            return super().scan(chunk)

    assert secrets(pool.run([Words((b"one",)), Words((b"two",))], lambda _: Here(), 8)) == [[b"one"], [b"two"]]
    assert here == [os.getpid()] * 2


def test_the_source_is_not_read_far_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more shards are asked for than the workers need: a listing may be longer than memory."""
    monkeypatch.setattr(pool, "WORTH", 1)
    asked = []

    def shards() -> Iterator[Words]:
        for number in range(200):
            asked.append(number)
            yield Words((b"x",))

    running = pool.run(shards(), build, 2)
    next(running)
    assert len(asked) <= workers.WINDOW + 2
    running.close()  # type: ignore[attr-defined]  # a generator


def test_windows_of_one_content_count_once() -> None:
    """A blob is one, however many windows it has; its bytes are those of its windows."""

    class Two(Words):
        def chunks(self) -> Iterator[Chunk | Fault]:
            yield Chunk(Origin("t"), b"same", last=3)
            yield Chunk(Origin("t"), b"same", offset=2, first=1)

    done = pool.work(Two(()), build(0))
    assert (done.blobs, done.bytes) == (1, 8)


def test_a_batch_counts_its_contents() -> None:
    """Contents that come together count one by one."""

    class Together(Words):
        def chunks(self) -> Iterator[Chunk | Batch | Fault]:
            yield Batch(b"one\ntwo", (0, 4), lambda part: [Chunk(Origin("t"), (b"one", b"two")[part])])

    done = pool.work(Together(()), build(0))
    assert ([item.secret for item in done.found if isinstance(item, Detection)], done.blobs) == ([b"one", b"two"], 2)


def planted(repo: Repo) -> Path:
    """Make a repository with tokens in some of its many files and commits."""
    for turn in range(3):
        repo.commit(
            {f"{turn}/{number}.py": b"x = %d\n" % number + b'key = "%s"\n' % token(number % 7) for number in range(12)},
            message=f"Turn {turn} {token(50 + turn).decode()}",
        )
    return repo.path


@pytest.mark.usefixtures("eager")
def test_a_scan_with_more_jobs(repo: Repo) -> None:
    """A scan of history and worktree is the same with one process and with three, with either prefilter."""
    target = planted(repo)
    one, three, other = scan(target, jobs=1), scan(target, jobs=3), scan(target, jobs=2, engine="hyperscan")
    assert len(one.findings) == 7 + 3
    assert one.findings == three.findings == other.findings
    assert one.faults == three.faults == ()
    assert (one.stats.blobs, one.stats.bytes) == (three.stats.blobs, three.stats.bytes)
