"""Source code: which names and constants it gives, in any language, and what of it is no constant."""

from __future__ import annotations

import time

import pytest
from constructs import DENIED, FOLDED, JAVASCRIPT, ROWS, V, W, filled
from hypothesis import given, settings
from hypothesis import strategies as st

from scans import scan
from stanch.readers import Assignment
from stanch.readers.code import read
from stanch.readers.code.languages import GRAMMARS


def told(language: str, data: bytes) -> list[Assignment]:
    """Return what is known of constants, in the order of their places."""
    found = [assignment for assignment in read(data, language) if not assignment.dynamic]
    return sorted(found, key=lambda assignment: assignment.parts)


def assert_spans(data: bytes, assignment: Assignment) -> None:
    """Its literals are the value, or they hold what was decoded to be it."""
    literals = b"".join(data[start:end] for start, end in assignment.parts)
    start, end = assignment.span(0, len(assignment.value))
    assert 0 <= start < end <= len(data)
    assert literals == assignment.value or len(assignment.parts) == 1


@pytest.mark.parametrize(
    ("language", "source", "expected"), [(name, *row) for name, rows in ROWS.items() for row in rows]
)
def test_names_and_constants(language: str, source: bytes, expected: list[tuple[bytes, bytes, bool]]) -> None:
    """A name and its constant are read from each construct of a language, with the place of the constant."""
    data = filled(source)
    found = [item for item in told(language, data) if V in item.value or W in item.value]
    assert [(item.name, item.value, item.sure) for item in found] == [
        (name, filled(value), sure) for name, value, sure in expected
    ]
    for item in found:
        assert_spans(data, item)


@pytest.mark.parametrize(("language", "expression", "value"), FOLDED)
def test_folds_constants(language: str, expression: bytes, value: bytes) -> None:
    """An expression of constants is the constant that a compiler makes of it."""
    data = filled(b"password = " + expression)
    (found,) = [item for item in told(language, data) if item.name == b"password"]
    assert found.value == filled(value)
    assert_spans(data, found)


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("go", b'dsn := "host=db password=" + read("X") + " dbname=shop_of_2019"'),
        ("java", b'class A { String url = "jdbc:mysql://db/shop?password=" + read("X") + "&useSSL=true"; }'),
        ("python", b'dsn = "password=" + read("X") + ";Encrypt=True;"'),
    ],
)
def test_what_follows_an_unknown_part_is_not_its_value(language: str, source: bytes) -> None:
    """A password that the program reads is not the literal that stands behind it in a connection string."""
    assert [item.value for item in told(language, source) if item.name.lower() == b"password"] == []


@pytest.mark.parametrize(("language", "source", "text"), DENIED)
def test_tells_what_is_no_constant(language: str, source: bytes, text: bytes) -> None:
    """An expression, a type or a text for people is told to be no value, so that its line is not taken for one."""
    data = filled(source)
    assert not [item for item in told(language, data) if V in item.value]
    (found,) = [item for item in read(data, language) if item.dynamic]
    assert b"".join(data[start:end] for start, end in found.parts) == filled(text)


def test_tells_what_is_around() -> None:
    """The names of what encloses a constant are its section, outermost first."""
    data = filled(b"class Mailer:\n    def send(self):\n        twilio(x, {'production': {'token': 'VALUE'}})")
    (found,) = told("python", data)
    assert (found.name, found.section) == (b"token", b"Mailer send twilio production")


def test_tells_the_names_inside_a_constant() -> None:
    """A connection string is read as one value, and its own assignments too."""
    data = filled(b"connectionString = 'Server=h;Password=<VALUE>;Encrypt=' + 'yes'")
    found = {item.name: item for item in told("javascript", data)}
    assert found[b"connectionString"].value == filled(b"Server=h;Password=<VALUE>;Encrypt=yes")
    assert found[b"Password"].value == V
    assert data[slice(*found[b"Password"].parts[0])] == V


@pytest.mark.parametrize("cut", range(0, 70, 7))
@pytest.mark.parametrize("language", ["javascript", "python"])
def test_reads_what_is_whole(language: str, cut: int) -> None:
    """A region that begins or ends in the midst of something is read as far as it is whole."""
    before, after = b"class A { f(x) { if (x) {\n  y = [1, (2, {a: '\n", b"\n  y = foo(1, [{a: 'x', b: (\n"
    data = before[cut:] + filled(b"password = 'VALUE'\n") + after[: 70 - cut]
    assert all(item.value == V for item in told(language, data) if item.name == b"password")
    assert b"password" in [item.name for item in told(language, b"}\n" * (cut // 7) + filled(b"password = 'VALUE'\n"))]


HOSTILE = [
    b"(" * 20_000,
    b"password = " + b"[" * 20_000,
    b"a = " + b"'x' + " * 5_000 + b"'y'",
    b"f(" * 5_000 + b"'x'",
    b"password = " + b"x || " * 5_000 + b"'VALUE'",
    b"a={" * 5_000,
    b"x = '" * 5_000,
    b"`${" * 5_000,
    b"a.b(" + b"'x'," * 5_000 + b")",
    b"\x00\xff" * 10_000,
    b"x = a ? " * 3_000,
    b"password='\\" * 3_000,
    b"x.set('password', " * 2_000,
]


@pytest.mark.parametrize("language", list(GRAMMARS))
@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_code_takes_no_time(language: str, data: bytes) -> None:
    """Deep nesting and endless expressions are read, as far as that goes, in a moment."""
    list(read(b"", language))
    start = time.process_time()
    for item in read(data[:20_000], language):
        assert_spans(data, item)
    assert time.process_time() - start < 2


@given(st.binary(max_size=300), st.sampled_from(list(GRAMMARS)), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read(noise: bytes, language: str, at: int) -> None:
    """Damaged or cut code raises nothing, and what it yields has a place."""
    rows = ROWS.get(language, JAVASCRIPT)
    text = filled(rows[at % len(rows)][0])
    data = text[: at % (len(text) + 1)] + noise + text[at % (len(text) + 1) :]
    for item in read(data, language):
        assert_spans(data, item)


def test_finds_the_credential_of_a_request(tmp_path) -> None:
    """`var githubCred = 'Basic ' + 'user:…'`, used as Authorization, is found where it stands."""
    path = tmp_path / "hook.js"
    path.write_bytes(
        filled(
            b"exports.handler = function (event, context) {\n"
            b"  var githubCred = 'Basic ' +\n      'octo-bot:VALUE';\n"
            b"  request({url: event.url, headers: {Authorization: githubCred}}, context.done);\n};\n"
        )
    )
    (finding,) = scan(tmp_path, history=False).findings
    (place,) = finding.locations
    assert (finding.rule, finding.secret) == ("github-basic-auth-credentials", b"octo-bot:" + V)
    assert (place.line, place.column, place.end_column) == (3, 8, 8 + len(finding.secret) - 1)


@pytest.mark.parametrize("language", ["javascript", "python", "typescript"])
def test_what_closes_nowhere_takes_no_time(language: str) -> None:
    """In an error of very many nodes what is wanted is read without the rest: a query would take half a minute."""
    line = b"x = f(password='%b')" % V if language == "python" else b"x = {password: '%b'}" % V
    data = b"{" * 100_000 + b"\n" + line
    began = time.process_time()
    found = list(read(data, language, ((0, 50_000), (100_001, len(data)))))
    assert time.process_time() - began < 3
    assert [(item.name, item.value, item.span(0, len(V))) for item in found] == [
        (b"password", V, (data.index(V), data.index(V) + len(V)))
    ]
