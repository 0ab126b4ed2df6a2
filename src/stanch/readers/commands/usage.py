"""Applies the table of programs to a command: which words are in the places that hold credentials."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from stanch.readers import Assignment
from stanch.readers.commands import arguments
from stanch.readers.commands.programs import Place, Usage, programs
from stanch.readers.commands.words import Command, Word
from stanch.regexes import lazy

_HOST = lazy(rb"://(?:[^/\s@]*@)?([\w.-]{1,100})")
_FLAGS_BEFORE = frozenset(
    (b"-i", b"-t", b"-it", b"-ti", b"-d", b"-T", b"-n", b"-E", b"-H", b"-S", b"-tt", b"-m", b"--rm", b"--tty", b"--")
)
"""Options of programs that run others, after which a program's name is one, and no option's value."""
_FOLDER = lazy(rb"[/\\]")
_DYNAMIC_NAME = lazy(rb"\$\{?(\w+)\}?\Z")
_LONG = lazy(r"-[a-z][A-Za-z]{2,}")
_MOST = 6
"""How many of a command's words are taken for programs."""
_LONGEST = 500
"""How many words of a command are looked at."""
_LINES = 50
"""So many lines of a heredoc are looked at."""


@lru_cache(maxsize=65_536)
def program(value: bytes) -> bytes:
    """Return the name that a word would have as a program: without folders and `.exe`, in lower case.

    A variable is taken for the program that it is named after: `$MYSQL`.
    """
    if b"/" in value or b"\\" in value:
        value = _FOLDER.split(value)[-1]
    if value[:1] == b"$":
        found = _DYNAMIC_NAME.match(value)
        value = found[1] if found else value
    return value.lower().lstrip(b"@").removesuffix(b".exe")


def section(words: list[Word]) -> bytes:
    """Return what tells whose a command's credentials are: the program and the hosts that it speaks to."""
    if not words:
        return b""
    found = [program(words[0].value)]
    for word in words:
        if b"://" in word.value:
            host = _HOST.search(word.value)
            if host:
                found.append(host[1])
    return b" ".join(found)


def given(command: Command, data: bytes, section: bytes, flags: set[int] | None = None) -> Iterator[Assignment]:
    """Yield what stands in the places of the programs that a command calls, one of them perhaps to run the next.

    `flags` is told where options begin that take no value, whatever they are called.
    """
    known, words = programs(), command.words
    called = [program(word.value) for word in words]
    if known.keys().isdisjoint(called):
        return
    hosts = section.partition(b" ")[1:]
    numbers = [number for number, name in enumerate(called) if name in known]
    for number in numbers[:_MOST]:
        usages = known[called[number]]
        before = words[number - 1].value if number else b""
        if before[:1] == b"-" and b"=" not in before and before not in _FLAGS_BEFORE:
            continue
        whose = b"".join((called[number], *hosts))
        for usage in usages:
            call = _Call(usage, words[number + 1 : number + _LONGEST], whose)
            yield from call.read(command, data)
            if flags is not None:
                flags |= call.flags


class _Call:
    """A program's arguments under one of its usages."""

    def __init__(self, usage: Usage, arguments: list[Word], section: bytes) -> None:
        self._usage, self._arguments, self._section = usage, arguments, section
        self._places = usage.places
        self._operands: list[Word] = []
        """The words that are no options and no options' values."""
        self._options: dict[str, Word] = {}
        """The values of the options that follow as words."""
        self._given: set[bytes] = set()
        """The options' names."""
        self.flags: set[int] = set()
        """Where options begin that take no value."""
        self._attached = not any(_LONG.fullmatch(place.sign) for place in usage.places)
        """May a value stand right behind an option of one letter? Not where options have one hyphen and many."""
        self._found: list[tuple[Place, Word, int]] = []
        """Places with their words, and where in them the value begins."""

    def read(self, command: Command, data: bytes) -> Iterator[Assignment]:
        self._sort()
        operands = self._behind_subcommands()
        if operands is None:
            return
        for place, word, start in self._found:
            if place.kind.startswith("named:"):
                name = self._options.get(place.kind[6:])
                if name:
                    yield from arguments.named(name, word, start, self._section)
            else:
                yield from arguments.KINDS[place.kind](word, start, self._section)
        for place in self._places:
            if place.sign[0] not in "-+":
                yield from self._at(place, operands, command, data)

    def _sort(self) -> None:
        """Tell options, their values and other words apart."""
        slashes = any(place.sign == "/" for place in self._places)
        words, number = self._arguments, 0
        while number < len(words):
            word = words[number]
            number += 1
            value = word.mask
            prefixed = self._prefixed(word)
            if prefixed:
                continue
            if value[:1] == b"/" and slashes:
                continue
            if value[:1] != b"-" and not (value[:1] == b"/" and self._is_option(value)):
                self._operands.append(word)
                continue
            self._given.add(value.partition(b"=")[0])
            number += self._option(word, words[number] if number < len(words) else None)

    def _is_option(self, value: bytes) -> bool:
        return any(place.sign == value.decode("latin-1") for place in self._places)

    def _prefixed(self, word: Word) -> bool:
        """Note a word that begins as a place says."""
        for place in self._places:
            sign = place.sign
            begins = sign[-1] in ":=" and sign[:2] != "--"
            if begins and word.mask[: len(sign)].lower() == sign.lower().encode():
                self._found.append((place, word, len(sign)))
                return True
        return False

    def _option(self, word: Word, following: Word | None) -> int:
        """Note an option's value, and return how many words it takes behind the option's own."""
        text = word.mask.decode("latin-1")
        whole, equals, _ = text.partition("=")
        letters = ""
        for place in self._places:
            sign = place.sign
            if sign[0] == "+":
                letters += sign[1:]
            elif sign == whole or (equals and sign == whole + "="):
                return self._valued(place, word, len(whole) + 1 if equals else 0, following)
        return self._short(text, letters, word, following)

    def _valued(self, place: Place, word: Word, start: int, following: Word | None) -> int:
        if place.kind == "flag" or place.sign[-1] in "=*":
            self.flags.add(word.start)
        if place.kind == "flag":
            return 0
        if start:
            self._note(place, word, start)
            return 0
        if place.sign[-1] in "=*" or following is None:
            return 0
        if following.mask[:1] == b"-" and len(following.mask) > 1:
            return 0
        self._note(place, following, 0)
        return 1

    def _note(self, place: Place, word: Word, start: int) -> None:
        if not start:
            self._options[place.sign] = word
        if place.kind not in ("skip", "flag"):
            self._found.append((place, word, start))

    def _short(self, text: str, letters: str, word: Word, following: Word | None) -> int:
        """Note the value of an option of one letter, which may stand behind flags: `-sSu`."""
        at = 1
        while at < len(text) and text[at] in letters:
            at += 1
        if text[:2] == "--" or at >= len(text):
            return 0
        for place in self._places:
            sign = place.sign.removesuffix("*")
            if sign[:1] != "-" or not 2 <= len(sign) <= 3 or (len(sign) == 3 and sign != "-hp"):
                continue
            if text[at : at + len(sign) - 1] != sign[1:] or text[:5] == "-pass":
                continue
            end = at + len(sign) - 1
            if end < len(text) and not self._attached:
                continue
            if end < len(text):
                if place.kind != "skip":
                    self._found.append((place, word, end))
                return 0
            return self._valued(place, word, 0, following) if at > 1 else 0
        return 0

    def _behind_subcommands(self) -> list[Word] | None:
        """Return the operands behind the subcommands, or None when these are not there."""
        needed = self._usage.subcommands
        if not needed:
            return self._operands
        for first in range(min(3, len(self._operands) - len(needed) + 1)):
            if all(self._operands[first + at].value in choices for at, choices in enumerate(needed)):
                return self._operands[first + len(needed) :]
        return None

    def _at(self, place: Place, operands: list[Word], command: Command, data: bytes) -> Iterator[Assignment]:
        """Yield what stands in a place that is told by its position."""
        sign, kind = place.sign, place.kind
        if sign[0] == "<":
            if not sign[1:] or any(flag.startswith(sign[1:].encode()) for flag in self._given):
                for word in _standard_input(command, data, whole=kind in ("sql", "ftp", "pairs")):
                    yield from arguments.KINDS[kind](word, 0, self._section)
        elif sign[-1] == ">":
            yield from self._behind_word(sign[:-1].encode(), kind, operands)
        elif sign[0] == "$":
            flag = sign[1:].encode()
            if operands[1:] and any(flag in option and option[:2] != b"--" for option in self._given):
                yield from arguments.KINDS[kind](operands[-1], 0, self._section)
        elif sign[0].isdigit():
            first = int(sign.rstrip("+")) - 1
            chosen = operands[first:] if sign[-1] == "+" else operands[first : first + 1]
            if kind == "named":
                value = operands[first + 1 : first + 2]
                if chosen and (value or b"=" in chosen[0].mask):
                    yield from arguments.named(chosen[0], (value or chosen)[0], 0, self._section)
                return
            for word in chosen:
                if kind in ("pair", "pairs", "item") or not arguments.PAIRED.match(word.mask):
                    yield from arguments.KINDS[kind](word, 0, self._section)

    def _behind_word(self, key: bytes, kind: str, operands: list[Word]) -> Iterator[Assignment]:
        for word, following in pairwise(operands):
            if word.value == key or (key == b"\\\\" and word.value[:2] == key):
                yield from arguments.KINDS[kind](following, 0, self._section)


def _standard_input(command: Command, data: bytes, *, whole: bool) -> Iterator[Word]:
    """Yield what comes in from the text itself: the lines of a here-string, of a heredoc, of what `echo` prints."""
    yield from command.stdin
    spans = list(command.documents)
    if command.piped:
        yield from _printed(command.piped)
        spans += command.piped.documents
    for start, end in spans:
        if whole:
            yield Word([(data[start:end], start, end, True)], start, end)
            continue
        for _ in range(_LINES):
            stop = data.find(b"\n", start, end)
            line = data[start : stop if stop >= 0 else end].rstrip(b"\r")
            if line:
                yield Word([(line, start, start + len(line), b"$" not in line)], start, start + len(line))
            if stop < 0:
                break
            start = stop + 1


_FILLED = lazy(rb"%-?\d*[sb]|\\n|[\r\n]")
_END = lazy(rb"\\[nr]|[\r\n]")


def _printed(command: Command) -> Iterator[Word]:
    """Yield the line that `echo` or `printf` prints, without its end."""
    words = [word for word in command.words if program(word.value) not in (b"sudo", b"command", b"builtin")]
    if not words or words[0].value not in (b"echo", b"printf", b"print", b"Write-Output"):
        return
    told = [word for word in words[1:] if word.value[:1] != b"-"]
    if words[0].value == b"printf" and len(told) > 1 and _FILLED.search(told[0].value):
        told = told[1:]
    for word in told[:4]:
        end = _END.search(word.value)
        yield Word(_first(word, end.start()), word.start, word.end) if end else word


def _first(word: Word, length: int) -> list[tuple[bytes, int, int, bool]]:
    """Return the pieces of a word's first bytes."""
    found = []
    for value, start, end, fixed in word.pieces:
        if length <= 0:
            break
        plain = len(value) == end - start
        kept = value[:length]
        found.append((kept, start, start + len(kept) if plain else end, fixed))
        length -= len(value)
    return found
