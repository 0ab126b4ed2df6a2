"""Credentials of the best known kinds, drawn from the rules, for a scan to find: how a benchmark checks its answer."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from random import Random

from measure import Run
from stanch.examples import example
from stanch.rules import load

SEED = 20

FILES = {
    "deploy/github.py": {"GITHUB_TOKEN": "github-pat-classic"},
    "deploy/aws.ini": {"aws_access_key_id": "aws-access-key-id", "aws_secret_access_key": "aws-secret-access-key"},
    "deploy/slack.py": {"SLACK_BOT_TOKEN": "slack-bot-token"},
    "deploy/stripe.py": {"STRIPE_API_KEY": "stripe-secret-key-live"},
    "deploy/gitlab.py": {"GITLAB_TOKEN": "gitlab-pat"},
    "deploy/npm.py": {"NPM_TOKEN": "npm-access-token"},
    "deploy/sendgrid.py": {"SENDGRID_API_KEY": "sendgrid-api-key"},
    "deploy/pypi.py": {"PYPI_TOKEN": "pypi-token"},
    "deploy/digitalocean.py": {"DIGITALOCEAN_TOKEN": "digitalocean-pat"},
}
"""By path, the names and the rules of what is assigned to them."""
KEY_FILE = "deploy/signing.pem"
_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
"""What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7)."""


def planted() -> tuple[dict[str, bytes], dict[str, str]]:
    """Return files by path, and by kind what a scanner must report of them: the same ones every time."""
    random, rules = Random(SEED), load().by_id
    files, secrets = {}, {}
    for path, names in FILES.items():
        quote, head = ("", b"[default]\n") if path.endswith(".ini") else ('"', b"")
        lines = []
        for name, rule in names.items():
            secrets[rule] = example(rules[rule], random)[1].decode()
            lines.append(f"{name} = {quote}{secrets[rule]}{quote}\n".encode())
        files[path] = head + b"".join(lines)
    secrets["private key"] = base64.b64encode(_ED25519 + random.randbytes(32)).decode()
    files[KEY_FILE] = _pem(secrets["private key"])
    return files, secrets


def _pem(body: str) -> bytes:
    marks = (f"-----{word} {'PRIVATE'} KEY-----\n" for word in ("BEGIN", "END"))
    return f"{body}\n".encode().join(mark.encode() for mark in marks)


def missing(secrets: dict[str, str], report: Path) -> list[str]:
    """Return the kinds whose secret does not stand in a JSON report; all of them when there is no report."""
    text = report.read_text("utf-8", "replace") if report.exists() else ""
    return [kind for kind, secret in secrets.items() if json.dumps(secret)[1:-1] not in text]


def fault(run: Run, report: Path, secrets: dict[str, str]) -> str | None:
    """Return what is wrong with stanch's answer: it found the planted credentials, in a scan that was complete."""
    if run.status != 1 or not report.exists():
        return f"stanch: exit status {run.status}: {run.complaint}"
    if not json.loads(report.read_text())["complete"]:
        return "stanch: the scan is not complete"
    lacks = missing(secrets, report)
    return f"stanch did not find: {', '.join(lacks)}" if lacks else None
