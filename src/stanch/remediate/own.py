"""Files that stanch itself wrote and that hold secrets: they are deleted when they are done with, never patched."""

from __future__ import annotations

import re

PATCH = b"# A patch of stanch: it holds secrets, so delete it once it is applied.\n"
"""How a patch begins; git and patch(1) pass over what stands before the first file's header."""
_OBJECT = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*\{")
_TOOL = re.compile(rb'"tool"\s*:\s*\{[^{}]*"name"\s*:\s*"stanch"')


def is_object(data: bytes) -> bool:
    """Does a file begin as a JSON object does?"""
    return _OBJECT.match(data) is not None


def is_report(data: bytes) -> bool:
    """Is it a JSON report, whole or cut off, whatever formatted it, in UTF-8 or UTF-16?"""
    return bool(is_object(data) and _TOOL.search(data.replace(b"\0", b"")))


def why(data: bytes) -> str | None:
    """Return why a file is left alone, in a sentence; None for one that stanch did not write."""
    if data.startswith(PATCH):
        return "a patch of stanch: delete it once it is applied"
    return "a report of stanch: delete it when you are done" if is_report(data) else None
