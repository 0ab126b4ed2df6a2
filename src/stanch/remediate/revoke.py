"""Revocation: what to revoke and where, for every finding; and, for four providers, doing it.

Where is data, in each rule's `remedy`. What one call does is here, by rule: a plan says it, and `carry_out` does it
when somebody has said yes. Requests go through the client of verification, so to the hosts named here and to no other.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from stanch.errors import UsageError, meant
from stanch.model import Finding, Status, mask
from stanch.values import dataclass, field

if TYPE_CHECKING:
    from stanch.cloud.aws import Account
    from stanch.rules import Rule
    from stanch.verify.client import Client, Network
    from stanch.verify.options import Options

MOST = 1_000
"""Credentials in one request to GitHub (docs.github.com, REST API, "Revoke a list of credentials")."""
ACCESS_KEY = "aws-access-key-id"
_ELSEWHERE = "Revoke it at its issuer."
_GONE = frozenset({"token_revoked", "token_expired", "invalid_auth", "account_inactive", "not_authed"})
"""What Slack says of a token that opens nothing any more (api.slack.com/methods/auth.revoke)."""


@dataclass(frozen=True, slots=True)
class Aws:
    """Who disables access keys: not the leaked key, which AWS may have forbidden to."""

    profile: str | None = None
    endpoint_url: str | None = None


class Outcome(NamedTuple):
    """What became of one step."""

    fingerprint: str
    done: bool
    said: str
    """A sentence, without the secret."""


@dataclass(frozen=True, slots=True)
class Step:
    """One credential to revoke."""

    fingerprint: str
    rule: str
    name: str
    """The rule's."""
    masked: str
    where: str
    """Where or how a person revokes it, a sentence or a URL."""
    way: str | None
    """The key in `WAYS` of what `carry_out` would do; None where only a person can."""
    does: str
    """What that is, masked; empty without."""
    secret: bytes = field(repr=False)
    """The credential, or the id that it is revoked by."""


Revoke = Callable[["Sequence[Step]", "Asking"], Awaitable[list[Outcome]]]


class Way(NamedTuple):
    """How credentials of some rules are revoked."""

    rules: frozenset[str]
    hosts: tuple[str, ...]
    does: str
    revoke: Revoke


@dataclass(frozen=True, slots=True)
class Asking:
    """What the ways share."""

    network: Network
    endpoints: Mapping[str, str]
    account: Account | None
    """Whoever disables access keys, where there are some."""

    def client(self, way: str) -> Client:
        """Return the network as one way sees it: with its hosts, and the endpoint of its name."""
        from stanch.verify.client import Client

        return Client(self.network, f"revoke-{way}", WAYS[way].hosts)

    def at(self, way: str, url: str) -> str:
        """Return a URL, at the endpoint that the user names for it."""
        from stanch.verify.asked import Endpoints

        return Endpoints(self.endpoints, way).at(url)


def plan(findings: Iterable[Finding], rules: Mapping[str, Rule]) -> list[Step]:
    """Return what to revoke, one step for each credential that is not known to be dead, in the findings' order."""
    steps: dict[tuple[str | None, bytes], Step] = {}
    for finding in findings:
        if finding.dropped or finding.verdict.status is Status.DEAD or finding.remedy.action == "public":
            continue
        rule = rules.get(finding.rule)
        where = rule.remedy.revoke if rule else None
        way, secret = _way(finding)
        does = f"{WAYS[way].does}: {mask(secret)}" if way else ""
        step = Step(
            finding.fingerprint, finding.rule, finding.name, finding.masked, where or _ELSEWHERE, way, does, secret
        )
        steps.setdefault((way, secret) if way else (finding.fingerprint, b""), step)
    return list(steps.values())


def carry_out(steps: Sequence[Step], options: Options, aws: Aws) -> list[Outcome]:
    """Revoke what can be, and return what became of it, in the steps' order. Ask the user first.

    Raises UsageError for options that cannot be used, before anything is sent.
    """
    check(options)
    account = None
    if any(step.way == "aws" for step in steps):
        from stanch.cloud.aws import Account

        account = Account(aws.profile, aws.endpoint_url)
    return asyncio.run(_carried_out(steps, options, account))


def check(options: Options) -> None:
    """Raise UsageError for an endpoint by a name that is none: what is meant for it would go to the provider."""
    known = tuple(sorted(name for name, way in WAYS.items() if way.hosts))
    for name in options.endpoints:
        if name not in known:
            raise UsageError(f"--endpoint {name}: nothing is revoked there{meant(name, known)}")


async def _carried_out(steps: Sequence[Step], options: Options, account: Account | None) -> list[Outcome]:
    from stanch.verify import opened

    network = opened(options)
    try:
        asking = Asking(network, options.endpoints, account)
        done: dict[str, Outcome] = {}
        for name, way in WAYS.items():
            if ours := [step for step in steps if step.way == name]:
                done |= {outcome.fingerprint: outcome for outcome in await way.revoke(ours, asking)}
        return [done[step.fingerprint] for step in steps if step.fingerprint in done]
    finally:
        await network.close()


def _way(finding: Finding) -> tuple[str | None, bytes]:
    """Return how a finding's credential can be revoked, and by what: an access key by its id."""
    if not finding.secret:
        return None, b""
    for companion in finding.companions:
        if companion.rule == ACCESS_KEY and companion.secret:
            return "aws", companion.secret
    way = next((name for name, way in WAYS.items() if finding.rule in way.rules), None)
    return way, finding.secret


async def _github(steps: Sequence[Step], asking: Asking) -> list[Outcome]:
    """Revoke up to a thousand tokens in a request, which must carry no authentication."""
    from stanch.verify.asked import Request, Unanswered

    client, found = asking.client("github"), []
    for first in range(0, len(steps), MOST):
        some = steps[first : first + MOST]
        body = json.dumps({"credentials": [step.secret.decode("ascii", "replace") for step in some]}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/vnd.github+json"}
        try:
            url = asking.at("github", "https://api.github.com/credentials/revoke")
            answer = await client.send(Request("POST", url, headers, body, shown=url))
        except Unanswered as error:
            found += [_not(step, str(error)) for step in some]
            continue
        if answer.status == 202:
            found += [Outcome(step.fingerprint, True, "GitHub has taken it: it is revoked for good.") for step in some]
        else:
            found += [_not(step, f"status {answer.status}") for step in some]
    return found


async def _slack(steps: Sequence[Step], asking: Asking) -> list[Outcome]:
    from stanch.verify.asked import Request, Unanswered

    client, found = asking.client("slack"), []
    for step in steps:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            url = asking.at("slack", "https://slack.com/api/auth.revoke")
            answer = await client.send(Request("POST", url, headers, b"token=" + _quoted(step.secret), shown=url))
            said = json.loads(answer.body)
        except (Unanswered, ValueError) as error:
            found.append(_not(step, str(error) if isinstance(error, Unanswered) else "what came was no JSON"))
            continue
        said = said if isinstance(said, dict) else {}
        if said.get("ok") is True and said.get("revoked") is True:
            found.append(Outcome(step.fingerprint, True, "Slack says that it is revoked."))
        elif said.get("ok") is False and said.get("error") in _GONE:
            found.append(Outcome(step.fingerprint, True, "Slack says that it was revoked before."))
        else:
            found.append(_not(step, f"status {answer.status}"))
    return found


async def _gitlab(steps: Sequence[Step], asking: Asking) -> list[Outcome]:
    """Have each token revoke itself (docs.gitlab.com, Personal access tokens API, "Revoke a token")."""
    from stanch.verify.asked import Request, Unanswered

    client, found = asking.client("gitlab"), []
    for step in steps:
        headers = {"PRIVATE-TOKEN": step.secret.decode("ascii", "replace")}
        try:
            url = asking.at("gitlab", "https://gitlab.com/api/v4/personal_access_tokens/self")
            answer = await client.send(Request("DELETE", url, headers, shown=url))
        except Unanswered as error:
            found.append(_not(step, str(error)))
            continue
        if answer.status == 204:
            found.append(Outcome(step.fingerprint, True, "GitLab has revoked it."))
        elif answer.status == 401:
            found.append(
                _not(step, "GitLab does not know it: revoked before, or another GitLab's, --endpoint gitlab=URL")
            )
        else:
            found.append(_not(step, f"status {answer.status}"))
    return found


async def _aws(steps: Sequence[Step], asking: Asking) -> list[Outcome]:
    return [_disabled(step, asking.account) for step in steps if asking.account]


def _disabled(step: Step, account: Account) -> Outcome:
    """Make an access key inactive, which can be undone."""
    key = step.secret.decode("ascii", "replace")
    if account.key_id() == key:
        return _not(step, "it is the key that would do it; choose another identity with --profile")
    iam, action, arns = account.client("iam", "us-east-1"), "iam:GetAccessKeyLastUsed", ("*",)
    try:
        user = iam.get_access_key_last_used(AccessKeyId=key).get("UserName")
        if not user:
            return _not(step, "no user of this account has it; --profile chooses another account")
        action, arns = "iam:UpdateAccessKey", (f"arn:aws:iam::*:user/{user}",)
        iam.update_access_key(UserName=user, AccessKeyId=key, Status="Inactive")
    except account.errors as error:
        return _not(step, account.fault(error, "aws", action, arns).detail)
    done = f"AWS has made it inactive. Once nothing misses it: aws iam delete-access-key --user-name {user}"
    return Outcome(step.fingerprint, True, f"{done} --access-key-id {key}")


def _not(step: Step, why: str) -> Outcome:
    return Outcome(step.fingerprint, False, f"It is not revoked: {why}.")


def _quoted(secret: bytes) -> bytes:
    """Return a value as a form holds it."""
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    return b"".join(bytes((byte,)) if byte in plain else b"%%%02X" % byte for byte in secret)


WAYS: dict[str, Way] = {
    "github": Way(
        frozenset({
            "github-pat-classic", "github-pat-fine-grained", "github-oauth-token", "github-user-to-server-token",
            "github-refresh-token",
        }),
        ("api.github.com",),
        "POST https://api.github.com/credentials/revoke, which cannot be undone, and mails the owner",
        _github,
    ),
    "aws": Way(
        frozenset({ACCESS_KEY}), (), "iam:UpdateAccessKey to Inactive, which can be undone", _aws,
    ),
    "slack": Way(
        frozenset({"slack-bot-token", "slack-user-token", "slack-legacy-workspace-token"}),
        ("slack.com",),
        "POST https://slack.com/api/auth.revoke, which cannot be undone",
        _slack,
    ),
    "gitlab": Way(
        frozenset({"gitlab-pat", "gitlab-pat-routable", "gitlab-pat-routable-versioned"}),
        ("gitlab.com",),
        "DELETE https://gitlab.com/api/v4/personal_access_tokens/self, which cannot be undone",
        _gitlab,
    ),
}  # fmt: skip
"""What can be revoked here, by the name that `--endpoint` takes too."""
