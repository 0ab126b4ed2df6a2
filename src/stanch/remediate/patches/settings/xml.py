"""XML: attributes and texts that a program fills in, and the settings of .NET that App Service sets over the file."""

from __future__ import annotations

import re
from collections.abc import Callable

from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches.references import app_setting, source
from stanch.remediate.patches.settings import notes, properties

_DOTNET = re.compile(r"(?i)(?:.*/)?(?:web|app)(?:\.[\w-]+)?\.config")
_ADDED = re.compile(rb"""(?is)<add\s+(?=[^>]*?\b(?:key|name)\s*=\s*["'](?P<key>[^"']*)["'])[^>]*>""")


def patch(place: Place, reference: Reference, files: Callable[[str], bytes | None]) -> Patch:
    """Return the patch of a value in XML. Raises CannotPatch where .NET would not set one over the file's."""
    comment = place.data.rfind(b"<!--", 0, place.start)
    if comment >= 0 and place.data.find(b"-->", comment) >= place.end:
        return notes.patch(place, reference, files)
    if _DOTNET.fullmatch(place.path):
        return _dotnet(place, reference)
    return properties.filled(place, reference)


def _dotnet(place: Place, reference: Reference) -> Patch:
    """Return the patch that empties a setting, which App Service sets over the file's.

    https://learn.microsoft.com/azure/app-service/configure-common
    """
    for added in _ADDED.finditer(place.data):
        if added.start() < place.start < added.end():
            break
    else:
        raise CannotPatch("only what its add elements hold is set from outside of the file")
    quote = place.data[place.start - 1 : place.start]
    if quote not in (b'"', b"'") or place.data[place.end : place.end + 1] != quote:
        raise CannotPatch("App Service sets a whole value: move all of it to the vault, or sign in without a password")
    key = added["key"].decode()
    left = (
        f"Set the app setting {key} to {app_setting(reference)}."
        if reference.store == "keyvault"
        else f"Set {key} from {source(reference)} where the program is deployed."
    )
    edit = Edit(place.path, place.start, place.end, b"")
    return Patch((edit,), f"Leaves {key} empty, for the platform to set.", True, (left,))
