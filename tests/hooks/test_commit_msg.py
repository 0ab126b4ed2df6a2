"""A commit-msg hook: the message of a commit that is being made."""

from __future__ import annotations

import pytest

from hooks.conftest import Person, executable, install
from repositories import Repo
from scans import token

TEXT = token(1).decode()


@pytest.fixture
def writer(repo: Repo) -> Repo:
    """Make a repository with a credential in a file, and a hook for messages."""
    repo.commit({"a.txt": b"first\n", "old.txt": token(1) + b"\n"})
    install(repo, "commit-msg")
    return repo


@pytest.mark.parametrize(("message", "status"), [(f"Use {TEXT}", 1), ("Say it\n\nLonger.", 0)])
def test_a_message(writer: Repo, person: Person, message: str, status: int) -> None:
    """A credential in the message stops the commit."""
    done = person(writer, "git", "commit", "--allow-empty", "-m", message)
    assert done.returncode == status
    assert ("stanch: 1 commit message, no credentials" in done.stdout) == (status == 0)
    assert TEXT not in done.stdout.replace(message, "")


def test_the_changes_below_a_message_are_none_of_it(writer: Repo, person: Person) -> None:
    """`git commit --verbose` shows the changes below the message: a line that goes is no reason to stop."""
    writer.git("rm", "--quiet", "old.txt")
    editor = writer.path / ".git" / "editor"
    executable(editor, 'printf "Message\\n%s\\n" "$(cat "$1")" > "$1"')
    done = person(writer, "git", "commit", "--verbose", GIT_EDITOR=str(editor))
    assert (done.returncode, "no credentials" in done.stdout) == (0, True)
    assert TEXT in writer.git("show", "HEAD")


@pytest.mark.parametrize(
    ("options", "path", "named"), [((), "gone", "unreadable"), (("--max-size", "5"), "a.txt", "too-large")]
)
def test_a_message_that_cannot_be_read(
    writer: Repo, person: Person, options: tuple[str, ...], path: str, named: str
) -> None:
    """What could not be looked at stops the commit."""
    done = person(writer, "stanch", "hook", *options, "--stage", "commit-msg", path)
    assert (done.returncode, named in done.stdout) == (3, True)
