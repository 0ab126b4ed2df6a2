"""`stanch triage`, as people and shells use it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete

from scans import called, token
from stanch.cli.commands import stanch
from stanch.errors import UsageError
from stanch.findings import fingerprint
from stanch.model import Status
from stanch.report import FORMATS, writer
from stanch.report.json import read
from stanch.sweep import store
from stanch.sweep.model import Swept
from stanch.sweep.store import Filters, State
from strategies import ruleset
from sweep.store.samples import FAULT, RULE, Clock, listed, swept, verified

SHOP, DOCS = "github.com/acme/shop", "github.com/acme/docs"
HOSTILE = "\x1b[31m\u202e##vso[task]"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> str:
    """Return the place of a store with three findings, which is the default one."""
    url = str(tmp_path / "stanch.db")
    monkeypatch.setenv("STANCH_STORE", url)
    with store.open(url, now=clock) as made:
        run = made.begin("s", ["github:acme"])
        run.list(listed(SHOP, DOCS))
        run.record(verified(swept(SHOP, 1, 2, paths=["a.env", "b.env"]), Status.LIVE, "2027-01-01T00:00:00+00:00"))
        run.record(swept(DOCS, 1, 3, paths=[f"docs/{HOSTILE}.md"], faults=(FAULT,)))
        run.finish()
    return url


def key(url: str, number: int) -> str:
    """Return the key of a secret's finding."""
    with store.open(url) as opened:
        return opened.key(fingerprint(RULE, token(number)))


def text(*arguments: str) -> str:
    """Return what `stanch triage` prints."""
    done = called("triage", *arguments)
    assert done.returncode == 0
    return done.stdout.decode()


LISTED = [
    ((), 3, "3 findings open", "all that is open"),
    (("--repository", "*/docs"), 2, "2 findings open", "of a repository"),
    (("--verdict", "live"), 2, "2 findings open", "live ones"),
    (("--state", "accepted"), 0, "0 findings; not listed: 3 open", "none, and what there is else"),
    (("--state", "all", "--rule", "github-*", "--provider", "github", "--min-confidence", "high"), 3, "3", "filters"),
]


@pytest.mark.parametrize(("arguments", "many", "words", "why"), LISTED, ids=[case[-1] for case in LISTED])
def test_listing(kept: str, arguments: tuple[str, ...], many: int, words: str, why: str) -> None:
    """Two lines for each finding that passes, and a sentence; JSON has the same findings."""
    lines = text(*arguments).splitlines()
    assert sum(line[:1].strip() != "" for line in lines) == many + 1
    assert lines[-1].startswith(words)
    told = json.loads(text(*arguments, "-f", "json"))
    assert (told["schema"], told["store"], len(told["findings"])) == (1, kept, many)


def test_what_a_line_says(kept: str) -> None:
    """Key, state, masked secret, verdict; where, how often, since when; nothing that steers a terminal."""
    shown = text("--repository", "*")
    one = key(kept, 1)
    first = next(line for line in shown.splitlines() if line.startswith(one[:12]))
    assert first.split()[1:3] == ["high", "open"]
    assert first.endswith("  live")
    assert "and 2 more places in 2 repositories; since 2027-01-01" in shown.replace("\n", " ").replace("  ", "")
    assert not set("\x1b\u202e") & set(shown)
    assert token(1).decode() not in shown + text("show", one) + text("-f", "json")


def test_set_and_show(kept: str) -> None:
    """A state is set by first digits or by a report's fingerprint, and shown with who said so."""
    one, two = key(kept, 1), fingerprint(RULE, token(2))
    said = text(
        "set", one[:8], two, "--state", "accepted", "--reason", "sandbox", "--until", "2999-01-31", "--by", "Ann"
    )
    assert said.count("accepted until 2999-01-31") == 2
    assert [line[:12] for line in text("--state", "accepted").splitlines()].count(one[:12]) == 1
    shown = text("show", one[:8])
    for words in (one, "accepted until 2999-01-31, by Ann: sandbox", f"{SHOP}/a.env:1", "what to do", "live, ann"):
        assert words in shown
    told = json.loads(text("show", one, "-f", "json"))
    assert [(said["state"], said["source"], said["by"]) for said in told["history"]] == [("accepted", "person", "Ann")]
    assert {at["target"] for at in told["locations"]} == {SHOP, DOCS}
    assert text("set", one, "--state", "open").startswith(f"{one[:12]}  open  ")
    assert json.loads(text("show", one, "-f", "json"))["said"]["by"]


ASIDE: list[tuple[dict[str, Any], list[Swept], str, str]] = [
    ({"state": "accepted", "reason": "x", "until": "2027-01-02"}, [], "open again (accepted until 2027-01-02)", "over"),
    ({"state": "open"}, [swept(SHOP)], "fixed, by a scan", "gone"),
    ({"state": "open"}, [swept(SHOP), swept(SHOP, 2)], "open again (found again 2027-01-04)", "back"),
    ({"state": "false-positive"}, [], "false-positive", "said by a person"),
]


@pytest.mark.parametrize(("said", "after", "words", "why"), ASIDE, ids=[case[-1] for case in ASIDE])
def test_states_in_words(
    kept: str, clock: Clock, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any], after: list[Swept], words: str,
    why: str,
) -> None:  # fmt: skip
    """A state that ran out, or that a scan has given, says so."""
    two = key(kept, 2)
    with store.open(kept, now=clock) as opened:
        opened.set([two], by="Ann", **said)
        clock.tick(days=3)
        for one in after:
            run = opened.begin("s", ["repos.txt"])
            run.list(listed(SHOP))
            run.record(one)
            run.finish()
    opening = store.open
    monkeypatch.setattr(store, "open", lambda url, **how: opening(url, **{"now": clock, **how}))
    assert words in text("show", two)
    assert words in text("--state", "all")


REFUSED = [
    (("show", "abcd"), "no finding", "no such finding"),
    (("show", "xyz"), "4 or more digits", "no key"),
    (("set", "{one}", "--state", "accepted"), "--reason", "no reason"),
    (("--store", "nowhere.db"), "there is no store here", "no store"),
    (("set", "{one}", "--state", "fixed", "--store", "nowhere.db"), "there is no store here", "named at the end"),
    (("--store", "nowhere.db", "show", "{one}"), "there is no store here", "or at the beginning"),
]


@pytest.mark.parametrize(("arguments", "words", "why"), REFUSED, ids=[case[-1] for case in REFUSED])
def test_wrong_usage(kept: str, arguments: tuple[str, ...], words: str, why: str) -> None:
    """What cannot be done is an error that says what to do, which `main` makes exit status 2."""
    given = [argument.replace("{one}", key(kept, 1)) for argument in arguments]
    with pytest.raises(UsageError, match=words):
        called("triage", *given)


def test_completion(kept: str) -> None:
    """A shell completes keys and states, and says nothing where there is no store."""
    one = key(kept, 1)
    shell = ShellComplete(stanch, {}, "stanch", "_STANCH_COMPLETE")
    assert [item.value for item in shell.get_completions(["triage", "show"], one[:5])] == [one[:12]]
    assert [item.value for item in shell.get_completions(["triage", "set", one, "--state"], "f")] == [
        "false-positive", "fixed",
    ]  # fmt: skip
    assert shell.get_completions(["triage", "--store", "nowhere.db", "show"], "") == []


def test_secrets_in_the_store_are_said(kept: str) -> None:
    """Whoever looks at a store that holds some is told, on standard error."""
    assert called("triage").stderr == b""
    store.open(kept, secrets=True).close()
    assert b"holds raw secrets" in called("triage").stderr


@pytest.mark.parametrize("name", FORMATS)
def test_every_report_can_be_written_from_a_store(kept: str, name: str) -> None:
    """What is accepted or no finding is left out, what was not scanned is told, and no secret is in it."""
    one, three = key(kept, 1), key(kept, 3)
    with store.open(kept) as opened:
        opened.set([one], "accepted", by="Ann", reason="sandbox")
        opened.set([three], "false-positive", by="Ann")
        result = opened.result()
        out = io.StringIO()
        writer(name)(result, ruleset().by_id, out, show_secrets=False)
        if name == "json":
            assert read(out.getvalue()) == replace(
                result, findings=tuple(replace(f, score=0.99) for f in result.findings)
            )
        assert [finding.fingerprint for finding in result.findings] == [key(kept, 2)]
        assert not result.complete
        assert FAULT in result.faults
        assert (result.stats.blobs, result.stats.bytes, result.engine) == (6, 200, "aho-corasick")
        assert all(token(number).decode() not in out.getvalue() for number in (1, 2, 3))
        assert len(opened.result(Filters(states=(State.OPEN, State.ACCEPTED))).findings) == 2
        every = {finding.fingerprint: finding for finding in opened.result(Filters(run=1)).findings}
        assert {at.target for at in every[one].locations} == {DOCS, SHOP}


def test_a_sweep_that_did_not_end_is_incomplete(tmp_path: Path) -> None:
    """So is a repository that failed without a word: a report from the store never calls that clean."""
    with store.open(str(tmp_path / "a.db")) as opened:
        run = opened.begin("s", ["github:acme"])
        run.list(listed(SHOP, DOCS))
        run.record(swept(SHOP))
        (fault,) = opened.result().faults
        assert (fault.kind, fault.detail) == ("unfinished", "1 repositories are still to be swept; go on with --resume")
        run.record(Swept(DOCS, "", None))
        run.finish()
        assert [fault.kind for fault in opened.result().faults] == ["not-scanned"]
        run = opened.begin("s", ["github:acme"])
        run.list(listed(SHOP))
        run.record(Swept(SHOP, "", None, unchanged=True))
        run.finish(faults=[FAULT])
        assert opened.result(Filters(run=run.id)).faults == (FAULT,)
