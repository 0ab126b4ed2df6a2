"""The line around a secret: masked, clipped, and never a secret in it."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from report.samples import finding, result
from repositories import Repo
from scans import DEFAULTS, token
from stanch.context import told
from stanch.model import Companion, Confidence, Finding, Location, Result, mask
from stanch.scan import Scan
from strategies import ruleset

SECRET, OTHER = token(1), token(2)
WEAK = b"hunter" + b"%d" % 2
ID = b"app." + b"1234567890" * 2


def at(content: bytes, secret: bytes, **changes: object) -> Location:
    """Return the place of `secret` in `content`."""
    start = content.index(secret)
    before, last = content[:start], content[: start + len(secret)]
    line, column = before.count(b"\n") + 1, start - (before.rfind(b"\n") + 1) + 1
    end, end_column = last.count(b"\n") + 1, len(last) - (last.rfind(b"\n") + 1)
    return Location(".", "a.txt", line, column, end, end_column, **changes)  # type: ignore[arg-type]


def context(content: bytes, *findings: Finding) -> str | None:
    """Return the context of the first finding's first place."""
    return told(result(*findings), lambda _: content).findings[0].locations[0].context


def one(content: bytes, secret: bytes = SECRET, **changes: object) -> Finding:
    """Return a finding of `secret` in `content`."""
    return finding(secret, at(content, secret, **changes), masked=mask(secret))


def elsewhere(secret: bytes) -> Finding:
    """Return a finding of `secret` in another file."""
    return finding(secret, replace(at(secret, secret), path="b.txt"), masked=mask(secret))


M, N = mask(SECRET), mask(OTHER)
LONG = b"x" * 5_000
LINES = [
    # before the secret, behind it, what is shown
    (b"key = '", b"'  # mine", f"key = '{M}'  # mine"),
    (b"first\n\tkey: ", b"\nlast", f"key: {M}"),
    (b"", b"", M),
    (b"caf\xc3\xa9 \xff ", b"\r", f"café \ufffd {M}\\x0d"),
    (b"\x1b[31m ", b" \xe2\x80\xae evil", f"\\x1b[31m {M} \\u202e evil"),
    (b"a=" + OTHER + b" b=", b" c=" + SECRET, f"a={N} b={M} c={M}"),
    (b"t=", b" e=" + base64.b64encode(b"user:" + SECRET), f"t={M} e=dXNlc…"),
    (b"t=", b" h=" + SECRET.hex().encode() + b".", f"t={M} h=…."),
    (LONG, LONG, f"… {'x' * 90}{M}{'x' * 110} …"),
    (OTHER * 3 + b"=", b"", f"{N * 3}={M}"),
]


@pytest.mark.parametrize(("before", "after", "expected"), LINES, ids=range(len(LINES)))
def test_line(before: bytes, after: bytes, expected: str) -> None:
    """The line alone is shown, without what steers a terminal, and every secret of the result is masked in it."""
    content = before + SECRET + after
    others = [elsewhere(OTHER)] if OTHER in content else []
    said = context(content, one(content), *others)
    assert said is not None
    assert said.startswith(expected.removesuffix("…"))
    assert SECRET.decode()[6:] not in said


def test_clip_leaves_no_part() -> None:
    """A secret at the edge of what is shown is masked whole, wherever it begins."""
    for gap in range(40, 160):
        content = OTHER + b" " * gap + SECRET + b" " * gap + OTHER
        said = context(content, one(content), elsewhere(OTHER)) or ""
        assert OTHER.decode()[6:12] not in said
        assert OTHER.decode()[-12:-6] not in said


def test_several_lines() -> None:
    """Of a secret of several lines nothing is shown but its mask, between what stands before and behind it."""
    key = b"-----BEGIN RSA " + b"PRIVATE KEY-----\n" + b"MIIE" * 12 + b"\n" + b"-----END RSA " + b"PRIVATE KEY-----"
    content = b"a\nkey = '" + key + b"' # end\nMIIE"
    assert context(content, one(content, key)) == f"key = '{mask(key)}' # end"
    other = b"x = " + SECRET + b" y = " + b"MIIE" * 12
    assert context(other, one(other), elsewhere(key)) == f"x = {M} y = …"


def test_companions_are_masked() -> None:
    """What a secret completes is masked as well."""
    content = b"id=" + ID + b" key=" + SECRET
    made = finding(
        SECRET, at(content, SECRET), masked=M, companions=(Companion("r", "R", ID, "app.…", at(content, ID)),)
    )
    assert context(content, made) == f"id=app.… key={M}"


def test_encoded() -> None:
    """Of an encoded secret all that is written in its code is masked; what is in an archive has no line."""
    coded = base64.b64encode(b"user:" + SECRET + b"!")
    content = b"auth: Basic " + coded + b" # mine"
    inner = at(content, coded[8:40], layers=("base64",))
    assert context(content, finding(SECRET, inner, masked=M)) == "auth: Basic … # mine"
    assert context(content, finding(SECRET, at(content, coded, layers=("zip:a.txt",)), masked=M)) is None


LONGER = b"\n\n  " + SECRET
NONE = [
    # what was scanned, what is read again
    (b"\0\1" + SECRET + b"\0", b"\0\1" + SECRET + b"\0"),
    (LONGER, b"short"),
    (LONGER, None),
]


@pytest.mark.parametrize(("before", "content"), NONE, ids=["binary", "shrunk", "gone"])
def test_none(before: bytes, content: bytes | None) -> None:
    """Where there is no such line any more, or it is no text, none is told."""
    made = one(before)
    assert told(result(made), lambda _: content).findings[0].locations[0].context is None


def test_findings_without_their_secrets() -> None:
    """Where one secret is not known any more it could not be masked, so no line is told."""
    content = b"key = " + SECRET
    assert context(content, one(content), finding(b"", at(content, SECRET))) is None


def test_not_a_part_of_the_place() -> None:
    """Two places are the same whatever is told of their lines."""
    place = at(SECRET, SECRET)
    assert place == Location(*(getattr(place, name) for name in place.__match_args__[:6]), context="x", removed_in="y")
    assert hash(place) == hash(at(SECRET, SECRET, context="x"))


def test_hypothetical_lines() -> None:
    """In no line made of secrets, their parts and text is a secret left that could be read."""
    random = Random(1)
    secrets = [token(number) for number in range(3, 8)]
    for _ in range(150):
        pieces = random.choices([*secrets, b" ", b"key=", b"\t\xe9", b"x" * 60, b"\n"], k=8)
        content = SECRET.join([b"".join(pieces[:4]), b"".join(pieces[4:])])
        said = context(content, one(content), *(elsewhere(secret) for secret in secrets)) or ""
        assert not [secret for secret in (SECRET, *secrets) if secret.decode()[6:16] in said]


def scanned(target: Path) -> Result:
    """Scan with contexts."""
    return Scan(ruleset(), replace(DEFAULTS, targets=(str(target),)), contexts=True).run()


def test_scan(repo: Repo) -> None:
    """A scan reads the lines from the worktree and from git's objects, when it is asked to."""
    repo.commit({"old.txt": b"was = " + SECRET + b"\n", "both.txt": b"is = " + OTHER + b"\n"})
    repo.commit({"old.txt": b"nothing\n"})
    repo.put("new.txt", b"now = " + token(3) + b"\n")
    told = {at.path: at.context for found in scanned(repo.path).findings for at in found.locations}
    assert told == {"old.txt": f"was = {M}", "both.txt": f"is = {N}", "new.txt": f"now = {mask(token(3))}"}
    assert {at.context for found in Scan(ruleset(), DEFAULTS).run().findings for at in found.locations} <= {None}


UNTOLD = [
    # what stands beside the secret, what of it must not be shown, how sure it has to be to be told
    (b" password=%s", WEAK, Confidence.HIGH),
    (b" password=%s", WEAK, Confidence.MEDIUM),
    (b" other=%s  # stanch:allow[gitlab-pat]", token(4, "gitlab-pat"), Confidence.MEDIUM),
]


@pytest.mark.parametrize(("beside", "secret", "least"), UNTOLD, ids=["unsure", "told", "allowed"])
def test_what_is_not_told_is_masked_too(tmp_path: Path, beside: bytes, secret: bytes, least: Confidence) -> None:
    """A line has secrets that are no findings: too weak for what was asked, or allowed by a comment."""
    (tmp_path / "a.txt").write_bytes(b"token=" + SECRET + beside % secret + b"\n")
    options = replace(DEFAULTS, targets=(str(tmp_path),), min_confidence=least)
    said = [at.context or "" for one in Scan(ruleset(), options, contexts=True).run().findings for at in one.locations]
    assert said[0].startswith(f"token={M}")
    assert not [text for text in said if secret.decode() in text]


def test_a_secret_that_begins_before_what_is_read_is_masked() -> None:
    """A mask may be one character, so the edge of what is read may come into sight."""
    for extra in range(len(WEAK)):
        content = WEAK * 90 + b"x" * extra + SECRET
        said = context(content, one(content), elsewhere(WEAK)) or ""
        assert said.endswith("…" + "x" * extra + M)
        assert WEAK[-4:].decode() not in said


def test_scan_of_a_file(tmp_path: Path) -> None:
    """A target that is a file is read as well; a link's text is not."""
    (tmp_path / "a.env").write_bytes(b"TOKEN=" + SECRET + b"\n")
    [found] = scanned(tmp_path / "a.env").findings
    assert found.locations[0].context == f"TOKEN={M}"
