"""Findings: one for each distinct secret of a rule, with all its places, oldest commit first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repositories import ANN, BOB, Repo
from scans import found, scan, token
from stanch.findings import collect, fingerprint
from stanch.model import Confidence, Detection, Location
from strategies import ruleset

KEY = b"key = " + token(1) + b"\n"


def places(repo: Repo, **how: object) -> list[tuple[str | None, int, bool | None]]:
    """Return path, line and presence of each place of the first token."""
    return [(at.path, at.line, at.at_head) for at in found(scan(repo.path, **how))[token(1)].locations]


def test_one_finding_for_a_secret(repo: Repo) -> None:
    """A secret in several files, lines and commits is one finding with all its places, oldest first."""
    first = repo.commit({"z.txt": KEY})
    second = repo.commit({"a.txt": b"# see\n" + KEY + KEY}, author=BOB)
    repo.commit({"z.txt": None})
    [finding] = scan(repo.path).findings
    assert [(at.path, at.line, at.commit, at.author, at.at_head) for at in finding.locations] == [
        ("z.txt", 1, first, ANN, False),
        ("a.txt", 2, second, BOB, True),
        ("a.txt", 3, second, BOB, True),
    ]


def test_date_of_a_place(repo: Repo) -> None:
    """The date is the author's, with its offset."""
    repo.commit({"a.txt": KEY})
    [location] = found(scan(repo.path))[token(1)].locations
    assert location.date == "2020-09-13T14:26:40+02:00"


def test_two_secrets_are_two_findings(repo: Repo) -> None:
    """Two secrets of one rule in one file are two findings."""
    repo.commit({"a.txt": token(1) + b"\n" + token(2)})
    assert set(found(scan(repo.path))) == {token(1), token(2)}


def test_lines_that_move(repo: Repo) -> None:
    """A file that changes around its secret holds it once: where it came in, and where it stands now."""
    for number in range(5):
        repo.commit({"a.txt": b"# more\n" * number + KEY})
    assert places(repo) == [("a.txt", 1, True), ("a.txt", 5, True)]


def test_a_file_that_changes_elsewhere(repo: Repo) -> None:
    """Many versions with the secret at the same position are one place."""
    for number in range(5):
        repo.commit({"a.txt": KEY + b"# more\n" * number})
    assert places(repo) == [("a.txt", 1, True)]


def test_removed_from_a_file(repo: Repo) -> None:
    """A secret that was taken out of a file that is still there is not at HEAD."""
    repo.commit({"a.txt": b"x\n" + KEY})
    repo.commit({"a.txt": b"x\n"})
    assert places(repo) == [("a.txt", 2, False)]


def test_removed_in_the_worktree_only(repo: Repo) -> None:
    """A secret that the worktree has no more, but HEAD has, still stands."""
    repo.commit({"a.txt": KEY})
    repo.put("a.txt", b"x")
    assert places(repo) == [("a.txt", 1, True)]


def test_in_the_worktree_only(repo: Repo) -> None:
    """A secret that was never committed has no commit."""
    repo.commit({"a.txt": b"x"})
    repo.put("b.txt", KEY)
    [location] = found(scan(repo.path))[token(1)].locations
    assert (location.path, location.commit, location.author, location.at_head) == ("b.txt", None, None, True)


def test_moved_in_the_worktree(repo: Repo) -> None:
    """Where the worktree has it on another line, the present line is given."""
    commit = repo.commit({"a.txt": KEY})
    repo.put("a.txt", b"\n\n" + KEY)
    [finding] = scan(repo.path).findings
    assert {(at.line, at.at_head) for at in finding.locations} >= {(1, True), (3, True)}
    assert finding.locations[0].commit == commit


def test_renamed_file(repo: Repo) -> None:
    """A renamed file is two places: the old path, gone, and the new one, each with its own commit."""
    first = repo.commit({"old.txt": KEY})
    repo.git("mv", "old.txt", "new.txt")
    second = repo.commit(author=BOB)
    [finding] = scan(repo.path).findings
    assert [(at.path, at.commit, at.author, at.at_head) for at in finding.locations] == [
        ("old.txt", first, ANN, False), ("new.txt", second, BOB, True)
    ]  # fmt: skip


def test_deleted_and_back(repo: Repo) -> None:
    """A file that was deleted and came back is known by the commit that brought it first."""
    first = repo.commit({"a.txt": KEY})
    repo.commit({"a.txt": None})
    repo.commit({"a.txt": KEY}, author=BOB)
    [location] = found(scan(repo.path))[token(1)].locations
    assert (location.commit, location.author, location.at_head) == (first, ANN, True)


def test_brought_by_a_merge(repo: Repo) -> None:
    """What a merge itself brings is the merge's; what it takes from a side is that side's."""
    repo.commit({"a.txt": b"x"})
    repo.git("switch", "--quiet", "--create", "side")
    side = repo.commit({"b.txt": token(2)}, author=BOB)
    repo.git("switch", "--quiet", "main")
    repo.commit({"d.txt": b"x"})
    merge = repo.merge("side", {"c.txt": KEY})
    by_secret = found(scan(repo.path))
    [brought], [taken] = by_secret[token(1)].locations, by_secret[token(2)].locations
    assert (brought.path, brought.commit, brought.at_head) == ("c.txt", merge, True)
    assert (taken.path, taken.commit, taken.author) == ("b.txt", side, BOB)


def test_the_same_content_twice(repo: Repo) -> None:
    """One object at two paths is two places."""
    repo.commit({"a.txt": KEY, "copy of a.txt": KEY})
    assert places(repo) == [("a.txt", 1, True), ("copy of a.txt", 1, True)]


def test_message_and_file(repo: Repo) -> None:
    """A secret in a commit's message and in a file is one finding."""
    commit = repo.commit({"a.txt": KEY}, message=f"Subject\n\nUse {token(1).decode()}")
    [finding] = scan(repo.path).findings
    assert {(at.surface.value, at.commit) for at in finding.locations} == {("blob", commit), ("commit-message", commit)}


def test_order(repo: Repo) -> None:
    """The surest come first; then by place."""
    repo.commit({"b.txt": token(2), "a.txt": token(3), "public.txt": token(1, "zapier-webhook")})
    result = scan(repo.path, min_confidence=Confidence.LOW)
    ranks = [finding.confidence.rank for finding in result.findings]
    assert ranks == sorted(ranks, reverse=True)
    sure = [finding.locations[0].path for finding in result.findings if finding.confidence is Confidence.HIGH]
    assert sure == sorted(sure, key=str)


@given(st.binary(min_size=1), st.binary(min_size=1))
def test_fingerprint(one: bytes, other: bytes) -> None:
    """A fingerprint depends on rule and secret alone."""
    assert (fingerprint("a", one) == fingerprint("a", other)) == (one == other)
    assert fingerprint("a", one) != fingerprint("b", one)
    assert len(fingerprint("a", one)) == 32


@pytest.mark.parametrize("least", list(Confidence))
def test_least_confidence(least: Confidence) -> None:
    """Findings under the confidence asked for are left out; dropped ones keep their reasons."""
    at = Location("t", None, 1, 1, 1, 8)
    detections = [
        Detection("github-pat-classic", b"secret-%d" % number, score, at)
        for number, score in enumerate((0.01, 0.2, 0.6, 0.95))
    ]
    dropped = Detection("github-pat-classic", b"secret-9", 0.0, at, dropped="a placeholder")
    kept = collect([*detections, dropped], ruleset().by_id, {}, least)
    assert [finding.confidence.rank for finding in kept[:-1]] == list(range(2, least.rank - 1, -1))
    assert kept[-1].dropped == "a placeholder"


def test_findings_do_not_print() -> None:
    """A finding's representation holds no secret."""
    detection = Detection("github-pat-classic", token(1), 0.9, Location("t", "a", 1, 1, 1, 8))
    [finding] = collect([detection], ruleset().by_id, {}, Confidence.LOW)
    assert token(1).decode() not in repr(finding) + repr(detection)
