"""A JSON Web Token: has it run out? Nobody is asked: its key is not fetched, so it is never called live.

https://www.rfc-editor.org/rfc/rfc7519#section-4.1
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.client import Client

_LATEST = 253402300799
"""The last second of the year 9999: a later date is none."""
_LEEWAY = 300
"""Seconds that clocks may differ."""


async def check(asked: Asked, client: Client) -> Verdict:
    """Return dead for a token whose time has passed. Raises Unanswered, saying what is known, for any other."""
    claims = _claims(asked.secret)
    now = datetime.now(UTC).timestamp()
    expiry, start = _time(claims, "exp"), _time(claims, "nbf")
    if expiry is not None and expiry + _LEEWAY < now:
        return Verdict(Status.DEAD, f"expired on {_date(expiry)}")
    if start is not None and start - _LEEWAY > now:
        raise Unanswered(f"unsupported: not valid before {_date(start)}")
    if expiry is None:
        raise Unanswered("unsupported: its key is not known; it never expires")
    raise Unanswered(f"unsupported: its key is not known; it expires on {_date(expiry)}")


def _claims(secret: bytes) -> dict[str, Any]:
    token = secret
    if b"." not in token:
        token = _decoded(token)
    parts = token.split(b".")
    if len(parts) != 3:
        raise Unanswered("unsupported: not a readable token")
    try:
        found = [json.loads(_decoded(part)) for part in parts[:2]]
    except (ValueError, RecursionError):
        raise Unanswered("unsupported: not a readable token") from None
    if not all(isinstance(part, dict) for part in found):
        raise Unanswered("unsupported: not a readable token")
    claims: dict[str, Any] = found[1]
    return claims


def _decoded(part: bytes) -> bytes:
    try:
        part = part.rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_")
        return base64.b64decode(part + b"=" * (-len(part) % 4), b"-_", validate=True)
    except binascii.Error:
        raise Unanswered("unsupported: not a readable token") from None


def _time(claims: dict[str, Any], name: str) -> float | None:
    """Return a claim's seconds since 1970. Raises Unanswered when there is one that is no time."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise Unanswered("unsupported: not a readable token: its times are none")
    return float(value)


def _date(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
