"""A repository of this machine: a digest of what it is like, made without git, since most are as they were."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from stanch.sources.git import Repository
from stanch.sources.git.refs import reflogs_digest
from stanch.sources.git.view import common_dir, is_inside, stores_named


def state(repository: Repository) -> str:
    """Return a digest that changes with a ref, HEAD, a reflog, or the names of objects and packs."""
    common = common_dir(repository.git_dir)
    digest = hashlib.sha256(reflogs_digest(repository).encode())
    for path in (repository.git_dir / "HEAD", common / "packed-refs", common / "objects" / "info" / "alternates"):
        digest.update(b"%b\0" % os.fsencode(path.name) + _content(path))
    for folder in (common / "refs", common / "reftable"):
        for path in _files(folder):
            digest.update(b"%b\0" % os.fsencode(path) + _content(path))
    for store in _stores(common, outside=repository.alternates):
        for path in _files(store):
            if not path.name.startswith("tmp_"):
                digest.update(b"%b\0" % os.fsencode(path))
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    """Return a digest of a file; nothing of one that is not there, and of a device or a pipe, which would not end."""
    with suppress(OSError):  # a repository need not have each, or it was removed a moment ago
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return hashlib.file_digest(file, "sha256").digest()
    return b""


def _stores(common: Path, *, outside: bool) -> Iterator[Path]:
    """Yield the object stores that are read, each once: those `outside` of the repository only where that is asked."""
    waiting, known = [common / "objects"], set[str]()
    while waiting:
        store = waiting.pop()
        if os.path.realpath(store) not in known:
            known.add(os.path.realpath(store))
            yield store
            waiting += [other for other in stores_named(store) if outside or is_inside(other, common)]


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, in an order that is the same every time."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(place, name)
