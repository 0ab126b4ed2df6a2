"""Inline allows: where each counts, what of it is quoted, and that neither chunking nor an engine changes that."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repositories import Repo
from scans import BOTH, DEFAULTS, chunk, cli, detect, engine, found, scan, token
from stanch import allows
from stanch.engine import Engine
from stanch.model import Batch, Chunk, Detection, Found, Origin, UnusedAllow
from stanch.scan import Scan
from strategies import allowed, documents, ruleset

RULE = "some-rule"
KEY = b"-----BEGIN X-----\nAAAA\nBBBB\n-----END X-----"
FAR = b"." * allows.REACH

WHERE = [
    # text, with @ for the secret, & for one of several lines; the marker that allows it
    (b"@", None),
    (b"@ # stanch:allow", "stanch:allow"),
    (b"@ # stanch:allow why", "stanch:allow"),
    (b"@ # stanch:allow: why", "stanch:allow"),
    (b"@ # stanch:allow[some-rule] why", "stanch:allow[some-rule]"),
    (b"@ # stanch:allow[other, some-rule]", "stanch:allow[some-rule]"),
    (b"@ # stanch:allow [some-rule]", "stanch:allow[some-rule]"),
    (b"@ # stanch:allow[other] stanch:allow[some-rule]", "stanch:allow[some-rule]"),
    (b"@ /* stanch:allow */", "stanch:allow"),
    (b"/* stanch:allow */ @", "stanch:allow"),
    (b"@ --stanch:allow", "stanch:allow"),
    (b"@ #stanch:allow", "stanch:allow"),
    (b"@ # stanch:allow[other]", None),
    (b"@ # stanch:allow[some]", None),
    (b"@ # stanch:allow[]", None),
    (b"@ # stanch:allow[*]", None),
    (b"@ # stanch:allow[some-rule", None),
    (b"@ # stanch:allow [see the ticket]", None),
    (b"@ # stanch:allow:some-rule", None),
    (b"@ # stanch:allowed", None),
    (b"@ # stanch:allow-list", None),
    (b"@ # xstanch:allow", None),
    (b"@ # Stanch:Allow", None),
    (b"@ # write `stanch:allow`", None),
    (b"@\nx # stanch:allow", None),
    (b"# stanch:allow\n@", "stanch:allow"),
    (b"  // stanch:allow[some-rule] the reason\n  @", "stanch:allow[some-rule]"),
    (b"\xef\xbb\xbf# stanch:allow\n@", "stanch:allow"),
    (b"x = 1\r\n# stanch:allow\r\n@", "stanch:allow"),
    (b"x = 1\r# stanch:allow\r@", "stanch:allow"),
    (b"/* stanch:allow, why */\n@", "stanch:allow"),
    (b"<!-- stanch:allow -->\n@", "stanch:allow"),
    (b"REM stanch:allow\r\n@", "stanch:allow"),
    (b"dnl stanch:allow\n@", "stanch:allow"),
    (b"' stanch:allow for tests\n@", "stanch:allow"),
    (b'{\n  "//": "stanch:allow for tests",\n  @', "stanch:allow"),
    (b'# stanch:allow the "test" key\n@', "stanch:allow"),
    (b"x = 1 # stanch:allow\n@", None),
    (b"/* stanch:allow */ x = 1;\n@", None),
    (b'"//": "stanch:allow", "x": 1,\n@', None),
    (b"# not stanch:allow\n@", None),
    (b"# stanch:allow\n\n@", None),
    (b"# stanch:allow\r\r@", None),
    (b"# stanch:allow\n# more\n@", None),
    (b"@ # gitleaks:allow", "gitleaks:allow"),
    (b"@ # betterleaks:allow", "betterleaks:allow"),
    (b"/* gitleaks:allow */ @", "gitleaks:allow"),
    (b"@ # Gitleaks:Allow", None),
    (b"# gitleaks:allow\n@", None),
    (b"@ # trufflehog:ignore", "trufflehog:ignore"),
    (b"/* trufflehog:ignore */ @", None),
    (b"# trufflehog:ignore\n@", None),
    (b"@ # TruffleHog:ignore", None),
    (b"@ # pragma: allowlist secret", "pragma: allowlist secret"),
    (b"@ # pragma: whitelist secret", "pragma: whitelist secret"),
    (b"@ # pragma:allowlist-secret", "pragma:allowlist-secret"),
    (b"@ # pragma: allowlist nextline secret", None),
    (b"# pragma: allowlist secret\n@", None),
    (b"# pragma: allowlist nextline secret\n@", "pragma: allowlist nextline secret"),
    (b"x = 1 # pragma: allowlist nextline secret\n@", None),
    (b"& # stanch:allow", None),
    (b"x = &", None),
    (b"/* stanch:allow */ x = &", "stanch:allow"),
    (b"# stanch:allow\nx = &", "stanch:allow"),
    (b"# stanch:allow\nx =\n&", None),
    (b"& # gitleaks:allow", "gitleaks:allow"),
    (b"x = & # trufflehog:ignore", "trufflehog:ignore"),
    (b"x = & # pragma: allowlist secret", None),
    (b"@" + FAR[: -len("stanch:allow")] + b"stanch:allow", "stanch:allow"),
    (b"@" + FAR + b" stanch:allow", None),
    (b"stanch:allow " + FAR + b"@", None),
    (b"# stanch:allow\n" + FAR + b" @", None),
    (b"# stanch:allow " + FAR + b"\n@", None),
]


@pytest.mark.parametrize(("text", "marker"), WHERE, ids=lambda value: repr(value)[:60])
def test_where_an_allow_counts(text: bytes, marker: str | None) -> None:
    """Ours count on the secret's first line, and alone on the line before; others' where their tools take them."""
    secret = KEY if b"&" in text else b"SECRET"
    data = text.replace(b"&", KEY).replace(b"@", b"SECRET")
    start = data.index(secret)
    allow = allows.find(data, start, start + len(secret), RULE)
    assert (allow and allow.marker) == marker


QUOTED = [
    # text, with S for the secret; what is told
    (b"S # stanch:allow", "allowed by stanch:allow"),
    (b"S # stanch:allow[some-rule]: the reason, at last", "allowed by stanch:allow[some-rule]: the reason, at last"),
    (b"S # stanch:allow[some-rule, ANOTHER] why", "allowed by stanch:allow[some-rule]: why"),
    (b"S # stanch:allow -- why", "allowed by stanch:allow: why"),
    (b"S # stanch:allow don't ask", "allowed by stanch:allow: don't ask"),
    (b"S /* stanch:allow why */ password", "allowed by stanch:allow: why"),
    (b"S <!-- stanch:allow why --> password", "allowed by stanch:allow: why"),
    (b"// stanch:allow password = S", "allowed by stanch:allow: password ="),
    (b'"//": "stanch:allow why", "password": "S"', "allowed by stanch:allow: why"),
    (b"# stanch:allow why\nS", "allowed by stanch:allow: why"),
    (b"S # stanch:allow " + b"x" * 1_000, "allowed by stanch:allow: " + "x" * (allows.LONGEST_REASON - 1)),
    (b"S # gitleaks:allow password", "allowed by gitleaks:allow"),
    (b"S # pragma: allowlist secret password", "allowed by pragma: allowlist secret"),
]


@pytest.mark.parametrize(("text", "told"), QUOTED, ids=lambda value: repr(value)[:60])
def test_what_is_quoted(text: bytes, told: str) -> None:
    """The marker and the reason, which ends with its comment; other rules' names and other text are not repeated."""
    start = text.index(b"S")
    allow = allows.find(text, start, start + 1, RULE)
    assert allow
    until = start if start > allow.start else len(text)
    assert allows.explained(text, allow, until) == told


def kept(items: list[Found]) -> list[bytes]:
    """Return the secrets that stand."""
    return [item.secret for item in items if isinstance(item, Detection) and item.dropped is None]


def put_aside(items: list[Found]) -> list[tuple[bytes, str]]:
    """Return the secrets that somebody allowed, with how."""
    return [
        (item.secret, item.dropped)
        for item in items
        if isinstance(item, Detection) and (item.dropped or "").startswith("allowed by")
    ]


def unused(items: list[Found]) -> list[int]:
    """Return the lines of the allows that allow nothing."""
    return [item.location.line for item in items if isinstance(item, UnusedAllow)]


def test_allowed_is_told_when_asked() -> None:
    """What is allowed is not found; an explained scan tells it with the reason; an auditor finds it."""
    data = b"a = '%s' # stanch:allow a test key\nb = '%s'\n" % (token(1), token(2))
    assert kept(detect(data)) == [token(2)]
    assert len(detect(data)) == 1
    explained = detect(data, explain=True)
    assert (kept(explained), put_aside(explained)) == ([token(2)], [(token(1), "allowed by stanch:allow: a test key")])
    assert kept(detect(data, ignore_allows=True)) == [token(1), token(2)]
    assert put_aside(detect(data, ignore_allows=True, explain=True)) == []


@pytest.mark.parametrize("first", [True, False])
def test_memory_does_not_remember_an_allow(first: bool) -> None:
    """The same line with and without a comment before it is judged once, and allowed where the comment is."""
    line = b'db_password = "%s"\n' % b64encode(token(3)[10:30]).lower()
    marked, bare = b"# stanch:allow\n" + line, b"x = 1\n" + line
    fresh = Engine(ruleset(), "aho-corasick")
    for data in (marked, bare) if first else (bare, marked):
        assert len(fresh.scan(chunk(data))) == (data is bare)
    assert len(fresh.scan(chunk(marked + bare))) == 1


def test_in_layers() -> None:
    """What stands in base64, or in UTF-16, is allowed on the outer line."""
    hidden = b64encode(b"x = '%s' and more" % token(1))
    assert kept(detect(b"data: " + hidden)) == [token(1)]
    assert kept(detect(b"data: " + hidden + b"  # stanch:allow")) == []
    assert kept(detect(b"# stanch:allow[github-pat-classic]\ndata: " + hidden)) == []
    wide = f"# stanch:allow\nkey = '{token(1).decode()}'\nkey = '{token(2).decode()}'\n"
    assert kept(detect(wide.encode("utf-16"))) == [token(2)]


def test_a_private_key() -> None:
    """A private key is allowed by the line before it, for every rule that would find it."""
    key = token(1, "pem-rsa-private-key")
    assert key in kept(detect(b"x\n" + key + b"\n"))
    assert kept(detect(b"# stanch:allow a test's\n" + key + b"\n")) == []


def test_one_of_two_on_a_line() -> None:
    """An allow of one rule leaves another rule's secret on the same line."""
    other = token(1, "gitlab-pat")
    data = b"a = '%s', b = '%s' # stanch:allow[github-pat-classic]" % (token(1), other)
    assert kept(detect(data)) == [other]


def test_a_reason_never_holds_a_secret() -> None:
    """Not one that stands after the marker, nor one that the marker stands in."""
    data = b"a = '%s' # stanch:allow or b = '%s' or c\n" % (token(1), token(2))
    assert [why for _, why in put_aside(detect(data, explain=True))] == ["allowed by stanch:allow: or b ="] * 2
    inside = b'password = "Xk29 stanch:allow q8Zr!v", b = "%s"\n' % token(1)
    assert all("q8Zr" not in why for _, why in put_aside(detect(inside, explain=True)))


UNUSED = [
    # content, with S for a secret; lines of unused allows
    (b"x = 'S' # stanch:allow\n", []),
    (b"# stanch:allow\nx = 'S'\n", []),
    (b"x = 1 # stanch:allow\n", [1]),
    (b"\n\n  # stanch:allow[other-rule]\nx = 'S'\n", [3]),
    (b"# stanch:allow\nx = 'S' # stanch:allow\n", [1]),
    (b"x = 'S' # stanch:allow[github-pat-classic\n", [1]),
    (b"x = 'S' # gitleaks:allow\ny = 1 # gitleaks:allow\n", []),
    (b"password = '${X}' # stanch:allow\n", [1]),
]


@pytest.mark.parametrize(("content", "lines"), UNUSED, ids=lambda value: repr(value)[:60])
def test_unused(content: bytes, lines: list[int]) -> None:
    """A stanch:allow that allows nothing is told in an explained scan, and only there."""
    data = content.replace(b"S", token(1))
    assert unused(detect(data, explain=True)) == lines
    assert unused(detect(data)) == unused(detect(data, explain=True, ignore_allows=True)) == []


def test_unused_in_an_object_is_nobodys_business() -> None:
    """Old versions cannot be changed, so an unused allow in a git object is not told."""
    data = b"x = 1 # stanch:allow\n"
    assert engine(explain=True).scan(Chunk(Origin("t", "a.txt", blob="0" * 40), data)) == []


@given(st.lists(allowed(), min_size=1, max_size=5).map(b"\n\n".join))
def test_engines_agree(data: bytes) -> None:
    """Both prefilters lead to the same secrets, allowed and not, and to the same unused allows."""
    for explain in (False, True):
        hyperscan, aho_corasick = (detect(data, name, explain=explain) for name in BOTH)
        assert hyperscan == aho_corasick


@given(st.lists(allowed() | documents(), min_size=1, max_size=5).map(b"\n".join))
def test_an_explanation_changes_nothing(data: bytes) -> None:
    """What stands is the same explained or not; with what is allowed it is what an auditor finds."""
    explained = detect(data, explain=True)
    assert kept(explained) == kept(detect(data))
    everything = kept(detect(data, ignore_allows=True))
    assert sorted(everything) == sorted([*kept(explained), *(secret for secret, _ in put_aside(explained))])


@settings(max_examples=60)
@given(st.lists(allowed() | documents(), min_size=1, max_size=5), st.booleans())
def test_batch(contents: list[bytes], explain: bool) -> None:
    """Contents put together give what each gives on its own, unused allows too; none is allowed by its neighbour."""
    starts = list(accumulate((len(content) + 1 for content in contents[:-1]), initial=0))
    batch = Batch(b"\n".join(contents), starts, lambda part: [chunk(contents[part])])
    wanted = [item for content in contents for item in detect(content, explain=explain)]
    assert engine(explain=explain).scan_batch(batch) == wanted


def test_a_scan(tmp_path: Path) -> None:
    """Notes name unused allows by path and line, without secrets; --ignore-allows finds what is allowed."""
    (tmp_path / "a.py").write_bytes(b"a = '%s' # stanch:allow\n# stanch:allow\n" % token(9))
    running = Scan(ruleset(), replace(DEFAULTS, targets=(str(tmp_path),), explain=True))
    [finding] = running.run().findings
    assert finding.dropped == "allowed by stanch:allow"
    assert running.notes == [f"{tmp_path}/a.py:2: this stanch:allow allows nothing"]
    assert scan(tmp_path).findings == ()
    assert set(found(scan(tmp_path, ignore_allows=True))) == {token(9)}


def test_on_the_command_line(tmp_path: Path) -> None:
    """An unused allow is one line on standard error, and no finding."""
    (tmp_path / "a.py").write_bytes(b"a = '%s' # stanch:allow\n# stanch:allow\n" % token(9))
    done = cli("scan", "--explain", "-f", "json", cwd=tmp_path)
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 1)
    assert b"a.py:2: this stanch:allow allows nothing" in done.stderr
    assert json.loads(done.stdout)["findings"][0]["dropped"] == "allowed by stanch:allow"
    assert cli("scan", "--ignore-allows", cwd=tmp_path).returncode == 1
    assert cli("scan", cwd=tmp_path).returncode == 0


def test_the_name_of_a_file_hides_its_secret(tmp_path: Path) -> None:
    """What is said of unused allows shows no secret that a path holds; the path itself is a finding."""
    (tmp_path / f"{token(9).decode()}.py").write_bytes(b"# stanch:allow\n")
    done = cli("scan", "--explain", "-f", "json", cwd=tmp_path)
    assert b".py:1: this stanch:allow allows nothing" in done.stderr
    assert token(9) not in done.stderr
    assert done.returncode == 1


@pytest.mark.parametrize("name", BOTH)
def test_in_history(repo: Repo, name: str) -> None:
    """An allow speaks for the content that it stands in: a version without it is found."""
    repo.commit({"a.py": b"a = '%s'  # stanch:allow\n" % token(1)})
    repo.commit({"a.py": b"x = 1\n"})
    assert scan(repo.path, engine=name).findings == ()
    first = repo.commit({"b.py": b"b = '%s'\n" % token(2)})
    repo.commit({"b.py": b"b = '%s'  # stanch:allow\n" % token(2)})
    [finding] = scan(repo.path, engine=name).findings
    assert (finding.secret, finding.locations[0].commit) == (token(2), first)
