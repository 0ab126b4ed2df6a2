"""Checks of rules that their keys' types cannot make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stanch.lint import Linter, survey
from stanch.lint.tryout import Match, attempts, matches
from stanch.lint.verdicts import Judge
from stanch.model import Chunk, Confidence, Origin
from stanch.rules import Rule, Ruleset, load

HERE = ("https://example.test/docs",)
GOOD = Rule(
    "mine", "Mine", "Me", "saas", ("mdup_",), r"\b(?P<secret>mdup_[a-f0-9]{24})\b", min_entropy=3, references=HERE
)
KEYED = Rule(
    "keyed", "Keyed", "Me", "saas", context=("madeup",), value="[0-9a-f]{32}", min_entropy=2.5, references=HERE
)
OTHER = replace(GOOD, id="other")
REQUEST = {"method": "GET", "url": "https://api.example.com/me", "bearer": True}
VERIFY = {"request": REQUEST, "live": {"status": [200], "has": ["/id"]}, "dead": {"status": [401]}}
UNSURE = (*HERE, "unsure: format from memory")

BAD = [
    # the rule, what is changed in it, what the one problem says
    (GOOD, {"keywords": ("md",)}, "keyword 'md' is shorter"),
    (GOOD, {"keywords": ("mdup_", "mdup")}, "keyword 'mdup_' is not needed"),
    (GOOD, {"keywords": ("mdup_", "never")}, "keyword 'never' is not needed"),
    (GOOD, {"pattern": "(?P<secret>[a-f]{24})"}, "can match without any of its keywords"),
    (GOOD, {"pattern": r"(mdup_[a-f0-9]{24})"}, "no group"),
    (GOOD, {"pattern": r"(?P<secret>mdup_[a-f0-9]{24}(?<=[a-f]{2,9}))"}, "not a regular expression"),
    (GOOD, {"pattern": r"(?P<secret>mdup_[a-f0-9]{24}(?<!\w))"}, "no example of it can be made"),
    (GOOD, {"pattern": r"(?P<secret>mdup_(?:[a-f0-9]+){4,}!)"}, "misleading bytes"),
    (GOOD, {"pattern": r"(?P<secret>mdup_(?:[a-z]|[a-y])*\d)(?!\w)", "min_entropy": 0}, "misleading bytes"),
    (GOOD, {"pattern": r"(?P<secret>mdup_\w*[a-z]*\w*\w*!)", "min_entropy": 0}, "misleading bytes"),
    (GOOD, {"pattern": r"mdup_(?P<secret>[a-f0-9]{24})?"}, "its group secret can be missing from a match"),
    (GOOD, {"pattern": r"mdup_(?:(?P<secret>[a-f0-9]{24})|none)"}, "its group secret can be missing from a match"),
    (GOOD, {"pattern": r"mdup_(?!(?P<secret>[a-f0-9]{24}))"}, "its group secret can be missing from a match"),
    (KEYED, {"value": "(x)?[0-9a-f]{32}(?(1)(?P<secret>y))"}, "its group secret can be missing from a match"),
    (GOOD, {"pattern": r"mdup_(?P<secret>[a-f0-9]*)"}, "its group secret can be empty"),
    (KEYED, {"value": "(?:none|(?P<secret>[0-9a-f]{32}))"}, "its group secret can be missing from a match"),
    (GOOD, {"min_entropy": 3.85}, "min_entropy 3.85 drops"),
    (GOOD, {"min_entropy": 4.5}, "no example of it can be made"),
    (GOOD, {"checksum": "no-such-check"}, "no checksum is called 'no-such-check'"),
    (GOOD, {"references": ()}, "no references"),
    (GOOD, {"references": UNSURE[1:], "confidence": Confidence.LOW}, "no references"),
    (GOOD, {"references": (*HERE, "unsure: perhaps")}, "'unsure: perhaps' is neither"),
    (GOOD, {"references": ("docs of Me",)}, "'docs of Me' is neither"),
    (GOOD, {"references": UNSURE}, "nobody has seen its format"),
    (GOOD, {"pairs_with": "gone"}, "no rule has the id 'gone'"),
    (GOOD, {"pairs_with": "mine"}, "names the rule itself"),
    (GOOD, {"verify": {"request": REQUEST, "live": VERIFY["live"]}}, "verify.dead is missing"),
    (GOOD, {"verify": {**VERIFY, "request": {**REQUEST, "url": "http://api.example.com/me"}}}, "begin with https"),
    (GOOD, {"verify": {**VERIFY, "request": {**REQUEST, "headers": {"X-Id": "{gone}"}}}}, "{gone} is neither secret"),
    (GOOD, {"verify": {"by": "no-such-check"}}, "no check in code is called 'no-such-check'"),
    (KEYED, {"value": "[a-f"}, "not a regular expression"),
    (KEYED, {"value": "(?:[a-z0-9]+-?){8,}!"}, "misleading bytes"),
    (KEYED, {"context": ("madeup", "mk")}, "context 'mk' is shorter"),
    (KEYED, {"context": ("madeup", "token")}, "context 'token' is in the name of any credential"),
    (KEYED, {"context": ("apikey",), "value": "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"}, "context 'apikey' is in"),
]  # fmt: skip
FINE = [
    (GOOD, {}),
    (GOOD, {"pairs_with": "other"}),
    (GOOD, {"pattern": r"\bmdup_(?:(?:x|y)(?=(?P<secret>[a-f0-9]{24})\b))"}),
    (GOOD, {"pattern": r"\b(?:mdup_(?P<secret>[a-f0-9]{24})){1,2}\b"}),
    (GOOD, {"verify": VERIFY}),
    (GOOD, {"references": UNSURE, "confidence": Confidence.MEDIUM}),
    (KEYED, {}),
    (KEYED, {"context": ("token",), "value": r"mk\.[0-9a-f]{32}"}),
    (KEYED, {"context": ("token",), "value": "[0-9]{12}-[0-9a-f]{32}"}),
    (KEYED, {"context": ("madeup",), "value": "(?:[a-z0-9]{1,9}-){3}[a-z0-9]{20}"}),
]


def problems(rule: Rule, *beside: Rule) -> list[str]:
    """Return the problems of a rule among some others."""
    return list(Linter(Ruleset((rule, *beside), f"{rule}{beside}")).problems(rule))


@pytest.mark.parametrize(("rule", "change"), FINE)
def test_nothing_wrong(rule: Rule, change: dict[str, object]) -> None:
    """A good rule has no problem."""
    paired = replace(OTHER, pattern=r"(?P<secret>other_[a-f0-9]{24})", keywords=("other_",))
    assert problems(replace(rule, **change), paired) == []


@pytest.mark.parametrize(("rule", "change", "says"), BAD)
def test_problem(rule: Rule, change: dict[str, object], says: str) -> None:
    """A problem is one line that begins with the rule's id."""
    changed = replace(rule, **change)
    [problem] = problems(changed)
    assert problem.startswith(f"{changed.id}: ")
    assert says in problem
    assert "\n" not in problem


def test_a_verification_with_a_companion() -> None:
    """A value that comes from another rule needs that rule to be paired with this one."""
    asking = replace(GOOD, verify={**VERIFY, "request": {**REQUEST, "headers": {"X-Id": "{other}"}}})
    paired = replace(OTHER, pattern=r"(?P<secret>other_[a-f0-9]{24})", keywords=("other_",))
    assert problems(asking, replace(paired, pairs_with=GOOD.id)) == []
    [problem] = problems(asking, paired)
    assert "{other} is never beside it" in problem


def test_a_rule_that_another_one_shadows() -> None:
    """Of two rules for the same text one is never found; the problem names the one that is."""
    wider = replace(GOOD, id="wider", confidence=Confidence.MEDIUM)
    assert problems(wider, GOOD) == ["wider: none of its examples is found as its own: found as mine"]
    assert problems(GOOD, wider) == []


@pytest.mark.parametrize(
    "pattern", ["(?P<secret>mdup_[a-f", "mdup_[a-f]{9}", "(?P<secret>[a-f]{9})", "(?P<secret>x)?mdup_"]
)
def test_a_rule_beside_one_that_cannot_be_used(pattern: str) -> None:
    """The engine is asked without that, whatever is wrong with it; a broken keyed rule is left out too."""
    broken = replace(GOOD, id="broken", pattern=pattern)
    keyed = replace(KEYED, id="broken-keyed", value="[a-f")
    assert problems(GOOD, broken, keyed) == []
    assert len(problems(broken, GOOD, keyed)) == 1


def test_a_secret_that_pairs_back() -> None:
    """Only the rule of an id names the other one."""
    secret = replace(KEYED, pairs_with="mine")
    [problem] = problems(replace(GOOD, pairs_with="keyed"), secret)
    assert problem.startswith("mine: pairs_with: keyed has one too")


def test_a_rule_whose_examples_are_all_dropped() -> None:
    """The problem says why: here the filter for placeholders knows the prefix."""
    dropped = replace(GOOD, pattern=r"\b(?P<secret>mdup_example_[a-f0-9]{24})\b")
    assert problems(dropped) == ["mine: none of its examples is found as its own: dropped as mine: a placeholder"]


PACK = """
[[rules]]
id = "{id}"
name = "Mine"
provider = "Me"
category = "{category}"
keywords = ["mdup_"]
pattern = '''\\b(?P<secret>mdup_[a-f0-9]{{24}})\\b'''
references = ["https://example.test"]
"""


def test_everything_wrong_is_told(tmp_path: Path) -> None:
    """Faults in the keys, taken ids and packs that are none are all told, with their file; the other rules are read."""
    taken = PACK.format(id="github-pat-classic", category="saas")
    bad = PACK.format(id="Not Kebab", category="gardening")
    (tmp_path / "mine.toml").write_text(PACK.format(id="mine", category="saas") + bad + "colour = 'red'\n" + taken)
    (tmp_path / "more.toml").write_text(bad + taken)
    (tmp_path / "none.toml").write_text("[[rules]\n")
    seen = survey([tmp_path])
    assert {Path(path).name for path, _ in seen.faults} == {"mine.toml", "more.toml", "none.toml"}
    told = [text.removeprefix(f"{tmp_path}/") for _, text in seen.faults]
    assert [text[: text.index(";")] if ";" in text else text[:56] for text in told] == [
        "mine.toml: Not Kebab: unknown key 'colour'",
        "mine.toml: github-pat-classic: another rule, in " + seen.origins["github-pat-classic"] + ", has this id",
        "more.toml: Not Kebab: id must be kebab-case",
        "more.toml: Not Kebab: category must be one of ai, ci, cl",
        "more.toml: github-pat-classic: another rule, in " + seen.origins["github-pat-classic"] + ", has this id",
        "none.toml: not TOML: Expected ']]' at the end of an arra",
    ]
    assert seen.origins["mine"] == f"{tmp_path}/mine.toml"
    assert len(seen.ruleset) == len(load()) + 1


def test_the_shipped_packs_are_read_alike() -> None:
    """Without faults a survey gives the rules that a scan uses, under the same digest."""
    seen, used = survey(), load()
    assert (seen.ruleset.rules, seen.ruleset.digest, seen.faults) == (used.rules, used.digest, ())


def test_a_rule_is_tried_out() -> None:
    """Examples are found whole, near misses are silent; and a rule that finds too much, or nothing, is told."""
    ruleset = Ruleset((GOOD, KEYED), "tried")
    good = list(attempts(GOOD, ruleset, "1"))
    assert {attempt.what for attempt in good} >= {"client.py", "config.yaml", "short", "prefix", "placeholder", "cycle"}
    assert all(attempt.expected for attempt in [*good, *attempts(KEYED, ruleset, "1")])
    shadowed = list(attempts(OTHER, Ruleset((GOOD, OTHER), "shadowed"), "1"))
    assert {attempt.outcome for attempt in shadowed if not attempt.expected} == {"found as mine, high, 0.95"}
    loose = replace(GOOD, pattern=r"\b(?P<secret>mdup_[a-f0-9]{23,24})\b")
    assert all(attempt.expected for attempt in attempts(loose, Ruleset((loose,), "loose"), "1"))


def test_a_near_miss_that_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told with how sure its finding is."""
    monkeypatch.setattr("stanch.lint.tryout.near_misses", lambda *_: {"short": b"mdup_" + b"27a6e0c49b8f" * 2})
    *_, loud = attempts(GOOD, Ruleset((GOOD,), "loud"), "1")
    assert (loud.what, loud.outcome, loud.expected) == ("short", "found as mine, high, 0.95", False)


def test_a_match_is_told_as_a_scan_tells_it() -> None:
    """A generic rule makes a weak one surer, so its score alone is another one than among all."""
    weak = replace(KEYED, id="weak", confidence=Confidence.LOW)
    ruleset = load().adding([weak])
    text = b'madeup_api_key = "' + b"27a6e0c49b8f51d3" * 2 + b'"\n'
    [told] = matches(weak, ruleset, [Chunk(Origin("a.py", "a.py"), text)])
    [scanned] = Judge(ruleset).verdicts(text, "a.py")
    [alone] = Judge(ruleset.select(only=["weak"])).verdicts(text, "a.py")
    assert told == Match(scanned, None)
    assert scanned.score > alone.score
