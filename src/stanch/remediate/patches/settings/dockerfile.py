"""Dockerfiles: a build's secret is mounted for the one command that needs it, a program's is set when it is run.

What ENV and ARG give is part of the image: https://docs.docker.com/build/building/secrets/
"""

from __future__ import annotations

import re
from collections.abc import Callable

from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import layout
from stanch.remediate.patches.references import provide, source
from stanch.remediate.patches.settings import notes, shell

_RUN = re.compile(rb"(?i)\s*RUN[ \t]+")
_VARIABLE = re.compile(rb"""(?P<name>[A-Za-z_]\w*)(?P<sign>=|[ \t]+)(?P<quote>["']?)\Z""")


def patch(place: Place, reference: Reference, files: Callable[[str], bytes | None]) -> Patch:
    """Return the patch of a Dockerfile's instruction. Raises CannotPatch for one that nothing can be mounted for."""
    data = place.data
    if data[layout.line_start(data, place.start) : place.start].lstrip().startswith(b"#"):
        return notes.patch(place, reference, files)
    start = _instruction(data, place.start)
    word = data[start : place.start].split(None, 1)[0].upper()
    run = _RUN.match(data, start)
    if word == b"RUN" and run:
        return _mounted(place, reference, run.end())
    if word in (b"ENV", b"ARG"):
        return _emptied(place, reference, word)
    raise CannotPatch(f"nothing can be filled in for the instruction {word.decode(errors='replace')}")


def _instruction(data: bytes, position: int) -> int:
    """Return where the instruction begins: lines that end in a backslash go on."""
    start = layout.line_start(data, position)
    while start and data[:start].rstrip(b"\r\n").endswith(b"\\"):
        start = layout.line_start(data, start - 1)
    return start


def _mounted(place: Place, reference: Reference, at: int) -> Patch:
    name = reference.env.lower()
    mount = f"--mount=type=secret,id={name} ".encode()
    edits = shell.put(place, f"$(cat /run/secrets/{name})".encode())
    if mount not in place.data[at : place.start]:
        edits.insert(0, Edit(place.path, at, at, mount))
    left = f"Build with --secret id={name},env={reference.env}, where {reference.env} comes from {source(reference)}."
    return Patch(tuple(edits), f"Mounts the build's secret {name} for this command.", True, (left,))


def _emptied(place: Place, reference: Reference, word: bytes) -> Patch:
    data = place.data
    before = data[layout.line_start(data, place.start) : place.start]
    found = _VARIABLE.search(before)
    end = place.end + (len(found["quote"]) if found else 0)
    following = data[end : end + 1]
    whole = (
        found is not None and data[place.end : end] == found["quote"] and following in (b"", b" ", b"\t", b"\r", b"\n")
    )
    if not whole or found is None:
        variable = b"${" + reference.env.encode() + b"}"
        raise CannotPatch(
            f"it is a part of a value that the image would hold: have the program read {variable.decode()} when it runs"
        )
    name, start = found["name"].decode(), place.start - len(found["quote"])
    if word == b"ARG":
        edit = Edit(place.path, start - len(found["sign"]), end, b"")
        left = f"Mount {name} with RUN --mount=type=secret where it is needed: a build's arguments stay in the image."
        return Patch((edit,), f"Takes the default of {name} away.", False, (left,))
    edit = Edit(place.path, start, end, b'""')
    return Patch((edit,), f"Leaves {name} empty, for whoever runs the image to set.", True,
                 (provide(reference._replace(env=name), "the environment of the container"),))  # fmt: skip
