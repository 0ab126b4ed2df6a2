"""A private key: what kind it is, and whether it is that of a certificate or a public key beside it. Nobody is asked.

A certificate that is valid today and that the key completes makes the key live. Without one it is unknown who trusts
the key; its public half's fingerprint, which is no secret, lets people find out.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from stanch.model import Status, Verdict
from stanch.verify.asked import Asked, Unanswered
from stanch.verify.checks import AROUND
from stanch.verify.checks.extras import needed
from stanch.verify.client import Client

_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_PUBLIC = re.compile(
    rb"-----BEGIN (CERTIFICATE|(?:RSA )?PUBLIC KEY)-----.*?-----END \1-----|^(?:ssh|ecdsa)-\S+ AAAA\S+",
    re.DOTALL | re.MULTILINE,
)
_HEADER = re.compile(rb"(?:Proc-Type|DEK-Info): ?[^\n]*\n?")
_WIDTH = 64


async def check(asked: Asked, client: Client) -> Verdict:
    """Return live for the key of a valid certificate beside it. Raises Unanswered, saying what it is, for any other."""
    serialization, x509 = needed("keys", "cryptography.hazmat.primitives.serialization", "cryptography.x509")
    # To look for factors takes up to a second, so that is done for the key of a certificate alone.
    key = _key(asked.secret, serialization, quick=True)
    own = _line(key.public_key(), serialization)
    what = f"unencrypted {_kind(key)} key, {_fingerprint(own)}"
    expired = ""
    for public, certificate in _beside(asked.parts.get(AROUND, b""), serialization, x509):
        if _line(public, serialization) != own:
            continue
        if certificate is None:
            what = f"{what}, its public half stands beside it"
            continue
        now, last = datetime.now(UTC), certificate.not_valid_after_utc
        if certificate.not_valid_before_utc <= now <= last:
            await asyncio.to_thread(_key, asked.secret, serialization, quick=False)
            until = f"the key of a certificate beside it that is valid until {last:%Y-%m-%d}"
            return Verdict(Status.LIVE, until, _subject(certificate) or _fingerprint(own))
        expired = (
            f", its certificate expired on {last:%Y-%m-%d}" if last < now else ", its certificate is not valid yet"
        )
    raise Unanswered(what + expired)


def _key(secret: bytes, serialization: Any, *, quick: bool) -> Any:
    """Return the key; `quick` takes its numbers on trust. Raises Unanswered for an encrypted one, and for none."""
    label, data = _bytes(secret)
    if b"ENCRYPTED" in label or b"Proc-Type: 4,ENCRYPTED" in secret:
        raise Unanswered("encrypted")
    text = base64.b64encode(data)
    lines = b"\n".join(text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))
    pem = b"-----BEGIN %s-----\n%s\n-----END %s-----\n" % (label, lines, label)
    ssh = label == b"OPENSSH PRIVATE KEY"
    load = serialization.load_ssh_private_key if ssh else serialization.load_pem_private_key
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old kinds of key are deprecated; this is about whether they are read
            key = load(pem, None, unsafe_skip_rsa_key_validation=quick)
    except TypeError:
        raise Unanswered("encrypted") from None
    except _unreadable():
        if ssh and b"bcrypt" in data[:64]:
            raise Unanswered("encrypted") from None
        raise Unanswered("unsupported: the key cannot be read") from None
    if not hasattr(key, "public_key"):
        raise Unanswered("unsupported: the key cannot be read")
    return key


def _unreadable() -> tuple[type[Exception], ...]:
    """Return what the library raises for what it cannot read."""
    return ValueError, needed("keys", "cryptography.exceptions")[0].UnsupportedAlgorithm


def _bytes(secret: bytes) -> tuple[bytes, bytes]:
    """Return the label and the bytes of a key in PEM, however it is quoted, in base64 of that, or in base64 alone."""
    if b"-----BEGIN" not in secret:
        data = _decoded(secret)
        if b"-----BEGIN" not in data:
            return b"PRIVATE KEY", data
        secret = data
    found = _PEM.search(secret)
    if not found:
        raise Unanswered("unsupported: the key cannot be read")
    body = _HEADER.sub(b"", re.sub(rb"\\+[nrt]", b"\n", found[2]))
    return found[1], _decoded(re.sub(rb"[^A-Za-z0-9+/]", b"", body))


def _decoded(text: bytes) -> bytes:
    text = text.rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise Unanswered("unsupported: the key cannot be read") from None


def _beside(around: bytes, serialization: Any, x509: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the public keys around a key, each with its certificate or None; what cannot be read is none."""
    for found in _PUBLIC.finditer(re.sub(rb"\\+n", b"\n", around)):
        try:
            if found[1] == b"CERTIFICATE":
                certificate = x509.load_pem_x509_certificate(found[0])
                yield certificate.public_key(), certificate
            elif found[1]:
                yield serialization.load_pem_public_key(found[0]), None
            else:
                yield serialization.load_ssh_public_key(found[0]), None
        except _unreadable():
            continue


def _kind(key: Any) -> str:
    """Return the kind of a key and its size: `RSA 2048`, `EC secp256r1`, `Ed25519`."""
    name = type(key).__name__.removesuffix("PrivateKey").lstrip("_")
    if hasattr(key, "curve"):
        return f"EC {key.curve.name}"
    return f"{name} {key.key_size}" if hasattr(key, "key_size") else name


def _line(public: Any, serialization: Any) -> bytes:
    """Return a public key's bytes: OpenSSH's, or SubjectPublicKeyInfo where OpenSSH knows no such kind."""
    encoding, form = serialization.Encoding, serialization.PublicFormat
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # DSA is deprecated; it is only named here
            line: bytes = public.public_bytes(encoding.OpenSSH, form.OpenSSH)
    except _unreadable():
        found: bytes = public.public_bytes(encoding.DER, form.SubjectPublicKeyInfo)
        return found
    return base64.b64decode(line.split()[1])


def _fingerprint(line: bytes) -> str:
    """Return the fingerprint of a public key's bytes as OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(line).digest()).rstrip(b"=").decode()


def _subject(certificate: Any) -> str:
    """Return whom a certificate names, at most 200 characters."""
    return str(certificate.subject.rfc4514_string())[:200]
