"""The grammar of shells (POSIX sh, bash, zsh, fish, csh): a text's commands, those in `$(…)` before their outer one.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, and the quoting of bash's manual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.commands.words import Command, Piece, Word
from stanch.regexes import lazy

LONGEST_QUOTE = 16_384
"""A quote that does not close in so many bytes is a character."""
LONGEST_DOCUMENT = 65_536
"""A heredoc that does not end in so many bytes is none."""
DEEPEST = 20
"""How many `$(` may be open at once."""
MOST_LOST = 10
"""After so many heredocs without an end no more are looked for."""

_PLAIN = rb"""[^\s"'`$\\;&|<>()]"""
_DEFAULT = rb"""\$\{(?P<name>\w{1,80}):?[-=](?P<default>[^{}$`"'\\\r\n]{1,400})\}"""
_OUTSIDE = lazy(
    rb"""(?P<blank> (?:[ \t\r\f\v]|\\\r?\n)+ )
    | (?P<plain> PLAIN+ )
    | (?P<newline> \n )
    | (?P<end> ;[;&|]* | &&? (?!>) | \|[|&]? )
    | (?P<redirect> &? (?: <<<|<<-?|<>|<|>>|>\||> ) (?: &[\d-]* )? )
    | (?P<ansi> \$'(?:[^'\\]|\\[\x00-\xff]){0,LONG}' )
    | (?P<single> '[^']{0,LONG}' )
    | (?P<double> \$?" )
    | (?P<open> \$\((?!\() | [<>]\( )
    | (?P<filled> \$\(\((?:[^()]|\([^()]*\)){0,400}\)\) | DEFAULT
        | \$\{(?:[^{}\n]|\{[^{}\n]*\}){0,400}\} | \$[A-Za-z_]\w{0,80} | \$[@*\#?$!0-9-] )
    | (?P<tick> `(?:[^`\\]|\\[\x00-\xff]){0,1000}` )
    | (?P<escape> \\[^\r\n] )
    | (?P<paren> [()] )
    | (?P<other> [\x00-\xff] )""".replace(b"PLAIN", _PLAIN)
    .replace(b"DEFAULT", _DEFAULT)
    .replace(b"LONG", b"%d" % LONGEST_QUOTE),
    re.VERBOSE,
)
_INSIDE = lazy(
    rb"""(?P<plain> [^"\\$`]+ )
    | (?P<close> " )
    | (?P<open> \$\((?!\() )
    | (?P<filled> \$\(\((?:[^()]|\([^()]*\)){0,400}\)\) | DEFAULT
        | \$\{(?:[^{}\n]|\{[^{}\n]*\}){0,400}\} | \$[A-Za-z_]\w{0,80} | \$[@*\#?$!0-9-] )
    | (?P<tick> `(?:[^`\\]|\\[\x00-\xff]){0,1000}` )
    | (?P<continued> \\\r?\n )
    | (?P<escape> \\["\\$`] )
    | (?P<other> [\x00-\xff] )""".replace(b"DEFAULT", _DEFAULT),
    re.VERBOSE,
)
_ANSI = lazy(
    rb"\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9a-fA-F]{1,2})|u(?P<short>[0-9a-fA-F]{1,4})"
    rb"|U(?P<wide>[0-9a-fA-F]{1,8})|c(?P<control>[@-_a-z])|(?P<sign>[\x00-\xff]))"
)
_SIGNS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"e": b"\x1b", b"f": b"\f", b"v": b"\v"}
_KEYWORDS = frozenset(b"if then else elif while until do ! { time and or not begin".split())
"""A command follows them."""


def commands(data: bytes, start: int = 0, end: int | None = None, depth: int = 0) -> Iterator[Command | Assignment]:
    """Yield the commands in `data[start:end]` by their ends, and the constants that stand in for variables: `${X:-y}`.

    Spans are those of `data`. `depth` says how many backquotes it stands in.
    """
    return _Lexer(data, start, len(data) if end is None else end, depth).run()


class _Frame:
    """What is open between two parentheses: a command, and a word of it."""

    __slots__ = ("command", "inside", "pieces", "quoted", "start", "target")

    def __init__(self, *, inside: bool) -> None:
        self.command = Command()
        self.pieces: list[Piece] | None = None
        """None between words."""
        self.start = 0
        self.quoted = False
        self.target = b""
        """The sign of the redirection that the next word is for."""
        self.inside = inside


class _Lexer:
    def __init__(self, data: bytes, start: int, end: int, depth: int) -> None:
        self._data, self._start, self._stop = data, start, end
        self._depth = depth
        self._frames = [_Frame(inside=False)]
        self._pending: list[tuple[bytes, Command]] = []
        """Heredocs whose bodies begin on the next line, by their last lines."""
        self._done: list[Command] = []
        """Commands that wait for these."""
        self._lost = 0

    def run(self) -> Iterator[Command | Assignment]:
        data, at, stop = self._data, self._start, self._stop
        outside, inside = _OUTSIDE.match, _INSIDE.match
        while at < stop:
            frame = self._frames[-1]
            found = (inside if frame.quoted else outside)(data, at, stop)
            if found is None:
                break
            kind, end = found.lastgroup or "", found.end()
            if kind == "plain":
                if frame.pieces is None:
                    if data[at] == 35:  # a comment; behind a quote it cannot be reached
                        end = data.find(b"\n", at, stop)
                        at = end if end >= 0 else stop
                        continue
                    frame.pieces, frame.start = [], at
                frame.pieces.append((found[0], at, end, True))
                if end < stop and data[end] == 32 and not frame.quoted:  # the rule, and so a match less
                    self._finish(frame, end)
                    end += 1
            elif kind == "blank":
                if frame.pieces is not None and found[0] not in (b"\\\n", b"\\\r\n"):
                    self._finish(frame, at)
            elif kind == "newline" or kind == "end":
                self._end(frame, at, found[0])
                if kind == "newline" and self._pending:
                    end = self._documents(end)
            elif kind == "redirect":
                self._redirect(frame, at, found[0])
            elif kind == "open":
                self._open(frame, at, found)
            elif kind == "paren":
                self._paren(frame, at, found[0])
            else:
                if frame.pieces is None:
                    frame.pieces, frame.start = [], at
                self._piece(frame, kind, at, found)
                yield from self._filled(found, kind, at)
            if self._done and not self._pending:
                yield from self._done
                self._done.clear()
            at = end
        while self._frames:
            self._end(self._frames.pop(), stop, b"")
        yield from self._done

    def _piece(self, frame: _Frame, kind: str, at: int, found: re.Match[bytes]) -> None:
        """Add to the open word what is not plain."""
        pieces, end, text = frame.pieces or [], found.end(), found[0]
        if kind == "single":
            pieces.append((text[1:-1], at + 1, end - 1, True))
        elif kind == "double":
            frame.quoted = self._data.find(b'"', end, min(end + LONGEST_QUOTE, self._stop)) >= 0
            if not frame.quoted:
                pieces.append((text, at, end, True))
        elif kind == "close":
            frame.quoted = False
        elif kind == "escape":
            pieces.append((text[1:], at, end, True))
        elif kind == "ansi":
            pieces.extend(unescaped(self._data, at + 2, end - 1))
        elif kind == "other":
            pieces.append((text, at, end, True))
        elif kind == "tick":
            pieces.append((b"`", at, at + 1, False))
        elif kind != "continued":
            pieces.append((text, at, end, False))
        frame.pieces = pieces

    def _filled(self, found: re.Match[bytes], kind: str, at: int) -> Iterator[Command | Assignment]:
        """Yield what stands inside of something that a shell fills in."""
        if kind == "tick" and self._depth < 2:
            yield from commands(self._data, at + 1, found.end() - 1, self._depth + 1)
        elif kind == "filled" and found["default"] and len(found["default"]) >= 4:
            yield Assignment(found["name"], found["default"], (found.span("default"),), True)

    def _open(self, frame: _Frame, at: int, found: re.Match[bytes]) -> None:
        """Begin a command inside of a word: `$(`, `<(`."""
        if frame.pieces is None:
            frame.pieces, frame.start = [], at
        frame.pieces.append((found[0], at, found.end(), False))
        if len(self._frames) < DEEPEST:
            self._frames.append(_Frame(inside=True))

    def _paren(self, frame: _Frame, at: int, sign: bytes) -> None:
        """End a command, since parentheses are no part of one, and return to the word that it stands in."""
        self._end(frame, at, sign)
        if frame.inside and sign == b")":
            self._frames.pop()
        elif frame.inside and len(self._frames) < DEEPEST:
            self._frames.append(_Frame(inside=True))  # to be closed before the outer one

    def _redirect(self, frame: _Frame, at: int, sign: bytes) -> None:
        if frame.pieces is not None:
            if len(frame.pieces) == 1 and frame.pieces[0][0].isdigit():
                frame.pieces = None  # a file's number: `2>`
            else:
                self._finish(frame, at)
        frame.target = b"" if b"&" in sign[1:] else sign.strip(b"&")

    def _finish(self, frame: _Frame, end: int) -> None:
        """End the open word."""
        if frame.pieces is None:
            return
        word = Word(frame.pieces, frame.start, end)
        frame.pieces = None
        target, frame.target = frame.target, b""
        command = frame.command
        if not target:
            if command.words or word.value not in _KEYWORDS:
                command.words.append(word)
        elif target == b"<<<":
            command.stdin.append(word)
        elif target.startswith(b"<<"):
            self._pending.append((word.value, command))
        elif target.startswith(b">"):
            command.targets.append(word)

    def _end(self, frame: _Frame, at: int, sign: bytes) -> None:
        """End the open command, if there is any."""
        self._finish(frame, at)
        frame.quoted, frame.target = False, b""
        done = frame.command
        if done.words or done.stdin:
            frame.command = Command()
            if sign in (b"|", b"|&"):
                frame.command.piped = done
                if done.piped:
                    done.piped.piped = None  # one step back is enough
            self._done.append(done)
        elif sign != b"\n" and sign[:1] != b"|":
            done.piped = None  # only a newline may stand behind the sign of a pipe

    def _documents(self, at: int) -> int:
        """Tell commands of the heredocs whose bodies begin at `at`, and return where they end."""
        for delimiter, command in self._pending:
            found = self._document(at, delimiter) if delimiter and self._lost < MOST_LOST else None
            if found is None:
                self._lost += 1
            else:
                command.documents.append((at, found[0]))
                at = found[1]
        self._pending.clear()
        return at

    def _document(self, at: int, delimiter: bytes) -> tuple[int, int] | None:
        """Return where the line begins that ends a heredoc, and where the next one does.

        It may be indented, as a script inside of another format is.
        """
        data, stop = self._data, min(at + LONGEST_DOCUMENT, self._stop)
        place = data.find(delimiter, at, stop)
        while place >= 0:
            first, last = data.rfind(b"\n", 0, place) + 1, data.find(b"\n", place, self._stop)
            last = last if last >= 0 else self._stop
            if first >= at and data[first:last].strip() == delimiter:
                return first, min(last + 1, self._stop)
            place = data.find(delimiter, last, stop)
        return None


def unescaped(data: bytes, start: int, end: int) -> Iterator[Piece]:
    """Yield the pieces of what stands between `$'` and `'`."""
    at = start
    for found in _ANSI.finditer(data, start, end):
        if found.start() > at:
            yield data[at : found.start()], at, found.start(), True
        kind, at = found.lastgroup or "", found.end()
        text = found[kind]
        if kind == "sign":
            value = _SIGNS.get(text, text)
        elif kind == "control":
            value = bytes([text[0] & 31])
        else:
            number = int(text, 8 if kind == "octal" else 16)
            wide = kind in ("short", "wide")
            value = chr(min(number, 0x10FFFF)).encode("utf-8", "replace") if wide else bytes([number & 255])
        yield value, found.start(), at, True
    if end > at:
        yield data[at:end], at, end, True
