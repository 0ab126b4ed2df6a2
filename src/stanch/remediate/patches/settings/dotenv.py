"""Files of environment variables: the value goes, and whoever starts the program sets it."""

from __future__ import annotations

import re
from collections.abc import Callable

from stanch.remediate.model import Edit, Patch, Place, Reference
from stanch.remediate.patches import layout
from stanch.remediate.patches.references import fetched, provide, source
from stanch.remediate.patches.settings import notes, shell

_ASSIGNED = re.compile(rb"""\s*(?:export\s+)?(?P<name>[A-Za-z_][\w.-]*)\s*[=:]\s*(?P<quote>["']?)\Z""")


def patch(place: Place, reference: Reference, files: Callable[[str], bytes | None]) -> Patch:
    """Return the patch that empties a variable, or refers to another one where the secret is a part of the value."""
    data = place.data
    before = data[layout.line_start(data, place.start) : place.start]
    if before.lstrip().startswith(b"#"):
        return notes.patch(place, reference, files)
    name = place.path.rpartition("/")[2]
    if name == ".envrc" and fetched(reference):
        return shell.patch(place, reference, files)
    assigned = _ASSIGNED.fullmatch(before)
    after = data[place.end : layout.line_end(data, place.end)].split(b" #")[0].rstrip()
    left = [
        f"Keep {place.path} out of git from now on: add it to .gitignore, and run `git rm --cached {place.path}`."
        if not _is_draft(name)
        else ""
    ]
    if name.startswith(".dev.vars"):
        left.insert(0, f"Run `npx wrangler secret put {reference.env}`, which asks for the value.")
    if assigned and after == assigned["quote"]:
        wanted = assigned["name"].decode()
        start = place.start - len(assigned["quote"])
        edit = Edit(place.path, start, place.end + len(assigned["quote"]), b"")
        left.insert(0, f"Set {wanted} in the environment of the program from {source(reference)}.")
        return Patch((edit,), f"Leaves {wanted} empty, for the environment to set.", True, tuple(filter(None, left)))
    text = b"${" + reference.env.encode() + b"}"
    edits = [Edit(place.path, place.start, place.end, text)]
    quote = before.rfind(b"'")
    if quote >= 0 and before.count(b"'") % 2 and after.endswith(b"'"):  # nothing is filled into single quotes
        at = layout.line_start(data, place.start) + quote
        end = data.index(b"'", place.end)
        edits = [Edit(place.path, at, at + 1, b'"'), *edits, Edit(place.path, end, end + 1, b'"')]
    left.insert(0, provide(reference))
    return Patch(tuple(edits), f"Refers to {reference.env} where the secret was.", True, tuple(filter(None, left)))


def _is_draft(name: str) -> bool:
    return name.endswith((".example", ".sample", ".template", ".dist", ".tmpl"))
