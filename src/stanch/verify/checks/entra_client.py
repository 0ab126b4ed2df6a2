"""A client secret of Microsoft Entra ID: does it get its application a token? The token is forgotten at once.

Codes: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from stanch.model import Status, Verdict
from stanch.verify.answers import Answer
from stanch.verify.asked import Asked, Request, Unanswered
from stanch.verify.checks import places
from stanch.verify.client import Client

_GUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_NAMED = r"(?i:{})[\"']?\s{{0,4}}[:=,]{{0,2}}[>\s\"']{{0,4}}({})"
_TENANT = re.compile(_NAMED.format(r"tenant(?:[_-]?id)?|directory[_-]?id", rf"{_GUID}|[a-z0-9-]+\.onmicrosoft\.com"))
_CLIENT = re.compile(_NAMED.format(r"client[_-]?id|app(?:lication)?[_-]?id", _GUID))
_LOGIN = re.compile(rf"login\.microsoftonline\.com/({_GUID}|[a-z0-9-]+\.onmicrosoft\.com)")
_DEAD = {7000215: "not a secret of this application", 7000222: "expired"}
_UNKNOWN = {
    700016: "the tenant does not know the application",
    90002: "there is no such tenant",
    900023: "there is no such tenant",
    7000112: "the application is disabled",
    53003: "a policy of the tenant forbids the login",
}


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the tenant and the client id around the secret get a token with it."""
    around = places.text(asked, "the tenant and the client id")
    tenant, id = _only(_TENANT, around) or _only(_LOGIN, around), _only(_CLIENT, around)
    if not tenant or not id:
        raise Unanswered("needs another part: one tenant and one client id")
    url = asked.where.at(f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
    form = {
        "client_id": id,
        "client_secret": asked.secret.decode(),
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return _verdict(await client.send(Request("POST", url, headers, urlencode(form).encode(), shown=url)), id)


def _only(pattern: re.Pattern[str], around: str) -> str | None:
    """Return what is found, unless that is nothing, or several: another application's would make a live secret dead."""
    found = {match[1].lower() for match in pattern.finditer(around)}
    return found.pop() if len(found) == 1 else None


def _verdict(answer: Answer, id: str) -> Verdict:
    if answer.status == 200 and isinstance(answer.at("/access_token"), str) and answer.at("/token_type") == "Bearer":
        return Verdict(Status.LIVE, None, f"application {id}")
    found = answer.at("/error_codes")
    codes = [code for code in found if isinstance(code, int)] if isinstance(found, list) else []
    for code in codes if answer.status in (400, 401) else ():
        if code in _DEAD:
            return Verdict(Status.DEAD, _DEAD[code])
    known = next((_UNKNOWN[code] for code in codes if code in _UNKNOWN), None)
    told = f", AADSTS{codes[0]}" if codes else ""
    raise Unanswered(f"unexpected answer: {known or f'status {answer.status}{told}'}")
