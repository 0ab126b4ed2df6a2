"""What a configuration allows: `[[allow]]` tables, each with a reason, and the patterns that they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stanch.expressions import Expressions
from stanch.model import Finding, Location
from stanch.roots import from_root


def glob(pattern: str) -> str:
    """Return the regular expression for a glob on a path from the root, as docs/config.md describes it.

    Raises ValueError for one that is none.
    """
    body = pattern.strip("/")
    if not body or pattern.startswith("!"):
        raise ValueError("a path is a folder, a file or a glob; it is not empty and does not begin with !")
    anchored = "/" in pattern.rstrip("/")
    parts = [_segment(part) for part in body.split("/")]
    text = "" if anchored else "(?:.*/)?"
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part is None:
            text += ".*" if last else "(?:.*/)?"
        else:
            text += part if last else f"{part}/"
    below = "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return f"(?s:{text}{'' if parts[-1] is None else below})"


_PIECE = re.compile(
    r"\\(?P<plain>.)|(?P<star>\*+)|(?P<one>\?)|\[(?P<not>!?)(?P<set>\]?[^\]]*)\]|(?P<char>.)", re.DOTALL
)
_ONE = r"(?:[^/\x80-\xff]|[\xc0-\xff][\x80-\xbf]*)"
"""A character in UTF-8."""


def _segment(part: str) -> str | None:
    """Return the expression for what stands between two slashes; None for `**`."""
    if part == "**":
        return None
    text = ""
    for piece in _PIECE.finditer(part):
        if piece["star"]:
            text += "[^/]*"
        elif piece["one"]:
            text += _ONE
        elif piece["set"]:
            inside = "-".join(_literal(end) for end in piece["set"].split("-"))
            text += f"(?!/)[{'^' if piece['not'] else ''}{inside}]"
        else:
            text += _literal(piece["plain"] or piece["char"])
    return text


def _literal(text: str) -> str:
    return "".join(re.escape(chr(byte)) if byte < 128 else f"\\x{byte:02x}" for byte in encoded(text))


@dataclass
class Allow:
    """One `[[allow]]` table: a place is allowed when each key that is given holds, by any of its items."""

    origin: str
    """The file that it stands in."""
    number: int
    """Which table of that file it is, from 1."""
    why: str
    paths: Expressions | None
    rules: frozenset[str]
    """Empty: every rule."""
    secrets: Expressions | None
    used: bool = False

    @property
    def by_secret(self) -> bool:
        """Does it look at the secret itself?"""
        return self.secrets is not None

    def reason(self, finding: Finding, location: Location) -> str | None:
        """Return why this place of a finding is accepted; None when it is not."""
        if self.rules and finding.rule not in self.rules:
            return None
        if self.paths is not None and not self._stands(location):
            return None
        if self.secrets is not None and not self.secrets.fullmatch(finding.secret):
            return None
        self.used = True
        return f"allowed in {self.origin}: {self.why}"

    def _stands(self, location: Location) -> bool:
        path = from_root(location)
        return self.paths is not None and path is not None and self.paths.fullmatch(encoded(path))

    def stale(self) -> Iterable[str]:
        """Yield a line when the table has accepted nothing yet, and one when an expression took too long."""
        where = f"{self.origin}: allow {self.number} ({self.why})"
        if (self.paths and self.paths.slow) or (self.secrets and self.secrets.slow):
            yield f"{where}: an expression takes too long and was not used; make it simpler"
        elif not self.used:
            yield f"{where} matches nothing; take it out"


def encoded(path: str) -> bytes:
    """Return a path as the bytes that it is on the disk."""
    return path.encode("utf-8", "surrogateescape")
