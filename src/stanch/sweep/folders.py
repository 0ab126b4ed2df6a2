"""A folder of repositories: those with a worktree and bare ones, at any depth, but not what lies inside of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from stanch.errors import UsageError
from stanch.model import Fault
from stanch.sources.git import discover
from stanch.sources.git.view import common_dir
from stanch.sweep.forges.rows import FAILED
from stanch.sweep.model import Listed


def listed(folder: str) -> Iterator[Listed | Fault]:
    """Yield the repositories of a folder, which may be one itself, in the order of their paths; and what is unreadable.

    Links to folders are not followed, unless a repository is right behind. Two worktrees of one repository are one.
    """
    known: set[Path] = set()
    found = False
    for entry in _walked(Path(folder), Path(folder), is_link=False):
        found = True
        if isinstance(entry, Fault):
            yield entry
            continue
        path, store = entry
        if store not in known:
            known.add(store)
            yield Listed(str(path), str(path), "folder")
    if not found:
        yield Fault(folder, FAILED, "holds no git repository")


def _walked(top: Path, folder: Path, *, is_link: bool) -> Iterator[tuple[Path, Path] | Fault]:
    """Yield each repository's path, absolute and without links, and its store."""
    waiting = [(folder, is_link)]
    while waiting:
        folder, is_link = waiting.pop()
        try:
            if repository := discover(str(folder)):
                yield _named(folder, common_dir(repository.git_dir).resolve())
            elif not is_link:
                with os.scandir(folder) as entries:
                    inside = sorted(entries, key=lambda entry: entry.name, reverse=True)
                waiting += [(Path(entry.path), entry.is_symlink()) for entry in inside if entry.is_dir()]
        except (OSError, UsageError) as error:
            said = error.strerror if isinstance(error, OSError) else "its .git names no repository"
            yield Fault(str(top), "unreadable", f"{os.path.relpath(folder, top)}: {said}")


def _named(folder: Path, store: Path) -> tuple[Path, Path] | Fault:
    path = folder.resolve()
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = str(path).encode("utf-8", "replace").decode()
        return Fault(shown, FAILED, "its path is not UTF-8, so it cannot be named: rename it")
    return path, store
