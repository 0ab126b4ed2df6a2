"""What is kept of the text around a secret."""

from __future__ import annotations

import pytest

import scans
from stanch.engine import Engine
from stanch.findings import collect
from stanch.model import Chunk, Confidence, Detection, Origin
from stanch.rules import Rule, Ruleset
from stanch.surroundings import LONGEST_URL, SURROUNDINGS
from stanch.verify.verdicts import MOST, questions

SECRET = scans.token()
WIDE, FAR = b"x" * (2 * LONGEST_URL), b"x" * (LONGEST_URL - 5)
PUBLIC = b"ssh-rsa AAAA" + b"B" * 60

CASES = [
    ("url", b'a = "pg://u:%s@h:1/d?s=1" # c', b"pg://u:%s@h:1/d?s=1", "a URL ends at its quotes"),
    ("url", b"DSN=a+b.c-d://u:%s@h", b"a+b.c-d://u:%s@h", "a name before the scheme is no part of it"),
    ("url", b"x://1,pg://u:%s@h,y://2", b"pg://u:%s@h,y://2", "the scheme nearest before the secret counts"),
    ("url", b"jdbc:pg://h/d?password=%s&ssl=true", b"pg://h/d?password=%s&ssl=true", "the secret may stand at its end"),
    ("url", b"no scheme %s here", b"", "no URL is nothing"),
    ("url", b"pg://h %s", b"", "a URL before a space is another one"),
    ("url", WIDE + b"://u:%s@h" + WIDE, FAR + b"://u:%s@h" + b"x" * (LONGEST_URL - 2), "it is bounded"),
    ("string", b"k: Name=a;Key=%s;Suffix=b\n", b"Name=a;Key=%s;Suffix=b", "a string ends at white space"),
    ("line", b"one\nhost=h password=%s port=1\ntwo", b"host=h password=%s port=1", "a line is without its end"),
    ("line", b"host=h password=%s", b"host=h password=%s", "the last line needs no end"),
    ("object", b'[{"a": "%s", "b": 1}, {"c": 2}]', b'{"a": "%s", "b": 1}', "the innermost braces count"),
    ("object", b'"a": "%s"', b"", "no braces are nothing"),
    ("near", b"tenant: 1\nsecret: %s\n", b"tenant: 1\nsecret: %s\n", "near is what stands before and after"),
    ("keys", PUBLIC + b" me\n%s\n", PUBLIC + b"\n", "only public keys are kept"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "wanted", "why"), CASES, ids=[case[-1] for case in CASES])
def test_what_is_kept(kind, text, wanted, why):
    """A surrounding holds what the rule asked for, and no more."""
    data = text % SECRET
    start = data.index(SECRET)
    kept = SURROUNDINGS[kind](data, start, start + len(SECRET))
    assert kept == (wanted % SECRET if b"%s" in wanted else wanted)


RULE = Rule(
    "site-url", "Site", "Site", "saas", ("site://",), r"site://u:(?P<secret>[^@]{20,60})@",
    verify={"by": "site", "around": "url"},
)  # fmt: skip


def test_a_finding_keeps_each_distinct_surrounding():
    """The same password at two servers is one finding that knows both; where nothing is asked, nothing is kept."""
    text = b"site://u:%s@one\nsite://u:%s@two\n'site://u:%s@one'\n" % (SECRET, SECRET, SECRET)
    for rule, wanted in ((RULE, 2), (Rule(**{f: getattr(RULE, f) for f in RULE.__match_args__ if f != "verify"}), 0)):
        found = Engine(Ruleset([rule], "d"), "aho-corasick").scan(Chunk(Origin("t", "f"), text))
        detections = [item for item in found if isinstance(item, Detection)]
        assert len(detections) == 3
        (finding,) = collect(detections, {rule.id: rule}, {}, Confidence.LOW)
        assert len(finding.around) == wanted
        assert SECRET.decode() not in repr(finding)
        assert SECRET.decode() not in repr(detections)


def test_a_server_too_many_is_known():
    """Verification does not call a secret dead that stands in the URL of a server which it did not ask."""
    text = b"".join(b"site://u:%s@host%d\n" % (SECRET, number) for number in range(30))
    found = Engine(Ruleset([RULE], "d"), "aho-corasick").scan(Chunk(Origin("t", "f"), text))
    detections = [item for item in found if isinstance(item, Detection)]
    (finding,) = collect(detections, {RULE.id: RULE}, {}, Confidence.LOW)
    assert len(questions(finding)) == MOST + 1
