"""stanch as a process that tests stop, starve and look at: real signals, real pipes, what /proc says."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOON = 2.0
"""Seconds within which a scan ends when it is told to."""
LONG = 60.0
"""Seconds after which a test gives up: more than anything here takes."""
ENDLESS = 1 << 40
"""Size of a file that nobody scans to its end, in bytes; it takes no room on the disk."""
WATCHED = Path(__file__).with_name("watched.py")


@dataclass
class Running:
    """A scan under way, in a session of its own, with a folder of its own for temporary files."""

    process: subprocess.Popen[bytes]
    folder: Path
    said: bytes = b""
    seconds: float = 0.0
    """How long it took to end, from when it was told to."""

    @property
    def noted(self) -> bool:
        """True once it has found something."""
        return (self.folder / "noted").exists()

    def workers(self) -> list[int]:
        """Return the worker processes."""
        return [child for child in children(self.process.pid) if b"watched.py" in command(child)]

    def wait(self) -> int:
        """Return the exit status, once it has ended and said all that it has to say."""
        began = time.monotonic()
        self.said = self.process.communicate(timeout=LONG)[1]
        self.seconds = time.monotonic() - began
        return self.process.returncode

    def stop(self, number: signal.Signals, *, group: bool = False) -> int:
        """Send a signal, to the process or to its whole group as a terminal does, and return the exit status."""
        (os.killpg if group else os.kill)(self.process.pid, number)
        return self.wait()

    def report(self) -> dict[str, Any]:
        """Return the report."""
        return json.loads((self.folder / "report.json").read_bytes())

    def left_over(self) -> list[str]:
        """Return what it left behind: processes of its session, temporary files, half a report."""
        until(lambda: not session(self.process.pid), SOON)  # a git that lost its pipe is about to end
        temporary = [str(path) for path in (self.folder / "tmp").rglob("*")]
        partial = [str(path) for path in self.folder.rglob("*.partial")]
        return [*map(str, session(self.process.pid)), *temporary, *partial]


@contextmanager
def running(
    folder: Path,
    *arguments: str,
    stdin: Path | None = None,
    git: Path | None = None,
    prepare: Callable[[], None] | None = None,
    **environment: str,
) -> Iterator[Running]:
    """Start `stanch scan ARGUMENTS` with its report in `folder`; whatever is left of it is killed in the end.

    `git` is a folder with a git that is found first.
    """
    (folder / "tmp").mkdir(parents=True)
    path = before_others(git) if git else os.environ["PATH"]
    started = subprocess.Popen(
        [sys.executable, str(WATCHED), "scan", *arguments, "-f", "json", "-o", str(folder / "report.json")],
        # Not opened here: a pipe is opened when both ends are.
        stdin=os.open(stdin, os.O_RDONLY | os.O_NONBLOCK) if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=prepare or _as_from_a_shell,
        env={**os.environ, "TMPDIR": str(folder / "tmp"), "NOTED": str(folder / "noted"), "PATH": path, **environment},
    )  # fmt: skip
    try:
        yield Running(started, folder)
    finally:
        for left in session(started.pid):
            os.kill(left, signal.SIGKILL)
        started.communicate()


def _as_from_a_shell() -> None:
    """Let the signals be as a terminal's shell has them; who runs the tests may have them ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if sys.stdin is not None:
        os.set_blocking(0, True)


def faking(folder: Path, words: str, answer: str) -> Path:
    """Make a folder with a git that does `answer`, some shell, when `words` are in its arguments; else it is git."""
    folder.mkdir()
    script = folder / "git"
    script.write_text(
        f'#!/bin/sh\ncase " $* " in *\' {words} \'*) {answer};; esac\nexec {shutil.which("git")} "$@"\n', "utf-8"
    )
    script.chmod(0o755)
    return folder


def before_others(folder: Path) -> str:
    """Return a PATH on which what is in a folder is found first."""
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


HANGS = "exec sleep 1000"


def until(happens: Callable[[], object], seconds: float = LONG) -> None:
    """Wait until something has happened, or the time is over."""
    end = time.monotonic() + seconds
    while not happens() and time.monotonic() < end:
        time.sleep(0.005)


def sleeping(process: int) -> bool:
    """Does a process wait for something?"""
    return _stat(process)[0] == b"S"


def unread(descriptor: int) -> int:
    """Return how many bytes are in a pipe."""
    return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0" * 4))[0])


def children(process: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    return [number for number in _processes() if int(_stat(number)[1]) == process and _stat(number)[0] != b"Z"]


def session(leader: int) -> list[int]:
    """Return the processes that still run in a session."""
    return [number for number in _processes() if int(_stat(number)[3]) == leader and _stat(number)[0] != b"Z"]


def command(process: int) -> bytes:
    """Return the command line of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]


def _stat(process: int) -> list[bytes]:
    """Return state, parent, group and session of a process."""
    try:
        return Path(f"/proc/{process}/stat").read_bytes().rpartition(b") ")[2].split()[:4]
    except OSError:  # it ended meanwhile
        return [b"Z", b"0", b"0", b"0"]
