"""Structural checks of credentials: checksums and inner structure that made-up strings do not have."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable

from stanch.regexes import lazy

Check = Callable[[bytes], bool | None]
"""Takes the secret, its prefix included. True: it passes; False: it fails; None: cannot be told."""

BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE36 = b"0123456789abcdefghijklmnopqrstuvwxyz"


def digits(number: int, alphabet: bytes) -> bytes:
    """Return `number` written in the base that `alphabet` has characters; empty for 0."""
    found = bytearray()
    while number:
        number, digit = divmod(number, len(alphabet))
        found.append(alphabet[digit])
    return bytes(reversed(found))


def unbase64(text: bytes) -> bytes | None:
    """Return what `text` decodes to, base64 of either alphabet, padded or not; None when it is not base64."""
    text = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None


def crc32_base62(body: bytes) -> bytes:
    """Return the CRC-32 of `body` as 6 base-62 characters.

    https://github.blog/engineering/behind-githubs-new-authentication-token-formats/
    """
    return digits(zlib.crc32(body), BASE62).rjust(6, b"0")


def crc32_base36(head: bytes) -> bytes:
    """Return the CRC-32 of `head` as 7 base-36 characters.

    GitLab, lib/authn/token_field/generator/routable_token.rb.
    """
    return digits(zlib.crc32(head), BASE36).rjust(7, b"0")


def crc32_hex(body: bytes, *, little: bool = False) -> bytes:
    """Return the CRC-32 of `body` as 8 hexadecimal characters, its bytes in the order asked for."""
    return zlib.crc32(body).to_bytes(4, "little" if little else "big").hex().encode()


def crc32_base64(body: bytes) -> bytes:
    """Return the CRC-32 of `body`, little-endian, as 6 base64 characters."""
    return base64.b64encode(zlib.crc32(body).to_bytes(4, "little"))[:6]


_GITHUB_CONFIRMED = frozenset({b"ghp", b"gho", b"ghu", b"ghs"})


def github(token: bytes) -> bool | None:
    """Check a GitHub token's last 6 characters; a failure tells nothing of `ghr_` and fine-grained tokens."""
    prefix, _, body = token.partition(b"_")
    if crc32_base62(body[:-6]) == body[-6:]:
        return True
    return False if prefix in _GITHUB_CONFIRMED and len(body) == 36 else None


def npm(token: bytes) -> bool | None:
    """Check an npm token's last 6 characters: GitHub's checksum, by npm's announcement of the format.

    https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
    """
    body = token.removeprefix(b"npm_")
    return crc32_base62(body[:-6]) == body[-6:] if len(body) == 36 else None


def grafana(token: bytes) -> bool | None:
    """Check a Grafana service account token: the CRC-32 of all before the last `_`, little-endian.

    grafana/grafana, pkg/components/satokengen.
    """
    head, _, checksum = token.rpartition(b"_")
    return crc32_hex(head, little=True) == checksum.lower() if len(checksum) == 8 else None


def cloudflare(token: bytes) -> bool | None:
    """Check a Cloudflare `cfut_`, `cfat_` or `cfk_` token: the CRC-32 of 40 characters; seen on samples."""
    body = token.partition(b"_")[2]
    return crc32_hex(body[:-8]) == body[-8:].lower() if len(body) == 48 else None


def zuplo(key: bytes) -> bool | None:
    """Check a Zuplo `zpka_` key: the CRC-32 of its 32 characters; seen on samples.

    https://zuplo.com/docs/articles/api-key-leak-detection
    """
    body, _, checksum = key.removeprefix(b"zpka_").rpartition(b"_")
    return crc32_hex(body) == checksum.lower() if len(checksum) == 8 else None


def confluent(secret: bytes) -> bool | None:
    """Check a Confluent `cflt` secret: the CRC-32 of 54 characters, little-endian; seen on a sample."""
    body = secret.removeprefix(b"cflt")
    return crc32_base64(body[:-6]) == body[-6:] if len(body) == 60 else None


def gitlab(token: bytes) -> bool | None:
    """Check a GitLab routable token's last 7 characters; tokens without a `.` have no checksum.

    A failure is no proof: an instance may put a prefix of its own before `glpat-`, which a match can lack.
    """
    return crc32_base36(token[:-7]) == token[-7:] if b"." in token else None


def atlassian(token: bytes) -> bool | None:
    """Check an Atlassian `AT…` token: the CRC-32 of all but its last 8 characters; not seen on a sample."""
    return crc32_hex(token[:-8]) == token[-8:].lower() if len(token) > 8 else None


def aws_account_id(key_id: bytes) -> str | None:
    """Return the 12-digit account that an AWS access key id names; None for ids from before 2019.

    Tal Be'ery, "A short note on AWS key ID" (2023): bits 1 to 40 of the base32 after the 4-letter prefix.
    """
    body = key_id[4:]
    if len(body) != 16 or body[:1] in b"IJ":
        return None
    try:
        decoded = base64.b32decode(body)
    except binascii.Error:
        return None
    account = (int.from_bytes(decoded[:6]) & 0x7FFFFFFFFF80) >> 7
    return f"{account:012}" if account < 10**12 else None


def aws(key_id: bytes) -> bool | None:
    """Check that an account can be decoded; that it cannot is no proof, since old ids name none."""
    return True if aws_account_id(key_id) else None


def marvin32(data: bytes, seed: int) -> int:
    """Return the two 32-bit halves of the Marvin hash of `data` as one number, the second half above.

    dotnet/runtime, Marvin.cs. A 32-bit hash is one half XOR the other.
    """
    low, high = seed & 0xFFFFFFFF, seed >> 32
    tail = data[len(data) & ~3 :] + b"\x80"
    words = [data[at : at + 4] for at in range(0, len(data) & ~3, 4)]
    for word in (*words, tail, b""):
        low = (low + int.from_bytes(word, "little")) & 0xFFFFFFFF
        high ^= low
        low = (_rotated(low, 20) + high) & 0xFFFFFFFF
        high = _rotated(high, 9) ^ low
        low = (_rotated(low, 27) + high) & 0xFFFFFFFF
        high = _rotated(high, 19)
    return high << 32 | low


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF


def azure_hash(data: bytes, seed: bytes) -> bytes:
    """Return the 4 bytes that close an Azure identifiable key: Marvin32 with an 8-character seed."""
    whole = marvin32(data, int.from_bytes(seed))
    return (whole >> 32 ^ whole & 0xFFFFFFFF).to_bytes(4, "little")


_MESSAGING = (b"Send0000", b"Listen00", b"Manage00", b"System00")
AZURE_SEEDS: dict[bytes, tuple[bytes, ...]] = {
    b"+ASt": (b"Default0",),
    b"ACDb": (b"MastRW00", b"MastRO00"),
    b"+ASb": _MESSAGING,
    b"+AEh": _MESSAGING,
    b"+ARm": _MESSAGING,
    b"AIoT": (b"IoTHub00", b"DpsKey00", b"Device00"),
    b"+ABa": (b"AbAcct00",),
    b"+AMC": (b"Classic0",),
    b"APIM": (b"Tenant00", b"IoTHub00", b"Gatewy00", b"GitKey00"),
    b"AzCa": (b"Access00",),
    b"+ACR": (b"ACRDflt0",),
    b"AzSe": (b"Query000", b"PAdmin00"),
    b"AzFu": (b"Functi00", b"System00", b"Master00"),
}
"""The seeds by the signature in the key.

microsoft/security-utilities, IdentifiableMetadata.cs.
"""
AZURE_SIGNATURE_AT = {43: 33, 86: 76, 52: 42, 54: 44}
"""Where the signature stands, by the key's length without its padding."""
_AZURE_CONFIRMED = frozenset({b"+ASt", b"AzCa", b"AZDO"})


def azure(key: bytes) -> bool | None:
    """Check an Azure identifiable key; a failure tells only for the signatures confirmed on samples.

    The last 4 decoded bytes are the hash of the others. CASK keys, which have `JQQJ9` at offset 52, write the
    hash of their first 60 bytes as text: see `cask_checksums`.
    microsoft/security-utilities, IdentifiableSecrets.cs.
    """
    text = key.rstrip(b"=")
    if text[52:57] == b"JQQJ9" and len(text) in (84, 86):
        signature = text[76:80]
        passes = any(found.startswith(text[80:]) for found in cask_checksums(text))
    else:
        at = AZURE_SIGNATURE_AT.get(len(text), 0)
        signature = text[at : at + 4]
        decoded = unbase64(text)
        if not at or not decoded or signature not in AZURE_SEEDS:
            return None
        passes = any(azure_hash(decoded[:-4], seed) == decoded[-4:] for seed in AZURE_SEEDS[signature])
    return passes or (False if signature in _AZURE_CONFIRMED else None)


def cask_checksums(key: bytes) -> tuple[bytes, ...]:
    """Return the 6-character checksums that a CASK key may end in: base 62 now, base64 in older keys.

    Keys of 84 characters show only the first 4. Empty when the first 80 characters of `key` are not base64.
    """
    decoded = unbase64(key[:80])
    if decoded is None:
        return ()
    checksum = azure_hash(decoded, b"Default0")
    return digits(int.from_bytes(checksum), BASE62).ljust(6, b"0"), base64.b64encode(checksum)[:6]


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
        return True
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
        return body[len(_OPENSSH) :][:8] != b"\0\0\0\x04none"
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


CHECKS: dict[str, Check] = {
    "atlassian-crc32": atlassian,
    "aws-account-id": aws,
    "azure-identifiable-key": azure,
    "cloudflare-crc32": cloudflare,
    "confluent-crc32": confluent,
    "github-crc32": github,
    "gitlab-routable": gitlab,
    "grafana-crc32": grafana,
    "jwt": jwt,
    "npm-crc32": npm,
    "pem-private-key": pem_private_key,
    "zuplo-crc32": zuplo,
}
CONFIRMED = frozenset(
    {
        "azure-identifiable-key", "cloudflare-crc32", "confluent-crc32", "github-crc32", "grafana-crc32",
        "jwt", "pem-private-key", "zuplo-crc32",
    }
)  # fmt: skip
"""The checks whose failure is proof: seen to hold on real samples, or the format's own definition."""
