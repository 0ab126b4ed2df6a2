"""Assignments: a name and its constant value, in any format and language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch import names
from stanch.readers.lines import line_at, read
from strategies import assignments

V = b"v4lue-0f-It"

READ = [
    # line, name, value, quoted
    (b"DB_PASSWORD=" + V, b"DB_PASSWORD", V, False),
    (b"export DB_PASSWORD=" + V + b" # note", b"DB_PASSWORD", V, False),
    (b'password = "' + V + b'"', b"password", V, True),
    (b"password='" + V + b"';", b"password", V, True),
    (b'  password: "' + V + b'"', b"password", V, True),
    (b"  password: " + V, b"password", V, False),
    (b'{"password": "' + V + b'", "x": 1}', b"password", V, True),
    (b'{\\"password\\": \\"' + V + b'\\"}', b"password", V, True),
    (b"spring.datasource.password=" + V, b"spring.datasource.password", V, False),
    (b"<password>" + V + b"</password>", b"password", V, True),
    (b'<add key="Password" value="' + V + b'" />', b"Password", V, True),
    (b"'password' => '" + V + b"',", b"password", V, True),
    (b"define('AUTH_KEY', '" + V + b"');", b"AUTH_KEY", V, True),
    (b'password := "' + V + b'"', b"password", V, True),
    (b'private static final String API_KEY = "' + V + b'";', b"API_KEY", V, True),
    (b'password: str = "' + V + b'"', b"password", V, True),
    (b'const apiKey = process.env.API_KEY || "' + V + b'";', b"process.env.API_KEY", V, True),
    (b'os.getenv("DB_PASSWORD", "' + V + b'")', b"DB_PASSWORD", V, True),
    (b"mysql --password " + V, b"--password", V, False),
    (b"ENV API_TOKEN " + V, b"API_TOKEN", V, False),
    (b"machine h login me password " + V, b"password", V, False),
    (b"https://h/?a=1&token=" + V + b"&b=2", b"token", V, True),
    (b"auth = 'Basic ' + 'me:" + V + b"'", b"auth", b"Basic me:" + V, True),
    (b'auth = "Basic " "me:' + V + b'"', b"auth", b"Basic me:" + V, True),
    (b"$auth = 'Basic ' . 'me:" + V + b"';", b"$auth", b"Basic me:" + V, True),
    (b"password: |\n  " + V, b"password", V, True),
    (b"api-token: >-\r\n\t" + V + b"\r", b"api-token", V, True),
    (b"'app_key': |+ \n    " + V + b"lue== ", b"app_key", V + b"lue==", True),
    (b"password: |\n" + V, None, None, None),
    (b"password: |\n  " + V + b" more words", None, None, None),
    (b"env_secret: |\n  NAME=" + V, None, None, None),
    ("пароль: ".encode() + V, "пароль".encode(), V, False),
    ('"контрсекрет_2": "'.encode() + V + b'"', "секрет_2".encode(), V, True),
    ("密码 = '".encode() + V + b"'", "密码".encode(), V, True),
    (b"db_passwort = '" + V + b"'", b"db_passwort", V, True),
    (b"setPassword('" + V + b"')", b"setPassword", V, True),
    (b"password                        = '" + V + b"'", b"password", V, True),
    (b"getPassword('" + V + b"')", None, None, None),
    (b"password_change.get('" + V + b"')", None, None, None),
    (b"t.pass('" + V + b"')", None, None, None),
    (b"checkPassword('" + V + b"', 'another')", None, None, None),
    (b"get_model('auth', '" + V + b"')", None, None, None),
    # the word ends what it is in: an argument, a member, a reference
    (b"new mysqli($h, $u, getenv('DB_PASSWORD'), '" + V + b"');", None, None, None),
    (
        b'c = new NetworkCredential("ada", Environment.GetEnvironmentVariable("DB_PASSWORD"), "' + V + b'");',
        None,
        None,
        None,
    ),
    (b'{"value": "{{DB_PASSWORD}}", "' + V + b'": "string"}', None, None, None),
    # who it is of, before what it is
    (b'new NetworkCredential("' + V + b'", read(), "CORP")', None, None, None),
    (b'auth=HTTPBasicAuth("' + V + b'", fetch(os.environ["X"]))', None, None, None),
    (b"rds.Credentials.fromPassword('" + V + b"', cdk.SecretValue.unsafePlainText(x))", None, None, None),
    (b"client.setCredential('" + V + b"')", b"client.setCredential", V, True),
    # what other languages write
    (b"const DB_PASSWORD: &'static str = \"" + V + b'";', b"DB_PASSWORD", V, True),
    (b'const JWT_SECRET: &[u8] = b"' + V + b'";', b"JWT_SECRET", V, True),
    (b'Const DbPwd As String = "' + V + b'"', b"DbPwd", V, True),
    (b'char password[] = "' + V + b'";', b"password", V, True),
    (b'std::string password{"' + V + b'"};', b"password", V, True),
    (b"smtp_pass => q{" + V + b"},", b"smtp_pass", V, True),
    (b"smtp_pass = %q(" + V + b")", b"smtp_pass", V, True),
    (b"config['password']['smtp'] = '" + V + b"'", b"password.smtp", V, True),
    (b'char[] password = "' + V + b'".toCharArray();', b"password", V, True),
    (b"AUTH_TOKEN = '" + V + b"'.freeze", b"AUTH_TOKEN", V, True),
    (b'let password = String::from("' + V + b'");', b"password", V, True),
    (b'apiSecret = QStringLiteral("' + V + b'");', b"apiSecret", V, True),
    (b"secret = createSecretKey(Buffer.from('" + V + b"', 'hex'))", b"secret", V, True),
    (b'env::var("DB_PASSWORD").unwrap_or_else(|_| "' + V + b'".to_string())', b"DB_PASSWORD", V, True),
    (b'find_element_by_id("password").send_keys("' + V + b'")', b"password", V, True),
    (b'password_field.send_keys("' + V + b'")', b"password_field", V, True),
    (b"page.fill('#password', '" + V + b"')", b"password", V, True),
    (b'buildConfigField "String", "API_SECRET", "\\"' + V + b'\\""', b"API_SECRET", V, True),
    (b'storePassword "' + V + b'"', b"storePassword", V, True),
    (b'{"key": repr(token)[:limit], "' + V + b'": 1}', None, None, None),
    (b'do not pass "' + V + b'" here', None, None, None),
    (b"unexpected token '" + V + b"'", None, None, None),
    (b"--password suffers from the same", None, None, None),
    (b"https://auth.acme.test:5000/v2.0/tokens", None, None, None),
    (b"//password: " + V, b"password", V, False),
    (b"Digest nonce-token: nonce='" + V + b"'", None, None, None),
    (b'{"name": "a tool (passwords)", "' + V + b'": 1}', None, None, None),
    (b"the password is " + V, None, None, None),
    (b"password", None, None, None),
    (b"password = ", None, None, None),
    (b'password = "', None, None, None),
    (b"passenger = " + V, None, None, None),
    (b"if password == None:", None, None, None),
]


def test_object_under_a_credentials_name_has_members() -> None:
    """What a secret's document names `pin` is called after the secret, whatever quotes are escaped."""
    for quote in (b'"', b'\\"'):
        member = quote + b"pin" + quote + b": " + quote + V + quote
        line = b"DB_SECRET='{" + quote + b"user" + quote + b": " + quote + b"shop" + quote + b", " + member + b"}'"
        found = {item.name: line[slice(*item.parts[0])] for item in read(line)}
        assert found[b"DB_SECRET.pin"] == V


@pytest.mark.parametrize(("line", "name", "value", "quoted"), [case for case in READ if case[1]])
def test_read(line: bytes, name: bytes, value: bytes, quoted: bool) -> None:
    """Name, value and quoting are what the format says, and the span is the value's own."""
    found = {item.value: item for item in read(line)}
    assert value in found
    item = found[value]
    assert (item.name, item.quoted) == (name, quoted)
    if len(item.parts) == 1:
        assert line[slice(*item.span(0, len(value)))] == value


@pytest.mark.parametrize("line", [case[0] for case in READ if not case[1]])
def test_not_an_assignment(line: bytes) -> None:
    """Prose, comparisons, other words and missing values are none."""
    assert [item for item in read(line) if len(item.value) > 8] == []


LINES = [
    # what stands before, on, and after the line of a position
    ("a: 1\n", "key: |\n  value", "\nb: 2\n"),
    ("a: 1\r\n", "key: >-\r\n  value\r", "\nb: 2"),
    ("", "one: |\n  two: |+ \n    value", ""),
    ("key: | \n  value\n", "  more", "\nb"),
    ("| a: | b |\n", "| c | d |", "\n| e"),
    ("", "key: |", ""),
    ("\n", "", "\n"),
    ("", "", ""),
]


@pytest.mark.parametrize(("before", "line", "after"), LINES)
def test_line_at(before: str, line: str, after: str) -> None:
    """A line that opens a block scalar and the next one are one line, from wherever in them one looks."""
    data = (before + line + after).encode()
    for position in range(len(before), len(before) + max(len(line), 1)):
        assert line_at(data, position) == (len(before), len(before) + len(line))


def test_folded_span() -> None:
    """The span of a folded value runs from its first part to its last; a part's own span is exact."""
    line = b"auth = 'Basic ' + 'me:" + V + b"'"
    [item] = read(line)
    start = len(b"Basic ")
    assert line[slice(*item.span(start, len(item.value)))] == b"me:" + V
    assert line[slice(*item.span(0, len(item.value)))] == b"Basic ' + 'me:" + V


@pytest.mark.parametrize("opening", [b'f"', b'$"', b'rf"'])
def test_filled(opening: bytes) -> None:
    """A text with names to fill in is no constant."""
    [item] = read(b"password = " + opening + V + b'{user}"')
    assert item.dynamic


@pytest.mark.parametrize("rest", [b" + user", b" . $x", b" + (y)"])
def test_dynamic(rest: bytes) -> None:
    """A constant that goes on with something that is not constant says so."""
    [item] = read(b'password = "' + V + b'"' + rest)
    assert item.dynamic


@given(st.lists(assignments() | st.binary(max_size=60), max_size=5).map(b" ".join))
def test_any_line(line: bytes) -> None:
    """No line makes it raise, and every value is where its parts say."""
    for item in read(line):
        assert b"".join(line[start:end] for start, end in item.parts) == item.value
        assert item.name


def test_words_are_lower_case() -> None:
    """The prefilter lowers the ASCII letters of a text, so those of credential words are lower case."""
    assert all(word.encode() == word.encode().lower() for word in names.WORDS)
