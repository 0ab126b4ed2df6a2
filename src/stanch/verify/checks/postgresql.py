"""A password of PostgreSQL: does the server let its user in? Nothing is asked but the login.

Protocol: https://www.postgresql.org/docs/current/protocol-flow.html; codes: errcodes-appendix.html there.
"""

from __future__ import annotations

import re
import struct
from typing import Any

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.checks import places
from stanch.verify.checks.dialogues import Line, talk
from stanch.verify.checks.extras import needed
from stanch.verify.checks.places import Place
from stanch.verify.client import Client

PORT = 5432
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_CLEAR_TEXT = 3
"""The authentication request for the password as it is."""
_DEAD = {"28P01": "the server refuses the password"}
_LIVE = {"3D000": "the database does not exist, the password is right", "42501": "may not use this database"}
"""What comes after a login that the server accepted."""
_UNKNOWN = {
    "28000": "the server does not let this user in from here",
    "53300": "the server has too many connections",
    "57P03": "the server is not ready",
}


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the server that stands around the password lets the user in with it."""
    place = places.database(asked)
    _driver()
    password = place.password(asked)
    address = await client.address(place.host, place.port or PORT)
    return place.named(await talk(client, address, lambda line: _login(line, place, password), what="PostgreSQL"))


def _driver() -> Any:
    return needed("databases", "pg8000.core")[0]


def _login(line: Line, place: Place, password: str) -> Verdict:
    """Log in, and say how the server takes it."""
    core = _driver()
    base = core.CoreConnection
    _encrypt(line, place.query)

    class Login(base):  # type: ignore[misc, valid-type]  # the driver has no types
        """A connection that gives no password in clear text, and ends without a word."""

        def handle_AUTHENTICATION_REQUEST(self, data: bytes, context: Any) -> None:
            if data[:4] == struct.pack("!i", _CLEAR_TEXT) and not line.encrypted:
                raise Unanswered("unsupported: the server wants the password unencrypted")
            super().handle_AUTHENTICATION_REQUEST(data, context)

        def close(self) -> None:
            line.close()

    try:
        Login(place.user, host=place.host, database=place.path or None, password=password, sock=line, ssl_context=False)
    except core.DatabaseError as error:
        return _refused(error)
    return Verdict(Status.LIVE)


def _encrypt(line: Line, query: Any) -> None:
    """Go on with TLS where the server has it. Raises Unanswered when it has none though the URL demands it."""
    mode = query.get("sslmode", "").lower()
    demanded = mode in ("require", "verify-ca", "verify-full") or query.get("ssl", "").lower() in (
        "true",
        "1",
        "require",
    )
    if mode == "disable":
        return
    line.sendall(_SSL_REQUEST)
    reply = line.exactly(1)
    if reply == b"S":
        line.encrypt()
    elif reply != b"N":
        raise Unanswered("unexpected answer: not that of PostgreSQL")
    elif demanded:
        raise Unanswered("network: the server has no TLS, which the URL demands")


def _refused(error: Exception) -> Verdict:
    said = error.args[0] if error.args else None
    code = said.get("C", "") if isinstance(said, dict) else ""
    if code in _DEAD:
        return Verdict(Status.DEAD, _DEAD[code])
    if code in _LIVE:
        return Verdict(Status.LIVE, _LIVE[code])
    known = code if re.fullmatch(r"[0-9A-Z]{5}", code) else "without a code"
    raise Unanswered(f"unexpected answer: {_UNKNOWN.get(code, f'error {known}')}")
