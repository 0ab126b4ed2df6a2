"""A password of an FTP server: does PASS accept it? With TLS wherever the server has it.

https://www.rfc-editor.org/rfc/rfc959, https://www.rfc-editor.org/rfc/rfc4217
"""

from __future__ import annotations

import re

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.checks import places
from stanch.verify.checks.dialogues import Line, talk
from stanch.verify.checks.places import Place
from stanch.verify.client import Client

PORT, IMPLICIT = 21, 990
_WRONG = re.compile(
    r"login incorrect|authentication failed|incorrect password|cannot log in|invalid (?:user|login|password)"
)
_LINES = 100


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the server that stands around the password lets the user in with it."""
    place = places.url(asked)
    if place.scheme not in ("ftp", "ftps"):
        raise Unanswered(f"unsupported: {place.scheme} is not asked")
    implicit = place.port == IMPLICIT or (place.scheme == "ftps" and place.port is None)
    password = place.password(asked)
    address = await client.address(place.host, place.port or (IMPLICIT if implicit else PORT))
    return place.named(await talk(client, address, lambda line: _login(line, place, password, implicit), what="FTP"))


def _login(line: Line, place: Place, password: str, implicit: bool) -> Verdict:
    """Log in, and say how the server takes it."""
    if any(sign in place.user + password for sign in "\r\n\0"):
        raise Unanswered("unsupported: no user or password of FTP has a line end")
    if implicit:
        line.encrypt()
    if _answer(line)[0] != 220:
        raise Unanswered("unexpected answer: not that of FTP")
    if not implicit:
        if _said(line, "AUTH TLS")[0] == 234:
            line.encrypt()
        elif place.scheme == "ftps":
            raise Unanswered("network: the server has no TLS, which the URL demands")
    code, _ = _said(line, f"USER {place.user}")
    if code != 331:
        raise Unanswered(f"unexpected answer: {code} to USER")
    code, words = _said(line, f"PASS {password}")
    if code == 230:
        return Verdict(Status.LIVE)
    if code == 530 and _WRONG.search(words.lower()):
        return Verdict(Status.DEAD, "the server refuses the password")
    raise Unanswered(f"unexpected answer: {code} to PASS")


def _said(line: Line, command: str) -> tuple[int, str]:
    line.sendall(command.encode() + b"\r\n")
    return _answer(line)


def _answer(line: Line) -> tuple[int, str]:
    """Return the number and the last line of an answer, which may have many lines."""
    for _ in range(_LINES):
        found = line.until(b"\n").decode("utf-8", "replace")
        if re.match(r"[1-5]\d\d(?: |\r?\n)", found):
            return int(found[:3]), found[4:].strip()
    raise Unanswered("unexpected answer: not that of FTP")
