"""Scripts of shells, and what looks like them: a command's output, or a variable, stands for the secret."""

from __future__ import annotations

import re
from collections.abc import Callable

from stanch.remediate.model import CannotPatch, Edit, Patch, Place, Reference
from stanch.remediate.patches import layout
from stanch.remediate.patches.references import fetched, provide, source
from stanch.remediate.patches.settings import notes

Files = Callable[[str], bytes | None]
_HEREDOC = re.compile(rb"""<<-?[ \t]*(?P<quote>["'\\]?)(?P<tag>\w+)["']?[^\n]*\n""")


def patch(place: Place, reference: Reference, files: Files) -> Patch:
    """Return the patch of a shell's script, which fetches the secret where a store has it."""
    if _in_comment(place):
        return notes.patch(place, reference, files)
    command = fetched(reference)
    text = f"$({command})" if command else f"${{{reference.env}:?}}"
    edits = put(place, text.encode())
    if command:
        left = f"Let whoever runs it read {source(reference)}: the command uses the identity that it finds."
        return Patch(tuple(edits), f"Reads {source(reference)} each time it runs.", True, (left,))
    return Patch(tuple(edits), f"Reads the environment variable {reference.env}.", True, (provide(reference),))


def put(place: Place, text: bytes) -> list[Edit]:
    """Return the edits that write an expansion for the secret, so that it is one word whatever quotes are around it.

    Raises CannotPatch in a heredoc in which nothing is expanded.
    """
    quote = _quote(place)
    if quote == b"'":
        return _apart(place, text)
    if not quote:
        text = b'"' + text + b'"'
    return [Edit(place.path, place.start, place.end, text)]


def _apart(place: Place, text: bytes) -> list[Edit]:
    """Return the edits that end single quotes before the expansion, and begin them again behind."""
    data, start, end = place.data, place.start, place.end
    text = b'"' + text + b'"'
    if data[start - 1 : start] == b"'":
        start -= 1
    else:
        text = b"'" + text
    if data[end : end + 1] == b"'":
        end += 1
    else:
        text += b"'"
    return [Edit(place.path, start, end, text)]


def _in_comment(place: Place) -> bool:
    return place.data[layout.line_start(place.data, place.start) : place.start].lstrip().startswith(b"#")


def _quote(place: Place) -> bytes:
    """Return the quotes that the secret stands in, `"` in a heredoc, which is expanded as if it stood in them."""
    data = place.data
    for found in _HEREDOC.finditer(data, 0, place.start):
        end = re.compile(rb"(?m)^[ \t]*" + found["tag"] + rb"[ \t]*\r?$").search(data, found.end())
        if end is None or end.start() > place.start:
            if found["quote"]:
                raise CannotPatch("it stands in a heredoc in which the shell expands nothing")
            return b'"'
    quote, at = b"", layout.line_start(data, place.start)
    while at > 1 and data[at - 2 : at] in (b"\\\n", b"\r\n") and data[:at].rstrip(b"\r\n").endswith(b"\\"):
        at = layout.line_start(data, at - 1)  # the command began on an earlier line
    while at < place.start:
        char = data[at : at + 1]
        if char == b"\\" and quote != b"'":
            at += 1
        elif quote:
            quote = b"" if char == quote else quote
        elif char in (b"'", b'"'):
            quote = char
        at += 1
    return quote


def powershell(place: Place, reference: Reference, files: Files) -> Patch:
    """Return the patch of a PowerShell script: a variable of the environment, put into the text where it is a part."""
    if _in_comment(place):
        return notes.patch(place, reference, files)
    quote = _quote(place)
    text = f"$env:{reference.env}".encode()
    whole = place.data[place.start - 1 : place.start] == quote == place.data[place.end : place.end + 1]
    if quote and whole:
        edit = Edit(place.path, place.start - 1, place.end + 1, text)
    elif quote == b"'":
        raise CannotPatch("it is a part of a text in single quotes, in which PowerShell fills in nothing")
    else:
        edit = Edit(place.path, place.start, place.end, b"$(" + text + b")" if quote else text)
    return Patch((edit,), f"Reads the environment variable {reference.env}.", True, (provide(reference),))


def expect(place: Place, reference: Reference, files: Files) -> Patch:
    """Return the patch of a script of expect, in whose language `$env(X)` is a variable of the environment."""
    if _in_comment(place):
        return notes.patch(place, reference, files)
    if place.data[place.start - 1 : place.start] == b"{" and place.data[place.end : place.end + 1] == b"}":
        raise CannotPatch("it stands in braces, in which Tcl fills in nothing")
    edit = Edit(place.path, place.start, place.end, f"$env({reference.env})".encode())
    return Patch((edit,), f"Reads the environment variable {reference.env}.", True, (provide(reference),))


def batch(place: Place, reference: Reference, files: Files) -> Patch:
    """Return the patch of a batch file."""
    line = place.data[layout.line_start(place.data, place.start) : place.start].lstrip().lower()
    if line.startswith((b"rem ", b"::")):
        return notes.patch(place, reference, files)
    edit = Edit(place.path, place.start, place.end, f"%{reference.env}%".encode())
    return Patch((edit,), f"Reads the environment variable {reference.env}.", True, (provide(reference),))


def makefile(place: Place, reference: Reference, files: Files) -> Patch:
    """Return the patch of a makefile, to which each variable of the environment is one of its own."""
    if _in_comment(place):
        return notes.patch(place, reference, files)
    line = place.data[layout.line_start(place.data, place.start) : place.start]
    assigned = re.match(rb"(?:export\s+)?" + reference.env.encode() + rb"\s*[:?]?=", line)
    if assigned:
        raise CannotPatch("make would not set the variable from itself: delete the line, and set it in the environment")
    edit = Edit(place.path, place.start, place.end, f"$({reference.env})".encode())
    return Patch((edit,), f"Reads the environment variable {reference.env}.", True, (provide(reference),))


def pipeline(place: Place, reference: Reference, files: Files) -> Patch:
    """Return the patch of a Jenkinsfile: the credentials that the pipeline is bound to are its environment.

    https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#handling-credentials
    """
    if place.data[layout.line_start(place.data, place.start) : place.start].lstrip().startswith((b"//", b"*", b"/*")):
        return notes.patch(place, reference, files)
    data = place.data
    before, after = data[place.start - 1 : place.start], data[place.end : place.end + 1]
    line = data[layout.line_start(data, place.start) : place.start]
    left = (
        f"Make {reference.env} a credential of Jenkins (kind: secret text), from {source(reference)}, and bind it to"
        " that variable.",
    )
    note = f"Reads the credential {reference.env} of Jenkins."
    if "jenkinsfile" not in place.path.lower():
        raise CannotPatch("it is a script of a tool whose variables are not known here")
    if before == after and before in (b"'", b'"') and re.search(rb"[=:(,]\s*\Z", line[:-1]):
        assigned = re.fullmatch(rb"\s*[A-Z_][A-Z0-9_]*\s*=\s*", line[:-1])
        text = f"credentials('{reference.env}')" if assigned else f"env.{reference.env}"
        return Patch((Edit(place.path, place.start - 1, place.end + 1, text.encode()),), note, True, left)
    if _quote(place) != b'"' or line.count(b"'") % 2:
        raise CannotPatch("it is a part of a command in quotes: bind it with withCredentials around the step")
    edit = Edit(place.path, place.start, place.end, f"${{env.{reference.env}}}".encode())
    return Patch((edit,), note, True, left)
