"""Text that only people read: comments, documentation, what was pasted; and files that are one person's own."""

from __future__ import annotations

from collections.abc import Callable

from stanch.remediate.model import Edit, Patch, Place, Reference
from stanch.remediate.patches.references import source


def patch(place: Place, reference: Reference, _files: Callable[[str], bytes | None]) -> Patch:
    """Return the patch that writes a placeholder for the secret."""
    edit = Edit(place.path, place.start, place.end, b"<" + reference.env.encode() + b">")
    return Patch(
        (edit,), f"Writes <{reference.env}> for the value, which people find in {source(reference)}.", True, ()
    )


def template(place: Place, reference: Reference) -> Patch:
    """Return the patch that makes a template of a file that is one person's, or one machine's."""
    # where an angle bracket is syntax: an element, a redirection
    text = f"${{{reference.env}}}" if place.path.endswith((".xml", "history")) else f"<{reference.env}>"
    edit = Edit(place.path, place.start, place.end, text.encode())
    return Patch(
        (edit,),
        f"Writes {text} for the value: the file can only be a template in a repository.",
        False,
        (
            f"Take {place.path} out of the repository (git rm --cached), and ignore it; who needs it fills it in from"
            f" {source(reference)}.",
        ),
    )
