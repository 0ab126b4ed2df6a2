"""A plan carried out, and back: what is in the store, in the files and in the journal, and what is refused."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from remediate.projects import contents, planned, written
from remediate.servers import address
from repositories import Repo
from scans import token
from stanch.remediate.apply import Applying, Outcome, State
from stanch.remediate.journal import Journal, JournalError
from stanch.remediate.stores import Address, Held, Store, StoreError, opened
from stanch.remediate.worktree import Worktree

STRIPE, SLACK = token(2, "stripe-secret-key-live"), token(4, "slack-bot-token")
FILES = {
    "a.py": b"stripe_key = '%b'\nslack_token = '%b'\n" % (STRIPE, SLACK),
    "web/.env": b"STRIPE_KEY=%b\r\nDEBUG=1" % STRIPE,
}
READ = b"""import os
stripe_key = os.environ["STRIPE_KEY"]
slack_token = os.environ["SLACK_TOKEN"]
"""
DONE = {"a.py": READ, "web/.env": b"STRIPE_KEY=${STRIPE_KEY}\r\nDEBUG=1"}


class Doing:
    """A folder with files, and what is done to it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.worktree = Worktree(folder)
        self.opener = opened

    def run(self, *, overwrite: bool = False, undo: bool = False) -> list[Outcome]:
        """Apply the plan for the folder, or undo; return all outcomes."""
        journal = Journal(self.worktree.journal)
        try:
            applying = Applying(self.worktree, journal, self.opener)
            if undo:
                return list(applying.undo())
            resumed = list(applying.resume())
            moves = planned(self.folder, store="ssm", applied=True).moves
            return [*resumed, *applying.run(moves, lambda store: address(self.url, store), overwrite=overwrite)]
        finally:
            journal.close()

    def stored(self) -> dict[str, bytes | None]:
        """Return what the store has."""
        store = opened(address(self.url))
        held = {name: store.get(name) for name in ("/shop/STRIPE_KEY", "/shop/SLACK_TOKEN")}
        return {name: found and found.value for name, found in held.items()}


@pytest.fixture
def doing(tmp_path: Path, aws: str) -> Doing:
    """Return a folder with two secrets in two files."""
    return Doing(written(tmp_path / "shop", FILES), aws)


def states(outcomes: list[Outcome]) -> list[State]:
    """Return how far the moves are."""
    return [outcome.state for outcome in outcomes]


def test_secrets_go_to_the_store_and_out_of_the_files(doing: Doing) -> None:
    """Both are in the store as they were, and no file of the folder has them: neither the patched, nor the journal."""
    assert states(doing.run()) == [State.DONE, State.DONE]
    assert doing.stored() == {"/shop/STRIPE_KEY": STRIPE, "/shop/SLACK_TOKEN": SLACK}
    assert contents(doing.folder) == DONE
    kept = doing.worktree.journal.read_bytes()
    assert kept.count(b'"step": "done"') == 2
    assert STRIPE not in kept
    assert SLACK not in kept


def test_the_outcome_says_how_the_store_calls_it(doing: Doing) -> None:
    """A policy can then name it in full."""
    assert {outcome.arn.partition(":parameter")[2] for outcome in doing.run()} == {
        "/shop/STRIPE_KEY",
        "/shop/SLACK_TOKEN",
    }


def test_and_back(doing: Doing) -> None:
    """The files are what they were, to the byte; the store keeps the values; there is nothing more to undo."""
    doing.run()
    assert states(doing.run(undo=True)) == [State.UNDONE, State.UNDONE]
    assert contents(doing.folder) == FILES
    assert doing.stored()["/shop/STRIPE_KEY"] == STRIPE
    assert doing.run(undo=True) == []


def test_a_second_time_nothing_is_left_to_do(doing: Doing) -> None:
    """And what was undone can be done again: the store has the same value already."""
    doing.run()
    assert doing.run() == []
    doing.run(undo=True)
    assert states(doing.run()) == [State.DONE, State.DONE]
    assert contents(doing.folder) == DONE


def test_only_the_last_run_is_undone(doing: Doing) -> None:
    """A file that came later is one of another run."""
    doing.run()
    written(doing.folder, {"b.py": b"k = '%b'\n" % token(9, "stripe-secret-key-live")})
    doing.run()
    doing.run(undo=True)
    assert contents(doing.folder)["a.py"] == READ
    assert token(9, "stripe-secret-key-live") in contents(doing.folder)["b.py"]


def test_modes_stay_and_the_journal_is_the_users_own(doing: Doing) -> None:
    """A script stays one, a private file stays private; nobody else can read the journal."""
    (doing.folder / "a.py").chmod(0o750)
    (doing.folder / "web/.env").chmod(0o600)
    doing.run()
    modes = [stat.S_IMODE((doing.folder / path).stat().st_mode) for path in FILES]
    assert modes == [0o750, 0o600]
    assert stat.S_IMODE(doing.worktree.journal.stat().st_mode) == 0o600


def test_another_value_is_never_overwritten(doing: Doing) -> None:
    """That move fails and says how to go on, its file stays as it is, and the others of that file wait."""
    opened(address(doing.url)).put("/shop/STRIPE_KEY", b"somebody else's", new=True)
    outcomes = doing.run()
    assert states(outcomes) == [State.FAILED, State.FAILED]
    assert "--overwrite" in outcomes[0].why
    assert "another move of the same file" in outcomes[1].why
    assert contents(doing.folder) == FILES
    assert doing.stored()["/shop/STRIPE_KEY"] == b"somebody else's"
    assert states(doing.run(overwrite=True)) == [State.DONE, State.DONE]
    assert doing.stored()["/shop/STRIPE_KEY"] == STRIPE


class Forgetful:
    """A store that says yes and keeps something else."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def get(self, name: str, version: str | None = None) -> Held | None:
        """Return what it has made of a value."""
        return Held(self.held[name], "1", "") if name in self.held else None

    def put(self, name: str, value: bytes, *, new: bool) -> None:
        """Keep the value without its last byte."""
        self.held[name] = value[:-1]


class Full(Forgetful):
    """A store that refuses."""

    def put(self, name: str, value: bytes, *, new: bool) -> None:
        """Refuse."""
        raise StoreError(f"{name}: there is no room")


@pytest.mark.parametrize(("store", "said"), [(Forgetful, "not what was stored"), (Full, "no room")])
def test_a_store_that_does_not_keep_it(doing: Doing, store: type[Store], said: str) -> None:
    """What does not come back as it was put there leaves the files alone."""
    doing.opener = lambda _: store()  # type: ignore[assignment]
    outcomes = doing.run()
    assert states(outcomes) == [State.FAILED, State.FAILED]
    assert said in outcomes[0].why
    assert contents(doing.folder) == FILES
    assert doing.run(undo=True) == []


def test_a_file_that_has_changed_is_not_undone(doing: Doing) -> None:
    """Somebody has worked on it since: it stays, and the message says where the value is."""
    doing.run()
    edited = {"a.py": READ + b"print(1)\n"}
    written(doing.folder, edited)
    outcomes = doing.run(undo=True)
    assert states(outcomes) == [State.FAILED, State.FAILED]
    assert "a.py has changed since" in outcomes[0].why
    assert "/shop/SLACK_TOKEN" in outcomes[0].why
    assert contents(doing.folder) == {**DONE, **edited}


def test_a_value_that_the_store_has_lost_is_not_undone(doing: Doing) -> None:
    """No file gets a value that was not in it: what is there under that name now is another one."""
    doing.run()
    opened(address(doing.url)).put("/shop/SLACK_TOKEN", b"rotated", new=False)
    assert states(doing.run(undo=True)) == [State.UNDONE, State.UNDONE]  # the version that was put there
    assert contents(doing.folder) == FILES


def test_a_version_that_is_gone_is_not_undone(doing: Doing) -> None:
    """Then the file stays as it is."""
    doing.run()

    def empty(_: Address) -> Store:
        return Forgetful()

    doing.opener = empty
    first, second = doing.run(undo=True)
    assert "/shop/SLACK_TOKEN is not in the store any more" in first.why
    assert "later move of the same file" in second.why
    assert contents(doing.folder) == DONE


def test_two_at_once(doing: Doing) -> None:
    """The journal is one process's: the other one goes away."""
    journal = Journal(doing.worktree.journal)
    with pytest.raises(JournalError, match="at work here"):
        doing.run()
    journal.close()
    assert states(doing.run()) == [State.DONE, State.DONE]


@pytest.mark.parametrize(
    "content",
    [
        b"no journal\n",
        b'{"schema": 2, "marks": ""}\n',
        b"[]\n",
        b'{"schema": 1, "marks": "00"}\n{"move": 1}\n',
        b"\xff\n",
    ],
)
def test_a_journal_that_is_none(doing: Doing, content: bytes) -> None:
    """It is not written to, and nothing is done."""
    doing.worktree.journal.parent.mkdir(parents=True)
    doing.worktree.journal.write_bytes(content)
    with pytest.raises(JournalError):
        doing.run()
    assert doing.worktree.journal.read_bytes() == content
    assert contents(doing.folder) == FILES


def test_a_journal_that_is_a_link(doing: Doing, tmp_path: Path) -> None:
    """Whoever may write in the folder cannot have another file overwritten."""
    other = tmp_path / "other"
    other.write_bytes(b"")
    doing.worktree.journal.parent.mkdir(parents=True)
    doing.worktree.journal.symlink_to(other)
    with pytest.raises(JournalError):
        doing.run()
    assert other.read_bytes() == b""


# what is done to the file after the commit, is it dirty then
CHANGES: list[tuple[str, dict[str, bytes], bool]] = [
    ("nothing", {}, False),
    ("line ends of Windows", {"a.py": FILES["a.py"].replace(b"\n", b"\r\n")}, False),
    ("another line", {"a.py": FILES["a.py"] + b"x = 1\n"}, True),
    ("another file", {"b.py": b"x = 1\n"}, False),
]


@pytest.mark.parametrize(("what", "changes", "dirty"), CHANGES)
def test_a_dirty_file(repo: Repo, what: str, changes: dict[str, bytes], dirty: bool) -> None:
    """One with changes that are not committed is told, whatever git's configuration runs; what git ignores is none."""
    repo.commit({**FILES, ".gitignore": b"web/\n"})
    repo.git("config", "filter.x.clean", "touch ran")
    repo.put(".git/info/attributes", b"* filter=x\n")
    written(repo.path, changes)
    assert Worktree(repo.path).is_dirty("a.py") is dirty, what
    assert Worktree(repo.path).is_dirty("web/.env") is False
    if dirty:
        repo.git("-c", "filter.x.clean=", "add", "a.py")
        assert Worktree(repo.path).is_dirty("a.py"), "in the index it is not committed either"
    assert not (repo.path / "ran").exists()


def test_what_we_have_left_dirty_is_ours(repo: Repo, aws: str) -> None:
    """A second run goes on with files that the first has patched."""
    repo.commit(dict(FILES))
    doing = Doing(repo.path, aws)
    doing.run()
    journal = Journal(doing.worktree.journal)
    moves = planned(repo.path, store="ssm").moves
    assert Worktree(repo.path).is_dirty("a.py")
    assert Applying(doing.worktree, journal, opened).dirty(moves) == []
    journal.close()


@pytest.mark.parametrize("path", ["../out.py", "/etc/passwd", "link/a.py", "link.py", "a\0.py"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    """A report may name any; links are not followed."""
    folder = written(tmp_path / "in", {"a.py": b""})
    written(tmp_path, {"out.py": b"x", "far/a.py": b"x"})
    (folder / "link").symlink_to(tmp_path / "far")
    (folder / "link.py").symlink_to(tmp_path / "out.py")
    assert Worktree(folder).read(path) is None


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    """No file under way is left behind by any test."""
    yield
    assert not list(tmp_path.rglob("*.partial"))
