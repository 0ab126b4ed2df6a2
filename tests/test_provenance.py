"""Provenance: the first commit of an object at each path, and what stands in HEAD and in the index."""

from __future__ import annotations

from repositories import ANN, Repo
from stanch.model import Reach
from stanch.provenance import Provenance, Wanted, trace
from stanch.sources.git import Repository

CONTENT = b"some content\n"


def traced(repo: Repo, *contents: bytes, commits: tuple[str, ...] = ()) -> Provenance:
    """Trace objects by their contents."""
    repository = Repository("t", repo.path / ".git", repo.path)
    blobs = frozenset(repo.oid(content) for content in contents)
    return trace(repository, Wanted(blobs, commits=frozenset(commits)))


def test_first_commit_at_each_path(repo: Repo) -> None:
    """Each path has the oldest commit that put the object there."""
    first = repo.commit({"a.txt": CONTENT})
    second = repo.commit({"sub/b c.txt": CONTENT, "a.txt": b"x"})
    repo.commit({"a.txt": CONTENT})
    known = traced(repo, CONTENT)
    places = {place.path: place for place in known.places[repo.oid(CONTENT)]}
    assert {path: place.commit for path, place in places.items()} == {"a.txt": first, "sub/b c.txt": second}
    assert known.head == {"a.txt": repo.oid(CONTENT), "sub/b c.txt": repo.oid(CONTENT)} == known.index
    assert known.authors[first].name == ANN


def test_many_objects(repo: Repo) -> None:
    """More objects than git takes as arguments are traced as well."""
    contents = [b"%d\n" % number for number in range(1_100)]
    commit = repo.commit({f"{number}.txt": content for number, content in enumerate(contents)})
    known = traced(repo, *contents)
    assert len(known.places) == len(contents)
    assert {place.commit for places in known.places.values() for place in places} == {commit}


def test_odd_paths(repo: Repo) -> None:
    """Paths with newlines, tabs, quotes and a leading colon are read as they are."""
    names = ['a\tb"c', "line\nbreak", ":100644 x", "größe"]
    repo.commit(dict.fromkeys(names, CONTENT))
    assert {place.path for place in traced(repo, CONTENT).places[repo.oid(CONTENT)]} == set(names)


def test_unreachable(repo: Repo) -> None:
    """An object that no commit holds has no place; nor has anything in a repository without a commit."""
    assert traced(repo, CONTENT) == Provenance(reach={repo.oid(CONTENT): Reach.DANGLING})
    repo.commit({"a.txt": b"x"})
    assert traced(repo, CONTENT).places == {}


def test_authors_of_commits(repo: Repo) -> None:
    """Who made a commit is known for commits that hold a secret themselves."""
    commit = repo.commit(author="Größe X <g@example.test>")
    assert traced(repo, commits=(commit,)).authors[commit].name == "Größe X <g@example.test>"
