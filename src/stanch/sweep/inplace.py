"""A repository of this machine: a digest of what it is like, made without git, since most are as they were."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from stanch.sources.git import Repository
from stanch.sources.git.refs import reflogs_digest
from stanch.sources.git.view import common_dir, stores


def state(repository: Repository) -> str:
    """Return a digest that changes with a ref, HEAD, a reflog, or the names of objects and packs."""
    common = common_dir(repository.git_dir)
    digest = hashlib.sha256(reflogs_digest(repository).encode())
    for path in (repository.git_dir / "HEAD", common / "packed-refs", common / "objects" / "info" / "alternates"):
        with suppress(OSError):  # a repository need not have each
            digest.update(b"%b\0" % os.fsencode(path.name) + path.read_bytes())
    for folder in (common / "refs", common / "reftable"):
        for path in _files(folder):
            with suppress(OSError):  # it was removed a moment ago
                digest.update(b"%b\0" % os.fsencode(path) + path.read_bytes())
    for store in stores(common / "objects"):
        for path in _files(store):
            if not path.name.startswith("tmp_"):
                digest.update(b"%b\0" % os.fsencode(path))
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, in an order that is the same every time."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield Path(place, name)
