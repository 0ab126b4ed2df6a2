"""Key stores and private keys in binary files, told by their bytes.

A finding is the whole file, its secret what base64 makes of that. Whether a password opens a store is not tried: it
often stands in a setting nearby, and whoever has the file can guess without end. Public content is passed over: a
store with certificates alone, a public key. So are vaults with a costly key derivation (KeePass, 1Password).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stanch.readers import Assignment
from stanch.regexes import lazy

_STORE, _PRIVATE = b"key_store_bytes", b"private_key_bytes"


def read(data: bytes, kind: str = "") -> Iterator[Assignment]:
    """Yield the store or the key that the content is; `kind` says that its path is one of a browser's files."""
    name = _browser(data) if kind == "browser" else told(data)
    if name:
        import base64

        yield Assignment(name, base64.b64encode(data), ((0, len(data)),), quoted=True, sure=True)


def told(data: bytes) -> bytes | None:
    """Return the name of what the content is by its bytes: an encrypted store, a private key, or None."""
    return next((name for head, name, holds in _KINDS if head.match(data) and (holds is None or holds(data))), None)


def _whole_der(data: bytes) -> bool:
    """Is it one DER element to its last byte? ITU-T X.690."""
    if data[1] < 0x80:
        return len(data) == 2 + data[1]
    width = data[1] & 0x7F
    return width <= 4 and len(data) == 2 + width + int.from_bytes(data[2 : 2 + width])


_KEY_BAG = lazy(rb"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01[\x01\x02]")
"""The object identifiers of a key, plain or encrypted, in PKCS#12: RFC 7292, appendix D."""


def _has_key_bag(data: bytes) -> bool:
    return bool(_KEY_BAG.search(data))


def _is_pkcs12(data: bytes) -> bool:
    return _whole_der(data) and _has_key_bag(data)


def _has_java_key(data: bytes) -> bool:
    """Has a Java key store an entry that is no certificate? sun.security.provider.JavaKeyStore, engineStore.

    Version, number of entries; each: 1 a key, 2 a certificate, 3 a secret key; alias, time, content.
    """
    at = 12
    for _ in range(int.from_bytes(data[8:12])):
        if data[at : at + 4] != b"\0\0\0\2":
            return data[at : at + 4] in (b"\0\0\0\1", b"\0\0\0\3")
        at = _after_text(data, at + 4) + 8
        if data[4:8] == b"\0\0\0\2":  # since version 2 a certificate says its type
            at = _after_text(data, at)
        at += 4 + int.from_bytes(data[at : at + 4])
        if at >= len(data):
            break
    return False


def _has_bks_key(data: bytes) -> bool:
    """Has a Bouncy Castle store an entry that is no certificate? org.bouncycastle BcKeyStoreSpi, saveStore."""
    at = 8 + int.from_bytes(data[4:8]) + 4
    while at < len(data) and data[at] == 1:
        at = _after_text(data, at + 1) + 8 + 4
        at = _after_text(data, at)
        at += 4 + int.from_bytes(data[at : at + 4])
    return at < len(data) and data[at] in (2, 3, 4)


def _after_text(data: bytes, at: int) -> int:
    """Return where Java's `writeUTF` of a text at `at` ends."""
    return at + 2 + int.from_bytes(data[at : at + 2])


def _is_wallet(data: bytes) -> bool:
    return any(word in data for word in (b"defaultkey", b"\x04mkey", b"\x04ckey", b"\x04wkey", b"\x03key!"))


def _is_pgp(data: bytes) -> bool:
    """Is the first packet, a secret key's, one that fits: RFC 9580, sections 4.2 and 5.5.3?"""
    if data[0] == 0xC5:
        long = data[1] >= 0xC0
        return len(data) >= (data[1] - 0xC0) * 256 + data[2] + 192 if long else len(data) >= data[1]
    return len(data) >= int.from_bytes(data[1 : 2 if data[0] == 0x94 else 3])


_SQLITE = b"SQLite format 3\0"
_BROWSER = lazy(
    rb"CREATE TABLE \W?(?:nssPrivate\b.*password-check|moz_cookies\b|logins\b.*v1[01])", re.IGNORECASE | re.DOTALL
)
"""Firefox's keys, which open its `logins.json`; its cookies; Chrome's logins, of which one has a password."""


def _browser(data: bytes) -> bytes | None:
    return _STORE if data.startswith(_SQLITE) and _BROWSER.search(data) else None


Holds = Callable[[bytes], bool]
_KINDS: tuple[tuple[re.Pattern[bytes], bytes, Holds | None], ...] = tuple(
    (lazy(head, re.DOTALL), name, holds)
    for head, name, holds in (
        (rb"0(?:\x82..|\x83...|\x84....)\x02\x01\x03\x300?", _STORE, _is_pkcs12),
        (rb"0\x80\x02\x01\x03\x30", _STORE, _has_key_bag),
        (rb"(?:\xfe\xed\xfe\xed|\xce\xce\xce\xce)\0\0\0[\x01\x02]", _STORE, _has_java_key),
        (rb"\0\0\0[\x01\x02]\0\0\0[\x08-\x40]", _STORE, _has_bks_key),
        (rb"KWALLET\n\r\0\r\n|GnomeKeyring\n\r\0\n|kych\0\x01\0\0", _STORE, None),
        (rb"\xa1\xf8\x4e[\x36-\x38]", _STORE, None),  # an Oracle wallet that opens without a password
        (rb".{12}(?:\x62\x31\x05\x00|\x00\x05\x31\x62)", _STORE, _is_wallet),  # Bitcoin, in Berkeley DB
        (rb"0(?:\x81.|\x82..)\x30.\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05[\x03-\x0d]", _STORE, _whole_der),  # PKCS#8
        (rb"\x05\x02\0\0[\0-\x02].\0[\x01-\x08]\0", _PRIVATE, None),  # a Kerberos key table
        (rb"\x05\x04\0[\0\x0c]", _PRIVATE, lambda data: b"krbtgt" in data),  # tickets
        (rb"0(?:\x81.|\x82..)\x02\x01\x00(?:\x02[\x40-\x82]|\x30[\x05-\x20]\x06)", _PRIVATE, _whole_der),  # RFC 8017
        (rb"0[\x2e-\x7f]\x02\x01\x00\x30[\x05-\x20]\x06", _PRIVATE, _whole_der),  # RFC 5958
        (rb"0(?:[\x50-\x7f]|\x81.)\x02\x01\x01\x04[\x14-\x42]", _PRIVATE, _whole_der),  # an EC key: RFC 5915
        (rb"\x1e\xf1\xb5\xb0\0\0\0\0[\x01\x02]\0\0\0[\0\x01]\0\0\0", _PRIVATE, None),  # Microsoft's .pvk
        (rb"\x07\x02\0\0\0[\x24\xa4]\0\0RSA2", _PRIVATE, None),  # PRIVATEKEYBLOB, a strong name's key
        (rb"(?:[\x94\x95\xc5]..?)[\x03\x04]....[\x01-\x03\x10-\x13\x16]", _PRIVATE, _is_pgp),
        (rb"(?:[A-Z][\w-]+: [^\n]{0,200}\n){0,8}(?:Key: )?\((?:\d+:)?(?:protected-)?private-key", _PRIVATE, None),
        (rb"\# START OF TARSNAP KEY FILE", _PRIVATE, None),
    )
)  # fmt: skip
