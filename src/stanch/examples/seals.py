"""Give generated credentials the checksum or inner structure that their real kind has."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Callable
from contextlib import suppress

from stanch.scoring import bases, checksums

Seal = Callable[[bytes], bytes]
"""Takes a secret of the right shape, gives one that passes; the same one for the same input."""


def _last(size: int, checksum: Callable[[bytes], bytes], prefix: str = r"\A[a-z]+_") -> Seal:
    """Return a seal that makes the last `size` characters the checksum of the others without `prefix`."""
    head = re.compile(prefix.encode())

    def seal(secret: bytes) -> bytes:
        body = secret[:-size]
        return body + checksum(head.sub(b"", body))

    return seal


def grafana(token: bytes) -> bytes:
    """Seal a `glsa_` token: its checksum covers the prefix, and stands after a `_` that it does not cover."""
    head = token.rpartition(b"_")[0]
    return head + b"_" + checksums.crc32_hex(head, little=True)


def zuplo(key: bytes) -> bytes:
    """Seal a `zpka_` key: its checksum stands after a `_` that it does not cover."""
    head = key.rpartition(b"_")[0]
    return head + b"_" + checksums.crc32_hex(head.removeprefix(b"zpka_"))


def gitlab(token: bytes) -> bytes:
    """Seal a routable GitLab token; others, which have no `.`, stay as they are."""
    return token[:-7] + checksums.crc32_base36(token[:-7]) if b"." in token else token


def atlassian(token: bytes) -> bytes:
    """Seal an Atlassian token."""
    return token[:-8] + checksums.crc32_hex(token[:-8]).upper()


def aws(key_id: bytes) -> bytes:
    """Give an access key id a first character with which it names an account."""
    if checksums.aws(key_id) or len(key_id) != 20:
        return key_id
    return key_id[:4] + b"QRSTUVWXYZ2345"[key_id[5] % 14 :][:1] + key_id[5:]


def azure(key: bytes) -> bytes:
    """Seal an Azure identifiable key, CASK or older; keys of unknown signatures stay as they are."""
    text = key.rstrip(b"=")
    padding = key[len(text) :]
    if text[52:57] == b"JQQJ9":
        return text[:80] + checksums.cask_checksums(text)[0][: len(text) - 80] + padding
    at = checksums.AZURE_SIGNATURE_AT.get(len(text), 0)
    seeds = checksums.AZURE_SEEDS.get(text[at : at + 4])
    decoded = bases.unbase64(text)
    if not seeds or not decoded:
        return key
    altchars = b"-_" if len(text) == 54 else b"+/"
    body = decoded[:-4]
    sealed = base64.b64encode(body + checksums.azure_hash(body, seeds[0]), altchars)
    return sealed.rstrip(b"=") + padding


def jwt(token: bytes) -> bytes:
    """Put a JSON header and JSON claims, as long as the parts that stand there, into a JWT."""
    header, claims, *rest = token.split(b".")
    issued = 1_700_000_000 + zlib.crc32(claims) % 10**7
    parts = _json64(header, {"alg": "HS256", "typ": "JWT"}, "kid"), _json64(claims, {"iat": issued}, "jti")
    return b".".join((*parts, *rest))


def jwt_header(token: bytes) -> bytes:
    """Put a JSON header into a JWT and leave its claims as they were drawn."""
    _, dot, rest = token.partition(b".")
    return jwt(token).partition(b".")[0] + dot + rest


_FIRST_KEY = re.compile(rb'\{"(\w+)":(.)', re.DOTALL)


def _json64(part: bytes, fields: dict[str, object], filler: str) -> bytes:
    """Return base64url of a JSON object whose first key is the one that `part` begins with; JSON stays.

    `filler` names a field that makes it as long as `part`.
    """
    decoded = bases.unbase64(part[: len(part) & ~3]) or b""
    with suppress(ValueError):
        json.loads(bases.unbase64(part) or b"")
        return part
    drawn = hashlib.shake_256(part).hexdigest(len(part))
    if first := _FIRST_KEY.match(decoded):
        number = first[2][0] >> 4 == 3  # a digit; the literal part of an expression fixes half of this byte
        key = first[1].decode()
        fields = {key: fields.get(key, int(drawn[:8], 16) if number else drawn[:8]), **fields}
    missing = len(part) * 3 // 4 - len(_compact(fields | {filler: ""}))
    if filler not in fields and missing > 0:
        fields = fields | {filler: drawn[:missing]}
    return base64.urlsafe_b64encode(_compact(fields)).rstrip(b"=")


def _compact(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


_BLOCK = re.compile(rb"(-----BEGIN [A-Z0-9 ]*?PRIVATE KEY(?: BLOCK)?-----)(.*?)(?=-----END |\Z)", re.DOTALL)
_SIZES = {b"RSA ": 1187, b"DSA ": 443, b"EC ": 118, b"OPENSSH ": 384, b"PGP ": 600}


def pem(block: bytes) -> bytes:
    """Put a body that decodes to a private key's outer structure into a PEM block."""
    return _BLOCK.sub(lambda found: b"%s\n%s\n" % (found[1], _pem_body(found[1], found[2])), block)


def _pem_body(begin: bytes, drawn: bytes) -> bytes:
    size = next((size for word, size in _SIZES.items() if word in begin), 1214)
    filler = hashlib.shake_256(drawn).digest(size)
    if b"OPENSSH" in begin:
        body = b"openssh-key-v1\0" + b"\0\0\0\x04none" * 2 + b"\0\0\0\0\0\0\0\x01" + filler
    elif b"PGP" in begin:
        body = b"\x95\x02\x58" + filler
    else:
        inner = (b"\x02\x01\x01" if b"EC " in begin else b"\x02\x01\0") + filler
        head = b"\x30" + bytes([len(inner)]) if len(inner) < 128 else b"\x30\x82" + len(inner).to_bytes(2)
        body = head + inner
    text = base64.b64encode(body)
    return b"\n".join(text[at : at + 64] for at in range(0, len(text), 64))


def strkey(seed: bytes) -> bytes:
    """Seal a base32 key whose last 2 bytes are a CRC-16."""
    body = (bases.unbase32(seed) or b"")[:-2]
    return base64.b32encode(body + checksums.crc16(body)).rstrip(b"=")


def base58check(key: bytes) -> bytes:
    """Seal a base58 key; one that begins with `s` is in XRP's alphabet."""
    alphabet = bases.RIPPLE58 if key[:1] == b"s" else bases.BASE58
    body = (bases.unbase58(key, alphabet) or b"")[:-4]
    return bases.to_base58(body + checksums.double_sha256(body), alphabet)


def bech32(key: bytes) -> bytes:
    """Seal a bech32 key, in the case that it has."""
    closing = checksums.bech32_checksum(key[:-6])
    return key[:-6] + (closing.upper() if key.isupper() else closing)


def azure_devops(token: bytes) -> bytes:
    """Seal an Azure DevOps token of 52 base32 characters as a user's."""
    decoded = bytearray(bases.unbase32(token.upper()) or b"")
    body = bytes(byte for place, byte in enumerate(decoded) if place not in checksums.DEVOPS_AT)
    closing = (zlib.crc32(body) ^ checksums.DEVOPS_KINDS[0]).to_bytes(4, "little")
    for place, byte in zip(checksums.DEVOPS_AT, closing, strict=True):
        decoded[place] = byte
    return base64.b32encode(bytes(decoded)).rstrip(b"=").lower()


def basic(text: bytes) -> bytes:
    """Put a user and a password, as long as what stands there, into a Basic header."""
    size = len(text.rstrip(b"=")) * 3 // 4
    drawn = hashlib.shake_256(text).hexdigest(size)
    return base64.b64encode(f"{drawn[:2]}:{drawn[: size - 3]}".encode())


def macaroon(token: bytes) -> bytes:
    """Put an identifier, caveats and a signature behind the location that a token begins with."""
    prefix, _, text = token.partition(b"-")
    data = bases.unbase64(text[: len(text) - (len(text) % 4 == 1)]) or b""
    head = data[: 3 + data[2]]
    spare = len(data) - len(head) - 38  # a field's head, the ends of two sections, the signature
    size = spare if spare < 40 else 36
    caveat = b""
    if spare > size:
        size += spare - size - 3 == 128  # 127 is written in one byte, 128 in two: no caveat fills 130 with its number
        length = spare - size - 3
        length -= length > 127
        number = bytes((length,)) if length < 128 else bytes((length & 0x7F | 0x80, length >> 7))
        caveat = b"\x02" + number + data[-length:] + b"\0"
    body = head + b"\x02" + bytes((size,)) + data[len(head) :][:size] + b"\0" + caveat
    return prefix + b"-" + base64.urlsafe_b64encode(body + b"\0\x06\x20" + data[-32:]).rstrip(b"=")


SEALS: dict[str, Seal] = {
    "atlassian-crc32": atlassian,
    "aws-account-id": aws,
    "azure-devops-crc32": azure_devops,
    "azure-identifiable-key": azure,
    "base58check": base58check,
    "basic-credentials": basic,
    "bech32": bech32,
    "cloudflare-crc32": _last(8, checksums.crc32_hex),
    "confluent-crc32": _last(6, checksums.crc32_base64, r"\Acflt"),
    "github-crc32": _last(6, checksums.crc32_base62),
    "gitlab-routable": gitlab,
    "grafana-crc32": grafana,
    "jwk": lambda part: part,
    "jwt": jwt,
    "macaroon": macaroon,
    "npm-crc32": _last(6, checksums.crc32_base62),
    "pem-private-key": pem,
    "strkey-crc16": strkey,
    "zuplo-crc32": zuplo,
}

GENTLER_SEALS: dict[str, Seal] = {"jwt": jwt_header}
"""What is tried where an expression fixes characters that the seal in `SEALS` replaces."""
