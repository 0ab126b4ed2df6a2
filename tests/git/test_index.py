"""The index: each content once, told at each of its paths."""

from __future__ import annotations

import pytest

from repositories import Repo
from scans import found, paths, scan, token
from stanch.model import Fault
from stanch.sources.git import Repository, discover, index
from stanch.sources.git.index import Indexed, staged, tracked
from stanch.sources.git.objects import GitShard

KEY = b"key = " + token(1) + b"\n"


def opened(repo: Repo) -> Repository:
    """Return the repository as a source knows it."""
    repository = discover(str(repo.path))
    assert repository
    return repository


def oids(part: Indexed) -> list[str]:
    """Return the objects that its shards ask git for."""
    return [oid for shard in part.shards() if isinstance(shard, GitShard) for oid in shard.oids]


@pytest.mark.parametrize("few", [200, 0])
def test_each_content_once(repo: Repo, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files share a content, it is read once; many files are asked for their sizes."""
    monkeypatch.setattr(index, "FEW", few)
    repo.commit({"a.txt": KEY, "b.txt": KEY, "c.txt": b"other\n", "d.txt": b""})
    part = tracked(opened(repo))
    assert part.paths == {"a.txt", "b.txt", "c.txt", "d.txt"}
    assert sorted(oids(part)) == sorted(repo.oid(content) for content in (KEY, b"other\n", b""))
    weight = sum(shard.weight for shard in part.shards() if isinstance(shard, GitShard))
    assert weight == (0 if few else len(KEY + b"other\n"))


def test_a_missing_object_of_many(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """What git has not is a fault when sizes are asked for, too."""
    monkeypatch.setattr(index, "FEW", 0)
    repo.commit({"a.txt": KEY, "b.txt": b"x\n"})
    repo.loose(repo.oid(KEY)).unlink()
    assert [item.kind for item in tracked(opened(repo)).shards() if isinstance(item, Fault)] == ["missing-object"]


def test_a_copy_is_told_where_it_stands(repo: Repo) -> None:
    """Two staged files with the same content are two places, whichever path the content was read for."""
    repo.commit({"a.txt": b"x\n"})
    repo.put("b.txt", KEY)
    repo.put("sub/c.txt", KEY)
    repo.git("add", "--all")
    assert paths(found(scan(repo.path, staged=True))[token(1)]) == ["b.txt", "sub/c.txt"]


def test_two_repositories_with_the_same_content(repo: Repo) -> None:
    """A content is told of the repository that it was found in."""
    other = Repo(repo.path.parent / "other")
    for one, path in ((repo, "a.txt"), (other, "b.txt")):
        one.put(path, KEY)
        one.git("add", "--all")
    places = found(scan(repo.path, other.path, staged=True))[token(1)].locations
    assert {(place.target, place.path) for place in places} == {(str(repo.path), "a.txt"), (str(other.path), "b.txt")}


def test_in_conflict(repo: Repo) -> None:
    """What a commit would add is not known in a conflict; what the index holds is."""
    repo.commit({"a.txt": b"x\n"})
    versions = [repo.git("hash-object", "-w", "--stdin", stdin=content) for content in (b"1\n", KEY, b"3\n")]
    lines = "".join(f"100644 {oid} {stage}\ta.txt\n" for stage, oid in enumerate(versions, 1))
    repo.git("update-index", "--force-remove", "a.txt")
    repo.git("update-index", "--index-info", stdin=lines.encode())
    part = staged(opened(repo))
    assert (part.files, part.unmerged) == ((), ("a.txt",))
    assert [item.kind for item in part.shards() if isinstance(item, Fault)] == ["unmerged"]
    assert oids(tracked(opened(repo))) == versions
