"""Checks of credentials that made-up strings do not pass: checksums here, inner structure in `structures`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable

from stanch.scoring import structures
from stanch.scoring.bases import BASE36, BASE58, BASE62, RIPPLE58, digits, unbase32, unbase58, unbase64

Check = Callable[[bytes], bool | None]
"""Takes the secret, its prefix included. True: it passes; False: it fails; None: cannot be told."""


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


def crc16(data: bytes) -> bytes:
    """Return the CRC-16 of `data`, polynomial 0x1021 from 0 (XMODEM), little-endian."""
    return binascii.crc_hqx(data, 0).to_bytes(2, "little")


def strkey(seed: bytes) -> bool:
    """Check a NATS nkey seed or a Stellar secret seed: base32 whose last 2 bytes are the CRC-16 of the others.

    nats-io/nkeys, strkey.go; Stellar, SEP-23.
    """
    decoded = unbase32(seed)
    return decoded is not None and crc16(decoded[:-2]) == decoded[-2:]


def base58check(key: bytes) -> bool:
    """Check a Bitcoin WIF key or an extended key: the last 4 bytes are a double SHA-256 of the others.

    https://en.bitcoin.it/wiki/Base58Check_encoding; XRP's seeds are the same in another alphabet.
    """
    data = unbase58(key, RIPPLE58 if key[:1] == b"s" else BASE58)
    return data is not None and double_sha256(data[:-4]) == data[-4:]


def double_sha256(data: bytes) -> bytes:
    """Return the 4 bytes that close base58check."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]


_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def bech32_checksum(text: bytes) -> bytes:
    """Return the 6 characters that close `text`, a name, `1` and data, in lower case: BIP 173."""
    name, _, body = text.lower().rpartition(b"1")
    values = [*(char >> 5 for char in name), 0, *(char & 31 for char in name), *map(_BECH32.find, body), *[0] * 6]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= term if top >> bit & 1 else 0
    check ^= 1
    return bytes(_BECH32[check >> 5 * (5 - place) & 31] for place in range(6))


def bech32(key: bytes) -> bool:
    """Check an age identity or recipient: bech32 of any length.

    https://age-encryption.org/v1
    """
    return bech32_checksum(key[:-6]) == key[-6:].lower()


DEVOPS_AT = (2, 7, 8, 22)
DEVOPS_KINDS = (0xE0B9692D, 0x1019F92E)
"""What the CRC-32 is XORed with: a user's token, an application's."""


def azure_devops(token: bytes) -> bool | None:
    """Check an Azure DevOps token of 52 base32 characters: 4 of its 32 bytes are a CRC-32 of the others.

    microsoft/security-utilities. A failure is no proof: the format was read from a source, not seen on samples.
    """
    decoded = unbase32(token.upper())
    if decoded is None or len(decoded) != 32:
        return None
    body = bytes(byte for place, byte in enumerate(decoded) if place not in DEVOPS_AT)
    stated = int.from_bytes(bytes(decoded[place] for place in DEVOPS_AT), "little")
    return any(zlib.crc32(body) ^ kind == stated for kind in DEVOPS_KINDS)


CHECKS: dict[str, Check] = {
    "atlassian-crc32": atlassian,
    "aws-account-id": aws,
    "azure-devops-crc32": azure_devops,
    "azure-identifiable-key": azure,
    "base58check": base58check,
    "basic-credentials": structures.basic_credentials,
    "bech32": bech32,
    "cloudflare-crc32": cloudflare,
    "confluent-crc32": confluent,
    "github-crc32": github,
    "gitlab-routable": gitlab,
    "grafana-crc32": grafana,
    "jwk": structures.jwk,
    "jwt": structures.jwt,
    "macaroon": structures.macaroon,
    "npm-crc32": npm,
    "pem-private-key": structures.pem_private_key,
    "strkey-crc16": strkey,
    "zuplo-crc32": zuplo,
}
CONFIRMED = frozenset(
    {
        "azure-identifiable-key", "base58check", "basic-credentials", "bech32", "cloudflare-crc32", "confluent-crc32",
        "github-crc32", "grafana-crc32", "jwk", "jwt", "macaroon", "pem-private-key", "zuplo-crc32",
    }
)  # fmt: skip
"""The checks whose failure is proof: seen to hold on real samples, or the format's own definition."""
WEAK = frozenset({"aws-account-id", "basic-credentials", "jwk", "jwt"})
"""The checks that chance, or anybody who writes a sample, passes: their passing is worth no more than the format."""
