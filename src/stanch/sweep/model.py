"""The values of a sweep: a target, a repository that it lists, and what became of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from stanch.model import Fault, Result


class Target(NamedTuple):
    """What somebody asks for: parsed from "github:acme", "repos.txt", "/srv/git"."""

    forge: str
    name: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A repository that a target lists."""

    name: str
    """How people know it, unique in a sweep: "github.com/acme/shop" (host/path), or a folder's path."""
    url: str
    """What git clones, without credentials; a folder's path for a folder."""
    forge: str
    """"github", "gitlab", "bitbucket", "azure-devops", "gitea", "url", "folder"."""
    size: int | None = None
    """Bytes, as the forge says."""
    fork: bool = False
    parent: str | None = None
    """Name of what it was forked from, when the forge tells."""
    archived: bool = False
    web: str | None = None
    """Its page for people: links are made of it."""
    branch: str | None = None
    """Default branch, when told."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of one repository: what the task returns and the store takes; it pickles."""

    repository: str
    """`Listed.name`."""
    state: str
    """Digest of its refs (from ls-remote), "" when not known."""
    result: Result | None
    """Its locations' target is the repository's name; None: nothing was scanned."""
    unchanged: bool = False
    """Its refs and the setting are as before: findings stay as the store has them."""
    seconds: float = 0.0
    bytes: int = 0
    """Of content that was read."""
    transferred: int = 0
    """Of the clone on disk."""
    faults: tuple[Fault, ...] = ()
    """What went wrong with the repository as a whole: clone, time limit, gone."""
