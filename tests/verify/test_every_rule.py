"""Every rule with a declared verification, against a provider that behaves well and badly in all ways that we know.

The answers are made from the rule's own conditions. A verdict is never live or dead for a fault, and nobody is asked
but the host that may be.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

import pytest

from stanch.examples import example
from stanch.model import Finding, Status
from stanch.rules import Rule
from stanch.verify.answers import Answer, Condition, met
from stanch.verify.client import Limits, Network
from stanch.verify.declared import Check, names_host, read
from stanch.verify.hosts import Hosts
from stanch.verify.verdicts import Run
from strategies import ruleset
from verify.runs import companion, finding
from verify.servers import DOMAIN, PAGE, Behaviour, Reply, Seen, hang, reset, serving, trusting

LONG = Limits(timeout=120, per_host=4, overall=64, pause=0.01)
SHORT = Limits(timeout=1.5, per_host=4, overall=64, pause=0.01)


def declared() -> list[Rule]:
    """Return the rules whose verification is declared, not in code."""
    return [rule for rule in ruleset().rules if rule.verify is not None and "by" not in rule.verify]


def reply(condition: Condition) -> Reply:
    """Return an answer that meets a condition."""
    document: Any = None
    for pointer, value in (*condition.json.items(), *((pointer, None) for pointer in condition.has)):
        document = _put(document, pointer.split("/")[1:], value)
    words = condition.text[0] if condition.text else ""
    if isinstance(document, dict):
        body = json.dumps({**document, "note": words} if words else document).encode()
    elif document is None:
        body = words.encode()
    else:
        body = json.dumps([*document, words] if words else document).encode()
    kind = "text/plain" if document is None else "application/json"
    return Reply((condition.status or (200,))[0], body, {"content-type": kind, **condition.header})


def _put(document: Any, path: list[str], value: Any) -> Any:
    """Return a document with a value at a pointer; None stands for anything, and changes nothing that is there."""
    if not path:
        return ("anything" if document is None else document) if value is None else value
    key, *rest = path[0].replace("~1", "/").replace("~0", "~"), *path[1:]
    if key.isdecimal() and not isinstance(document, dict):
        document = list(document or [])
        document += [None] * (int(key) + 1 - len(document))
        document[int(key)] = _put(document[int(key)], rest, value)
        return document
    document = dict(document or {})
    document[key] = _put(document.get(key), rest, value)
    return document


def huge(good: Reply) -> Reply:
    """Return an answer with more behind it than anybody reads."""
    return replace(good, status=_full(good), body=good.body + b" " * 300_000)


def half(good: Reply) -> Reply:
    """Return an answer of which the end does not come."""
    return replace(good, status=_full(good), body=good.body + b" ", cut=1)


def _full(good: Reply) -> int:
    """Return the status of an answer, or 200 where that says that there is no body."""
    return 200 if good.status == 204 else good.status


def broken(good: Reply) -> Reply:
    """Return an answer of JSON that is cut off."""
    body = good.body if good.body[:1] in (b"{", b"[") else b'{"a": ' + json.dumps(good.body.decode()).encode() + b"}"
    return Reply(_full(good), body[:-1], good.headers)


@dataclass(frozen=True)
class Case:
    """One way in which a provider behaves."""

    name: str
    make: Callable[[Reply, Reply], list[Behaviour]]
    """From a live and a dead answer: the behaviours for one request after the other, the last for all others."""
    status: Status
    requests: tuple[int, ...]
    """How many are sent: one of these."""
    limits: Limits = LONG


def _of(*replies: Reply) -> list[Behaviour]:
    return [lambda _, one=one: one for one in replies]  # type: ignore[misc]


BUSY, BROKEN_DOWN = Reply(429, b"", {"retry-after": "0"}), 500
ELSEWHERE = f"https://elsewhere.{DOMAIN}"
U = Status.UNKNOWN
CASES = [
    Case("live", lambda live, dead: _of(live, dead), Status.LIVE, (2,)),
    Case("dead", lambda live, dead: _of(dead), Status.DEAD, (1,)),
    Case("429 then live", lambda live, dead: _of(BUSY, live, dead), Status.LIVE, (3,)),
    Case("429 always", lambda live, dead: _of(BUSY), U, (3,)),
    Case("500", lambda live, dead: _of(Reply(500, live.body, live.headers)), U, (3,)),
    Case("503 that looks dead", lambda live, dead: _of(Reply(503, dead.body, dead.headers)), U, (3,)),
    Case("HTML instead of JSON", lambda live, dead: _of(PAGE), U, (1, 2)),
    Case("a firewall's page", lambda live, dead: _of(Reply(403, PAGE.body, PAGE.headers)), U, (1,)),
    Case("redirect", lambda live, dead: _of(Reply(302, live.body, {"location": ELSEWHERE})), U, (1,)),
    Case("hang", lambda live, dead: [hang], U, (1,), SHORT),
    Case("reset", lambda live, dead: [reset], U, (1,)),
    Case("huge body", lambda live, dead: _of(huge(live), dead), U, (1,)),
    Case("huge body that looks dead", lambda live, dead: _of(huge(dead)), U, (1,)),
    Case("half a body", lambda live, dead: _of(half(live), dead), U, (1,)),
    Case("malformed JSON", lambda live, dead: _of(broken(live), dead), U, (1,)),
    Case("malformed JSON that looks dead", lambda live, dead: _of(broken(dead)), U, (1,)),
    Case("nothing", lambda live, dead: _of(Reply(200)), U, (1, 2)),
    Case("200 to anything", lambda live, dead: _of(live), U, (2,)),
    Case("live, and the control breaks", lambda live, dead: [*_of(live), reset], U, (2,)),
]  # fmt: skip


def asked_with(rule: Rule, rules: Mapping[str, Rule]) -> Finding:
    """Return a finding of a rule, with the ids that its request takes."""
    check = read(rule.verify or {}, rule.provider)
    random = Random(rule.id)
    wanted = {name for name in _names(check) if name in rules}
    beside = [companion(rules[name], example(rules[name], random)[1]) for name in sorted(wanted)]
    return finding(example(rule, random)[1], rule, companions=tuple(beside))


def _names(check: Check) -> set[str]:
    from stanch.verify.templates import holes

    assert check.call is not None
    return {hole.name for template in check.call.templates() for hole in holes(template)}


@dataclass
class Outcome:
    """What came of a case."""

    finding: Finding
    seen: list[Seen]


@dataclass
class Table:
    """What came of all cases of all rules."""

    outcomes: dict[tuple[str, str], Outcome]
    looked_up: set[str]
    hosts: set[str]
    astray: int
    """Connections to where nobody is to connect."""
    strangers: list[Seen]


@cache
def table() -> Table:
    """Ask about a credential of every rule in every case, all at once, on one server."""
    rules = declared()
    behaviours: dict[str, list[Behaviour]] = {}
    seen: dict[str, list[Seen]] = {}
    strangers: list[Seen] = []

    def behave(request: Seen) -> Any:
        case = "/".join(request.target.split("/")[1:3])
        if case not in behaviours or request.host != f"{case.partition('/')[0]}.{DOMAIN}":
            strangers.append(request)
            return Reply(404)
        seen[case].append(request)
        left = behaviours[case]
        return (left.pop(0) if len(left) > 1 else left[0])(request)

    with serving(lambda _: Reply(404)) as elsewhere, serving(behave) as server:
        for number, rule in enumerate(rules):
            check = read(rule.verify or {}, rule.provider)
            live, dead = reply(check.live[0]), reply(check.dead[0])
            for index, case in enumerate(CASES):
                behaviours[f"r{number}/{index}"], seen[f"r{number}/{index}"] = case.make(live, dead), []
        looked_up: set[str] = set()
        names = {f"r{number}.{DOMAIN}" for number in range(len(rules))}
        found = asyncio.run(_asked(rules, server.port, names, looked_up))
    outcomes = {
        (rule.id, case.name): Outcome(found[number, index], seen[f"r{number}/{index}"])
        for number, rule in enumerate(rules)
        for index, case in enumerate(CASES)
    }
    return Table(outcomes, looked_up, names, elsewhere.connections, strangers)


async def _asked(rules: list[Rule], port: int, names: set[str], looked_up: set[str]) -> dict[tuple[int, int], Finding]:
    async def lookup(host: str, _port: int) -> list[str]:
        looked_up.add(host)
        return ["127.0.0.1"]

    by_id = ruleset().by_id
    places = [f"{name}:{port}" for name in names]
    networks = {
        limits: Network(Hosts(places, found=False, lookup=lookup), trusting, limits) for limits in (LONG, SHORT)
    }
    turns = {LONG: asyncio.Semaphore(20), SHORT: asyncio.Semaphore(60)}
    found: dict[tuple[int, int], Finding] = {}

    async def ask(number: int, rule: Rule, wanted: Finding, limits: Limits) -> None:
        """Ask about one rule, in all cases with these limits at once."""
        async with turns[limits]:
            endpoint = read(rule.verify or {}, rule.provider).endpoint
            url = f"https://r{number}.{DOMAIN}:{port}/r{number}"
            cases = [index for index, case in enumerate(CASES) if case.limits is limits]
            runs = [Run(by_id, networks[limits], {endpoint: f"{url}/{index}"}) for index in cases]
            done = await asyncio.gather(*(run.findings([wanted]) for run in runs))
            found.update({(number, index): one for index, [one] in zip(cases, done, strict=True)})

    asked = [(number, rule, asked_with(rule, by_id)) for number, rule in enumerate(rules)]
    for limits in (SHORT, LONG):
        await asyncio.gather(*(ask(*each, limits) for each in asked))
    for net in networks.values():
        await net.close()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("id", [rule.id for rule in declared()])
def test_rule(id: str) -> None:
    """Live and dead are told from the answers that the rule says; all else is unknown. Requests are counted."""
    for case in CASES:
        outcome = table().outcomes[id, case.name]
        said = outcome.finding.verdict
        assert said.status is case.status, f"{case.name}: {said}"
        assert len(outcome.seen) in case.requests, f"{case.name}: {len(outcome.seen)} requests, {said}"
        assert outcome.finding.secret.decode("utf-8", "replace") not in f"{said.detail}{said.identity}"
    first, control = table().outcomes[id, "live"].seen
    assert (first.method, first.host) == (control.method, control.host)
    assert first != control  # the secret is in it


@pytest.mark.slow
def test_nobody_else_is_asked() -> None:
    """Over the whole table nothing is sent to a host that may not be asked, and no other name is looked up."""
    whole = table()
    assert (whole.strangers, whole.astray) == ([], 0)
    assert whole.looked_up <= whole.hosts


@pytest.mark.parametrize("id", [rule.id for rule in declared()])
def test_conditions_exclude_each_other(id: str) -> None:
    """No answer that one of the live conditions asks for is dead, and the other way round."""
    check = read(ruleset().by_id[id].verify or {}, "")
    for mine, others in ((check.live, check.dead), (check.dead, check.live)):
        for condition in mine:
            one = reply(condition)
            answer = Answer(one.status, dict(one.headers), one.body)
            assert met(mine, answer)
            assert not met(others, answer), condition


@pytest.mark.parametrize("id", [rule.id for rule in declared()])
def test_its_own_host(id: str) -> None:
    """Without an endpoint the request goes to a host that the rule names, over HTTPS; without one, to nobody."""
    rule = ruleset().by_id[id]
    check = read(rule.verify or {}, rule.provider)
    said: list[str] = []

    async def rehearse() -> Finding:
        net = Network(Hosts((), found=False), trusting)
        net.rehearsed = lambda _rule, what: said.append(getattr(what, "url", ""))
        try:
            return (await Run(ruleset().by_id, net).findings([asked_with(rule, ruleset().by_id)]))[0]
        finally:
            await net.close()

    found = asyncio.run(rehearse())
    if not check.hosts:
        assert "--endpoint" in (found.verdict.detail or "")
        return
    assert found.verdict.detail == "dry run"
    [url] = said
    assert url.startswith("https://")
    assert names_host(check.hosts, url.removeprefix("https://").partition("/")[0].partition("?")[0])


def test_summary(record_property: Callable[[str, object], None]) -> None:
    """Count what the table is about."""
    kinds = Counter("in code" if "by" in (rule.verify or {}) else "declared" for rule in ruleset().rules if rule.verify)
    record_property("rules", dict(kinds))
    assert len({case.name for case in CASES}) == len(CASES)
