"""Where a password in a URL leads: the server, the user and the options that stand around it in the scanned text."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.checks import AROUND

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST = re.compile(r"(?:([A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?)\.?|\[([0-9A-Fa-f:.]+)\])(?::(\d{1,5}))?")
_GO = re.compile(r"([A-Za-z0-9_.-]+):[^@\s]*@tcp\(([^()\s]+)\)/([^?\s]*)\??(\S*)")
"""https://github.com/go-sql-driver/mysql#dsn-data-source-name"""
_PGPASS = re.compile(r"([A-Za-z0-9*][A-Za-z0-9._-]*):(\d+):([^:\s]+):([^:\s]+):")
"""https://www.postgresql.org/docs/current/libpq-pgpass.html"""
_SETTING = re.compile(
    r"(?<![\w-])(host(?:addr)?|port|user|dbname|database|ssl(?:-?mode)?)[ \t]*=[ \t]*"
    r"(?:'((?:[^'\\]|\\.)*)'|\"([^\"\n]*)\"|([^\s'\"]+))"
)
"""libpq's connection strings, and lines of an option file."""
TRAILING = ".,;:!)}"
"""What a sentence or a list puts behind a URL."""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands around a password. Nothing in it is checked but its form."""

    scheme: str
    """In lower case; empty where it is no URL."""
    user: str
    host: str
    port: int | None = None
    path: str = ""
    """Without its `/`, decoded; a database's name."""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Its last value by each name, names in lower case."""
    raw_path: str = ""
    """As it stands there."""
    encoded: bool = True
    """Is what stands there percent-encoded?"""

    def named(self, verdict: Verdict) -> Verdict:
        """Return a verdict with whose it is, where it is live."""
        whose = f"{self.user or 'default'}@{self.host}"
        return replace(verdict, identity=whose) if verdict.status is Status.LIVE else verdict

    def password(self, asked: Asked) -> str:
        """Return the secret as it is meant here. Raises Unanswered when it is no text."""
        try:
            text = asked.secret.decode()
            return unquote(text, errors="strict") if self.encoded else text
        except UnicodeDecodeError:
            raise Unanswered("unsupported: the password is not UTF-8") from None


def wrong() -> bytes:
    """Return a password that nobody has chosen."""
    return secrets.token_hex(12).encode()


def text(asked: Asked, wanted: str) -> str:
    """Return the text around the secret. Raises Unanswered, saying that `wanted` is missing, where none was kept."""
    found = asked.parts.get(AROUND, b"").decode("utf-8", "replace")
    if not found:
        raise Unanswered(f"needs another part: {wanted}")
    return found


def url(asked: Asked) -> Place:
    """Return the place of a password between `user:` and `@host`. Raises Unanswered where there is no such URL."""
    scheme, rest = _parts(text(asked, "its URL"))
    userinfo, at, rest = rest.partition("@")
    if not at or "/" in userinfo:
        raise Unanswered("needs another part: its URL")
    return _parsed(scheme, unquote(userinfo.partition(":")[0], errors="replace"), rest)


def database(asked: Asked) -> Place:
    """Return the place of a database's password, as URLs, connection strings and option files name it.

    Raises Unanswered where they name no server.
    """
    around = text(asked, "its server")
    if "://" in around:
        return url(asked) if "@" in re.split(r"[/?]", around.partition("://")[2])[0] else _parsed(*_jdbc(around))
    if found := _GO.search(around):
        pairs = {name.lower(): value for name, value in parse_qsl(found[4])}
        return Place("", found[1], *_host(found[2]), path=found[3], query=pairs, encoded=False)
    if found := _PGPASS.search(around):
        name = "" if found[3] == "*" else found[3]
        return Place("", found[4], *_host(f"{found[1]}:{found[2]}"), path=name, encoded=False)
    return _settings(around)


def _parts(around: str) -> tuple[str, str]:
    scheme = _SCHEME.search(around)
    if not scheme:
        raise Unanswered("needs another part: its URL")
    return scheme[1].lower(), around[scheme.end() :]


def _jdbc(around: str) -> tuple[str, str, str]:
    """Return scheme, user and rest of a URL that has them among its options."""
    scheme, rest = _parts(around)
    options = dict(parse_qsl(re.sub(r"&amp;|;", "&", rest.partition("?")[2]), errors="replace"))
    return scheme, options.get("user", ""), rest


def _settings(around: str) -> Place:
    """Return the place that settings name. Raises Unanswered where they name several servers or users."""
    found: dict[str, str] = {}
    for setting in _SETTING.finditer(around):
        value = re.sub(r"\\(.)", r"\1", setting[2]) if setting[2] is not None else setting[3] or setting[4] or ""
        if found.setdefault(setting[1], value) != value and setting[1] in ("host", "hostaddr", "user"):
            raise Unanswered("unsupported: several servers or users stand around it")
    host, port = found.get("hostaddr") or found.get("host", ""), found.get("port")
    name, known = _host(f"[{host}]" if ":" in host else host)
    place = known or (int(port) if port and port.isdecimal() and 0 < int(port) < 65536 else None)
    path = found.get("dbname") or found.get("database", "")
    query: dict[str, str] = {name: found[name] for name in ("sslmode", "ssl-mode", "ssl") if name in found}
    return Place("", found.get("user", ""), name, place, path, query, encoded=False)


def _parsed(scheme: str, user: str, rest: str) -> Place:
    """Return the place that `host:port/path?query` names. Raises Unanswered when its host is none."""
    rest = rest.replace("&amp;", "&").partition("#")[0].rstrip(TRAILING)
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    path, _, query = rest[len(authority) :].partition("?")
    host, port = _host(authority.partition(",")[0])
    pairs = {name.lower(): value for name, value in parse_qsl(query, errors="replace")}
    return Place(scheme, user, host, port, unquote(path[1:], errors="replace"), pairs, path)


def _host(authority: str) -> tuple[str, int | None]:
    found = _HOST.fullmatch(authority)
    if not found or (found[3] and not 0 < int(found[3]) < 65536):
        raise Unanswered("unsupported: names no host that can be asked")
    return (found[1] or found[2]).lower(), int(found[3]) if found[3] else None
