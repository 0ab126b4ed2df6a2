"""How a place of a secret is named for people and for tools that open files."""

from __future__ import annotations

import posixpath

from stanch.model import Finding, Location, Reach, Surface
from stanch.roots import is_path
from stanch.values import replace

FILES = frozenset({Surface.BLOB, Surface.PATH})
"""Surfaces that are a file's: its content and its name."""

_HEAD_FIRST = {True: 0, None: 1, False: 2}
_REACHED = {
    Reach.STASH: "in a stash",
    Reach.REFLOG: "only in the reflog",
    Reach.DANGLING: "dangling: nothing leads to it",
}
"""What leads to an object that is in no branch; that a ref or the index does is nothing to say."""
_OBJECTS = {
    Surface.BLOB: ".git/blob/{}",
    Surface.COMMIT_MESSAGE: ".git/commit/{}/message",
    Surface.AUTHOR: ".git/commit/{}/author",
    Surface.TAG: ".git/tag/{}",
    Surface.NOTE: ".git/note/{}",
}


def ordered(finding: Finding) -> list[Location]:
    """Return the distinct places: those still at HEAD first, files before messages, then oldest first.

    A file at HEAD may be named with its oldest version and its present one: the present one comes first there.
    """
    places = list(dict.fromkeys(finding.locations))
    files: dict[object, int] = {}
    versions: dict[object, int] = {}
    for number, at in enumerate(places):
        files.setdefault((at.target, at.path), number)
        versions.setdefault((at.target, at.path, at.blob), number)

    def key(at: Location) -> tuple[int, ...]:
        age = (files[at.target, at.path], -versions[at.target, at.path, at.blob]) if at.at_head else ()
        return (_HEAD_FIRST[at.at_head], at.surface is not Surface.BLOB, *age)

    return sorted(places, key=key)


def present(finding: Finding) -> bool | None:
    """Tell whether the secret stands in a file of HEAD or the worktree; None when that is not known, or in no file."""
    known = {_at_head(place) for place in finding.locations if place.surface in FILES}
    if True in known:
        return True
    return False if known == {False} else None


def _at_head(location: Location) -> bool | None:
    gone = location.at_head is None and location.reachability in _REACHED
    return False if gone else location.at_head


def since(finding: Finding) -> Location | None:
    """Return the oldest place whose commit or date is known."""
    return next((place for place in finding.locations if place.commit or place.date), None)


def in_folder(location: Location) -> bool:
    """Tell whether the place is in a file of HEAD or of the folder scanned, which a tool can open."""
    of_file = location.surface in FILES and (location.path is not None or location.blob is None)
    elsewhere = location.target == "-" or "://" in location.target
    return of_file and not elsewhere and is_path(location.target) and _at_head(location) is not False


def outer(location: Location) -> str:
    """Return the file's path from where the user stands, or the target where no path is known.

    The target is normalised, the path is not: a hostile tree may hold an entry `..`.
    """
    target, path = location.target, location.path
    if target == "env:":
        return target + (path or "")
    if "://" in target or not is_path(target):
        return f"{target.rstrip('/')}/{path}" if path else target
    target = posixpath.normpath(target).replace("//", "/", 1)
    if path is None:
        return target
    return path if target == "." else posixpath.join(target, path)


def inner(location: Location) -> str:
    """Return `!lib/a.jar!app.properties` for the archive members on the way in, or an empty string.

    A layer `kind:member` is an archive's; a layer without a colon is an encoding, and no part of a path.
    """
    members = (layer.partition(":")[2] for layer in location.layers)
    return "".join(f"!{member}" for member in members if member)


def under_git(location: Location) -> Location:
    """Return `location` with a path for tools that want one: as it is, or a name under `.git` for what is in no file.

    No tree may hold an entry `.git`, so that is never taken for a file; the object's id keeps the places apart.
    """
    of_file = location.surface is Surface.BLOB and (location.path is not None or location.blob is None)
    if of_file or location.surface not in _OBJECTS:
        return location
    object_id = location.blob or location.commit or "unknown"
    return replace(location, path=_OBJECTS[location.surface].format(object_id))


def label(location: Location, digits: int | None = None) -> str | None:
    """Return what a place is when it is not a known file's content, with `digits` of the object's id; else None."""
    commit = location.commit or location.blob
    object_id = location.blob or location.commit
    words: tuple[str | None, ...]
    match location.surface:
        case Surface.BLOB:
            if location.path is not None or location.blob is None:
                return None
            words = ("blob", location.blob[:digits])
        case Surface.COMMIT_MESSAGE:
            words = ("commit", commit and commit[:digits], "message")
        case Surface.AUTHOR:
            words = ("commit", commit and commit[:digits], "author")
        case Surface.TAG | Surface.NOTE:
            words = (location.surface.value, object_id and object_id[:digits])
        case Surface.PATH:
            words = ("name of a ref" if (location.path or "").startswith("refs/") else "file name",)
        case Surface.ENVIRONMENT:
            words = ("environment",)
    return " ".join(word for word in words if word)


def spot(location: Location) -> str:
    """Return `path:line`, or for text that is in no file its name and line; ids are cut to 10 digits."""
    what, file = label(location, 10), outer(location) + inner(location)
    if location.surface is Surface.PATH:
        return f"{file} ({what})"
    if location.surface is Surface.ENVIRONMENT:
        return file
    if location.path is None and what:
        where = "" if file == "." else f" in {file}"
        return f"{what}{where}, line {location.line}"
    if location.path is None and location.target == "-":
        file = f"standard input{inner(location)}"
    return f"{file}:{location.line}" + (f" ({what})" if what else "")


def holder(location: Location) -> str:
    """Return what holds a place that is in history alone, as in `commit 0f9e8d7c6b, in a stash`; else nothing.

    What has no path names its object itself, so only what leads to it is said.
    """
    words = []
    if location.path is not None and location.surface in FILES and _at_head(location) is False:
        kind, object_id = ("commit", location.commit) if location.commit else ("blob", location.blob)
        words += [f"{kind} {object_id[:10]}"] if object_id else []
    if location.reachability in _REACHED:
        words.append(_REACHED[location.reachability])
    return ", ".join(words)


def full(location: Location) -> str:
    """Return the spot, and in parentheses what holds it where that is history alone."""
    held = holder(location)
    return f"{spot(location)} ({held})" if held else spot(location)
