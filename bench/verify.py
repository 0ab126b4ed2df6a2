"""Measure verification against a provider on loopback, over HTTPS: requests for many findings, and seconds for many.

The provider answers after 20 ms, in a process of its own, and knows half of the credentials.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import records

sys.path.insert(0, str(records.ROOT / "corpus"))
sys.path.insert(0, str(records.ROOT / "tests"))

from stanch.examples import example
from stanch.model import Finding, Result, Stats, Status
from stanch.verify import verify
from stanch.verify.options import Options
from verify.runs import RULE, finding, rule
from verify.servers import Reply, Seen, authority, of_json, serving

FINDINGS, DISTINCT = 10_000, 50
MANY = 1_000
SERVER = 0.020
"""Seconds that the provider takes for an answer."""
MOST = 5.0
"""Seconds for `MANY` credentials."""


@dataclass(frozen=True)
class Measured:
    """One verification."""

    seconds: float
    requests: int
    connections: int
    verdicts: Counter[Status]


def provider(pipe: Connection, known: set[str]) -> None:
    """Serve until told to end; tell the port, then how many requests and connections there were when asked."""
    import asyncio

    async def behave(seen: Seen) -> Reply:
        await asyncio.sleep(SERVER)
        good = seen.headers["authorization"].removeprefix("Bearer ") in known
        return of_json(200, {"login": "me"}) if good else of_json(401, {})

    with serving(behave) as server, tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder, "ca.pem")
        authority().cert_pem.write_to_path(str(bundle))
        pipe.send((server.port, bundle.read_bytes()))
        while pipe.recv():
            pipe.send((len(server.seen), server.connections))


def measured(secrets: list[bytes], findings: int) -> Measured:
    """Return what it takes to verify so many findings of these secrets, of which the provider knows every other one."""
    ours, theirs = multiprocessing.Pipe()
    known = {secret.decode() for secret in secrets[::2]}
    process = multiprocessing.Process(target=provider, args=(theirs, known))
    process.start()
    try:
        port, bundle = ours.recv()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "ca.pem")
            path.write_bytes(bundle)
            asked = [finding(secrets[number % len(secrets)]) for number in range(findings)]
            began = time.perf_counter()
            found = _verified(asked, Options(endpoints={"acme": f"https://localhost:{port}"}, ca_bundle=path))
            seconds = time.perf_counter() - began
        ours.send(True)
        requests, connections = ours.recv()
    finally:
        ours.send(False)
        process.join()
    return Measured(seconds, requests, connections, Counter(one.verdict.status for one in found))


def _verified(asked: list[Finding], options: Options) -> tuple[Finding, ...]:
    own = rule()
    return verify(Result(tuple(asked), (), Stats(), "", "", 1, ""), {own.id: own}, options).findings


def main() -> int:
    """Measure, check the answers, print and keep the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="how often; the median counts")
    records.add_option(parser)
    chosen = parser.parse_args()
    secrets = [example(RULE, Random(number))[1] for number in range(MANY)]
    few = measured(secrets[:DISTINCT], FINDINGS)
    many = [measured(secrets, MANY) for _ in range(chosen.runs)]
    for one, count in [(few, FINDINGS), *((one, MANY) for one in many)]:
        assert one.verdicts == {Status.LIVE: count // 2, Status.DEAD: count // 2}, one.verdicts
    seconds = statistics.median(one.seconds for one in many)
    rows = [
        [f"{findings:,}", f"{distinct:,}", f"{one.requests:,}", str(one.connections), f"{one.seconds:.2f}"]
        for findings, distinct, one in [(FINDINGS, DISTINCT, few), *((MANY, MANY, one) for one in many)]
    ]
    table = records.table(["findings", "distinct secrets", "requests", "connections", "seconds"], rows)
    bounds = [
        records.Bound(f"requests beyond one for each of {DISTINCT} secrets", few.requests - DISTINCT, 1, "control"),
        records.Bound(f"{MANY:,} secrets, {SERVER * 1000:.0f} ms of server time each", seconds, MOST, "s"),
    ]
    said = f"Half of them live. {MANY / seconds:,.0f} credentials a second, eight at a time."
    return records.finish("verify", f"{table}\n\n{said}", bounds, recorded=chosen.record)


if __name__ == "__main__":
    sys.exit(main())
