"""What can be wrong with a store's database, and what is said of it."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from scans import token
from stanch.errors import OutputError, StanchError, UsageError
from stanch.sweep import store
from stanch.sweep.store import database
from sweep.store.conftest import PASSWORD, Server
from sweep.store.samples import listed, swept
from verify.checks.daemons import free_port

OTHER = token(78).decode()


def garbage(path: Path) -> None:
    """Put something there that is no database."""
    path.write_bytes(b"not a database, but long enough to be looked at " * 50)


def nothing(path: Path) -> None:
    """Leave the place empty."""


FILES: list[tuple[Callable[[Path], None], str, str]] = [
    (garbage, "is no SQLite database; name another store with --store", "another file"),
    (Path.mkdir, "cannot be opened: Is a directory", "a folder"),
    (lambda path: path.symlink_to(path / "x"), "cannot be opened: Too many", "a link to itself"),
    (lambda path: path.parent.joinpath("file").touch(), "cannot be opened", "a file where a folder should be"),
]


@pytest.mark.parametrize(("make", "words", "why"), FILES, ids=[case[-1] for case in FILES])
def test_files_that_are_no_store(tmp_path: Path, make: Callable[[Path], None], words: str, why: str) -> None:
    """A file that cannot be used is named, with what to do."""
    path = tmp_path / "stanch.db"
    make(path)
    if (tmp_path / "file").exists():
        path = tmp_path / "file" / "stanch.db"
    with pytest.raises(UsageError, match=words) as raised:
        store.open(str(path))
    assert str(raised.value).startswith(str(path))


URLS = [
    ("mysql://ann@localhost/x", "a store is a file's path, or postgresql://", "another kind of database"),
    ("postgresql://ann:{}@[::1/x", "cannot be read", "a URL that is none"),
    ("postgresql://ann:{}@localhost/x?connect_timeout=3", "connect_timeout: only sslmode", "a key that is not known"),
    ("postgresql://ann:{}@localhost/x?sslmode=maybe", "known are disable, prefer", "a mode that is not known"),
    ("postgresql://ann:{}@localhost/x?sslmode=require&sslrootcert=/none.pem", "No such file", "no such authorities"),
    ("postgresql://ann:{}@127.0.0.1:{port}/x", "Can't create a connection", "no server"),
]


@pytest.mark.parametrize(("url", "words", "why"), URLS, ids=[case[-1] for case in URLS])
def test_urls(url: str, words: str, why: str) -> None:
    """A URL that cannot be used is told, its password never."""
    with pytest.raises(UsageError, match=words) as raised:
        store.open(url.replace("{}", OTHER).replace("{port}", str(free_port())))
    assert OTHER not in str(raised.value)


SERVERS = [
    ("postgresql://keeper:{}@127.0.0.1:{port}/{name}?sslmode=require", None, "TLS, and the password in the URL"),
    ("postgres://keeper:{}@127.0.0.1:{port}/{name}?sslmode=disable", None, "no TLS"),
    ("postgresql+pg8000://keeper:{}@127.0.0.1:{port}/{name}", None, "TLS where there is some"),
    ("postgresql://keeper:{}@127.0.0.1:{port}/{name}?sslmode=verify-full", "certificate", "an unknown certificate"),
    ("postgresql://keeper:{wrong}@127.0.0.1:{port}/{name}", "refuses the password", "a wrong password"),
    ("postgresql://keeper:{}@127.0.0.1:{port}/nowhere", "no database of that name", "no such database"),
]


@pytest.mark.slow
def test_servers(server: Server) -> None:
    """What a real server says is told in words, and never with a password."""
    name = server.made()
    for url, words, why in SERVERS:
        told = url.replace("{}", PASSWORD).replace("{wrong}", OTHER)
        told = told.replace("{port}", str(server.port)).replace("{name}", name)
        if words is None:
            with store.open(told) as kept:
                assert kept.name == f"postgresql://keeper@127.0.0.1:{server.port}/{name}", why
            continue
        with pytest.raises(UsageError, match=words) as raised:
            store.open(told)
        assert PASSWORD not in str(raised.value), why
        assert OTHER not in str(raised.value), why


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    """The files beside it too; a file that others could read is closed to them."""
    path = tmp_path / "state" / "stanch.db"
    with store.open(str(path)) as kept:
        kept.begin("s", ["t"])
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == dict.fromkeys(("stanch.db", "stanch.db-wal", "stanch.db-shm", "stanch.db.lock"), 0o600)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    store.open(str(path)).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_disk(tmp_path: Path) -> None:
    """It is told with what to do; what was recorded before is there, and with room it goes on."""
    url = str(tmp_path / "a.db")
    with store.open(url) as kept:
        run = kept.begin("s", ["t"])
        run.list(listed("a", "b"))
        run.record(swept("a", 1))
        before = list(kept.rows())
    small = store.open(url)
    event.listen(small.database._engine, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 40").close())
    small.database._engine.dispose()
    again = small.unfinished("s", ["t"])
    assert again is not None
    large = swept("b", *range(2, 30), paths=[f"{'long' * 40}/{number}" for number in range(20)])
    with pytest.raises(OutputError, match=r"the disk is full; what was recorded before is kept: make room .* --resume"):
        again.record(large)
    assert list(small.rows()) == before
    small.close()
    with store.open(url) as kept:
        again = kept.unfinished("s", ["t"])
        assert again is not None
        assert [one.name for one in again.pending()] == ["b"]
        assert again.record(large)


def test_a_store_that_stays_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer waits for another one, and not for ever."""
    url = str(tmp_path / "a.db")
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    with store.open(url) as kept:
        other = sqlite3.connect(url, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StanchError, match="another process is writing to it"):
            kept.begin("s", ["t"])
        other.close()
        assert kept.begin("s", ["t"]).id == 1


PLACES = [
    ({"STANCH_STORE": "postgresql://h/x", "XDG_STATE_HOME": "/s"}, "postgresql://h/x", "the one that is named"),
    ({"XDG_STATE_HOME": "/s"}, "/s/stanch/stanch.db", "the user's folder for states"),
    ({"HOME": "/home/ann"}, "/home/ann/.local/state/stanch/stanch.db", "where that is by default"),
]


@pytest.mark.parametrize(("environment", "place", "why"), PLACES, ids=[case[-1] for case in PLACES])
def test_default(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], place: str, why: str) -> None:
    """Where the store is when nobody says."""
    for name in ("STANCH_STORE", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert store.default() == place


@pytest.mark.parametrize("url", ["none.db", "empty.db"])
def test_reading_makes_no_store(tmp_path: Path, url: str) -> None:
    """Where there is none it is said how one is made."""
    (tmp_path / "empty.db").touch()
    with pytest.raises(UsageError, match="`stanch sweep` makes one"):
        store.open(str(tmp_path / url), create=False)
    assert not (tmp_path / "none.db").exists()
