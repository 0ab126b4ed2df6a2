"""Plan how the credentials of a tree leave their files, patch a copy of it, and scan that again."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from stanch.model import Companion, Finding, Location, Result
from stanch.options import USUAL
from stanch.readers import formats
from stanch.remediate.drafts import Naming
from stanch.remediate.model import CannotPatch, End, Move, Patch, Place, Read, Reference
from stanch.remediate.patches import checks, code, patch
from stanch.remediate.plan import plan
from stanch.remediate.policies import Account
from stanch.rules import Ruleset, load
from stanch.scan import Scan

LEAST = 0.9
"""The share of findings that get a patch in every place of theirs."""
VAULT = "https://shop.vault.azure.net"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the findings of a tree."""

    findings: int
    patched: int
    """How many leave all their places, those among them that move as a part of another."""
    reasons: Counter[str]
    """Why the others stay, as the plan tells it."""
    files: int
    """How many files are patched or made."""
    unread: list[str]
    """Those of them that can be read less well than before, and what their reader says."""
    unclean: list[str]
    """What a scan of the patched tree reports though it has moved, or was not reported before: place and rule."""

    @property
    def share(self) -> float:
        """The share of the findings that is patched."""
        return self.patched / self.findings


def outcome(tree: Path, copy: Path, store: str | None) -> Outcome:
    """Return what the plan for a store makes of a tree; None: for the one beside each file. `copy`, a folder that is
    made, gets the patched tree.

    Raises OSError when it cannot be written.
    """
    ruleset = load()
    result = _scanned(tree, ruleset)
    made = plan(result, ruleset.by_id, partial(_read, tree), Naming("shop", store, VAULT), Account(), _patch)
    moved = [move for move in made.moves if _moves(move)]
    stays = [move for move in made.moves if not _moves(move)]
    reasons = Counter(move.unpatched[0].why if move.unpatched else move.why for move in stays)
    shutil.copytree(tree, copy)
    changed = {change.path: change.after for move in made.moves for change in move.changes}
    for path, data in changed.items():
        (copy / path).write_bytes(data)
    unread = [f"{path}: {why}" for path, data in changed.items() if (why := _fault(path, _read(tree, path), data))]
    known = {move.finding.secret for move in stays} | {one.secret for one in _companions(result)}
    unclean = [_told(finding) for finding in _scanned(copy, ruleset).findings if finding.secret not in known]
    return Outcome(len(made.moves), len(moved), reasons, len(changed), unread, unclean)


def _moves(move: Move) -> bool:
    return not move.unpatched and (bool(move.patches) or move.end is End.VAULT)


def _scanned(tree: Path, ruleset: Ruleset) -> Result:
    """Return what a scan finds, with paths that count from the tree."""
    result = Scan(ruleset, replace(USUAL, targets=(str(tree),), history=False, secrets=True)).run()
    if result.faults:
        raise ValueError(f"the scan is not complete: {result.faults[0].detail}")
    findings = (
        replace(one, locations=tuple(replace(at, path=_within(tree, at), target=".") for at in one.locations))
        for one in result.findings
    )
    return replace(result, findings=tuple(findings))


def _within(tree: Path, at: Location) -> str:
    return (Path(at.target) / (at.path or "")).relative_to(tree).as_posix()


def _companions(result: Result) -> Iterator[Companion]:
    """Yield what completes the secrets that were found: an id is reported by itself once its secret has gone."""
    for finding in result.findings:
        yield from finding.companions


def _read(tree: Path, path: str) -> bytes | None:
    file = tree / path
    return file.read_bytes() if file.is_file() else None


def _patch(place: Place, reference: Reference, read: Read) -> Patch:
    return patch(place, reference, root_files=read)


def _fault(path: str, before: bytes | None, after: bytes) -> str | None:
    """Return what the reader of a file's format says of it that it did not say before."""
    format = formats.of(path, after)
    name = format.name if format else ""
    try:
        if name in code.LANGUAGES:
            code.check(before or b"", after, name)
        else:
            checks.settings(before or b"{}", after, name)
    except CannotPatch as error:
        return str(error)
    return None


def _told(finding: Finding) -> str:
    at = finding.locations[0]
    return f"{at.path}:{at.line}: {finding.rule}"
