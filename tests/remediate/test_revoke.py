"""What is revoked, and how: GitHub, GitLab and Slack on loopback, AWS in Moto's server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from cloud.amazon import ENVIRONMENT, Amazon, Answer, amazon
from scans import token
from stanch.errors import UsageError
from stanch.model import Finding, Status, Verdict
from stanch.remediate import revoke
from stanch.remediate.revoke import Aws, Outcome, Step
from stanch.values import replace
from stanch.verify.options import Options
from strategies import ruleset
from verify.runs import companion, finding
from verify.servers import Behaviour, Reply, Server, authority, of_json, serving

GITHUB, GITLAB, SLACK = "github-pat-classic", "gitlab-pat", "slack-bot-token"


def found(rule: str, number: int = 1) -> Finding:
    """Return a finding of a credential of a rule."""
    secret = token(number, rule)
    return replace(finding(secret, ruleset().by_id[rule]), fingerprint=f"{rule} {number}")


def steps(*findings: Finding) -> list[Step]:
    """Return the plan."""
    return revoke.plan(findings, ruleset().by_id)


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    """Give a file with the authority of the servers."""
    path = tmp_path / "ca.pem"
    authority().cert_pem.write_to_path(path)
    return path


def run(behaviour: Behaviour, trusted: Path, way: str, *findings: Finding) -> tuple[list[Outcome], Server]:
    """Revoke at a server in place of the provider's; return what became of it, and the server with what it saw."""
    with serving(behaviour) as server:
        place = {way: f"https://localhost:{server.port}"}
        options = Options(endpoints=place, ca_bundle=trusted, timeout=5)
        return revoke.carry_out(steps(*findings), options, Aws()), server


PLANNED: list[tuple[str, Finding, tuple[str | None, str]]] = [
    (
        "GitHub has one call for all its tokens",
        found(GITHUB),
        ("github", "POST https://api.github.com/credentials/rev"),
    ),
    ("One of an app's user, too", found("github-user-to-server-token"), ("github", "POST https://api.github.com/")),
    ("An installation's token ends by itself", found("github-installation-token"), (None, "")),
    ("GitLab's revoke themselves", found(GITLAB), ("gitlab", "DELETE https://gitlab.com/api/v4/personal_access_to")),
    ("Slack's as well", found(SLACK), ("slack", "POST https://slack.com/api/auth.revoke, which cannot be undone")),
    ("An app-level token of Slack's has no such call", found("slack-app-token"), (None, "")),
    ("An access key is disabled by its id", found("aws-access-key-id"), ("aws", "iam:UpdateAccessKey to Inactive, wh")),
    ("Without its id a secret key cannot be", found("aws-secret-access-key"), (None, "")),
    ("Whatever is not in the report cannot be sent", replace(found(GITHUB), secret=b""), (None, "")),
    ("Any other is a person's work", found("doppler-service-token"), (None, "")),
]


@pytest.mark.parametrize(("why", "one", "wanted"), PLANNED, ids=[row[0] for row in PLANNED])
def test_what_can_be_revoked(why: str, one: Finding, wanted: tuple[str | None, str]) -> None:
    """The plan says where each is revoked, and what would be done, without showing any."""
    [step] = steps(one)
    assert step.way == wanted[0]
    assert step.does.startswith(wanted[1])
    assert bool(step.does) == bool(step.way)
    assert step.where == (ruleset().by_id[one.rule].remedy.revoke or "Revoke it at its issuer.")
    assert not one.secret or one.secret.decode() not in f"{step!r}{step.does}{step.where}{step.masked}"


def test_a_secret_key_is_revoked_by_the_id_beside_it() -> None:
    """The pair is one step."""
    id = token(1, "aws-access-key-id")
    pair = replace(found("aws-secret-access-key"), companions=(companion(ruleset().by_id["aws-access-key-id"], id),))
    [step] = steps(pair, replace(found("aws-access-key-id"), fingerprint="alone"))
    assert (step.way, step.secret, step.fingerprint) == ("aws", id, pair.fingerprint)


def test_what_is_dead_accepted_or_public_is_no_step() -> None:
    """There is nothing to revoke."""
    one = found(GITHUB)
    assert not steps(replace(one, verdict=Verdict(Status.DEAD)))
    assert not steps(replace(one, dropped="in the baseline b.json"))
    assert not steps(replace(one, remedy=replace(one.remedy, action="public")))


def test_each_way_names_rules_and_documents_that_there_are() -> None:
    """A rule that is renamed would silently not be revoked any more."""
    for way in revoke.WAYS.values():
        assert way.rules <= set(ruleset().by_id)


def test_github_takes_all_in_one_request_without_authentication(trusted: Path) -> None:
    """With authentication it answers 403."""
    secrets = [token(number, GITHUB).decode() for number in (1, 2)]
    outcomes, server = run(lambda _: Reply(202), trusted, "github", found(GITHUB, 1), found(GITHUB, 2))
    assert [outcome.done for outcome in outcomes] == [True, True]
    [seen] = server.seen
    assert (seen.method, seen.target) == ("POST", "/credentials/revoke")
    assert json.loads(seen.body) == {"credentials": secrets}
    assert "authorization" not in seen.headers


def test_github_takes_a_thousand_at_a_time(trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More are more requests."""
    monkeypatch.setattr(revoke, "MOST", 2)
    some = [found(GITHUB, number) for number in range(5)]
    outcomes, server = run(lambda _: Reply(202), trusted, "github", *some)
    assert [outcome.fingerprint for outcome in outcomes] == [one.fingerprint for one in some]
    assert [len(json.loads(seen.body)["credentials"]) for seen in server.seen] == [2, 2, 1]


def test_slack_is_given_a_form(trusted: Path) -> None:
    """The token is in the body, where no log of a proxy shows it."""
    outcomes, server = run(lambda _: of_json(200, {"ok": True, "revoked": True}), trusted, "slack", found(SLACK))
    assert [outcome.done for outcome in outcomes] == [True]
    [seen] = server.seen
    assert (seen.method, seen.target) == ("POST", "/api/auth.revoke")
    assert parse_qs(seen.body.decode()) == {"token": [token(1, SLACK).decode()]}


def test_gitlab_is_given_the_token_to_revoke_itself(trusted: Path) -> None:
    """Also at an instance that the user names."""
    outcomes, server = run(lambda _: Reply(204), trusted, "gitlab", found(GITLAB))
    assert [outcome.done for outcome in outcomes] == [True]
    [seen] = server.seen
    assert (seen.method, seen.target) == ("DELETE", "/api/v4/personal_access_tokens/self")
    assert seen.headers["private-token"] == token(1, GITLAB).decode()


ANSWERS: list[tuple[str, str, str, Reply, bool, str]] = [
    ("GitHub refuses", "github", GITHUB, Reply(422), False, "It is not revoked: status 422."),
    (
        "GitHub moved: nobody is followed",
        "github",
        GITHUB,
        Reply(301, b"", {"location": "https://x.test"}),
        False,
        "301",
    ),
    (
        "Slack knows no such token",
        "slack",
        SLACK,
        of_json(200, {"ok": False, "error": "token_revoked"}),
        True,
        "before",
    ),
    ("Slack says yes and does not", "slack", SLACK, of_json(200, {"ok": True, "revoked": False}), False, "status 200"),
    ("Slack's page is no answer", "slack", SLACK, Reply(200, b"<p>"), False, "no JSON"),
    ("Slack's list is no answer", "slack", SLACK, of_json(200, []), False, "status 200"),
    ("GitLab does not know it", "gitlab", GITLAB, Reply(401), False, "another GitLab's"),
    ("GitLab says yes, not that it is done", "gitlab", GITLAB, Reply(200), False, "status 200"),
    ("GitLab breaks", "gitlab", GITLAB, Reply(500), False, "server error"),
]


@pytest.mark.parametrize(("why", "way", "rule", "reply", "done", "said"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_only_the_answer_that_says_so_is_success(
    why: str, way: str, rule: str, reply: Reply, done: bool, said: str, trusted: Path
) -> None:
    """All else is said not to be revoked, without the secret."""
    [outcome], _ = run(lambda _: reply, trusted, way, found(rule))
    assert (outcome.done, said in outcome.said) == (done, True)
    assert token(1, rule).decode() not in outcome.said


def test_nothing_is_sent_to_another_host(trusted: Path) -> None:
    """A certificate of somebody else, as of a proxy that looks in, ends it."""
    with serving(lambda _: Reply(202), "other.test") as server:
        options = Options(endpoints={"github": f"https://localhost:{server.port}"}, ca_bundle=trusted, timeout=5)
        [outcome] = revoke.carry_out(steps(found(GITHUB)), options, Aws())
        assert not outcome.done
        assert "certificate" in outcome.said
        assert not server.seen


@pytest.fixture(scope="module")
def moto() -> Iterator[Amazon]:
    """Run Moto's server with its front."""
    with amazon() as running:
        yield running


@pytest.fixture
def aws(moto: Amazon, monkeypatch: pytest.MonkeyPatch) -> Amazon:
    """Give an account in which there is nobody, and the environment of who may ask it."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    moto.reset()
    return moto


DENIED: Answer = (
    403,
    b"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No.</Message></Error></ErrorResponse>",
    {"Content-Type": "text/xml"},
)


def leaked(aws: Amazon) -> tuple[Finding, Mapping[str, str]]:
    """Make a user with an access key; return the finding of its secret, and the key."""
    iam = aws.client("iam")
    iam.create_user(UserName="deploy")
    key: Mapping[str, str] = iam.create_access_key(UserName="deploy")["AccessKey"]
    id = companion(ruleset().by_id["aws-access-key-id"], key["AccessKeyId"].encode())
    one = finding(key["SecretAccessKey"].encode(), ruleset().by_id["aws-secret-access-key"], companions=(id,))
    return one, key


def disabled(aws: Amazon, one: Finding) -> Outcome:
    """Return what becomes of a key."""
    [outcome] = revoke.carry_out(steps(one), Options(), Aws(None, aws.url))
    return outcome


def status(aws: Amazon) -> str:
    """Return the status of the user's key."""
    return str(aws.client("iam").list_access_keys(UserName="deploy")["AccessKeyMetadata"][0]["Status"])


def test_an_access_key_is_made_inactive(aws: Amazon) -> None:
    """It is not deleted: that is for later, when nothing misses it."""
    one, key = leaked(aws)
    outcome = disabled(aws, one)
    assert outcome.done
    assert f"delete-access-key --user-name deploy --access-key-id {key['AccessKeyId']}" in outcome.said
    assert status(aws) == "Inactive"


def test_who_may_not_is_told_what_to_allow(aws: Amazon) -> None:
    """The right to disable keys of that user, and no more."""
    one, _ = leaked(aws)
    aws.rules.append(lambda _m, _p, body: DENIED if b"Action=UpdateAccessKey" in body else None)
    outcome = disabled(aws, one)
    assert not outcome.done
    assert '"Action": "iam:UpdateAccessKey", "Resource": "arn:aws:iam::*:user/deploy"' in outcome.said
    assert status(aws) == "Active"


def test_a_key_does_not_disable_itself(aws: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS forbids that to a key that it knows to be public."""
    one, key = leaked(aws)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    assert "choose another identity" in disabled(aws, one).said
    assert status(aws) == "Active"


def test_a_key_of_another_account(aws: Amazon) -> None:
    """Nothing is done."""
    one, _ = leaked(aws)
    aws.rules.append(lambda _m, _p, body: DENIED if b"GetAccessKeyLastUsed" in body else None)
    outcome = disabled(aws, one)
    assert not outcome.done
    assert '"Action": "iam:GetAccessKeyLastUsed", "Resource": "*"' in outcome.said
    assert status(aws) == "Active"


def test_an_answer_that_is_none_of_aws(aws: Amazon) -> None:
    """A page of a proxy is no answer."""
    one, _ = leaked(aws)
    aws.rules.append(lambda _m, _p, body: (200, b"<html>Hello", {}) if b"GetAccessKeyLastUsed" in body else None)
    assert not disabled(aws, one).done


def test_without_credentials_nothing_at_all_is_sent(trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong in the options is said before the first is revoked."""
    for name, value in {**ENVIRONMENT, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}.items():
        monkeypatch.setenv(name, value)
    with serving(lambda _: Reply(202)) as server:
        options = Options(endpoints={"github": f"https://localhost:{server.port}"}, ca_bundle=trusted)
        with pytest.raises(UsageError, match="there are no credentials"):
            revoke.carry_out(steps(found(GITHUB), found("aws-access-key-id")), options, Aws())
        assert not server.seen
