"""Pages to look at: findings drawn from a seed, as many as a test wants, of repositories that nobody has."""

from __future__ import annotations

from functools import cache
from random import Random

from report.samples import RULES, STATS, VAULT
from stanch.model import Confidence, Fault, Finding, Location, Reach, Stats, Status, Verdict
from stanch.report.html import render
from stanch.report.html.page import SWEPT, Entry, Page, Repository

FORGES = "github.com/acme"
FAULTS = (
    Fault(f"{FORGES}/core-3", "clone-failed", "the connection was reset, three times"),
    Fault(f"{FORGES}/core-4", "too-large", "db/dump.sql: 9100000000 bytes"),
)
KINDS = [
    (f"{provider.lower()}-{kind.replace(' ', '-').lower()}", f"{provider} {kind}", provider)
    for provider in ("GitHub", "AWS", "Stripe", "Slack", "Twilio", "Datadog", "OpenAI", "Azure")
    for kind in ("API key", "access token", "webhook secret")
]
AUTHORS = [
    f"{first} {last} <{first}.{last}@acme.test>".replace(f"<{first}.{last}", f"<{first}.{last}".lower())
    for first in ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn")
    for last in ("Ash", "Birch", "Cedar", "Elm", "Fir")
]


def entries(count: int, seed: int = 1) -> list[Entry]:
    """Return findings of a sweep with their states."""
    random = Random(seed)
    return [_entry(random) for _ in range(count)]


def _entry(random: Random) -> Entry:
    rule, name, provider = random.choice(KINDS)
    places = tuple(_place(random) for _ in range(min(6, int(random.paretovariate(1.5)))))
    status = random.choices(list(Status), [2, 3, 2, 5])[0]
    finding = Finding(
        f"{random.getrandbits(128):032x}", rule, name, provider, "saas", random.choice(list(Confidence)),
        round(random.random(), 2), b"", f"ab…{random.randrange(10_000):04}", places, VAULT, Verdict(status),
    )  # fmt: skip
    state = random.choices(["open", "accepted", "false-positive", "fixed"], [8, 1, 1, 2])[0]
    reason = "it is a sandbox" if state == "accepted" else None
    return Entry(finding, state, reason, None, "2025-01-02T03:04:05Z", "2026-11-20T03:04:05Z")


def _place(random: Random) -> Location:
    repository = f"{FORGES}/{random.choice(('shop', 'billing', 'core', 'edge'))}-{int(random.paretovariate(1.2)) % 90}"
    here, year = random.random() < 0.5, 2018 + random.randrange(8)
    name = f"{random.choice(('prod', 'dev', 'main'))}{random.randrange(40)}.yaml"
    path = f"{random.choice(('config', 'src', 'deploy'))}/{name}"
    return Location(
        repository, path, random.randrange(1, 400), 5, 1, 40, commit=f"{random.getrandbits(160):040x}",
        author=random.choice([*AUTHORS, None]), date=f"{year}-{random.randrange(1, 13):02}-11T10:00:00+02:00",
        at_head=here, reachability=Reach.REFS, removed_in=None if here else f"{random.getrandbits(160):040x}",
        removed_at=None if here else f"{year + 1}-{random.randrange(1, 10):02}-11T10:00:00Z",
        context=f'api_key = "ab…{random.randrange(10_000):04}"',
    )  # fmt: skip


def sweep(found: list[Entry], faults: tuple[Fault, ...] = ()) -> Page:
    """Return the page of a sweep."""
    names = sorted({at.target for entry in found for at in entry.finding.locations})
    repositories = tuple(Repository(name, "github", f"https://{name}") for name in names)
    return Page(
        "github:acme", tuple(found), faults, STATS, "1.2.3", 900, repositories=repositories, commands=SWEPT, sweep=True
    )  # fmt: skip


@cache
def written(count: int, incomplete: bool = False) -> str:
    """Return such a page's text."""
    return render(sweep(entries(count), FAULTS if incomplete else ()), RULES)


def clean(faults: tuple[Fault, ...] = ()) -> str:
    """Return the page of a scan that found nothing."""
    return render(Page(".", (), faults, Stats(12, 3456, 0.5), "1.2.3", 900), RULES)
