"""What programs write instead of a password: the other way round than `stanch.readers.credentials.obscured`."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from stanch.readers.credentials import ciphers, obscured

VECTOR = bytes(range(16))


def xored(a: bytes, b: bytes) -> bytes:
    """Return the bytes of both, XORed."""
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def padded(text: bytes, size: int = 16) -> bytes:
    """Return text with its PKCS#7 padding."""
    count = size - len(text) % size
    return text + bytes([count]) * count


def aes_encrypt(key: bytes, block: bytes) -> bytes:
    """Return 16 bytes encrypted with AES: FIPS 197, section 5.1."""
    first, *between, last = ciphers._round_keys(key)
    box, _ = ciphers._boxes()
    block = xored(block, first)
    for round_key in (*between, last):
        block = bytes(box[block[(5 * place) % 16]] for place in range(16))
        block = xored(ciphers._mixed(block, (2, 3, 1, 1)) if round_key is not last else block, round_key)
    return block


def cbc(key: bytes, start: bytes, text: bytes) -> bytes:
    """Return whole blocks, encrypted with AES in CBC mode."""
    out = b""
    for at in range(0, len(text), 16):
        start = aes_encrypt(key, xored(text[at : at + 16], start))
        out += start
    return out


def vnc(secret: bytes) -> bytes:
    """DES of eight characters."""
    key = bytes(int(f"{byte:08b}"[::-1], 2) for byte in (23, 82, 107, 6, 35, 78, 88, 7))
    return ciphers.des_encrypt(key, secret[:8].ljust(8, b"\0"))


def gpp(secret: bytes) -> bytes:
    """AES of UTF-16, without the padding of base64."""
    text = cbc(obscured._GPP, bytes(16), padded(secret.decode().encode("utf-16-le")))
    return base64.b64encode(text).rstrip(b"=")


def pcf(secret: bytes) -> bytes:
    """Three DES keys made of random bytes before the text."""
    seed = bytes(range(100, 120))
    first, second = (hashlib.sha1(seed[:19] + bytes([seed[19] + add])).digest() for add in (1, 3))  # noqa: S324
    keys, start, out = first + second[:4], seed[:8], b""
    text = padded(secret, 8)
    for at in range(0, len(text), 8):
        block = ciphers.des_encrypt(keys[:8], xored(text[at : at + 8], start))
        start = ciphers.des_encrypt(keys[16:24], ciphers.des_decrypt(keys[8:16], block))
        out += start
    check = hashlib.sha1(out).digest()  # noqa: S324
    return (seed + check + out).hex().upper().encode()


def winscp(secret: bytes, who: bytes = b"adaftp.acme.test") -> bytes:
    """A mark, a version, the length, what to skip, the text."""
    text = who + secret
    plain = bytes([0xFF, 0, len(text), 2, 7, 9]) + text
    return bytes(~byte & 0xFF ^ 0xA3 for byte in plain).hex().upper().encode()


def psi(secret: bytes, jid: str = "ada@acme.test") -> bytes:
    """Each character XORed with the address, in hexadecimal digits."""
    return "".join(f"{ord(char) ^ ord(jid[at % len(jid)]):04x}" for at, char in enumerate(secret.decode())).encode()


def unattend(secret: bytes) -> bytes:
    """The element's name appended, UTF-16, base64."""
    return base64.b64encode((secret.decode() + "AdministratorPassword").encode("utf-16-le"))


def mylogin(secret: bytes) -> bytes:
    """A whole `.mylogin.cnf`."""
    seed, key = bytes(range(101, 121)), bytearray(16)
    for place, byte in enumerate(seed):
        key[place % 16] ^= byte
    out = bytes(4) + seed
    for line in (b"[client]\n", b"user = ada\n", b'password = "' + secret + b'"\n', b"host = db.acme.test\n"):
        text = padded(line)
        blocks = b"".join(aes_encrypt(bytes(key), text[at : at + 16]) for at in range(0, len(text), 16))
        out += len(blocks).to_bytes(4, "little") + blocks
    return out


def dbeaver(secret: bytes) -> bytes:
    """A whole `credentials-config.json`."""
    from stanch.readers.credentials import sealed

    text = b'{"postgres-1":{"#connection":{"user":"ada","password":"' + secret + b'"}}}'
    return VECTOR + cbc(sealed._DBEAVER, VECTOR, padded(text))


def stash(secret: bytes) -> bytes:
    """A whole `.sth`."""
    return bytes(byte ^ 0xF5 for byte in secret.ljust(129, b"\0"))


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "b64": base64.b64encode,
    "colon": lambda secret: secret.replace(b"\\", b"\\\\").replace(b":", b"\\:"),
    "cvs": lambda secret: b"A" + bytes(obscured._CVS[byte - 32] for byte in secret),
    "dbeaver": dbeaver,
    "gpp": gpp,
    "mylogin": mylogin,
    "ncftp": lambda secret: base64.b64encode(secret + b"\0"),
    "pcf": pcf,
    "psi": psi,
    "stash": stash,
    "unattend": unattend,
    "vnc": vnc,
    "vnchex": lambda secret: vnc(secret).hex().encode(),
    "winscp": winscp,
}
