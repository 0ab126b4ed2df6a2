"""Contents: one that cannot be scanned, for whatever reason, is a fault with its name; all others are scanned."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from faults.shards import Echo, Words, found, words
from scans import cli, scan, token
from stanch import pool
from stanch.engine import Engine
from stanch.errors import UsageError
from stanch.model import Batch, Chunk, Detection, Fault, Origin

TEXT = token(1).decode()


def _deep(level: int) -> int:
    return _deep(level + 1) + 1


def _unforeseen() -> object:
    raise ValueError(TEXT)


FAILURES: list[tuple[str, Callable[[], object], str, str]] = [
    # name, what goes wrong, kind of the fault, how its detail begins
    ("memory", lambda: bytes(1 << 62), "out-of-memory", "bad: MemoryError in "),
    ("recursion", lambda: _deep(0), "internal-error", "bad: RecursionError in "),
    ("bug", lambda: {}[TEXT], "internal-error", "bad: KeyError in "),
    ("text", _unforeseen, "internal-error", "bad: ValueError in "),
]


@dataclass
class Failing(Echo):
    """A scanner that fails at the content `bad`."""

    failure: Callable[[], object]

    def scan(self, chunk: Chunk) -> list[Detection | Fault]:
        """Return the content."""
        if chunk.data == b"bad":
            self.failure()
        return super().scan(chunk)


class Together(Words):
    """The same words in one batch."""

    def chunks(self) -> Iterator[Chunk | Batch | Fault]:
        """Yield the batch."""
        starts = [sum(len(word) + 1 for word in self.words[:number]) for number in range(len(self.words))]
        origins = self.origins()
        yield Batch(b"\n".join(self.words), starts, lambda part: [Chunk(origins[part], self.words[part])])


class Unreadable(Words):
    """A shard whose reading fails at the word `bad`."""

    failure: Callable[[], object] = _unforeseen

    def chunks(self) -> Iterator[Chunk | Batch | Fault]:
        """Yield the words up to it."""
        for word in self.words:
            if word == b"bad":
                self.failure()
            yield Chunk(Origin("t", word.decode()), word)


@pytest.mark.parametrize(("name", "failure", "kind", "begins"), FAILURES, ids=[case[0] for case in FAILURES])
@pytest.mark.parametrize("shard", [Words, Together, Unreadable], ids=["alone", "batch", "read"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_one_content_fails(
    shard: type[Words], name: str, failure: Callable[[], object], kind: str, begins: str, jobs: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Scanned alone, in a batch, or already while it is read: it costs itself, and nothing quotes it."""
    monkeypatch.setattr(pool, "WORTH", 1)
    monkeypatch.setattr(Unreadable, "failure", staticmethod(failure))
    all_of_them = words(20, b"bad")
    shards = [shard((b"before",)), shard(all_of_them), shard((b"after",))]
    scanner = Echo() if shard is Unreadable else Failing(failure)
    result = found(pool.run(shards, lambda _: scanner, jobs))
    [fault] = [item for item in result if isinstance(item, Fault)]
    assert [item for item in result if item is not fault] == [b"before", *words(20), b"after"]
    assert (fault.kind, fault.detail[: len(begins)]) == (kind, begins)
    assert TEXT not in fault.detail


def test_amounts_count_once() -> None:
    """What is read a second time, to find what failed, is counted once."""
    done = pool.work(Unreadable(words(9, b"bad")), Echo())
    assert (done.blobs, done.bytes) == (9, 27)


def test_a_window_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large content one window is lost, and what the others hold is found."""

    class Windows(Words):
        def chunks(self) -> Iterator[Chunk | Batch | Fault]:
            for number, word in enumerate(self.words):
                yield replace(Chunk(Origin("t", "large"), word), offset=number)

    result = list(pool.work(Windows((b"one", b"bad", b"two")), Failing(_unforeseen)).found)
    assert [getattr(item, "secret", None) for item in result] == [b"one", None, b"two"]


def _broken(engine: Engine, chunk: Chunk, scan: Any = Engine.scan) -> Any:
    if chunk.origin.path == "bad.txt":
        raise ZeroDivisionError(TEXT)
    return scan(engine, chunk)


@pytest.mark.parametrize(("others", "status"), [(b"nothing", 3), (b"key = " + token(2), 1)], ids=["clean", "found"])
def test_in_a_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: bytes, status: int) -> None:
    """A scan goes on, and ends in status 3, or 1 with findings."""
    from click.testing import CliRunner

    from stanch.cli.commands import stanch

    monkeypatch.setattr(Engine, "scan", _broken)
    for name, content in (("bad.txt", b"key = " + token(1)), ("good.txt", others)):
        (tmp_path / name).write_bytes(content)
    done = CliRunner().invoke(stanch, ["scan", str(tmp_path), "-f", "json"], standalone_mode=False)
    report = json.loads(done.stdout)
    assert done.return_value == status
    [error] = report["errors"]
    assert (error["kind"], error["detail"].partition(" in ")[0]) == ("internal-error", "bad.txt: ZeroDivisionError")
    assert len(report["findings"]) == (status == 1)


def test_a_listing_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source whose listing breaks off is a fault; what it had listed and the other targets are scanned."""
    from stanch.sources.files import Files

    def broken(source: Files) -> Iterator[Any]:
        if source.target.endswith("bad"):
            raise ZeroDivisionError(TEXT)
        return found_there(source)

    found_there = Files._found
    monkeypatch.setattr(Files, "_found", broken)
    for name in ("bad", "good"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_bytes(token(1))
    result = scan(tmp_path / "bad", tmp_path / "good")
    assert len(result.findings) == 1
    assert [(fault.target, fault.kind) for fault in result.faults] == [(str(tmp_path / "bad"), "internal-error")]
    assert TEXT not in result.faults[0].detail


def test_a_crash_beyond_one_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the scan itself break, what was found by then is told."""
    (tmp_path / "a.txt").write_bytes(token(1))

    def broken(*arguments: Any) -> Iterator[pool.Outcome]:
        yield from run(*arguments)
        raise ZeroDivisionError(TEXT)

    run = pool.run
    monkeypatch.setattr(pool, "run", broken)
    result = scan(tmp_path)
    assert len(result.findings) == 1
    assert [fault.kind for fault in result.faults] == ["internal-error"]


def test_wrong_usage_is_no_fault(tmp_path: Path) -> None:
    """What the user has to put right stops a scan before it begins, as ever."""
    (tmp_path / "a.txt").write_bytes(token(1))
    with pytest.raises(UsageError):
        scan(tmp_path, tmp_path / "gone")


def test_too_large(tmp_path: Path) -> None:
    """What is over --max-size is named, in status 3; all else is scanned."""
    (tmp_path / "large.txt").write_bytes(b"nothing " * 1_000)
    (tmp_path / "small.txt").write_bytes(b"nothing")
    done = cli("scan", str(tmp_path), "--max-size", "1k", "-f", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["complete"], report["stats"]["blobs"]) == (3, False, 1)
    assert [error["kind"] for error in report["errors"]] == ["too-large"]
