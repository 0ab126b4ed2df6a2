"""What is judged without asking anybody: tokens by their times, private keys by what stands beside them."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from stanch.model import Status
from stanch.surroundings import SURROUNDINGS
from verify.checks.asking import ask

LIVE, DEAD, UNKNOWN = Status.LIVE, Status.DEAD, Status.UNKNOWN
NOW = datetime.now(UTC)
LONG_AGO, SOON = 1_000_000_000, int((NOW + timedelta(days=30)).timestamp())


def _part(value: object) -> bytes:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def token(claims: object, head: object = {"alg": "RS256"}) -> bytes:  # nobody changes it
    """Return a token with a made-up signature."""
    return b".".join((_part(head), _part(claims), _part(bytes(range(32)))))


TOKENS = [
    (token({"exp": LONG_AGO}), DEAD, "expired on 2001-09-09", "one that has run out is dead"),
    (token({"exp": float(LONG_AGO)}), DEAD, "expired on 2001-09-09", "a time may have a fraction"),
    (base64.b64encode(token({"exp": LONG_AGO})), DEAD, "expired on 2001-09-09", "in base64 too"),
    (
        token({"exp": SOON}),
        UNKNOWN,
        "unsupported: its key is not known; it expires on",
        "one that has not run out is never live",
    ),
    (token({"sub": "1"}), UNKNOWN, "unsupported: its key is not known; it never expires", "one without an end"),
    (token({"nbf": SOON}), UNKNOWN, "unsupported: not valid before", "one that is not valid yet"),
    (token({"exp": "soon"}), UNKNOWN, "unsupported: not a readable token", "a time that is a word"),
    (token({"exp": True}), UNKNOWN, "unsupported: not a readable token", "a time that is a truth"),
    (token({"exp": 1e300}), UNKNOWN, "unsupported: not a readable token", "a time that no calendar has"),
    (token({"exp": -5}), UNKNOWN, "unsupported: not a readable token", "a time before all"),
    (token(b'{"exp": NaN}'), UNKNOWN, "unsupported: not a readable token", "no number"),
    (token([1]), UNKNOWN, "unsupported: not a readable token", "claims that are a list"),
    (token(b"{"), UNKNOWN, "unsupported: not a readable token", "claims that are no JSON"),
    (token(b"[" * 100_000), UNKNOWN, "unsupported: not a readable token", "claims that are too deep"),
    (b"one.two", UNKNOWN, "unsupported: not a readable token", "two parts"),
    (b"\xff.\xff.\xff", UNKNOWN, "unsupported: not a readable token", "no base64"),
]


def test_clocks_may_differ() -> None:
    """What has run out a minute ago may not have for who made it."""
    verdict = ask("jwt", token({"exp": int(datetime.now(UTC).timestamp()) - 60}))
    assert verdict.status is UNKNOWN
    assert (verdict.detail or "").startswith("unsupported: its key is not known; it expires on")


@pytest.mark.parametrize(("secret", "wanted", "detail", "why"), TOKENS, ids=[case[-1] for case in TOKENS])
def test_tokens(secret: bytes, wanted: Status, detail: str, why: str) -> None:
    """A token is dead once its time is over, and otherwise unknown."""
    verdict = ask("jwt", secret)
    assert verdict.status is wanted
    assert (verdict.detail or "").startswith(detail)


PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
RAW, OPENSSH = serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.OpenSSH
BARE, LOCKED = serialization.NoEncryption(), serialization.BestAvailableEncryption(b"a passphrase")
RSA, OTHER = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
EC, ED = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
DSA = dsa.generate_private_key(2048)
PUBLIC = RSA.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
SSH_LINE = RSA.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
Key = rsa.RSAPrivateKey


def certificate(key: Key, first: int = -10, last: int = 300) -> bytes:
    """Return a certificate of a key, valid between so many days from now."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(NOW + timedelta(first)).not_valid_after(NOW + timedelta(last))
    return made.sign(OTHER, hashes.SHA256()).public_bytes(PEM)


def _quoted(pem: bytes) -> bytes:
    return pem.strip().replace(b"\n", b"\\n")


PLAIN = RSA.private_bytes(PEM, PKCS8, BARE)
PGP = b"-----BEGIN PGP PRIVATE KEY BLOCK-----\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----"
KEYS = [
    (PLAIN, b"", UNKNOWN, "unencrypted RSA 2048 key, SHA256:", "PKCS#8"),
    (RSA.private_bytes(PEM, RAW, BARE), b"", UNKNOWN, "unencrypted RSA 2048 key, SHA256:", "PKCS#1"),
    (RSA.private_bytes(PEM, OPENSSH, BARE), b"", UNKNOWN, "unencrypted RSA 2048 key, SHA256:", "OpenSSH"),
    (EC.private_bytes(PEM, RAW, BARE), b"", UNKNOWN, "unencrypted EC secp256r1 key, SHA256:", "SEC 1"),
    (ED.private_bytes(PEM, OPENSSH, BARE), b"", UNKNOWN, "unencrypted Ed25519 key, SHA256:", "Ed25519"),
    (DSA.private_bytes(PEM, PKCS8, BARE), b"", UNKNOWN, "unencrypted DSA 2048 key, SHA256:", "DSA"),
    (_quoted(PLAIN), b"", UNKNOWN, "unencrypted RSA 2048 key, SHA256:", "its line ends escaped"),
    (PLAIN.replace(b"\n", b"\n    "), b"", UNKNOWN, "unencrypted RSA 2048 key, SHA256:", "indented"),
    (base64.b64encode(PLAIN), b"", UNKNOWN, "unencrypted RSA 2048 key, SHA256:", "in base64"),
    (b"".join(PLAIN.splitlines()[1:-1]), b"", UNKNOWN, "unencrypted RSA 2048 key, SHA256:", "without its label"),
    (RSA.private_bytes(PEM, PKCS8, LOCKED), b"", UNKNOWN, "encrypted", "encrypted PKCS#8"),
    (RSA.private_bytes(PEM, RAW, LOCKED), b"", UNKNOWN, "encrypted", "encrypted PKCS#1"),
    (PLAIN[:400] + PLAIN[800:], b"", UNKNOWN, "unsupported: the key cannot be read", "cut"),
    (PGP, b"", UNKNOWN, "unsupported: the key cannot be read", "PGP"),
    (PLAIN, certificate(RSA), LIVE, "the key of a certificate beside it that is valid until", "its certificate"),
    (PLAIN, _quoted(certificate(RSA)), LIVE, "the key of a certificate beside it", "its certificate, escaped"),
    (PLAIN, certificate(OTHER) + certificate(RSA), LIVE, "the key of a certificate", "the second of a chain"),
    (PLAIN, certificate(RSA, last=-1), UNKNOWN, "unencrypted RSA 2048 key", "a certificate that has run out"),
    (PLAIN, certificate(RSA, first=5), UNKNOWN, "unencrypted RSA 2048 key", "a certificate that is not valid yet"),
    (PLAIN, certificate(OTHER), UNKNOWN, "unencrypted RSA 2048 key", "the certificate of another key"),
    (PLAIN, PUBLIC, UNKNOWN, "unencrypted RSA 2048 key", "its public key"),
    (PLAIN, SSH_LINE, UNKNOWN, "unencrypted RSA 2048 key", "its public key as OpenSSH writes it"),
    (PLAIN, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", UNKNOWN, "unencrypted", "no certificate"),
]  # fmt: skip


@pytest.mark.parametrize(("secret", "beside", "wanted", "detail", "why"), KEYS, ids=[case[-1] for case in KEYS])
def test_keys(secret: bytes, beside: bytes, wanted: Status, detail: str, why: str) -> None:
    """A key is live as that of a valid certificate beside it, and otherwise unknown; what it is is said."""
    text = beside + b"\n" + secret + b"\n" + beside
    start = text.index(secret)
    verdict = ask("private-key", secret, around=SURROUNDINGS["keys"](text, start, start + len(secret)))
    assert verdict.status is wanted
    assert (verdict.detail or "").startswith(detail), verdict.detail
    assert verdict.identity == ("CN=shop.example" if wanted is LIVE else None)
    assert ("expired on" in (verdict.detail or "")) is (why == "a certificate that has run out")
    assert ("public half" in (verdict.detail or "")) is why.startswith("its public key")


def test_numbers_that_are_no_key() -> None:
    """A key whose public half is the certificate's, but whose private half is not, opens nothing."""
    own, other = RSA.private_numbers(), OTHER.private_numbers()
    numbers = rsa.RSAPrivateNumbers(own.p, own.q, other.d, own.dmp1, own.dmq1, own.iqmp, own.public_numbers)
    made = numbers.private_key(unsafe_skip_rsa_key_validation=True).private_bytes(PEM, PKCS8, BARE)
    verdict = ask("private-key", made, around=certificate(RSA))
    assert (verdict.status, verdict.detail) == (UNKNOWN, "unsupported: the key cannot be read")


KEYGEN = shutil.which("ssh-keygen")


@pytest.mark.skipif(KEYGEN is None, reason="ssh-keygen is not installed: the package openssh-client has it")
@pytest.mark.parametrize("passphrase", ["", "a passphrase"])
def test_keys_of_openssh(tmp_path: Path, passphrase: str) -> None:
    """OpenSSH's own keys are read, and what is told of one can be compared with what OpenSSH tells."""
    key = tmp_path / "key"
    subprocess.run([str(KEYGEN), "-q", "-t", "ed25519", "-N", passphrase, "-f", str(key)], check=True)
    told = subprocess.run([str(KEYGEN), "-lf", f"{key}.pub"], capture_output=True, text=True, check=True)
    detail = ask("private-key", key.read_bytes()).detail
    assert detail == ("encrypted" if passphrase else f"unencrypted Ed25519 key, {told.stdout.split()[1]}")
