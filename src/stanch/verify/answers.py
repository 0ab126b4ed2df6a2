"""What came back of a request, and what a rule says about it: conditions, JSON pointers, identity, scopes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

_NOTHING: Any = object()
LONGEST = 200
"""Characters of an identity, or of scopes, that are kept: a reply may be hostile."""
SEARCHED = 64 << 10
"""Bytes at a body's beginning in which a condition's texts are looked for."""


@dataclass(frozen=True)
class Answer:
    """A whole answer: its status, its headers by lower-case names, its body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @cached_property
    def json(self) -> Any:
        """The body as JSON; a value that equals nothing when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
            return _NOTHING

    @cached_property
    def text(self) -> str:
        """The beginning of the body, in lower case."""
        return self.body[:SEARCHED].decode("utf-8", "replace").lower()

    @property
    def is_page(self) -> bool:
        """Is it a page for people? Portals, firewalls and parked domains answer with one, whatever was asked."""
        start = self.text.lstrip("\ufeff \t\r\n")
        return "text/html" in self.headers.get("content-type", "") or start.startswith(("<!doctype html", "<html"))

    @property
    def is_broken(self) -> bool:
        """Does it begin as JSON, and is none?"""
        return self.body.lstrip()[:1] in (b"{", b"[") and self.json is _NOTHING

    def at(self, pointer: str) -> Any:
        """Return what a JSON pointer (RFC 6901) leads to in the body; None where it leads nowhere."""
        found = _at(self.json, pointer)
        return None if found is _NOTHING else found


def _at(value: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key, _NOTHING)
        elif isinstance(value, list) and key.isascii() and key.isdecimal():
            value = value[int(key)] if len(key) < 7 and int(key) < len(value) else _NOTHING
        else:
            return _NOTHING
    return value


@dataclass(frozen=True, slots=True)
class Condition:
    """What an answer must be; all that is given must hold."""

    status: tuple[int, ...] = ()
    json: Mapping[str, Any] = field(default_factory=dict)
    has: tuple[str, ...] = ()
    header: Mapping[str, str] = field(default_factory=dict)
    text: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = [f"status {' or '.join(map(str, self.status))}"] if self.status else []
        said += [f"{pointer} is {json.dumps(value)}" for pointer, value in self.json.items()]
        said += [f"has {pointer}" for pointer in self.has]
        said += [f"{name}: …{value}…" for name, value in self.header.items()]
        said += [f"says {' or '.join(map(repr, self.text))}"] if self.text else []
        return ", ".join(said)

    def holds(self, answer: Answer) -> bool:
        """Is the answer so?

        Broken JSON meets no condition. One that says nothing of the content is not met by a page for people, but for
        status 401: such a page mostly comes from what stands between us and the provider.
        """
        if answer.is_broken or (self.status and answer.status not in self.status):
            return False
        if not (self.json or self.has or self.header or self.text):
            return answer.status == 401 or not answer.is_page
        return (
            all(_equal(_at(answer.json, pointer), value) for pointer, value in self.json.items())
            and all(_at(answer.json, pointer) not in (_NOTHING, None, "", [], {}) for pointer in self.has)
            and all(_is_in(answer.headers.get(name.lower()), value) for name, value in self.header.items())
            and (not self.text or any(words.lower() in answer.text for words in self.text))
        )


def _is_in(header: str | None, value: str) -> bool:
    return header is not None and value.lower() in header.lower()


def _equal(found: Any, wanted: Any) -> bool:
    """Are two JSON values the same? To Python, `True` is 1."""
    return ({type(found), type(wanted)} == {int, float} or type(found) is type(wanted)) and bool(found == wanted)


def met(conditions: tuple[Condition, ...], answer: Answer) -> bool:
    """Is the answer as one of the conditions wants it?"""
    return any(condition.holds(answer) for condition in conditions)


def identity(answer: Answer, pointers: tuple[str, ...]) -> str | None:
    """Return whose a credential is, as a live answer tells; None where it does not."""
    found = [said for pointer in pointers if (said := _said(answer.at(pointer)))]
    return ", ".join(dict.fromkeys(found))[:LONGEST] or None


def scopes(answer: Answer, *, header: str | None, pointer: str | None) -> str | None:
    """Return what a credential may do, as a live answer tells in a header or at a pointer; None where it does not."""
    said = answer.headers.get(header.lower(), "") if header else _said(answer.at(pointer)) if pointer else ""
    return ", ".join(dict.fromkeys(said.replace(",", " ").split()))[:LONGEST] or None


def _said(value: Any) -> str:
    """Return a text, a number, or a list of these as text; nothing of anything else."""
    return ", ".join(_words(value))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from filter(None, [" ".join(value.split())])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, list):
        for item in value[:20]:
            if not isinstance(item, list):
                yield from _words(item)
