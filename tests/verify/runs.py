"""Verifications as tests run them: every name is on loopback, and trusted is the tests' authority alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from stanch.model import Companion, Confidence, Finding, Location, Remedy, Verdict, mask
from stanch.rules import Rule
from stanch.verify.client import Limits, Log, Network
from stanch.verify.connecting import Proxy
from stanch.verify.hosts import Hosts
from stanch.verify.remembered import Remembered
from stanch.verify.verdicts import Run
from verify.servers import DOMAIN, trusting

QUICK = Limits(timeout=5, pause=0.01)
"""Limits that no machine is too slow for, and pauses that nobody waits for."""
RULE = Rule(
    "acme-token", "Acme token", "Acme", "saas",
    keywords=("acm_",), pattern=r"\b(?P<secret>acm_[a-z0-9]{24})\b",
)  # fmt: skip
ASKS: dict[str, Any] = {
    "request": {"url": "https://api.verify.test/v1/me", "bearer": True},
    "live": {"status": [200], "has": ["/login"]},
    "dead": {"status": [401]},
    "identity": ["/login", "/email"],
}
HERE = Location("t", "a.env", 1, 1, 1, 9)


def rule(**changes: Any) -> Rule:
    """Return a rule with a verification; `changes` are to its `[rules.verify]`."""
    return replace(RULE, verify={**ASKS, **changes})


def finding(secret: bytes, of: Rule = RULE, **changes: Any) -> Finding:
    """Return a finding of a secret."""
    made = Finding(
        f"{hash(secret):x}", of.id, of.name, of.provider, of.category, Confidence.HIGH, 0.9, secret, mask(secret),
        (HERE,), Remedy("vault", None, "Revoke it."),
    )  # fmt: skip
    return replace(made, **changes)


def companion(of: Rule, secret: bytes) -> Companion:
    """Return what a secret completes."""
    return Companion(of.id, of.name, secret, mask(secret), HERE)


async def loopback(_host: str, _port: int) -> list[str]:
    """Resolve every name to this machine."""
    return ["127.0.0.1"]


def network(
    *,
    named: Iterable[str] = (),
    found: bool = False,
    limits: Limits = QUICK,
    log: Log | None = None,
    proxy: Proxy | None = None,
    lookup: Callable[[str, int], Awaitable[list[str]]] = loopback,
) -> Network:
    """Return a network on which every name is on loopback; only a running loop can make one."""
    return Network(Hosts(named, found=found, lookup=lookup), trusting, limits, log or Log(None), proxy)


def verified(
    findings: Iterable[Finding],
    rules: Iterable[Rule],
    *,
    endpoints: Mapping[str, str] | None = None,
    memory: Remembered | None = None,
    watch: Callable[[int, int], None] = lambda _done, _all: None,
    seconds: float | None = None,
    named: Iterable[str] = (),
    **given: Any,
) -> list[Finding]:
    """Return the findings with their verdicts. The endpoints' hosts are named, as the command line names them."""

    async def run() -> list[Finding]:
        urls = endpoints or {}
        places = [url.removeprefix("https://").partition("/")[0] for url in urls.values()]
        net = network(named=(*named, *places), **given)
        try:
            asking = Run({rule.id: rule for rule in rules}, net, urls, memory, watch, seconds)
            return await asking.findings(findings)
        finally:
            await net.close()

    return asyncio.run(run())


def verdict(secret: bytes, of: Rule, url: str, **given: Any) -> Verdict:
    """Return the verdict on one secret, asked about at an endpoint's URL."""
    [found] = verified([finding(secret, of)], [of], endpoints={"acme": url}, **given)
    return found.verdict


__all__ = [
    "ASKS", "DOMAIN", "HERE", "QUICK", "RULE", "companion", "finding", "loopback", "network", "rule", "verdict",
    "verified",
]  # fmt: skip
