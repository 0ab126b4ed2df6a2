"""A shared access signature of Azure Storage: does its URL open what it names? It is only read, and little of that.

https://learn.microsoft.com/rest/api/storageservices/create-service-sas and .../create-account-sas
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlencode

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Request, Unanswered
from stanch.verify.checks import places
from stanch.verify.checks.azure_storage_key import CLOUDS
from stanch.verify.client import Client

_HOST = re.compile(rf"[a-z0-9]{{3,24}}\.(blob|queue|table|file)\.(?:{'|'.join(map(re.escape, CLOUDS))})")
_TIMES = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S.%f0Z")
_WRONG = ("signature did not match", "signature fields not well formed")


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the URL around a signature is open with it; what has run out is dead without a question."""
    base, path, query = _signed(asked)
    expiry = _time(query.get("se", ""))
    if expiry and expiry < datetime.now(UTC):
        return Verdict(Status.DEAD, f"expired on {expiry:%Y-%m-%d}")
    start = _time(query.get("st", ""))
    if start and start > datetime.now(UTC):
        raise Unanswered(f"unsupported: not valid before {start:%Y-%m-%d}")
    method, path, asking = _question(base, path, query)
    url = asked.where.at(base + path)
    answer = await client.send(Request(method, f"{url}?{urlencode({**asking, **query})}", shown=f"{url}?…"))
    whose = base.removeprefix("https://")
    if 200 <= answer.status < 300 and answer.headers.get("x-ms-request-id"):
        return Verdict(Status.LIVE, f"until {expiry:%Y-%m-%d}" if expiry else None, whose)
    code = answer.headers.get("x-ms-error-code", "").lower()
    if answer.status == 403 and code == "authorizationpermissionmismatch":
        return Verdict(Status.LIVE, "may not read", whose)
    failed = "authenticationfailed" in (code, *re.findall(r"<code>(\w+)</code>", answer.text))
    # An answer to HEAD has no body that says more; were it about the time, the checks above would have told.
    if answer.status == 403 and failed and (method == "HEAD" or any(words in answer.text for words in _WRONG)):
        return Verdict(Status.DEAD, "the signature is wrong, or its key was changed")
    raise Unanswered(f"unexpected answer: status {answer.status}")


def _signed(asked: Asked) -> tuple[str, str, dict[str, str]]:
    """Return the URL's scheme and host, its path, and its query with the secret as the signature."""
    around = places.text(asked, "its URL").replace("&amp;", "&").partition("#")[0]
    scheme, _, rest = around.partition("://")
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    path, _, query = rest[len(authority) :].partition("?")
    if scheme != "https" or not _HOST.fullmatch(authority):
        raise Unanswered("needs another part: its URL")
    known = dict(parse_qsl(query.rstrip(places.TRAILING), keep_blank_values=True))
    known["sig"] = unquote(asked.secret.decode())
    return f"https://{authority}", path or "/", known


def _question(base: str, path: str, query: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
    """Return a method, a path and a query that only read, and that the signature allows."""
    service = base.split(".")[1]
    allowed = query.get("sp", "rl" if "si" in query else "")  # a stored policy's permissions stand elsewhere
    if "ss" in query:
        if service[0] not in query["ss"] or "s" not in query.get("srt", "") or "r" not in allowed:
            raise Unanswered("unsupported: allows nothing that can be asked without doing harm")
        return "GET", "/", {"restype": "service", "comp": "properties"}
    if service == "blob" and query.get("sr") == "b" and "r" in allowed:
        return "HEAD", path, {}
    if service == "blob" and query.get("sr") in ("c", "d") and "l" in allowed:
        container = "/" + path.strip("/").partition("/")[0]
        return "GET", container, {"restype": "container", "comp": "list", "maxresults": "1"}
    if service == "file" and query.get("sr") == "f" and "r" in allowed:
        return "HEAD", path, {}
    raise Unanswered("unsupported: allows nothing that can be asked without doing harm")


def _time(text: str) -> datetime | None:
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
