"""An unnamed secret beside its id: found by its rule's format, where an id is that has no other secret."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from scans import BOTH, detect, engine, token
from stanch import sources
from stanch.model import Chunk, Confidence, Detection, Fault, Found, Origin
from stanch.pairing import Pairs, joined
from stanch.pairing.beside import REACH
from stanch.pool import work
from strategies import hosted, ruleset

ID, SECRET = "aws-access-key-id", "aws-secret-access-key"
A, B = token(1, ID), token(2, ID)
a, b = token(1, SECRET), token(2, SECRET)
NAMED = b"aws_secret_access_key = %s\n"


def kept(items: list[Found], *, explain: bool = False) -> list[Detection]:
    """Return what is left of detections when pairs are one."""
    found = [item for item in items if isinstance(item, Detection)]
    return joined(found, Pairs(ruleset()), explain=explain)


def pairs(data: bytes, name: str = "aho-corasick") -> list[tuple[str, bytes, list[bytes]]]:
    """Return rule, secret and companions of what is found in a file."""
    found = kept(detect(data, name))
    return [(item.rule, item.secret, [companion.secret for companion in item.companions]) for item in found]


FOUND = {
    "a call": b'client = new Client("%s", "%s");',
    "a call on lines": b"Client(\n    '%s',\n    '%s',\n)",
    "a list for download": b"Access key ID,Secret access key\r\n%s,%s\r\n",
    "a table": b"| %s | %s |",
    "blanks": b"%s\t%s",
    "a colon": b"%s:%s",
    "an escaped string": b'{"x": "[\\"%s\\", \\"%s\\"]"}',
    "an element": b"<a>%s</a>\n<b>%s</b>",
    "a name that is none": b"k1=%s\nk2=%s",
    "before": b'f("%s", "%s")',
}


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("host", FOUND)
def test_found(host: str, name: str) -> None:
    """Quoted, delimited or alone on its line, before or behind its id."""
    first, second = (a, A) if host == "before" else (A, a)
    assert pairs(FOUND[host] % (first, second), name) == [(SECRET, a, [A])]


def test_under_another_name() -> None:
    """What a generic rule takes for a secret of somebody is the id's; without the id it stays as it is."""
    text = b'x = "%s"\npassword = "%s"\n'
    assert pairs(text % (A, a)) == [(SECRET, a, [A])]
    [(rule, secret, _)] = pairs(text % (b"", a))
    assert (rule, secret) == ("generic-password", a)


HEX = Random(1).randbytes(20).hex().encode()
NOT_FOUND = {
    "digits of a hash": HEX,
    "of one case": a.lower(),
    "no digits": a.translate(bytes.maketrans(b"0123456789", b"abcdefghij")),
    "longer": a + b"A",
    "shorter": a[:-1],
    "padded": a + b"=",
    "a part of a path": b"/" + a[1:] + b"/x",
    "words": b"SomeThing/Request/Manager/Service/Client2"[:40],
    "a placeholder": b"1234567890" + a[:30],
    "repeated": b"Aa1" * 13 + b"A",
    "far away": b" " * REACH + a,
}


@pytest.mark.parametrize("what", NOT_FOUND)
def test_not_found(what: str) -> None:
    """What is no whole value, not random, made of words, or too far away is no secret. The id is found alone."""
    assert pairs(b'f("%s", "%s")' % (A, NOT_FOUND[what])) == [(ID, A, [])]


def test_without_an_id() -> None:
    """The format alone is nothing."""
    assert pairs(b'f("%s", "%s")' % (A[:-1], a)) == []


def test_named_secrets_first() -> None:
    """An id that has its named secret needs no other; of two ids the other one may."""
    assert pairs(NAMED % a + b'f("%s", "%s")' % (A, b)) == [(SECRET, a, [A])]
    found = pairs(NAMED % a + b'g("%s")\nf("%s", "%s")' % (A, B, b))
    assert sorted(found) == sorted([(SECRET, a, [A]), (SECRET, b, [B])])


def test_each_with_its_own() -> None:
    """In a list, each id has its own."""
    assert pairs(b"%s,%s\n%s,%s\n" % (A, a, B, b)) == [(SECRET, a, [A]), (SECRET, b, [B])]


def test_practically_every_secret() -> None:
    """Random secrets are found; of a thousand hardly one has no digit, or a word in it by chance."""
    secrets = [token(number, SECRET) for number in range(1_000)]
    data = (b"\n" * 400).join(b"%s,%s" % (token(number, ID), secret) for number, secret in enumerate(secrets))
    found = {item.secret for item in kept(detect(data)) if item.rule == SECRET}
    assert len(found) > 990


@pytest.mark.parametrize("least", list(Confidence))
def test_explained(least: Confidence) -> None:
    """What filters drop, and what is not asked for, changes nothing of this."""
    text = b'x = "%s"\ntoken_url = "%s"\n' % (A, a)
    [item] = [item for item in kept(detect(text, explain=True), explain=True) if not item.dropped]
    assert (item.rule, item.secret) == (SECRET, a)
    assert pairs(text) == [(SECRET, a, [A])]


@dataclass(frozen=True)
class Content:
    """A shard of one content, read in windows."""

    data: bytes
    weight: int = 1

    def chunks(self) -> Iterator[Chunk | Fault]:
        """Yield the windows."""
        yield from sources.windows(io.BytesIO(self.data).read, len(self.data), Origin("t", "a.txt"))


def cut(data: bytes) -> list[Found]:
    """Return what is found in `data` when it is read in small windows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "WINDOW", 4_000)
        patch.setattr(sources, "OVERLAP", 1_500)
        return list(work(Content(data), engine()).found)


@st.composite
def parts(draw: st.DrawFn) -> bytes:
    """Draw ids, secrets with and without a name, what looks like them, other credentials, and nothing."""
    number = st.integers(1, 3)
    id, secret = token(draw(number), ID), token(draw(number), SECRET)
    return draw(
        st.sampled_from([id, secret, NAMED % secret, b'"%s"' % secret, b"password = " + secret, HEX, secret + b"="])
        | st.sampled_from([b"%s,%s" % (id, secret), b"k = '%s:%s'" % (id, secret)])
        | st.integers(1, 900).map(lambda n: b"# nothing here\n" * (n // 15))
        | hosted().filter(lambda text: len(text) < 700)
    )


PARTS = st.lists(parts(), min_size=2, max_size=16)
JOINTS = st.sampled_from([b"\n", b" ", b", ", b'"', b""])


@settings(max_examples=60, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(PARTS, JOINTS)
def test_any_chunking(texts: list[bytes], joint: bytes) -> None:
    """Pairs, and unnamed secrets, do not depend on where windows end."""
    data = joint.join(texts)

    def key(item: Detection) -> tuple[int, int, str, bytes, tuple[bytes, ...]]:
        companions = tuple(companion.secret for companion in item.companions)
        return item.location.line, item.location.column, item.rule, item.secret, companions

    assert sorted(map(key, kept(cut(data)))) == sorted(map(key, kept(detect(data))))


@settings(max_examples=60)
@given(PARTS, JOINTS)
def test_engines(texts: list[bytes], joint: bytes) -> None:
    """Both engines find the same; no two findings are for the same text."""
    data = joint.join(texts)
    found = detect(data)
    assert found == detect(data, "hyperscan")
    spans = [(item.location.line, item.location.column) for item in kept(found)]
    assert len(set(spans)) == len(spans)
