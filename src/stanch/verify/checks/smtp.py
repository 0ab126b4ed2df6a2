"""A password of a mail server: does AUTH accept it? No mail is sent, and no password without TLS.

https://www.rfc-editor.org/rfc/rfc4954; the answers' numbers: section 6 there.
"""

from __future__ import annotations

import smtplib
from typing import Any, cast

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.checks import places
from stanch.verify.checks.dialogues import Line, talk
from stanch.verify.checks.places import Place
from stanch.verify.client import Client

PORT, IMPLICIT = 587, 465
_SWITCHED_OFF = (b"disabled", b"5.7.139", b"not enabled", b"application-specific", b"locked", b"too many")
"""In an answer of 535 that says nothing about the password."""


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the server that stands around the password lets the user in with it."""
    place = places.url(asked)
    if place.scheme not in ("smtp", "smtps"):
        raise Unanswered(f"unsupported: {place.scheme} is not asked")
    implicit = place.scheme == "smtps" or place.port == IMPLICIT
    password = place.password(asked)
    address = await client.address(place.host, place.port or (IMPLICIT if implicit else PORT))
    said = await talk(client, address, lambda line: _login(line, place, password, implicit), what="SMTP")
    return place.named(_verdict(*said))


def _login(line: Line, place: Place, password: str, implicit: bool) -> tuple[int, bytes]:
    """Return the server's answer to AUTH."""

    class Mail(smtplib.SMTP):
        def _get_socket(self, host: str, port: int, timeout: float) -> Any:
            return line

    mail = Mail(local_hostname="localhost")
    if implicit:
        line.encrypt()
    try:
        code, _ = mail.connect(place.host, 1)
        if code != 220:
            raise Unanswered(f"unexpected answer: {code} at the beginning")
        mail.ehlo()
        if not implicit:
            if not mail.has_extn("starttls"):
                raise Unanswered("unsupported: the server offers no STARTTLS, so it is given no password")
            code, _ = mail.starttls(context=cast(Any, line))
            if code != 220 or not line.encrypted:
                raise Unanswered(f"unexpected answer: {code} to STARTTLS")
            mail.ehlo()
        return _authenticated(mail, place.user, password)
    except smtplib.SMTPServerDisconnected:
        raise EOFError from None


def _authenticated(mail: smtplib.SMTP, user: str, password: str) -> tuple[int, bytes]:
    offered = mail.esmtp_features.get("auth", "").upper().split()
    mail.user, mail.password = user, password
    ways: dict[str, Any] = {"PLAIN": mail.auth_plain, "LOGIN": mail.auth_login, "CRAM-MD5": mail.auth_cram_md5}
    way = next((name for name in ways if name in offered), None)
    if way is None:
        raise Unanswered("unsupported: the server offers no login with a password")
    try:
        return mail.auth(way, ways[way])
    except smtplib.SMTPAuthenticationError as error:
        return error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""


def _verdict(code: int, words: bytes) -> Verdict:
    if code == 235:
        return Verdict(Status.LIVE)
    if code == 535 and not any(part in words.lower() for part in _SWITCHED_OFF):
        return Verdict(Status.DEAD, "the server refuses the password")
    raise Unanswered(f"unexpected answer: {code} to AUTH")
