"""HCL: Terraform, tfvars, Packer, Nomad, `.terraformrc`. A block's words are a section, a variable's default has its
name.

The language: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

from collections.abc import Iterator

from stanch.readers import Assignment
from stanch.readers.settings.blocks import Dialect, walk
from stanch.regexes import lazy
from stanch.values import replace

_TOKENS = lazy(
    rb"""(?x) (?P<line>\n) | (?:\#|//)[^\n]* | /\*(?s:.*?)(?:\*/|\Z)
    | (?P<heredoc><<[-~]?(?P<tag>\w+)[ \t]*\r?\n)
    | "(?P<text>(?:\\.|[$%]\{(?:[^{}"\n]|"[^"\n]*"|\{[^{}\n]*\})*+\}|[^"\\\n])*+)" | "[^\n]*
    | (?P<word>[A-Za-z_][\w.-]*) | (?P<compare>[=!]=) | [=<>]=|=> | (?P<sign>[=:]) | (?P<comma>,)
    | (?P<open>[{\[(]) | (?P<close>[}\])])"""
)
_DIALECT = Dialect(
    _TOKENS,
    lazy(rb"(?<!\$)\$\{|(?<!%)%\{"),
    declaring=frozenset((b"variable", b"output")),
    transparent=frozenset(
        b"sensitive nonsensitive base64encode base64gzip tostring trimspace try coalesce jsonencode yamlencode"
        b" urlencode toset tolist tomap merge concat compact flatten".split()
    ),
)


def read(data: bytes) -> Iterator[Assignment]:
    """Yield the constants of a file and what stands in its heredocs; a token for a host is one for sure."""
    for found in walk(data, _DIALECT):
        yield replace(found, sure=True) if found.name == b"token" and _HOST.match(found.section) else found


_HOST = lazy(rb"credentials \S+\Z")
