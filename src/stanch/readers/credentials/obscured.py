"""What programs write instead of a password so that nobody reads it over a shoulder: undone, since anyone can.

Each decoder is given the written value and what stands before it in the file, and returns the password, or None where
the value is not what the program writes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from stanch.readers.credentials import ciphers
from stanch.regexes import lazy

Decoder = Callable[[bytes, bytes], bytes | None]
_LONGEST = 1_024
"""A longer value is no password, in bytes."""


def decoded(kind: str, value: bytes, before: bytes) -> bytes | None:
    """Return what `value` hides; None where it is not of this kind, or its decoding is no text."""
    if len(value) > _LONGEST:
        return None
    try:
        plain = DECODERS[kind](value, before)
    except (ValueError, IndexError):  # no base64, no hexadecimal, no text; cut short
        return None
    return plain if plain and plain.decode("utf-8", "replace").isprintable() else None


def _vnc(value: bytes, before: bytes) -> bytes:
    """RealVNC, vncpasswd.c: DES with a key that is compiled in, its bits mirrored; eight characters."""
    key = bytes(int(f"{byte:08b}"[::-1], 2) for byte in (23, 82, 107, 6, 35, 78, 88, 7))
    block = bytes.fromhex(value[:16].decode("ascii")) if len(value) >= 16 else value[:8]
    return ciphers.des_decrypt(key, block).rstrip(b"\0")


_GPP = bytes.fromhex("4e 99 06 e8 fc b6 6c c9 fa f4 93 10 62 0f fe e8 f4 96 e8 06 cc 05 79 90 20 9b 09 a4 33 b6 6c 1b")


def _gpp(value: bytes, before: bytes) -> bytes | None:
    """Group Policy Preferences, MS-GPPREF 2.2.1.1.4: AES with a key that Microsoft published; UTF-16."""
    text = base64.b64decode(value + b"=" * (-len(value) % 4))
    plain = ciphers.unpadded(ciphers.aes_cbc(_GPP, bytes(16), text))
    return plain.decode("utf-16-le").encode() if plain else None


def _pcf(value: bytes, before: bytes) -> bytes | None:
    """Cisco VPN client, `enc_GroupPwd`: three DES keys are derived from what stands before the ciphertext."""
    text = bytes.fromhex(value.decode("ascii"))
    seed, last, sealed = text[:19], text[19], text[40:]
    first, second = (hashlib.sha1(seed + bytes([(last + add) & 0xFF])).digest() for add in (1, 3))  # noqa: S324
    return ciphers.unpadded(ciphers.triple_des_cbc(first + second[:4], text[:8], sealed))


_HOST = lazy(rb"(?m)^HostName=([^\r\n]*)")
_USER = lazy(rb"(?m)^UserName=([^\r\n]*)")


def _winscp(value: bytes, before: bytes) -> bytes:
    """WinSCP, source/core/Security.cpp: each byte flipped, some of them in front to hide the length."""
    plain = bytes(~(byte ^ 0xA3) & 0xFF for byte in bytes.fromhex(value.decode("ascii")))
    keyed = plain[0] == 0xFF
    length, shift = (plain[2], plain[3]) if keyed else (plain[0], plain[1])
    start = (4 if keyed else 2) + shift
    session = before[before.rfind(b"\n[") + 1 :]
    who = b"".join(found[1] for found in (_USER.search(session), _HOST.search(session)) if found)
    return plain[start : start + length].removeprefix(who if keyed else b"")


_JID = lazy(rb"<jid[^>]*>([^<]+)</jid>")


def _psi(value: bytes, before: bytes) -> bytes | None:
    """Psi, common.cpp: each character in four hexadecimal digits, XORed with the account's address."""
    account = before[before.rfind(b"<a") :]
    found = _JID.findall(account)
    key = found[-1].decode() if found else ""
    digits = value.decode("ascii")
    codes = [int(digits[at : at + 4], 16) for at in range(0, len(digits), 4)]
    return "".join(chr(code ^ ord(key[at % len(key)])) for at, code in enumerate(codes)).encode() if key else None


_CVS = (
    114, 120, 53, 79, 96, 109, 72, 108, 70, 64, 76, 67, 116, 74, 68, 87, 111, 52, 75, 119, 49, 34, 82, 81, 95, 65,
    112, 86, 118, 110, 122, 105, 41, 57, 83, 43, 46, 102, 40, 89, 38, 103, 45, 50, 42, 123, 91, 35, 125, 55, 54, 66,
    124, 126, 59, 47, 92, 71, 115, 78, 88, 107, 106, 56, 36, 121, 117, 104, 101, 100, 69, 73, 99, 63, 94, 93, 39, 37,
    61, 48, 58, 113, 32, 90, 44, 98, 60, 51, 33, 97, 62, 77, 84, 80, 85,
)  # fmt: skip


def _cvs(value: bytes, before: bytes) -> bytes:
    """CVS, scramble.c: after an A each character is replaced by its partner."""
    return bytes(_CVS[byte - 32] for byte in value[1:])


def _ncftp(value: bytes, before: bytes) -> bytes:
    """NcFTP, `*encoded*`: base64, a zero at the end."""
    return base64.b64decode(value, validate=True).rstrip(b"\0")


_NAMES = ("Password", "AdministratorPassword")


def _unattend(value: bytes, before: bytes) -> bytes | None:
    """Windows' answer files, `PlainText` false: base64 of UTF-16, the element's name appended."""
    text = base64.b64decode(value, validate=True).decode("utf-16-le")
    ending = next((name for name in reversed(_NAMES) if text.endswith(name)), None)
    return text.removesuffix(ending).encode() if ending else None


def _backslashes(value: bytes, before: bytes) -> bytes:
    """A sign that has a meaning stands after a backslash."""
    return _ESCAPED.sub(rb"\1", value)


_ESCAPED = lazy(rb"\\(.)")

DECODERS: dict[str, Decoder] = {
    "backslashes": _backslashes,
    "cvs": _cvs,
    "gpp": _gpp,
    "ncftp": _ncftp,
    "pcf": _pcf,
    "psi": _psi,
    "unattend": _unattend,
    "vnc": _vnc,
    "winscp": _winscp,
}
