"""Signals: a scan ends within two seconds, tells what it found and that it is incomplete, and leaves nothing behind."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from faults.processes import (
    ENDLESS,
    HANGS,
    SOON,
    Running,
    before_others,
    children,
    command,
    faking,
    running,
    session,
    sleeping,
    unread,
    until,
)
from repositories import Repo
from scans import token

pytestmark = pytest.mark.usefixtures("compiled")

KEY = b"key = " + token(1) + b"\n"
FOUND = [token(1)[-4:].decode()]

SIGNALS = [
    # signal, exit status
    (signal.SIGINT, 130),
    (signal.SIGTERM, 143),
    (signal.SIGHUP, 129),
]


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """Make a folder with a credential, and a file without an end to keep a scan busy."""
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "a.txt").write_bytes(KEY)
    with (folder / "endless").open("wb") as file:
        file.truncate(ENDLESS)
    return folder


def told(scan: Running) -> tuple[bool, list[str], list[str]]:
    """Return what a report says: is it complete, the kinds of its errors, the ends of what was found."""
    report = scan.report()
    kinds = [error["kind"] for error in report["errors"]]
    return report["complete"], kinds, [finding["masked"][-4:] for finding in report["findings"]]


@pytest.mark.parametrize(("number", "status"), SIGNALS, ids=lambda value: str(value))
@pytest.mark.parametrize("group", [True, False], ids=["group", "alone"])
def test_with_workers(tmp_path: Path, endless: Path, number: signal.Signals, status: int, group: bool) -> None:
    """Workers end with their parent, whether the signal reaches them too or not, and are not said to have died."""
    with running(tmp_path / "out", str(endless), "--jobs", "2") as scan:
        until(lambda: scan.noted)
        assert scan.workers()
        assert scan.stop(number, group=group) == status
        assert scan.seconds < SOON
        assert told(scan) == (False, ["interrupted"], FOUND)
        assert (scan.said, scan.left_over()) == (b"", [])


@pytest.mark.parametrize(("number", "status"), SIGNALS, ids=lambda value: str(value))
def test_without_workers(tmp_path: Path, endless: Path, number: signal.Signals, status: int) -> None:
    """One process alone ends in the midst of a file."""
    with running(tmp_path / "out", str(endless), "--jobs", "1") as scan:
        until(lambda: scan.noted)
        assert scan.stop(number) == status
        assert scan.seconds < SOON
        assert told(scan) == (False, ["interrupted"], FOUND)
        assert (scan.said, scan.left_over()) == (b"", [])


@contextmanager
def filled(pipe: Path, content: bytes) -> Iterator[Callable[[], bool]]:
    """Write to a named pipe, and hold it open. Give a function that says whether all was read."""
    os.mkfifo(pipe)
    both = os.open(pipe, os.O_RDWR)  # nobody waits for the other end
    writer = threading.Thread(target=_write, args=(both, content), daemon=True)
    writer.start()
    try:
        yield lambda: not writer.is_alive() and not unread(both)
    finally:
        while writer.is_alive():
            if unread(both):
                os.read(both, 1 << 16)
        os.close(both)


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def test_waiting_for_standard_input(tmp_path: Path) -> None:
    """A scan that waits for more of its standard input ends, and tells what stood in the part that it had."""
    content = KEY + b"x\n" * (6 << 20)
    with filled(tmp_path / "pipe", content) as read, running(tmp_path / "out", "-", stdin=tmp_path / "pipe") as scan:
        until(lambda: read() and sleeping(scan.process.pid))
        assert scan.stop(signal.SIGTERM) == 143
        assert scan.seconds < SOON
        assert told(scan) == (False, ["interrupted"], FOUND)
        assert scan.left_over() == []


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.05 * turn for turn in range(8)])
def test_at_any_time(tmp_path: Path, after: float) -> None:
    """A signal while standard input is read piece by piece is not lost in the wait for the next piece."""
    content = b"x\n" * (6 << 20)
    with filled(tmp_path / "pipe", content) as read, running(tmp_path / "out", "-", stdin=tmp_path / "pipe") as scan:
        until(lambda: not read() and _started(scan))
        time.sleep(after)  # wherever that is
        assert scan.stop(signal.SIGTERM) == 143
        assert scan.seconds < SOON
        assert scan.left_over() == []


def _started(scan: Running) -> bool:
    """Does a process take signals by now?"""
    status = Path(f"/proc/{scan.process.pid}/status").read_text()
    return bool(int(status.partition("SigCgt:")[2].split()[0], 16) >> (signal.SIGTERM - 1) & 1)


def test_while_git_lists(repo: Repo, tmp_path: Path) -> None:
    """A git that lists objects and hangs is ended; the files of the worktree were scanned before."""
    repo.commit({"a.txt": KEY})
    with running(tmp_path / "out", str(repo.path), git=faking(tmp_path / "bin", "--unordered", HANGS)) as scan:
        until(lambda: any(b"sleep" in command(child) for child in children(scan.process.pid)))
        assert scan.stop(signal.SIGTERM) == 143
        assert scan.seconds < SOON
        complete, kinds, _ = told(scan)
        assert (complete, "interrupted" in kinds) == (False, True)
        assert scan.left_over() == []


def test_while_findings_are_traced(repo: Repo, tmp_path: Path) -> None:
    """Findings whose commits are being looked for are told without them, and that is said."""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None})
    with running(tmp_path / "out", str(repo.path), git=faking(tmp_path / "bin", "log --ignore-missing", HANGS)) as scan:
        until(lambda: any(b"sleep" in command(child) for child in children(scan.process.pid)))
        assert scan.stop(signal.SIGINT, group=False) == 130
        assert scan.seconds < SOON
        complete, kinds, found = told(scan)
        assert (complete, sorted(kinds), found) == (False, ["interrupted", "provenance"], FOUND)
        assert scan.left_over() == []


def test_a_hook(repo: Repo, tmp_path: Path) -> None:
    """A hook that is stopped says that not everything was scanned, and lets nothing pass."""
    repo.commit({"a.txt": b"x"})
    repo.put("a.txt", KEY)
    repo.git("add", "--all")
    (tmp_path / "tmp").mkdir()
    path = before_others(faking(tmp_path / "bin", "cat-file --batch", HANGS))
    environment = {**os.environ, "PATH": path, "TMPDIR": str(tmp_path / "tmp")}
    with subprocess.Popen(
        [sys.executable, "-m", "stanch", "hook"], cwd=repo.path, env=environment, stderr=subprocess.PIPE
    ) as hook:
        until(lambda: any(b"sleep" in command(child) for child in children(hook.pid)))
        hook.terminate()
        said = hook.communicate(timeout=SOON)[1]
    assert hook.returncode == 143
    assert b"not everything could be scanned" in said
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_second_signal_in_a_repository(repo: Repo, tmp_path: Path) -> None:
    """A second signal leaves neither the folder that git was run on, nor a git."""
    repo.commit({"a.txt": KEY})
    git = faking(tmp_path / "bin", "log --ignore-missing", HANGS)
    with running(tmp_path / "out", str(repo.path), git=git) as scan:
        until(lambda: any(b"sleep" in command(child) for child in children(scan.process.pid)))
        assert list((tmp_path / "out" / "tmp").iterdir())
        os.kill(scan.process.pid, signal.SIGSTOP)  # so that both arrive together
        os.kill(scan.process.pid, signal.SIGINT)
        os.kill(scan.process.pid, signal.SIGTERM)
        assert scan.stop(signal.SIGCONT) in (130, 143)
        assert scan.left_over() == []


def test_a_second_signal(repo: Repo, tmp_path: Path) -> None:
    """A second signal ends at once, without the report, and leaves as little behind."""
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "a.txt").write_bytes(KEY)
    os.mkfifo(tmp_path / "out.json")
    reader = os.open(tmp_path / "out.json", os.O_RDONLY | os.O_NONBLOCK)
    holder = os.open(tmp_path / "out.json", os.O_WRONLY)
    os.set_blocking(holder, False)
    _fill(holder)
    try:
        # It waits for room in a pipe that nobody reads: the first signal gives it half a second for that.
        with running(tmp_path / "out", str(folder), "-f", "json", "-o", str(tmp_path / "out.json")) as scan:
            until(lambda: scan.noted and sleeping(scan.process.pid))
            os.kill(scan.process.pid, signal.SIGSTOP)  # so that both arrive together
            os.kill(scan.process.pid, signal.SIGINT)
            os.kill(scan.process.pid, signal.SIGTERM)
            assert scan.stop(signal.SIGCONT) in (130, 143)  # the order of two at once is the kernel's
            assert scan.seconds < 0.4
            assert scan.left_over() == []
    finally:
        os.close(reader)
        os.close(holder)


def _fill(descriptor: int) -> None:
    """Fill a pipe to the last byte."""
    for size in (1 << 16, 1):
        try:
            while os.write(descriptor, b"x" * size):
                pass
        except BlockingIOError:
            continue


def test_a_terminal_that_is_closed(tmp_path: Path, endless: Path) -> None:
    """Who closes the terminal while the progress bar is on it has the report in its file."""
    master, slave = os.openpty()

    def on_the_terminal() -> None:
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        os.dup2(slave, 2)

    with running(tmp_path / "out", str(endless), "--jobs", "2", prepare=on_the_terminal) as scan:
        os.close(slave)
        until(lambda: scan.noted)
        os.close(master)
        assert scan.wait() == 129
        assert scan.seconds < SOON
        assert told(scan) == (False, ["interrupted"], FOUND)
        assert scan.left_over() == []


def test_nohup(tmp_path: Path, endless: Path) -> None:
    """A signal that whoever started the scan has it ignore is ignored."""
    with running(tmp_path / "out", str(endless), "--jobs", "1", prepare=_ignoring) as scan:
        until(lambda: scan.noted)
        os.kill(scan.process.pid, signal.SIGHUP)
        assert scan.stop(signal.SIGTERM) == 143


def _ignoring() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_a_killed_parent(tmp_path: Path, endless: Path) -> None:
    """Workers at rest end when their parent is killed outright; those at work end with their shard."""
    (endless / "endless").unlink()
    for number in range(100):
        with (endless / f"{number}").open("wb") as file:
            file.truncate(10 << 20)
    with running(tmp_path / "out", str(endless), "--jobs", "2") as scan:
        until(scan.workers)
        assert scan.stop(signal.SIGKILL) == -signal.SIGKILL
        until(lambda: not session(scan.process.pid))
        assert session(scan.process.pid) == []


def test_while_rules_are_compiled(tmp_path: Path, endless: Path) -> None:
    """Compiling the rules takes seconds in C, and does not hold up a signal."""
    with running(tmp_path / "out", str(endless), "--jobs", "1", STANCH_CACHE=str(tmp_path / "cache")) as scan:
        until(lambda: len(os.listdir(f"/proc/{scan.process.pid}/task")) > 1)
        assert scan.stop(signal.SIGTERM) == 143
        assert scan.seconds < SOON
        assert told(scan) == (False, ["interrupted"], [])
        assert scan.left_over() == []


def test_before_the_scan(tmp_path: Path) -> None:
    """A signal that comes while rules are read ends stanch too, without a report and without a complaint."""
    os.mkfifo(tmp_path / "pack.toml")
    ends: list[int] = []
    with running(tmp_path / "out", str(tmp_path), "--rules", str(tmp_path / "pack.toml")) as scan:
        until(lambda: ends or _opened(tmp_path / "pack.toml", ends))
        assert scan.stop(signal.SIGTERM) == 143
        assert (scan.said, scan.left_over()) == (b"", [])
        assert not (tmp_path / "out" / "report.json").exists()
    os.close(ends[0])


def _opened(pipe: Path, ends: list[int]) -> None:
    """Open a pipe for writing if somebody has it open for reading."""
    with suppress(OSError):
        ends.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
