"""The file of `--verify-cache`: verdicts by a salted hash of what was asked, and no secret."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from stanch import cache, whole
from stanch.errors import OutputError, UsageError
from stanch.model import Status, Verdict

SCHEMA = 1
ROUNDS = 1_000
"""Rounds of PBKDF2, as for a finding's fingerprint: the file must not make guessing weak secrets cheap."""
_KEPT = (Status.LIVE, Status.DEAD)


class Remembered:
    """Verdicts of earlier runs that are young enough, and those of this run. Without a file it remembers nothing."""

    def __init__(self, path: Path | None, age: timedelta, now: datetime | None = None) -> None:
        """Raises UsageError for a file that cannot be read, or is something else."""
        self._path, self._now = path, now or datetime.now(UTC)
        self._oldest = self._now - age
        self._salt = os.urandom(16)
        self._verdicts: dict[str, Verdict] = {}
        self._changed = False
        if path is not None and os.path.lexists(path):
            self._salt, self._verdicts = self._read(path)

    def _read(self, path: Path) -> tuple[bytes, dict[str, Verdict]]:
        content = cache.read_own(path)
        if content is None:
            raise UsageError(f"--verify-cache {path}: cannot be read, or others than its owner may write it")
        try:
            said = json.loads(content)
            if said["schema"] != SCHEMA:
                raise ValueError(said["schema"])
            found = {key: _verdict(value) for key, value in said["verdicts"].items()}
            return bytes.fromhex(said["salt"]), {key: kept for key, kept in found.items() if self._is_young(kept)}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UsageError(f"--verify-cache {path}: is no such cache; name another file") from error

    def _is_young(self, verdict: Verdict) -> bool:
        at = datetime.fromisoformat(verdict.checked_at or "")
        return self._oldest <= at <= self._now + timedelta(minutes=5)

    def key(self, rule: str, secret: bytes, parts: Mapping[str, bytes], how: str) -> str:
        """Return the name of a question; `how` says where it is asked, and what the rule says of that."""
        if self._path is None:
            return ""
        pieces = [rule.encode(), how.encode(), *(piece for pair in sorted(parts.items()) for piece in _bytes(pair))]
        asked = b"".join(len(piece).to_bytes(4) + piece for piece in (*pieces, secret))
        return hashlib.pbkdf2_hmac("sha256", asked, self._salt, ROUNDS, 16).hex()

    def get(self, key: str) -> Verdict | None:
        """Return what is remembered of a question, or None."""
        return self._verdicts.get(key)

    def put(self, key: str, verdict: Verdict) -> None:
        """Remember a verdict that says something."""
        if self._path is not None and verdict.status in _KEPT:
            self._verdicts[key] = verdict
            self._changed = True

    def write(self) -> None:
        """Write the file, whole or not at all, for its owner alone. Raises OutputError."""
        if self._path is None or not self._changed:
            return
        said = {
            "schema": SCHEMA,
            "salt": self._salt.hex(),
            "verdicts": {
                key: {"status": kept.status.value, **{name: getattr(kept, name) for name in _FIELDS}}
                for key, kept in sorted(self._verdicts.items())
            },
        }
        try:
            whole.write(self._path, (json.dumps(said, indent=1) + "\n").encode(), private=True)
        except OSError as error:
            raise OutputError(f"--verify-cache {self._path}: cannot be written: {error.strerror}") from error


_FIELDS = ("detail", "identity", "checked_at")


def _verdict(value: Any) -> Verdict:
    status = Status(value["status"])
    fields = {name: value[name] for name in _FIELDS}
    if status not in _KEPT or not all(field is None or isinstance(field, str) for field in fields.values()):
        raise ValueError(status)
    return Verdict(status, **fields)


def _bytes(pair: tuple[str, bytes]) -> tuple[bytes, bytes]:
    return pair[0].encode(), pair[1]
