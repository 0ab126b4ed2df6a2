"""A key of a Google service account: does what it signs get a token? The token is forgotten at once.

Google's own address is asked, whatever `token_uri` beside the key says.
https://developers.google.com/identity/protocols/oauth2/service-account#httprest
"""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any
from urllib.parse import urlencode

from stanch.model import Status, Verdict
from stanch.verify.answers import Answer
from stanch.verify.asked import Asked, Request, Unanswered
from stanch.verify.checks import places
from stanch.verify.checks.extras import needed
from stanch.verify.client import Client

URL = "https://oauth2.googleapis.com/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPE = "https://www.googleapis.com/auth/userinfo.email"
"""The least that a token can be for."""
_SECONDS = 300
_MEMBER = r'"{}"\s*:\s*"({})"'
_EMAIL = re.compile(_MEMBER.format("client_email", r"[A-Za-z0-9._%+-]{1,100}@[A-Za-z0-9.-]{1,150}"))
_KEY_ID = re.compile(_MEMBER.format("private_key_id", "[0-9a-f]{40}"))
_DEAD = (
    ("invalid jwt signature", "the key was deleted, or never was the account's"),
    ("account not found", "the account was deleted"),
    ("disabled", "the account or the key is switched off"),
)


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the account that stands around the key gets a token with it."""
    around = places.text(asked, "client_email").replace("\\", "")
    email, id = _EMAIL.search(around), _KEY_ID.search(around)
    if not email:
        raise Unanswered("needs another part: client_email")
    url = asked.where.at(URL)
    form = {"grant_type": _GRANT, "assertion": _assertion(asked.secret, email[1], id[1] if id else None)}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return _verdict(await client.send(Request("POST", url, headers, urlencode(form).encode(), shown=url)), email[1])


def control() -> bytes:
    """Return a fresh key that no account has."""
    _, _, rsa, serialization = _library()
    key = rsa.generate_private_key(65537, 2048)
    form, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    found: bytes = key.private_bytes(serialization.Encoding.PEM, form, bare)
    return found.strip()


def _library() -> list[Any]:
    names = ("hashes", "asymmetric.padding", "asymmetric.rsa", "serialization")
    return needed("keys", *(f"cryptography.hazmat.primitives.{name}" for name in names))


def _assertion(secret: bytes, email: str, id: str | None) -> str:
    """Return a token of five minutes, signed by the key. Raises Unanswered when the key is none."""
    hashes, padding, rsa, serialization = _library()
    try:
        # In JSON its line ends are `\n`, in JSON within JSON `\\n`.
        key = serialization.load_pem_private_key(re.sub(rb"\\+n", b"\n", secret), None)
    except (ValueError, TypeError):
        raise Unanswered("unsupported: the key cannot be read") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Unanswered("unsupported: the key is not one of RSA")
    now = int(time.time())
    claims = {"iss": email, "scope": _SCOPE, "aud": URL, "iat": now, "exp": now + _SECONDS}
    head = {"alg": "RS256", "typ": "JWT", **({"kid": id} if id else {})}
    signed = ".".join(_encoded(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{_encoded(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _verdict(answer: Answer, email: str) -> Verdict:
    if answer.status == 200 and isinstance(answer.at("/access_token"), str):
        return Verdict(Status.LIVE, None, email)
    error, said = answer.at("/error"), answer.at("/error_description")
    described = said.lower() if isinstance(said, str) else ""
    if answer.status in (400, 401) and error in ("invalid_grant", "invalid_client", "disabled_client"):
        for words, why in _DEAD:
            if words in described or (error == "disabled_client" and words == "disabled"):
                return Verdict(Status.DEAD, why)
        if "timeframe" in described or "short-lived" in described:
            raise Unanswered("unexpected answer: this machine's clock is wrong")
    named = f", {error}" if isinstance(error, str) and re.fullmatch(r"[a-z_]{1,40}", error) else ""
    raise Unanswered(f"unexpected answer: status {answer.status}{named}")
