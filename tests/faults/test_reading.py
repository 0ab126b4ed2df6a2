"""Reading: what cannot be read, or changes while it is read, is a fault; git that dies costs one object."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from faults.processes import before_others, faking
from repositories import Repo
from scans import cli, found, paths, scan, token
from stanch.model import Batch, Chunk, Fault
from stanch.sources import WINDOW
from stanch.sources.files import FileShard
from stanch.sources.git import discover
from stanch.sources.git.cat_file import CatFile
from stanch.sources.git.objects import GitShard

KEY = b"key = " + token(1) + b"\n"
NOBODY = 65_534


def faults(items: Iterator[Chunk | Batch | Fault]) -> list[tuple[str, str]]:
    """Return kind and detail of the faults among some content."""
    return [(item.kind, item.detail) for item in items if isinstance(item, Fault)]


def content(shard: FileShard) -> Iterator[Chunk | Batch | Fault]:
    """Yield what a shard holds beside the names of its files."""
    return (item for item in shard.chunks() if not (isinstance(item, Batch) and item.names))


def test_a_file_that_shrinks(tmp_path: Path) -> None:
    """A file that is cut while it is read is a fault; what there was is scanned."""
    (tmp_path / "a.log").write_bytes(KEY + b"x" * 3 * WINDOW)
    read = content(FileShard("t", str(tmp_path), ("a.log",), 1))
    first = next(read)
    os.truncate(tmp_path / "a.log", 10)
    rest = list(read)
    assert isinstance(first, Chunk)
    assert first.data.startswith(KEY)
    assert faults(iter(rest)) == [("changed", "a.log: it shrank while it was read")]
    assert all(isinstance(item, Chunk) for item in rest[:-1])


@pytest.mark.parametrize("size", [0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW])
def test_a_file_that_does_not(tmp_path: Path, size: int) -> None:
    """A file that is read to its end, wherever that is, is no fault."""
    (tmp_path / "a").write_bytes(b"x" * size)
    read = list(content(FileShard("t", str(tmp_path), ("a",), 1)))
    assert faults(iter(read)) == []
    last = read[-1]
    assert isinstance(last, Chunk)
    assert last.offset + len(last.data) == size


def a_pipe(path: Path) -> None:
    """Put a pipe in a file's place."""
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    """Put a folder there."""
    path.mkdir()


def nothing(path: Path) -> None:
    """Leave nothing there."""


CHANGED: list[tuple[Callable[[Path], None], str, str]] = [
    # what takes the file's place after it was listed, kind of the fault, its detail
    (a_pipe, "changed", "a.txt: no longer a file"),
    (a_folder, "unreadable", "a.txt: Is a directory"),
    (nothing, "unreadable", "a.txt: No such file or directory"),
]


@pytest.mark.parametrize(("change", "kind", "detail"), CHANGED, ids=[case[0].__name__ for case in CHANGED])
def test_a_file_that_is_something_else_by_now(
    tmp_path: Path, change: Callable[[Path], None], kind: str, detail: str
) -> None:
    """A file that is none any more is a fault, hangs nothing, and the file beside it is read."""
    (tmp_path / "b.txt").write_bytes(KEY)
    change(tmp_path / "a.txt")
    first, second = content(FileShard("t", str(tmp_path), ("a.txt", "b.txt"), 1))
    assert (first, isinstance(second, Chunk)) == (Fault("t", kind, detail), True)


def test_an_error_of_the_disk(tmp_path: Path) -> None:
    """A file that opens and cannot be read, as on a broken disk, is status 3."""
    done = cli("scan", "/proc/self/mem", "-f", "json")
    assert done.returncode == 3
    [error] = json.loads(done.stdout)["errors"]
    assert (error["kind"], error["detail"]) == ("unreadable", "mem: Input/output error")


def test_a_file_without_a_size() -> None:
    """What the kernel makes up has content, though its size is 0."""
    done = cli("scan", "/proc/self/environ", "-f", "json", SOME_VARIABLE=token(1).decode())
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == ["github-pat-classic"]


@pytest.fixture
def shared() -> Iterator[Path]:
    """Make a folder that everybody may enter; those of pytest are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)  # noqa: S103  # on purpose
        yield Path(name)


@contextmanager
def without_rights() -> Iterator[None]:
    """Be nobody for a while: root reads everything."""
    if os.getuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_may_not_be_read(shared: Path) -> None:
    """A file and a folder without the right to read them are faults, and cost nothing but themselves."""
    for name in ("closed/inner.txt", "a.txt", "b.txt"):
        (shared / name).parent.mkdir(exist_ok=True)
        (shared / name).write_bytes(KEY)
    for name in ("a.txt", "closed"):
        (shared / name).chmod(0)
    with without_rights():
        result = scan(shared)
    (shared / "closed").chmod(0o755)
    assert sorted((fault.kind, fault.detail) for fault in result.faults) == [
        ("unreadable", "a.txt: Permission denied"),
        ("unreadable", "closed: Permission denied"),
    ]
    assert paths(found(result)[token(1)]) == ["b.txt"]


STREAMS = [
    # how standard input is, what the fault says
    (lambda: os.close(0), "standard input: it is closed"),
    (lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 0), "standard input: Bad file descriptor"),
]


@pytest.mark.parametrize(("prepare", "detail"), STREAMS, ids=["closed", "for writing"])
def test_standard_input_that_cannot_be_read(prepare: Callable[[], None], detail: str) -> None:
    """Standard input that is none is not clean."""
    command = [sys.executable, "-m", "stanch", "scan", "-", "-f", "json"]
    done = subprocess.run(command, capture_output=True, preexec_fn=prepare)
    assert done.returncode == 3
    assert [error["detail"] for error in json.loads(done.stdout)["errors"]] == [detail]


@pytest.fixture
def objects(repo: Repo) -> GitShard:
    """Make a shard of large objects, each of which git has to hand over in pieces."""
    contents = [b"%d %s\n" % (number, token(number)) + b"x" * (1 << 20) for number in range(8)]
    repo.commit({f"{number}.txt": content for number, content in enumerate(contents)})
    repository = discover(str(repo.path))
    assert repository
    return GitShard(repository, tuple(repo.oid(content) for content in contents), 8 << 20)


def test_git_that_is_killed(objects: GitShard) -> None:
    """Git that is killed while it hands over objects costs the one it was at; another git hands over the rest."""
    read: list[Chunk | Batch | Fault] = []
    answers = objects.chunks()
    read.append(next(answers))
    current = CatFile._current
    assert current
    os.kill(current._git.process.pid, signal.SIGKILL)
    read.extend(answers)
    lost = [detail.partition(":")[0] for kind, detail in faults(iter(read)) if kind == "corrupt-object"]
    whole = [item.origin.blob for item in read if isinstance(item, Chunk) and item.origin.blob not in lost]
    assert len(lost) == 1
    assert {*whole, *lost} == {*objects.oids}
    assert len(whole) == len(objects.oids) - 1


def test_git_that_dies_each_time(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that hands over nothing at all is told of for every object, and there is an end."""
    repo.commit({f"{number}.txt": token(number) for number in range(5)})
    monkeypatch.setenv("PATH", before_others(faking(tmp_path / "bin", "cat-file --batch", "exit 1")))
    result = scan(repo.path)
    assert len(found(result)) == 5  # in the worktree
    assert [fault.kind for fault in result.faults] == ["corrupt-object"] * 7  # five files, a tree, a commit
