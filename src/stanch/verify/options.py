"""What a verification is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path


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
