"""Parts of a repository: what is staged, what some commits introduce, and how the work is cut."""

from __future__ import annotations

import subprocess

import pytest

from repositories import BOB, Repo
from scans import found, paths, scan, token
from stanch.errors import UsageError
from stanch.sources.git import discover, history
from stanch.sources.git.history import History
from stanch.sources.git.objects import GitShard

KEY = b"key = " + token(1) + b"\n"


def test_staged_content(repo: Repo) -> None:
    """`--staged` reads the index: not the worktree, not what HEAD has already, not what is deleted."""
    repo.commit({"old.txt": token(5), "deleted.txt": token(6), "a.txt": b"x\n", "mode.sh": token(7)})
    repo.put("a.txt", b"one\ntwo " + token(1))
    repo.put("new file.txt", token(2))
    repo.git("add", "--all")
    repo.put("a.txt", token(3))
    repo.put("untracked.txt", token(4))
    repo.git("rm", "--quiet", "--cached", "deleted.txt")
    result = scan(repo.path, staged=True)
    assert {secret: paths(finding) for secret, finding in found(result).items()} == {
        token(1): ["a.txt"], token(2): ["new file.txt"]
    }  # fmt: skip
    [location] = found(result)[token(1)].locations
    assert (location.line, location.column, location.at_head, location.commit) == (2, 5, None, None)


def test_staged_in_a_subfolder(repo: Repo) -> None:
    """From a subfolder, the whole index counts: a commit takes it all."""
    repo.commit({"sub/a.txt": b"x", "b.txt": b"y"})
    repo.put("b.txt", KEY)
    repo.git("add", "--all")
    assert paths(found(scan(repo.path / "sub", staged=True))[token(1)]) == ["b.txt"]


def test_staged_with_another_index(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git commit FILE` gives its hook an index of its own, and that one is read."""
    repo.commit({"a.txt": b"x"})
    repo.put("a.txt", KEY)
    other = repo.path / ".git" / "next-index"
    other.write_bytes((repo.path / ".git" / "index").read_bytes())
    monkeypatch.setenv("GIT_INDEX_FILE", str(other))
    assert not scan(repo.path, staged=True).findings
    subprocess.run(["git", "add", "a.txt"], cwd=repo.path, check=True)
    assert set(found(scan(repo.path, staged=True))) == {token(1)}
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert not scan(repo.path, staged=True).findings


def test_range(repo: Repo) -> None:
    """`--range` scans what its commits introduce, messages too, and nothing older or younger."""
    first = repo.commit({"a.txt": token(1)})
    second = repo.commit({"b.txt": token(2)}, message=f"Add {token(3).decode()}")
    repo.commit({"c.txt": token(4), "b.txt": None})
    assert set(found(scan(repo.path, revisions=f"{first}..{second}"))) == {token(2), token(3)}
    assert set(found(scan(repo.path, revisions=f"{first}..HEAD"))) == {token(2), token(3), token(4)}
    assert set(found(scan(repo.path, revisions="HEAD~1.."))) == {token(4)}
    assert set(found(scan(repo.path / ".", revisions="HEAD..HEAD"))) == set()


def test_range_knows_its_paths(repo: Repo) -> None:
    """What a range introduces has its path, its commit and its author."""
    repo.commit({"a.txt": b"x"})
    commit = repo.commit({"sub/größe b.txt": KEY}, author=BOB)
    [location] = found(scan(repo.path, revisions="HEAD~1..HEAD"))[token(1)].locations
    assert (location.path, location.commit, location.author) == ("sub/größe b.txt", commit, BOB)


@pytest.mark.parametrize("revisions", ["gone..HEAD", "HEAD..gone", "HEAD", "A...B", "--all..HEAD", "..", ""])
def test_bad_range(repo: Repo, revisions: str) -> None:
    """A revision that is none is an error that names it; an option is no revision."""
    repo.commit({"a.txt": b"x"})
    if revisions == "..":  # the same as HEAD..HEAD
        assert scan(repo.path, revisions=revisions).complete
        return
    with pytest.raises(UsageError) as caught:
        scan(repo.path, revisions=revisions)
    assert "\n" not in str(caught.value)


def test_shards_are_pieces_of_the_whole(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every object is in one shard, and the shards are of about one size."""
    for number in range(30):
        repo.commit({f"{number}.txt": b"%d\n" % number * 50})
    monkeypatch.setattr(history, "SHARD", 1_200)
    repository = discover(str(repo.path))
    assert repository
    shards = [shard for shard in History(repository).shards() if isinstance(shard, GitShard)]
    ids = [oid for shard in shards for oid in shard.oids]
    assert len(ids) == len(set(ids)) == 90
    assert all(shard.weight <= 1_200 for shard in shards)
