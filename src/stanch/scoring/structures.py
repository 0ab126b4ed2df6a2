"""Inner structure that a credential's format prescribes: JWT, JWK, PEM and OpenSSH keys, macaroons, Basic headers."""

from __future__ import annotations

import json
import re

from stanch.regexes import lazy
from stanch.scoring.bases import unbase64


def jwt(token: bytes) -> bool | None:
    """Check that a JWT has 3 base64url parts (encrypted: 5) and a JSON header with `alg`: RFC 7515, 7516."""
    parts = token.split(b".")
    header = unbase64(parts[0])
    if len(parts) not in (3, 5) or not header or any(unbase64(part) is None for part in parts):
        return False
    try:
        fields = json.loads(header)
    except ValueError:
        return False
    return isinstance(fields, dict) and isinstance(fields.get("alg"), str)


_PEM = lazy(rb"-----BEGIN ([A-Z0-9 ]+?)-----(.*?)(-----END |\Z)", re.DOTALL)
_PEM_HEADER = lazy(rb"^[ \t]*[A-Za-z-]+: .*$", re.MULTILINE)
_ESCAPED_NEWLINE = lazy(rb"\\+[nr]")
_STRING_SEAM = lazy(rb"""["']\s*[+.,&]?\s*["']""")
_NOT_BODY = lazy(rb"""[\s"'\\,]+""")
_OPENSSH = b"openssh-key-v1\0"


def pem_private_key(pem: bytes) -> bool | None:
    """Check that a PEM body is a private key: None when it is encrypted, or cut short.

    A DER SEQUENCE that opens with a version (RFC 8017, 5915, 5958), `openssh-key-v1` (OpenSSH, PROTOCOL.key),
    or an OpenPGP secret-key packet (RFC 9580). The body may be indented, in quoted pieces, or on one line
    where `\\n` stands for a newline.
    """
    found = _PEM.search(pem)
    if not found or not found[3] or pem_is_encrypted(pem):
        return None
    body = _pem_body(found)
    if not body:
        return False
    if found[1].startswith(b"PGP"):
        return body[0] == 0xC5 or 0x94 <= body[0] <= 0x97
    if body.startswith(_OPENSSH):
        return openssh_private_key(body)
    content, size = _der_sequence(body)
    if content[:1] != b"\x02":
        return False
    return True if len(content) >= size else None


def pem_is_encrypted(pem: bytes) -> bool | None:
    """Tell whether a PEM private key needs a passphrase; None when that cannot be read from it.

    RFC 1421 `Proc-Type`, RFC 5958 EncryptedPrivateKeyInfo, the cipher name in OpenSSH's PROTOCOL.key.
    """
    found = _PEM.search(pem)
    if not found or found[1].startswith(b"PGP"):
        return None
    if b"ENCRYPTED" in found[1] or b"4,ENCRYPTED" in found[2]:
        return True
    body = _pem_body(found) or b""
    if body.startswith(_OPENSSH):
        return _openssh_strings(body)[:1] != [b"none"]
    return {b"\x02": False, b"\x30": True}.get(_der_sequence(body)[0][:1])


def _pem_body(found: re.Match[bytes]) -> bytes | None:
    """Return the decoded body of a PEM block; None when it is not base64."""
    text = _PEM_HEADER.sub(b"", _ESCAPED_NEWLINE.sub(b"\n", found[2]))
    text = _NOT_BODY.sub(b"", _STRING_SEAM.sub(b"", text))
    if found[1].startswith(b"PGP"):
        text = re.sub(rb"=[A-Za-z0-9+/]{4}\Z", b"", text)
    return unbase64(text[: len(text) & ~3] if not found[3] else text)


def _der_sequence(der: bytes) -> tuple[bytes, int]:
    """Return what follows the head of a DER SEQUENCE, and the size that the head states; else nothing."""
    if len(der) < 2 or der[0] != 0x30:
        return b"", 0
    if der[1] < 0x80:
        return der[2:], der[1]
    width = der[1] & 0x7F
    return der[2 + width :], int.from_bytes(der[2 : 2 + width])


_OPENSSH_CIPHER = lazy(rb"none|(?:3des|aes(?:128|192|256)|blowfish|chacha20)-[a-z0-9-]+(?:@openssh\.com)?")


def openssh_private_key(body: bytes) -> bool:
    """Check what follows `openssh-key-v1`: a cipher, bcrypt or no key derivation, its options, one key or more.

    OpenSSH, PROTOCOL.key. Whether it is encrypted: `pem_is_encrypted`.
    """
    named = _openssh_strings(body)
    if len(named) < 3 or not _OPENSSH_CIPHER.fullmatch(named[0]) or named[1] not in (b"none", b"bcrypt"):
        return False
    after = len(_OPENSSH) + sum(4 + len(text) for text in named)
    return 0 < int.from_bytes(body[after : after + 4]) < 256


def _openssh_strings(body: bytes) -> list[bytes]:
    """Return the first three strings of an OpenSSH key: cipher, key derivation and its options; fewer if cut off."""
    found: list[bytes] = []
    at = len(_OPENSSH)
    while len(found) < 3:
        size = int.from_bytes(body[at : at + 4])
        text = body[at + 4 : at + 4 + size]
        if size > 1024 or at + 4 > len(body) or len(text) < size:
            break
        found.append(text)
        at += 4 + size
    return found


_EC_SIZES = frozenset({32, 48, 57, 66})
"""Bytes in a private key on P-256 or a 25519 curve, P-384, Ed448 or X448 (56 are in `_jwk_size`), P-521."""


def jwk(part: bytes) -> bool | None:
    """Check the private part of a JSON Web Key: base64url of a size that a key can have; other sizes tell nothing.

    RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1; RFC 8037, section 2.
    """
    decoded = unbase64(part)
    if decoded is None or b"=" in part:
        return False
    return len(decoded) in _EC_SIZES | {16, 24, 56, 64} or 120 <= len(decoded) <= 1024 or None


def macaroon(token: bytes) -> bool:
    """Check that a `pypi-` token is a macaroon: version 2, a location, an identifier, caveats, a signature.

    https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt; the HMAC's key is the index's own.
    """
    data = unbase64(token.partition(b"-")[2])
    if not data or data[0] != 2:
        return False
    at, kinds = 1, bytearray()
    while at < len(data):
        kind = data[at]
        kinds.append(kind)
        at += 1
        if kind:
            size, at = _varint(data, at)
            at += size
    return at == len(data) and bool(_MACAROON.fullmatch(bytes(kinds)))


_MACAROON = lazy(rb"\x01\x02\x00(?:\x01?\x02\x04?\x00)*\x00\x06")
"""The kinds of its fields: 1 a location, 2 an identifier, 4 a third party's, 6 the signature, 0 a section's end."""


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number that stands at `at`, seven bits a byte, the lowest first, and where it ends."""
    number = shift = 0
    while at < len(data):
        byte = data[at]
        number |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:
            break
    return number, at


def basic_credentials(text: bytes) -> bool:
    """Check that base64 says a user, a colon and a password of three characters or more, in UTF-8: RFC 7617."""
    user, colon, password = (unbase64(text) or b"").partition(b":")
    return bool(colon and user and len(password) > 2 and _readable(user) and _readable(password))


def _readable(text: bytes) -> bool:
    try:
        return text.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False
