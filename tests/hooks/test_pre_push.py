"""A pre-push hook: what `git push` would bring to the remote, and nothing that is there already."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hooks.conftest import Person, install
from repositories import Repo
from scans import token

KEY = b"key = " + token(1) + b"\n"
OLD = b"key = " + token(2) + b"\n"
MAIN = ("origin", "main")
Prepare = Callable[[Repo], None]


@pytest.fixture
def pushed(repo: Repo, server: Repo) -> Repo:
    """Make a repository with a credential in its history, all of which `origin` has."""
    repo.commit({"a.txt": b"first\n", "old.txt": OLD})
    repo.commit({"old.txt": None})
    repo.git("remote", "add", "origin", str(server.path))
    repo.git("push", "--quiet", "origin", "main")
    return repo


def commit(repo: Repo) -> None:
    """A commit."""
    repo.commit({"b.txt": KEY})


def deleted_again(repo: Repo) -> None:
    """A commit, and one that deletes the file."""
    repo.commit({"b.txt": KEY})
    repo.commit({"b.txt": None})


def message(repo: Repo) -> None:
    """The message of a commit."""
    repo.commit({"b.txt": b"x\n"}, message=f"Use {token(1).decode()}")


def merge_only(repo: Repo) -> None:
    """A merge that holds what neither side has."""
    repo.git("switch", "--quiet", "--create", "side", "HEAD~1")
    repo.commit({"side.txt": b"side\n"})
    repo.git("switch", "--quiet", "main")
    repo.merge("side", {"c.txt": KEY})


def rewritten(repo: Repo) -> None:
    """Another commit instead of the one that was pushed."""
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    repo.commit({"b.txt": KEY})


def on_a_branch(repo: Repo) -> None:
    """A commit on a new branch."""
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"b.txt": KEY})


def on_the_second_branch(repo: Repo) -> None:
    """An innocent commit on one branch, another on the next."""
    repo.commit({"b.txt": b"innocent\n"})
    on_a_branch(repo)


def tag(repo: Repo) -> None:
    """The message of a tag on what was pushed."""
    repo.git("tag", "--annotate", "v1", "--message", f"With {token(1).decode()}")


def tagged_blob(repo: Repo) -> None:
    """A tag on a file's content."""
    repo.git("tag", "v1", repo.git("hash-object", "-w", "--stdin", stdin=KEY))


def behind(repo: Repo) -> None:
    """A commit beside one that somebody else pushed, and that was not fetched."""
    other = Repo(repo.path.parent / "other")
    other.git("pull", "--quiet", repo.git("remote", "get-url", "origin"), "main")
    other.commit({"theirs.txt": b"theirs\n"})
    other.git("push", "--quiet", repo.git("remote", "get-url", "origin"), "HEAD:main")
    repo.commit({"b.txt": KEY})


STOPPED: list[tuple[Prepare, tuple[str, ...]]] = [
    # what is new, what is pushed
    (commit, MAIN),
    (deleted_again, MAIN),
    (message, MAIN),
    (merge_only, MAIN),
    (rewritten, ("--force", *MAIN)),
    (behind, ("--force", *MAIN)),
    (on_a_branch, ("origin", "side")),
    (on_a_branch, ("origin", "HEAD:refs/heads/other")),
    (on_a_branch, ("origin", ":main", "side:new")),
    (on_the_second_branch, ("origin", "main", "side")),
    (on_the_second_branch, ("--all", "origin")),
    (tag, ("origin", "v1")),
    (tag, ("--tags", "origin")),
    (tagged_blob, ("origin", "v1")),
]


@pytest.mark.parametrize(("prepare", "what"), STOPPED, ids=lambda value: getattr(value, "__name__", None))
def test_a_push_with_a_credential_is_stopped(
    pushed: Repo, server: Repo, person: Person, prepare: Prepare, what: tuple[str, ...]
) -> None:
    """Whatever ref would bring a credential, nothing is pushed; what the remote has already is not told again."""
    prepare(pushed)
    install(pushed, "pre-push")
    before = server.git("for-each-ref")
    done = person(pushed, "git", "push", *what)
    assert done.returncode != 0, done.stdout
    assert "1 finding in " in done.stdout
    assert done.stdout.count("git push --no-verify") == 1
    assert token(1).decode() not in done.stdout
    assert server.git("for-each-ref") == before


def innocent(repo: Repo) -> None:
    """An innocent commit on top of a history that is not."""
    repo.commit({"b.txt": b"innocent\n"})


def innocent_branch(repo: Repo) -> None:
    """An innocent new branch."""
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit({"b.txt": b"innocent\n"})


def elsewhere(repo: Repo) -> None:
    """An innocent commit, and a branch with a credential that is not pushed."""
    on_a_branch(repo)
    repo.git("switch", "--quiet", "main")
    repo.commit({"b.txt": b"innocent\n"})


PASSED: list[tuple[Prepare, tuple[str, ...], str]] = [
    # what is new, what is pushed, how much was scanned
    (innocent, MAIN, "2 pushed objects"),
    (innocent_branch, ("origin", "side"), "2 pushed objects"),
    (elsewhere, MAIN, "2 pushed objects"),
    (commit, ("origin", "HEAD~1:refs/heads/side"), "0 pushed objects"),
    (commit, ("origin", ":main"), "0 pushed objects"),
    (commit, ("--no-verify", *MAIN), ""),
]


@pytest.mark.parametrize(("prepare", "what", "amount"), PASSED, ids=lambda value: getattr(value, "__name__", None))
def test_a_push_without_one_is_made(
    pushed: Repo, server: Repo, person: Person, prepare: Prepare, what: tuple[str, ...], amount: str
) -> None:
    """Only what is new to the remote counts, and one line says how much that was."""
    prepare(pushed)
    install(pushed, "pre-push")
    server.git("config", "receive.denyDeleteCurrent", "ignore")
    done = person(pushed, "git", "push", *what)
    assert done.returncode == 0, done.stdout
    assert [line for line in done.stdout.splitlines() if "stanch" in line] == (
        [f"stanch: {amount}, no credentials"] if amount else []
    )


@pytest.mark.parametrize("named", [True, False])
def test_another_remote_knows_nothing(pushed: Repo, person: Person, named: bool) -> None:
    """What one remote has is new to another, which may be public: all of the history counts."""
    install(pushed, "pre-push")
    mirror = Repo(pushed.path.parent / "mirror.git", "--bare")
    if named:
        pushed.git("remote", "add", "mirror", str(mirror.path))
    done = person(pushed, "git", "push", "mirror" if named else str(mirror.path), "main")
    assert (done.returncode != 0, "old.txt:1" in done.stdout) == (True, True)


def test_a_remote_without_a_name(pushed: Repo, server: Repo, person: Person) -> None:
    """Of a remote that only an address names, what its ref led to is known, and nothing else."""
    install(pushed, "pre-push")
    innocent(pushed)
    done = person(pushed, "git", "push", str(server.path), "main")
    assert "stanch: 2 pushed objects, no credentials" in done.stdout
    done = person(pushed, "git", "push", str(server.path), "main:new")
    assert (done.returncode != 0, "old.txt:1" in done.stdout) == (True, True)


def test_a_merge_of_what_is_there(pushed: Repo, person: Person) -> None:
    """A new branch that merges what the remote has of another brings only its own."""
    pushed.git("switch", "--quiet", "--create", "side", "HEAD~1")
    pushed.commit({"b.txt": b"innocent\n"})
    pushed.git("switch", "--quiet", "main")
    pushed.commit({"c.txt": KEY})
    pushed.git("push", "--quiet", "origin", "main")
    pushed.git("switch", "--quiet", "side")
    pushed.merge("main", {})
    install(pushed, "pre-push")
    assert "no credentials" in person(pushed, "git", "push", "origin", "side").stdout


LINES = [
    # what stands on standard input
    b"refs/heads/main\n",
    b"refs/heads/main --all refs/heads/main " + b"0" * 40 + b"\n",
    b"\xff\xfe\n",
    b"refs/heads/main " + b"0" * 40 + b" refs/heads/main --not\n",
]


@pytest.mark.parametrize("line", LINES)
def test_what_git_does_not_write(pushed: Repo, person: Person, line: bytes) -> None:
    """Standard input that is not git's is an error, and no argument of a git command."""
    done = person(pushed, "stanch", "hook", "--stage", "pre-push", "origin", "url", stdin=line)
    assert (done.returncode, "standard input is not" in done.stdout) == (2, True)


def test_an_object_that_is_not_here(pushed: Repo, person: Person) -> None:
    """An object that git would push but has not cannot be looked at, and that stops the push."""
    line = f"refs/heads/main {'1' * 40} refs/heads/main {'0' * 40}\n".encode()
    done = person(pushed, "stanch", "hook", "--stage", "pre-push", "origin", "url", stdin=line)
    assert (done.returncode, "git rev-list" in done.stdout, "--no-verify" in done.stdout) == (3, True, True)
