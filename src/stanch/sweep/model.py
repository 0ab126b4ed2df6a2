"""The values of a sweep: what a target lists, and what became of one repository."""

from __future__ import annotations

from typing import NamedTuple

from stanch.model import Fault, Result
from stanch.values import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """A repository that a target lists."""

    name: str
    """How people know it, unique in a sweep: `github.com/acme/shop` (host and path), or a folder's path."""
    url: str
    """What git clones, without credentials; a folder's path for a folder."""
    forge: str
    """`github`, `gitlab`, `bitbucket`, `azure-devops`, `gitea`, `url` or `folder`."""
    size: int | None = None
    """Bytes, as the forge says."""
    fork: bool = False
    parent: str | None = None
    """Name of what it was forked from, when the forge tells."""
    archived: bool = False
    web: str | None = None
    """Its page for people: links are made of it."""
    branch: str | None = None
    """The default branch, when told."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of one repository: what the task returns and the store takes."""

    repository: str
    """`Listed.name`."""
    state: str
    """Digest of its refs, as `git ls-remote` names them; empty when not known."""
    result: Result | None
    """Its locations' target is the repository's name. None: nothing was scanned."""
    unchanged: bool = False
    """Its refs and the setting are as before: the findings stay as the store has them."""
    seconds: float = 0.0
    bytes: int = 0
    """Of content that was read."""
    transferred: int = 0
    """Bytes of the clone on the disk."""
    faults: tuple[Fault, ...] = ()
    """What went wrong with the repository as a whole: the clone, the time limit, that it is gone."""


class Target(NamedTuple):
    """A target of the command line."""

    forge: str
    name: str
