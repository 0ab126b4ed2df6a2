"""Key stores and binary private keys, told by their bytes; certificates and public keys are none."""

from __future__ import annotations

import base64
import struct
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scans
from repositories import Repo
from stanch.readers.credentials import stores

RANDOM = Random(7)
KEY_BAG = bytes.fromhex("2a 86 48 86 f7 0d 01 0c 0a 01 02")
CERTIFICATE_BAG = bytes.fromhex("2a 86 48 86 f7 0d 01 0c 0a 01 03")
RSA = bytes.fromhex("30 0d 06 09 2a 86 48 86 f7 0d 01 01 01 05 00")
PBES2 = bytes.fromhex("30 40 06 09 2a 86 48 86 f7 0d 01 05 0d")


def noise(size: int) -> bytes:
    """Return random bytes."""
    return RANDOM.randbytes(size)


def der(content: bytes, tag: int = 0x30) -> bytes:
    """Return a DER element."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width) + content


def text(value: str) -> bytes:
    """Return a text as Java's writeUTF does."""
    return struct.pack(">H", len(value)) + value.encode()


def java(*entries: bytes, magic: bytes = b"\xfe\xed\xfe\xed") -> bytes:
    """Return a Java key store of version 2."""
    return magic + struct.pack(">II", 2, len(entries)) + b"".join(entries) + noise(20)


def sized(content: bytes) -> bytes:
    """Return bytes after their length."""
    return struct.pack(">I", len(content)) + content


TRUSTED = struct.pack(">I", 2) + text("ca") + noise(8) + text("X.509") + sized(noise(300))
OWN = struct.pack(">I", 1) + text("own") + noise(8) + sized(noise(200))
SECRET = struct.pack(">I", 3) + text("aes") + noise(8) + noise(90)
BKS = struct.pack(">I", 2) + sized(noise(20)) + struct.pack(">I", 1024)
BKS_CERTIFICATE = b"\x01" + text("ca") + noise(8) + struct.pack(">I", 0) + text("X.509") + sized(noise(200))
BKS_KEY = b"\x04" + text("own") + noise(8) + struct.pack(">I", 0) + sized(noise(90))

STORE, PRIVATE = b"key_store_bytes", b"private_key_bytes"
TOLD = {
    # what it is: its bytes, what they are told as
    "PKCS#12": (der(b"\x02\x01\x03" + der(noise(40) + KEY_BAG + noise(400))), STORE),
    "PKCS#12 of certificates": (der(b"\x02\x01\x03" + der(noise(40) + CERTIFICATE_BAG + noise(400))), None),
    "PKCS#12 in BER": (b"\x30\x80\x02\x01\x03\x30\x80" + noise(40) + KEY_BAG + noise(400), STORE),
    "JKS": (java(TRUSTED, OWN), STORE),
    "JKS of certificates": (java(TRUSTED, TRUSTED), None),
    "JCEKS": (java(SECRET, magic=b"\xce\xce\xce\xce"), STORE),
    "BKS": (BKS + BKS_CERTIFICATE + BKS_KEY + b"\0" + noise(20), STORE),
    "BKS of certificates": (BKS + BKS_CERTIFICATE + b"\0" + noise(20), None),
    "KWallet": (b"KWALLET\n\r\0\r\n" + noise(300), STORE),
    "GNOME keyring": (b"GnomeKeyring\n\r\0\n\0\0\0\0" + noise(300), STORE),
    "macOS keychain": (b"kych\0\x01\0\0" + noise(300), STORE),
    "Oracle wallet": (b"\xa1\xf8\x4e\x36" + noise(300), STORE),
    "Bitcoin wallet": (noise(12) + b"\x62\x31\x05\0" + noise(90) + b"\x04mkey" + noise(90), STORE),
    "encrypted PKCS#8": (der(PBES2 + noise(300)), STORE),
    "PKCS#8": (der(b"\x02\x01\x00" + RSA + der(noise(600), 4)), PRIVATE),
    "PKCS#8 of an EC key": (der(b"\x02\x01\x00\x30\x13\x06\x07" + noise(60)), PRIVATE),
    "PKCS#1": (der(b"\x02\x01\x00" + der(b"\0" + noise(256), 2) + noise(600)), PRIVATE),
    "SEC1": (der(b"\x02\x01\x01\x04\x20" + noise(82)), PRIVATE),
    "Kerberos key table": (b"\x05\x02" + struct.pack(">IHH", 70, 1, 9) + b"ACME.TEST" + noise(60), PRIVATE),
    "Kerberos tickets": (b"\x05\x04\x00\x0c" + noise(20) + b"krbtgt" + noise(90), PRIVATE),
    "Microsoft .pvk": (b"\x1e\xf1\xb5\xb0" + struct.pack("<IIII", 0, 2, 0, 0) + noise(300), PRIVATE),
    "strong name's keys": (b"\x07\x02\0\0\0\x24\0\0RSA2" + noise(580), PRIVATE),
    "OpenPGP secret key": (b"\x95\x01\x04\x04" + noise(4) + b"\x01" + noise(300), PRIVATE),
    "GnuPG key": (b"(21:protected-private-key(3:rsa(1:n257:" + noise(300), PRIVATE),
    "GnuPG extended key": (b"Created: 20240101T000000\nKey: (protected-private-key (rsa (n #" + noise(300), PRIVATE),
    "GnuPG key on a card": (b"(20:shadowed-private-key(3:rsa(1:n257:" + noise(300), None),
    "Tarsnap": (b"# START OF TARSNAP KEY FILE\n" + base64.b64encode(noise(300)), PRIVATE),
    "certificate": (der(der(b"\xa0\x03\x02\x01\x02" + noise(400)) + noise(200)), None),
    "public key": (der(RSA + der(noise(270), 3)), None),
    "KeePass": (b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5" + noise(300), None),
    "DER cut short": (der(b"\x02\x01\x00" + RSA + der(noise(600), 4))[:-9], None),
    "strong name's public key": (b"\x06\x02\0\0\0\x24\0\0RSA1" + noise(140), None),
    "text": (b"0 is a number\n", None),
}


@pytest.mark.parametrize("what", TOLD)
def test_told_by_bytes(what: str) -> None:
    """A store is one with a key in it; a private key is one whose structure goes to the end of the file."""
    data, name = TOLD[what]
    assert stores.told(data) == name


@pytest.mark.parametrize("name", ["a.p12", "assets/data.bin"])
def test_a_store_in_a_folder(tmp_path: Path, name: str) -> None:
    """Its span is the file, under any name; its secret is base64, which a report and a vault can hold."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(TOLD["PKCS#12"][0])
    finding = next(item for item in scans.scan(tmp_path).findings if item.rule == "key-store-file")
    assert finding.secret == base64.b64encode(TOLD["PKCS#12"][0])
    assert (finding.locations[0].line, finding.locations[0].column) == (1, 1)


def test_a_store_in_history(repo: Repo) -> None:
    """Where no path is known the bytes tell it, in a batch of small contents too."""
    repo.commit({"a.txt": b"plain\n", "key.bin": TOLD["PKCS#8"][0], "b.txt": b"text\n"})
    repo.git("rm", "-q", "key.bin")
    repo.commit({"c.txt": b"later\n"})
    assert [item.rule for item in scans.scan(repo.path).findings] == ["private-key-file"]


@pytest.mark.parametrize(
    ("table", "rows"), [("nssPrivate", "password-check"), ("moz_cookies", ""), ("logins", "v10"), ("places", "")]
)
def test_a_browser_s_files(table: str, rows: str) -> None:
    """SQLite is one of them by its tables, and Chrome's only with a password in it."""
    data = f"SQLite format 3\0CREATE TABLE {table} (a, b); {rows}".encode()
    assert bool(list(stores.read(data, "browser"))) == (table != "places")


@given(st.sampled_from(sorted(TOLD)), st.integers(0, 700), st.binary(max_size=60))
def test_damage(what: str, cut: int, tail: bytes) -> None:
    """A content that is cut, or goes on with something else, raises nothing."""
    data = TOLD[what][0][:cut] + tail
    assert stores.told(data) in (STORE, PRIVATE, None)
