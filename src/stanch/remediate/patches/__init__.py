"""Patches: what takes a credential out of one file, and reads it from where it is kept instead.

A file's name says what it is, as it does for the readers. Whatever is made is checked before it is handed out: the file
can be read as well as before, and the secret's place is gone.
"""

from __future__ import annotations

from collections.abc import Callable

from stanch.readers import formats
from stanch.remediate.model import CannotPatch, Patch, Place, Reference
from stanch.remediate.patches import checks, code, settings
from stanch.remediate.patches.code import unparsed

_LARGEST = 1 << 22
"""A larger file is data that somebody else wrote, in bytes."""


def patch(place: Place, reference: Reference, *, root_files: Callable[[str], bytes | None]) -> Patch:
    """Return the patch that has a file name a secret by its reference.

    `root_files` returns another file of the project by its path, or None; a template beside a handler gets a setting.
    Raises CannotPatch with the reason, in a sentence for the user, where the file cannot do without the secret.
    """
    _readable(place)
    format = formats.of(place.path, place.data)
    if place.path.rpartition("/")[2].lower() in ("vagrantfile", "podfile", "fastfile"):
        format = formats.by_name("a.rb")
    if format is not None and format.code and format.name in code.LANGUAGES:
        found = code.patch(place, reference, format.name, root_files)
    elif format is None and (known := unparsed.language(place.path)):
        found = unparsed.patch(place, reference, known)
    else:
        found = settings.patch(place, reference, format.name if format else "", root_files)
    _check(place, found, format.name if format else "", root_files)
    return found


def _readable(place: Place) -> None:
    if not 0 <= place.start < place.end <= len(place.data):
        raise CannotPatch("its place is not in the file")
    if len(place.data) > _LARGEST:
        raise CannotPatch("the file is larger than 4 MB")
    try:
        place.data.decode()
    except UnicodeDecodeError:
        raise CannotPatch("the file is not written in UTF-8") from None


def _check(place: Place, found: Patch, format: str, files: Callable[[str], bytes | None]) -> None:
    for path in dict.fromkeys(edit.path for edit in found.edits):
        before = place.data if path == place.path else files(path) or b""
        after = checks.edited(before, (edit for edit in found.edits if edit.path == path))
        if path == place.path:
            secret = place.data[place.start : place.end]
            if after.count(secret) >= before.count(secret):
                raise CannotPatch("the secret would still stand in the file")
        kind = format if path == place.path else (it.name if (it := formats.of(path, after)) else "")
        if kind in code.LANGUAGES:
            code.check(before, after, kind)
        else:
            checks.settings(before, after, kind)
