"""Damaged repositories: what cannot be read is a fault, and costs itself alone."""

from __future__ import annotations

import json
import os
import shutil
import stat
import zlib
from pathlib import Path

import pytest

from repositories import Repo
from scans import cli, found, scan, token
from stanch.model import Fault
from stanch.provenance import Wanted, trace
from stanch.sources.git import Repository, discover
from stanch.sources.git.history import History
from stanch.sources.git.objects import GitShard

KEY = b"key = " + token(1) + b"\n"


def test_missing_object(repo: Repo) -> None:
    """An object that the repository lacks makes the scan incomplete; the rest is scanned."""
    repo.commit({"a.txt": KEY, "b.txt": token(2)})
    repo.commit({"a.txt": None, "b.txt": None})
    repo.loose(repo.oid(KEY)).unlink()
    result = scan(repo.path, revisions=f"{_empty(repo)}..HEAD")
    assert [(fault.kind, fault.detail.split(":")[0]) for fault in result.faults] == [("missing-object", repo.oid(KEY))]
    assert not result.complete
    assert set(found(result)) == {token(2)}


def _empty(repo: Repo) -> str:
    """Return a commit that shares nothing with the history."""
    tree = repo.git("hash-object", "-t", "tree", "-w", "--stdin")
    return repo.git("commit-tree", tree, "-m", "Empty")


def broken(repo: Repo, kind: str) -> str:
    """Break one object among others, and return its id."""
    repo.commit({"a.txt": KEY, **{f"{number}.txt": token(number) for number in range(2, 8)}})
    repo.commit({"a.txt": None, **{f"{number}.txt": None for number in range(2, 8)}})
    oid = repo.oid(KEY)
    file = repo.loose(oid)
    file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    content = file.read_bytes()
    file.write_bytes({"empty": b"", "garbage": b"garbage", "truncated": content[: len(content) // 2]}[kind])
    return oid


@pytest.mark.parametrize("kind", ["empty", "garbage", "truncated"])
def test_corrupt_object(repo: Repo, kind: str) -> None:
    """A broken object costs itself alone, and the scan is incomplete."""
    oid = broken(repo, kind)
    result = scan(repo.path)
    assert set(found(result)) == {token(number) for number in range(2, 8)}
    assert result.faults
    assert any(oid in fault.detail for fault in result.faults)


@pytest.mark.parametrize("size", [1, 200, 90_000])
def test_an_object_that_lies_about_its_size(repo: Repo, size: int) -> None:
    """An object whose header tells another size than it has neither hangs a scan nor hides what follows it."""
    oid = broken(repo, "empty")
    repo.loose(oid).write_bytes(zlib.compress(b"blob %d\0%s" % (size, KEY)))
    done = cli("scan", str(repo.path), "-f", "jsonl", "--jobs", "1", "--show-secrets", timeout=20)
    told = {json.loads(line).get("secret") for line in done.stdout.splitlines()}
    assert {token(number).decode() for number in range(2, 8)} <= told


def test_git_that_fails(repo: Repo) -> None:
    """A git process that fails while it lists is a fault."""
    repo.commit({"a.txt": b"x"})
    (repo.path / ".git" / "HEAD").write_bytes(b"garbage\n")
    repository = Repository("t", repo.path / ".git", repo.path)
    kinds = {item.kind for item in History(repository).shards() if isinstance(item, Fault)}
    assert kinds == {"git-failed"}


def test_shard_with_objects_that_are_not_there(repo: Repo) -> None:
    """A shard answers for each of its objects."""
    repo.commit({"a.txt": KEY})
    repository = discover(str(repo.path))
    assert repository
    oids = ("0" * 39 + "1", repo.oid(KEY), "0" * 39 + "2")
    answers = list(GitShard(repository, oids, 1).chunks())
    assert sorted(getattr(answer, "kind", "content") for answer in answers) == ["content", *["missing-object"] * 2]


def test_too_large(repo: Repo) -> None:
    """An object over --max-size is left out, and the scan says so."""
    repo.commit({"a.txt": KEY * 9, "b.txt": token(2)})
    repo.commit({"a.txt": None})
    result = scan(repo.path, max_size=len(KEY) * 5)
    assert [fault.kind for fault in result.faults] == ["too-large"]
    assert set(found(result)) == {token(2)}


@pytest.mark.parametrize("lost", ["blob", "tree", "commit", "tag"])
def test_a_lost_object(repo: Repo, lost: str) -> None:
    """An object that is named and not there makes a scan of everything incomplete; the rest is scanned."""
    repo.commit({"sub/a.txt": KEY, "b.txt": token(2)})
    repo.commit({"sub/a.txt": b"x"})
    repo.git("tag", "--annotate", "v1", "--message", "One")
    name = {"blob": "HEAD~1:sub/a.txt", "tree": "HEAD~1:sub", "commit": "HEAD~1", "tag": "v1"}[lost]
    oid = repo.git("rev-parse", name)
    repo.loose(oid).unlink()
    result = scan(repo.path)
    assert not result.complete
    assert any(oid in fault.detail for fault in result.faults)
    assert token(2) in found(result)
    assert (token(1) in found(result)) is (lost != "blob")


def test_many_lost_objects(repo: Repo) -> None:
    """Of many missing objects the first are named, and how many more there are."""
    contents = {f"{number}.txt": b"%d\n" % number for number in range(150)}
    repo.commit({**contents, "a.txt": KEY})
    repo.commit({**dict.fromkeys(contents), "a.txt": b"x"})
    for content in contents.values():
        repo.loose(repo.oid(content)).unlink()
    result = scan(repo.path)
    assert [fault.kind for fault in result.faults] == ["missing-object"] * 101
    assert result.faults[-1].detail == "and 50 more"
    assert set(found(result)) == {token(1)}


def fake_git(folder: Path, body: str) -> str:
    """Put a `git` before the real one, which runs unless `body`, some shell, decides otherwise; return the PATH."""
    real = shutil.which("git")
    folder.mkdir()
    script = folder / "git"
    script.write_text(f'#!/bin/sh\n{body}\nexec {real} "$@"\n', "utf-8")
    script.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize("command", ["log", "ls-tree", "ls-files", "rev-list", "for-each-ref"])
def test_git_that_fails_while_findings_are_traced(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """What git cannot tell of a finding is a fault; the finding stands with what is known."""
    repo.commit({"a.txt": KEY})
    repository = Repository("t", repo.path / ".git", repo.path)
    body = f'case "$*" in {command}*) echo "fatal: no" >&2; exit 128;; esac'
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", body))
    known = trace(repository, Wanted(frozenset({repo.oid(KEY)})))
    assert {fault.kind for fault in known.faults} == {"provenance"}
    assert all("fatal: no" in fault.detail or "authors" in fault.detail for fault in known.faults)


def test_a_scan_whose_findings_cannot_be_traced(repo: Repo, tmp_path: Path) -> None:
    """Such a scan reports the finding, says that it is incomplete, and is not a success."""
    repo.commit({"a.txt": KEY})
    path = fake_git(tmp_path / "bin", 'case "$1" in log) exit 1;; esac')
    done = cli("scan", str(repo.path), "-f", "json", PATH=path)
    report = json.loads(done.stdout)
    assert (done.returncode, report["complete"], len(report["findings"])) == (1, False, 1)
    assert {error["kind"] for error in report["errors"]} == {"provenance"}


def test_git_that_dies_midway(repo: Repo, tmp_path: Path) -> None:
    """A git that is killed while it lists makes the scan incomplete, with what was listed scanned."""
    repo.commit({"a.txt": b"x"})
    body = 'case "$*" in *--batch-all-objects*) kill -9 $$;; esac'
    done = cli("scan", str(repo.path), "-f", "json", PATH=fake_git(tmp_path / "bin", body))
    report = json.loads(done.stdout)
    assert (done.returncode, report["complete"]) == (3, False)
    assert [(error["kind"], error["detail"]) for error in report["errors"]] == [
        ("git-failed", "git cat-file was ended by signal 9")
    ]


def test_no_git(repo: Repo, tmp_path: Path) -> None:
    """Where git is missing, an error says that it is needed."""
    (tmp_path / "bin").mkdir()
    done = cli("scan", str(repo.path), PATH=str(tmp_path / "bin"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"git is needed" in done.stderr
