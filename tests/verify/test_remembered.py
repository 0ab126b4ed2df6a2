"""The file of verdicts: what is kept, for how long, and what is no such file."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stanch.errors import OutputError, UsageError
from stanch.model import Status, Verdict
from stanch.verify.remembered import Remembered

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LIVE = Verdict(Status.LIVE, "scopes: a", "me", NOW.isoformat())
ASKED = ("acme-token", b"the secret", {"acme-id": b"the id"}, "")


def test_kept(tmp_path: Path) -> None:
    """Live and dead are kept until they are old; unknown is not. Nothing of what was asked is in the file."""
    path = tmp_path / "kept"
    memory = Remembered(path, DAY, NOW)
    key, other = memory.key(*ASKED), memory.key("acme-token", b"other", {}, "")
    memory.put(key, LIVE)
    memory.put(other, Verdict(Status.UNKNOWN, "network", None, NOW.isoformat()))
    memory.write()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = Remembered(path, DAY, NOW + timedelta(hours=23))
    assert again.key(*ASKED) == key
    assert (again.get(key), again.get(other)) == (LIVE, None)
    assert Remembered(path, DAY, NOW + timedelta(hours=25)).get(key) is None
    assert Remembered(path, DAY, NOW - timedelta(hours=1)).get(key) is None
    assert not any(word in path.read_text() for word in ("acme", "the secret", "the id"))


DIFFERENT = [
    ("other-token", b"the secret", {"acme-id": b"the id"}, ""),
    ("acme-token", b"the secre", {"acme-id": b"the id"}, ""),
    ("acme-token", b"the secret", {"acme-id": b"another"}, ""),
    ("acme-token", b"the secret", {}, ""),
    ("acme-token", b"the secret", {"acme-id": b"the id"}, "https://own.test"),
]


@pytest.mark.parametrize("other", DIFFERENT)
def test_different_questions(other: tuple[str, bytes, dict[str, bytes], str], tmp_path: Path) -> None:
    """Another rule, secret, part or place is another question; and another file has another salt."""
    memory = Remembered(tmp_path / "kept", DAY, NOW)
    assert memory.key(*ASKED) != memory.key(*other)
    assert memory.key(*ASKED) != Remembered(tmp_path / "more", DAY, NOW).key(*ASKED)


WRONG = [
    "", "{}", "[]", "null", '{"schema": 2, "salt": "00", "verdicts": {}}', '{"schema": 1, "salt": "x", "verdicts": {}}',
    '{"schema": 1, "salt": "00", "verdicts": []}', '{"schema": 1, "salt": "00", "verdicts": {"a": {"status": "live"}}}',
    json.dumps({"schema": 1, "salt": "00", "verdicts": {
        "a": {"status": "unknown", "detail": None, "identity": None, "checked_at": NOW.isoformat()}}}),
    json.dumps({"schema": 1, "salt": "00", "verdicts": {
        "a": {"status": "live", "detail": None, "identity": None, "checked_at": "2026-01-02T12:00:00"}}}),
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_no_cache(text: str, tmp_path: Path) -> None:
    """Whatever else is in a file of that name, it is not used, and not written over."""
    path = tmp_path / "kept"
    path.write_text(text)
    with pytest.raises(UsageError, match="is no such cache"):
        Remembered(path, DAY, NOW)
    assert path.read_text() == text


def test_a_file_that_others_may_write(tmp_path: Path) -> None:
    """Verdicts that somebody else may have written are not believed."""
    path = tmp_path / "kept"
    memory = Remembered(path, DAY, NOW)
    memory.put(memory.key(*ASKED), LIVE)
    memory.write()
    path.chmod(0o666)
    with pytest.raises(UsageError, match="others than its owner may write it"):
        Remembered(path, DAY, NOW)


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A cache that cannot be written is an error."""
    memory = Remembered(tmp_path / "gone" / "kept", DAY, NOW)
    memory.put(memory.key(*ASKED), LIVE)
    with pytest.raises(OutputError, match="cannot be written"):
        memory.write()


def test_without_a_file() -> None:
    """Without a file nothing is remembered."""
    memory = Remembered(None, DAY, NOW)
    memory.put(memory.key(*ASKED), LIVE)
    memory.write()
    assert memory.get("") is None
