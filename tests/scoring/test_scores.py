"""Scores: a strong value under a credential's name is sure, whatever it holds; what only looks like one is silent."""

from __future__ import annotations

import tomllib
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scans import detect
from stanch.model import Candidate, Confidence, Detection
from stanch.scoring import CUTS, confidence, placed
from stanch.scoring.measures import entropy, measure
from stanch.scoring.roles import roles
from stanch.scoring.wording import strangeness, word_share

ROOT = Path(__file__).resolve().parents[2]
DRAWN = Random(5)
ALPHABET = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def drawn(length: int) -> bytes:
    """Return a random value of letters and digits, the same in each run for the same order of calls."""
    return bytes(DRAWN.choice(ALPHABET) for _ in range(length))


def chosen(word: str, *rest: str) -> bytes:
    """Return a password as people choose it; in pieces here, so that none stands in this file."""
    return "".join((word, *rest)).encode()


HEX = bytes(DRAWN.choice(b"0123456789abcdef") for _ in range(32))
UUID = b"-".join((HEX[:8], HEX[8:12], HEX[12:16], HEX[16:20], HEX[20:32]))


def level(line: bytes, path: str = "app/settings.yml") -> Confidence | None:
    """Return the confidence of the surest finding on a line of a file."""
    scores = [
        placed(item.score, path, quoted=item.quoted, secret=item.secret)
        for item in detect(line + b"\n")
        if isinstance(item, Detection)
    ]
    return confidence(max(scores, default=0.0))


FOUND = [
    # what it is, line
    ("a random password", b'password = "%s"' % drawn(16)),
    ("one that contains a word", b'password = "%s-example-%s"' % (drawn(8), drawn(8))),
    ("one that contains a name for a credential", b'client_secret = "%sSecret%s"' % (drawn(9), drawn(9))),
    ("one beside a word for a sample", b'password = "%s"  # for the example test' % drawn(16)),
    ("one as people choose it", b"password: %s" % chosen("bicycle", "1", "984")),
    ("one with a sign", b'db_password = "%s"' % chosen("Orchid", "-", "1973")),
    ("a token", b'auth_token: "%s"' % drawn(32)),
    ("a token in hexadecimal digits", b'api_token = "%s"' % HEX),
    ("a bare key", b'key = "%s"' % drawn(32)),
    ("a UUID that is a secret", b'client_secret = "%s"' % UUID),
    ("a signing key", b'jwt_secret = "%s"' % drawn(40)),
    ("a header's scheme", b'authorization = "ApiKey %s"' % drawn(24)),
]


@pytest.mark.parametrize(("line"), [pytest.param(line, id=what) for what, line in FOUND])
def test_found(line: bytes) -> None:
    """A credential in settings is of medium confidence or above."""
    assert level(line) in (Confidence.HIGH, Confidence.MEDIUM)


SILENT = [
    # what it is, path, line
    ("a placeholder", "app.yml", b"password: your-password-here"),
    ("a placeholder's word", "app.yml", b"password: changeme"),
    ("crosses", "app.yml", b"api_key: xxxxxxxxxxxxxxxxxxxxxxxx"),
    ("a reference", "app.yml", b"password: ${DB_PASSWORD}"),
    ("a reference to SSM", "template.yml", b"password: '{{resolve:ssm-secure:/shop/db/password:1}}'"),
    ("a parameter's name in SSM", "template.yml", b'PASSWORD_PARAMETER: "/shop/prod/db-password"'),
    ("a reference to a key vault", "main.json", b'"value": "@Microsoft.KeyVault(SecretUri=https://shop.vault.azure.net/secrets/db)"'),
    ("a secret's name in a vault", "main.tf", b'secret_name = "shop-db-password"'),
    ("a secret's ARN", "stack.json", b'"secret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-Ab12Cd"'),
    ("ciphertext", "app.yml", b"password: ENC[AES256_GCM,data:%s,type:str]" % drawn(24)),
    ("Maven's ciphertext", "settings.xml", b"<password>{%s=}</password>" % drawn(43)),
    ("an integrity digest", "package-lock.json", b'"integrity": "sha512-%s=="' % drawn(86)),
    ("an image's digest", "deploy.yml", b"image: shop@sha256:%s%s" % (HEX, HEX)),
    ("an ETag", "cache.json", b'"etag": "%s"' % HEX),
    ("an asset's key", "stack.template.json", b'"S3Key": "%s%s.zip"' % (HEX, HEX)),
    ("a git object's id", "lock.yml", b"commit: %s%s" % (HEX, HEX[:8])),
    ("a resource's UUID", "state.json", b'"id": "%s"' % UUID),
    ("a request's UUID", "app.log", b"request_id=%s" % UUID),
    ("a label", "en.json", b'"password": "Password"'),
    ("a label in another language", "i18n/fi.json", b"\"LABEL_PASSWORD\": \"Salasana\""),
    ("a translation", "locales/de.json", b"\"forgot_password\": \"Passwort vergessen?\""),
    ("a policy", "app.yml", b"password_min_length: 12000"),
    ("a form's field", "form.html", b'<input type="password" name="new_password">'),
    ("a type", "user.ts", b"password: string;"),
    ("a schema's type", "user.json", b'"password": "string"'),
    ("a regular expression", "check.js", rb'const password = "^(?=.*[a-z])(?=.*\d)[a-zA-Z\d]{8,}$"'),
    ("a path", "app.yml", b"private_key: /etc/ssl/private/server.key"),
    ("an expression", "app.py", b"password = get_password(user)"),
    ("an attribute", "app.py", b"password = self.password"),
    ("a variable", "app.py", b"connect(password=db_password)"),
    ("a page's token", "list.json", b'"nextPageToken": "%s"' % drawn(24)),
    ("a cache's key", "ci.yml", b"CACHE_KEY: v3-deps-linux-%s" % HEX[:8]),
    ("an encrypted key", "jwe.json", b'"encrypted_key": "%s"' % drawn(43)),
    ("a public key", "known.py", b'key = "AAAAB3NzaC1yc2EAAAADAQABAAABAQC%s"' % drawn(40)),
    ("a constant's name", "flags.json", b'"secret": "useAttachedResourcePolicyForTargetAttachments"'),
    ("a setting's key", "base.yml", b"- {key: template_file_extensions, section: defaults}"),
    ("a name of its own", "app.yml", b"reset_password: reset_password"),
    ("a variable of the environment", "app.py", b'smtp_password = lookup("SMTP_PASSWORD")'),
    ("what is passed on", "app.yml", b"pass_to_workers: some-long_name8"),
    ("a library's coordinates", "build.gradle", b"compile 'io.jsonwebtoken:jjwt-api:0.11.2'"),
    ("a part of a URN", "app.json", b'"redirect": "urn:ietf:wg:oauth:2.0:oob"'),
    ("a Ruby duration", "devise.rb", b"config.reset_password_within = 6.hours"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "line"), [pytest.param(path, line, id=what) for what, path, line in SILENT])
def test_silent(path: str, line: bytes) -> None:
    """What is no credential, and what our own remedies write, is not reported at the default confidence."""
    assert level(line, path) in (None, Confidence.LOW)


def test_every_weight_is_explained() -> None:
    """docs/scoring.md names each measure that has a weight, and every measure has one."""
    weights = tomllib.loads((ROOT / "src/stanch/scoring/weights.toml").read_text("utf-8"))
    text = (ROOT / "docs/scoring.md").read_text("utf-8")
    assert [name for part in weights.values() for name in part if f"`{name}`" not in text] == []
    candidate = Candidate("r", 0, 4, b"abcd", b"password", b"abcd")
    assert {*measure(candidate), "bias"} == set(weights["value"])
    assert {name.removeprefix("path:") for name in roles("a.py", quoted=True, secret=b"abcd")} == set(weights["path"])


def test_a_role_lowers_a_score_and_drops_nothing_sure() -> None:
    """No file's role makes a credential more probable, and a format of its own stays at medium or above in each."""
    for path in ("tests/test_a.py", "docs/a.md", "vendor/a.json", "i18n/a.json", "package-lock.json", "src/a.py"):
        for score in (0.12, 0.5, 0.85, 0.95):
            assert placed(score, path, quoted=True) <= score + 1e-9
        assert placed(0.95, path, quoted=True) >= CUTS[Confidence.MEDIUM]


@pytest.mark.parametrize(
    ("path", "secret", "wanted"),
    [
        ("src/app.py", b"db_password", True),
        ("src/app.py", b"settings.PASSWORD", True),
        ("src/app.py.j2", b"db_password", True),
        ("app.yml", b"db_password", False),
        ("src/App.java", drawn(32), False),
    ],
)
def test_variables(path: str, secret: bytes, wanted: bool) -> None:
    """A bare word in source code is a variable, unless nobody would call one so."""
    assert roles(path, quoted=False, secret=secret)["path:variable-in-code"] == wanted


def test_words() -> None:
    """Words are told from what is drawn, by a list of them and by how letters follow each other."""
    assert word_share(b"correcthorsebattery") == 1.0
    assert word_share(b"12345") == 0.0
    assert strangeness(b"administrator") < 0.4 < 0.6 < strangeness(b"xkqvzrwpt")
    assert strangeness(b"12345") == 0.5
    assert entropy(b"") == 0.0


@given(st.binary(max_size=200), st.binary(max_size=40), st.binary(max_size=300), st.booleans())
def test_any_bytes(secret: bytes, name: bytes, line: bytes, quoted: bool) -> None:
    """Any bytes have their measures, each from 0 to 1."""
    candidate = Candidate("r", 0, len(secret), secret, name, secret, quoted, line=line)
    assert all(0 <= value <= 1 for value in measure(candidate).values())
