"""A password of Redis or Valkey: does AUTH accept it? Nothing else is asked.

The protocol's few words are written here: a driver would ask the server for more than its login.
https://redis.io/docs/latest/commands/auth/, https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

import re

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.checks import places
from stanch.verify.checks.dialogues import Line, talk
from stanch.verify.checks.places import Place
from stanch.verify.client import Client

PORT = 6379
_ENCRYPTED = ("rediss", "valkeys")
_AZURE = re.compile(r"([a-z0-9-]{1,63}\.redis\.cache\.windows\.net):(6380),password=")
_UNKNOWN = (
    ("without any password configured", "the server has no password"),
    ("no password is set", "the server has no password"),
    ("max number of clients", "the server has too many connections"),
    ("protected mode", "the server does not let this address in"),
    ("loading", "the server is not ready"),
)


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the server that stands around the password takes it."""
    place = _place(asked)
    if "sentinel" in place.scheme:
        raise Unanswered("unsupported: a sentinel's URL names no server")
    password = place.password(asked)
    address = await client.address(place.host, place.port or PORT)
    return place.named(await talk(client, address, lambda line: _login(line, place, password), what="Redis"))


def _place(asked: Asked) -> Place:
    found = _AZURE.search(places.text(asked, "its URL"))
    return Place("rediss", "", found[1], int(found[2])) if found else places.url(asked)


def _login(line: Line, place: Place, password: str) -> Verdict:
    """Log in with the user's name, and without it if that does not do: before Redis 6 it meant nothing."""
    if place.scheme in _ENCRYPTED or place.query.get("ssl", "").lower() == "true":
        line.encrypt()
    said = _asked(line, ["AUTH", place.user, password]) if place.user else ""
    if said != "+OK":
        alone = _asked(line, ["AUTH", password])
        said = alone if not said or alone == "+OK" or "wrong number of arguments" in said else said
    if said == "+OK":
        return Verdict(Status.LIVE)
    if said.startswith("-WRONGPASS") or said == "-ERR invalid password":
        return Verdict(Status.DEAD, "the server refuses the password")
    for words, why in _UNKNOWN:
        if words in said.lower():
            raise Unanswered(f"unexpected answer: {why}")
    raise Unanswered(
        "unexpected answer: not that of Redis" if said[:1] not in "+-" else "unexpected answer: another than AUTH gets"
    )


def _asked(line: Line, words: list[str]) -> str:
    encoded = [word.encode() for word in words]
    line.sendall(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
    return line.until(b"\r\n").decode("utf-8", "replace").strip()
