"""The engine: what stands in a chunk, judged, by position, the better of two that overlap."""

from __future__ import annotations

from itertools import accumulate, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scans import BOTH, chunk, detect, engine, place, span, token
from stanch.engine import Engine
from stanch.matcher import tokens as matcher
from stanch.model import Batch, Detection, Fault
from stanch.rules import Rule, Ruleset
from strategies import assignments, documents, example, hosted, ruleset


def secrets(data: bytes, name: str = "aho-corasick") -> list[bytes]:
    """Return the secrets found."""
    return [item.secret for item in detect(data, name) if isinstance(item, Detection)]


@given(documents())
def test_locations(data: bytes) -> None:
    """Detections are in order and apart; each location is where the secret stands, unless a layer hid it."""
    found = [item for item in detect(data) if isinstance(item, Detection)]
    lines = data.split(b"\n")
    for item in found:
        at = item.location
        assert 0 <= item.score <= 1
        assert (at.line, at.column) <= (at.end_line, at.end_column)
        if not at.layers:
            assert at.end_line <= len(lines)
            assert at.end_column <= len(lines[at.end_line - 1]) + 1
    if not any(item.location.layers for item in found):
        spans = [span(item) for item in found]
        assert spans == sorted(spans)
        assert all(a[2:] < b[:2] for a, b in pairwise(spans))


@given(st.lists(hosted(), min_size=1, max_size=4))
def test_equal_chunks_give_equal_answers(parts: list[bytes]) -> None:
    """The memory of lines changes nothing: a new engine says the same as one that has seen much."""
    data = b"\n".join(parts)
    assert detect(data) == detect(data) == Engine(ruleset(), "aho-corasick").scan(chunk(data))


@given(st.lists(st.integers(0, 200), min_size=1, max_size=20, unique=True))
def test_many_on_many_lines(numbers: list[int]) -> None:
    """Lines and columns are right however many detections there are."""
    data = b""
    wanted = []
    for number in numbers:
        data += b"\n" * (number % 3) + b"x" * (number % 7) + b" "
        wanted.append((len(data), len(data) + 40))
        data += token(number) + b" "
    assert [span(item) for item in detect(data) if isinstance(item, Detection)] == [place(data, *at) for at in wanted]


@pytest.mark.parametrize("name", BOTH)
def test_several_lines(name: str) -> None:
    """A private key runs over lines; the location says to where."""
    key = token(1, "pem-rsa-private-key")
    data = b"first\n  " + key + b"\nlast"
    found = [item for item in detect(data, name) if isinstance(item, Detection)]
    assert key in {item.secret for item in found}
    [item] = [item for item in found if item.secret == key]
    assert span(item) == place(data, 8, 8 + len(key))


def test_a_token_beats_the_name() -> None:
    """A token in an assignment is one detection: the provider's, not the generic one."""
    [item] = detect(b'password = "' + token(1) + b'"')
    assert isinstance(item, Detection)
    assert item.rule == "github-pat-classic"


def test_two_on_one_line() -> None:
    """Two credentials on one line are two detections."""
    assert secrets(b"a = %s, b = %s" % (token(1), token(2))) == [token(1), token(2)]


def test_the_same_twice() -> None:
    """The same credential at two places is two detections."""
    assert secrets(b"%s\n%s" % (token(1), token(1))) == [token(1)] * 2


def test_long_line() -> None:
    """On a line of a megabyte, tokens and assignments are found, and quickly."""
    filler = b"function(a,b){return a+b};" * 20_000
    data = filler + b'apiKey:"' + token(1) + b'",' + filler + b"x=" + token(2)
    assert secrets(data) == [token(1), token(2)]


@given(assignments(), st.integers(2_001, 5_000), st.integers(0, 3_000))
def test_assignment_on_a_long_line(text: bytes, before: int, after: int) -> None:
    """What is found in an assignment on a line of its own is found on a long line as well."""
    text = b" ;" + text.replace(b"\n", b" ").replace(b"\r", b" ") + b" ;"
    filler = b"a=1; " * 2_000
    assert set(secrets(text)) <= set(secrets(filler[:before] + text + filler[:after]))


@pytest.mark.parametrize("break_", [b"\n", b"\r\n", b"\r"])
def test_line_ends(break_: bytes) -> None:
    """Windows' line ends are none of a value's business."""
    assert secrets(break_.join([b"a=1", b"key=" + token(1), b"b=2"])) == [token(1)]


def test_a_rule_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that backtracks without end is a fault that names the file, not a silence."""
    monkeypatch.setattr(matcher, "TIMEOUT", 0.05)
    hostile = Rule("r", "R", "P", "saas", ("mdup_",), r"(?P<secret>mdup_(?:a|aa|a+)+!)")
    [fault] = Engine(Ruleset((hostile,), "hostile"), "aho-corasick").scan(chunk(b"mdup_" + b"a" * 5_000, "x.txt"))
    assert fault == Fault("t", "timeout", "x.txt: a rule's expression took too long")


def test_a_hostile_keyed_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a keyed rule."""
    monkeypatch.setattr("stanch.matcher.keyed.TIMEOUT", 0.05)
    hostile = Rule("r", "R", "P", "saas", context=("token",), value=r"(?:a|aa|a+)+!")
    ruleset = Ruleset((hostile,), "hostile keyed")
    [fault] = Engine(ruleset, "aho-corasick").scan(chunk(b"token = '" + b"a" * 1_500 + b"!b'"))
    assert isinstance(fault, Fault)


@settings(max_examples=60)
@given(st.lists(documents(), min_size=1, max_size=6))
def test_batch(contents: list[bytes]) -> None:
    """Contents put together give what each gives on its own, in their order."""
    starts = list(accumulate((len(content) + 1 for content in contents[:-1]), initial=0))
    batch = Batch(b"\n".join(contents), starts, lambda part: [chunk(contents[part])])
    assert engine().scan_batch(batch) == [item for content in contents for item in detect(content)]


def test_a_short_content_of_utf16_in_a_batch() -> None:
    """What follows a content in a batch does not make it look like another encoding."""
    contents = [f'password="{token(1, "aws-access-key-id").decode()[8:]}"'.encode("utf-16-le"), b"x" * 100]
    batch = Batch(b"\n".join(contents), (0, len(contents[0]) + 1), lambda part: [chunk(contents[part])])
    assert len(detect(contents[0])) == 1
    assert engine().scan_batch(batch) == detect(contents[0])


@pytest.mark.slow
def test_batch_of_every_rule() -> None:
    """Every rule's example, as a file without a newline at its end, is found in a batch where it is found alone."""
    contents = [example(rule, Random(rule.id))[0] for rule in ruleset().rules if rule.is_token]
    starts = list(accumulate((len(content) + 1 for content in contents[:-1]), initial=0))
    batch = Batch(b"\n".join(contents), starts, lambda part: [chunk(contents[part])])
    assert engine().scan_batch(batch) == [item for content in contents for item in detect(content)]


def test_engines_share_nothing() -> None:
    """An engine that explains and one that does not have their own memories."""
    line = b'password = "${X}"\n'
    assert (len(detect(line)), len(detect(line, explain=True)), len(detect(line))) == (0, 1, 0)
    assert engine() is engine()


def test_what_goes_on_after_a_scheme_is_no_credential() -> None:
    """A constant that is only a header's scheme, or a template for the rest, is not taken for what follows it."""
    for line in (b'headers["Authorization"] = f"Basic {encoded(user, password)}"', b'auth = "Bearer " + self.token'):
        assert detect(line, "hyperscan") == []
