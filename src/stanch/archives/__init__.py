"""Archives and compressed content, opened in memory and within bounds.

They are told by what they hold, never by a name. `opening.opened` yields the innermost contents, each with the layers
on the way to it, and what was not read with the reason. Nothing is written anywhere. Content that is no archive, or
could not be opened wholly, is yielded as it stands.

| module | what it is for |
|---|---|
| `opening` | the way in |
| `bounds` | how much is opened |
| `stream`, `trouble` | bytes in order, bytes at any place; why they end too early |
| `zip`, `tar`, `ar`, `cpio` | archives, and the packages that they are: Debian's, rpm's |
| `compressed`, `zstd` | compressed content |
| `documents`, `programs`, `sqlite` | content whose text is divided by something else: told as lines |

This one says only what may be an archive: every scan imports it, and asks it of every content.
"""

from __future__ import annotations

HEAD = 512
"""How much of its beginning tells what content is, in bytes."""
TAIL = 22 + 0xFFFF
"""And of its end, where it begins like one of PROGRAMS: a zip may stand behind it."""
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"Cr24")
_MAGICS = (
    b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"]\0\0", b"\x28\xb5\x2f\xfd", b"!<arch>\n",
    b"07070", b"\xed\xab\xee\xdb", b"SQLite format 3\0", b"\xca\xfe\xba\xbe",
)  # fmt: skip
_BEGINNINGS = frozenset(magic[:2] for magic in (*_MAGICS, *PROGRAMS))
_PYTHON = b"\r\n", b"\x0c\x0d\x0e\x0f\xf2\xf3"
"""What compiled Python has in its third and fourth byte, and the second byte of its version."""
_TAR = b"ustar"
_ZIP_ENDS = b"PK\5\6"


def suspected(data: bytes) -> bool:
    """Tell whether content, of which the first HEAD and the last TAIL bytes are asked for, may be an archive.

    It says yes to archives, and to hardly anything else.
    """
    if data[257:262] == _TAR:
        return True
    if data[2:4] == _PYTHON[0] and data[1] in _PYTHON[1]:
        return True
    if data[:2] not in _BEGINNINGS:
        return False
    return data.startswith(_MAGICS) or (data.startswith(PROGRAMS) and data.rfind(_ZIP_ENDS, -TAIL) >= 0)
