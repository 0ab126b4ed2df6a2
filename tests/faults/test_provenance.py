"""Provenance: where git cannot say where a finding comes from, that is a fault, and the finding stands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from faults.processes import before_others, faking
from repositories import ANN, Repo
from scans import cli, scan, token

KEY = b"key = " + token(1) + b"\n"


DIES = "echo 'fatal: cannot do it' >&2; exit 128"
NOISE = f"yes 'error: not that one either' | head -c 1000000 >&2; {DIES}"
GARBAGE = "printf ':garbage\\0more'; exit 0"

FAILURES = [
    # name, which git command, what it does, what the fault says, what is known of path, commit and author
    ("log", "log --ignore-missing", DIES, "git log: fatal: cannot do it", ("a.txt", False, False)),
    ("noisy", "log --ignore-missing", NOISE, "git log: error: not that one either", ("a.txt", False, False)),
    ("killed", "log --ignore-missing", "kill -9 $$", "git log was ended by signal 9", ("a.txt", False, False)),
    (
        "strange",
        "log --ignore-missing",
        GARBAGE,
        "paths and commits are not known",
        ("a.txt", False, False),
    ),
    ("authors", "log --no-walk", DIES, "git log: the authors of", ("a.txt", True, False)),
    ("tree", "ls-tree", DIES, "git ls-tree: fatal: cannot do it", ("a.txt", True, True)),
    ("index", "ls-files -s", DIES, "git ls-files: fatal: cannot do it", ("a.txt", True, True)),
]


@pytest.mark.parametrize(("name", "words", "answer", "says", "known"), FAILURES, ids=[case[0] for case in FAILURES])
def test_git_fails(
    repo: Repo, tmp_path: Path, name: str, words: str, answer: str, says: str, known: tuple[str | None, bool, bool]
) -> None:
    """Each of git's answers may fail: the scan is incomplete, says why, and the finding is told with what is known."""
    repo.commit({"b.txt": b"x"})
    repo.commit({"a.txt": KEY})
    path = before_others(faking(tmp_path / "bin", words, answer))
    done = cli("scan", str(repo.path), "--range", "HEAD~1..HEAD", "-f", "json", timeout=30, PATH=path)
    report = json.loads(done.stdout)
    assert (done.returncode, report["complete"], done.stderr) == (1, False, b"")
    [error] = report["errors"]
    assert (error["target"], error["kind"], error["detail"][: len(says)]) == (str(repo.path), "provenance", says)
    [location] = report["findings"][0]["locations"]
    assert (location["path"], bool(location["commit"]), bool(location["author"])) == known
    assert location["blob"] == repo.oid(KEY)


def test_a_log_that_breaks_off(repo: Repo, tmp_path: Path) -> None:
    """What was read of a history before git failed is kept."""
    commit = repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None})
    answer = f'{shutil.which("git")} "$@"; {DIES}'
    path = before_others(faking(tmp_path / "bin", "log --ignore-missing", answer))
    done = cli("scan", str(repo.path), "-f", "json", PATH=path)
    report = json.loads(done.stdout)
    assert [error["kind"] for error in report["errors"]] == ["provenance"]
    [location] = report["findings"][0]["locations"]
    assert (location["path"], location["commit"], location["author"]) == ("a.txt", commit, ANN)


def test_a_broken_history(repo: Repo) -> None:
    """A commit that is gone from the object store leaves what git still knows, and is told of."""
    repo.commit({"a.txt": KEY})
    middle = repo.commit({"a.txt": None})
    repo.commit({"b.txt": KEY})
    repo.loose(middle).unlink()
    result = scan(repo.path)
    assert not result.complete
    assert {fault.kind for fault in result.faults} >= {"provenance"}
    assert [finding.secret for finding in result.findings] == [token(1)]
    assert "b.txt" in {location.path for location in result.findings[0].locations}


def test_nothing_to_trace(repo: Repo, tmp_path: Path) -> None:
    """Without findings git is not asked, and cannot fail."""
    repo.commit({"a.txt": b"nothing"})
    done = cli("scan", str(repo.path), PATH=before_others(faking(tmp_path / "bin", "log", DIES)))
    assert done.returncode == 0
