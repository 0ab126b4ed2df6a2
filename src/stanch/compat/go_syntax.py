"""Regular expressions of Go (RE2) as expressions that `re` and `regex` both read, on bytes, with the same meaning.

The syntax is the one of https://pkg.go.dev/regexp/syntax. What matches one character there matches one byte here, so
counts differ outside ASCII; beyond that, text which the one matches the other matches.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from stanch import expressions

DEEPEST = 50
"""Groups may be nested so deep."""
MOST = 1_000
"""Go's own bound on a repetition's count."""


class NotTranslated(ValueError):
    """An expression that Go does not read either, or that has no equal; the text says why, and does not quote it."""


def translated(text: str, secret: int | None = None) -> str:
    """Return the expression; its group number `secret` is called that, 0 for the whole match, and the rest are plain.

    With None the groups stay numbered as they are. Raises NotTranslated.
    """
    parser = _Parser(text, secret)
    body = parser.alternatives(_Flags(), 0)
    if parser.at < len(text):
        raise NotTranslated(f"a ) without its ( at {parser.at}")
    made = f"(?P<secret>{body})" if secret == 0 else body
    try:
        expressions.check(made)
    except ValueError as error:
        raise NotTranslated(str(error)) from None
    return made


@dataclass(frozen=True, slots=True)
class _Flags:
    i: bool = False
    m: bool = False
    s: bool = False
    U: bool = False


_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_NAMED = re.compile(r"\(\?P?<(\w+)>")
_COUNT = re.compile(r"\{(\d+)(,(\d*))?\}")
_POSIX = re.compile(r"\[:(\^?)(\w+):\]")
_HEX = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_PROPERTY = re.compile(r"\\([pP])(?:(\w)|\{(\^?)(\w+)\})")
_ASSERTIONS = (r"\A", r"\Z", r"\b", r"\B", r"(?<![^\n])", r"(?![^\n])")
_SPECIAL = "\\^$.|?*+()[]{}-&~"
"""With a meaning somewhere: inside a set, `&&`, `--`, `||` and `~~` are kept free for one."""
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\t-\r ",
    "upper": "A-Z", "word": r"0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip


class _Parser:
    """One pass over an expression; `at` is how far it has come."""

    def __init__(self, text: str, secret: int | None) -> None:
        self.text = text
        self.secret = secret
        self.at = 0
        self.groups = 0

    def alternatives(self, outer: _Flags, depth: int) -> str:
        """Return everything up to the end, or to the parenthesis that closes the group.

        A change of flags holds for the rest of the group. Of the flags only `i` is left to the engine, as a group
        inside each alternative; the others change what is written for `.`, `^`, `$` and a repetition.
        """
        if depth > DEEPEST:
            raise NotTranslated(f"groups nested deeper than {DEEPEST}")
        flags, made, opened = outer, "", False
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text.startswith(r"\Q", self.at):
                self._unquote()
            elif self.text[self.at] == "|":
                self.at += 1
                made += (")" if opened else "") + "|" + (_scope(flags) if opened else "")
            elif (change := _FLAGS.match(self.text, self.at)) and change[3] == ")":
                self.at = change.end()
                flags = _changed(flags, change)
                made += ")" if opened else ""
                opened = flags.i != outer.i
                made += _scope(flags) if opened else ""
            else:
                made += self._repeated(flags, depth)
        return made + (")" if opened else "")

    def _repeated(self, flags: _Flags, depth: int) -> str:
        """Return one item with the repetition that follows it."""
        item = self._item(flags, depth)
        sign = self.text[self.at : self.at + 1]
        count = _COUNT.match(self.text, self.at)
        if count and max(int(number or 0) for number in (count[1], count[3])) > MOST:
            raise NotTranslated(f"a repetition of more than {MOST}")
        if sign in ("*", "+", "?") or count:
            times = count[0] if count else sign
            self.at += len(times)
            lazy = self.text.startswith("?", self.at)
            self.at += lazy
            if self.text[self.at : self.at + 1] in ("*", "+", "?") or _COUNT.match(self.text, self.at):
                raise NotTranslated(f"a repetition of a repetition at {self.at}")
            item = f"(?:{item})" if item in _ASSERTIONS else item  # which Python does not repeat
            item += times + ("?" if lazy != flags.U else "")
        return item

    def _item(self, flags: _Flags, depth: int) -> str:
        start, char = self.at, self.text[self.at]
        if char == "(":
            return self._group(flags, depth)
        if char == "[":
            return self._set()
        if char == "\\":
            return self._escape()
        if char in "*+?":
            raise NotTranslated(f"nothing to repeat at {start}")
        self.at += 1
        if char == ".":
            return r"[\x00-\xff]" if flags.s else "."
        if char == "^":
            return r"(?<![^\n])" if flags.m else r"\A"
        if char == "$":
            return r"(?![^\n])" if flags.m else r"\Z"
        return _literal(ord(char))

    def _group(self, flags: _Flags, depth: int) -> str:
        change, named = _FLAGS.match(self.text, self.at), _NAMED.match(self.text, self.at)
        opening, inner = "(?:", flags
        if change:
            self.at = change.end()
            inner = _changed(flags, change)
            opening = _scope(inner) if inner.i != flags.i else "(?:"
        elif self.text.startswith("(?", self.at) and not named:
            raise NotTranslated(f"{self.text[self.at : self.at + 3]} at {self.at}, which Go does not know")
        else:
            self.at = named.end() if named else self.at + 1
            self.groups += 1
            opening = "(" if self.secret is None else "(?P<secret>" if self.secret == self.groups else "(?:"
        body = self.alternatives(inner, depth + 1)
        if not self.text.startswith(")", self.at):
            raise NotTranslated("a ( without its )")
        self.at += 1
        return f"{opening}{body})"

    def _unquote(self) -> None:
        r"""Write what stands between `\Q` and `\E` as escapes, in the text itself: a repetition is of its last one."""
        quoted, _, rest = self.text[self.at + 2 :].partition(r"\E")
        self.text = self.text[: self.at] + "".join(f"\\x{{{ord(char):x}}}" for char in quoted) + rest

    def _escape(self) -> str:
        """Return what a backslash outside a set begins."""
        char = self.text[self.at + 1 : self.at + 2]
        simple = {"A": r"\A", "z": r"\Z", "b": r"\b", "B": r"\B", "d": r"\d", "D": r"\D", "w": r"\w", "W": r"\W",
                  "s": r"\s", "S": r"\S", "C": r"[\x00-\xff]"}.get(char)  # fmt: skip
        if simple:
            self.at += 2
            return simple
        found = _PROPERTY.match(self.text, self.at)
        if found:
            self.at = found.end()
            return f"[{_property(found)}]"
        return _literal(self._character())

    def _set(self) -> str:
        """Return a set of characters."""
        start = self.at
        self.at += 1
        negated = self.text.startswith("^", self.at)
        self.at += negated
        made = ""
        while not self.text.startswith("]", self.at) or not made:
            if self.at >= len(self.text):
                raise NotTranslated(f"a [ without its ] at {start}")
            made += self._member()
        self.at += 1
        return f"[{'^' if negated else ''}{made}]"

    def _member(self) -> str:
        posix = _POSIX.match(self.text, self.at)
        if posix:
            if posix[2] not in _CLASSES:
                raise NotTranslated(f"no class [:{posix[2]}:]")
            self.at = posix.end()
            return _but(_CLASSES[posix[2]]) if posix[1] else _CLASSES[posix[2]]
        found = _PROPERTY.match(self.text, self.at)
        if found:
            self.at = found.end()
            return _property(found)
        if self.text[self.at] == "\\" and self.text[self.at + 1 : self.at + 2] in tuple("dDwWsS"):
            self.at += 2
            return self.text[self.at - 2 : self.at]
        first = last = self._character()
        if self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            last = self._character()
        if last < first:
            raise NotTranslated(f"a range that ends before it begins at {self.at}")
        if last > 127 and not (first <= 128 and last >= 0x10FFFF):
            raise NotTranslated(f"a set of characters outside ASCII at {self.at}")
        return _byte(first) if first == last else f"{_byte(first)}-{_byte(min(last, 255))}"

    def _character(self) -> int:
        """Return the code point of the next character, escaped or not."""
        char = self.text[self.at]
        if char != "\\":
            self.at += 1
            return ord(char)
        for pattern, base in ((_HEX, 16), (_OCTAL, 8)):
            found = pattern.match(self.text, self.at)
            if found:
                self.at = found.end()
                code = int(next(group for group in found.groups() if group), base)
                if code > 0x10FFFF:
                    raise NotTranslated(f"no such character at {self.at}")
                return code
        char = self.text[self.at + 1 : self.at + 2]
        if not char or (char not in _CONTROL and char.isascii() and char.isalnum()):
            raise NotTranslated(f"\\{char} at {self.at}, which Go does not know")
        self.at += 2
        return _CONTROL.get(char, ord(char))


def _changed(flags: _Flags, change: re.Match[str]) -> _Flags:
    values = {name: getattr(flags, name) for name in "imsU"}
    values |= dict.fromkeys(change[1], True) | dict.fromkeys(change[2] or "", False)
    return _Flags(**values)


def _scope(flags: _Flags) -> str:
    return "(?i:" if flags.i else "(?-i:"


def _literal(code: int) -> str:
    """Return a character as its bytes in UTF-8, as one item."""
    if code < 128:
        return _byte(code)
    data = chr(code).encode("utf-8", "surrogatepass")
    return "(?:" + "".join(f"\\x{byte:02x}" for byte in data) + ")"


def _byte(code: int) -> str:
    char = chr(code)
    if not char.isascii() or not char.isprintable():
        return f"\\x{code:02x}"
    return "\\" + char if char in _SPECIAL else char


def _but(members: str) -> str:
    """Return the members of a set that are all bytes but these."""
    inside = re.compile(f"[{members}]".encode())
    return "".join(f"\\x{byte:02x}" for byte in range(256) if not inside.match(bytes((byte,))))


def _property(found: re.Match[str]) -> str:
    r"""Return the members of `\p{L}`: its ASCII ones, and every byte outside ASCII, which may be part of one."""
    name = found[2] or found[4]
    if not re.fullmatch("[LMNPSZC][a-z]?", name):
        raise NotTranslated(f"no property {name} but the general categories")
    ascii_members = "".join(f"\\x{n:02x}" for n in range(128) if unicodedata.category(chr(n)).startswith(name))
    negated = (found[1] == "P") != bool(found[3])
    return (_but(ascii_members or r"\x80-\xff") if negated else ascii_members) + r"\x80-\xff"
