"""Output: a report is whole or not there, and one that could not be written never looks like success."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.processes import SOON, running, sleeping, until
from repositories import Repo
from scans import cli, token
from stanch import whole

KEY = b"key = " + token(1) + b"\n"
FULL = Path("/dev/full")


def stanch(
    *arguments: object, prepare: Callable[[], None] | None = None, **streams: object
) -> subprocess.CompletedProcess[bytes]:
    """Run stanch with the given streams."""
    where = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    command = [sys.executable, "-m", "stanch", *map(str, arguments)]
    return subprocess.run(command, preexec_fn=prepare, timeout=60, **where)  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Make a folder with one credential."""
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "a.txt").write_bytes(KEY)
    return folder


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """Make a folder without."""
    folder = tmp_path / "clean"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"nothing")
    return folder


def one_line(done: subprocess.CompletedProcess[bytes], *words: bytes) -> bool:
    """Is there one line on standard error, with these words in it?"""
    return done.stderr.count(b"\n") == 1 and all(word in done.stderr for word in words)


COMMANDS = [
    ["scan", "target"], ["scan", "clean"], ["scan", "target", "-f", "json"], ["rules", "list"], ["--version"],
]  # fmt: skip


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.usefixtures("target", "clean")
def test_standard_output_on_a_full_disk(tmp_path: Path, command: list[str], unbuffered: str) -> None:
    """What cannot be written to standard output is an error: one line, status 3."""
    with FULL.open("wb") as full:
        environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        done = stanch(*command, cwd=tmp_path, stdout=full, env=environment)
    assert done.returncode == 3
    assert one_line(done, b"No space left on device")


@pytest.mark.parametrize(("command", "status"), [(["scan", "clean"], 0), (["scan", "target"], 1), (["scan", "no"], 2)])
@pytest.mark.usefixtures("target", "clean")
def test_standard_error_on_a_full_disk(tmp_path: Path, command: list[str], status: int) -> None:
    """What cannot be said on standard error changes no status."""
    with FULL.open("wb") as full:
        assert stanch(*command, cwd=tmp_path, stderr=full).returncode == status


def test_standard_output_that_is_closed(clean: Path) -> None:
    """A report without a place to go is an error; beside a file it is none."""
    done = stanch("scan", clean, prepare=lambda: os.close(1), stdout=None)
    assert done.returncode == 3
    assert one_line(done, b"standard output", b"closed")
    done = stanch("scan", clean, "-o", clean.parent / "report", prepare=lambda: os.close(1), stdout=None)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (clean.parent / "report").stat().st_size


def test_a_pipe_takes_a_report_in_pieces(tmp_path: Path) -> None:
    """A report larger than a pipe arrives whole, also where Python's output is unbuffered."""
    for number in range(200):
        (tmp_path / f"{number}.txt").write_bytes(token(number))
    for unbuffered in ("", "1"):
        done = cli("scan", str(tmp_path), "-f", "json", PYTHONUNBUFFERED=unbuffered)
        assert len(done.stdout) > 200_000
        assert len(json.loads(done.stdout)["findings"]) == 200


@pytest.mark.parametrize("command", [["rules", "list"], ["scan", "--help"]], ids=" ".join)
def test_a_reader_who_goes_away(command: list[str]) -> None:
    """A pipe that nobody reads is no failure, and there is no complaint."""
    read, written = os.pipe()
    os.close(read)
    try:
        done = stanch(*command, stdout=written)
    finally:
        os.close(written)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_who_goes_away_beside_a_file(target: Path, tmp_path: Path) -> None:
    """The other reports are written all the same."""
    read, written = os.pipe()
    os.close(read)
    try:
        done = stanch(
            "scan", target, "-f", "json", "-o", "-", "-f", "sarif", "-o", tmp_path / "a.sarif", stdout=written
        )
    finally:
        os.close(written)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads((tmp_path / "a.sarif").read_text("utf-8"))["runs"]


def small_files() -> None:
    """Let no file grow beyond 100 bytes; writing more is then the same error as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@pytest.mark.parametrize("old", [None, b"old"], ids=["new", "old"])
def test_a_file_without_room(target: Path, tmp_path: Path, old: bytes | None) -> None:
    """A report without room leaves the old one as it is, and no part of the new one; the status is 3."""
    report = tmp_path / "report.json"
    if old:
        report.write_bytes(old)
    done = stanch("scan", target, "-f", "json", "-o", report, prepare=small_files)
    assert done.returncode == 3
    assert one_line(done, b"report.json", b"File too large")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == (["report.json"] if old else [])
    assert not old or report.read_bytes() == old


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of one page."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk(target: Path, tiny: Path) -> None:
    """On a disk that is full the old report stays, and nothing beside it."""
    (tiny / "report.json").write_bytes(b"old")
    done = stanch("scan", target, "-f", "json", "-o", tiny / "report.json")
    assert done.returncode == 3
    assert one_line(done, b"No space left on device")
    assert [path.read_bytes() for path in tiny.iterdir()] == [b"old"]


def test_a_memory_without_room(repo: Repo, tiny: Path) -> None:
    """What is kept for the next scan may find no room: that is an error, and what was found is reported."""
    repo.commit({"a.txt": KEY})
    (tiny / "full").write_bytes(b"x" * 4096)
    done = stanch("scan", repo.path, "--incremental", tiny / "memory", "-f", "json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["complete"], len(report["findings"])) == (1, False, 1)
    [error] = report["errors"]
    assert (error["kind"], "No space left" in error["detail"]) == ("not-kept", True)
    assert [path.name for path in tiny.iterdir()] == ["full"]


def test_no_room_for_temporary_files(repo: Repo, tiny: Path) -> None:
    """Where git's temporary folder finds no room, one line says so, and nothing is left of it."""
    repo.commit({"a.txt": KEY})
    (tiny / "full").write_bytes(b"x" * 4096)
    done = stanch("scan", repo.path, env={**os.environ, "TMPDIR": str(tiny)})
    assert (done.returncode, done.stdout) == (3, b"")
    assert one_line(done, b"No space left on device")
    assert [path.name for path in tiny.iterdir()] == ["full"]


def test_one_report_fails(target: Path, tmp_path: Path) -> None:
    """Where one report cannot be written the others are, and the error names each that is not."""
    done = stanch(
        "scan", target, "-f", "json", "-o", tmp_path / "no" / "a", "-f", "sarif", "-o", tmp_path / "b", "-f", "jsonl"
    )
    assert done.returncode == 2
    assert one_line(done, b"no/a", b"No such file or directory")
    assert json.loads((tmp_path / "b").read_text("utf-8"))["runs"]
    assert json.loads(done.stdout)["rule"] == "github-pat-classic"


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """Give a device that is always full: one of our own where a mistake could replace the machine's."""
    if os.geteuid():
        return FULL
    device = tmp_path / "full"
    os.mknod(device, 0o666 | stat.S_IFCHR, FULL.stat().st_rdev)
    return device


def test_a_full_disk_weighs_more_than_a_wrong_path(target: Path, tmp_path: Path, full: Path) -> None:
    """Of several errors one is told with all, in the status of the one that no other path would avoid."""
    done = stanch("scan", target, "-f", "json", "-o", tmp_path / "no" / "a", "-f", "sarif", "-o", full)
    assert done.returncode == 3
    assert one_line(done, b"no/a", b"full: the report")


def test_a_link(target: Path, tmp_path: Path) -> None:
    """What a link leads to is written, and the link stays."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real/report.json")
    assert stanch("scan", target, "-f", "json", "-o", tmp_path / "link").returncode == 1
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "real" / "report.json").read_text("utf-8"))["findings"]
    assert [path.name for path in (tmp_path / "real").iterdir()] == ["report.json"]


def test_a_device(target: Path, tmp_path: Path, full: Path) -> None:
    """A device is written to, never replaced by a file; one that is full is an error."""
    (tmp_path / "link").symlink_to(full)
    before = full.stat()
    for path in (full, tmp_path / "link"):
        done = stanch("scan", target, "-f", "json", "-o", path)
        assert done.returncode == 3
        assert one_line(done, b"No space left on device")
    assert (full.stat().st_mode, full.stat().st_ino) == (before.st_mode, before.st_ino)
    assert (tmp_path / "link").is_symlink()


def test_a_named_pipe(target: Path, tmp_path: Path) -> None:
    """A report goes through a pipe, as in `-o >(command)`, and the pipe stays."""
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    assert stanch("scan", target, "-f", "json", "-o", tmp_path / "pipe").returncode == 1
    reader.join()
    assert json.loads(read[0])["findings"]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_reader_who_does_not_read(target: Path, tmp_path: Path) -> None:
    """A signal ends the wait for a reader; what that means for the report shows in the status."""
    os.mkfifo(tmp_path / "pipe")
    with running(tmp_path / "out", str(target), "-f", "json", "-o", str(tmp_path / "pipe")) as scan:
        until(lambda: scan.noted and sleeping(scan.process.pid))
        assert scan.stop(signal.SIGTERM) == 143
        assert scan.seconds < SOON
        assert scan.report()["complete"] is True  # the other one was written before


def test_what_a_killed_run_left(target: Path, tmp_path: Path) -> None:
    """Half a report of a run that was killed outright does not keep the next one from being written."""
    for number in range(1, 100):
        (tmp_path / f"report.json.{number}.partial").write_bytes(b"half")
    assert stanch("scan", target, "-f", "json", "-o", tmp_path / "report.json").returncode == 1


def test_an_end_in_the_midst_of_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends at once removes what it has begun to write."""
    seen: list[list[str]] = []

    def ending(_: int) -> None:
        seen.append([path.suffix for path in tmp_path.iterdir()])
        whole.abandon()
        seen.append([path.suffix for path in tmp_path.iterdir()])
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", ending)
    with pytest.raises(KeyboardInterrupt):
        whole.write(tmp_path / "report", b"content")
    assert seen == [[".partial"], []]
    assert not list(tmp_path.iterdir())


def test_the_folder_is_flushed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut after the end takes neither the content nor the name; a folder that cannot be flushed is no error."""
    flushed: list[str] = []
    monkeypatch.setattr("os.fsync", lambda number: flushed.append(os.readlink(f"/proc/self/fd/{number}")))
    whole.write(tmp_path / "report", b"content")
    assert [Path(path).suffix or path for path in flushed] == [".partial", str(tmp_path)]

    def refused(number: int) -> None:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr("os.fsync", refused)
    whole.write(tmp_path / "report", b"other")
    assert (tmp_path / "report").read_bytes() == b"other"
