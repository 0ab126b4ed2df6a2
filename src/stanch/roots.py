"""Roots: the folder that a configuration stands in and its paths count from."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from stanch.model import Location
from stanch.sources.git import discover

NO_PATHS = ("-", "env:")
"""Targets that are no files."""
_CLOUD = ("aws-lambda:", "azure-functions:")
"""How the targets begin that are functions in a cloud."""


def is_path(target: str) -> bool:
    """Is a target a file or a folder of this machine?"""
    return target not in NO_PATHS and not is_cloud(target)


def is_cloud(target: str) -> bool:
    """Is a target a function in a cloud, or a path one of something in it?"""
    return target.startswith(_CLOUD)


def root(target: str) -> Path | None:
    """Return the root of the repository around `target`, else the folder itself, or the one that the file is in.

    Standard input and the environment belong to the current folder. A bare repository has no files, so no root.
    """
    path = Path(target if is_path(target) else ".").resolve()
    if path.is_dir():
        repository = None if os.path.lexists(path / ".git") else discover(target)
        if repository is not None:
            return None
    for folder in (path, *path.parents):
        if os.path.lexists(folder / ".git"):
            return folder
    return path if path.is_dir() else path.parent


def from_root(location: Location) -> str | None:
    """Return the path of a place from its target's root, with slashes; None when the place has no path.

    A function in a cloud has no root: its paths begin with the target, as `aws-lambda:eu-west-1/orders/`.
    """
    if location.path is None or location.target in NO_PATHS:
        return location.path
    if not is_path(location.target):
        return f"{location.target}/{location.path}"
    return _prefix(os.path.abspath(location.target)) + location.path


@lru_cache(maxsize=256)
def _prefix(target: str) -> str:
    """Return what stands between the root and the paths in a folder: nothing, or `src/app/`."""
    top = root(target)
    relative = "." if top is None else Path(target).resolve().relative_to(top).as_posix()
    return "" if relative == "." else f"{relative}/"
