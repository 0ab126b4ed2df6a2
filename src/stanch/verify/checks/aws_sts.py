"""A secret access key of AWS: whose is it? Asked by GetCallerIdentity, which needs no permission.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

import re

from stanch.model import Status, Verdict
from stanch.verify.answers import Answer
from stanch.verify.asked import Asked, Request, Unanswered
from stanch.verify.checks import joined
from stanch.verify.checks.extras import needed
from stanch.verify.client import Client

PLACES = (
    ("https://sts.amazonaws.com/", "us-east-1"),
    ("https://sts.us-gov-west-1.amazonaws.com/", "us-gov-west-1"),
    ("https://sts.cn-north-1.amazonaws.com.cn/", "cn-north-1"),
)
"""The partitions of AWS: each knows its own keys only, and a key does not tell which is its."""
IDS = ("aws-access-key-id", "aws-sts-access-key-id")
SESSION = "aws-session-token"
_BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
_DEAD = {
    "SignatureDoesNotMatch": "the secret is not that of the key id",
    "ExpiredToken": "expired",
    "ExpiredTokenException": "expired",
}
_CLOCK = ("signature expired", "not yet current", "request expired")
"""In an answer that is about the clock."""


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whose the secret is with the key id found beside it, and the session token where it needs one.

    Where ids of both kinds stand beside it, it is asked with each: which is its own is not known.
    """
    ids = [asked.parts[rule].decode() for rule in IDS if rule in asked.parts]
    token = asked.parts.get(SESSION, b"").decode() or None
    if not ids:
        raise Unanswered("needs another part: the key id")
    if token is None and not (ids := [id for id in ids if not id.startswith("ASIA")]):
        raise Unanswered("needs another part: the session token")
    # A long-lived key is refused with a token, which is another one's.
    verdicts = [await _with(id, token if id.startswith("ASIA") else None, asked, client) for id in ids]
    return joined(verdicts)


async def _with(id: str, token: str | None, asked: Asked, client: Client) -> Verdict:
    """Return whose the secret is with one key id; unknown where that is not said."""
    try:
        return await _asked(id, token, asked, client)
    except Unanswered as error:
        return Verdict(Status.UNKNOWN, str(error))


async def _asked(id: str, token: str | None, asked: Asked, client: Client) -> Verdict:
    for url, region in asked.where.over(PLACES):
        answer = await client.send(_signed(url, region, id, asked.secret.decode(), token))
        verdict = _verdict(answer)
        if verdict is not None:
            return verdict
    return Verdict(Status.DEAD, "no such key, or switched off")


def _signed(url: str, region: str, id: str, secret: str, token: str | None) -> Request:
    """Return the request with a signature of version 4."""
    auth, requests, credentials = needed("aws", "botocore.auth", "botocore.awsrequest", "botocore.credentials")
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = requests.AWSRequest(method="POST", url=url, data=_BODY, headers=headers)
    auth.SigV4Auth(credentials.Credentials(id, secret, token), "sts", region).add_auth(request)
    return Request("POST", url, {**headers, **dict(request.headers.items())}, _BODY, shown=url)


def _verdict(answer: Answer) -> Verdict | None:
    """Return what an answer says; None when this partition does not know the key."""
    text = answer.body.decode("utf-8", "replace")
    arn = re.search(r"<GetCallerIdentityResult>.*?<Arn>\s*(arn:aws[a-z-]*:[^<\s]{1,400})\s*</Arn>", text, re.DOTALL)
    if answer.status == 200 and arn:
        return Verdict(Status.LIVE, None, arn[1])
    found = re.search(r"<Code>\s*(\w{1,64})\s*</Code>", text)
    code = found[1] if found else ""
    if code == "InvalidClientTokenId" and answer.status == 403:
        return None
    if code in _DEAD and answer.status in (400, 403):
        if any(words in text.lower() for words in _CLOCK):
            raise Unanswered("unexpected answer: this machine's clock is wrong")
        return Verdict(Status.DEAD, _DEAD[code])
    raise Unanswered(f"unexpected answer: status {answer.status}" + (f", {code}" if code else ""))
