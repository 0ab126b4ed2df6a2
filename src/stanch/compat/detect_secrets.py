"""The baseline of detect-secrets, `.secrets.baseline`: accepted are the secrets whose digests it holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stanch.compat.tables import tables, text, truth
from stanch.errors import UsageError
from stanch.model import Finding, Location
from stanch.roots import from_root

_DIGEST = re.compile(r"[0-9a-f]{40}")


@dataclass
class Baseline:
    """Digests by path. Who audited an entry as real has not accepted it."""

    origin: str
    digests: Mapping[str, frozenset[str]]
    """SHA-1 of each accepted secret, in hexadecimal."""
    by_secret = True
    _all: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Gather the digests of all paths."""
        self._all = frozenset(digest for digests in self.digests.values() for digest in digests)

    def reason(self, finding: Finding, location: Location) -> str | None:
        """Return why this place of a finding is accepted; None when it is not."""
        if finding.secret.decode("ascii", "replace") in self._all:
            return f"a digest of the baseline {self.origin}, not a secret"  # the baseline is among what is scanned
        digests = self.digests.get(from_root(location) or "", frozenset())
        return f"in the baseline {self.origin}" if not digests.isdisjoint(_digests(finding.secret)) else None

    def stale(self) -> Iterable[str]:
        """Yield nothing: detect-secrets may need an entry where stanch does not."""
        return ()


def _digests(secret: bytes) -> Iterable[str]:
    """Yield what detect-secrets may have kept of a secret: of a JSON Web Token it takes what precedes the signature."""
    for part in {secret, secret[: secret.rfind(b".") + 1]} - {b""}:
        yield hashlib.sha1(part, usedforsecurity=False).hexdigest()


def is_baseline(document: Any) -> bool:
    """Is this what detect-secrets writes?"""
    return isinstance(document, dict) and isinstance(document.get("results"), dict) and "plugins_used" in document


def baseline(document: Mapping[str, Any], origin: str) -> Baseline:
    """Return what a baseline accepts. Raises UsageError for a value of a wrong type."""
    digests: dict[str, set[str]] = {}
    for path in document["results"]:
        for item in tables(document["results"], path, origin):
            where = f"{origin}: {path!r}"
            digest = text(item, "hashed_secret", where)
            if not _DIGEST.fullmatch(digest):
                raise UsageError(f"{where}: hashed_secret must be a SHA-1 digest")
            if item.get("is_secret") is None or not truth(item, "is_secret", where):
                digests.setdefault(path.replace("\\", "/").removeprefix("./"), set()).add(digest)
    return Baseline(origin, {path: frozenset(found) for path, found in digests.items()})
