"""A key of an Azure storage account: does the account take what it signs? Asked for the account's kind, no data.

https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key and .../get-account-information
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from email.utils import formatdate

from stanch.model import Status, Verdict
from stanch.verify.answers import Answer
from stanch.verify.asked import Asked, Request, Unanswered
from stanch.verify.checks import AROUND
from stanch.verify.client import Client

ACCOUNTS = ("azure-storage-account-name-setting", "azure-storage-account-name")
CLOUDS = ("core.windows.net", "core.usgovcloudapi.net", "core.chinacloudapi.cn")
VERSION = "2021-08-06"
_NAME = re.compile(r"[a-z0-9]{3,24}")


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the account that stands beside the key takes it."""
    account, cloud = _account(asked)
    url = asked.where.at(f"https://{account}.blob.{cloud}/")
    answer = await client.send(_signed(url, account, asked.secret))
    if answer.status == 200 and answer.headers.get("x-ms-sku-name"):
        return Verdict(Status.LIVE, None, account)
    text, code = answer.text, answer.headers.get("x-ms-error-code", "")
    if answer.status == 403 and "authenticationfailed" in (code + text).lower() and "mac signature" in text:
        return Verdict(Status.DEAD, "not a key of this account")
    raise Unanswered(_why(answer, code))


def _account(asked: Asked) -> tuple[str, str]:
    around = asked.parts.get(AROUND, b"").decode("utf-8", "replace")
    named = re.search(r"(?:^|;)AccountName=([a-z0-9]{3,24})(?:;|$)", around)
    found = named[1] if named else next((asked.parts[rule].decode() for rule in ACCOUNTS if rule in asked.parts), "")
    if not _NAME.fullmatch(found):
        raise Unanswered("needs another part: the account's name")
    suffix = re.search(r"EndpointSuffix=([a-z.]+)", around)
    cloud = suffix[1] if suffix else CLOUDS[0]
    if cloud not in CLOUDS:
        raise Unanswered("unsupported: names a cloud that is not Azure's")
    return found, cloud


def _signed(url: str, account: str, secret: bytes) -> Request:
    """Return the request with a signature by the key."""
    try:
        key = base64.b64decode(secret, validate=True)
    except binascii.Error:
        raise Unanswered("unsupported: the key is not base64") from None
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": VERSION}
    canonical = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    resource = f"/{account}/\ncomp:properties\nrestype:account"
    signed = "GET" + "\n" * 12 + canonical + resource
    digest = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
    headers["Authorization"] = f"SharedKey {account}:{digest}"
    whole = f"{url}?restype=account&comp=properties"
    return Request("GET", whole, headers, shown=whole)


_WHY = {
    "keybasedauthenticationnotpermitted": "the account takes no keys",
    "accountisdisabled": "the account is disabled",
    "authorizationfailure": "the account does not let this address in",
}


def _why(answer: Answer, code: str) -> str:
    known = _WHY.get(code.lower()) if re.fullmatch(r"\w{1,64}", code) else None
    return f"unexpected answer: {known or f'status {answer.status}'}"
