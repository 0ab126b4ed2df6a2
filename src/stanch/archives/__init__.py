"""Archives and compressed content, opened in memory and within bounds.

They are told by what they hold, never by a name. `opening.opened` yields the innermost contents, each with the layers
on the way to it, and what was not read with the reason. Nothing is written anywhere. Content that is no archive, or
could not be opened wholly, is yielded as it stands.

| module | what it is for |
|---|---|
| `opening` | the way in |
| `bounds` | how much is opened |
| `stream`, `trouble` | bytes in order, bytes at any place; why they end too early |
| `zip`, `tar`, `compressed` | the formats |

This one says only what may be an archive: every scan imports it, and asks it of every content.
"""

from __future__ import annotations

HEAD = 512
"""How much of its beginning tells what content is, in bytes."""
TAIL = 22 + 0xFFFF
"""And of its end, where it begins like one of PROGRAMS: a zip may stand behind it."""
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"Cr24")
_MAGICS = (b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"]\0\0")
_BEGINNINGS = frozenset(magic[:2] for magic in (*_MAGICS, *PROGRAMS))
_TAR = b"ustar"
_ZIP_ENDS = b"PK\5\6"


def suspected(data: bytes) -> bool:
    """Tell whether content, of which the first HEAD and the last TAIL bytes are asked for, may be an archive.

    It says yes to archives, and to hardly anything else.
    """
    if data[257:262] == _TAR:
        return True
    if data[:2] not in _BEGINNINGS:
        return False
    return data.startswith(_MAGICS) or (data.startswith(PROGRAMS) and data.rfind(_ZIP_ENDS, -TAIL) >= 0)
