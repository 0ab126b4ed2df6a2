"""What is kept of an object in an API's answer, and the repository that it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from stanch.model import Fault
from stanch.sweep import names
from stanch.sweep.model import Listed

FAILED = "listing-failed"
"""The kind of a fault: there may be repositories that a target did not tell."""


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of an object that were asked for, by their dotted names. What has another type counts as absent."""

    values: dict[str, Any]

    def text(self, name: str) -> str | None:
        """Return a text that is not empty."""
        found = self.values.get(name)
        return found if isinstance(found, str) and found else None

    def number(self, name: str, unit: int = 1) -> int | None:
        """Return a number of at least 0, in ones where it is told in a larger unit."""
        found = self.values.get(name)
        return found * unit if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None

    def flag(self, name: str) -> bool:
        """Is it told, and true?"""
        return self.values.get(name) is True


def picked(value: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the named fields of an object: `parent.full_name` is in an object in it. No other is kept.

    GitLab and GitHub send tokens beside them (`runners_token`, `temp_clone_token`).
    """
    found = {}
    for field in fields:
        part: Any = value
        for name in field.split("."):
            part = part.get(name) if isinstance(part, dict) else None
        if part is not None:
            found[field] = part
    return found


class Passed(NamedTuple):
    """A repository that is told of and cannot be cloned, which is not a fault."""

    name: str
    why: str


Entry = Listed | Passed | Fault
"""What a forge's listing yields."""


@dataclass(frozen=True, slots=True)
class Told:
    """A repository in the words of all forges."""

    url: str | None
    size: int | None = None
    fork: bool = False
    parent: str | None = None
    """URL of what it was forked from."""
    archived: bool = False
    web: str | None = None
    branch: str | None = None


def repository(forge: str, host: str, told: Told) -> Listed | Fault:
    """Return what a forge told of a repository; a fault where it has no address that can be used.

    One whose address is on another host than the forge's is no longer the forge's: its token is not for that host.
    """
    try:
        where = names.address(told.url or "", fold=True)
    except ValueError as error:
        return Fault(f"{forge}:{host}", FAILED, f"it lists a repository whose address cannot be used: {error}")
    own = urlsplit(where.url).hostname == host
    return Listed(
        where.name,
        where.url,
        forge if own else "url",
        told.size,
        told.fork,
        _name(told.parent),
        told.archived,
        told.web if told.web and _is_page(told.web) else None,
        told.branch,
    )


def _name(url: str | None) -> str | None:
    try:
        return names.address(url, fold=True).name if url else None
    except ValueError:
        return None


def _is_page(url: str) -> bool:
    """Can links be made of it? A report shows them, so `javascript:` must not come through."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc) and "@" not in parts.netloc and url.isprintable()
