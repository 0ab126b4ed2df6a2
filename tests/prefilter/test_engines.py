"""The prefilter's engines: they may name too much, never too little, and agree on what is found."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from render import corpus_samples, corpus_syntaxes, render
from scans import BOTH, detect
from stanch.matcher.tokens import TokenMatcher
from stanch.prefilter import ENGINES, Kind, Prefilter, Probes, encoded
from stanch.rules import Rule, Ruleset
from strategies import documents, hosted, ruleset


@cache
def prefilter(name: str) -> Prefilter:
    """Return the engine over the rules that come with stanch."""
    return ENGINES[name](Probes(ruleset()))


@cache
def matcher(rule: Rule) -> TokenMatcher:
    """Return the matcher of a token rule."""
    return TokenMatcher(rule)


@cache
def pattern(rule: Rule) -> regex.Pattern[bytes]:
    """Return the rule's expression."""
    return regex.compile((rule.pattern or "").encode())


def pointed_at(name: str, data: bytes) -> set[tuple[str, int, int]]:
    """Return what the token rules match where the engine points."""
    engine = prefilter(name)
    return {
        (rule.id, candidate.start, candidate.end)
        for number, position in engine.hits(data).anchors
        if engine.probes[number].kind is Kind.TOKEN
        for rule in engine.probes[number].rules
        for candidate in matcher(rule).at(data, position)
    }


@pytest.mark.parametrize("name", BOTH)
@given(data=st.lists(hosted(), min_size=1, max_size=3).map(b"\n".join))
def test_nothing_is_omitted(name: str, data: bytes) -> None:
    """Whatever a token rule's expression matches anywhere in a text is also found where the engine points."""
    everything = {
        (rule.id, *match.span("secret")) for rule in ruleset().tokens for match in pattern(rule).finditer(data)
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


@pytest.mark.parametrize("prefix", range(3))
@pytest.mark.parametrize("suffix", range(4))
def test_certain_part_of_an_encoded_anchor(prefix: int, suffix: int) -> None:
    """One of an anchor's pieces stands in its base64 whatever comes before and after, at its phase."""
    import base64

    random = Random(f"{prefix} {suffix}")
    text = base64.b64encode(random.randbytes(prefix) + b"AnchorX" + random.randbytes(suffix))
    assert any(text.find(piece) % 4 == phase for piece, phase in encoded(b"AnchorX") if piece in text)
