"""Verification: asks providers which of the found credentials are live. All that touches the network is in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stanch.model import Result
    from stanch.rules import Rule
    from stanch.verify.client import Network
    from stanch.verify.options import Options


def verify(
    result: Result,
    rules: Mapping[str, Rule],
    options: Options,
    *,
    watch: Callable[[int, int], None] = lambda _done, _all: None,
    seconds: float | None = None,
) -> Result:
    """Return `result` with verdicts on the findings that hold secrets and whose rules say how to check them.

    `watch` is told how many questions are answered, and how many there are. A signal, or the end of so many `seconds`,
    ends it; what is not answered by then is unknown. Raises UsageError for options that cannot be used, before anything
    is asked. A cache that cannot be written is a fault.
    """
    import asyncio

    from stanch.errors import OutputError
    from stanch.model import Fault
    from stanch.verify.remembered import Remembered
    from stanch.verify.verdicts import Run

    _check_endpoints(options, rules)
    memory = Remembered(options.cache, options.cache_age)

    async def run() -> Result:
        network = opened(options)
        try:
            asking = Run(rules, network, options.endpoints, memory, watch, seconds)
            return replace(result, findings=tuple(await asking.findings(result.findings)))
        finally:
            await network.close()

    found = asyncio.run(run())
    try:
        memory.write()
    except OutputError as error:  # a full disk must not cost what was found
        found = replace(found, faults=(*found.faults, Fault("--verify-cache", "not-kept", str(error))))
    return found


def rehearse(result: Result, rules: Mapping[str, Rule], options: Options) -> list[str]:
    """Return each request that `verify` would send, in a few lines, its values masked, and why others cannot be sent.

    Sends nothing. Raises UsageError as `verify` does.
    """
    import asyncio

    from stanch.model import Status
    from stanch.verify.asked import Address, Request
    from stanch.verify.client import DRY
    from stanch.verify.verdicts import Run

    _check_endpoints(options, rules)
    said: list[str] = []

    def note(rule: str, what: Request | Address) -> None:
        if isinstance(what, Address):
            said.append(f"{rule}: connect to {what.host}, port {what.port}")
        else:
            lines = (f"  {line}".rstrip() for line in what.lines)
            said.append("\n".join((f"{rule}: {what.method} {what.shown}", *lines)))

    async def run() -> None:
        network = opened(replace(options, log=None, budget=None))
        network.rehearsed = note
        try:
            asked = await Run(rules, network, options.endpoints).findings(result.findings)
            said.extend(
                f"{finding.rule}: nothing is asked: {finding.verdict.detail}"
                for finding in asked
                if finding.verdict.status is Status.UNKNOWN and finding.verdict.detail != DRY
            )
        finally:
            await network.close()

    asyncio.run(run())
    return said


def _check_endpoints(options: Options, rules: Mapping[str, Rule]) -> None:
    """Raise UsageError for an endpoint that no rule has: its secrets would go to the provider after all."""
    from stanch.errors import UsageError, meant
    from stanch.verify import declared

    if options.endpoints:
        known = {declared.read(rule.verify, rule.provider).endpoint for rule in rules.values() if rule.verify}
        for name in options.endpoints:
            if name not in known:
                raise UsageError(f"--endpoint {name}: no rule in use asks there{meant(name, tuple(sorted(known)))}")


def opened(options: Options) -> Network:
    """Return the network as the options want it; only a running loop can make one.

    Raises UsageError for what is wrong in them.
    """
    from stanch.errors import UsageError
    from stanch.verify.client import Limits, Log, Network
    from stanch.verify.connecting import proxy, trusting
    from stanch.verify.hosts import Hosts, place_of

    try:
        hosts = Hosts((*options.hosts, *map(place_of, options.endpoints.values())), found=options.found_hosts)
    except ValueError as error:
        raise UsageError(f"--verify-host: {error}") from None
    limits = Limits(timeout=options.timeout, budget=options.budget)
    return Network(hosts, lambda: trusting(options.ca_bundle), limits, Log(options.log), proxy())
