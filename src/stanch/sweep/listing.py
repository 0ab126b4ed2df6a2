"""How targets are listed: which repositories are wanted, and how their forges are asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listing:
    """What was asked for, in one sweep."""

    include: tuple[str, ...] = ()
    """Globs of names, with or without the host; nothing: all."""
    exclude: tuple[str, ...] = ()
    forks: bool = True
    archived: bool = True
    max_size: int | None = None
    """Bytes."""
    api: Mapping[str, str] = field(default_factory=dict)
    """URLs of private instances' APIs, by forge: github → https://ghe.example/api/v3."""
    ca_bundle: Path | None = None
    cache: Path | None = None
    """A folder for ETags and what they stand for."""
    patience: float = 3_700.0
    """Seconds for all waits of one listing: a little more than the hour by which GitHub counts."""
    said: Callable[[str], None] = lambda _: None
    """Is told of waits, and of credentials that stood in a URL and are not used."""
    passed: Callable[[str, str], None] = lambda _name, _why: None
    """Is told the name of a repository that is left out, and why: `fork`, `archived`, `too large`, …"""
    sleep: Callable[[float], None] = time.sleep
    """Waits so many seconds."""
