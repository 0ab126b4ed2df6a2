"""The journal of what `fix --apply` does, step by step, so that it can be gone on with or undone; it holds no secret.

A file of JSON lines that only the user can read. Values are told by salted hashes, files by those of what they hold
afterwards; where a secret stood in what an edit has replaced, the journal has a gap.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from stanch.errors import StanchError
from stanch.remediate.forms import FORMS, pieces, written
from stanch.remediate.model import Action, Change, Move, Setting
from stanch.remediate.stores import Address

SCHEMA = 1


class JournalError(StanchError):
    """A journal that cannot be read, written, or is in use."""


class Gap(NamedTuple):
    """Where a part of a secret stood: that of the value from `start` to `end`, as a form writes it."""

    form: str
    start: int
    end: int | None


class Step(NamedTuple):
    """One replacement in a file, and how to take it back."""

    start: int
    end: int
    text: bytes
    before: tuple[bytes | Gap, ...]
    """What it replaced, in parts, with gaps where the secret stood."""

    def old(self, value: bytes) -> bytes:
        """Return what it replaced, given the secret."""
        return b"".join(
            FORMS[part.form](value)[part.start : part.end] if isinstance(part, Gap) else part for part in self.before
        )


class File(NamedTuple):
    """What a move does to one file."""

    path: str
    made: bool
    """Was there no such file before?"""
    steps: tuple[Step, ...]
    after: str
    """The mark of what it holds then."""

    def forth(self, data: bytes) -> bytes | None:
        """Return the file's bytes after the move, from those before it; None where they cannot be those."""
        return _replaced(data, [(step.start, step.end, step.text) for step in self.steps])

    def back(self, data: bytes, value: bytes) -> bytes | None:
        """Return the file's bytes before the move, from those after it and the secret."""
        edits, shift = [], 0
        for step in self.steps:
            start = step.start + shift
            edits.append((start, start + len(step.text), step.old(value)))
            shift += len(step.text) - (step.end - step.start)
        return _replaced(data, edits)


def _replaced(data: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes | None:
    parts, at = [], 0
    for start, end, text in edits:
        if not at <= start <= end <= len(data):
            return None
        parts += [data[at:start], text]
        at = end
    return b"".join([*parts, data[at:]])


class Access(NamedTuple):
    """How the functions of an account are reached: as whom, and where they are not where the cloud has them."""

    profile: str | None = None
    endpoint: str | None = None
    subscription: str | None = None


class Live(NamedTuple):
    """What a move does to a setting of a deployed function."""

    setting: Setting
    action: Action
    access: Access


class Begun(NamedTuple):
    """A move as the journal knows it: of files, or of a setting."""

    number: int
    run: int
    rule: str
    name: str
    address: Address
    form: str
    value: str
    """The seal of the value."""
    files: tuple[File, ...]
    live: Live | None = None
    version: str | None = None
    """The version in the store; None as long as it is not known to be there."""
    ended: str | None = None
    """`done`, `undone` or `dropped`; None: under way."""


class Journal:
    """The journal at `path`, for this process alone until it is closed."""

    def __init__(self, path: Path) -> None:
        """Open a journal, or begin one. Raises JournalError when it is none, is in use, or cannot be written."""
        self.path = path
        self.moves: dict[int, Begun] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.fchmod(self._descriptor, 0o600)
            self._read()
        except BlockingIOError as error:
            raise JournalError(f"{path}: another `stanch fix` is at work here") from error
        except OSError as error:
            raise JournalError(f"{path}: the journal cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Let others have it. One that holds no move is removed."""
        if not self.moves:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _read(self) -> None:
        """Read what is there. A last line without an end was being written when its process was killed."""
        with open(self.path, "rb") as file:
            content = file.read()
        kept = content[: content.rfind(b"\n") + 1]
        os.ftruncate(self._descriptor, len(kept))
        os.lseek(self._descriptor, 0, os.SEEK_END)
        lines = kept.splitlines()
        try:
            head: dict[str, Any] = json.loads(lines[0]) if lines else {"schema": SCHEMA, "marks": os.urandom(16).hex()}
            if head["schema"] != SCHEMA:
                raise JournalError(f"{self.path}: written by another version of stanch; finish it with that")
            self._salt = bytes.fromhex(head["marks"])
            for line in lines[1:]:
                self._take(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise JournalError(f"{self.path}: not a journal of stanch") from error
        self.run = 1 + max((move.run for move in self.moves.values()), default=0)
        if not lines:
            self._append(head)

    def _take(self, record: dict[str, Any]) -> None:
        number, step = record["move"], record["step"]
        if step == "begun":
            self.moves[number] = _begun(record)
        elif step == "stored":
            self.moves[number] = self.moves[number]._replace(version=record["version"])
        elif step in ("done", "undone", "dropped"):
            self.moves[number] = self.moves[number]._replace(ended=step)

    def _append(self, record: dict[str, Any]) -> None:
        try:
            line = memoryview(json.dumps(record).encode() + b"\n")
            while line:
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise JournalError(f"{self.path}: the journal cannot be written: {error.strerror}") from error

    def write(self, step: str, number: int, **more: Any) -> None:
        """Note a step of a move; it is on the disk when this returns."""
        record = {"move": number, "step": step, **more}
        self._append(record)
        self._take(record)

    @property
    def last(self) -> int:
        """The last run with a move that is not undone; 0 for none."""
        return max((move.run for move in self.moves.values() if move.ended in (None, "done")), default=0)

    def undoable(self, run: int | None = None) -> list[Begun]:
        """Return the moves of a run that are not undone, the last first; without `run` those of the last one."""
        run = self.last if run is None else run
        open_ = (move for move in self.moves.values() if move.run == run and move.ended in (None, "done"))
        return sorted(open_, key=lambda move: -move.number)

    def begin_live(self, rule: str, name: str, address: Address, value: bytes, live: Live) -> Begun:
        """Note what is going to be done to a deployed function; nothing of it is done yet."""
        number = max(self.moves, default=0) + 1
        self.write(
            "begun", number, run=self.run, rule=rule, name=name, address=address._asdict(), form="plain",
            value=self.seal(value), files=[],
            live={"setting": list(live.setting), "action": live.action.value, "access": list(live.access)},
        )  # fmt: skip
        return self.moves[number]

    def begin(self, move: Move, address: Address) -> Begun:
        """Note what is going to be done; nothing of it is done yet."""
        number = max(self.moves, default=0) + 1
        name = move.reference.name if move.reference else ""
        self.write(
            "begun", number, run=self.run, rule=move.finding.rule, name=name, address=address._asdict(),
            form=move.form, value=self.seal(move.value), files=[self._file(change, move) for change in move.changes],
        )  # fmt: skip
        return self.moves[number]

    def _file(self, change: Change, move: Move) -> dict[str, Any]:
        before = change.before or b""
        steps = [[e.start, e.end, _text(e.text), _parts(before[e.start : e.end], move)] for e in change.edits]
        return {"path": change.path, "made": change.before is None, "steps": steps, "after": self.mark(change.after)}

    def mark(self, data: bytes) -> str:
        """Return what tells a file's content from others, in this journal alone."""
        return hashlib.blake2b(data, key=self._salt, digest_size=16).hexdigest()

    def seal(self, value: bytes) -> str:
        """Return what tells a value from others, and nothing of what it is: that takes long, since a value is short."""
        digest = hashlib.sha256(value).digest()
        return hashlib.scrypt(digest, salt=self._salt, n=1 << 13, r=8, p=1, dklen=16).hex()


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _parts(old: bytes, move: Move) -> list[str | Gap]:
    """Return what an edit replaces, with a gap wherever the secret stands in it, in any form or in pieces."""
    found: list[str | Gap] = []
    at = 0
    for start, end, gap in _gaps(old, move):
        if start >= at:
            found += [_text(old[at:start])] if start > at else []
            found.append(gap)
            at = end
    return [*found, _text(old[at:])] if at < len(old) else found


def _gaps(old: bytes, move: Move) -> list[tuple[int, int, Gap]]:
    """Return where the secret stands in a text, from its front, the longest first where two begin together."""
    found = []
    for form, raw in written(move.value):
        found += [(*match.span(), Gap(form, 0, len(raw))) for match in re.finditer(re.escape(raw), old)]
    for cuts in move.cuts:
        whole = rb"[^\0]*?".join(b"(" + re.escape(piece) + b")" for piece in pieces(move.value, cuts))
        starts = [0, *accumulate(cuts)]
        for match in re.finditer(whole, old):
            spans = map(match.span, range(1, len(cuts) + 1))
            found += [(*span, Gap("plain", *part)) for span, part in zip(spans, pairwise(starts), strict=True)]
    return sorted(found, key=lambda one: (one[0], -one[1]))


def _part(part: Any, form: str) -> bytes | Gap:
    """Return a part of what was replaced; null was all of the secret in the move's form."""
    if part is None:
        part = [form, 0, None]
    return b64decode(part) if isinstance(part, str) else Gap(*part)


def _begun(record: dict[str, Any]) -> Begun:
    files = tuple(
        File(
            file["path"],
            file["made"],
            tuple(
                Step(start, end, b64decode(text), tuple(_part(part, record["form"]) for part in before))
                for start, end, text, before in file["steps"]
            ),
            file["after"],
        )
        for file in record["files"]
    )
    live = record.get("live")
    return Begun(
        record["move"], record["run"], record["rule"], record["name"], Address(**record["address"]), record["form"],
        record["value"], files,
        live and Live(Setting(*live["setting"]), Action(live["action"]), Access(*live["access"])),
    )  # fmt: skip
