"""Repositories of every layout: bare, linked, of SHA-256, shallow, partial, with submodules and alternates."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from repositories import ANN, Repo, snapshot
from scans import cli, found, paths, scan, token
from stanch.errors import UsageError
from stanch.model import Reach

KEY = b"key = " + token(1) + b"\n"


def test_bare(repo: Repo, tmp_path: Path) -> None:
    """A bare repository's history is scanned, and the path is the repository's."""
    deleted_file(repo)
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    [location] = found(scan(tmp_path / "bare.git"))[token(1)].locations
    assert (location.path, location.at_head) == ("a.txt", False)
    with pytest.raises(UsageError, match="nothing but history"):
        scan(tmp_path / "bare.git", history=False)


def test_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    """A linked worktree has its own files and index, and the whole history."""
    deleted_file(repo)
    repo.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    (tmp_path / "linked" / "new.txt").write_bytes(token(2))
    result = scan(tmp_path / "linked")
    assert {secret: paths(finding) for secret, finding in found(result).items()} == {
        token(1): ["a.txt"], token(2): ["new.txt"]
    }  # fmt: skip
    assert result.complete


def test_submodule(repo: Repo, tmp_path: Path) -> None:
    """A submodule's .git is a file that names its folder; the outer repository does not hold its content."""
    inner = Repo(tmp_path / "inner")
    deleted_file(inner)
    inner.commit({"b.txt": token(2)})
    repo.git("submodule", "--quiet", "add", str(inner.path), "vendor")
    repo.commit()
    assert (repo.path / "vendor" / ".git").is_file()
    result = scan(repo.path / "vendor")
    assert set(found(result)) == {token(1), token(2)}
    outer = scan(repo.path)
    assert outer.complete
    assert token(1) not in found(outer)
    assert scan(repo.path, staged=True).complete


@pytest.mark.parametrize("content", [b"", b"gitdir: gone\n", b"not a link\n", b"\xff\xfe"])
def test_a_broken_link_to_a_repository(tmp_path: Path, content: bytes) -> None:
    """A .git file that names no repository is an error, in one line."""
    (tmp_path / ".git").write_bytes(content)
    with pytest.raises(UsageError, match=r"its \.git"):
        scan(tmp_path)


@pytest.mark.parametrize("how", [{}, {"history": True}, {"staged": True}, {"history": False}])
def test_empty_repository(repo: Repo, how: dict[str, bool]) -> None:
    """A repository without a commit is clean, and complete."""
    result = scan(repo.path, **how)
    assert (result.findings, result.faults) == ((), ())


def test_before_the_first_commit(repo: Repo) -> None:
    """What is staged for the first commit, and what is not even staged, is found."""
    repo.put("a.txt", KEY)
    assert set(found(scan(repo.path))) == {token(1)}
    assert not scan(repo.path, staged=True).findings
    repo.git("add", "a.txt")
    assert set(found(scan(repo.path, staged=True))) == {token(1)}


@pytest.mark.parametrize("sub", ["", "sub"])
def test_history_of_what_is_no_repository(repo: Repo, tmp_path: Path, sub: str) -> None:
    """Only a repository's root has a history to scan."""
    repo.commit({"sub/a.txt": b"x"})
    with pytest.raises(UsageError, match="not the root of a git repository"):
        scan(repo.path / sub if sub else tmp_path, history=True)


def test_detached_head(repo: Repo) -> None:
    """A detached HEAD that no ref names is still where things stand."""
    repo.commit({"a.txt": b"x"})
    repo.git("checkout", "--quiet", "--detach")
    commit = repo.commit({"b.txt": KEY})
    [location] = found(scan(repo.path))[token(1)].locations
    assert (location.commit, location.at_head) == (commit, True)


def test_sha256(tmp_path: Path) -> None:
    """A repository whose object ids are SHA-256 is scanned."""
    repo = Repo(tmp_path / "new", "--object-format=sha256")
    commit = repo.commit({"a.txt": KEY})
    [location] = found(scan(repo.path))[token(1)].locations
    assert (location.commit, location.author, len(commit)) == (commit, ANN, 64)


def test_another_users_repository(repo: Repo) -> None:
    """A repository that belongs to somebody else is scanned: nothing of it runs."""
    repo.commit({"a.txt": KEY})
    if os.geteuid():
        pytest.skip("only root can give files away")
    for path in (repo.path, *repo.path.rglob("*")):
        os.chown(path, 12_345, 12_345)
    result = scan(repo.path)
    assert result.complete
    assert found(result)[token(1)].locations[0].author == ANN


def deleted_file(repo: Repo) -> None:
    """Make a history with a credential in a file that was deleted."""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None})


def clone(repo: Repo, target: Path, *options: str) -> Path:
    """Clone as from another machine: through the protocol, not by links."""
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "--quiet", *options, f"file://{repo.path}", str(target))
    return target


def test_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    """What a shallow clone holds is scanned, and a note says that it is one."""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None, "b.txt": token(2)})
    done = cli("scan", str(clone(repo, tmp_path / "shallow", "--depth=1")), "--show-secrets", "-f", "json")
    report = json.loads(done.stdout)
    assert [finding["secret"] for finding in report["findings"]] == [token(2).decode()]
    assert report["complete"]
    assert b"shallow" in done.stderr


@pytest.mark.parametrize("how", ["--filter=blob:none", "--filter=tree:0"])
def test_partial_clone(repo: Repo, tmp_path: Path, how: str) -> None:
    """In a partial clone what is there is scanned, nothing is fetched, and the scan says how much was never there."""
    repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None, "b.txt": token(2)})
    target = clone(repo, tmp_path / "partial", how)
    before = snapshot(target)
    result = scan(target)
    assert set(found(result)) == {token(2)}
    assert {fault.kind for fault in result.faults} - {"provenance"} == {"partial-clone"}
    assert snapshot(target) == before


def test_alternates(repo: Repo, tmp_path: Path) -> None:
    """Objects that another repository keeps are read only when that is allowed; what is not read is said."""
    deleted_file(repo)
    shared = tmp_path / "shared"
    repo.git("clone", "--quiet", "--shared", ".", str(shared))
    (shared / "b.txt").write_bytes(token(2))
    refused, allowed = scan(shared), scan(shared, alternates=True)
    assert refused.faults[0].kind == "alternates"
    assert str(repo.path) in refused.faults[0].detail
    assert set(found(refused)) == {token(2)}
    assert (set(found(allowed)), allowed.faults) == ({token(1), token(2)}, ())
    assert found(allowed)[token(1)].locations[0].author == ANN


def test_alternates_that_lead_on(repo: Repo, tmp_path: Path) -> None:
    """An object store inside of the repository is read; one outside that this one names is not."""
    deleted_file(repo)
    own = Repo(tmp_path / "own")
    own.commit({"b.txt": token(2)})
    inner = own.path / ".git" / "more"
    (inner / "info").mkdir(parents=True)
    (inner / "pack").mkdir()
    (own.path / ".git/objects/info/alternates").write_text(f"{inner}\n", "utf-8")
    assert scan(own.path).faults == ()
    (inner / "info" / "alternates").write_text(f"{repo.path}/.git/objects\n", "utf-8")
    result = scan(own.path)
    assert [fault.kind for fault in result.faults] == ["alternates"]
    assert set(found(result)) == {token(2)}


def test_packed_refs_and_loose_objects(repo: Repo) -> None:
    """Refs and objects are found packed or loose, or some of each."""
    deleted_file(repo)
    repo.git("gc", "--quiet")
    repo.git("branch", "old", "HEAD~1")
    repo.commit({"b.txt": token(2)})
    [location] = found(scan(repo.path))[token(1)].locations
    assert location.reachability is Reach.REFS
    assert set(found(scan(repo.path))) == {token(1), token(2)}


def test_another_worktrees_head(repo: Repo, tmp_path: Path) -> None:
    """What only the detached HEAD of another worktree leads to is reached by a ref."""
    repo.commit({"x.txt": b"x"})
    repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    (tmp_path / "linked" / "a.txt").write_bytes(KEY)
    for command in (["add", "a.txt"], ["commit", "--quiet", "--message", "Key"]):
        repo.git("-C", str(tmp_path / "linked"), *command)
    [location] = found(scan(repo.path))[token(1)].locations
    assert (location.path, location.reachability, location.author) == ("a.txt", Reach.REFS, ANN)


def test_stash_of_a_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    """All worktrees share one stash."""
    repo.commit({"a.txt": b"x"})
    repo.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    (tmp_path / "linked" / "a.txt").write_bytes(KEY)
    repo.git("-C", str(tmp_path / "linked"), "stash", "push", "--quiet")
    for target in (repo.path, tmp_path / "linked"):
        [location] = found(scan(target))[token(1)].locations
        assert location.reachability is Reach.STASH


def test_split_index(repo: Repo) -> None:
    """An index in two files is read."""
    repo.commit({"a.txt": b"x"})
    repo.git("update-index", "--split-index")
    repo.put("a.txt", KEY)
    repo.git("add", "a.txt")
    repo.put("a.txt", b"x")
    assert set(found(scan(repo.path, staged=True))) == {token(1)}
    assert set(found(scan(repo.path))) == {token(1)}


def test_head_is_a_link(repo: Repo) -> None:
    """HEAD as a symbolic link, as git made it long ago."""
    deleted_file(repo)
    head = repo.path / ".git" / "HEAD"
    head.unlink()
    head.symlink_to("refs/heads/main")
    [location] = found(scan(repo.path))[token(1)].locations
    assert (location.at_head, location.reachability) == (False, Reach.REFS)
