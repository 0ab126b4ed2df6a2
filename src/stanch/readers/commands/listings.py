"""Lists of commands, one a line, behind what is no part of them: histories of shells, crontabs, console transcripts.

bash: `#1700000000` above a command; zsh: `: 1700000000:0;` before it; fish: `- cmd: ` (and `\\n` for a newline);
crontab(5): five fields or `@daily`, and in /etc a user; a prompt: `$ `, `# `, `user@host:~$ `, `PS C:\\> `, `mysql> `.
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment, commands
from stanch.regexes import lazy

_FIELD = rb"(?:[\d*/,\-]+|(?i:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[\w,-]*)"
_BEFORE = lazy(
    rb"""(?mx) ^ (?: :[ ]\d{8,12}:\d+; | -[ ]cmd:[ ]
    | [ \t]*@(?:reboot|hourly|daily|midnight|weekly|monthly|yearly|annually)[ \t]+
    | [ \t]*(?:FIELD[ \t]+){5} | (?:[ \t]*\d{1,6}[ ]{2})
    | [ \t]*(?:>[ ])?(?:\[?[\w.-]+@[\w.-]+[^\n$\#%>]{0,80})?
      (?:[$\#%\xc2\xa3]|\xe2\x9d\xaf|PS[ ][^\n>]{0,100}>|[\w\[\]()]{1,30}>)[ ]
    )?""".replace(b"FIELD", _FIELD)
)


def read(data: bytes) -> Iterator[Assignment]:
    """Yield what the commands are given."""
    at = 0
    while at < len(data):
        found = _BEFORE.match(data, at)
        start = found.end() if found else at
        end = commands.line_end(data, start)
        yield from commands.scripted(data, start, end)
        at = end + 1
