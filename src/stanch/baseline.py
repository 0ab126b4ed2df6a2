"""Baselines: known and accepted findings, in a file that is committed beside the code.

The file is JSON with one entry a line. An entry is a rule and a hash of the finding's fingerprint, so of the secret:
a finding that an incremental scan has kept without its secret is known too; `path` is a hint for people, and
`reason` is theirs to write. There are no dates and no line numbers, lines are sorted, and a closing null lets every
entry end in a comma: so lines come and go on their own, and git merges them.

The hash is scrypt (N=256, r=8, p=1: 256 KB of memory, about 1 ms). A scan that finds 1,000 secrets pays a second, and
so does a guesser for 1,000 guesses on one processor. The salt, 16 random bytes for each file, takes away the help of
tables and of other files. Still, who has the file and enough time finds a password that a person thought of.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from stanch import whole
from stanch.acceptance import Acceptance
from stanch.compat import sniff
from stanch.errors import UsageError
from stanch.model import Finding, Location, Result
from stanch.report.veil import plain, veiled
from stanch.values import dataclass, replace

SCHEMA = 1
SHOWN = 10
"""How many stale entries are named."""

_VERSION, _SALT, _ENTRIES = "stanch-baseline", "random", "accepted"
"""The file's keys. (A key `salt` with its value would be found as a secret.)"""
_HEX = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted secret of one rule."""

    rule: str
    hash: str
    path: str | None = None
    """Where it stood when it was accepted; None for what is in no file."""
    reason: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What it is sorted and found by."""
        return self.rule, self.hash

    def __str__(self) -> str:
        """Return how people find it in the file."""
        return f"{self.rule} {self.hash[:8]}" + (f" ({self.path})" if self.path else "")


class Baseline:
    """The entries of one file, and which of them have accepted something yet."""

    by_secret = False

    def __init__(self, path: Path, salt: str, entries: Iterable[Entry] = ()) -> None:
        self.path = path
        self._salt = salt
        self._entries: dict[tuple[str, str], Entry] = {}
        for entry in entries:
            self._entries[entry.key] = _joined(self._entries.get(entry.key, entry), entry)
        self._rules = {entry.rule for entry in self._entries.values()}
        self._hashes: dict[str, str] = {}
        self._used: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._entries)

    def reason(self, finding: Finding, location: Location) -> str | None:
        """Return in which file, and why, a secret is accepted; None when it is not. It is so wherever it stands."""
        if finding.rule not in self._rules:
            return None
        entry = self._entries.get((finding.rule, self._hash(finding.fingerprint)))
        if entry is None:
            return None
        self._used.add(entry.key)
        return f"in the baseline {self.path}" + (f": {entry.reason}" if entry.reason else "")

    def stale(self) -> Iterator[str]:
        """Yield the entries that have accepted nothing yet, the first SHOWN of them by name."""
        found = self.unused()
        for entry in found[:SHOWN]:
            yield f"{self.path}: {entry} accepts nothing that this scan found; `stanch baseline prune` takes it out"
        if len(found) > SHOWN:
            yield f"{self.path}: {len(found) - SHOWN:,} more entries accept nothing"

    def unused(self) -> list[Entry]:
        """Return the entries that have accepted nothing yet."""
        return [entry for key, entry in sorted(self._entries.items()) if key not in self._used]

    def add(self, result: Result) -> int:
        """Accept the findings of a result, and return how many are new.

        What was accepted keeps its reason; and its hint, as long as it stands there.
        """
        before = len(self._entries)
        for finding, shown in zip(result.findings, veiled(result).findings, strict=True):
            hints = [plain(at.path) for at in sorted(shown.locations, key=lambda at: not at.at_head) if at.path]
            new = Entry(finding.rule, self._hash(finding.fingerprint), hints[0] if hints else None)
            old = self._entries.get(new.key, new)
            self._entries[new.key] = old if old.path in hints else replace(old, path=new.path)
        self._rules = {entry.rule for entry in self._entries.values()}
        return len(self._entries) - before

    def remove(self, entries: Iterable[Entry]) -> None:
        """Take entries out."""
        for entry in entries:
            del self._entries[entry.key]

    def write(self) -> None:
        """Write the file, whole or not at all. Raises UsageError where that is not possible."""
        lines = [f"{_json(_values(entry))},\n" for _, entry in sorted(self._entries.items())]
        text = (
            f'{{\n"{_VERSION}": {SCHEMA},\n"{_SALT}": "{self._salt}",\n"{_ENTRIES}": [\n{"".join(lines)}null\n]\n}}\n'
        )
        try:
            whole.write(self.path, text.encode("utf-8", "backslashreplace"))  # a lone surrogate, as JSON writes it
        except OSError as error:
            raise UsageError(f"{self.path}: the baseline cannot be written: {error.strerror}") from error

    def _hash(self, fingerprint: str) -> str:
        known = self._hashes.get(fingerprint)
        if known is None:
            known = self._hashes[fingerprint] = hashed(fingerprint, self._salt)
        return known


def hashed(fingerprint: str, salt: str) -> str:
    """Return 32 hexadecimal digits for a finding's fingerprint; `salt` is hexadecimal too. Takes about a millisecond.

    Raises UsageError where OpenSSL forbids scrypt.
    """
    try:
        return hashlib.scrypt(fingerprint.encode(), salt=bytes.fromhex(salt), n=256, r=8, p=1, dklen=16).hex()
    except (AttributeError, ValueError) as error:
        raise UsageError("baselines need scrypt, which this Python's OpenSSL lacks or forbids (FIPS mode)") from error


def load(path: Path) -> Acceptance:
    """Return what a file of `--baseline` accepts. Other tools' files are told apart here, by what they hold.

    Raises UsageError, naming the file and what is wrong in it.
    """
    content = _content(path)
    return sniff(path, content) or _parsed(path, content)


def read(path: Path) -> Baseline:
    """Return the baseline in a file of stanch's own. Raises UsageError like `load`."""
    return _parsed(path, _content(path))


def new(path: Path) -> Baseline:
    """Return an empty baseline with a salt of its own; nothing is written yet.

    Raises UsageError when there is a file, or no folder for one.
    """
    if os.path.lexists(path):
        raise UsageError(f"{path}: exists; `stanch baseline update` adds to a baseline")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no such folder")
    return Baseline(path, os.urandom(16).hex())


def _joined(one: Entry, other: Entry) -> Entry:
    """Return one entry for two of the same secret, as a merge may leave them; no reason is lost."""
    reasons = dict.fromkeys(reason for reason in (one.reason, other.reason) if reason)
    return replace(one, reason="; ".join(reasons) or None)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: the baseline cannot be read: {error.strerror}") from error


def _parsed(path: Path, content: bytes) -> Baseline:
    try:
        document = json.loads(content, object_pairs_hook=partial(_table, path))
    except (ValueError, RecursionError) as error:
        at = f"line {error.lineno}: " if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"{path}: {at}not the JSON of a baseline; is a merge unfinished?") from error
    if not isinstance(document, dict) or _VERSION not in document:
        raise UsageError(f"{path}: not a baseline of stanch, which has the key {_VERSION!r}")
    if document[_VERSION] != SCHEMA:
        raise UsageError(f"{path}: {_VERSION}: only {SCHEMA} is known to this version of stanch")
    _only(path, "", document, (_VERSION, _SALT, _ENTRIES))
    salt, rows = document.get(_SALT), document.get(_ENTRIES)
    if not isinstance(salt, str) or not _HEX.fullmatch(salt):
        raise UsageError(f"{path}: {_SALT}: must be 32 hexadecimal digits")
    if not isinstance(rows, list) or rows[-1:] != [None]:
        raise UsageError(f"{path}: {_ENTRIES}: must be a list of entries that ends in null")
    return Baseline(path, salt, [_entry(path, f"entry {number}: ", row) for number, row in enumerate(rows[:-1], 1)])


def _table(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON. A key that stands there twice, as after two files were merged, hides a value."""
    table = dict(pairs)
    if len(table) < len(pairs):
        twice = next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number]))
        raise UsageError(f"{path}: the key {twice!r} stands twice in one object; were two baselines merged?")
    return table


def _entry(path: Path, where: str, row: Any) -> Entry:
    if not isinstance(row, dict):
        raise UsageError(f"{path}: {where}must be an object")
    _only(path, where, row, ("rule", "hash", "path", "reason"))
    for key in ("rule", "hash"):
        if key not in row:
            raise UsageError(f"{path}: {where}{key}: is missing")
    for key, value in row.items():
        if not isinstance(value, str):
            raise UsageError(f"{path}: {where}{key}: must be a string")
    if not _HEX.fullmatch(row["hash"]):
        raise UsageError(f"{path}: {where}hash: must be 32 hexadecimal digits")
    return Entry(**row)


def _only(path: Path, where: str, table: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            raise UsageError(f"{path}: {where}unknown key {key!r}; known are {', '.join(keys)}")


def _values(entry: Entry) -> dict[str, str]:
    values = {"rule": entry.rule, "hash": entry.hash, "path": entry.path, "reason": entry.reason}
    return {key: value for key, value in values.items() if value is not None}


def _json(values: dict[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False)
