"""How a place of a secret is named for people and for tools that open files."""

from __future__ import annotations

import posixpath

from stanch.model import Finding, Location, Surface

_HEAD_FIRST = {True: 0, None: 1, False: 2}


def ordered(finding: Finding) -> list[Location]:
    """Return the distinct places: those still at HEAD first, files before messages, then oldest first."""
    return sorted(
        dict.fromkeys(finding.locations),
        key=lambda place: (_HEAD_FIRST[place.at_head], place.surface is not Surface.BLOB),
    )


def present(finding: Finding) -> bool | None:
    """Tell whether the secret stands somewhere in HEAD or the worktree; None when that is not known."""
    known = {place.at_head for place in finding.locations}
    if True in known:
        return True
    return False if known == {False} else None


def since(finding: Finding) -> Location | None:
    """Return the oldest place whose commit or date is known."""
    return next((place for place in finding.locations if place.commit or place.date), None)


def outer(location: Location) -> str:
    """Return the file's path from where the user stands, or the target where no path is known.

    The target is normalised, the path is not: a hostile tree may hold an entry `..`.
    """
    target, path = location.target, location.path
    if target == "env:":
        return target + (path or "")
    if "://" in target:
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


def label(location: Location, digits: int | None = None) -> str | None:
    """Return what a place is when it is not a file's content, with `digits` of the object's id; else None."""
    commit = location.commit or location.blob
    object_id = location.blob or location.commit
    words: tuple[str | None, ...]
    match location.surface:
        case Surface.BLOB:
            return None
        case Surface.COMMIT_MESSAGE:
            words = ("commit", commit and commit[:digits], "message")
        case Surface.AUTHOR:
            words = ("commit", commit and commit[:digits], "author")
        case Surface.TAG | Surface.NOTE:
            words = (location.surface.value, object_id and object_id[:digits])
        case Surface.PATH:
            words = ("file name",)
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
