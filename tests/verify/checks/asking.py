"""Asks a check in code about a credential, over the real client, with all names on loopback."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Callable, Mapping

from stanch.model import Status, Verdict
from stanch.rules import Rule
from stanch.verify import checks
from stanch.verify.asked import Asked, Endpoints, Unanswered
from stanch.verify.client import Client, Limits, Network
from stanch.verify.hosts import Hosts
from verify.servers import trusting

PASSWORD, WRONG = secrets.token_hex(9), secrets.token_hex(8)
"""Of servers that live for a test."""
RULE = Rule("a-rule", "A rule", "Provider", "generic")
LOOPBACK = "127.0.0.1"


def patience(wanted: Status) -> float:
    """Return how many seconds a check may take: enough for any machine, or few where nothing is to be said."""
    return 2.0 if wanted is Status.UNKNOWN else 30.0


async def on_loopback(host: str, port: int) -> list[str]:
    """Resolve every name to loopback."""
    return [LOOPBACK]


def ask(
    by: str,
    secret: bytes,
    parts: Mapping[str, bytes] | None = None,
    *,
    around: bytes = b"",
    named: tuple[str, ...] = (),
    endpoint: str = "",
    seconds: float = 30.0,
    trusted: Callable[[], ssl.SSLContext] = trusting,
) -> Verdict:
    """Return the verdict; one that nothing was said about is unknown, with why."""

    async def asked() -> Verdict:
        limits = Limits(timeout=seconds, pause=0.01, patience=0.1)
        network = Network(Hosts(named, found=False, lookup=on_loopback), trusted, limits)
        where = Endpoints({"provider": endpoint} if endpoint else {}, "provider")
        known = {**(parts or {}), **({checks.AROUND: around} if around else {})}
        try:
            return await checks.load(by)(Asked(RULE, secret, known, where), Client(network, RULE.id, ()))
        except Unanswered as error:
            return Verdict(Status.UNKNOWN, str(error))
        finally:
            await network.close()

    return asyncio.run(asked())
