"""What is asked: a credential with what goes with it, and the request or the address that it is asked with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from stanch.rules import Rule

T = TypeVar("T")
_AUTHORITY = re.compile(r"\A[a-z]+://[^/?]*")


class Unanswered(Exception):
    """A question that got no answer, or was not asked; the text says why in a few words, without the secret."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Its `repr` has the method alone."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    shown: str = field(default="", repr=False)
    """The URL as it may be printed, its values masked. Empty: its host alone is printed."""
    lines: tuple[str, ...] = field(default=(), repr=False)
    """Headers and body as they may be printed."""


class Address(NamedTuple):
    """Where to connect: an address that was checked. TLS is checked against `host`."""

    ip: str
    port: int
    host: str


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where users have a provider's service themselves, `--endpoint NAME=URL`, as the check of one rule sees it."""

    urls: Mapping[str, str] = field(default_factory=dict)
    """By name; without a `/` at the end."""
    name: str = ""
    """The endpoint of the rule."""

    def at(self, url: str) -> str:
        """Return `url` with the endpoint's URL in place of its scheme and host, where the user has named one.

        Raises Unanswered for a path alone, `/…`, of an endpoint that nobody has named.
        """
        base = self.urls.get(self.name)
        if base is not None:
            return base + _AUTHORITY.sub("", url)
        if url.startswith("/"):
            raise Unanswered(f"host not allowed: no host is known; --endpoint {self.name}=URL names one")
        return url

    def over(self, places: Iterable[tuple[str, T]]) -> list[tuple[str, T]]:
        """Return URLs, each with what goes with it; where the user has named the endpoint, only the first, there."""
        every = list(places)
        return [(self.at(url), other) for url, other in every[:1]] if self.name in self.urls else every


@dataclass(frozen=True, slots=True)
class Asked:
    """A credential to check."""

    rule: Rule
    secret: bytes = field(repr=False)
    parts: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """What was found beside it and goes with it, by the rules that found it; as `around`, the text around it."""
    where: Endpoints = Endpoints()
