"""Rules that name a check in code, from scanned text to the question: what stands around a secret reaches its check."""

from __future__ import annotations

import asyncio
import json
from random import Random

import pytest

import scans
from stanch.engine import Engine
from stanch.examples import example
from stanch.findings import collect
from stanch.model import Chunk, Confidence, Detection, Finding, Origin, Status
from stanch.pairing import Pairs, joined
from stanch.rules import Ruleset
from stanch.verify import checks
from stanch.verify.client import Limits, Network
from stanch.verify.hosts import Hosts
from stanch.verify.verdicts import Run
from verify.checks.asking import on_loopback
from verify.servers import trusting

AT = "host not allowed: it comes from scanned text"
SENT = "host not allowed: it is a loopback address"
GUID = "{:08x}-1111-4222-8333-0123456789ab"

CASES = [
    ("aws-secret-access-key", "aws_access_key_id = {aws-access-key-id}\naws_secret_access_key = {}\n", SENT),
    ("azure-storage-account-key", "AccountName=things;AccountKey={};EndpointSuffix=core.windows.net", SENT),
    ("azure-storage-connection-string", "DefaultEndpointsProtocol=https;AccountName=things;AccountKey={}", SENT),
    ("azure-sas-token", "https://things.blob.core.windows.net/box/x?sv=2022-11-02&sr=b&sp=r&sig={}", SENT),
    ("azure-ad-client-secret", f"tenantId: {GUID.format(1)}\nclientId: {GUID.format(2)}\nclientSecret: {{}}\n", SENT),
    ("azure-redis-key", "cache.redis.cache.windows.net:6380,password={},ssl=True", AT),
    ("azure-redis-connection-string", "cache.redis.cache.windows.net:6380,password={},ssl=True", AT),
    ("postgres-uri", "DB=postgres://app:{}@db.example.com:5432/things\n", AT),
    ("libpq-keyword-dsn", 'dsn = "host=db.example.com user=app password={} dbname=things"\n', AT),
    ("pgpass-entry", "db.example.com:5432:things:app:{}\n", AT),
    ("mysql-uri", "mysql://app:{}@db.example.com/things\n", AT),
    ("mysql-go-dsn", 'db, err := sql.Open("mysql", "app:{}@tcp(db.example.com:3306)/things")\n', AT),
    ("mysql-option-file", "[client]\nuser=app\npassword={}\nhost=db.example.com\n", AT),
    ("mongodb-uri", "mongodb://app:{}@db.example.com/things\n", AT),
    ("redis-uri", "redis://:{}@db.example.com/0\n", AT),
    ("jdbc-url", "url=jdbc:postgresql://db.example.com/things?user=app&password={}\n", AT),
    ("smtp-uri", "smtp://app:{}@mail.example.com:587\n", AT),
    ("ftp-sftp-uri", "ftp://app:{}@files.example.com/pub\n", AT),
    ("url-basic-auth", "remote = https://app:{}@git.example.com/repo.git\n", AT),
    ("kraken-private-key", "kraken_api_key = {kraken-key}\nkraken_private_key = {}\n", SENT),
    ("jwt", "token = {}\n", ""),
    ("openssh-private-key", "{}\n", ""),
    ("pem-pkcs8-private-key", "{}\n", ""),
    ("pem-encrypted-private-key", "{}\n", ""),
]


def _found(rule: str, text: str) -> list[Finding]:
    """Return the findings of a rule in a text that holds its credential."""
    rules = scans.ruleset()
    credential = example(rules.by_id[rule], Random(7))[1]
    for other in ("aws-access-key-id", "kraken-key"):
        text = text.replace(f"{{{other}}}", scans.token(9, other).decode())
    chunk = Chunk(Origin("t", "settings.txt"), text.encode().replace(b"{}", credential))
    return _findings(chunk, rules, rule)


def _findings(chunk: Chunk, rules: Ruleset, rule: str) -> list[Finding]:
    found = [item for item in Engine(rules, "aho-corasick").scan(chunk) if isinstance(item, Detection)]
    findings = collect(joined(found, Pairs(rules)), rules.by_id, {}, Confidence.LOW)
    return [finding for finding in findings if finding.rule == rule]


def _verified(findings: list[Finding]) -> list[Finding]:
    async def verified() -> list[Finding]:
        network = Network(Hosts((), found=False, lookup=on_loopback), trusting, Limits(timeout=5, pause=0.01))
        try:
            return await Run(scans.ruleset().by_id, network).findings(findings)
        finally:
            await network.close()

    return asyncio.run(verified())


@pytest.mark.parametrize(("rule", "text", "detail"), CASES, ids=[case[0] for case in CASES])
def test_what_stands_around_a_secret_reaches_its_check(rule: str, text: str, detail: str) -> None:
    """The check knows whom to ask: a provider is asked at its fixed host, another host only if the user names it."""
    (finding,) = _found(rule, text)
    (verified,) = _verified([finding])
    assert verified.verdict.status in (Status.UNKNOWN, Status.DEAD)
    assert (verified.verdict.detail or "").startswith(detail)
    assert "needs" not in (verified.verdict.detail or "")


def test_a_service_account_is_asked_about_at_google() -> None:
    """Neither `token_uri` nor anything else beside the key names the host."""
    key = checks.control("google-service-account")
    assert key is not None
    text = json.dumps({
        "type": "service_account", "project_id": "p", "private_key_id": "0123456789" * 4, "private_key": key.decode(),
        "client_email": "robot@p.iam.gserviceaccount.com", "token_uri": "https://evil.example.com/token",
    }, indent=2)  # fmt: skip
    (finding,) = _findings(Chunk(Origin("t", "key.json"), text.encode()), scans.ruleset(), "gcp-service-account-key")
    (verified,) = _verified([finding])
    assert (verified.verdict.detail or "").startswith(SENT)


def test_rules_and_checks_agree() -> None:
    """Every check is named by a rule, and every check that a rule names is there and can be imported."""
    named = {rule.verify["by"] for rule in scans.ruleset().rules if rule.verify and "by" in rule.verify}
    assert named == set(checks.CHECKS)
    assert all(callable(checks.load(by)) for by in named)
    assert set(checks.CONTROLS) | checks.OFFLINE <= named
    tried = {case[0] for case in CASES} | {"gcp-service-account-key"}
    every = {rule.verify["by"] for rule in scans.ruleset().rules if rule.id in tried and rule.verify}
    assert every == named
