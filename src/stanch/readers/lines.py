"""Reads an assignment, a name and its value, from one line of any configuration format or language.

Values are folded as a compiler would: `'Basic ' + 'user:word'` is one value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import ahocorasick

from stanch import names, pointers
from stanch.readers import Assignment
from stanch.regexes import lazy
from stanch.values import replace

LONGEST_LINE = 2_000
"""A longer line is read around its hits only."""
LONGEST_VALUE = 4_096

_NAME_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$"
_AFTER = tuple(lazy(after.encode()) for _, after in names.FAMILIES)
_AFTER_BLANK = lazy(names.AFTER_BLANK.encode())
_BEFORE_QUOTE = lazy(names.QUOTED.encode())
_BEFORE_BLANK = lazy(rf"(?:{'|'.join(names.BEFORE_BLANK)})\Z".encode(), re.IGNORECASE)
_PROSE = lazy(
    rb"[\w\-]*[ \t]{1,4}(?:[a-z]+[.,;:]?[ \t]+[a-z]+\b(?![=/.])|(?:option|flag|argument|parameter|prompt)s?\b)"
)
"""Words that follow an option in a sentence, not in a command: `--password suffers from the same`."""
_VERBS = frozenset((b"pass", b"token", b"secret", b"auth", b"tokens", b"secrets"))
_SECOND = lazy(rb"""["'`],[ \t]*["'`]""")
_AND_MORE = lazy(rb"""["'`],""")
_PAIRS = lazy(rb"(?i)\w*(?:credentials?|userpass(?:word)?|auth|from_?password)")
"""Functions that are given a user before the password: `NetworkCredential("ada", read())`."""
_NAME_END = lazy(rb"[\w.\-$\x80-\xff]{0,%d}" % names.LONGEST)

_HANDED = (
    rb"unwrap_or(?:_else)?|or_?[eE]lse|get_?[oO]r_?[eE]lse"
    rb"|send_?[kK]eys|fill|type|set_?(?:[vV]alue|[tT]ext)"
)
"""Methods that are given a value for what is called by a name: where it is missing, or to type it into a field."""
_HANDS = lazy(_HANDED)
_SEPARATOR = lazy(
    rb"""[\\"'`\])}]{0,4}(?:\[(?:["':]{1,2}(?P<member>[\w.\-]{1,40})["']?)?\](?=[ \t]{0,24}=))?[ \t]{0,24}
    (?:
        (?P<block> BLOCK \r?\n[ \t]{1,40} )
      | (?P<bare> TYPED [ \t]= (?![=>])
                | [?!+|:]{0,2}[:=]=?=?>? | -> )
      | (?P<quoting> \|\| | \?\? | ,[ \t]*["'\\]{0,3}(?:[dD]efault_?)?[vV]alue["'\\]{0,3}[ \t]*[:=]
                | [ \t][vV]alue[ \t]*= | [,(] | \{(?=["']) | \.(?:HANDED)\((?:\|\w{0,9}\|[ ]?|\(\)[ ]?->[ ]?)? )
      | (?P<element> > )
    )[ \t]{0,24}""".replace(b"BLOCK", names.BLOCK.encode())
    .replace(b"TYPED", names.TYPED.encode())
    .replace(b"HANDED", _HANDED),
    re.VERBOSE,
)
_OPENS_BLOCK = lazy(names.BLOCK.encode() + rb"\r?\Z")
_BLOCK_END = frozenset(b"|>+- \t\r")
_BLANK = lazy(rb"[ \t]{1,4}")
_OPEN = lazy(rb"""(?P<prefix>[a-zA-Z@$]{0,2})(?P<quote>\\{0,2}(?:"{3}|'{3}|["'`]))""")
_CLOSE = {
    quote: lazy(rb"(?:\\.|[^\\\r\n])*?(?=%s)" % re.escape(quote), re.DOTALL)
    for quote in (b'"', b"'", b"`", b'"""', b"'''")
}
_BARE = lazy(
    rb"""(?!!\w{2,20}[ \t])"""  # a tag of YAML
    rb"""(?:(?:Basic|Bearer|Token|ApiKey)[ ]{1,4})?[^\s"'`<>(){}\[\],;$\\&|][^\s"'`<>(){}\[\],;]{3,%d}"""
    % LONGEST_VALUE
)
_AFTER_BARE = lazy(rb"""[ \t]*(?:[\r\n,;}\])<"'`\\]|\#|//|/\*|&|\Z)""")
_BLOCK = lazy(
    rb"""[^\s"'`<>(){}\[\],;$\\&|:=\#][^\s"'`<>(){}\[\],;=]{3,%d}={0,2}(?=[ \t]*\r?(?:\n|\Z))""" % LONGEST_VALUE
)
_ELEMENT = lazy(rb"[^\s<>][^<>\r\n]{3,%d}(?=<)" % LONGEST_VALUE)
_QUERY = lazy(rb"""[^\s"'`<>(){}\[\],;$\\&|#]{4,%d}""" % LONGEST_VALUE)
_INNER_QUOTES = (b'\\"', b"\\'")
"""Around a literal within a literal: `"\\"…\\""`."""
_QUOTES = b"\\\"'` \t"
_CLOSING = _QUOTES + b"])}"
_SETTER = lazy(
    rb"(?i)(?:buildConfigField|resValue)[ (]+[\"']\w{1,20}[\"'],[ ]?[\"']\Z"
    rb"|(?:define|fill|type|env\w*|get(?:_?(?:env|prop|opt|conf|str|setting|value|param|default|secret)\w*)?|put|set\w*"
    rb"|add\w*|config\w*|option|propert\w*)\([ \t]*[\"'`]#?\Z"
)
_ELEMENT_NAME = lazy(rb"(?i)(?:<[\w.:-]*|\b(?:name|key|id)[ \t]*=[ \t]*[\"'])\Z")
_UNQUOTED = {"block": _BLOCK, "element": _ELEMENT, "query": _QUERY}
_JOIN = lazy(rb"[ \t]*[+.&][ \t]*|[ \t]+")
_WRAPPED = lazy(
    rb"""(?:new[ ]+)?(?:\[\]byte|(?:\w{1,30}(?:::|\.)){0,3}(?:Q?String(?:Literal)?|QLatin1String|from|of|Some|SecretStr
    |str|bytes|SecureString|TEXT|_T|NewString|Ptr|toPtr|Secret\w{0,12}|create\w{0,12}Key|Buffer\.from
    |b64encode|b64decode|unhexlify|fromhex|parse))\([ ]*(?=[a-zA-Z@$]{0,2}["'`]|Buffer\.from\()""",
    re.VERBOSE,
)
"""A call that makes another type of a text, or decodes it."""
_PERL = lazy(
    rb"(?:%q?|q)(?:\{([^{}\r\n]{4,400})\}|\(([^()\"',\r\n]{4,400})\)|\[([^\[\]\r\n]{4,400})\]|\|([^|\r\n]{4,400})\|)"
)
"""Quotes of Perl and Ruby."""
_DYNAMIC = lazy(
    rb"[ \t]*(?:[+&*%]|\.(?!(?:freeze|to_s|to_str|to_string|to_owned|into|as_bytes|as_str|to_vec|to_?[cC]har_?[aA]rray"
    rb"|to_?[bB]yte_?[aA]rray|getBytes|encode|decode|trim|strip|dup|chomp|html_safe|utf8|unwrap|data)\b))[ \t]*[\w$(]"
)
"""What makes a literal a part of something; methods that hand it on do not."""


def line_at(data: bytes, position: int) -> tuple[int, int]:
    """Return where the line of `position` begins and ends.

    A line that opens a block scalar of YAML is one with the next: whichever of them a hit lies on, the name and its
    value are read together.
    """
    first, last = data.rfind(b"\n", 0, position) + 1, data.find(b"\n", position)
    while first > 1 and data[first - 2] in _BLOCK_END and _OPENS_BLOCK.search(data, max(0, first - 17), first - 1):
        first = data.rfind(b"\n", 0, first - 1) + 1
    while last > 0 and data[last - 1] in _BLOCK_END and _OPENS_BLOCK.search(data, max(0, last - 16), last):
        last = data.find(b"\n", last + 1)
    return first, last if last >= 0 else len(data)


_EXPRESSION = lazy(
    rb"""[^\w=:(,>]{0,8}[=:(>]+[ \t]*(?:[\w.$@&(]*[\[({ ].*["'`]|["'`][^"'`]*(?:\Z|["'`][ \t]*,))""", re.DOTALL
)
_QUOTED = lazy(rb"""["'`][^"'`]{4}""")
_QUOTED_RUN = lazy(rb"""["'`][\w+/=.\-~:]{16}""")
"""What an expression holds for a name with a weak word."""
_STATEMENT = lazy(
    rb"\s*(?:\}\s*)?(?:@?async\s+|export\s+|public\s+|private\s+|protected\s+|static\s+|final\s+|override\s+)*"
    rb"(?:def|class|if|elif|for|foreach|while|switch|case|except|catch|func|function|fn|fun|interface|struct|void)\b"
    rb".*[:({][ \t]*\r?\Z",
    re.DOTALL,
)
"""What begins a block, and gives no name a value."""
_ENDS_OPEN = lazy(rf"(?:{'|'.join(names.OPEN_SHAPES)})\Z".encode(), re.IGNORECASE)


def is_pointed_at(line: bytes) -> bool:
    """Has a line a call or a command that takes a credential by its place?"""
    words = next(_POINTERS.iter(line.lower().decode("latin-1")), None)  # twenty times as fast as the expression
    return words is not None and pointers.LINE.search(line) is not None


def is_unread(line: bytes) -> bool:
    """Does a value seem to follow a credential's name on a line?"""
    return any(_AFTER[family].match(line, end) for _, end, family in _words(line))


KINDS = frozenset((b"Secret", b"random_password"))
"""Of Kubernetes and Terraform: what holds nothing but credentials."""
_GROUP = lazy(rb"[A-Za-z_]\w*")
"""A name, and not that of a package or a file."""


def names_one(name: bytes) -> bool:
    """Does a name hold a credential word? Of others nobody can say what their values are."""
    return next(_words(name), None) is not None


def within_group(assignment: Assignment) -> Assignment:
    """Return it under a name that says what it is, where only the group that it stands in does: `passwords.smtp`."""
    if not assignment.section or b"/" in assignment.name or names_one(assignment.name):
        return assignment
    around = assignment.section.split()
    for group in (*reversed(around[-2:]), *KINDS.intersection(around)):
        if _GROUP.fullmatch(group) and any(family < names.SPACED for *_, family in _words(group)):
            return replace(assignment, name=group + b"." + assignment.name)
    return assignment


def hides_value(line: bytes) -> bool:
    """Does a line give a credential's name an expression, or end before the value?"""
    for _, end, family in _words(line):
        if _AFTER[family].match(line, end):
            named = _NAME_END.match(line, end)
            if named and _EXPRESSION.match(line, named.end()):
                quoted = _QUOTED if family < names.SPACED else _QUOTED_RUN
                if quoted.search(line, named.end()):
                    return True
    return _ENDS_OPEN.search(line) is not None and not _STATEMENT.match(line)


def read(line: bytes) -> Iterator[Assignment]:
    """Yield the assignments on a line whose names hold a credential word, each once."""
    yield from _read_at(line, _words(line))


def read_near(line: bytes, hits: Iterable[int]) -> Iterator[Assignment]:
    """Yield the assignments around the prefilter's `hits` on a long line, each once."""
    words: set[Word] = set()
    for hit in hits:
        low = max(0, hit - names.REACH)
        near = _words(line[low : hit + names.LONGEST])
        words.update((low + start, low + end, family) for start, end, family in near)
    yield from _read_at(line, sorted(words))


Word = tuple[int, int, int]
"""Start and end of a credential word, and its index in names.FAMILIES."""

_WORDS = ahocorasick.Automaton()
for _family, (_members, _) in enumerate(names.FAMILIES):
    for _word in _members:
        _text = _word.encode()
        _WORDS.add_word(_text.decode("latin-1"), (len(_text), _family))
_WORDS.make_automaton()


_POINTERS = ahocorasick.Automaton()
for _word in pointers.WORDS:
    _POINTERS.add_word(_word, True)
_POINTERS.make_automaton()


def _words(text: bytes) -> Iterator[Word]:
    """Yield the credential words in `text`."""
    for last, (length, family) in _WORDS.iter(text.lower().decode("latin-1")):
        yield last - length + 1, last + 1, family


def _read_at(line: bytes, words: Iterable[Word]) -> Iterator[Assignment]:
    covered = 0
    for word in words:
        assignment = _assignment(line, *word) if word[0] >= covered else None
        if assignment:
            covered = assignment.parts[0][0]  # further words of the same name give the same pair
            yield assignment
            if assignment.value[:1] == b"{" and len(assignment.parts) == 1:
                yield from _of_object(assignment)


_MEMBER = lazy(rb"""\\{0,3}"([\w.\-]{1,60})\\{0,3}"[ ]?:[ ]?\\{0,3}"([^"\\\r\n]{4,400})\\{0,3}\"""")


def _of_object(whole: Assignment) -> Iterator[Assignment]:
    """Yield the members without a credential's name of an object in JSON that stands under one."""
    for found in _MEMBER.finditer(whole.value):
        if not names_one(found[1]):
            name = whole.name + b"." + found[1]
            yield Assignment(name, found[2], (whole.span(*found.span(2)),), True)


def _assignment(line: bytes, word: int, end: int, family: int) -> Assignment | None:
    """Return the assignment whose name holds the credential word `line[word:end]`."""
    blank = False
    if family < names.SPACED and _BEFORE_QUOTE.match(line, end):
        blank = True
    elif not _AFTER[family].match(line, end):
        if family >= names.SPACED or not _AFTER_BLANK.match(line, end):
            return None
        if not _BEFORE_BLANK.search(line, max(0, word - names.REACH), word):
            return None
        if _PROSE.match(line, end):
            return None
        blank = True
    before = line[max(0, word - names.LONGEST) : word]
    first = word - len(before) + len(before.rstrip(_NAME_BYTES))
    found = _NAME_END.match(line, end)  # a word need not be ASCII
    last = found.end() if found else end
    name = line[first:last]
    if line[max(0, first - 3) : first] == b"://":  # a host, and its port: `https://auth.acme.test:5000/tokens`
        return None
    if blank and name in _VERBS and line[:first].rstrip()[-1:].isalpha():
        return None  # a sentence: `do not pass "key"`, `unexpected token "}"`
    separator = (_BLANK if blank else _SEPARATOR).match(line, last)
    if separator is None:
        return None
    kind = "blank" if blank else separator.lastgroup
    if kind == "bare" and line[first - 1 : first] in (b"?", b"&"):
        kind = "query"
    elif kind == "bare" and separator[0].strip(_CLOSING) in (b"==", b"===", b"!=", b"!=="):
        kind = "compared"  # with a variable, unless that is quoted
    elif kind == "bare" and separator[0] == b"=":
        kind = "tight"
    elif not _means_it(line, first, name, kind or "", separator[0].strip(_QUOTES)):
        return None
    typed, _, hand = name.rpartition(b".")
    if typed and _HANDS.fullmatch(hand):  # `password_field.send_keys("…")`
        name = typed
    if not blank and separator["member"]:
        name += b"." + separator["member"]  # `config['password']['smtp'] = "…"`
    start = separator.end()
    if line[max(0, first - 2) : first] == b"${" and line[start : start + 1] in (b"-", b"="):
        start += 1  # of a shell's default: `${PW:-…}`
    assignment = _value(line, name, start, kind or "")
    if assignment and separator[0].strip(_CLOSING) == b"(":
        more = (_AND_MORE if _PAIRS.fullmatch(name.rpartition(b".")[2]) else _SECOND).match(
            line, assignment.parts[-1][1]
        )
        if more:
            return None  # of two texts, as in `checkPassword("ada", "…")`, nobody can tell which one it is
    return assignment


def _means_it(line: bytes, first: int, name: bytes, kind: str, separator: bytes) -> bool:
    """Is what looks like a separator one? The name begins at `first`."""
    if separator.strip(_CLOSING) == b",":  # neighbours in a list are no name and value, as in `getenv("NAME", "…")`
        return separator == b"," and bool(_SETTER.search(line, max(0, first - names.REACH), first))
    if separator == b"(":
        return _takes_one(name) or bool(_HANDS.fullmatch(name.rpartition(b".")[2]))
    if kind == "element":  # not the text of a label, or of an option in a form
        return bool(_ELEMENT_NAME.search(line, max(0, first - names.REACH), first))
    return not separator.startswith(b"]:")  # a selector of CSS


_ASKS = lazy(
    rb"(?i)(?:(?:get|find|read|has|is|load|fetch|delete|remove|list|describe|lookup|assert)(?=[_A-Z])|(?:pass|auth)\Z)"
)


def _takes_one(name: bytes) -> bool:
    """Does a function of this name take a credential: `setPassword(`, not `getPassword(` or `password.get(`?"""
    function = name.rpartition(b".")[2]
    words = (names.FAMILIES[family][0] for *_, family in _words(function))
    return not _ASKS.match(function) and any(members is not names.WEAK for members in words)


def _value(line: bytes, name: bytes, start: int, kind: str) -> Assignment | None:
    opened = _OPEN.match(line, start) if kind != "block" else None
    if opened is None and kind in ("bare", "tight", "quoting"):
        opened, start = _wrapped(line, start)
    if opened:
        return _quoted(line, name, opened)
    perl = _PERL.match(line, start) if kind == "bare" else None
    if perl:
        return Assignment(name, perl[perl.lastindex or 0], (perl.span(perl.lastindex or 0),), quoted=True)
    if kind == "quoting":
        return None
    bare = _UNQUOTED.get(kind, _BARE).match(line, start)
    if bare is None or kind == "compared":
        return None
    end = bare.end()
    ended = kind not in ("bare", "tight") or _AFTER_BARE.match(line, end)
    if not ended and not (kind == "tight" and line[end : end + 1].isspace()):
        return None
    value = bare[0].rstrip()
    return Assignment(name, value, ((start, start + len(value)),), quoted=kind in ("block", "element", "query"))


def _wrapped(line: bytes, start: int) -> tuple[re.Match[bytes] | None, int]:
    """Return what opens the literal that calls such as `String::from("…")` are given, and where it stands."""
    for _ in range(3):
        call = _WRAPPED.match(line, start)
        if call is None:
            break
        start = call.end()
    return _OPEN.match(line, start), start


def _quoted(line: bytes, name: bytes, opened: re.Match[bytes]) -> Assignment | None:
    """Read a quoted value and the literals that are joined to it."""
    parts: list[tuple[int, int]] = []
    end = opened.end()
    following: re.Match[bytes] | None = opened
    while following:
        quote = following["quote"]
        span = _until(line, following.end(), quote)
        if span is None:
            break
        end = span[1] + len(quote)
        if line[span[0] : span[0] + 2] == line[span[1] - 2 : span[1]] in _INNER_QUOTES and span[1] - span[0] > 4:
            span = span[0] + 2, span[1] - 2
        parts.append(span)
        join = _JOIN.match(line, end)
        following = _OPEN.match(line, join.end()) if join else None
    if not parts:
        return None
    value = b"".join(line[a:b] for a, b in parts)
    if len(value) < 4 or len(value) > LONGEST_VALUE:
        return None
    filled = b"{" in value and opened["prefix"][-1:] in (b"f", b"F", b"$")  # in Python, in C#
    return Assignment(name, value, tuple(parts), quoted=True, dynamic=filled or bool(_DYNAMIC.match(line, end)))


def _until(line: bytes, start: int, quote: bytes) -> tuple[int, int] | None:
    """Return the span of a literal's content, or None when its quote does not close on the line."""
    escaped = quote.startswith(b"\\")
    if escaped:
        stop = line.find(quote, start)
        return (start, stop) if stop >= 0 else None
    found = _CLOSE[quote].match(line, start, start + LONGEST_VALUE)
    return found.span() if found else None
