"""Rule packs: what can be declared, what cannot, and that the bundled ones are right."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from stanch import cache
from stanch.errors import RuleError, UsageError
from stanch.model import Confidence
from stanch.rules import load, packs, parse
from strategies import ruleset

HEAD = 'id = "mine"\nname = "Mine"\nprovider = "Me"\ncategory = "saas"\nreferences = ["https://example.test"]\n'
ANCHORED = 'keywords = ["mdup_"]\npattern = "(?P<secret>mdup_[a-f]{8})"\n'
VERIFY = """[rules.verify]
request = { url = "https://api.example.test/me", bearer = true }
live = { status = [200], has = ["/id"] }
dead = { status = [401] }
"""
KEYED = 'context = ["mine"]\nvalue = "[a-f]{8}"\n'


def pack(*lines: str) -> str:
    """Return a pack of one rule."""
    return "[[rules]]\n" + "".join(lines)


BAD = [
    # pack, what the error says
    ("not toml [", "not TOML"),
    ("", r"no \[\[rules\]\]"),
    ("rules = 3", r"no \[\[rules\]\]"),
    ("rules = ['x']", r"no \[\[rules\]\]"),
    ("other = 1\n[[rules]]\n", "unknown key 'other'"),
    (pack(HEAD, ANCHORED, "colour = 'red'"), "unknown key 'colour'"),
    (pack(HEAD, ANCHORED).replace('"mine"', "7"), "id must be of type str"),
    (pack(HEAD, ANCHORED).replace('name = "Mine"\n', ""), "name is missing"),
    (pack(HEAD, ANCHORED).replace('"mine"', '"My Rule"'), "kebab-case"),
    (pack(HEAD, ANCHORED).replace("saas", "clouds"), "category must be one of"),
    (pack(HEAD, ANCHORED, 'confidence = "sure"'), "confidence must be"),
    (pack(HEAD, ANCHORED, KEYED), "needs keywords and pattern"),
    (pack(HEAD, 'keywords = ["mdup_"]'), "needs keywords and pattern"),
    (pack(HEAD), "needs keywords and pattern"),
    (pack(HEAD, KEYED).replace('["mine"]', '["Mine Key"]'), "lower-case letters"),
    (pack(HEAD, KEYED).replace('["mine"]', '[""]'), "non-empty strings"),
    (pack(HEAD, KEYED).replace('["mine"]', "[1]"), "non-empty strings"),
    (pack(HEAD, ANCHORED).replace("[a-f]", "[a-f"), "not a regular expression"),
    (pack(HEAD, ANCHORED).replace("?P<secret>", ""), "no group"),
    (pack(HEAD, KEYED).replace("{8}", "*"), "matches the empty string"),
    (pack(HEAD, KEYED).replace("{8}", "{80000}"), "more than 20,000 items"),
    (pack(HEAD, KEYED).replace("[a-f]", "[ä]"), "only ASCII"),
    (pack(HEAD, ANCHORED, "[rules.remedy]\nrotate = 'x'"), r"remedy\.rotate"),
    (pack(HEAD, ANCHORED, "[rules.remedy]\nrevoke = 3"), r"remedy\.revoke"),
    (pack(HEAD, ANCHORED, "verify = 3"), "verify must be of type dict"),
    (pack(HEAD, ANCHORED, "[rules.verify]\nlive = { since = [2026-01-01] }"), "verify must hold texts"),
    (pack(HEAD, ANCHORED, "[rules.verify]\nlive = { status = [200] }"), "verify.request is missing"),
    (pack(HEAD, ANCHORED, "public = 'yes'"), "public must be of type bool"),
    (pack(HEAD, ANCHORED, "min_entrpy = 3"), r"unknown key 'min_entrpy'; did you mean min_entropy\?$"),
    (pack(HEAD, ANCHORED, "min_entropy = true"), "min_entropy must be a number$"),
    (pack(HEAD, ANCHORED, "min_entropy = '3'"), "min_entropy must be a number$"),
    (pack(HEAD, ANCHORED, "min_entropy = -0.5"), "min_entropy must be from 0 to 8"),
    (pack(HEAD, ANCHORED, "min_entropy = nan"), "min_entropy must be from 0 to 8"),
    (pack(HEAD, ANCHORED).replace('["mdup_"]', "[]"), "keywords"),
    (pack(HEAD, KEYED).replace('["mine"]', "[]"), "context"),
]


@pytest.mark.parametrize(("text", "says"), BAD)
def test_bad_pack(text: str, says: str) -> None:
    """What is wrong with a pack is told with the file, the rule and the key, on one line."""
    with pytest.raises(RuleError, match=says) as caught:
        parse(text, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert "\n" not in str(caught.value)


def test_rule() -> None:
    """A rule has what was declared, and defaults for the rest."""
    [rule] = parse(pack(HEAD, ANCHORED, "[rules.remedy]\nrevoke = 'https://example.test'"), "mine.toml")
    assert (rule.id, rule.keywords, rule.is_token, rule.confidence) == ("mine", ("mdup_",), True, Confidence.HIGH)
    assert (rule.remedy.revoke, rule.remedy.identity) == ("https://example.test", None)
    [keyed] = parse(pack(HEAD, KEYED), "mine.toml")
    assert not keyed.is_token


def test_rules_of_ones_own(tmp_path: Path) -> None:
    """A pack or a folder of packs adds rules; another rule's id is an error; the digest tells them apart."""
    (tmp_path / "mine.toml").write_text(pack(HEAD, ANCHORED), "utf-8")
    mine = load([tmp_path])
    assert mine.rules[:-1] == ruleset().rules
    assert mine.by_id["mine"] == load([tmp_path / "mine.toml"]).by_id["mine"]
    assert mine.digest != ruleset().digest == load().digest
    (tmp_path / "again.toml").write_text(pack(HEAD, ANCHORED), "utf-8")
    with pytest.raises(RuleError, match="another rule has this id"):
        load([tmp_path])


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_pack_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    """A pack that is not there, or is no text, is an error that names it."""
    if content is not None:
        (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(RuleError, match=r"mine\.toml: cannot be read"):
        load([tmp_path / "mine.toml"])


def test_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules from the cache are the rules of the packs, each in full; an edit of a pack of one's own shows at once."""
    monkeypatch.setenv("STANCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "SETTLED", 0)
    mine = tmp_path / "mine.toml"
    mine.write_text(pack(HEAD, ANCHORED, VERIFY), "utf-8")
    time.sleep(0.02)
    parsed, known = load([mine]), load([mine])
    assert list((tmp_path / "cache").iterdir())
    assert (known.rules, known.digest, len(known)) == (parsed.rules, parsed.digest, len(parsed.rules))
    assert known.select([], ["mine"]).rules == known.rules[:-1]
    mine.write_text(mine.read_text("utf-8").replace("Mine", "Ours"), "utf-8")
    assert load([mine]).by_id["mine"].name == "Ours"


def test_a_faulty_pack_is_not_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with a pack is told each time."""
    monkeypatch.setenv("STANCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "SETTLED", 0)
    (tmp_path / "mine.toml").write_text(pack(HEAD), "utf-8")
    for _ in range(2):
        with pytest.raises(RuleError, match="needs keywords and pattern"):
            load([tmp_path])


def test_select() -> None:
    """Rules are chosen by their ids, and each choice has its own digest."""
    one, two, *_ = ruleset().rules
    assert ruleset().select([one.id, two.id], [two.id]).rules == (one,)
    assert len(ruleset().select([], [one.id]).rules) == len(ruleset().rules) - 1
    assert ruleset().select().digest == ruleset().digest
    assert ruleset().select([one.id]).digest != ruleset().select([two.id]).digest
    with pytest.raises(UsageError, match="no-such-rule"):
        ruleset().select(["no-such-rule"])


def test_bundled_packs_compile() -> None:
    """Trusted packs are not compiled when they are loaded, so they are here."""
    for path in packs():
        assert parse(path.read_text("utf-8"), path.name)


NEEDED = (
    "AWS", "Microsoft Azure", "Google", "GitHub", "GitLab", "Slack", "Stripe", "OpenAI", "Anthropic", "npm", "PyPI",
)  # fmt: skip


def test_the_most_used_providers() -> None:
    """The providers that everybody has are there, and so are names without a provider."""
    providers = " | ".join(sorted({rule.provider for rule in ruleset().rules}))
    missing = [name for name in NEEDED if name.lower() not in providers.lower()]
    assert not missing
    assert len(ruleset().rules) >= 120
    assert {"generic-password", "generic-secret", "generic-token", "generic-api-key"} <= ruleset().by_id.keys()
