"""What a verification is asked to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from stanch.errors import UsageError

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLAIN = re.compile(r"[!-~]+")
_ODD = re.compile(r"[@?#{}\\]")
"""What has no place in an endpoint's URL: a user, a query, a fragment; and what programs read in different ways."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; a scanned repository has no word in it."""

    hosts: tuple[str, ...] = ()
    """`HOST` or `HOST:PORT`: these may be asked although scanned text names them, and at any address."""
    found_hosts: bool = False
    """May all hosts that scanned text names be asked, at addresses of the internet?"""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    """URLs by the names that rules give, without a `/` at the end."""
    ca_bundle: Path | None = None
    """Certificates that are trusted besides the usual ones."""
    timeout: float = 10.0
    """Seconds for one request."""
    budget: int | None = None
    """Requests in all."""
    log: Path | None = None
    """Where each request is written down."""
    cache: Path | None = None
    """Where verdicts are kept for later runs."""
    cache_age: timedelta = timedelta(days=1)


def endpoint(text: str) -> tuple[str, str]:
    """Return the name and the URL that `NAME=URL` says. Raises UsageError, which does not hold the URL."""
    name, _, url = text.partition("=")
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not _NAME.fullmatch(name) or not _PLAIN.fullmatch(url) or _ODD.search(url):
        raise UsageError(
            f"--endpoint {name}: write name=https://HOST, in lower case, with a port and a path where it has them"
        )
    return name, url.rstrip("/")
