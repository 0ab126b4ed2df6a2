"""A private key of Kraken: does the exchange take what it signs? Asked with the lowest number that can be.

Numbers must grow from call to call, so a high one would shut the key's owner out. The lowest is refused by a key that
was ever used, after its signature was looked at; the control shows that.
https://docs.kraken.com/api/docs/guides/spot-rest-auth
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Request, Unanswered
from stanch.verify.client import Client

HOST, PATH = "https://api.kraken.com", "/0/private/GetApiKeyInfo"
_NONCE = "1"
_TAKEN = frozenset({"EAPI:Invalid nonce", "EGeneral:Permission denied"})
"""Errors of calls whose signature is right."""
_DEAD = {
    "EAPI:Invalid key": "no such key",
    "EAPI:Invalid signature": "not the private key of the key beside it",
}


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the exchange takes the key found beside it with a signature by the secret."""
    if "kraken-key" not in asked.parts:
        raise Unanswered("needs another part: the key")
    body = f"nonce={_NONCE}".encode()
    try:
        key = base64.b64decode(asked.secret + b"=" * (-len(asked.secret) % 4), validate=True)
    except binascii.Error:
        raise Unanswered("unsupported: the key is not base64") from None
    digest = hmac.new(key, PATH.encode() + hashlib.sha256(_NONCE.encode() + body).digest(), hashlib.sha512).digest()
    headers = {
        "API-Key": asked.parts["kraken-key"].decode(),
        "API-Sign": base64.b64encode(digest).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    url = asked.where.at(HOST + PATH)
    answer = await client.send(Request("POST", url, headers, body, shown=url))
    errors = answer.at("/error")
    if answer.status == 200 and isinstance(errors, list):
        if (not errors and answer.at("/result")) or not _TAKEN.isdisjoint(map(str, errors)):
            return Verdict(Status.LIVE)
        for error in errors:
            if isinstance(error, str) and error in _DEAD:
                return Verdict(Status.DEAD, _DEAD[error])
    raise Unanswered(f"unexpected answer: status {answer.status}")
