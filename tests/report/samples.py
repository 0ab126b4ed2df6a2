"""Results to write reports from; every secret is put together here, so that no scanner sees one."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from stanch.model import (
    Companion,
    Confidence,
    Fault,
    Finding,
    Location,
    Reach,
    Remedy,
    Result,
    Stats,
    Status,
    Surface,
    Verdict,
    mask,
)
from stanch.report import writer
from stanch.rules import RemedyFacts, Rule

TOKEN = b"_".join([b"gh" + b"p", b"A1b2" * 9])
PASSWORD = b"-".join([b"correct", b"horse", b"battery", b"\xff"])
KEY = b"\n".join([b"-----BEGIN RSA " + b"PRIVATE KEY-----", b"MIIE" * 12, b"-----END RSA " + b"PRIVATE KEY-----"])
COMMIT, OLDER, BLOB = "1a2b3c4d5e" * 4, "0f9e8d7c6b" * 4, "77aa88bb99" * 4

RULES = {
    "github-pat": Rule(
        id="github-pat",
        name="GitHub personal access token",
        provider="GitHub",
        category="vcs",
        keywords=("gh" + "p_",),
        pattern="gh" + "p_(?P<secret>[A-Za-z0-9]{36})",
        references=("https://docs.github.com/authentication", "RFC 6750"),
        remedy=RemedyFacts(
            revoke="https://github.com/settings/tokens",
            identity="A GitHub App, or the GITHUB_TOKEN of a workflow, needs no stored secret.",
        ),
    )
}

FILE = Location(
    "api", "src/settings.py", 12, 9, 12, 48, blob=BLOB, commit=OLDER, author="Ann Author <ann@example.com>",
    date="2021-03-04T05:06:07+01:00", at_head=False,
)  # fmt: skip
VAULT = Remedy(
    "vault", "ssm", "Revoke it, put a new one into SSM Parameter Store as /api/github, and read it from "
    "there with GetParameter when the program starts.",
)  # fmt: skip
STATS = Stats(1234, 5_512_345, 9.34)


def finding(secret: bytes = TOKEN, *locations: Location, **changes: Any) -> Finding:
    """Return a finding of a GitHub token, changed as said."""
    made = Finding(
        fingerprint="5d41402abc4b2a76", rule="github-pat", name="GitHub personal access token",
        provider="GitHub", category="vcs", confidence=Confidence.HIGH, score=0.99, secret=secret,
        masked=mask(secret), locations=locations or (FILE,), remedy=VAULT,
    )  # fmt: skip
    return replace(made, **changes)


def result(*findings: Finding, faults: tuple[Fault, ...] = (), stats: Stats = STATS) -> Result:
    """Return a whole scan with these findings."""
    return Result(findings, faults, stats, "hyperscan", "sha256:" + "ab" * 32, 221, "1.2.3")


def full() -> Result:
    """Return a result with something of everything in it."""
    token = finding(
        TOKEN,
        replace(FILE, removed_in=COMMIT, removed_at="2023-01-02T03:04:05Z", context="token = 'ghp_…A1b2'"),
        replace(FILE, line=14, end_line=14, commit=COMMIT, date="2023-01-02T03:04:05Z", at_head=True),
        replace(
            FILE,
            path="backups/old.zip",
            layers=("zip:lib/a.jar", "zip:app.properties", "base64"),
            line=3,
            reachability=Reach.REFLOG,
        ),
        Location("api", None, 5, 1, 5, 40, Surface.COMMIT_MESSAGE, commit=COMMIT, blob=COMMIT),
        Location("api", "docs/größe 100%.md", 1, 1, 1, 40, at_head=True, commit=COMMIT),
        verdict=Verdict(Status.LIVE, "HTTP 200", "ann", "2024-05-06T07:08:09Z"),
        candidates=("forge-token", "hub-token"),
        companions=(
            Companion(
                "github-app-id",
                "GitHub app [id]",
                b"app." + b"1234567890" * 2,
                "app.…7890",
                replace(FILE, line=13, end_line=13, commit=COMMIT, at_head=True),
            ),
            Companion("github-client", "GitHub client id", b"x1" * 8, "x1…x1", replace(FILE, path="other.py")),
        ),
    )
    password = finding(
        PASSWORD,
        Location("/srv/app", "config/production.yaml", 40, 13, 40, 34),
        fingerprint="7d793037a0760186", rule="generic-password", name="Password", provider="Generic",
        category="generic", confidence=Confidence.MEDIUM, score=0.7,
        remedy=Remedy("vault", "keyvault", "Change it and keep the new one in Key Vault."),
    )  # fmt: skip
    key = finding(
        KEY,
        replace(FILE, path="deploy/id_rsa", line=1, column=1, end_line=3, end_column=29, reachability=Reach.STASH),
        fingerprint="69dd2b1a3f0c4e58", rule="private-key", name="RSA private key", provider="Generic",
        category="crypto", score=1.0, remedy=Remedy("revoke", None, "Remove the public key from every host."),
    )  # fmt: skip
    public = finding(
        b"pk" + b"_test_" + b"0" * 24,
        Location("env:", "STRIPE_KEY", 1, 1, 1, 32, Surface.ENVIRONMENT),
        fingerprint="8277e0910d750195", rule="stripe-publishable-key", name="Stripe publishable key",
        provider="Stripe", category="payment", confidence=Confidence.LOW, score=0.2,
        remedy=Remedy("public", None, "Meant to be public: nothing to do."),
    )  # fmt: skip
    example = finding(
        b"example" * 4, Location(".", "README.md", 7, 1, 7, 28), fingerprint="b448797616e091ad",
        confidence=Confidence.LOW, score=0.05, dropped="placeholder: holds the word `example`",
    )  # fmt: skip
    faults = (
        Fault(
            "api",
            "missing-object",
            f"{COMMIT} is not in the repository; fetch it with `git fetch --unshallow`",
        ),
        Fault("/srv/app/core.bin", "too-large", "9.1 GB is over --max-size"),
    )
    return result(password, token, key, public, example, faults=faults)


def written(name: str, value: Result, *, show_secrets: bool = False) -> str:
    """Return what the format `name` writes."""
    out = io.StringIO()
    writer(name)(value, RULES, out, show_secrets=show_secrets)
    return out.getvalue()


_CHARACTERS = st.characters(exclude_characters="…")
"""Any character, surrogates too; the mask's ellipsis is in no secret, or a mask could complete one."""
TEXT = st.text(_CHARACTERS, max_size=30)
_MAYBE = st.none() | TEXT
_COUNT = st.integers(1, 10**9)
_SCORE = st.integers(0, 100).map(lambda hundredths: hundredths / 100)
_SECONDS = st.floats(0, 1e9)
LOCATIONS = st.builds(
    Location, TEXT, _MAYBE, _COUNT, _COUNT, _COUNT, _COUNT, st.sampled_from(Surface),
    st.lists(TEXT, max_size=3).map(tuple), _MAYBE, _MAYBE, _MAYBE, _MAYBE, st.none() | st.booleans(),
    st.none() | st.sampled_from(Reach),
)  # fmt: skip
VERDICTS = st.builds(Verdict, st.sampled_from(Status), _MAYBE, _MAYBE, _MAYBE)
FAULTS = st.lists(st.builds(Fault, TEXT, TEXT, TEXT), max_size=3).map(tuple)
SECRETS = st.binary(min_size=16, max_size=60) | st.text(
    st.characters(codec="utf-8", exclude_characters="…"), min_size=16, max_size=60
).map(str.encode)


_COMPANIONS = st.builds(
    lambda text, secret, at: Companion(text, text, secret, mask(secret), at), TEXT, SECRETS, LOCATIONS
)


@st.composite
def results(draw: st.DrawFn, secrets: st.SearchStrategy[bytes] = SECRETS) -> Result:
    """Draw a result; its texts are hostile, and do not repeat its secrets but by chance."""
    found = []
    for secret in draw(st.lists(secrets, max_size=3)):
        made = finding(secret, *draw(st.lists(LOCATIONS, max_size=3)), verdict=draw(VERDICTS), score=draw(_SCORE))
        confidence, dropped = draw(st.sampled_from(Confidence)), draw(_MAYBE)
        candidates = tuple(draw(st.lists(TEXT, max_size=2)))
        companions = tuple(draw(st.lists(_COMPANIONS, max_size=2)))
        around = tuple(b"around " + secret for _ in range(draw(st.integers(0, 1))))
        made = replace(made, candidates=candidates, companions=companions, around=around)
        found.append(replace(made, confidence=confidence, dropped=dropped))
    stats = draw(st.builds(Stats, _COUNT, _COUNT, _SECONDS))
    return result(*found, faults=draw(FAULTS), stats=stats)
