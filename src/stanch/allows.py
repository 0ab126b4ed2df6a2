"""Inline allows: comments that accept a secret where it stands, stanch's own and those of other tools.

| written | on | accepts |
|---|---|---|
| `stanch:allow reason` | the secret's first line, or alone on the line before | all |
| `stanch:allow[rule, rule] reason` | the same | these rules |
| `gitleaks:allow`, `betterleaks:allow` | any line of the secret | all |
| `trufflehog:ignore` | the secret's last line, after it | all |
| `pragma: allowlist secret`, `pragma: whitelist secret` | the secret's first line | all |
| `pragma: allowlist nextline secret` | alone on the line before | all |

Others' are taken as gitleaks 8.26, trufflehog 3.60 and detect-secrets 1.5 take them: letter by letter, in any comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.regexes import lazy
from stanch.values import dataclass

REACH = 4_096
"""How far from the secret an allow may stand, in bytes. Minified code is one line: one comment must not silence it all.
And windows of large content have more than this around what they tell, so all of them see the same allows."""
LONGEST_REASON = 200
"""How much of a reason is quoted, in bytes."""

_OURS = lazy(rb"(?<![\w`])stanch:allow(?![\w-]|:\S)(?P<only>[ \t]{0,4}\[(?P<rules>[^\[\]\r\n]{0,400})(?P<end>\]?))?")
"""In backquotes it is spoken of, not meant. A list of rules that does not end names none, rather than all."""
_ANY_LINE = lazy(rb"(?:gitleaks|betterleaks):allow")
_AFTER = lazy(rb"trufflehog:ignore")
_SAME_LINE = lazy(rb"pragma: ?(?:allow|white)list[ -]secret")
_NEXT_LINE = lazy(rb"pragma: ?allowlist[ -]nextline[ -]secret")

_BREAK = lazy(rb"[\r\n]")
_OPENING = lazy(rb"(?:\xef\xbb\xbf)?[^\w\x80-\xff]*(?:(?i:rem|dnl)\b[^\w\x80-\xff]*)?")
"""What opens a comment: no words, but the two that do so in batch files and m4."""
_CLOSING = lazy(rb"\*/|\*\)|--\}|-->|#\}|-\}|%>|\|#")
_WORD = lazy(rb"[\w\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Allow:
    """A comment that accepts a secret."""

    start: int
    end: int
    """It is `data[start:end]`; what follows may be a reason."""
    marker: str
    """The marker, with the rule where it names rules; nothing else that stands in the text."""


def find(data: bytes, start: int, end: int, rule: str) -> Allow | None:
    """Return what allows the secret `data[start:end]` of `rule`, or None.

    Lines end where `\n` or `\r` says so. A line before that is not wholly in `data`, or further away than REACH,
    is none.
    """
    begin, stop = _begin(data, start), min(end + REACH, len(data))
    first, last = _end(data, start, stop), _end(data, max(start, end - 1), stop)
    before = _line_before(data, begin)
    return (
        _own(data, begin, min(start, first), rule)
        or _own(data, end, first, rule)
        or (before and _own(data, *before, rule, alone=True))
        or _other(_ANY_LINE, data, begin, last)
        or _other(_AFTER, data, end, last)
        or _other(_SAME_LINE, data, begin, first)
        or (before and _other(_NEXT_LINE, data, *before, alone=True))
        or None
    )


def markers(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where stanch's own markers stand. Others' may be there for the tools that they belong to."""
    for found in _OURS.finditer(data):
        yield found.span()


def explained(data: bytes, allow: Allow, until: int) -> str:
    """Return `allowed by stanch:allow[rule]: reason`. A reason ends with its comment, and before `until`.

    `until` is where the next secret begins: a comment on the same line may stand before it, or hold one.
    """
    if not allow.marker.startswith("stanch"):
        return f"allowed by {allow.marker}"
    stop = min(_end(data, allow.end, allow.end + LONGEST_REASON), max(until, allow.end))
    text, _ = _comment(data[_begin(data, allow.start) : allow.start], data[allow.end : stop])
    reason = text.decode("utf-8", "replace").strip(" \t:;,-\"'")
    return f"allowed by {allow.marker}" + (f": {reason}" if reason else "")


def _own(data: bytes, begin: int, end: int, rule: str, *, alone: bool = False) -> Allow | None:
    for found in _OURS.finditer(data, begin, end):
        if alone and not _alone(data, begin, end, found):
            continue
        if found["only"] is None:
            return Allow(*found.span(), "stanch:allow")
        if found["end"] and rule.encode() in (name.strip() for name in found["rules"].split(b",")):
            return Allow(*found.span(), f"stanch:allow[{rule}]")
    return None


def _other(marker: re.Pattern[bytes], data: bytes, begin: int, end: int, *, alone: bool = False) -> Allow | None:
    found = marker.search(data, begin, end)
    if found is None or (alone and not _alone(data, begin, end, found)):
        return None
    return Allow(*found.span(), found[0].decode("ascii"))


def _alone(data: bytes, begin: int, end: int, marker: re.Match[bytes]) -> bool:
    """Tell whether a line holds nothing but the comment that a marker stands in."""
    before = data[begin : marker.start()]
    _, beyond = _comment(before, data[marker.end() : end])
    return bool(_OPENING.fullmatch(before)) and not _WORD.search(beyond)


def _comment(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """Return what of the text after a marker belongs to its comment, and what does not.

    A quote that opened before the marker ends it too: JSON has no comments, and `"//": "stanch:allow"` instead.
    """
    ends = [found.start()] if (found := _CLOSING.search(after)) else []
    ends += [after.find(quote) for quote in (b'"', b"'") if before.count(quote) % 2 and quote in after]
    end = min(ends, default=len(after))
    return after[:end], after[end:]


def _begin(data: bytes, at: int) -> int:
    """Return where the line of `at` begins, or the farthest that counts."""
    low = max(0, at - REACH)
    return max(data.rfind(b"\n", low, at), data.rfind(b"\r", low, at), low - 1) + 1


def _end(data: bytes, at: int, stop: int) -> int:
    """Return where the line of `at` ends, without its break; at most `stop`."""
    found = _BREAK.search(data, at, stop)
    return found.start() if found else min(stop, len(data))


def _line_before(data: bytes, begin: int) -> tuple[int, int] | None:
    """Return where the line before the one that begins at `begin` stands; None when that is not known."""
    if begin == 0 or data[begin - 1] not in b"\r\n":
        return None
    end = begin - 2 if data[begin - 2 : begin] == b"\r\n" else begin - 1
    start = _begin(data, end)
    return (start, end) if start == 0 or data[start - 1] in b"\r\n" else None
