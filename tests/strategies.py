"""What tests generate: rules, credentials of a rule, and strings that nearly are credentials."""

from __future__ import annotations

import base64
from functools import cache
from random import Random

from hypothesis import strategies as st

from render import corpus_syntaxes, render
from stanch import names
from stanch.examples import example, near_misses, secret_span
from stanch.rules import Rule, Ruleset, load


@cache
def ruleset() -> Ruleset:
    """Return the rules that come with stanch, read once."""
    return load()


def randoms() -> st.SearchStrategy[Random]:
    """Seeded generators: fast, and the seed alone reproduces what they drew."""
    return st.integers(0, 2**32).map(Random)


@cache
def rules(*, token: bool | None = None) -> st.SearchStrategy[Rule]:
    """The rules that come with stanch: all, only token rules (True), or only keyed rules (False).

    Hypothesis hashes all that it samples from for every new strategy: so this is one, and of ids.
    """
    ids = [rule.id for rule in ruleset().rules if token in (None, rule.is_token)]
    return st.sampled_from(ids).map(ruleset().by_id.__getitem__)


def tokens(rule: Rule) -> st.SearchStrategy[tuple[bytes, bytes]]:
    """Pairs of a text that `rule` matches and the secret in it."""
    return randoms().map(lambda random: example(rule, random))


_FILLER = st.sampled_from([b"var a=1;", b"{x:", b"lorem ipsum ", b"0,1,2,", b"}}", b"/* */"])
_VALUE = st.text("abcdefghijkmnpqrstuvwxyzABCDEFGH0123456789+/=_.~$ -", min_size=1, max_size=50).map(str.encode)
_SEPARATOR = st.sampled_from(
    [
        b"=", b" = ", b": ", b":", b'": "', b"=>", b" := ", b'", "', b" ", b">", b"', '", b": str = ", b" || ", b'=\\"',
        b": |\n  ", b": >-\r\n\t",
    ]
)  # fmt: skip
_QUOTE = st.sampled_from([b"", b'"', b"'", b"`", b'\\"', b'"""'])


@st.composite
def assignments(draw: st.DrawFn) -> bytes:
    """Draw something assigned to a name that holds a credential word, in a few conventions, right or broken."""
    word = draw(st.sampled_from(names.WORDS)).encode()
    name = draw(st.sampled_from([b"", b"db_", b"aws-", b"x.", b"--", b"ENV ", b"?a=1&", b"<", b'"', b"$"])) + word
    name += draw(st.sampled_from([b"", b"_2", b"Value", b"s", b".key", b'"', b"']"]))
    if draw(st.booleans()):
        name = name.upper()
    opening, closing = draw(st.tuples(_QUOTE, _QUOTE)) if draw(st.booleans()) else [draw(_QUOTE)] * 2
    return (
        name + draw(_SEPARATOR) + opening + draw(_VALUE) + closing + draw(st.sampled_from([b"", b";", b" # x", b"<"]))
    )


_TEMPLATES = st.sampled_from(sorted(corpus_syntaxes().values()))


@st.composite
def hosted(draw: st.DrawFn) -> bytes:
    """Draw a rule's example in a host syntax."""
    return render(draw(_TEMPLATES), draw(randoms()), ruleset(), draw(rules()))[0]


@st.composite
def misses(draw: st.DrawFn) -> bytes:
    """Draw what nearly is a credential, assigned to a name."""
    found = sorted(near_misses(draw(rules()), draw(randoms())).values())
    return b'token = "' + (draw(st.sampled_from(found)) if found else b"none") + b'"'


@st.composite
def wrapped(draw: st.DrawFn) -> bytes:
    """Draw a token in base64, at any alignment, in either alphabet, perhaps twice."""
    text = b" " * draw(st.integers(0, 5)) + draw(tokens(draw(rules(token=True))))[0] + draw(st.binary(max_size=5))
    encode = draw(st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
    for _ in range(draw(st.integers(1, 2))):
        text = encode(text)
    return draw(st.sampled_from([b"data ", b"secret: ", b"token=", b'"'])) + text


@st.composite
def long_lines(draw: st.DrawFn) -> bytes:
    """Draw a line longer than what is read at once, as minified code has it, with assignments in it."""
    parts = draw(st.lists(assignments() | hosted().map(lambda text: text.replace(b"\n", b" ")), min_size=1, max_size=3))
    filler = draw(_FILLER)
    return (filler * (draw(st.integers(100, 2_500)) // len(filler))).join([b"", *parts, b""])


ALLOWS = (
    b"", b"stanch:allow", b"stanch:allow a reason", b"stanch:allow[%s]", b"stanch:allow[x, %s] why", b"stanch:allow[x]",
    b"stanch:allow[%s", b"gitleaks:allow", b"betterleaks:allow", b"trufflehog:ignore", b"pragma: allowlist secret",
    b"pragma: whitelist secret", b"pragma: allowlist nextline secret",
)  # fmt: skip
"""Inline allows, of everything, of one rule and of another; one that is broken, and none."""


@st.composite
def allowed(draw: st.DrawFn) -> bytes:
    """Draw a credential on a line of its own, or a short document, with comments around it that may allow it."""
    rule = draw(rules(token=True))
    value = draw(tokens(rule))[0]
    text = draw(st.sampled_from([b"x = '" + value + b"'", b"password: " + value, draw(assignments())]))
    before, same, after = (draw(st.sampled_from(ALLOWS)).replace(b"%s", rule.id.encode()) for _ in range(3))
    opening = draw(st.sampled_from([b"# ", b"  // ", b"/* ", b"<!-- ", b"rem ", b"y = 1 # "]))
    lines = [opening + before + b" */" * (opening == b"/* "), text + b"  # " + same, b"# " + after]
    kept = draw(st.lists(st.sampled_from([0, 1, 2]), unique=True, min_size=1).map(sorted))
    return draw(st.sampled_from([b"\n", b"\r\n"])).join([lines[number] for number in kept])


def documents() -> st.SearchStrategy[bytes]:
    """Draw files of everything above and binary junk, some of them in UTF-16."""
    part = st.one_of(hosted(), misses(), assignments(), wrapped(), long_lines(), st.binary(max_size=80))
    texts = st.builds(
        lambda joint, parts: joint.join(parts),
        st.sampled_from([b"\n", b"\n", b"\r\n", b" ", b""]),
        st.lists(part, max_size=6),
    )
    encodings = st.sampled_from(["", "", "", "", "utf-16", "utf-16-le", "utf-16-be"])
    return st.builds(lambda text, name: text.decode("latin-1").encode(name) if name else text, texts, encodings)


__all__ = [
    "ALLOWS",
    "allowed",
    "assignments",
    "documents",
    "example",
    "hosted",
    "near_misses",
    "randoms",
    "rules",
    "ruleset",
    "secret_span",
    "tokens",
    "wrapped",
]  # fmt: skip
