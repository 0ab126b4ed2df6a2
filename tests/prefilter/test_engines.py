"""The prefilter's engines: they may name too much, never too little, and agree on what is found."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render import corpus_samples, corpus_syntaxes, render
from scans import BOTH, detect
from stanch.matcher.tokens import TokenMatcher
from stanch.prefilter import ENGINES, Prefilter, Probes
from stanch.prefilter.forms import encoded
from stanch.regexes import compiled
from stanch.rules import Rule, Ruleset
from strategies import documents, example, hosted, ruleset


@cache
def prefilter(name: str) -> Prefilter:
    """Return the engine over the rules that come with stanch."""
    return ENGINES[name](Probes(ruleset()))


@cache
def matcher(rule: str) -> TokenMatcher:
    """Return the matcher of a token rule."""
    return TokenMatcher(ruleset().by_id[rule])


def pointed_at(name: str, data: bytes) -> set[tuple[str, int, int]]:
    """Return what the token rules match where the engine points."""
    return {
        (rule, candidate.start, candidate.end)
        for probe, position in prefilter(name).hits(data).anchors
        for rule in probe.rules
        for candidate in matcher(rule).at(data, position)
    }


@pytest.mark.parametrize("name", BOTH)
@given(data=st.lists(hosted(), min_size=1, max_size=3).map(b"\n".join))
def test_nothing_is_omitted(name: str, data: bytes) -> None:
    """Whatever a token rule's expression matches anywhere in a text is also found where the engine points."""
    everything = {
        (rule.id, *match.span("secret"))
        for rule in ruleset().tokens
        for match in compiled(rule.pattern or "").finditer(data)
    }
    assert everything <= pointed_at(name, data)


@given(documents())
def test_engines_agree(data: bytes) -> None:
    """Hyperscan and Aho-Corasick lead to the same detections, dropped ones too, in the same order."""
    hyperscan, aho_corasick = (detect(data, name, explain=True) for name in BOTH)
    assert hyperscan == aho_corasick


@pytest.mark.parametrize("path", corpus_samples())
def test_engines_agree_on_samples(path: str) -> None:
    """They agree on the corpus, and find something in most of it."""
    data, _ = render(corpus_samples()[path], Random(path), ruleset())
    hyperscan, aho_corasick = (detect(data, name, explain=True) for name in BOTH)
    assert hyperscan == aho_corasick


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(corpus_syntaxes())[::4])
def test_engines_agree_on_every_rule(path: str) -> None:
    """They agree on every rule's example in host syntaxes of all kinds."""
    parts = [render(corpus_syntaxes()[path], Random(rule.id), ruleset(), rule)[0] for rule in ruleset().rules]
    hyperscan, aho_corasick = (detect(b"\n".join(parts), name, explain=True) for name in BOTH)
    assert hyperscan == aho_corasick
    assert len(hyperscan) > len(parts) // 2


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("data", [b"", b"\0", b"\n", b"\xff" * 100, b"=", b"password", b"password=", b"a" * 5_000])
def test_odd_content(name: str, data: bytes) -> None:
    """Content that is no text, or ends where a value would begin, holds nothing and harms nothing."""
    assert detect(data, name) == []


@pytest.mark.parametrize("name", BOTH)
def test_no_rules_of_a_kind(name: str) -> None:
    """A ruleset of token rules only, or of keyed rules only, works."""
    for kept in (ruleset().tokens[:1], ruleset().keyed[:1]):
        engine = ENGINES[name](Probes(Ruleset(tuple(kept), f"{name} {kept[0].id}")))
        hits = engine.hits(b"nothing here")
        assert (hits.names, hits.anchors) == ([], [])


SURROUNDED = [
    # text, does the anchor hit?
    (b"mdup_abcdef01", True),
    (b"MDUP_abcdef01", False),
    (b"mdup_abcdef0", False),
    (b"mdup_abcdef0g", False),
    (b"mdup_ abcdef01", False),
    (b"a longermark-7", True),
    (b"a LongerMark-7", True),
    (b"a longermark 7", False),
    (b"a longermask-7", False),
]


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize(("text", "hits"), SURROUNDED)
def test_what_stands_around_an_anchor(name: str, text: bytes, hits: bool) -> None:
    """An anchor without the characters that must follow it is none, with either engine."""
    exact = Rule("exact", "R", "P", "saas", ("mdup_",), "(?P<secret>mdup_[a-f0-9]{8})")
    caseless = Rule("caseless", "R", "P", "saas", ("longermark",), "(?i)(?P<secret>longermark-[0-9])")
    engine = ENGINES[name](Probes(Ruleset((exact, caseless), "two made-up rules")))
    assert bool(engine.hits(text).anchors) == hits


def test_the_table_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine whose table comes from the cache points where the one that made it does; other rules have their own."""
    monkeypatch.setenv("STANCH_CACHE", str(tmp_path))
    monkeypatch.setattr("stanch.cache.SETTLED", 0)  # a checkout may be a second old
    some = Ruleset(ruleset().tokens[:40], "some rules")
    text = b"\n".join(example(rule, Random(rule.id))[0] for rule in some.rules)
    made, known = (ENGINES["aho-corasick"](Probes(some)).hits(text) for _ in range(2))
    assert len(list(tmp_path.glob("aho-corasick-*"))) == 1
    assert made == known
    assert len(made.anchors) >= 40
    fewer = ENGINES["aho-corasick"](Probes(Ruleset(some.rules[:1], "fewer rules")))
    assert {id for probe, _ in fewer.hits(text).anchors for id in probe.rules} == {some.rules[0].id}


@pytest.mark.parametrize("prefix", range(3))
@pytest.mark.parametrize("suffix", range(4))
def test_certain_part_of_an_encoded_anchor(prefix: int, suffix: int) -> None:
    """One of an anchor's pieces stands in its base64 whatever comes before and after, at its phase."""
    import base64

    random = Random(f"{prefix} {suffix}")
    text = base64.b64encode(random.randbytes(prefix) + b"AnchorX" + random.randbytes(suffix))
    assert any(text.find(piece) % 4 == phase for piece, phase in encoded(b"AnchorX") if piece in text)
