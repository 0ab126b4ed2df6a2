"""`--timeout`: a scan ends within about a second of its limit, busy or not, with what it found and a fault."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from faults.processes import ENDLESS, HANGS, faking, running
from repositories import Repo
from scans import cli, found, scan, token

pytestmark = pytest.mark.usefixtures("compiled")

KEY = b"key = " + token(1) + b"\n"
LIMIT = 1.0


def ended(done: subprocess.CompletedProcess[bytes], *kinds: str) -> int:
    """Check that a scan ended in time with faults of these kinds, and return how many findings it had."""
    report = json.loads(done.stdout)
    assert sorted(error["kind"] for error in report["errors"]) == sorted(kinds), report["errors"]
    assert report["complete"] is False
    assert report["stats"]["seconds"] < LIMIT + 1
    assert done.returncode == (1 if report["findings"] else 3)
    assert done.stderr == b""
    return len(report["findings"])


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("content", [KEY, b"nothing"], ids=["found", "clean"])
def test_in_the_midst_of_a_file(tmp_path: Path, jobs: str, content: bytes) -> None:
    """One file that takes for ever, in this process or in a worker: what stands elsewhere is told."""
    (tmp_path / "a.txt").write_bytes(content)
    with (tmp_path / "endless").open("wb") as file:
        file.truncate(ENDLESS)
    done = cli("scan", str(tmp_path), "--timeout", f"{LIMIT}", "--jobs", jobs, "-f", "json")
    assert ended(done, "timeout") == (content == KEY)


def test_waiting_for_standard_input(tmp_path: Path) -> None:
    """Standard input on which nothing comes does not hold a scan."""
    os.mkfifo(tmp_path / "pipe")
    both = os.open(tmp_path / "pipe", os.O_RDWR)
    with running(tmp_path / "out", "-", "--timeout", f"{LIMIT}", stdin=tmp_path / "pipe") as started:
        assert started.wait() == 3
        assert [error["kind"] for error in started.report()["errors"]] == ["timeout"]
        assert started.report()["stats"]["seconds"] < LIMIT + 1
    os.close(both)


QUESTIONS = [
    # what git hangs at, kinds of the faults, is the credential found
    ("ls-files", ["timeout"], False),
    ("--unordered", ["timeout"], False),
    ("cat-file --batch", ["timeout"], False),
    ("log --ignore-missing", ["timeout", "provenance"], True),
    ("ls-tree", ["timeout", "provenance"], True),
    ("log --no-walk", ["timeout", "provenance"], True),
]


@pytest.mark.parametrize(("words", "kinds", "told"), QUESTIONS, ids=[case[0] for case in QUESTIONS])
def test_a_git_that_hangs(repo: Repo, tmp_path: Path, words: str, kinds: list[str], told: bool) -> None:
    """Git that says nothing while it lists, gives contents, or tells where they come from."""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None})
    git = faking(tmp_path / "bin", words, HANGS)
    with running(tmp_path / "out", str(repo.path), "--timeout", f"{LIMIT}", git=git) as started:
        assert started.wait() == (1 if told else 3)
        report = started.report()
        assert sorted({error["kind"] for error in report["errors"]}) == sorted(kinds)
        assert len(report["findings"]) == told
        assert report["stats"]["seconds"] < LIMIT + 1.5
        assert started.left_over() == []


def test_time_enough(repo: Repo) -> None:
    """A scan that ends before its limit is complete."""
    repo.commit({"a.txt": KEY})
    result = scan(repo.path, timeout=300.0)
    assert result.complete
    assert result.findings[0].locations[0].author


def test_outside_the_main_thread(tmp_path: Path) -> None:
    """Where nothing can be interrupted the limit is looked at after each piece of work."""
    for number in range(3):
        (tmp_path / f"{number}.txt").write_bytes(token(number))
    results = []
    thread = threading.Thread(target=lambda: results.append(scan(tmp_path, timeout=1e-6)))
    thread.start()
    thread.join()
    [result] = results
    assert [fault.kind for fault in result.faults] == ["timeout"]
    assert not found(result)


def test_what_was_interrupted_is_as_before(tmp_path: Path) -> None:
    """After a scan that was stopped, another in the same process is whole."""
    (tmp_path / "a.txt").write_bytes(KEY)
    with (tmp_path / "endless").open("wb") as file:
        file.truncate(ENDLESS)
    assert not scan(tmp_path, timeout=0.3).complete
    (tmp_path / "endless").unlink()
    assert scan(tmp_path).complete
    assert scan(tmp_path, timeout=300.0).complete
