"""How contents of a format begin: what tells it in git's history, where no path is known.

A row is here only if nothing else begins so; the first that matches counts. Beginnings are looked at for each object:
no expression may take more than a pass over one.
"""

from __future__ import annotations

_MARK = rb"(?:\xef\xbb\xbf)?"
"""The byte order mark, which editors of Windows put in front."""
_BLANK = rb"[ \t]*+(?:\#[^\n]*+)?\r?\n"
"""A line that holds nothing, or a comment behind `#`."""
_HASHES = rb"(?:\#[^\n]*+\n|\s++)*+"
_SLASHES = rb"(?s:\s++|/\*.*?\*/|//[^\n]*+\n)*+"
"""Comments before the first word, in languages like C."""

SETTINGS: tuple[tuple[str, bytes], ...] = (
    ("json", rb"""MARK\s*(?://[^\n]*\n\s*){0,4}(?:\[\s*)?\{\s*"[^"\n]{0,120}"\s*:"""),
    ("xml", rb"MARK\s*+(?:<\?xml[^>]*+>\s*+(?!<(?:svg|html|!DOCTYPE\s+(?:svg|html))\b)<|<configuration>)"),
    ("hcl", rb"""(?x) (?:[ \t]*+(?:(?:\#|//)[^\n]*+)?\r?\n)*+
        (?: (?:resource|data)[ ]"[\w-]+"[ ]"[\w-]+"[ ]*\{ | (?:variable|provider|module|output)[ ]"[\w./-]+"[ ]*\{
          | (?:terraform|locals)[ ]*\{\s )"""),
    ("bicep", rb"""(?x) (?:[ \t]*+(?://[^\n]*+)?\r?\n)*+ (?: targetScope[ ]*=[ ]*'
        | @(?:description\('|secure\(\)|allowed\(\[)
        | param[ ]\w+[ ](?:string|int|bool|object|array)\b | resource[ ]\w+[ ]'Microsoft\. )"""),
    ("toml", rb"""(?x) (?:BLANK)*+ \[\[?[\w."-]+\]\]?[ \t]*\r?\n (?:BLANK)*+
        [ \t]*+[\w."-]++[ \t]*+=[ \t]*+(?:"|'|\[|\{|\d|true\b|false\b)"""),
    ("ini", rb"""(?x) (?:[ \t]*+(?:[\#;][^\n]*+)?\r?\n)*+ \[[A-Za-z][^\]\r\n]{0,80}\][ \t]*\r?\n
        (?:[ \t]*+(?:[\#;][^\n]*+)?\r?\n)*+ [ \t]*+[A-Za-z][\w.-]*+[ \t]*+="""),
    ("dotenv", rb"""(?x) (?: BLANK | (?:export[ ])?[A-Z][A-Z0-9_]*+=(?![^\n]*\$\()[^\n]*+\n ){2,}+
        (?: \Z | [^\n]*\Z(?<=[\s\S]{512}) )"""),
    ("properties", rb"(?:[ \t]*+(?:[#!][^\n]*+)?\r?\n)*+(?:[a-z][\w-]*+(?:\.[\w-]++)++[ ]?=[^\n]*+\n){2}"),
    ("yaml", rb"""(?x) MARK (?:BLANK)*+
        (?: %YAML[ ] | ---[ \t]+[#!]
          | ---[ \t]*\r?\n (?![\s\S]*\n---[ \t]*\r?\n (?![\w.\-]+:[ \t\r\n]|-[ ]))  # and no text behind
          | -[ ]+(?:name|hosts|repo|import_\w+|include\w*|id|key):[ \t\r\n]
          | (?:[\w.\-/]++:(?:[ \t][^\n]*+)?\r?\n | BLANK)*?
            [\w.\-/]++:[ \t]*\r?\n (?:BLANK)*+ [ ]*
            (?:-[ ]|(?<=[ ])["']?[\w.\-/]++["']?:[ \r\n]))
        """),
)  # fmt: skip

COMMANDS: tuple[tuple[str, bytes], ...] = (
    ("commands", rb"\#![ ]?/[^\n]*[/ ](?:ba|z|k|da|a|c|tc|fi|mk)?sh\b"),
    ("dockerfile", rb"HASHES(?:ARG [^\n]+\n\s*+)*+FROM [a-z0-9${][\w./:@${}-]*+(?: +(?:AS|as) \S+)?\s*?\n"),
    ("powershell", rb"(?i)\#![^\n]*\bpwsh\b|(?:\#(?!requires\b)[^\n]*+\n|\s++)*+"
                   rb"(?:\#requires\b|<\#\s|param\s*\(\s*[\[$]|\[cmdletbinding\()"),
    ("batch", rb"(?i)@echo off\b|@?setlocal\b|::[^\n]*\r?\n@"),
    ("listings", rb":[ ]1\d{9}:\d+;|-[ ]cmd:[ ]|\#1\d{9}\n"),
    ("statements", rb"_HiStOrY_V2_\n"),
    ("expect", rb"\#![^\n]{0,40}\bexpect\b"),
    ("pipelines", rb"\#![^\n]*\bgroovy\b|HASHESVagrant\.configure"
                  rb"|SLASHES(?:@Library\([^\n]*\n\s*)?(?:pipeline\s*\{|node\s*(?:\([^)\n]*\)\s*)?\{)"),
    ("http-requests", rb"(?:\#\#\#[^\n]*\n\s*|@\w+ ?=[^\n]+\n\s*)*(?:GET|POST|PUT|PATCH|DELETE) (?:https?://|\{\{)"),
    ("makefile", rb"HASHES(?:\.PHONY[ ]*:|SHELL[ ]*:?=)"),
)  # fmt: skip

CODE: tuple[tuple[str, bytes], ...] = (
    ("python", rb"#![^\n]*\bpython|HASHES(?:\"{3}|from [\w.]++ import\b"
               rb"|import (?:os|sys|re|json|time|logging|random|requests|boto3|numpy|unittest|argparse)\b)"),
    # whichever of them it is, the grammar of tsx reads JavaScript and TypeScript, too
    ("tsx", rb"#![^\n]*\bnode\b|SLASHES(?:[\"']use strict[\"']|import [\"']|module\.exports\b"
            rb"|import [\w$*{][^\"'`;()=]{0,300}?\bfrom [\"']|(?:const|var|let) [\w$ {},]++= require\("
            rb"|\(function ?\w*+\(|function \w++\(\w|export (?:default|const|class)\b)"),
    ("ruby", rb"#![^\n]*\bruby\b|HASHES(?:require(?:_relative)? ['\"]|class \w++(?: < [\w:]++)?\r?\n)"),
    ("php", rb"(?:#![^\n]*\bphp[^\n]*\n)?\s*+<\?php\b"),
    ("go", rb"SLASHESpackage \w++\r?\n"),
    ("java", rb"SLASHES(?:package [\w.]++;|import (?:static )?(?:java|javax|org|com)\.[\w.*]++;)"),
    ("c-sharp", rb"MARKSLASHES(?:using (?:static )?[A-Z][\w.]*+;|namespace [A-Z][\w.]*+\s*+[;{])"),
)  # fmt: skip

STORES = (
    rb"0(?:\x82..|\x83...|\x80|\x81.|[\x2e-\x7f])\x02\x01[\0\x01\x03]|0\x82..0.\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05"
    rb"|(?:\xfe\xed\xfe\xed|\xce\xce\xce\xce)\0\0\0|KWALLET\n\r\0|GnomeKeyring\n\r|kych\0\x01|\xa1\xf8\x4e[678]"
    rb"|\x05\x02\0\0[\0-\x02].\0[\x01-\x08]\0|\x05\x04\0[\0\x0c]|\x1e\xf1\xb5\xb0\0\0|\x07\x02\0\0\0[\x24\xa4]\0\0RSA2"
    rb"|\([0-9]+:(?:protected-)?private-key"
)
"""The first bytes of key stores and of private keys, to be compiled with DOTALL. `credentials.stores` looks closer."""
STORES_START = frozenset(bytes((byte,)) for byte in b"0\xfe\xceKGk\xa1\x05\x1e\x07(")
"""What the first of them is."""


def pattern(written: bytes) -> bytes:
    """Return a row's expression with the ones above for the words that stand for them."""
    for word, meant in ((b"MARK", _MARK), (b"BLANK", _BLANK), (b"HASHES", _HASHES), (b"SLASHES", _SLASHES)):
        written = written.replace(word, meant)
    return written
