"""Verdicts on findings: each distinct credential is asked about once, and `live` counts only with a control."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice, product

from stanch import stopping
from stanch.errors import where
from stanch.examples import seeded
from stanch.model import Finding, Status, Verdict
from stanch.rules import Rule
from stanch.verify import answers, calls, checks, controls, declared
from stanch.verify.asked import Asked, Endpoints, Unanswered
from stanch.verify.client import Client, Network
from stanch.verify.declared import Check, authority
from stanch.verify.remembered import Remembered
from stanch.verify.templates import SECRET, Missing, Unfit, holes

MOST = 8
"""How many ids or surroundings of one secret are tried."""
BEAT = 0.1
"""Seconds between two looks at whether it is time to stop."""
UNTRIED = Verdict(
    Status.UNKNOWN, f"needs another part: more ids or servers stand beside it than the {MOST} that are tried"
)
STOPPED = Verdict(Status.UNKNOWN, "stopped before it was answered")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked once, however many places it stands in."""

    rule: str
    secret: bytes = field(repr=False)
    parts: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


def questions(finding: Finding) -> list[Question]:
    """Return what to ask about a finding: its secret with each set of ids that it completes, at each place.

    Of more than `MOST` of these there are that many and one, the last of which is not asked.
    """
    parts: dict[str, list[bytes]] = {}
    for companion in finding.companions:
        if companion.secret:
            parts.setdefault(companion.rule, []).append(companion.secret)
    if finding.around:
        parts[checks.AROUND] = list(finding.around)
    sets = product(*([(name, value) for value in values] for name, values in sorted(parts.items())))
    return [Question(finding.rule, finding.secret, chosen) for chosen in islice(sets, MOST + 1)]


def is_asked(finding: Finding, rules: Mapping[str, Rule]) -> bool:
    """Is there a way to check a finding?"""
    rule = rules.get(finding.rule)
    return finding.dropped is None and bool(finding.secret) and rule is not None and rule.verify is not None


@dataclass
class Run:
    """One verification: what its questions share."""

    rules: Mapping[str, Rule]
    network: Network
    endpoints: Mapping[str, str] = field(default_factory=dict)
    memory: Remembered | None = None
    watch: Callable[[int, int], None] = lambda _done, _all: None
    """Is told how many questions are answered, and how many there are."""
    seconds: float | None = None
    """After so many it ends, and what is not answered by then is unknown."""

    def __post_init__(self) -> None:
        self._random = seeded(secrets.token_hex(16))
        self._controls: dict[tuple[object, ...], asyncio.Task[Verdict]] = {}

    async def findings(self, found: Iterable[Finding]) -> list[Finding]:
        """Return the findings with their verdicts; those that cannot be checked as they are."""
        found = list(found)
        asked = {index: questions(finding) for index, finding in enumerate(found) if is_asked(finding, self.rules)}
        distinct = list(dict.fromkeys(question for listed in asked.values() for question in listed[:MOST]))
        verdicts = dict(zip(distinct, await self._all(distinct), strict=True))
        for index, listed in asked.items():
            said = [verdicts[question] for question in listed[:MOST]] + [UNTRIED] * (len(listed) > MOST)
            found[index] = replace(found[index], verdict=checks.joined(said))
        return found

    async def _all(self, distinct: list[Question]) -> list[Verdict]:
        """Return the verdicts, in order; when it is time to stop, with what is known by then."""
        if not distinct or stopping.received():
            return [STOPPED for _ in distinct]
        tasks = [asyncio.create_task(self._verdict(question)) for question in distinct]
        try:
            with stopping.held(), stopping.phase(self.seconds):
                waiting = set(tasks)
                while waiting and not stopping.must_stop():
                    _, waiting = await asyncio.wait(waiting, timeout=BEAT)
                    self.watch(len(tasks) - len(waiting), len(tasks))
        finally:
            every = [*tasks, *self._controls.values()]
            for task in every:
                task.cancel()
            await asyncio.gather(*every, return_exceptions=True)
        return [STOPPED if task.cancelled() else task.result() for task in tasks]

    async def _verdict(self, question: Question) -> Verdict:
        """Return the verdict on one question."""
        rule = self.rules[question.rule]
        check = declared.read(rule.verify or {}, rule.provider)
        endpoints = Endpoints(self.endpoints, check.endpoint)
        asked = Asked(rule, question.secret, dict(question.parts), endpoints)
        key = ""
        if self.memory is not None:
            # What a rule has since been corrected to ask is another question.
            how = json.dumps([self.endpoints.get(check.endpoint), rule.verify], sort_keys=True, default=dict)
            key = self.memory.key(rule.id, asked.secret, asked.parts, how)
            if known := self.memory.get(key):
                return known
        client = Client(self.network, rule.id, check.hosts)
        verdict = await self._asked(check, asked, client)
        if verdict.status is Status.LIVE and check.by not in checks.OFFLINE:
            verdict = await self._controlled(check, asked, client, verdict)
        if verdict.status is Status.DEAD and check.elsewhere and check.endpoint not in self.endpoints:
            verdict = Verdict(
                Status.UNKNOWN, f"elsewhere: {verdict.detail}; --endpoint {check.endpoint}=URL asks another"
            )
        verdict = replace(verdict, checked_at=datetime.now(UTC).isoformat(timespec="seconds"))
        if self.memory is not None:
            self.memory.put(key, verdict)
        return verdict

    async def _asked(self, check: Check, asked: Asked, client: Client) -> Verdict:
        """Return what the answer to one question says; `unknown`, with why, where that is nothing."""
        try:
            verdict = await (_declared(check, asked, client) if check.by is None else _coded(check.by, asked, client))
        except Unanswered as error:
            return Verdict(Status.UNKNOWN, str(error))
        except Exception as error:  # a fault of ours is no verdict, and must not cost the others theirs
            return Verdict(Status.UNKNOWN, f"unsupported: {where(error)}")
        return replace(verdict, identity=_without(verdict.identity, asked))

    async def _controlled(self, check: Check, asked: Asked, client: Client, verdict: Verdict) -> Verdict:
        """Return a live verdict if a wrong credential, asked about at the same place, is dead; else it is unknown.

        A server may let one of its users in whatever the password: what stands around a secret is part of the place.
        """
        place = asked.rule.id, frozenset(client.asked), asked.parts.get(checks.AROUND)
        if place not in self._controls:
            self._controls[place] = asyncio.create_task(self._control(check, asked))
        control = await asyncio.shield(self._controls[place])
        if control.status is Status.DEAD:
            return verdict
        said = "live too" if control.status is Status.LIVE else f"unknown ({control.detail})"
        return Verdict(Status.UNKNOWN, f"unexpected answer: live, but a made-up credential is {said}")

    async def _control(self, check: Check, asked: Asked) -> Verdict:
        """Return the verdict on a wrong credential of the same shape, with the same parts."""
        made = checks.control(check.by) if check.by is not None else None
        if made is None:
            made = controls.wrong(asked.rule, asked.secret, _groups(check), self._random)
        if made == asked.secret:
            return Verdict(Status.UNKNOWN, "none can be made")
        client = Client(self.network, asked.rule.id, check.hosts)
        return await self._asked(check, replace(asked, secret=made), client)


def _groups(check: Check) -> set[str]:
    """Return the names of what says which host a declared call goes to."""
    return {hole.name for hole in holes(authority(check.call.url))} if check.call is not None else set()


async def _declared(check: Check, asked: Asked, client: Client) -> Verdict:
    """Ask as the rule declares. Raises Unanswered."""
    if check.call is None:
        raise Unanswered("unsupported: its rule declares no request")
    values = {**controls.groups(asked.rule, asked.secret), **asked.parts, SECRET: asked.secret}
    try:
        request = calls.request(check.call, values, asked.where)
    except Missing as error:
        raise Unanswered(f"needs another part: {error}") from None
    except Unfit as error:
        raise Unanswered(f"unsupported: {error}") from None
    answer = await client.send(request)
    live, dead = answers.met(check.live, answer), answers.met(check.dead, answer)
    if live and dead:
        raise Unanswered(f"unexpected answer: status {answer.status}, as of a live and of a dead one")
    if live:
        scopes = answers.scopes(answer, header=check.scopes_header, pointer=check.scopes_pointer)
        detail = f"scopes: {scopes}" if scopes else None
        return Verdict(Status.LIVE, _without(detail, asked), answers.identity(answer, check.identity))
    if dead:
        return Verdict(Status.DEAD, f"refused by {', '.join(sorted(host for host, _ in client.asked))}")
    raise Unanswered(f"unexpected answer: status {answer.status}")


async def _coded(by: str, asked: Asked, client: Client) -> Verdict:
    """Ask as a check in code does. Raises Unanswered."""
    if by not in checks.CHECKS:
        raise Unanswered(f"unsupported: this stanch has no check {by}")
    return await checks.load(by)(asked, client)


def _without(text: str | None, asked: Asked) -> str | None:
    """Return what a provider said unless it repeats the secret."""
    return None if text is None or any(word in text for word in _forms(asked.secret)) else text


def _forms(secret: bytes) -> Iterator[str]:
    for errors in ("replace", "backslashreplace"):
        yield secret.decode("utf-8", errors)
