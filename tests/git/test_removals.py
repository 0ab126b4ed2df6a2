"""Removals: which commit on the way to HEAD took a secret out of a file."""

from __future__ import annotations

from repositories import Repo
from scans import found, scan, token

HELD = b"key = " + token(1) + b"\n"


def ends(repo: Repo, secret: bytes = token(1)) -> dict[str | None, str | None]:
    """Return the commit that took the secret away, by path."""
    made = found(scan(repo.path))[secret]
    return {at.path: at.removed_in for at in made.locations}


def test_removed(repo: Repo) -> None:
    """The commit that took a secret out of a file is told with its date, not one that changed something else there."""
    repo.commit({"a.txt": HELD})
    repo.commit({"a.txt": HELD + b"more\n"})
    gone = repo.commit({"a.txt": b"key = vault\nmore\n"})
    repo.commit({"a.txt": b"key = vault\nmore\nstill more\n"})
    [place] = found(scan(repo.path))[token(1)].locations
    assert (place.at_head, place.removed_in) == (False, gone)
    assert place.removed_at == repo.git("log", "-1", "--format=%aI", gone)


def test_removed_of_two(repo: Repo) -> None:
    """Of two secrets in a file each has its own end."""
    repo.commit({"a.txt": HELD + b"other = " + token(2) + b"\n"})
    first = repo.commit({"a.txt": b"other = " + token(2) + b"\n"})
    second = repo.commit({"a.txt": None})
    assert (ends(repo), ends(repo, token(2))) == ({"a.txt": first}, {"a.txt": second})


def test_renamed(repo: Repo) -> None:
    """A file that is renamed leaves its old path; at the new one the secret still stands."""
    repo.commit({"a.txt": HELD})
    moved = repo.commit({"a.txt": None, "b.txt": HELD})
    assert ends(repo) == {"a.txt": moved, "b.txt": None}


def test_reintroduced(repo: Repo) -> None:
    """What came back still stands; when it goes again, the last time counts."""
    repo.commit({"a.txt": HELD})
    repo.commit({"a.txt": b"x\n"})
    repo.commit({"a.txt": HELD})
    assert ends(repo) == {"a.txt": None}
    again = repo.commit({"a.txt": b"y\n"})
    assert ends(repo) == {"a.txt": again}


def test_removed_on_a_branch(repo: Repo) -> None:
    """A branch that removes it is named, not the merge that brings that; until the merge, nothing is."""
    repo.commit({"a.txt": HELD, "b.txt": b"1\n"})
    repo.git("switch", "--quiet", "--create", "side")
    gone = repo.commit({"a.txt": b"x\n"})
    repo.git("switch", "--quiet", "main")
    repo.commit({"b.txt": b"2\n"})
    assert ends(repo) == {"a.txt": None}
    repo.merge("side", {})
    assert ends(repo) == {"a.txt": gone}


def test_removed_in_a_merge(repo: Repo) -> None:
    """Where only the merge itself takes it away, that is named."""
    repo.commit({"a.txt": HELD, "b.txt": b"1\n"})
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"c.txt": b"x\n"})
    repo.git("switch", "--quiet", "main")
    repo.commit({"b.txt": b"2\n"})
    assert ends(repo) == {"a.txt": None}
    merge = repo.merge("side", {"a.txt": b"x\n"})
    assert ends(repo) == {"a.txt": merge}


def test_removed_elsewhere(repo: Repo) -> None:
    """A secret that only another branch had and lost was never on the way to HEAD: no end is told."""
    repo.commit({"b.txt": b"1\n"})
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"a.txt": HELD})
    repo.commit({"a.txt": b"x\n"})
    repo.git("switch", "--quiet", "main")
    assert ends(repo) == {"a.txt": None}


def test_removed_by_many_names(repo: Repo) -> None:
    """More objects than git takes as arguments have their ends as well."""
    repo.commit({f"{number}.txt": HELD + b"%d\n" % number for number in range(600)})
    gone = repo.commit(dict.fromkeys(f"{number}.txt" for number in range(600)))
    assert set(ends(repo).values()) == {gone}
