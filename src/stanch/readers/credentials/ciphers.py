"""AES (FIPS 197) and DES (FIPS 46-3), a block at a time: for files that are encrypted with a key that is published.

They are slow and leak their key by their timing, which does not matter where everybody knows it.
"""

from __future__ import annotations

from functools import cache, lru_cache


def _times(a: int, b: int) -> int:
    """Return the product of two bytes in AES's field."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


@cache
def _boxes() -> tuple[bytes, bytes]:
    """Return AES's table of substitutions, and its inverse."""
    box = bytearray(256)
    for byte in range(256):
        inverse = next((other for other in range(256) if _times(byte, other) == 1), 0)
        box[byte] = 0x63
        for turn in range(5):
            box[byte] ^= (inverse << turn | inverse >> 8 - turn) & 0xFF
    return bytes(box), bytes(box.index(byte) for byte in range(256))


@lru_cache(maxsize=4)
def _round_keys(key: bytes) -> list[bytes]:
    box, _ = _boxes()
    words = [key[at : at + 4] for at in range(0, len(key), 4)]
    size, constant = len(words), 1
    while len(words) < 4 * (size + 7):
        word = words[-1]
        if len(words) % size == 0:
            word = bytes(box[byte] for byte in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _times(constant, 2)
        elif size > 6 and len(words) % size == 4:
            word = bytes(box[byte] for byte in word)
        words.append(_xor(word, words[-size]))
    return [b"".join(words[at : at + 4]) for at in range(0, len(words), 4)]


def _xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a) ^ int.from_bytes(b)).to_bytes(len(a))


def _mixed(block: bytes, factors: tuple[int, int, int, int]) -> bytes:
    """Return AES's columns, each multiplied with a matrix that turns `factors`."""
    multiples = [_multiples(factor) for factor in factors]
    mixed = bytearray(16)
    for place in range(16):
        column, row = place & ~3, place & 3
        for other in range(4):
            mixed[place] ^= multiples[(other - row) % 4][block[column + other]]
    return bytes(mixed)


@cache
def _multiples(factor: int) -> bytes:
    return bytes(_times(byte, factor) for byte in range(256))


def aes_decrypt(key: bytes, block: bytes) -> bytes:
    """Return 16 bytes decrypted with a key of 16, 24 or 32."""
    first, *between, last = _round_keys(key)
    _, box = _boxes()
    block = _xor(block, last)
    for round_key in (*reversed(between), first):
        block = _xor(bytes(box[block[(13 * place) % 16]] for place in range(16)), round_key)
        block = _mixed(block, (14, 11, 13, 9)) if round_key is not first else block
    return block


def aes_cbc(key: bytes, start: bytes, text: bytes) -> bytes:
    """Return whole blocks decrypted in the mode CBC, from the vector `start` on, padding included."""
    plain = []
    for at in range(0, len(text) & ~15, 16):
        plain.append(_xor(aes_decrypt(key, text[at : at + 16]), start))
        start = text[at : at + 16]
    return b"".join(plain)


def unpadded(text: bytes) -> bytes | None:
    """Return text without its PKCS#7 padding (RFC 5652, section 6.3), or None where that is wrong."""
    count = text[-1] if text else 0
    return text[:-count] if 0 < count <= len(text) and text.endswith(bytes([count]) * count) else None


_IP = tuple(start - 8 * at for start in (58, 60, 62, 64, 57, 59, 61, 63) for at in range(8))
_FP = tuple(_IP.index(bit) + 1 for bit in range(1, 65))
_E = tuple((4 * row + at - 1) % 32 + 1 for row in range(8) for at in range(6))
_P = (
    16,
    7,
    20,
    21,
    29,
    12,
    28,
    17,
    1,
    15,
    23,
    26,
    5,
    18,
    31,
    10,
    2,
    8,
    24,
    14,
    32,
    27,
    3,
    9,
    19,
    13,
    30,
    6,
    22,
    11,
    4,
    25,
)
_PC1 = (
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
    63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
)  # fmt: skip
_PC2 = (
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
    41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
)  # fmt: skip
_SHIFTS = (1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1)
_S = tuple(
    tuple(map(int, box.split(",")))
    for box in (
        "14,4,13,1,2,15,11,8,3,10,6,12,5,9,0,7,0,15,7,4,14,2,13,1,10,6,12,11,9,5,3,8,"
        "4,1,14,8,13,6,2,11,15,12,9,7,3,10,5,0,15,12,8,2,4,9,1,7,5,11,3,14,10,0,6,13",
        "15,1,8,14,6,11,3,4,9,7,2,13,12,0,5,10,3,13,4,7,15,2,8,14,12,0,1,10,6,9,11,5,"
        "0,14,7,11,10,4,13,1,5,8,12,6,9,3,2,15,13,8,10,1,3,15,4,2,11,6,7,12,0,5,14,9",
        "10,0,9,14,6,3,15,5,1,13,12,7,11,4,2,8,13,7,0,9,3,4,6,10,2,8,5,14,12,11,15,1,"
        "13,6,4,9,8,15,3,0,11,1,2,12,5,10,14,7,1,10,13,0,6,9,8,7,4,15,14,3,11,5,2,12",
        "7,13,14,3,0,6,9,10,1,2,8,5,11,12,4,15,13,8,11,5,6,15,0,3,4,7,2,12,1,10,14,9,"
        "10,6,9,0,12,11,7,13,15,1,3,14,5,2,8,4,3,15,0,6,10,1,13,8,9,4,5,11,12,7,2,14",
        "2,12,4,1,7,10,11,6,8,5,3,15,13,0,14,9,14,11,2,12,4,7,13,1,5,0,15,10,3,9,8,6,"
        "4,2,1,11,10,13,7,8,15,9,12,5,6,3,0,14,11,8,12,7,1,14,2,13,6,15,0,9,10,4,5,3",
        "12,1,10,15,9,2,6,8,0,13,3,4,14,7,5,11,10,15,4,2,7,12,9,5,6,1,13,14,0,11,3,8,"
        "9,14,15,5,2,8,12,3,7,0,4,10,1,13,11,6,4,3,2,12,9,5,15,10,11,14,1,7,6,0,8,13",
        "4,11,2,14,15,0,8,13,3,12,9,7,5,10,6,1,13,0,11,7,4,9,1,10,14,3,5,12,2,15,8,6,"
        "1,4,11,13,12,3,7,14,10,15,6,8,0,5,9,2,6,11,13,8,1,4,10,7,9,5,0,15,14,2,3,12",
        "13,2,8,4,6,15,11,1,10,9,3,14,5,0,12,7,1,15,13,8,10,3,7,4,12,5,6,11,0,14,9,2,"
        "7,11,4,1,9,12,14,2,0,6,10,13,15,3,5,8,2,1,14,7,4,10,8,13,15,12,9,0,3,5,6,11",
    )
)


def _picked(bits: str, places: tuple[int, ...]) -> str:
    return "".join(bits[place - 1] for place in places)


def _bits(block: bytes) -> str:
    return f"{int.from_bytes(block):0{8 * len(block)}b}"


def _subkeys(key: bytes) -> list[str]:
    halves, keys = _picked(_bits(key), _PC1), []
    left, right = halves[:28], halves[28:]
    for shift in _SHIFTS:
        left, right = left[shift:] + left[:shift], right[shift:] + right[:shift]
        keys.append(_picked(left + right, _PC2))
    return keys


def _des(block: bytes, subkeys: list[str]) -> bytes:
    bits = _picked(_bits(block), _IP)
    left, right = bits[:32], bits[32:]
    for subkey in subkeys:
        mixed = f"{int(_picked(right, _E), 2) ^ int(subkey, 2):048b}"
        made = ""
        for number, box in enumerate(_S):
            six = mixed[6 * number : 6 * number + 6]
            made += f"{box[16 * int(six[0] + six[5], 2) + int(six[1:5], 2)]:04b}"
        left, right = right, f"{int(left, 2) ^ int(_picked(made, _P), 2):032b}"
    return int(_picked(right + left, _FP), 2).to_bytes(8)


def des_encrypt(key: bytes, block: bytes) -> bytes:
    """Return 8 bytes encrypted with a key of 8."""
    return _des(block, _subkeys(key))


def des_decrypt(key: bytes, block: bytes) -> bytes:
    """Return 8 bytes decrypted with a key of 8."""
    return _des(block, _subkeys(key)[::-1])


def triple_des_cbc(key: bytes, start: bytes, text: bytes) -> bytes:
    """Return whole blocks decrypted by three DES keys of 8 bytes in the mode CBC, padding included."""
    plain = b""
    for at in range(0, len(text) & ~7, 8):
        block = text[at : at + 8]
        middle = des_encrypt(key[8:16], des_decrypt(key[16:24], block))
        plain += _xor(des_decrypt(key[:8], middle), start)
        start = block
    return plain
