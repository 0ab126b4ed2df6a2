"""What records, scans and people do to findings, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from scans import token
from stanch.errors import UsageError
from stanch.findings import fingerprint
from stanch.model import Confidence, Location, Status
from stanch.sweep import store
from stanch.sweep.model import Swept
from stanch.sweep.store import Filters, State, Store
from stanch.sweep.store.schema import TABLES
from sweep.store import samples
from sweep.store.samples import FAULT, RULE, Clock, listed, swept, verified

SHOP, FORK, DOCS = "github.com/acme/shop", "github.com/acme/fork", "github.com/acme/docs"
FAILED = Swept(SHOP, "", None, faults=(FAULT,))
SAME = Swept(SHOP, f"refs of {SHOP}", None, unchanged=True)


def sweep(kept: Store, *outcomes: Swept, clock: Clock | None = None, **how: Any) -> None:
    """Run a whole sweep of the repositories that these outcomes are of."""
    if clock:
        clock.tick()
    run = kept.begin("setting", ["github:acme"], **how)
    run.list(listed(*(one.repository for one in outcomes)))
    for one in outcomes:
        assert run.record(one)
    run.finish()


def cleared(kept: Store) -> None:
    """Empty the tables, for another row of a test's table: to open a store takes longer than all that is in a row."""
    with kept.database.writing() as connection:
        for table in (
            "outcomes",
            "listings",
            "locations",
            "holdings",
            "verdicts",
            "triage",
            "findings",
            "repositories",
        ):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608  # our names
        connection.execute(text("DELETE FROM runs"))


def states(kept: Store) -> dict[str, str]:
    """Return the findings' states by their masked secrets' numbers."""
    return {row.key: row.state.value for row in kept.rows()}


def only(kept: Store) -> store.Row:
    """Return the one finding that there is."""
    (row,) = kept.rows()
    return row


SWEEPS: list[tuple[Sequence[Swept], str, int, str]] = [
    ([swept(SHOP, 1)], "open", 1, "what is found is open"),
    ([swept(SHOP, 1), swept(SHOP, 1)], "open", 1, "what is found again is the same"),
    ([swept(SHOP, 1), swept(SHOP)], "fixed", 0, "what a complete scan tells no more is fixed"),
    ([swept(SHOP, 1), FAILED], "open", 1, "a repository that failed closes nothing"),
    ([swept(SHOP, 1), SAME], "open", 1, "nor does one that is as it was"),
    ([swept(SHOP, 1), swept(SHOP, faults=(FAULT,))], "open", 1, "nor an incomplete scan"),
    ([swept(SHOP, 1), replace(swept(SHOP), faults=(FAULT,))], "open", 1, "nor one with a fault of the repository's"),
    ([swept(SHOP, 1), swept(DOCS)], "open", 1, "nor a sweep that does not list it"),
    ([swept(SHOP, 1), swept(SHOP), swept(SHOP, 1)], "open", 1, "what comes back is open again"),
    ([swept(SHOP, 1), swept(SHOP), SAME], "fixed", 0, "what is gone from a repository that stays as it is stays gone"),
    ([swept(SHOP, 1), swept(SHOP, 1, paths=["b"])], "open", 1, "a secret that moved is the same, at another place"),
    ([swept(SHOP, 1, paths=["a", "b"]), swept(SHOP, 1, paths=["b"])], "open", 1, "one of its places is gone"),
    ([swept(SHOP, 1, faults=(FAULT,))], "open", 1, "an incomplete scan tells what it found"),
]  # fmt: skip


def test_one_finding(url: str, clock: Clock) -> None:
    """Sweep after sweep of one repository leaves this state and so many places."""
    with store.open(url, now=clock) as kept:
        for outcomes, state, places, why in SWEEPS:
            cleared(kept)
            for one in outcomes:
                sweep(kept, one, clock=clock)
            row = only(kept)
            assert (row.state.value, sum(place.gone is None for place in row.places)) == (state, places), why
            assert kept.count() == {State(state): 1}, why


TRIAGE: list[tuple[dict[str, Any], Sequence[Swept], str, str]] = [
    ({"state": "accepted", "reason": "sandbox"}, [swept(SHOP, 1)], "accepted", "outlasts the next sweep"),
    ({"state": "accepted", "reason": "sandbox"}, [swept(SHOP)], "accepted", "and that there is no place left"),
    ({"state": "false-positive"}, [swept(SHOP), swept(SHOP, 1)], "false-positive", "and that it comes back"),
    ({"state": "fixed"}, [swept(SHOP, 1)], "fixed", "history holds what was revoked, and a person knows better"),
    ({"state": "fixed"}, [swept(SHOP), swept(SHOP, 1)], "open", "what was fixed and comes back is not fixed"),
    ({"state": "open"}, [swept(SHOP)], "fixed", "a person who reopens it does not keep a scan from it"),
    ({"state": "accepted", "reason": "x", "until": "2027-01-03"}, [swept(SHOP, 1)], "open", "the date has passed"),
    ({"state": "accepted", "reason": "x", "until": "2027-01-04"}, [swept(SHOP, 1)], "accepted", "it is the last day"),
    ({"state": "accepted", "reason": "x", "until": "2027-01-03"}, [swept(SHOP)], "fixed", "as open, it can be fixed"),
]


def test_what_a_person_says(url: str) -> None:
    """A state that a person gave on the first of January, and what it is after sweeps on the fourth."""
    clock = Clock()
    with store.open(url, now=lambda: clock()) as kept:
        for said, after, state, why in TRIAGE:
            clock = Clock()
            cleared(kept)
            sweep(kept, swept(SHOP, 1))
            kept.set([only(kept).key], by="Ann", **said)
            clock.tick(days=3)
            for one in after:
                sweep(kept, one, clock=clock)
            assert only(kept).state == state, why
            assert kept.history(only(kept).key)[0].by == "Ann"


def test_history_tells_who_and_when(url: str, clock: Clock) -> None:
    """All states that a finding has had stay known, those that scans gave it too."""
    with store.open(url, now=clock) as kept:
        sweep(kept, swept(SHOP, 1), clock=clock)
        key = only(kept).key
        for outcome in (swept(SHOP), swept(SHOP, 1)):
            sweep(kept, outcome, clock=clock)
        at = clock.tick()
        kept.set([key[:6]], "accepted", by="Ann", reason="sandbox", until="2027-02-01")
        assert [(said.state.value, said.source.value, said.by, said.reason) for said in kept.history(key)] == [
            ("fixed", "scan", None, "no longer found"),
            ("open", "scan", None, "found again"),
            ("accepted", "person", "Ann", "sandbox"),
        ]
        assert (kept.history(key)[-1].at, kept.history(key)[-1].until) == (at, "2027-02-01")


def test_first_and_last_seen(url: str, clock: Clock) -> None:
    """Dates are those on which the runs began; an unchanged repository holds what it held."""
    with store.open(url, now=clock) as kept:
        first = clock.tick()
        sweep(kept, swept(SHOP, 1, paths=["a", "b"]))
        clock.tick()
        sweep(kept, swept(SHOP, 1, paths=["a"]))
        gone, last = clock.time.isoformat(), clock.tick()
        sweep(kept, SAME)
        row = only(kept)
        assert (row.first_seen, row.last_seen, row.new) == (first, last, False)
        dates = {place.location.path: (place.first_seen, place.last_seen, place.gone) for place in row.places}
        assert dates == {"a": (first, last, None), "b": (first, first, gone)}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["left first", "came first"])
def test_a_secret_that_moves_to_another_repository_is_never_fixed(url: str, order: tuple[int, int]) -> None:
    """In whichever order the two are scanned: it is fixed only once a run ends and it is nowhere."""
    outcomes = [swept(SHOP), swept(FORK, 1)]
    with store.open(url) as kept:
        sweep(kept, swept(SHOP, 1), swept(FORK))
        sweep(kept, *(outcomes[number] for number in order))
        assert only(kept).state is State.OPEN
        assert kept.history(only(kept).key) == []


def test_a_second_record_changes_nothing(url: str) -> None:
    """The same repository is recorded once in a run, whatever is said of it the second time."""
    with store.open(url) as kept:
        run = kept.begin("setting", ["github:acme"])
        run.list(listed(SHOP, FORK))
        assert run.record(swept(SHOP, 1)) is True
        before = list(kept.rows())
        assert run.record(swept(SHOP, 2)) is False
        assert run.record(FAILED) is False
        assert list(kept.rows()) == before
        assert [one.name for one in run.pending()] == [FORK]
        assert run.counts() == {"complete": 1, "pending": 1}


def test_a_repository_that_is_not_listed_is_refused(url: str) -> None:
    """That is an error of the caller's, and leaves nothing."""
    with store.open(url) as kept:
        run = kept.begin("setting", ["github:acme"])
        run.list(listed(SHOP))
        with pytest.raises(ValueError, match="not listed"):
            run.record(swept(FORK, 1))
        with pytest.raises(ValueError, match="1 repositories are pending"):
            run.finish()
        assert list(kept.rows()) == []


def test_resuming(url: str) -> None:
    """A run that has not ended is gone on with, if it is the last of its targets and the setting is the same."""
    with store.open(url) as kept:
        run = kept.begin("setting", ["github:acme", "repos.txt"])
        assert not run.listed
        run.list(listed(SHOP, FORK))
        run.record(swept(SHOP, 1))
    with store.open(url) as kept:
        again = kept.unfinished("setting", ["repos.txt", "github:acme"])
        assert again is not None
        assert (again.id, again.listed, [one.name for one in again.pending()]) == (run.id, True, [FORK])
        assert kept.unfinished("other rules", ["github:acme", "repos.txt"]) is None
        assert kept.unfinished("setting", ["github:acme"]) is None
        again.record(swept(FORK, 1))
        again.finish(summary={"repositories": 2})
        assert kept.unfinished("setting", ["github:acme", "repos.txt"]) is None
        kept.begin("setting", ["x"])
        kept.begin("other", ["x"])
        assert kept.unfinished("setting", ["x"]) is None, "an older one would bring back what was"


def test_a_listing_that_fails_is_done_again(url: str) -> None:
    """What was listed by then is there; nothing says that it was all."""

    def breaks() -> Any:
        yield from listed(SHOP)
        raise UsageError("the forge is gone")

    with store.open(url) as kept:
        run = kept.begin("setting", ["github:acme"])
        with pytest.raises(UsageError):
            run.list(breaks())
        assert not run.listed
        run.list(listed(SHOP, FORK))
        assert [one.name for one in run.pending()] == [FORK, SHOP]


REFS = [
    ([swept(SHOP, 1)], f"refs of {SHOP}", "a complete scan knows its refs"),
    ([swept(SHOP, 1), FAILED], f"refs of {SHOP}", "one that failed later does not change that"),
    ([swept(SHOP, 1), SAME], f"refs of {SHOP}", "nor one that finds them unchanged"),
    ([swept(SHOP, faults=(FAULT,))], None, "an incomplete scan must be done again"),
    ([swept(SHOP), swept(SHOP, faults=(FAULT,))], None, "and leaves what no complete scan has seen"),
    ([FAILED], None, "nothing is known"),
]


def test_state_of_refs(url: str) -> None:
    """What a repository's refs were when it was last scanned as a whole, under that setting alone."""
    with store.open(url) as kept:
        for outcomes, known, why in REFS:
            cleared(kept)
            for one in outcomes:
                sweep(kept, one)
            assert kept.state(SHOP, "setting") == known, why
            assert kept.state(SHOP, "other rules") is None, why
            assert kept.state(FORK, "setting") is None


def test_repositories_that_are_listed_no_more(url: str, clock: Clock) -> None:
    """They are marked, their findings stay; a listing that is not whole, or of other targets, says nothing of them."""
    with store.open(url, now=clock) as kept:
        sweep(kept, swept(SHOP, 1), swept(FORK, 2), clock=clock)

        def gone() -> set[str]:
            return {place.location.target for row in kept.rows() for place in row.places if place.repository_gone}

        says_nothing = ((["other"], True, ()), (["github:acme"], False, ()), (["github:acme"], True, (FAULT,)))
        for targets, whole, faults in says_nothing:
            run = kept.begin("setting", targets)
            run.list([], faults=() if whole else (FAULT,))
            run.finish(faults=faults)
            assert gone() == set()
        sweep(kept, swept(FORK, 2), clock=clock)
        assert gone() == {SHOP}
        assert set(states(kept).values()) == {"open"}
        assert [one.locations[0].target for one in kept.result().findings].count(SHOP) == 1
        sweep(kept, swept(SHOP, 1), swept(FORK, 2), clock=clock)
        assert gone() == set()


def test_other_rules_close_nothing(url: str) -> None:
    """What was not looked for is not gone; states stay."""
    low = swept(DOCS, 2)
    assert low.result is not None
    unsure = replace(low.result.findings[0], confidence=Confidence.LOW, score=0.2)
    low = replace(low, result=replace(low.result, findings=(unsure,)))
    with store.open(url) as kept:
        sweep(kept, swept(SHOP, 1), low)
        key = kept.key(fingerprint(RULE, token(1)))
        kept.set([key], "accepted", by="Ann", reason="sandbox")
        sweep(kept, swept(SHOP), swept(DOCS), rules={"another-rule"})
        sweep(kept, swept(SHOP, 1), swept(DOCS), rules={RULE}, least=Confidence.MEDIUM)
        assert sorted(states(kept).values()) == ["accepted", "open"]
        assert all(row.present for row in kept.rows())
        sweep(kept, swept(SHOP), swept(DOCS), rules={RULE})
        assert sorted(states(kept).values()) == ["accepted", "fixed"]
        assert not any(row.present for row in kept.rows())


def test_archives_that_were_not_opened_close_nothing(url: str) -> None:
    """What is in an archive is not gone because nobody looked into it; what is not, is."""
    inside = Location(SHOP, "a.zip", 1, 1, 1, 40, layers=("zip:a.env",), blob="1" * 40, commit="1" * 40)
    found = replace(samples.finding(1, []), locations=(inside,))
    with store.open(url) as kept:
        both = replace(swept(SHOP, 2), result=samples.result(found, samples.finding(2, [("b.env", 1)], target=SHOP)))
        sweep(kept, both)
        sweep(kept, swept(SHOP), archives=False)
        assert {row.finding.locations[0].path: row.state.value for row in kept.rows()} == {
            "a.zip": "open",
            "b.env": "fixed",
        }
        sweep(kept, swept(SHOP))
        assert set(states(kept).values()) == {"fixed"}


def test_new_is_what_the_run_brought(url: str) -> None:
    """Not what the latest one did: a sweep of other targets may have begun since."""
    with store.open(url) as kept:
        sweep(kept, swept(SHOP, 1))
        run = kept.begin("setting", ["github:acme"])
        run.list(listed(SHOP))
        other = kept.begin("setting", ["gitlab:acme"])
        run.record(swept(SHOP, 1, 2))
        assert sorted(row.new for row in kept.rows(Filters(run=run.id))) == [False, True]
        assert other.id > run.id


VERDICTS = [
    ([("live", "2027-01-01T00:00:00+00:00")], "live", "a verdict is kept"),
    ([("live", "2027-01-01T00:00:00+00:00"), None], "live", "that nobody asked this time says nothing"),
    ([("live", "2027-01-01T00:00:00+00:00"), ("dead", "2027-01-02T00:00:00+00:00")], "dead", "the latest counts"),
    ([("dead", "2027-01-02T00:00:00+00:00"), ("live", "2027-01-01T00:00:00+00:00")], "dead", "whenever it is told"),
    ([None], "not-checked", "nobody asked"),
]


def test_verdicts(url: str) -> None:
    """Of the verdicts of several sweeps the latest stays."""
    with store.open(url) as kept:
        for verdicts, status, why in VERDICTS:
            cleared(kept)
            for one in verdicts:
                sweep(kept, verified(swept(SHOP, 1), Status(one[0]), one[1]) if one else swept(SHOP, 1))
            assert only(kept).finding.verdict.status == status, why


def test_a_place_is_the_same_when_lines_elsewhere_change(url: str) -> None:
    """Its commit and what is at HEAD may change; so may its blob, where it has a path."""
    old = Location(SHOP, "a", 3, 1, 3, 9, blob="1" * 40, commit="1" * 40, at_head=True)
    new = Location(SHOP, "a", 3, 1, 3, 9, blob="2" * 40, commit="2" * 40, at_head=False)
    with store.open(url) as kept:
        for at in (old, new):
            found = replace(samples.finding(1, []), locations=(at,))
            sweep(kept, Swept(SHOP, "refs", samples.result(found)))
        (place,) = only(kept).places
        assert (place.location, place.gone) == (new, None)


HOSTILE = [
    "a\x00b",
    "\udcff.env",
    "\x1a0041",
    "\ud800",
    "'; DROP TABLE runs; --",
    "größe ✓",
    "a\\b%_",
    "\n\r\t",
    "{id}",
]


def test_any_text_comes_back_as_it_was(url: str) -> None:
    """Paths are bytes, and authors are whatever somebody wrote: NUL and surrogates too."""
    with store.open(url) as kept:
        locations = tuple(Location(SHOP, text, 1, 1, 1, 9, author=text, layers=(text,)) for text in HOSTILE)
        sweep(kept, Swept(SHOP, "refs", samples.result(replace(samples.finding(1, []), locations=locations))))
        assert set(only(kept).finding.locations) == set(locations)


def test_no_secret_is_in_it(url: str) -> None:
    """Neither a secret nor a fingerprint, of which a weak one can be guessed; where text repeats it, it is masked."""
    secret = token(1).decode()
    found = samples.finding(1, [(f"keys/{secret}.env", 1)], target=SHOP)
    bad = replace(FAULT, detail=f"cannot read {secret}")
    with store.open(url) as kept:
        sweep(kept, Swept(SHOP, "refs", samples.result(found, faults=(bad,))))
        assert only(kept).finding.secret == b""
        with kept.database.reading() as connection:
            content = str([connection.execute(table.select()).all() for table in TABLES.sorted_tables])
        assert secret not in content
        assert found.fingerprint not in content
        assert "keys/" in content
        assert kept.find(found.fingerprint) == only(kept).key


def test_secrets_where_they_were_asked_for(url: str) -> None:
    """They stand in one column, are told to who asks for them, and the store says from then on that it has some."""
    with store.open(url, secrets=True) as kept:
        sweep(kept, swept(SHOP, 1))
        assert only(kept).finding.secret == b""
        assert [row.finding.secret for row in kept.rows(secrets=True)] == [token(1)]
        assert kept.result(secrets=True).findings[0].secret == token(1)
    with store.open(url) as kept:
        assert kept.holds_secrets
        sweep(kept, swept(SHOP, 1, 2))
        assert sorted(row.finding.secret for row in kept.rows(secrets=True)) == [b"", token(1)]


def test_a_finding_is_named_by_its_first_digits(url: str) -> None:
    """By enough of them; all or none of several are given a state."""
    with store.open(url) as kept:
        sweep(kept, swept(SHOP, *range(40)))
        keys = [row.key for row in kept.rows()]
        assert kept.find(keys[0][:12].upper()) == keys[0]
        for wrong in ("abc", "not hex!", "f" * 31, "f" * 32):
            with pytest.raises(UsageError, match=wrong[:3]):
                kept.find(wrong)
        with pytest.raises(UsageError, match="no finding"):
            kept.set([keys[0], "f" * 32], "false-positive", by="Ann")
        assert kept.count() == {State.OPEN: 40}
        assert kept.set([keys[0], keys[0][:12], keys[1]], "false-positive", by="Ann") == keys[:2]
        assert kept.count() == {State.OPEN: 38, State.FALSE_POSITIVE: 2}


WRONG = [
    ({"state": "accepted"}, "--reason", "accepted without a reason"),
    ({"state": "accepted", "reason": " "}, "--reason", "a blank one"),
    ({"state": "ignored"}, "there are open, accepted", "no such state"),
    ({"state": "fixed", "until": "2027-05-01"}, "only accepted", "only acceptances end"),
    ({"state": "accepted", "reason": "x", "until": "2026-12-31"}, "today or later", "it has ended before"),
    ({"state": "accepted", "reason": "x", "until": "soon"}, "not a date", "no date"),
    ({"state": "accepted", "reason": "x", "until": "20270501"}, "YYYY-MM-DD", "another way to write one"),
]


@pytest.mark.parametrize(("said", "words", "why"), WRONG, ids=[case[-1] for case in WRONG])
def test_a_state_that_cannot_be_set(tmp_path: Any, clock: Clock, said: dict[str, Any], words: str, why: str) -> None:
    """It is refused with what to do, and nothing is changed."""
    with store.open(str(tmp_path / "a.db"), now=clock) as kept:
        sweep(kept, swept(SHOP, 1))
        with pytest.raises(UsageError, match=words):
            kept.set([only(kept).key], by="Ann", **said)
        assert kept.history(only(kept).key) == []


FILTERS: list[tuple[Filters, set[str], str]] = [
    (Filters(), {"shop", "fork", "docs"}, "all"),
    (Filters(repository=SHOP), {"shop"}, "of one repository"),
    (Filters(repository="GITHUB.com/acme/?o*"), {"fork", "docs"}, "of several, in any case"),
    (Filters(repository="github.com/acme/sh_p"), set(), "an underscore is itself"),
    (Filters(rule="docs-rule"), {"docs"}, "of a rule"),
    (Filters(provider="gitHUB"), {"shop", "fork", "docs"}, "of a provider"),
    (Filters(confidence=Confidence.HIGH), {"shop", "fork"}, "sure ones"),
    (Filters(verdict=Status.LIVE), {"fork"}, "live ones"),
    (Filters(verdict=Status.NOT_CHECKED), {"shop", "docs"}, "those that nobody asked about"),
    (Filters(states=(State.OPEN,)), {"fork", "docs"}, "open ones"),
    (Filters(states=(State.FIXED, State.ACCEPTED)), {"shop"}, "those of several states"),
    (Filters(run=1, states=(State.OPEN,)), {"fork", "docs"}, "in the repositories of a run"),
    (Filters(run=2), {"docs"}, "of another run"),
    (Filters(keys=()), set(), "of no keys"),
]


@pytest.mark.slow
def test_filters(url: str, clock: Clock) -> None:
    """Each filter lets its findings pass, and they are counted alike."""
    docs = swept(DOCS, 3)
    assert docs.result is not None
    unsure = replace(docs.result.findings[0], confidence=Confidence.LOW, score=0.2, rule="docs-rule")
    docs = replace(docs, result=replace(docs.result, findings=(unsure,)))
    with store.open(url, now=clock) as kept:
        sweep(kept, swept(SHOP, 1), verified(swept(FORK, 2), Status.LIVE, "2027-01-01T00:00:00+00:00"), docs)
        sweep(kept, docs)
        kept.set([kept.key(fingerprint(RULE, token(1)))], "accepted", by="Ann", reason="x")
        for filters, wanted, why in FILTERS:
            rows = list(kept.rows(filters))
            names = {place.location.target.rpartition("/")[2] for row in rows for place in row.places}
            assert names == wanted, why
            assert sum(kept.count(filters).values()) == len(rows) == len(wanted), why


def test_the_score_is_that_of_the_surest_repository(url: str) -> None:
    """In whichever order they are scanned, and as long as it holds the secret."""
    sure, unsure = swept(SHOP, 1), swept(FORK, 1)
    assert unsure.result is not None
    lower = replace(unsure.result.findings[0], confidence=Confidence.MEDIUM, score=0.6)
    unsure = replace(unsure, result=replace(unsure.result, findings=(lower,)))
    with store.open(url) as kept:
        for outcomes in ((sure, unsure), (unsure, sure)):
            sweep(kept, *outcomes)
            assert (only(kept).finding.confidence, only(kept).finding.score) == (Confidence.HIGH, 0.99)
        sweep(kept, unsure, swept(SHOP))
        assert (only(kept).finding.confidence, only(kept).finding.score) == (Confidence.MEDIUM, 0.6)
