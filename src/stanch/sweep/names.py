"""Names of repositories: one for each, however its address is written, and the address without credentials."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

PUBLIC = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "bitbucket.org": "bitbucket",
    "dev.azure.com": "azure-devops",
    "codeberg.org": "gitea",
}
"""Hosts of forges that everybody may use. None of them tells upper from lower case in a path."""
_ALIASES = {
    "www.github.com": "github.com",
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
    "ssh.dev.azure.com": "dev.azure.com",
    "vs-ssh.visualstudio.com": "dev.azure.com",
}
"""Other names of theirs, mostly for SSH on the port of HTTPS."""
_DEFAULT = {"https": 443, "http": 80, "ssh": 22}
_USER = re.compile(r"[A-Za-z0-9_][\w.+-]*", re.ASCII)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")
_SCP = re.compile(r"(?:(?P<user>[^@:/\s]+)@)?(?P<host>\[[0-9a-fA-F:.]+\]|[^@:/\s\[\]]+):(?P<path>(?!//).+)")
"""What git takes for SSH when there is no `://` (gitprotocols: scp-like syntax)."""
_MAYBE_TOKEN = 20
"""Characters. A user of so many in a URL may be a token; GitHub and GitLab take one there."""
_KEPT = "-._~!$&'()*+,;=:"
"""Characters that stand in a segment of a path as they are: of RFC 3986, section 3.3, all but the @."""


class Address(NamedTuple):
    """Where a repository is, without credentials."""

    name: str
    """Its host and path: "github.com/acme/shop"."""
    url: str
    """What git clones."""
    credentials: bool = False
    """Did some stand in the text? They are in neither."""


class _Parts(NamedTuple):
    scheme: str
    user: str
    password: bool
    host: str
    port: int | None
    path: list[bytes]


def address(text: str, *, fold: bool = False) -> Address:
    """Return the address that a URL, or `git@host:owner/name`, writes; with `fold` its path is taken in lower case.

    Raises ValueError with what is wrong and what to write. Its text never holds `text`, where a token may stand.
    """
    if not text.isprintable() or not text.strip():
        raise ValueError("it holds nothing, or control characters")
    parts = _of_url(text.strip()) if "://" in text else _of_scp(text.strip())
    host = _checked(parts)
    known = _ALIASES.get(host, host)
    known, path = _azure(known, parts.path)
    if fold or known in PUBLIC:
        path = [segment.lower() for segment in path]
    path = _bare(path)
    if not path:
        raise ValueError("it names no repository: write https://HOST/OWNER/NAME")
    if known in PUBLIC and len(path) < 2:
        raise ValueError(f"it names no repository: for all of an owner's write {PUBLIC[known]}:OWNER")
    port = "" if parts.port in (None, 443) or parts.scheme == "ssh" else f":{parts.port}"
    credentials = parts.password or (parts.scheme != "ssh" and len(parts.user) >= _MAYBE_TOKEN)
    return Address(f"{_bracketed(known)}{port}/{_quoted(path)}", _url(text.strip(), parts, host), credentials)


def is_loopback(host: str) -> bool:
    """Is this host the machine itself? Only then may anything go over plain HTTP."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def looks_like_scp(text: str) -> bool:
    """Has a text the form `user@host:path` or `host.domain:path`?"""
    found = _SCP.fullmatch(text)
    return bool(found and (found["user"] or "." in found["host"]))


def _of_url(text: str) -> _Parts:
    try:
        split = urlsplit(text)
        host, port = split.hostname or "", split.port
        if "[" in split.netloc and ":" not in host:
            raise ValueError("no address in brackets")
    except ValueError:
        raise ValueError("its host or port cannot be read") from None
    scheme = split.scheme.lower()
    if scheme == "file":
        raise ValueError("a repository on this machine is named by its path, without file://")
    if scheme not in _DEFAULT:
        raise ValueError("write https://HOST/OWNER/NAME, ssh://git@HOST/OWNER/NAME or git@HOST:OWNER/NAME")
    if scheme == "http" and not is_loopback(host):
        raise ValueError("what comes over http:// may be changed on its way: write https://")
    if split.query or split.fragment:
        raise ValueError("it has a query or a fragment: leave out what follows ? or #")
    if "@" in split.path:  # behind a password with a slash in it, which would be kept as a path
        raise ValueError("it has an @ behind its host: leave out user and password, or write @ as %40")
    path = [unquote_to_bytes(segment) for segment in split.path.split("/")]
    return _Parts(scheme, split.username or "", split.password is not None, host, port or _DEFAULT[scheme], path)


def _of_scp(text: str) -> _Parts:
    found = _SCP.fullmatch(text)
    if found is None or found["path"].startswith(":"):  # to git `ext::COMMAND` is a command
        raise ValueError("it is no URL: write https://HOST/OWNER/NAME or git@HOST:OWNER/NAME")
    if found["path"].startswith("-"):
        raise ValueError("its path begins with a dash")
    path = [segment.encode() for segment in found["path"].split("/")]
    return _Parts("ssh", found["user"] or "", False, found["host"].strip("[]").lower(), None, path)


def _checked(parts: _Parts) -> str:
    """Return the host. Raises ValueError for what would be an option to ssh, or leads out of a folder."""
    host = parts.host.removesuffix(".")
    if ":" in host:
        try:
            host = str(ipaddress.IPv6Address(host.partition("%")[0]))
        except ValueError:
            raise ValueError("its host cannot be read") from None
    elif not _HOST.fullmatch(host):
        raise ValueError("its host cannot be read: write it in ASCII (xn--…)")
    if parts.scheme == "ssh" and parts.user and not _USER.fullmatch(parts.user):
        raise ValueError("its user cannot be read")
    for segment in parts.path:
        if segment in (b".", b"..") or any(byte < 0x20 or byte == 0x7F for byte in segment):
            raise ValueError("its path holds . or .. or control characters")
    return host


def _azure(host: str, path: list[bytes]) -> tuple[str, list[bytes]]:
    """Return the one form of Azure DevOps's addresses: its old hosts and SSH name the same repositories otherwise."""
    segments = [segment for segment in path if segment]
    if host.endswith(".visualstudio.com"):
        segments = [segment for segment in segments if segment.lower() != b"defaultcollection"]
        host, segments = "dev.azure.com", [host.partition(".")[0].encode(), *segments]
    elif host == "dev.azure.com" and len(segments) == 4 and segments[0] == b"v3":
        segments = [segments[1], segments[2], b"_git", segments[3]]
    if host == "dev.azure.com" and len(segments) == 3 and segments[1] == b"_git":  # the project's own name
        segments.insert(1, segments[2])
    return host, segments


def _bare(path: list[bytes]) -> list[bytes]:
    """Return a path without empty segments, and without any `.git` at its end."""
    path = [segment for segment in path if segment]
    while path and path[-1].endswith(b".git"):
        path[-1] = path[-1].removesuffix(b".git")
        path = [segment for segment in path if segment]
    return path


def _url(text: str, parts: _Parts, host: str) -> str:
    user = f"{parts.user}@" if parts.scheme == "ssh" and parts.user else ""
    if "://" not in text:
        return f"{user}{_bracketed(host)}:{text.partition(']:' if ':' in host else ':')[2]}"
    port = "" if parts.port == _DEFAULT[parts.scheme] else f":{parts.port}"
    return f"{parts.scheme}://{user}{_bracketed(host)}{port}/{_quoted([part for part in parts.path if part])}"


def _quoted(path: list[bytes]) -> str:
    return "/".join(quote(segment, safe=_KEPT) for segment in path)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
