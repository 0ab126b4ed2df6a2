"""Checksums and inner structure of credentials. Everything credential-like is put together at run time."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanch.examples.seals import SEALS
from stanch.model import Candidate
from stanch.rules import Rule
from stanch.scoring import score
from stanch.scoring.checksums import (
    AZURE_SEEDS,
    CHECKS,
    CONFIRMED,
    WEAK,
    aws_account_id,
    cask_checksums,
    marvin32,
)
from stanch.scoring.structures import pem_is_encrypted

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE64 = BASE62 + "+/"
HEX = "0123456789abcdef"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def drawn(alphabet: str, size: int, seed: int = 7) -> bytes:
    """Return `size` characters, the same ones for a seed."""
    return "".join(Random(seed).choices(alphabet, k=size)).encode()


Shape = Callable[[int], bytes]
SHAPES: list[tuple[str, Shape]] = [
    ("github-crc32", lambda seed: b"ghp_" + drawn(BASE62, 36, seed)),
    ("github-crc32", lambda seed: b"ghs_" + drawn(BASE62, 36, seed)),
    ("npm-crc32", lambda seed: b"npm_" + drawn(BASE62, 36, seed)),
    ("grafana-crc32", lambda seed: b"glsa_" + drawn(BASE62, 32, seed) + b"_" + drawn(HEX, 8, seed)),
    ("cloudflare-crc32", lambda seed: b"cfut_" + drawn(BASE62, 40, seed) + drawn(HEX, 8, seed)),
    ("cloudflare-crc32", lambda seed: b"cfk_" + drawn(BASE62, 40, seed) + drawn(HEX, 8, seed)),
    ("zuplo-crc32", lambda seed: b"zpka_" + drawn(HEX, 32, seed) + b"_" + drawn(HEX, 8, seed)),
    ("confluent-crc32", lambda seed: b"cflt" + drawn(BASE64, 60, seed)),
    ("gitlab-routable", lambda seed: b"glpat-" + drawn(BASE62, 40, seed) + b".01." + drawn(HEX, 9, seed)),
    ("atlassian-crc32", lambda seed: b"ATBB" + drawn(BASE62, 32, seed)),
    ("azure-identifiable-key", lambda seed: drawn(BASE64, 76, seed) + b"+ASt" + b"AAAAAA=="),
    ("azure-identifiable-key", lambda seed: drawn(BASE64, 33, seed) + b"AzCa" + b"AAAAAA="),
    ("azure-identifiable-key", lambda seed: cask(drawn(BASE62, 52, seed), b"AZDO")),
]
CRC = [pair for pair in SHAPES if "crc32" in pair[0] or "routable" in pair[0]]
seeds = st.integers(0, 2**32)


def cask(body: bytes, signature: bytes, tail: bytes = b"0000") -> bytes:
    """Return a key of the CASK shape with a wrong checksum."""
    return body + b"JQQJ9" + b"9BC" + b"A" * 16 + signature + tail


@pytest.mark.parametrize(("name", "shape"), SHAPES)
@given(seed=seeds)
def test_sealed_strings_pass(name: str, shape: Shape, seed: int) -> None:
    """What the sealer closes, the check accepts."""
    assert CHECKS[name](SEALS[name](shape(seed))) is True


@pytest.mark.parametrize(("name", "shape"), CRC)
@given(seed=seeds, data=st.data())
def test_one_flipped_character_fails(name: str, shape: Shape, seed: int, data: st.DataObject) -> None:
    """A CRC-32 notices every single changed character, in the body or in the checksum itself."""
    token = SEALS[name](shape(seed))
    prefix = 4 if token.startswith(b"cflt") else token.find(b"_") + 1
    at = data.draw(st.integers(prefix, len(token) - 1))
    other = data.draw(st.sampled_from([c for c in b"0123456789abcdef" if c | 0x20 != token[at] | 0x20]))
    if token[at : at + 1] not in b"_.-":
        assert CHECKS[name](token[:at] + bytes([other]) + token[at + 1 :]) is False


@pytest.mark.parametrize(("name", "shape"), [pair for pair in SHAPES if pair[0].startswith("azure")])
@given(seed=seeds, at=st.integers(0, 40))
def test_azure_notices_a_changed_character(name: str, shape: Shape, seed: int, at: int) -> None:
    """A changed character of the random part changes the Marvin hash."""
    key = SEALS[name](shape(seed))
    at %= 33
    swap = b"x" if key[at : at + 1] != b"x" else b"y"
    assert CHECKS[name](key[:at] + swap + key[at + 1 :]) is False


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("", 0x30ED35C100CD3C7D),
        ("af", 0x48E73FC77D75DDC1),
        ("e70f", 0xB5F6E1FC485DBFF8),
        ("37f495", 0xF0B07C789B8CF7E8),
        ("8642dc59", 0x7008F2E87E9CF556),
        ("153fb79826", 0xE6C08C6DA2AFA997),
        ("0932e6246c47", 0x6F04BF1A5EA24060),
        ("ab427ea8d10fc7", 0xE11847E4F0678C41),
    ],
)
def test_marvin_gives_the_published_values(data: str, expected: int) -> None:
    """The vectors of dotnet/runtime, MarvinTests.cs, for its first seed."""
    assert marvin32(bytes.fromhex(data), 0x004FB61A001BDBCC) == expected


def test_github_published_token() -> None:
    """The revoked token that articles on the format show; its checksum is real."""
    body = b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ"
    assert CHECKS["github-crc32"](b"ghp_" + body + b"0mLq17") is True
    assert CHECKS["github-crc32"](b"ghp_" + body + b"0mLq18") is False


@pytest.mark.parametrize(
    ("prefix", "body", "account"),
    [
        (b"ASIA", b"QNZGKIQY56JQ7WML", "029608264753"),
        (b"AKIA", b"QYLPMN5HHHFPZAM2", "052310077262"),
        (b"AKIA", b"IOSFODNN7" + b"EXAMPLE", None),  # from before 2019
        (b"AKIA", b"QYLPMN5HHHFPZAM", None),  # short
        (b"AKIA", b"QYLPMN5HHHFP0189", None),  # not base32
        (b"AKIA", b"777777777777ABCD", None),  # more than twelve digits
    ],
)
def test_aws_account_id(prefix: bytes, body: bytes, account: str | None) -> None:
    """An access key id names its account, the leading zero kept; that none can be read is no proof."""
    assert aws_account_id(prefix + body) == account
    assert CHECKS["aws-account-id"](prefix + body) is (True if account else None)


UNTOLD = [
    ("github-crc32", b"ghr_" + drawn(BASE62, 76)),
    ("github-crc32", b"github_pat_" + drawn(BASE62, 22) + b"_" + drawn(BASE62, 59)),
    ("github-crc32", b"ghp_" + drawn(BASE62, 20)),
    ("npm-crc32", b"npm_" + drawn(BASE62, 20)),
    ("gitlab-routable", b"glpat-" + drawn(BASE62, 20)),
    ("azure-identifiable-key", drawn(BASE64, 88)),
    ("azure-identifiable-key", drawn(BASE64, 42) + b"+ACR" + b"A" + drawn(BASE62, 5)),
    ("azure-identifiable-key", cask(drawn(BASE62, 52), b"ACOG")),
    ("azure-identifiable-key", b""),
]


@pytest.mark.parametrize(("name", "secret"), UNTOLD)
def test_no_verdict_without_confirmation(name: str, secret: bytes) -> None:
    """A kind whose checksum was never seen to hold, or a shape without one, is neither passed nor failed."""
    assert CHECKS[name](secret) is None


@pytest.mark.parametrize("signature", sorted(AZURE_SEEDS))
def test_azure_seals_every_signature(signature: bytes) -> None:
    """Each signature's first seed closes a key at each of its lengths."""
    size = {b"+ACR": (42, b"A00000"), b"AzSe": (42, b"A00000"), b"AzFu": (44, b"AAAAAA==")}.get(signature)
    for before, tail in [size] if size else [(33, b"AAAAAA="), (76, b"AAAAAA==")]:
        key = drawn(BASE62, before) + signature + tail
        assert CHECKS["azure-identifiable-key"](SEALS["azure-identifiable-key"](key)) is True


def test_older_cask_keys_write_their_checksum_in_base64() -> None:
    """Both ways to write the four bytes are accepted, in the short and in the long form."""
    key = cask(drawn(BASE62, 52), b"AZDO")
    for checksum in cask_checksums(key):
        assert CHECKS["azure-identifiable-key"](key[:80] + checksum[:4]) is True
        assert CHECKS["azure-identifiable-key"](key[:80] + checksum + b"==") is True


def compact(header: object, *parts: bytes) -> bytes:
    """Return a compact JOSE serialisation with this header."""
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in (json.dumps(header).encode(), *parts)]
    return b".".join(encoded)


@pytest.mark.parametrize(
    ("token", "passes"),
    [
        (compact({"alg": "HS256"}, b"{}", b"\x9f" * 32), True),
        (compact({"alg": "none"}, b"{}", b""), True),
        (compact({"alg": "dir", "enc": "A256GCM"}, b"", b"iv", b"text", b"tag"), True),
        (compact({"typ": "JWT"}, b"{}", b"sig"), False),
        (compact({"alg": 1}, b"{}", b"sig"), False),
        (compact(["alg"], b"{}", b"sig"), False),
        (compact({"alg": "HS256"}, b"{}"), False),
        (b"eyJ" + b"x" * 20 + b".eyJ" + b"x" * 20 + b".xxxx", False),
        (b"", False),
    ],
)
def test_jwt(token: bytes, passes: bool) -> None:
    """A JWT's header is a JSON object that names an algorithm."""
    assert CHECKS["jwt"](token) is passes


def armour(label: str, body: bytes, *headers: str) -> bytes:
    """Return a PEM block."""
    text = base64.encodebytes(body).decode().strip()
    block = [
        f"-----BEGIN {label}-----",
        *headers,
        *([""] if headers else []),
        text,
        f"-----END {label}-----",
        "",
    ]
    return "\n".join(block).encode()


KEY = b"\x30\x82\x01\x03\x02\x01\x00" + bytes(range(256))
SHORT = b"\x30\x07\x02\x01\x01\x04\x02\xab\xcd"
SEALED = b"\x30\x06\x30\x04\x06\x02\x2a\x03"
OPENSSH = b"openssh-key-v1\0" + b"\0\0\0\x04none" * 2 + b"\0\0\0\0\0\0\0\x01" + bytes(92)
OPENSSH_LOCKED = b"openssh-key-v1\0" + b"\0\0\0\x0aaes256-ctr" + bytes(100)
RSA = "RSA PRIVATE" + " KEY"
PLAIN = "PRIVATE" + " KEY"
PGP = "PGP PRIVATE" + " KEY BLOCK"
PEMS = [
    (armour(RSA, KEY), True, False),
    (armour("EC " + PLAIN, SHORT), True, False),
    (armour(PLAIN, KEY).replace(b"\n", b"\\n"), True, False),
    (armour(PLAIN, KEY).replace(b"\n", b"\n    "), True, False),
    (armour(PLAIN, KEY).replace(b"\n", b"\r\n"), True, False),
    (b'"' + armour(PLAIN, KEY).replace(b"\n", b'\\n" +\n  "') + b'"', True, False),
    (armour("OPENSSH " + PLAIN, OPENSSH), True, False),
    (armour("OPENSSH " + PLAIN, OPENSSH_LOCKED), None, True),
    (armour("OPENSSH " + PLAIN, OPENSSH[:-93] + bytes(93)), False, False),  # no key in it
    (armour(RSA, bytes(64), "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,00"), None, True),
    (armour("ENCRYPTED " + PLAIN, SEALED), None, True),
    (armour(PLAIN, SEALED), None, True),
    (armour(PGP, b"\x95\x02\x58" + bytes(99), "Version: 1"), True, None),
    (armour(PGP, b"\x99\x02\x58" + bytes(99)), False, None),  # a public key
    (armour(RSA, KEY)[:200], None, False),  # no END line
    (armour(RSA, KEY[:100]), None, False),  # shorter than it says
    (armour(RSA, b"not a key at all"), False, None),
    (armour(RSA, b"").replace(b"\n\n", b"\n...\n"), False, None),
    (armour(RSA, b""), False, None),
    (b"", None, None),
]


@pytest.mark.parametrize(("pem", "passes", "encrypted"), PEMS)
def test_pem(pem: bytes, passes: bool | None, encrypted: bool | None) -> None:
    """A PEM block is a key when its body opens like one; nothing is said of locked or cut ones."""
    assert CHECKS["pem-private-key"](pem) is passes
    assert pem_is_encrypted(pem) is encrypted


@pytest.mark.parametrize("label", [RSA, PLAIN, "EC " + PLAIN, "DSA " + PLAIN, "OPENSSH " + PLAIN, PGP])
def test_sealed_pem_passes(label: str) -> None:
    """The sealer gives every kind of block a body that is one."""
    assert CHECKS["pem-private-key"](SEALS["pem-private-key"](armour(label, b"filler"))) is True


def test_sealed_jwt_passes() -> None:
    """The sealer gives a header to three parts of any characters."""
    assert CHECKS["jwt"](SEALS["jwt"](b"abc.def.ghi")) is True


def test_names_agree() -> None:
    """Every check has a sealer, and every confirmed name is a check."""
    assert SEALS.keys() == CHECKS.keys()
    assert CHECKS.keys() >= CONFIRMED


@given(st.binary(max_size=200), st.sampled_from(sorted(CHECKS)))
def test_no_input_raises(data: bytes, name: str) -> None:
    """A check takes any bytes: it runs on whatever a user's rule matched."""
    assert CHECKS[name](data) in (True, False, None)
    assert CHECKS[name](b"-----BEGIN " + PLAIN.encode() + b"-----" + data + b"-----END ") in (
        True,
        False,
        None,
    )


STRUCTURED: list[tuple[str, Shape]] = [
    ("macaroon", lambda seed: b"pypi-AgEIcHlwaS5vcmc" + drawn(BASE62, 60 + seed % 300, seed)),
    ("macaroon", lambda seed: b"pypi-AgENdGVzdC5weXBpLm9yZw" + drawn(BASE62, 55 + seed % 300, seed)),
    ("strkey-crc16", lambda seed: b"SU" + drawn(BASE32, 56, seed)),
    ("strkey-crc16", lambda seed: b"S" + drawn(BASE32, 55, seed)),
    ("base58check", lambda seed: b"K" + drawn(BASE58, 51, seed)),
    ("base58check", lambda seed: b"xprv9" + drawn(BASE58, 106, seed)),
    ("base58check", lambda seed: b"s" + drawn(BASE58, 28, seed)),
    ("bech32", lambda seed: b"AGE-SECRET-KEY-1" + drawn(BECH32.upper(), 58, seed)),
    ("bech32", lambda seed: b"age1" + drawn(BECH32, 58, seed)),
    ("azure-devops-crc32", lambda seed: drawn(BASE32.lower(), 52, seed)),
    ("basic-credentials", lambda seed: drawn(BASE62, 8 + 4 * (seed % 9), seed)),
]


@pytest.mark.parametrize(("name", "shape"), STRUCTURED)
@given(seed=seeds)
def test_structures_are_told_from_chance(name: str, shape: Shape, seed: int) -> None:
    """What the sealer closes passes and keeps its length and beginning; what was drawn without it does not pass."""
    text = shape(seed)
    sealed = SEALS[name](text)
    assert CHECKS[name](sealed) is True
    assert len(text) - len(sealed) in (0, 1)  # one, where no base64 has the length that was drawn
    if name not in ("azure-devops-crc32", "basic-credentials"):
        assert sealed[:2] == text[:2]
    assert CHECKS[name](text) is not True or sealed == text or name == "basic-credentials"


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        (b"A1", b"2UEL5L"),
        (b"a1", b"2uel5l"),
        (b"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7l", b"mqqqxw"),
        (b"split1checkupstagehandshakeupstreamerranterredcaperred", b"2y9e3w"),
    ],
)
def test_bech32_gives_the_published_values(text: bytes, closing: bytes) -> None:
    """The valid strings of BIP 173."""
    assert CHECKS["bech32"](text + closing) is True
    assert CHECKS["bech32"](text + closing[:-1] + b"q") is False


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("basic-credentials", base64.b64encode(b"ada:" + drawn(BASE62, 4, 1)), True),
        ("basic-credentials", base64.b64encode("ada:gr\u00fcn".encode()), True),
        ("basic-credentials", base64.b64encode(b"no colon here"), False),
        ("basic-credentials", base64.b64encode(b"ada:"), False),
        ("basic-credentials", base64.b64encode(b"\x00\x01:\x02abc"), False),
        ("basic-credentials", b"Authentication", False),
        ("jwk", base64.urlsafe_b64encode(bytes(32)).rstrip(b"="), True),
        ("jwk", base64.urlsafe_b64encode(bytes(256)).rstrip(b"="), True),
        ("jwk", base64.urlsafe_b64encode(bytes(70)).rstrip(b"="), None),
        ("jwk", b"A" * 45, False),  # no base64 has this length
        ("macaroon", b"pypi-" + base64.urlsafe_b64encode(b"\x02\x01\x08pypi.org").rstrip(b"="), False),
        ("macaroon", b"pypi-", False),
        ("base58check", b"0OIl", False),
        ("strkey-crc16", b"SU1", False),
        ("azure-devops-crc32", b"1" * 52, None),
    ],
)
def test_structures_at_their_edges(name: str, text: bytes, expected: bool | None) -> None:
    """Each structure says yes, no, or that it cannot tell."""
    assert CHECKS[name](text) is expected


@pytest.mark.parametrize("name", sorted(WEAK))
def test_weak_checks_raise_nothing(name: str) -> None:
    """A check that any sample passes leaves a rule's own worth as it is."""
    rule = Rule("r", "R", "P", "cloud", keywords=("x",), pattern="(?P<secret>x)", checksum=name)
    passing = {
        "aws-account-id": b"AKIA" + b"QYLPMN5HHHFPZAM2",
        "basic-credentials": base64.b64encode(b"ada:" + drawn(BASE62, 4, 1)),
        "jwk": base64.urlsafe_b64encode(bytes(range(32))).rstrip(b"="),
        "jwt": SEALS["jwt"](b".".join(drawn(BASE62, 60, seed) for seed in (1, 2, 3))),
    }[name]
    assert CHECKS[name](passing) is True
    assert score(rule, Candidate("r", 0, len(passing), passing)) == 0.95
