"""Run a command in a small process of its own, and say how long it took and how much memory it used.

The process in between is what makes the memory figure right: a forked child starts with the peak of whoever forked
it, so a benchmark that has loaded much would lend its own peak to what it measures. Linux only.
"""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 25
"""Milliseconds between two looks at the processes of a watched command."""


@dataclass(frozen=True)
class Run:
    """One finished command."""

    status: int
    seconds: float
    """Wall time."""
    cpu: float
    """Seconds of processor time, user and system, of all its processes."""
    peak: float
    """Megabytes (10^6) resident at most in the largest of its processes, mapped files included."""
    parts: dict[str, float]
    """Megabytes at most by kind of process, `parent`, `worker` and `git`; empty when it was not watched."""
    complaint: str
    """The last line that it wrote to standard error."""


def measure(
    command: list[str],
    *,
    stdout: Path | None = None,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
    watch: bool = False,
) -> Run:
    """Run `command` with its standard output in the file `stdout` (None: nowhere) and wait for it."""
    job = {"command": command, "stdout": str(stdout or os.devnull), "watch": watch}
    done = subprocess.run(
        [sys.executable, "-I", "-S", __file__, json.dumps(job)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        check=True,
    )
    return Run(**json.loads(done.stdout))


def main() -> None:
    """Do one job, given as JSON, and print what it took as JSON."""
    job = json.loads(sys.argv[1])
    with open(job["stdout"], "wb") as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(job["command"], stdout=out, stderr=err)
        parts = _watched(process.pid) if job["watch"] else {}
        status = process.wait()
        seconds = time.perf_counter() - began
        err.seek(0)
        complaint = err.read().decode(errors="replace").strip().rpartition("\n")[2]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = Run(status, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6, parts, complaint)
    print(json.dumps(vars(run)))


def _watched(root: int) -> dict[str, float]:
    """Return the peak by kind of process once process `root` has ended.

    The kernel keeps each process's peak, so a look in every few milliseconds loses only what a process
    gains in its last ones. The last look at a process wins, and the first never counts: before its exec a child
    shows its parent's memory.
    """
    seen: set[int] = set()
    peaks: dict[int, tuple[str, float]] = {}
    ended = select.poll()
    ended.register(os.pidfd_open(root), select.POLLIN)
    while not ended.poll(INTERVAL):
        family = set(_family(root))
        for pid in family & seen:
            with suppress(OSError, ValueError):  # it ended meanwhile
                peaks[pid] = _peak(pid, root)
        seen = family
    parts: dict[str, float] = {}
    for kind, peak in peaks.values():
        parts[kind] = max(peak, parts.get(kind, 0))
    return parts


def _family(root: int) -> list[int]:
    """Return `root` and its descendants."""
    family = [root]
    for pid in family:  # it grows as children are found
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                family += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
        except OSError:
            continue  # it has ended in between
    return family


def _peak(pid: int, root: int) -> tuple[str, float]:
    """Return the kind of a process and its peak in megabytes. Raises ValueError for one that has no memory left."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    if "VmHWM" not in fields:
        raise ValueError(pid)
    kind = "parent" if pid == root else "git" if fields["Name"].strip() == "git" else "worker"
    return kind, int(fields["VmHWM"].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    main()
