"""A password in an https URL: is it what opens the page? Asked without it, with it, and with a wrong one.

Only the path is asked for, without a query: that might do something. https://www.rfc-editor.org/rfc/rfc7617
"""

from __future__ import annotations

import base64

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Request, Unanswered
from stanch.verify.checks import places
from stanch.verify.checks.places import Place
from stanch.verify.client import Client


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the page that stands around the password is closed without it and open with it."""
    place = places.url(asked)
    if place.scheme not in ("http", "https"):
        raise Unanswered(f"unsupported: {place.scheme} is not asked")
    if place.scheme == "http":
        raise Unanswered("unsupported: the URL has no TLS, so its host is given no password")
    if await _status(client, place, None) != 401:
        raise Unanswered("unexpected answer: the page does not ask for a password")
    password = place.password(asked)
    status = await _status(client, place, password)
    if 200 <= status < 300:
        return place.named(Verdict(Status.LIVE))
    if status == 401:
        return Verdict(Status.DEAD, "the server refuses the password")
    raise Unanswered(f"unexpected answer: status {status}")


async def _status(client: Client, place: Place, password: str | None) -> int:
    headers = {}
    if password is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{place.user}:{password}".encode()).decode()
    host = f"[{place.host}]" if ":" in place.host else place.host
    url = f"https://{host}{f':{place.port}' if place.port else ''}{place.raw_path or '/'}"
    return (await client.send(Request("GET", url, headers, shown=url))).status
