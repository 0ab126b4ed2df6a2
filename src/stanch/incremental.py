"""What `--incremental FILE` keeps between scans: the refs, the objects that were read, the findings without secrets."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stanch import whole
from stanch.archives import trouble
from stanch.errors import GitError, UsageError
from stanch.model import Detection, Result
from stanch.report import json as report
from stanch.report.veil import veiled
from stanch.sources.git import Repository
from stanch.sources.git.known import Known
from stanch.sources.git.refs import reflogs_digest, refs
from stanch.sources.git.view import stores
from stanch.values import dataclass, field

SCHEMA = 1
RESTATED = frozenset(
    {"missing-object", "partial-clone", "alternates", "too-large", trouble.BOUND, trouble.CORRUPT, trouble.UNSUPPORTED}
)
"""Faults that the next scan finds again. After any other the file stays as it was, so nothing is passed over."""


@dataclass(slots=True)
class Incremental:
    """The memory of scans with one set of rules and options, in one file."""

    path: Path
    setting: str
    """Digest of all that makes two scans comparable: rules, version, options."""
    notes: list[str] = field(default_factory=list)
    _old: dict[str, Any] = field(default_factory=dict)
    _states: dict[str, dict[str, str]] = field(default_factory=dict)
    _refs: dict[str, dict[str, str]] = field(default_factory=dict)
    _known: dict[str, Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the file. Raises UsageError when it is something else."""
        self._old = self._read()
        if self._old and self._old["setting"] != self.setting:
            self.notes.append(f"{self.path}: the rules or options have changed since, so everything is scanned")
            self._old = {}

    def look(self, target: str, repository: Repository) -> Known:
        """Look at what a target is like now, and return which of its objects are known. May raise GitError."""
        old = self._old.get("targets", {}).get(target, {})
        self._refs[target] = refs(repository)
        self._states[target] = _state(repository, self._refs[target])
        self._known[target] = Known(old.get("objects", ""), old.get("held", ()))
        if old and self._states[target] != old["state"]:
            self.notes += _rewritten(repository, old["refs"], self._refs[target])
        return self._known[target]

    def unchanged(self, targets: Iterable[str]) -> Result | None:
        """Return the result of the last scan when nothing has changed since; its findings have no secrets."""
        before = {target: old["state"] for target, old in self._old.get("targets", {}).items()}
        if not before or before != self._states or set(targets) != set(before):
            return None
        return report.read(json.dumps(self._old["report"]))

    def close(self, result: Result, detections: Iterable[Detection]) -> None:
        """Write the file, whole or not at all. Raises UsageError when that is not possible."""
        if any(fault.kind not in RESTATED for fault in result.faults):
            self.notes.append(f"{self.path} stays as it was, since something could not be scanned")
            return
        held: dict[str, set[str]] = {target: set() for target in self._states}
        for place in (detection.location for detection in detections):
            if place.blob and place.target in held:
                held[place.target].add(place.blob)
        for fault in result.faults:
            if fault.blob and fault.target in held:
                held[fault.target].add(fault.blob)
        kept = {
            "schema": SCHEMA,
            "setting": self.setting,
            "targets": {
                target: {
                    "state": state,
                    "refs": self._refs[target],
                    "held": sorted(held[target]),
                    "objects": self._known[target].written(),
                }
                for target, state in self._states.items()
            },
            "report": report.report_object(veiled(result)),
        }
        try:
            whole.write(self.path, json.dumps(kept).encode() + b"\n", private=True)
        except OSError as error:
            raise UsageError(f"--incremental {self.path}: cannot be written: {error.strerror}") from error

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise UsageError(f"--incremental {self.path}: cannot be read; delete it to begin anew") from error
        if not isinstance(kept, dict) or kept.get("schema") != SCHEMA or "setting" not in kept:
            raise UsageError(f"--incremental {self.path}: not written by this stanch; delete it to begin anew")
        return kept


def _state(repository: Repository, named: Mapping[str, str]) -> dict[str, str]:
    """Return digests of all that a scan's result depends on; an object store is known by the names in it."""
    state = {
        "refs": _digest(f"{oid} {name}" for name, oid in sorted(named.items())),
        "head": _digest([(repository.view.folder / "HEAD").read_text("utf-8", "replace")]),
        "reflogs": reflogs_digest(repository),
        "objects": _digest(name for store in stores(repository.view.folder / "objects") for name in _names(store)),
    }
    if repository.worktree is not None:
        state["index"] = _digest([str(_stat(repository.git_dir / "index"))])
        changed = repository.run("ls-files", "-z", "--modified", "--others", "--exclude-standard").split(b"\0")
        state["worktree"] = _digest(
            f"{path!r} {_stat(repository.worktree / os.fsdecode(path))}" for path in sorted(changed) if path
        )
    return state


def _names(store: Path) -> Iterator[str]:
    """Yield the names of packs and of loose objects."""
    for folder in (store / "pack", *(store / f"{number:02x}" for number in range(256))):
        try:
            yield from sorted(name for name in os.listdir(folder) if not name.startswith("tmp_"))
        except (FileNotFoundError, NotADirectoryError):
            continue


def _stat(path: Path) -> tuple[int, ...]:
    try:
        status = path.lstat()
    except OSError:
        return ()
    return status.st_mode, status.st_size, status.st_mtime_ns, status.st_ino


def _digest(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
    return digest.hexdigest()


def _rewritten(repository: Repository, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each ref that no longer leads to what it led to before."""
    for name, old in before.items():
        new = now.get(name)
        if new == old or not name.startswith("refs/heads/"):
            continue
        if new is None or not _leads_to(repository, new, old):
            what = "is gone" if new is None else f"was rewritten: {old[:10]} is not behind {new[:10]}"
            yield f"{repository.target}: {name} {what}; what it held is reported as long as the repository holds it"


def _leads_to(repository: Repository, new: str, old: str) -> bool:
    try:
        repository.run("merge-base", "--is-ancestor", old, new)
    except GitError:
        return False
    return True
