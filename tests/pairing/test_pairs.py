"""Pairs: an id and its secret in the same content are one finding, the secret's, with the id as its companion."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from repositories import Repo
from scans import BOTH, DEFAULTS, scan, token
from stanch import pool, sources
from stanch.baseline import new
from stanch.model import Confidence, Finding, Result
from stanch.pairing import Pairs
from stanch.rules import Rule, Ruleset
from stanch.scan import Scan
from strategies import ruleset

ID, SECRET, SESSION = "aws-access-key-id", "aws-secret-access-key", "aws-session-token"
A, B, C = (token(number, ID) for number in (1, 2, 3))
a, b, c = (token(number, SECRET) for number in (1, 2, 3))
KEY, NAMED = b"key_id = %s\n", b"aws_secret_access_key = %s\n"
PAIR = KEY % A + NAMED % a


def told(result: Result) -> list[tuple[str, bytes, list[bytes]]]:
    """Return rule, secret and companions of each finding that stands."""
    kept = [found for found in result.findings if found.dropped is None]
    return [(found.rule, found.secret, [companion.secret for companion in found.companions]) for found in kept]


def pairs(result: Result) -> set[tuple[bytes, bytes]]:
    """Return each secret with its id."""
    return {(companion.secret, found.secret) for found in result.findings for companion in found.companions}


LAYOUTS = {
    "profiles": (b"[default]\n" + PAIR + b"\n[prod]\n" + KEY % B + NAMED % b, {(A, a), (B, b)}),
    "secret first": (NAMED % a + KEY % A + b"\n" + NAMED % b + KEY % B, {(A, a), (B, b)}),
    "lists": (KEY % A + KEY % B + NAMED % a + NAMED % b, {(A, a), (B, b)}),
    "an id used twice": (PAIR + b"\n" * 30 + KEY % A, {(A, a)}),
    "an id with two secrets, one at each of its places": (PAIR + b"\n" * 30 + KEY % A + NAMED % b, {(A, a), (A, b)}),
    "two secrets for one id": (PAIR + NAMED % b, {(A, a)}),
    "an old pair in a comment": (b"# " + KEY % B + b"# " + NAMED % b + PAIR, {(A, a), (B, b)}),
    "an old secret in a comment": (b"# " + NAMED % b + KEY % A + NAMED % a, {(A, a)}),
    "far apart": (KEY % A + b"x = 1\n" * 5_000 + NAMED % a, {(A, a)}),
    "one line": (b'{"id": "%s", "aws_secret_access_key": "%s"}' % (A, a), {(A, a)}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", BOTH)
def test_layouts(tmp_path: Path, layout: str, name: str) -> None:
    """Pairs are found whichever comes first, and put together right; what has a partner is no finding of its own."""
    data, wanted = LAYOUTS[layout]
    (tmp_path / "credentials").write_bytes(data)
    result = scan(tmp_path, engine=name)
    assert pairs(result) == wanted
    assert not [found for found in result.findings if found.rule == ID]
    assert {secret for _, secret in wanted} <= {found.secret for found in result.findings}


def one(result: Result) -> Finding:
    """Return the only finding."""
    [finding] = result.findings
    return finding


def test_a_pair(tmp_path: Path) -> None:
    """The finding is the secret's, under its fingerprint, at its place, and surer than alone."""
    (tmp_path / "alone").write_bytes(NAMED % a)
    alone = one(scan(tmp_path / "alone"))
    (tmp_path / "pair").write_bytes(PAIR)
    pair = one(scan(tmp_path / "pair"))
    [companion] = pair.companions
    assert (pair.rule, pair.secret, pair.fingerprint) == (SECRET, a, alone.fingerprint)
    assert (companion.rule, companion.name, companion.secret) == (ID, ruleset().by_id[ID].name, A)
    assert (pair.locations[0].line, companion.location.line) == (2, 1)
    assert pair.score > alone.score
    assert A.decode() not in repr(pair)


@pytest.mark.parametrize(("rule", "level"), [(ID, "medium"), (SECRET, "high"), (SESSION, "high")])
def test_alone(tmp_path: Path, rule: str, level: str) -> None:
    """Either alone is a finding; an id, which opens nothing, is never sure."""
    (tmp_path / "a").write_bytes(NAMED % token(1, rule))
    found = one(scan(tmp_path))
    assert (found.rule, found.confidence.value, found.companions) == (rule, level, ())


def test_three(tmp_path: Path) -> None:
    """A secret may have several companions, of different rules."""
    session = token(1, SESSION)
    (tmp_path / "a").write_bytes(KEY % token(1, "aws-sts-access-key-id") + NAMED % a + b"token = " + session)
    rules = {companion.rule for companion in one(scan(tmp_path)).companions}
    assert rules == {"aws-sts-access-key-id", SESSION}


@pytest.mark.parametrize("least", list(Confidence))
def test_an_improbable_id(tmp_path: Path, least: Confidence) -> None:
    """An id that is not worth telling by itself is a companion all the same, and makes its secret surer."""
    secret, account = token(1, "twilio-auth-token"), token(1, "twilio-account-sid")
    (tmp_path / "a.env").write_bytes(b"TWILIO_AUTH_TOKEN=%s\n" % secret)
    (tmp_path / "b.env").write_bytes(b"TWILIO_ACCOUNT_SID=%s\nTWILIO_AUTH_TOKEN=%s\n" % (account, secret))
    alone, pair = (scan(tmp_path / name, min_confidence=Confidence.LOW) for name in ("a.env", "b.env"))
    assert pairs(pair) == {(account, secret)}
    assert one(pair).score > one(alone).score
    kept = scan(tmp_path / "b.env", min_confidence=least)
    assert kept.findings == (pair.findings if one(pair).confidence.rank >= least.rank else ())


PLACES = {
    "two files": ({"a": KEY % A, "b": NAMED % a}, set()),
    "two pairs in two files": ({"a": PAIR, "b": KEY % B + NAMED % b}, {(A, a), (B, b)}),
    "one secret with two ids": ({"a": PAIR, "b": KEY % B + NAMED % a}, {(A, a), (B, a)}),
}


@pytest.mark.parametrize("places", PLACES)
def test_files(tmp_path: Path, places: str) -> None:
    """Only what stands in the same file is a pair."""
    files, wanted = PLACES[places]
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert pairs(scan(tmp_path)) == wanted


@pytest.mark.parametrize(("names", "wanted"), [(("a", "a"), {(A, a)}), (("a", "b"), set())])
def test_members_of_an_archive(tmp_path: Path, names: tuple[str, str], wanted: set[tuple[bytes, bytes]]) -> None:
    """Members of an archive are files of their own."""
    files: dict[str, bytes] = {}
    for name, text in zip(names, (KEY % A, NAMED % a), strict=True):
        files[name] = files.get(name, b"") + text
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    assert pairs(scan(tmp_path)) == wanted


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is one place, and its variables are in the order of their names."""
    for prefix, id, secret in (("DEV", A, a), ("PROD", B, b)):
        monkeypatch.setenv(f"{prefix}_AWS_ACCESS_KEY_ID", id.decode())
        monkeypatch.setenv(f"{prefix}_AWS_SECRET_ACCESS_KEY", secret.decode())
    assert pairs(scan("env:")) >= {(A, a), (B, b)}


def test_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id and the secret may stand in different windows of a large file."""
    (tmp_path / "a").write_bytes(KEY % A + b"x = 1\n" * 3_000 + NAMED % a)
    whole = scan(tmp_path).findings
    monkeypatch.setattr(sources, "WINDOW", 4_000)
    monkeypatch.setattr(sources, "OVERLAP", 1_500)
    assert scan(tmp_path).findings == whole
    assert pairs(scan(tmp_path)) == {(A, a)}


def test_jobs(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers find the same pairs."""
    for number in range(5):
        repo.commit({f"{number}.ini": LAYOUTS["profiles"][0] + b"# %d\n" % number, "same": PAIR + b"#" * number})
    alone = scan(repo.path).findings
    monkeypatch.setattr(pool, "WORTH", 1)
    assert scan(repo.path, jobs=2).findings == alone
    assert pairs(scan(repo.path, jobs=2)) == {(A, a), (B, b)}


HISTORIES = {
    # what the file holds in each commit; the findings' companions, and whether secret and id still stand there
    "the secret came later": ([KEY % A, PAIR], True, True),
    "the id came later": ([NAMED % a, PAIR], True, True),
    "the secret went": ([PAIR, KEY % A], False, True),
    "the id went": ([PAIR, NAMED % a], True, False),
    "both went": ([PAIR, b"x"], False, False),
}


@pytest.mark.parametrize("history", HISTORIES)
def test_history(repo: Repo, history: str) -> None:
    """A pair is one finding also where a commit changed one of the two, and other versions hold the other alone."""
    versions, secret, id = HISTORIES[history]
    for data in versions:
        repo.commit({"a.ini": data})
    found = one(scan(repo.path))
    [companion] = found.companions
    assert (found.secret, companion.secret) == (a, A)
    assert (found.locations[0].at_head, companion.location.at_head) == (secret, id)
    assert companion.location.author


def test_an_id_elsewhere(repo: Repo) -> None:
    """In another file the id alone is a finding of its own, there only."""
    repo.commit({"a.ini": PAIR, "notes.yml": KEY % A})
    by_rule = {found.rule: found for found in scan(repo.path).findings}
    assert [at.path for at in by_rule[ID].locations] == ["notes.yml"]
    assert [at.path for at in by_rule[SECRET].locations] == ["a.ini"]


ALLOW = b"  # stanch:allow known"
ALLOWED = {
    # what is allowed, what stands, what is dropped when it is explained
    "the secret": (KEY % A + (NAMED % a).rstrip() + ALLOW, [], {ID, SECRET}),
    "the id": ((KEY % A).rstrip() + ALLOW + b"\n" + NAMED % a, [(SECRET, a, [])], {ID}),
    "both": ((KEY % A).rstrip() + ALLOW + b"\n" + (NAMED % a).rstrip() + ALLOW, [], {ID, SECRET}),
    "the id, with another pair": (
        (KEY % A).rstrip() + ALLOW + b"\n" + NAMED % a + KEY % B + NAMED % b,
        [(SECRET, a, []), (SECRET, b, [B])],
        {ID},
    ),
    "an unnamed secret": (b'f("%s", "%s")' % (A, a) + ALLOW, [], {ID, SECRET}),
}


@pytest.mark.parametrize("what", ALLOWED)
def test_allows(tmp_path: Path, what: str) -> None:
    """To allow the secret silences the pair; to allow the id leaves the secret without companion."""
    text, standing, dropped = ALLOWED[what]
    (tmp_path / "a.conf").write_bytes(text)
    assert told(scan(tmp_path)) == standing
    explained = scan(tmp_path, explain=True)
    assert told(explained) == standing
    assert {found.rule for found in explained.findings if found.dropped} == dropped
    assert all(
        "allowed by stanch:allow: known" in (found.dropped or "") for found in explained.findings if found.dropped
    )
    if what == "both":
        assert told(scan(tmp_path, ignore_allows=True)) == [(SECRET, a, [A])]


def test_baseline(tmp_path: Path) -> None:
    """A baseline knows a pair by its secret, also where it knew the secret alone."""
    (tmp_path / "a").write_bytes(NAMED % a)
    baseline = new(tmp_path / "baseline.json")
    baseline.add(scan(tmp_path / "a"))
    (tmp_path / "a").write_bytes(PAIR)
    options = replace(DEFAULTS, targets=(str(tmp_path / "a"),))
    assert Scan(ruleset(), options, (baseline,)).run().findings == ()


def test_incremental(repo: Repo, tmp_path: Path) -> None:
    """The next scan gives what a whole one does."""
    state = tmp_path / "state.json"
    repo.commit({"a.ini": KEY % A})
    scan(repo.path, incremental=state)
    repo.commit({"a.ini": PAIR})
    assert scan(repo.path, incremental=state).findings == scan(repo.path).findings
    assert pairs(scan(repo.path)) == {(A, a)}


def linked(id: str, to: str | None, *, confidence: Confidence = Confidence.MEDIUM, token: bool = False) -> Rule:
    """Return a rule that is paired."""
    how = {"keywords": ("x" + id,), "pattern": "x(?P<secret>y)"} if token else {"context": ("x",), "value": "y"}
    return Rule(id, id, "P", "saas", confidence=confidence, pairs_with=to, **how)  # type: ignore[arg-type]


HIGH = Confidence.HIGH
LINKS = [
    # rules; the secret's by the id's
    ([linked("i", "s"), linked("s", None)], {"i": "s"}),
    ([linked("i", "s"), linked("s", "i")], {"s": "i"}),
    ([linked("i", "s", token=True), linked("s", "i")], {"i": "s"}),
    ([linked("i", "s", confidence=HIGH), linked("s", "i")], {"s": "i"}),
    ([linked("s", "i", token=True, confidence=HIGH), linked("i", "s")], {"i": "s"}),
    ([linked("i", "elsewhere")], {}),
    ([linked("i", "i")], {}),
    ([linked("t", "i"), linked("i", "s"), linked("s", None)], {"t": "i", "i": "s"}),
    ([linked("i", "s"), linked("s", "t"), linked("t", "i", confidence=HIGH)], {"i": "s", "s": "t"}),
]


@pytest.mark.parametrize(("rules", "wanted"), LINKS)
def test_which_is_the_secret(rules: list[Rule], wanted: dict[str, str]) -> None:
    """The rule that is named is the secret's. Where each names the other it is the surer, else the keyed one."""
    made = Pairs(Ruleset(rules, repr(rules)))
    assert made.secret_of == wanted
    assert made.rules == {*wanted, *wanted.values()}


def test_a_chain(tmp_path: Path) -> None:
    """What belongs to an id belongs to its secret; where that is not there, the id is the finding."""
    rules = Ruleset(
        [
            Rule(
                f"{kind}-rule",
                kind,
                "P",
                "saas",
                (f"zz{kind}_",),
                rf"(?P<secret>zz{kind}_[a-z0-9]{{16}})",
                confidence=Confidence.MEDIUM,
                pairs_with=to,
            )
            for kind, to in (("app", "key-rule"), ("key", "secret-rule"), ("secret", None))
        ],
        "a chain",
    )
    value = token(1)[8:24].lower()
    texts = {kind: b"x = zz%s_%s\n" % (kind.encode(), value) for kind in ("app", "key", "secret")}
    options = replace(DEFAULTS, targets=(str(tmp_path / "a"),))
    (tmp_path / "a").write_bytes(b"".join(texts.values()))
    assert [(found.rule, len(found.companions)) for found in Scan(rules, options).run().findings] == [
        ("secret-rule", 2)
    ]
    (tmp_path / "a").write_bytes(texts["app"] + texts["key"])
    [found] = Scan(rules, options).run().findings
    assert (found.rule, len(found.companions), found.confidence) == ("key-rule", 1, Confidence.MEDIUM)


def test_our_packs() -> None:
    """In the packs that come with stanch the id's rule names the secret's, and no secret names its id."""
    rules = ruleset().by_id
    both = [rule.id for rule in rules.values() if rule.pairs_with and rules[rule.pairs_with].pairs_with == rule.id]
    assert both == []
    assert Pairs(ruleset()).secret_of == {rule.id: rule.pairs_with for rule in rules.values() if rule.pairs_with}
