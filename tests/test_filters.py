"""Filters: each gives a reason that looks at the value, or None; a strong value beside any word stays."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scans import detect, token
from stanch.filters import FILTERS, reason
from stanch.model import Candidate, Detection
from strategies import rules, tokens

RANDOM = Random(11).randbytes(12).hex().encode()

DROPPED = [
    # name, value, quoted, reason
    (b"password", b"${DB_PASSWORD}", True, "a reference, not a value"),
    (b"password", b"$DB_PASSWORD", True, "a reference, not a value"),
    (b"password", b"process.env.DB_PASSWORD", False, "a reference, not a value"),
    (b"password", b"{{ vault.password }}", True, "a reference, not a value"),
    (b"password", b"{{resolve:ssm-secure:/db/password:1}}", True, "a reference, not a value"),
    (b"password", b"@Microsoft.KeyVault(SecretUri=https://x)", True, "a reference, not a value"),
    (b"password", b"#{db.password}", True, "a reference, not a value"),
    (b"password", b"%(password)s", True, "a reference, not a value"),
    (b"password", b"<%= password %>", True, "a reference, not a value"),
    (b"password", b"arn:aws:secretsmanager:eu-west-1:1:secret:x", True, "a reference, not a value"),
    (b"password", b"ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]", True, "encrypted"),
    (b"password", b"ENC(abcdefghijklmnop)", True, "encrypted"),
    (b"password", b"$ANSIBLE_VAULT;1.1;AES256", True, "encrypted"),
    (b"password", b"{cipher}abcdef0123", True, "encrypted"),
    (b"password", b"change" + b"me", True, "a placeholder"),
    (b"password", b"your-password-here", True, "a placeholder"),
    (b"password", b"xxxxxxxxxx", True, "a placeholder"),
    (b"password", b"********", True, "a placeholder"),
    (b"password", b"null", False, "a placeholder"),
    (b"token_url", RANDOM, True, "the name speaks of a url"),
    (b"password", b"pbkdf2:sha256:600000$" + RANDOM, True, "a hash"),
    (b"encrypt_password", b"sha512_crypt", False, "one of a few choices"),
    (b"Key", rb"SOFTWARE\Acme\Tools\14.0\Run", True, "a path"),
    (b"SSH_ASKPASS", RANDOM, True, "the name speaks of a key that finds something"),
    (b"token", b"PasswordOfTheUserAccountHolder", True, "the name of something"),
    (b"passwordMinLength", b"1200", True, "the name speaks of a length"),
    (b"DB_PASSWORD_SECRET_ID", b"shop/DB_PASSWORD", True, "the name speaks of a id"),
    (b"webhookId", RANDOM, True, "the name speaks of a id"),
    (b"passwordfile", RANDOM, True, "the name speaks of a file"),
    (b"tokens.get", RANDOM, True, "the name speaks of a get"),
    (b"PublicKeyToken", RANDOM, True, "the name speaks of something else"),
    (b"password", RANDOM[:8] + b"..." + RANDOM[:4], True, "a placeholder"),
    (b"password", RANDOM[:8] + b"***", True, "a placeholder"),
    (b"password", RANDOM[:8] + "\u2026".encode(), True, "a placeholder"),
    (b"password", b"VALUE_SPECIFIED_IN_PARAMETER", True, "a constant's name"),
    (b"update_password", b"on_create", True, "one of a few choices"),
    (b"password", b"0x00020000", False, "a number"),
    (b"password", b"192.168.17.4", True, "a number"),
    (b"password", b"\x01\x02" + RANDOM, True, "binary data"),
    (b"password", b"\xb6\xdd" + RANDOM, True, "binary data"),
    (b"password", b"U2FsdGVkX1" + RANDOM, True, "encrypted"),
    (b"password", b"NACL[" + RANDOM, True, "encrypted"),
    (b"password", b"###DB_PWD###", True, "a reference, not a value"),
    (b"password", b"wachtwoord", True, "a label"),
    (b"password", "tu_contraseña".encode(), True, "a text about one, not its value"),
    (b"password", "请输入密码".encode(), True, "a text about one, not its value"),
    (b"password", b"$2" + b"b$12$" + RANDOM + RANDOM, True, "a hash"),
    (b"password", b"*" + b"0123456789ABCDEF" * 2 + b"01234567", True, "a hash"),
    (b"pass", b"ref:", False, "a label"),
    (b"password", b"engine.url.password", True, "the name of a member"),
    (b"password", b"app_#{rand}", True, "a format string"),
    (b"secret-name", RANDOM, True, "the name speaks of a name"),
    (b"token", b"https://login.internal.test/oauth2/token", True, "a URL without a password"),
    (b"private_key", b"/etc/ssl/private/server.key", True, "a path"),
    (b"password", b"getPassword(user)", False, "an expression, not a constant"),
    (b"password", b"user.password", False, "an expression, not a constant"),
    (b"Password", b" + read(", True, "an expression between literals"),
    (b"password", b" . getenv('DB') . ", True, "an expression between literals"),
    (b"password", b"'], ids=[", True, "an expression between literals"),
    (b"password", b"'); print(", True, "an expression between literals"),
    (b"gpasswd", b"--members", False, "an expression, not a constant"),
    (b"Password", b"ConvertTo-SecureString", False, "an expression, not a constant"),
    (b"password", rb"^[A-Za-z]+\d*$", True, "a regular expression"),
    (b"password", b"Hello %s", True, "a format string"),
    (b"password", b"str", False, "a type"),
    (b"password", b"Please type it again", True, "a text"),
]


@pytest.mark.parametrize(("name", "value", "quoted", "wanted"), DROPPED)
def test_dropped(name: bytes, value: bytes, quoted: bool, wanted: str) -> None:
    """What is no constant credential is dropped with the reason."""
    assert reason(Candidate("r", 0, len(value), value, name, value, quoted)) == wanted


KEPT = [
    (b"session_id", RANDOM),
    (b"vault_secret_id", RANDOM),
    (b"secret_id", b"A" + RANDOM[:9] + b"/" + RANDOM[:9] + b"+" + RANDOM[:9]),
    (b"password", b"X" + RANDOM[:3] + b"%f" + RANDOM[:3]),
    (b"password", RANDOM[:4] + b"$I" + RANDOM[:2] + b"$8" + RANDOM[:2]),
    (b"senha", "contrase\u00f1a".encode() + RANDOM),
    (b"password", RANDOM),
    (b"client_secret", RANDOM[:9] + b"-my_" + RANDOM[9:]),
    (b"example_password", RANDOM),
    (b"test_secret", RANDOM),
    (b"password", b"p4$$w" + RANDOM[:5]),
    (b"DB_" + b"PASS", RANDOM[:9] + b"&" + RANDOM[3:6].upper()),
    (b"token", b"https://svc:" + RANDOM + b"@db-1.internal.test/"),
    (b"apiKey", RANDOM.upper()),
]


@pytest.mark.parametrize(("name", "value"), KEPT)
def test_kept(name: bytes, value: bytes) -> None:
    """A strong value stays, whatever stands beside it."""
    assert reason(Candidate("r", 0, len(value), value, name, value)) is None


CYCLES = [
    # a token, is it a repetition?
    (b"mdup_" + b"a1B2" * 6, True),
    (b"mdup_" + b"7f" * 12, True),
    (b"mdup_" + b"xYz" * 7, True),
    (b"mdup-" + b"-".join([b"dead" * 2, b"dead", b"dead", b"dead", b"dead" * 3]), True),
    (RANDOM * 3, False),
    (b"mdup_" + RANDOM + b"abab" + RANDOM.upper(), False),
    (b"mdup_" + b"a1B2" * 3 + RANDOM, False),
]


@pytest.mark.parametrize(("secret", "repeats"), CYCLES)
def test_a_few_characters_in_turn(secret: bytes, repeats: bool) -> None:
    """A format around two to four characters over and over is no secret; a random value that has some twice is one."""
    found = reason(Candidate("r", 0, len(secret), secret), formatted=True)
    assert found == ("a repetition" if repeats else None)


@given(st.binary(max_size=300), st.binary(max_size=40), st.booleans())
def test_any_bytes(value: bytes, name: bytes, quoted: bool) -> None:
    """No value makes a filter raise; a reason is one short line."""
    candidate = Candidate("r", 0, len(value), value, name, value, quoted)
    for judge in FILTERS:
        found = judge(candidate)
        assert found is None or (found and len(found) < 80 and "\n" not in found)


@given(st.data())
def test_tokens_stand(data: st.DataObject) -> None:
    """A rule's own example is next to never taken for a placeholder."""
    rule = data.draw(rules(token=True).filter(lambda rule: rule.category != "generic"))
    _, secret = data.draw(tokens(rule))
    found = reason(Candidate(rule.id, 0, len(secret), secret), formatted=True)
    assert found is None or found == "a placeholder"


def test_the_rest_of_the_line_does_not_matter() -> None:
    """A real token beside the words example, test, dummy and a reference is found."""
    line = b'# example ${TEST} dummy changeme: key = "%s" # sample' % token(1)
    assert [item.secret for item in detect(line) if isinstance(item, Detection)] == [token(1)]


def test_explained() -> None:
    """Dropped candidates come with their reasons when they are asked for, and not otherwise."""
    line = b'db_password = "${PASSWORD}"\n'
    assert detect(line) == []
    [dropped] = detect(line, explain=True)
    assert isinstance(dropped, Detection)
    assert (dropped.dropped, dropped.score) == ("a reference, not a value", 0.0)
