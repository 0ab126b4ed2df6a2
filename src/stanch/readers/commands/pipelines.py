"""Jenkinsfiles and Vagrantfiles, as far as they give commands to a shell; the rest of them is read by the line.

https://www.jenkins.io/doc/pipeline/steps/workflow-durable-task-step/, https://developer.hashicorp.com/vagrant/docs/provisioning/shell
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment, commands
from stanch.readers.commands import batch, powershell
from stanch.readers.commands.shell import LONGEST_DOCUMENT, MOST_LOST
from stanch.readers.commands.words import literal, within
from stanch.regexes import lazy

_STEP = lazy(
    rb"""(?x) \b (?<!\$)(?P<step>sh|bat|powershell|pwsh|inline|script|isUnix\(\)\s{0,9}\?\s{0,9}sh) \b
    [ \t]{0,9} (?:=>|[(:=])? [ \t]{0,9} (?: [\w:,\s]{0,80}\bscript: [ \t]{0,9} )?
    (?: '''(?P<three>(?:[^'\\]|\\[\x00-\xff]|'(?!'')){1,65536})'''
      | \"\"\"(?P<filled>(?:[^"\\]|\\[\x00-\xff]|"(?!"")){1,65536})\"\"\"
      | '(?P<single>(?:[^'\\\n]|\\[^\n]){1,8192})' | "(?P<double>(?:[^"\\\n]|\\[^\n]){1,8192})"
      | <<[-~]?['"]?(?P<tag>[A-Za-z_]\w{0,40})['"]? ) """
)
_TAGGED = lazy(rb"=[ \t]*<<[-~]?['\"]?(?P<tag>[A-Z_][A-Z0-9_]{0,40})['\"]?[^\n]{0,200}\n")
_FILLED = lazy(rb"\$\{[^{}\n]{0,200}\}|\#\{[^{}\n]{0,200}\}|\$\w+")
_READERS = {b"bat": batch.read, b"powershell": powershell.read, b"pwsh": powershell.read}


def read(data: bytes) -> Iterator[Assignment]:
    """Yield what the commands are given."""
    lost = 0
    for found in _STEP.finditer(data):
        kind = found.lastgroup or ""
        if kind == "tag":
            end = _tag(data, found["tag"], found.end()) if lost < MOST_LOST else None
            lost += end is None
            yield from commands.scripted(data, data.find(b"\n", found.end()) + 1, end) if end else ()
            continue
        word = literal(data, *found.span(kind), filled=_FILLED if kind in ("filled", "double") else None)
        for item in _READERS.get(found["step"], commands.read)(word.value):
            yield from within(word, item)
    for found in _TAGGED.finditer(data):  # a step's own heredoc stands behind its name
        end = _tag(data, found["tag"], found.end() - 1) if lost < MOST_LOST else None
        lost += end is None
        yield from commands.scripted(data, found.end(), end) if end else ()


def _tag(data: bytes, tag: bytes, start: int) -> int | None:
    """Return where the line begins that ends a heredoc, which begins on the line behind `start`."""
    at = data.find(b"\n", start)
    end = data.find(b"\n", at + 1)
    while at >= 0 and 0 <= end < start + LONGEST_DOCUMENT:
        line = data.rfind(b"\n", 0, end) + 1
        if data[line:end].strip() == tag:
            return line
        end = data.find(b"\n", end + 1)
    return None
