"""A password of MongoDB: does SCRAM accept it? Nothing is asked but the login.

The driver resolves and monitors servers by itself, so the login's three messages are written here, with its encoder.
https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/, https://www.rfc-editor.org/rfc/rfc5802
"""

from __future__ import annotations

import asyncio
import hashlib
import struct
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.checks import places
from stanch.verify.checks.dialogues import Line, talk
from stanch.verify.checks.extras import needed
from stanch.verify.checks.places import Place
from stanch.verify.client import Client

PORT = 27017
_MESSAGE = 2013
_LARGEST = 64 << 10
_LOOKUP = 5.0
"""Seconds for the DNS."""
_AUTHENTICATION_FAILED, _ATLAS = 18, 8000
_WAYS = ("SCRAM-SHA-256", "SCRAM-SHA-1")


async def check(asked: Asked, client: Client) -> Verdict:
    """Return whether the server that stands around the password lets the user in with it."""
    place = places.url(asked)
    _library()
    way = place.query.get("authmechanism", "").upper()
    if way not in ("", "DEFAULT", *_WAYS):
        raise Unanswered("unsupported: a login without a password")
    host, port = place.host, place.port or PORT
    if place.scheme == "mongodb+srv":
        client.admit(place.host, PORT)
        host, port = await asyncio.to_thread(_served, place.host)
        if "authsource" not in place.query:
            source = await asyncio.to_thread(_source, place.host)
            place = replace(place, query={**place.query, "authsource": source})
    password = place.password(asked)
    address = await client.address(host, port)
    return place.named(await talk(client, address, lambda line: _login(line, place, password), what="MongoDB"))


def _library() -> list[Any]:
    return needed("databases", "bson", "scramp")


def _served(host: str) -> tuple[str, int]:
    """Return the first server that the DNS names for a cluster; its name must be under the cluster's own domain.

    https://github.com/mongodb/specifications/blob/master/source/initial-dns-seedlist-discovery/
    """
    exception, resolver = needed("databases", "dns.exception", "dns.resolver")
    try:
        found = resolver.resolve(f"_mongodb._tcp.{host}", "SRV", lifetime=_LOOKUP)
        servers = sorted((str(record.target).rstrip(".").lower(), int(record.port)) for record in found)
    except (exception.DNSException, OSError):
        raise Unanswered("network: the DNS names no server of the cluster") from None
    domain = host.partition(".")[2]
    if not servers or domain.count(".") < 1 or not all(name.endswith(f".{domain}") for name, _ in servers):
        raise Unanswered("host not allowed: the DNS names a server of another domain")
    return servers[0]


def _source(host: str) -> str:
    """Return the database of users that the DNS names for a cluster, empty for none; that of Atlas is always `admin`.

    Raises Unanswered when it is not known, since a login at another database is refused.
    """
    exception, resolver = needed("databases", "dns.exception", "dns.resolver")
    try:
        found = [b"".join(record.strings).decode() for record in _texts(resolver, host)]
    except (exception.DNSException, OSError, UnicodeDecodeError):
        raise Unanswered("network: the DNS does not tell the cluster's options") from None
    if len(found) > 1:
        raise Unanswered("unexpected answer: the DNS tells the cluster's options twice")
    options = {name.lower(): value for text in found for name, value in parse_qsl(text)}
    return options.get("authsource", "")


def _texts(resolver: Any, host: str) -> list[Any]:
    try:
        return list(resolver.resolve(host, "TXT", lifetime=_LOOKUP))
    except (resolver.NoAnswer, resolver.NXDOMAIN):  # there need not be any
        return []


def _login(line: Line, place: Place, password: str) -> Verdict:
    """Log in, and say how the server takes it."""
    _, scramp = _library()
    tls = place.query.get("tls", place.query.get("ssl", "")).lower()
    if tls == "true" or (place.scheme == "mongodb+srv" and tls != "false"):
        line.encrypt()
    source = place.query.get("authsource") or place.path or "admin"
    hello = _asked(line, {"hello": 1, "saslSupportedMechs": f"{source}.{place.user}", "$db": "admin"})
    offered = hello.get("saslSupportedMechs")
    named = place.query.get("authmechanism", "").upper()
    way = named if named in _WAYS else next((way for way in _WAYS if way in (offered or ())), _WAYS[1])
    if way == "SCRAM-SHA-1":  # its passwords are hashed so before all else
        password = hashlib.md5(f"{place.user}:mongo:{password}".encode(), usedforsecurity=False).hexdigest()
    scram = scramp.ScramClient([way], place.user, password)
    start = {"saslStart": 1, "mechanism": way, "payload": scram.get_client_first().encode(), "$db": source}
    answer = _asked(line, {**start, "options": {"skipEmptyExchange": True}})
    if refused := _refused(answer):
        return refused
    scram.set_server_first(_payload(answer))
    conversation = {"saslContinue": 1, "conversationId": answer.get("conversationId", 1), "$db": source}
    answer = _asked(line, {**conversation, "payload": scram.get_client_final().encode()})
    if refused := _refused(answer):
        return refused
    scram.set_server_final(_payload(answer))  # the server has shown that it knows the password
    return Verdict(Status.LIVE)


def _payload(answer: dict[str, Any]) -> str:
    payload = answer.get("payload")
    if not isinstance(payload, bytes):
        raise Unanswered("unexpected answer: not that of MongoDB")
    return payload.decode()


def _refused(answer: dict[str, Any]) -> Verdict | None:
    """Return the verdict of a refusal; None where the login goes on. Raises Unanswered for any other error."""
    if answer.get("ok") == 1:
        return None
    code, said = answer.get("code"), str(answer.get("errmsg", "")).lower()
    if code == _AUTHENTICATION_FAILED or (code == _ATLAS and "bad auth" in said):
        return Verdict(Status.DEAD, "the server refuses the password")
    raise Unanswered(
        f"unexpected answer: error {code}" if isinstance(code, int) else "unexpected answer: an error without a number"
    )


def _asked(line: Line, command: dict[str, Any]) -> dict[str, Any]:
    """Send a command (OP_MSG) and return the answer's document. Raises Unanswered when it is none."""
    bson, _ = _library()
    document = bson.encode(command)
    line.sendall(struct.pack("<iiiiIB", 21 + len(document), 1, 0, _MESSAGE, 0, 0) + document)
    length, _, _, kind = struct.unpack("<iiii", line.exactly(16))
    if kind != _MESSAGE or not 26 <= length <= _LARGEST:
        raise Unanswered("unexpected answer: not that of MongoDB")
    body = line.exactly(length - 16)
    if body[4] != 0:
        raise Unanswered("unexpected answer: not that of MongoDB")
    size = struct.unpack_from("<i", body, 5)[0]
    answer: dict[str, Any] = bson.decode(body[5 : 5 + size])
    return answer
