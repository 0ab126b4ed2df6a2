"""A pre-receive hook on a server: what was pushed, while git still keeps it apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hooks.conftest import Person, install
from hooks.test_pre_push import (
    OLD,
    Prepare,
    commit,
    deleted_again,
    innocent,
    innocent_branch,
    merge_only,
    message,
    on_a_branch,
    on_the_second_branch,
    rewritten,
    tag,
    tagged_blob,
)  # fmt: skip
from repositories import Repo
from scans import token
from stanch.sources.git import discover

MAIN = ("origin", "main")


@pytest.fixture
def client(repo: Repo, server: Repo) -> Repo:
    """Make a repository whose history, with a credential, a server took before it had its hook."""
    repo.commit({"a.txt": b"first\n", "old.txt": OLD})
    repo.commit({"old.txt": None})
    repo.git("remote", "add", "origin", str(server.path))
    repo.git("push", "--quiet", "origin", "main")
    server.git("config", "receive.denyDeleteCurrent", "ignore")
    install(server, "pre-receive")
    return repo


STOPPED: list[tuple[Prepare, tuple[str, ...]]] = [
    # what is new, what is pushed
    (commit, MAIN),
    (deleted_again, MAIN),
    (message, MAIN),
    (merge_only, MAIN),
    (rewritten, ("--force", *MAIN)),
    (on_a_branch, ("origin", "side")),
    (on_a_branch, ("origin", ":main", "side:new")),
    (on_the_second_branch, ("origin", "main", "side")),
    (tag, ("origin", "v1")),
    (tagged_blob, ("origin", "v1")),
]


@pytest.mark.parametrize(("prepare", "what"), STOPPED, ids=lambda value: getattr(value, "__name__", None))
def test_a_credential_is_refused(
    client: Repo, server: Repo, person: Person, prepare: Prepare, what: tuple[str, ...]
) -> None:
    """Nothing of the push stays on the server, and who pushed reads why; what was there before is not told again."""
    prepare(client)
    before = server.git("for-each-ref"), server.git("cat-file", "--batch-all-objects", "--batch-check")
    done = person(client, "git", "push", "--no-verify", *what)
    assert done.returncode != 0, done.stdout
    assert "remote: stanch: 1 finding in " in done.stdout
    assert token(1).decode() not in done.stdout
    assert "remote:   or go on" not in done.stdout
    assert "only in history" not in done.stdout  # no ref has moved yet, so HEAD says nothing of it
    after = server.git("for-each-ref"), server.git("cat-file", "--batch-all-objects", "--batch-check")
    assert after == before


def test_what_comes_as_a_pack(client: Repo, server: Repo, person: Person) -> None:
    """A large push is kept apart as a pack, whose deltas build on what the server has."""
    server.git("config", "receive.unpackLimit", "1")
    client.commit({"a.txt": b"".join(b"line %d\n" % number for number in range(2_000))})
    assert person(client, "git", "push", "origin", "main").returncode == 0
    client.put("a.txt", (client.path / "a.txt").read_bytes() + token(1))
    client.commit()
    done = person(client, "git", "push", "origin", "main")
    assert (done.returncode != 0, "a.txt:2001" in done.stdout) == (True, True)


PASSED: list[tuple[Prepare, tuple[str, ...], str]] = [
    # what is new, what is pushed, how much was scanned
    (innocent, MAIN, "2 received objects"),
    (innocent_branch, ("origin", "side"), "2 received objects"),
    (commit, ("origin", "HEAD~1:refs/heads/side"), "0 received objects"),
    (commit, ("origin", ":main"), "0 received objects"),
]


@pytest.mark.parametrize(("prepare", "what", "amount"), PASSED, ids=lambda value: getattr(value, "__name__", None))
def test_what_holds_none_is_taken(
    client: Repo, person: Person, prepare: Prepare, what: tuple[str, ...], amount: str
) -> None:
    """The push goes through, and one line says how much was scanned."""
    prepare(client)
    done = person(client, "git", "push", *what)
    assert done.returncode == 0, done.stdout
    assert f"remote: stanch: {amount}, no credentials" in done.stdout


def test_the_first_push(repo: Repo, server: Repo, person: Person) -> None:
    """A server without any ref takes nothing unseen."""
    install(server, "pre-receive")
    repo.commit({"old.txt": OLD})
    done = person(repo, "git", "push", str(server.path), "main")
    assert (done.returncode != 0, "old.txt:1" in done.stdout) == (True, True)


def test_only_this_hook_reads_other_folders_of_objects(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other scan reads the repository's own, whatever the environment names."""
    repo.commit({"old.txt": OLD})
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(repo.path))
    repository = discover(str(repo.path))
    assert repository
    assert "GIT_OBJECT_DIRECTORY" not in repository.environment()
    assert replace(repository, quarantine=True).environment()["GIT_OBJECT_DIRECTORY"] == str(repo.path)


def test_what_git_does_not_write(client: Repo, person: Person) -> None:
    """Standard input that is not git's is an error, without advice that could not be followed."""
    done = person(client, "stanch", "hook", "--stage", "pre-receive", stdin=b"--all " + b"0" * 40 + b" x\n")
    assert done.returncode == 2
    assert "standard input is not" in done.stdout
    assert "--no-verify" not in done.stdout
